import { amount } from "./generated/words";
import { LOCALE } from "./say";

const UNITS = [amount.kilobytes, amount.megabytes, amount.gigabytes, amount.terabytes] as const;

/** Bytes as TDR's pages write them: units of 1,000, one decimal from KB on. */
export function formatBytes(bytes: number): string {
  return inUnits(bytes, 1, (tenths) => Math.round(tenths));
}

/** Bytes that are done, rounded down, so that nothing looks complete before it is. */
export function formatBytesDone(bytes: number): string {
  return inUnits(bytes, 1, (tenths) => Math.floor(tenths));
}

/** Bytes that a person has set, without a meaningless decimal. */
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

/** A whole number with separators. */
export function formatCount(count: number): string {
  return count.toLocaleString(LOCALE);
}

/** Per mille as whole per cent, rounded down: only everything is 100%. */
export function formatPercent(perMille: number): string {
  return amount.percent({ percent: Math.floor(Math.min(1000, Math.max(0, perMille)) / 10) });
}

/** Bytes a second. */
export function formatSpeed(bytesPerSecond: number): string {
  return amount.aSecond({ amount: formatBytes(bytesPerSecond) });
}

/** Bytes a second that a person has set. */
export function formatSpeedLimit(bytesPerSecond: number): string {
  return amount.aSecond({ amount: formatLimit(bytesPerSecond) });
}

/** How much of something is done, such as "1.4 GB of 3.4 GB". */
export function formatPart(done: number, all: number): string {
  const whole = formatBytes(all);
  if (done >= all) return whole;
  const part = formatBytesDone(done);
  // Just before the end both would read the same.
  return part === whole ? amount.allBut({ left: formatBytes(all - done), all: whole }) : amount.part({ done: part, all: whole });
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
  return new Intl.DateTimeFormat(LOCALE, form).format(milliseconds);
}

/** A day in the zone of this computer, such as "2 Mar 2026". */
export function formatDay(milliseconds: number): string {
  if (!isTime(milliseconds)) return NO_TIME;
  return new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium" }).format(milliseconds);
}

/** The time alone where it lies on the day of `now`, otherwise with its day. */
export function formatSince(milliseconds: number, now: number): string {
  if (!isTime(milliseconds)) return NO_TIME;
  const sameDay = new Date(milliseconds).toDateString() === new Date(now).toDateString();
  return sameDay ? new Intl.DateTimeFormat(LOCALE, { timeStyle: "short" }).format(milliseconds) : formatTime(milliseconds);
}
