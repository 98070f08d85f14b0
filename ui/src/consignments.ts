import { momentOf } from "./format";
import type { ConsignmentLine } from "./generated/bindings";

/** Returns the consignments with the words in their reference or series, newest first. */
export function select(lines: readonly ConsignmentLine[], search: string): ConsignmentLine[] {
  const words = search.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const matches = (line: ConsignmentLine) => {
    const text = `${line.reference} ${line.series ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
  return lines.filter(matches).sort((a, b) => createdAt(b) - createdAt(a));
}

/** Returns the time for sorting. Consignments without a time come last. */
function createdAt(line: ConsignmentLine): number {
  const at = line.created === null ? Number.NaN : momentOf(line.created);
  return Number.isNaN(at) ? 0 : at;
}
