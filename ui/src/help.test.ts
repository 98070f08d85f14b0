import { render, screen } from "@testing-library/svelte";
import { expect, test } from "vitest";

import App from "./App.svelte";
import { Frame } from "./frame.svelte";
import { consignmentStates as allConsignmentStates, phases as allPhases, waitReasons } from "./generated/bindings";
import { checkedBadly, NOW } from "./host/fake/data";
import { FakeHost, script } from "./host/fake/fake";
import { cancelledHere, consignmentStates, sending, stateOf } from "./messages";
import type { Standing } from "./transfer";

/** A hold of every kind. If a kind is missing, this does not compile. */
const HOLDS: { [State in Standing["state"]]: readonly Extract<Standing, { state: State }>[] } = {
  running: [{ state: "running" }],
  queued: [
    { state: "queued", behind: null },
    { state: "queued", behind: { transfer: "transfer-9", folder: "Board papers" } },
  ],
  paused: [{ state: "paused" }],
  waiting: waitReasons.map((reason) => ({ state: "waiting", reason, since: NOW, next_try: null })),
  stopped: [
    { state: "stopped", code: "internal" },
    { state: "stopped", code: "items_set_aside" },
    { state: "stopped", code: "leaves_out" },
  ],
  resting: [{ state: "resting", last: null }],
  elsewhere: [{ state: "elsewhere" }],
};

test("Help explains every state of a transfer or consignment under its shown name", async () => {
  const host = new FakeHost(script());
  const frame = new Frame(host, () => NOW);
  frame.route = { view: "help" };
  render(App, { frame });
  await frame.start();
  await screen.findByRole("heading", { level: 1, name: "Help" });
  const explained = new Set([...document.querySelectorAll("main dt")].map((one) => one.textContent.trim()));
  const explanations = [...document.querySelectorAll("main dd")].map((one) => one.textContent.trim());
  const shown = allPhases.flatMap((phase) =>
    Object.values(HOLDS)
      .flat()
      .flatMap((hold) => [stateOf({ phase, hold }).name, stateOf({ phase, hold, checks: checkedBadly }).name]),
  );
  const names = [...new Set([...shown, sending.elsewhere, cancelledHere.name, ...allConsignmentStates.map((state) => consignmentStates[state].name)])];
  expect(names.length).toBeGreaterThan(allPhases.length + waitReasons.length + allConsignmentStates.length);
  // The one with a folder's name is shown as an example.
  const example = sending.queued("Board papers");
  expect(names.filter((name) => !explained.has(name))).toEqual([example]);
  expect(explanations.filter((text) => text.includes(example))).toHaveLength(1);
  expect(explanations.every((text) => text.endsWith("."))).toBe(true);
});
