import { expect, test } from "vitest";

import { within } from "./path";

test("a path is shown without the folder that is sent, and any other path in full", () => {
  expect(within("Board papers", "Board papers/2004/agenda.pdf")).toBe("2004/agenda.pdf");
  expect(within("Board papers", "Board papers 2/agenda.pdf")).toBe("Board papers 2/agenda.pdf");
  expect(within("Board papers", "")).toBe("");
});
