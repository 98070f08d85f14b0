import { expect, test } from "vitest";

import { select } from "./consignments";
import type { ConsignmentLine } from "./generated/bindings";

function line(reference: string, series: string | null, created: string | null): ConsignmentLine {
  return { reference, series, created, state: "ready", refusal: null, files: 0, here: null };
}

const lines = [line("TDR-2025-A", "MOCK1 9", "2025-11-01T09:00:00Z"), line("TDR-2026-B", "MOCK1 88", "2026-03-01T09:00:00Z"), line("TDR-2026-C", null, null)];
const references = (search: string) => select(lines, search).map(({ reference }) => reference);

test("the newest come first, and those without a time last", () => {
  expect(references("")).toEqual(["TDR-2026-B", "TDR-2025-A", "TDR-2026-C"]);
});

test("a search covers reference and series, in any case and order", () => {
  expect(references("tdr-2026")).toEqual(["TDR-2026-B", "TDR-2026-C"]);
  expect(references("88 mock1")).toEqual(["TDR-2026-B"]);
  expect(references("  ")).toHaveLength(3);
  expect(references("nowhere")).toEqual([]);
});

test("sorting does not change the given list", () => {
  select(lines, "");
  expect(lines[0]?.reference).toBe("TDR-2025-A");
});
