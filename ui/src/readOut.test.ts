import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { DELAY, ReadOut } from "./readOut";

const transfer = { id: "transfer-1", folder: "Board papers" };
let announced: string[];
let readOut: ReadOut;

function update(one: { id: string; folder: string }, state: string): void {
  readOut.update([{ ...one, state }]);
}

beforeEach(() => {
  vi.useFakeTimers();
  announced = [];
  readOut = new ReadOut((changed) => announced.push(changed.map(({ folder, state }) => `${folder}: ${state}`).join(", ")));
  update(transfer, "Sending");
});

afterEach(() => {
  vi.useRealTimers();
});

test("a state is read out once it has lasted two seconds, and only once", () => {
  update(transfer, "Paused");
  vi.advanceTimersByTime(DELAY - 1);
  expect(announced).toEqual([]);
  update(transfer, "Paused");
  vi.advanceTimersByTime(1);
  expect(announced).toEqual(["Board papers: Paused"]);
  vi.advanceTimersByTime(10 * DELAY);
  expect(announced).toHaveLength(1);
});

test("a transfer that keeps waiting and resuming every second is not read out", () => {
  for (let second = 0; second < 120; second += 1) {
    update(transfer, second % 2 === 0 ? "Slowed down by the service" : "Sending");
    vi.advanceTimersByTime(1000);
  }
  vi.advanceTimersByTime(10 * DELAY);
  expect(announced).toEqual([]);
});

test("only the last of several quick changes is read out", () => {
  for (const state of ["Starting the upload", "Registering the files", "Confirming the list"]) {
    update(transfer, state);
    vi.advanceTimersByTime(500);
  }
  vi.advanceTimersByTime(DELAY);
  expect(announced).toEqual(["Board papers: Confirming the list"]);
});

test("changes of one transfer do not delay those of another", () => {
  const other = { id: "transfer-2", folder: "Scans" };
  update(other, "Sending");
  update(transfer, "Paused");
  vi.advanceTimersByTime(DELAY / 2);
  update(other, "Stopped");
  vi.advanceTimersByTime(DELAY);
  expect(announced).toEqual(["Board papers: Paused", "Scans: Stopped"]);
});

test("changes in one snapshot are read out together", () => {
  const others = ["Scans", "Estate plans"].map((folder) => ({ id: folder, folder }));
  readOut.update(others.map((other) => ({ ...other, state: "Sending" })));
  readOut.update([transfer, ...others].map((one) => ({ ...one, state: "Waiting for the network" })));
  vi.advanceTimersByTime(DELAY - 1);
  expect(announced).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(announced).toEqual(["Board papers: Waiting for the network, Scans: Waiting for the network, Estate plans: Waiting for the network"]);
  vi.advanceTimersByTime(10 * DELAY);
  expect(announced).toHaveLength(1);
});
