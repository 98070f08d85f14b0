import { expect, test } from "vitest";

import { chosen } from "./say";

const files = { "../../words/en-GB.ftl": "a-b = English", "../../words/cy.ftl": "a-b = Cymraeg" };

test("the page shows the language that the program has chosen", () => {
  expect(chosen("cy", files)).toEqual({ tag: "cy", text: "a-b = Cymraeg" });
  expect(chosen("en-GB", files)).toEqual({ tag: "en-GB", text: "a-b = English" });
});

test("without a file for the language, the page is in British English", () => {
  for (const tag of ["de", undefined]) expect(chosen(tag, files).tag).toBe("en-GB");
});
