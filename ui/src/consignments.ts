import { momentOf } from "./format";
import type { ConsignmentLine } from "./generated/bindings";

/** The consignments that have the words in their reference or series, the newest first. */
export function select(lines: readonly ConsignmentLine[], search: string): ConsignmentLine[] {
  const words = search.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const fits = (line: ConsignmentLine) => {
    const text = `${line.reference} ${line.series ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
  return lines.filter(fits).sort((a, b) => madeAt(b) - madeAt(a));
}

/** What has no time comes last. */
function madeAt(line: ConsignmentLine): number {
  const at = line.created === null ? Number.NaN : momentOf(line.created);
  return Number.isNaN(at) ? 0 : at;
}
