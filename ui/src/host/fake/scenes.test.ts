import { expect, test } from "vitest";

import { possibleHolds, type TransferNow } from "../../generated/bindings";
import { isBeingSent } from "../../transfer";
import { transfer } from "./data";
import { scenes } from "./scenes";

/** Returns whether the program can report this, according to the table from its engine. */
function isPossible({ phase, hold, check }: Pick<TransferNow, "phase" | "hold" | "check">): boolean {
  const possible = possibleHolds.find((one) => one.phase === phase);
  if (!possible) return false;
  switch (hold.state) {
    case "running":
      return true;
    // Phases that need no turn are never queued: handing over, deciding about files, and a check that waits for Send.
    case "queued":
      return ["walking", "hashing", "starting", "registering", "confirming", "sending"].includes(phase) || (phase === "checked" && check === null);
    case "paused":
      return possible.paused;
    case "waiting":
      return (possible.waiting as readonly string[]).includes(hold.reason);
    case "stopped":
      return (possible.stopped as readonly string[]).includes(hold.code);
  }
}

const reported = scenes.flatMap(({ name, script }) => script.snapshot.transfers.map((now) => ({ name, now })));

test.each(reported.map(({ name, now }) => [name, now] as const))("the program can report the scene %s", (_, now) => {
  expect(isPossible(now), `${now.phase} with ${JSON.stringify(now.hold)}`).toBe(true);
  // The person is asked about files that were set aside only once the rest is sent. The phase runs only while they answer.
  if (now.phase === "settling") expect(now.set_aside > 0 && now.hold.state !== "running").toBe(true);
  // After a restart, the findings are known once the folder has been walked again.
  if (now.phase === "checked" && now.hold.state !== "queued" && now.hold.state !== "paused") expect(now.check).not.toBeNull();
});

const STATES = ["loading", "empty", "one", "many", "error", "offline"] as const;

/** Why a view has no scene of a state. */
class None {
  constructor(readonly because: string) {}
}

const NO_LIST = new None("it lists nothing");
const NO_NETWORK = new None("it needs no network");

/** The scene in which each view shows each state. */
const SHOWN: Record<string, Record<(typeof STATES)[number], string | None>> = {
  "Sign in": { loading: "sign-in-loading", empty: NO_LIST, one: "sign-in", many: NO_LIST, error: "sign-in-refused", offline: "sign-in-offline" },
  Consignments: { loading: "consignments-loading", empty: "consignments-empty", one: "consignments-one", many: "consignments-many", error: "consignments-error", offline: "consignments-offline" },
  "Choose a folder": { loading: "folder-opening", empty: "folder", one: new None("a folder that is chosen is opened"), many: "folder-several", error: "folder-unreadable", offline: "folder-offline" },
  "A service without consignments": { loading: "to-service-opening", empty: "to-service", one: "to-service-offered", many: NO_LIST, error: new None("a folder cannot be read for the same reasons as elsewhere"), offline: "to-service-offline" },
  Check: { loading: "check-loading", empty: "check-nothing", one: "check-one", many: "check-many", error: "check-error", offline: NO_NETWORK },
  Transfer: { loading: "transfer-loading", empty: "transfer-no-files", one: "transfer-one-file", many: "transfer-many-files", error: "transfer-error", offline: "transfer-waiting-offline" },
  "Handed over": { loading: "checks-bad-loading", empty: "checks-bad-none-named", one: "checks-bad-one", many: "checks-bad-many", error: "checks-bad-error", offline: "checks-bad-offline" },
  Receipt: { loading: "receipt-loading", empty: "receipt-nothing-sent", one: "receipt-one", many: "receipt-many", error: "receipt-error", offline: "receipt-problems-offline" },
  "All transfers": { loading: "transfers-loading", empty: "transfers-empty", one: "transfers-one", many: "transfers-many", error: "transfers-error", offline: "transfers-offline" },
  Settings: { loading: "settings-loading", empty: NO_LIST, one: "settings", many: NO_LIST, error: "settings-error", offline: NO_NETWORK },
  Help: { loading: "help-testing", empty: "help", one: new None("the test has always as many lines"), many: "help-good", error: "help-error", offline: "help-not-tested" },
  About: { loading: "about-loading", empty: NO_LIST, one: "about", many: NO_LIST, error: "about-no-service", offline: NO_NETWORK },
  "Around every view": { loading: NO_LIST, empty: new None("most views have no messages around them"), one: "quit-asked", many: "notices", error: new None("a failure is shown in its view"), offline: "around-offline" },
};

test("every view is shown in every state that it can be in", () => {
  expect([...new Set(scenes.map(({ view }) => view))].sort()).toEqual(Object.keys(SHOWN).sort());
  for (const [view, states] of Object.entries(SHOWN)) {
    const named = STATES.map((state) => states[state]).filter((one) => typeof one === "string");
    expect(new Set(named).size, `${view}: a scene shows one state`).toBe(named.length);
    for (const name of named) expect(scenes.find((scene) => scene.name === name)?.view, name).toBe(view);
  }
});

test("the table excludes what the program cannot report", () => {
  expect(possibleHolds.length).toBeGreaterThan(10);
  expect(isPossible(transfer({ phase: "settling", hold: { state: "stopped", code: "items_set_aside" } }))).toBe(true);
  expect(isPossible(transfer({ phase: "sending", hold: { state: "stopped", code: "items_set_aside" } }))).toBe(false);
  expect(isPossible(transfer({ phase: "being_checked", hold: { state: "stopped", code: "checks_failed" } }))).toBe(false);
  expect(isPossible(transfer({ phase: "checked", hold: { state: "waiting", reason: "offline", since: 0, next_try: null } }))).toBe(false);
  expect(isPossible(transfer({ phase: "checked", hold: { state: "queued", behind: null } }))).toBe(false);
  expect(isPossible(transfer({ phase: "being_checked", hold: { state: "queued", behind: null } }))).toBe(false);
  expect(isPossible(transfer({ phase: "finished", hold: { state: "paused" } }))).toBe(false);
});

test("in every scene at most one transfer has the turn, and others wait only for it", () => {
  for (const { name, script } of scenes) {
    const { transfers } = script.snapshot;
    const first = transfers.filter(({ has_turn }) => has_turn);
    expect(first.length, name).toBeLessThanOrEqual(1);
    for (const { hold } of transfers) {
      if (hold.state === "queued" && hold.behind) expect(first.map(({ id }) => id), name).toEqual([hold.behind.transfer]);
    }
  }
});

test("the fake asks before it quits according to the program's own rule", () => {
  const offline = { state: "waiting", reason: "offline", since: 0, next_try: null } as const;
  const queued = { state: "queued", behind: null } as const;
  expect(isBeingSent({ phase: "hashing", hold: { state: "running" } })).toBe(true);
  expect(isBeingSent({ phase: "sending", hold: offline })).toBe(true);
  expect(isBeingSent({ phase: "hashing", hold: queued })).toBe(true);
  // It waits only to be walked again.
  expect(isBeingSent({ phase: "checked", hold: queued })).toBe(false);
  expect(isBeingSent({ phase: "checked", hold: { state: "running" } })).toBe(false);
  expect(isBeingSent({ phase: "sending", hold: { state: "paused" } })).toBe(false);
  expect(isBeingSent({ phase: "being_checked", hold: { state: "running" } })).toBe(false);
});
