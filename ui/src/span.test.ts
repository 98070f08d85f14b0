import { expect, test } from "vitest";

import { spanInWords } from "./span";

test("durations are formatted in words", () => {
  expect(spanInWords(0)).toBe("Less than a minute");
  expect(spanInWords(60)).toBe("Less than a minute");
  expect(spanInWords(120)).toBe("About 2 minutes");
  expect(spanInWords(55 * 60)).toBe("About 55 minutes");
  expect(spanInWords(3600)).toBe("About 1 hour");
  expect(spanInWords(3600 + 15 * 60)).toBe("About 1 hour 15 minutes");
  expect(spanInWords(47 * 3600)).toBe("About 47 hours");
  expect(spanInWords(72 * 3600)).toBe("About 3 days");
});
