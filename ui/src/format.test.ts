import { expect, test } from "vitest";

import { formatBytes, formatBytesDone, formatDay, formatLimit, formatPart, formatPercent, formatSince, formatTime, momentOf } from "./format";

test("bytes are written in units of 1,000 and never as 1000.0 of one", () => {
  expect(formatBytes(0)).toBe("0 bytes");
  expect(formatBytes(1)).toBe("1 byte");
  expect(formatBytes(999)).toBe("999 bytes");
  expect(formatBytes(1000)).toBe("1.0 KB");
  expect(formatBytes(999_949)).toBe("999.9 KB");
  expect(formatBytes(999_950)).toBe("1.0 MB");
  expect(formatBytes(5_000_000_000)).toBe("5.0 GB");
  expect(formatBytes(2_000_000_000_000_000)).toBe("2000.0 TB");
});

test("bytes that are done are rounded down", () => {
  expect(formatBytes(4_999_999_999)).toBe("5.0 GB");
  expect(formatBytesDone(4_999_999_999)).toBe("4.9 GB");
  expect(formatBytesDone(5_000_000_000)).toBe("5.0 GB");
});

test("a number that a person has set has no meaningless decimal", () => {
  expect(formatLimit(5_000_000_000)).toBe("5 GB");
  expect(formatLimit(1_500_000)).toBe("1.5 MB");
  expect(formatLimit(10_000_000)).toBe("10 MB");
});

test("a time with a day names its zone", () => {
  const zone = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" }).formatToParts(0).find(({ type }) => type === "timeZoneName")?.value;
  expect(formatTime(new Date(2026, 0, 2, 14, 5).getTime())).toBe(`2 Jan 2026, 14:05 ${zone ?? ""}`);
});

test("only a complete share is 100 per cent", () => {
  expect(formatPercent(0)).toBe("0%");
  expect(formatPercent(999)).toBe("99%");
  expect(formatPercent(1000)).toBe("100%");
});

test("a time that cannot be read is a dash", () => {
  for (const none of [Number.NaN, momentOf("yesterday"), momentOf(""), Number.POSITIVE_INFINITY, 1e16]) {
    expect(formatTime(none)).toBe("–");
    expect(formatDay(none)).toBe("–");
    expect(formatSince(none, 0)).toBe("–");
  }
});

test("times are parsed in the forms that the service and Java write", () => {
  const moment = Date.UTC(2026, 2, 12, 14, 35);
  for (const text of ["2026-03-12T14:35:00Z", "2026-03-12T14:35Z", "2026-03-12T14:35:00Z[UTC]", "2026-03-12T15:35:00+01:00[Europe/Paris]"]) {
    expect(momentOf(text), text).toBe(moment);
  }
  expect(momentOf("2026-03-12T14:35:00.123456789Z")).toBe(moment + 123);
});

test("just before the end, a part does not look like the whole", () => {
  expect(formatPart(1_467_160_000, 3_412_000_000)).toBe("1.4 GB of 3.4 GB");
  expect(formatPart(3_408_000_000, 3_412_000_000)).toBe("all but 4.0 MB of 3.4 GB");
  expect(formatPart(3_412_000_000, 3_412_000_000)).toBe("3.4 GB");
});

test("a time today is shown without the day", () => {
  const now = new Date(2026, 2, 2, 15, 0).getTime();
  expect(formatSince(new Date(2026, 2, 2, 14, 5).getTime(), now)).toBe("14:05");
  expect(formatSince(new Date(2026, 2, 1, 14, 5).getTime(), now)).toMatch(/^1 Mar 2026, 14:05 \S+$/);
});
