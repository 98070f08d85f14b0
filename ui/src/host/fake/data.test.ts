import { expect, test } from "vitest";

import { ASKED_ABOUT, checkFailure, checkFailures, consignments, groups, lines, receipt } from "./data";

/** Screenshots of the window are viewed side by side, so they must not contradict each other. */
test("a consignment shows the same about its transfer as the list of transfers", () => {
  for (const line of lines.filter(({ phase }) => phase !== "cancelled")) {
    const told = consignments.filter(({ reference }) => reference === line.destination);
    expect(told, line.destination).toHaveLength(1);
    const { transfer, phase, paused, checks } = told[0]?.here ?? { transfer: "" };
    expect({ id: transfer, phase, paused, checks }).toEqual({ id: line.id, phase: line.phase, paused: line.paused, checks: line.checks });
  }
});

test("the receipt counts everything that the check leaves out as not sent", () => {
  const sum = (effects: readonly string[]) => groups.filter(({ effect }) => effects.includes(effect)).reduce((all, { count }) => all + count, 0);
  expect(sum(["leaves_out"])).toBe(ASKED_ABOUT);
  expect(sum(["leaves_out", "leaves_out_unasked"])).toBe(receipt.not_sent);
});

test("the number of files with problems is the number that is shown", () => {
  const paths = Array.from({ length: checkFailures.rows }, (_, index) => checkFailure(index, checkFailures).path);
  expect(new Set(paths).size).toBe(checkFailures.files);
});
