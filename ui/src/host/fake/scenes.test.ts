import { expect, test } from "vitest";

import { possibleHolds, type TransferNow } from "../../generated/bindings";
import { isBeingSent } from "../../transfer";
import { transfer } from "./data";
import { scenes } from "./scenes";

/** Whether the program can tell this, by the table that comes from its engine. */
function isPossible({ stage, hold }: Pick<TransferNow, "stage" | "hold">): boolean {
  const possible = possibleHolds.find((one) => one.stage === stage);
  if (!possible) return false;
  switch (hold.state) {
    case "running":
      return true;
    // What is open can be paused, and can wait for its turn.
    case "queued":
    case "paused":
      return possible.paused;
    case "waiting":
      return (possible.waiting as readonly string[]).includes(hold.reason);
    case "stopped":
      return (possible.stopped as readonly string[]).includes(hold.code);
  }
}

const told = scenes.flatMap(({ name, script }) => script.snapshot.transfers.map((now) => ({ name, now })));

test.each(told.map(({ name, now }) => [name, now] as const))("the scene %s is one that the program can give", (_, now) => {
  expect(isPossible(now), `${now.stage} with ${JSON.stringify(now.hold)}`).toBe(true);
  // Files that are set aside are asked about once the rest is sent, and only then: running there is the moment of the answer.
  if (now.stage === "settling") expect(now.set_aside > 0 && now.hold.state !== "running").toBe(true);
  // After a start what the check found is known when the folder has been looked through again.
  if (now.stage === "checked" && now.hold.state !== "queued" && now.hold.state !== "paused") expect(now.check).not.toBeNull();
});

test("the table tells what the program cannot give", () => {
  expect(possibleHolds.length).toBeGreaterThan(10);
  expect(isPossible(transfer({ stage: "settling", hold: { state: "stopped", code: "items_set_aside" } }))).toBe(true);
  expect(isPossible(transfer({ stage: "sending", hold: { state: "stopped", code: "items_set_aside" } }))).toBe(false);
  expect(isPossible(transfer({ stage: "being_checked", hold: { state: "stopped", code: "checks_failed" } }))).toBe(false);
  expect(isPossible(transfer({ stage: "checked", hold: { state: "waiting", reason: "offline", since: 0, next_try: null } }))).toBe(false);
  expect(isPossible(transfer({ stage: "finished", hold: { state: "paused" } }))).toBe(false);
});

test("at most one transfer of a scene has the turn, and none waits for one that has not", () => {
  for (const { name, script } of scenes) {
    const { transfers } = script.snapshot;
    const first = transfers.filter(({ has_turn }) => has_turn);
    expect(first.length, name).toBeLessThanOrEqual(1);
    for (const { hold } of transfers) {
      if (hold.state === "queued" && hold.behind) expect(first.map(({ id }) => id), name).toEqual([hold.behind.transfer]);
    }
  }
});

test("the fake asks before it quits by the program's own rule", () => {
  const offline = { state: "waiting", reason: "offline", since: 0, next_try: null } as const;
  const queued = { state: "queued", behind: null } as const;
  expect(isBeingSent({ stage: "hashing", hold: { state: "running" } })).toBe(true);
  expect(isBeingSent({ stage: "sending", hold: offline })).toBe(true);
  expect(isBeingSent({ stage: "checked", hold: queued })).toBe(true);
  expect(isBeingSent({ stage: "checked", hold: { state: "running" } })).toBe(false);
  expect(isBeingSent({ stage: "sending", hold: { state: "paused" } })).toBe(false);
  expect(isBeingSent({ stage: "being_checked", hold: { state: "running" } })).toBe(false);
});
