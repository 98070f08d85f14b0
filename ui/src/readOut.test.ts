import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { HELD, ReadOut } from "./readOut";

const transfer = { id: "transfer-1", folder: "Board papers" };
let told: string[];
let readOut: ReadOut;

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  readOut = new ReadOut((folder, state) => told.push(`${folder}: ${state}`));
  readOut.hear(transfer, "Sending");
});

afterEach(() => {
  vi.useRealTimers();
});

test("a state is read out when it has held for two seconds, and once", () => {
  readOut.hear(transfer, "Paused");
  vi.advanceTimersByTime(HELD - 1);
  expect(told).toEqual([]);
  readOut.hear(transfer, "Paused");
  vi.advanceTimersByTime(1);
  expect(told).toEqual(["Board papers: Paused"]);
  vi.advanceTimersByTime(10 * HELD);
  expect(told).toHaveLength(1);
});

test("a transfer that waits for a second and goes on for a second says nothing, however long", () => {
  for (let second = 0; second < 120; second += 1) {
    readOut.hear(transfer, second % 2 === 0 ? "Slowed down by the service" : "Sending");
    vi.advanceTimersByTime(1000);
  }
  vi.advanceTimersByTime(10 * HELD);
  expect(told).toEqual([]);
});

test("of states that follow each other quickly the last is read out", () => {
  for (const state of ["Starting the upload", "Registering the files", "Confirming the list"]) {
    readOut.hear(transfer, state);
    vi.advanceTimersByTime(500);
  }
  vi.advanceTimersByTime(HELD);
  expect(told).toEqual(["Board papers: Confirming the list"]);
});

test("transfers do not keep each other from being read out", () => {
  const other = { id: "transfer-2", folder: "Scans" };
  readOut.hear(other, "Sending");
  readOut.hear(transfer, "Paused");
  vi.advanceTimersByTime(HELD / 2);
  readOut.hear(other, "Stopped");
  vi.advanceTimersByTime(HELD);
  expect(told).toEqual(["Board papers: Paused", "Scans: Stopped"]);
});
