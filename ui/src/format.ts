const UNITS = ["bytes", "KB", "MB", "GB", "TB"] as const;

/** Bytes as TDR's pages write them: units of 1,000, one decimal from KB on. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 999,950 would be shown as "1000.0 KB".
  while (value >= (unit === 0 ? 1000 : 999.95) && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const number = unit === 0 ? value.toLocaleString("en-GB") : value.toFixed(1);
  return `${number} ${UNITS[unit] ?? "TB"}`;
}

/** A whole number with separators. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-GB");
}

/** A time in the zone of this computer, such as "2 Mar 2026, 14:05". */
export function formatTime(milliseconds: number): string {
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" }).format(milliseconds);
}
