import { expect, test } from "vitest";

import { phases as allPhases } from "./generated/bindings";
import { counts, detail, lines, nothing, progress, transfer } from "./host/fake/data";
import { stateOf } from "./messages";
import { atRest, checking, fromDetail, fromNow, hasStartedSending, isFinal, isKnownToService, perMille, verdict } from "./transfer";

const checks = { files: 10, antivirus: 10, checksum: 10, format: 10, finished: true, all_succeeded: true, could_not_run: false };

test("a hold is shown instead of the phase, except at the end", () => {
  expect(stateOf({ phase: "sending", hold: { state: "running" } }).name).toBe("Sending");
  expect(stateOf({ phase: "sending", hold: { state: "paused" } }).name).toBe("Paused");
  expect(stateOf({ phase: "sending", hold: { state: "waiting", reason: "offline", since: 0, next_try: null } }).name).toBe("Waiting for the network");
  expect(stateOf({ phase: "sending", hold: { state: "stopped", code: "internal" } }).name).toBe("Stopped");
  expect(stateOf({ phase: "settling", hold: { state: "stopped", code: "items_set_aside" } })).toMatchObject({ name: "Some files could not be sent", tone: "attention" });
  expect(stateOf({ phase: "settling", hold: { state: "stopped", code: "journal_corrupt" } }).name).toBe("Stopped");
  expect(stateOf({ phase: "sending", hold: { state: "resting", last: null } }).name).toBe("Not running");
  expect(stateOf({ phase: "finished", hold: { state: "resting", last: "offline" } }).name).toBe("Uploaded");
});

test("an upload in which the service found problems is not shown as good", () => {
  const finished = { phase: "finished", hold: { state: "running" } } as const;
  expect(stateOf({ ...finished, checks }).tone).toBe("good");
  expect(stateOf({ ...finished, checks: { ...checks, all_succeeded: false } }).tone).toBe("bad");
  expect(stateOf({ ...finished, checks: { ...checks, finished: false, could_not_run: true } }).tone).toBe("bad");
});

test("a line in a list has the same state as in its own view", () => {
  const line = { phase: "finished", paused: false, checks, same_service: true } as const;
  expect(stateOf(atRest(line)).name).toBe("Uploaded");
  expect(stateOf(atRest({ ...line, checks: { ...checks, all_succeeded: false } })).name).toBe("Uploaded, but problems were found");
  const rests = { phase: "sending", paused: false, checks: null, same_service: true } as const;
  expect(stateOf(atRest({ ...rests, paused: true })).name).toBe("Paused");
  expect(stateOf(atRest(rests)).name).toBe("Not running");
  expect(stateOf(atRest({ ...rests, paused: true, same_service: false })).name).toBe("Not running");
});

test("the checking bar is full once every file is read, and empty before", () => {
  const sent = progress(3, 10, 30, 100);
  expect(checking({ phase: "walking", hashed: nothing, sent })?.per_mille).toBe(0);
  expect(checking({ phase: "hashing", hashed: progress(5, 10, 50, 100), sent: nothing })?.per_mille).toBe(500);
  expect(checking({ phase: "sending", hashed: nothing, sent })).toEqual({ items_done: 10, items_total: 10, bytes_done: 100, bytes_total: 100, per_mille: 1000 });
  // Only the process that reads the files knows its progress.
  expect(checking({ phase: "hashing", hashed: null, sent })).toBeNull();
});

test("every phase is either before sending, known to the service, or over", () => {
  for (const phase of allPhases) {
    expect(hasStartedSending(phase) || !isFinal(phase)).toBe(true);
    if (isFinal(phase)) expect(isKnownToService(phase)).toBe(false);
  }
  expect(isKnownToService("hashing")).toBe(false);
  expect(isKnownToService("starting")).toBe(true);
});

test("a transfer from the journal is shown like a running one, but not running", () => {
  const [line] = lines;
  if (!line) throw new Error("no line");
  expect(fromDetail(detail({ ...line, paused: true })).hold).toEqual({ state: "paused" });
  expect(fromDetail(detail(line, { last_hold: "offline" })).hold).toEqual({ state: "resting", last: "offline" });
  expect(fromNow(transfer()).hold).toEqual({ state: "running" });
});

test("a share is 1000 only when everything is done", () => {
  expect(perMille(0, 0)).toBe(0);
  expect(perMille(9_999, 10_000)).toBe(999);
  expect(perMille(10_000, 10_000)).toBe(1000);
});

test("checks end well, badly, or not at all", () => {
  expect(verdict(null)).toBe("none");
  expect(verdict({ ...checks, finished: false })).toBe("open");
  expect(verdict(checks)).toBe("good");
  expect(verdict({ ...checks, all_succeeded: false })).toBe("bad");
  expect(verdict({ ...checks, finished: false, could_not_run: true })).toBe("could_not_run");
});

test("the fake's counts add up", () => {
  const all = counts(1000);
  expect(all.sent + all.waiting).toBe(1000);
});
