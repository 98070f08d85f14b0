import { amount } from "./generated/words";
import { LOCALE } from "./say";

const UNITS = [amount.kilobytes, amount.megabytes, amount.gigabytes, amount.terabytes] as const;

/** Formats bytes as TDR's pages do: in units of 1,000, with one decimal place from KB on. */
export function formatBytes(bytes: number): string {
  return inUnits(bytes, 1, (tenths) => Math.round(tenths));
}

/** Formats bytes that are done, rounded down, so that nothing looks complete too early. */
export function formatBytesDone(bytes: number): string {
  return inUnits(bytes, 1, (tenths) => Math.floor(tenths));
}

/** Formats bytes that a person has set, without a meaningless decimal place. */
export function formatLimit(bytes: number): string {
  return inUnits(bytes, 0, (tenths) => Math.round(tenths));
}

function inUnits(bytes: number, decimals: 0 | 1, whole: (tenths: number) => number): string {
  if (bytes < 1000) return amount.bytes({ count: bytes });
  let value = bytes / 1000;
  let unit = 0;
  // 999,950 would be shown as "1000.0 KB".
  while (value >= 999.95 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const form = { minimumFractionDigits: decimals, maximumFractionDigits: 1, useGrouping: false } as const;
  return (UNITS[unit] ?? amount.terabytes)({ value: new Intl.NumberFormat(LOCALE, form).format(whole(value * 10) / 10) });
}

/** Formats a whole number with separators. */
export function formatCount(count: number): string {
  return count.toLocaleString(LOCALE);
}

/** Formats per mille as whole per cent, rounded down, so that only a complete share is 100%. */
export function formatPercent(perMille: number): string {
  return amount.percent({ percent: Math.floor(Math.min(1000, Math.max(0, perMille)) / 10) });
}

/** Formats a speed in bytes per second. */
export function formatSpeed(bytesPerSecond: number): string {
  return amount.aSecond({ amount: formatBytes(bytesPerSecond) });
}

/** Formats a speed limit in bytes per second. */
export function formatSpeedLimit(bytesPerSecond: number): string {
  return amount.aSecond({ amount: formatLimit(bytesPerSecond) });
}

/** Formats how much is done, such as "1.4 GB of 3.4 GB". */
export function formatPart(done: number, all: number): string {
  const whole = formatBytes(all);
  if (done >= all) return whole;
  const part = formatBytesDone(done);
  // Just before the end, both would look the same.
  return part === whole ? amount.allBut({ left: formatBytes(all - done), all: whole }) : amount.part({ done: part, all: whole });
}

/** The furthest from 1970 that a `Date` can be, in milliseconds. */
const MAX_TIME = 8.64e15;

/** Shown instead of an invalid time. */
const NO_TIME = "–";

/**
 * Parses a time from the service or a receipt (ISO 8601) to milliseconds since 1970; `NaN` if it is invalid. Java adds the
 * zone's name in brackets, and more digits than milliseconds have.
 */
export function momentOf(text: string): number {
  return Date.parse(text.trim().replace(/\[[^\]]*\]$/, "").replace(/(\.\d{3})\d+/, "$1"));
}

function isTime(milliseconds: number): boolean {
  return Math.abs(milliseconds) <= MAX_TIME;
}

/** Formats milliseconds since 1970 with the time zone of this computer, such as "2 Mar 2026, 14:05 GMT". */
export function formatTime(milliseconds: number): string {
  if (!isTime(milliseconds)) return NO_TIME;
  const form = { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" } as const;
  return new Intl.DateTimeFormat(LOCALE, form).format(milliseconds);
}

/** Formats a day in the time zone of this computer, such as "2 Mar 2026". */
export function formatDay(milliseconds: number): string {
  if (!isTime(milliseconds)) return NO_TIME;
  return new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium" }).format(milliseconds);
}

/** Formats a time, with its day unless that is the day of `now`. */
export function formatSince(milliseconds: number, now: number): string {
  if (!isTime(milliseconds)) return NO_TIME;
  const sameDay = new Date(milliseconds).toDateString() === new Date(now).toDateString();
  return sameDay ? new Intl.DateTimeFormat(LOCALE, { timeStyle: "short" }).format(milliseconds) : formatTime(milliseconds);
}
