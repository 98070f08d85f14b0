const UNITS = ["bytes", "KB", "MB", "GB", "TB"] as const;

/** Bytes as TDR's pages write them: units of 1,000, one decimal from KB on. */
export function formatBytes(bytes: number): string {
  return inUnits(bytes, (value) => value.toFixed(1));
}

/** Bytes that are done, rounded down, so that nothing looks complete before it is. */
export function formatBytesDone(bytes: number): string {
  return inUnits(bytes, (value) => (Math.floor(value * 10) / 10).toFixed(1));
}

/** Bytes that somebody has set, without a decimal that says nothing. */
export function formatLimit(bytes: number): string {
  return formatBytes(bytes).replace(".0 ", " ");
}

function inUnits(bytes: number, decimal: (value: number) => string): string {
  let value = bytes;
  let unit = 0;
  // 999,950 would be shown as "1000.0 KB".
  while (value >= (unit === 0 ? 1000 : 999.95) && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  if (unit === 0) return value === 1 ? "1 byte" : `${formatCount(value)} bytes`;
  return `${decimal(value)} ${UNITS[unit] ?? "TB"}`;
}

/** A whole number with separators. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-GB");
}

/** A number with its noun: "1 file", "2,000 files". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Per mille as whole per cent, rounded down: only everything is 100%. */
export function formatPercent(perMille: number): string {
  return `${String(Math.floor(Math.min(1000, Math.max(0, perMille)) / 10))}%`;
}

/** Bytes a second. */
export function formatSpeed(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)} a second`;
}

/** Bytes a second that somebody has set. */
export function formatSpeedLimit(bytesPerSecond: number): string {
  return `${formatLimit(bytesPerSecond)} a second`;
}

/** The farthest from 1970 that a time can be, in milliseconds. */
const FARTHEST = 8.64e15;

/** A time that is none, or that no calendar here reaches. */
const NO_TIME = "–";

/**
 * A time as the service and the receipts write it (ISO 8601), in milliseconds since 1970; `NaN` where it cannot be read.
 * Java adds the zone's name in brackets, and more digits than milliseconds have.
 */
export function momentOf(text: string): number {
  return Date.parse(text.trim().replace(/\[[^\]]*\]$/, "").replace(/(\.\d{3})\d+/, "$1"));
}

function isTime(milliseconds: number): boolean {
  return Math.abs(milliseconds) <= FARTHEST;
}

/** Milliseconds since 1970 in the zone of this computer, which it names, such as "2 Mar 2026, 14:05 GMT". */
export function formatTime(milliseconds: number): string {
  if (!isTime(milliseconds)) return NO_TIME;
  const form = { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" } as const;
  return new Intl.DateTimeFormat("en-GB", form).format(milliseconds);
}

/** A day in the zone of this computer, such as "2 Mar 2026". */
export function formatDay(milliseconds: number): string {
  if (!isTime(milliseconds)) return NO_TIME;
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" }).format(milliseconds);
}

/** The time alone where it lies on the day of `now`, otherwise with its day. */
export function formatSince(milliseconds: number, now: number): string {
  if (!isTime(milliseconds)) return NO_TIME;
  const sameDay = new Date(milliseconds).toDateString() === new Date(now).toDateString();
  return sameDay ? new Intl.DateTimeFormat("en-GB", { timeStyle: "short" }).format(milliseconds) : formatTime(milliseconds);
}
