import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { HELD, ReadOut } from "./readOut";

const transfer = { id: "transfer-1", folder: "Board papers" };
let told: string[];
let readOut: ReadOut;

function hear(one: { id: string; folder: string }, state: string): void {
  readOut.hear([{ ...one, state }]);
}

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  readOut = new ReadOut((changed) => told.push(changed.map(({ folder, state }) => `${folder}: ${state}`).join(", ")));
  hear(transfer, "Sending");
});

afterEach(() => {
  vi.useRealTimers();
});

test("a state is read out when it has held for two seconds, and once", () => {
  hear(transfer, "Paused");
  vi.advanceTimersByTime(HELD - 1);
  expect(told).toEqual([]);
  hear(transfer, "Paused");
  vi.advanceTimersByTime(1);
  expect(told).toEqual(["Board papers: Paused"]);
  vi.advanceTimersByTime(10 * HELD);
  expect(told).toHaveLength(1);
});

test("a transfer that keeps waiting and resuming every second is not read out", () => {
  for (let second = 0; second < 120; second += 1) {
    hear(transfer, second % 2 === 0 ? "Slowed down by the service" : "Sending");
    vi.advanceTimersByTime(1000);
  }
  vi.advanceTimersByTime(10 * HELD);
  expect(told).toEqual([]);
});

test("of states that follow each other quickly the last is read out", () => {
  for (const state of ["Starting the upload", "Registering the files", "Confirming the list"]) {
    hear(transfer, state);
    vi.advanceTimersByTime(500);
  }
  vi.advanceTimersByTime(HELD);
  expect(told).toEqual(["Board papers: Confirming the list"]);
});

test("transfers do not keep each other from being read out", () => {
  const other = { id: "transfer-2", folder: "Scans" };
  hear(other, "Sending");
  hear(transfer, "Paused");
  vi.advanceTimersByTime(HELD / 2);
  hear(other, "Stopped");
  vi.advanceTimersByTime(HELD);
  expect(told).toEqual(["Board papers: Paused", "Scans: Stopped"]);
});

test("what changes with one snapshot is read out in one go", () => {
  const others = ["Scans", "Estate plans"].map((folder) => ({ id: folder, folder }));
  readOut.hear(others.map((other) => ({ ...other, state: "Sending" })));
  readOut.hear([transfer, ...others].map((one) => ({ ...one, state: "Waiting for the network" })));
  vi.advanceTimersByTime(HELD - 1);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(told).toEqual(["Board papers: Waiting for the network, Scans: Waiting for the network, Estate plans: Waiting for the network"]);
  vi.advanceTimersByTime(10 * HELD);
  expect(told).toHaveLength(1);
});
