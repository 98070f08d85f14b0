import { expect, test } from "vitest";

import { formatBytes } from "./format";

test("bytes are written in units of 1,000 and never as 1000.0 of one", () => {
  expect(formatBytes(0)).toBe("0 bytes");
  expect(formatBytes(999)).toBe("999 bytes");
  expect(formatBytes(1000)).toBe("1.0 KB");
  expect(formatBytes(999_949)).toBe("999.9 KB");
  expect(formatBytes(999_950)).toBe("1.0 MB");
  expect(formatBytes(5_000_000_000)).toBe("5.0 GB");
  expect(formatBytes(2_000_000_000_000_000)).toBe("2000.0 TB");
});
