import { expect, test } from "vitest";

import icon from "../../icons/waybill.svg?raw";
import mark from "./mark.svg?raw";

/** What is drawn, in order. */
function shapes(svg: string): string[] {
  const drawing = new DOMParser().parseFromString(svg, "image/svg+xml");
  return Array.from(drawing.documentElement.children, (shape) => shape.outerHTML);
}

test("the mark in the head of the window is the program's icon without its ground", () => {
  const [ground, ...sheet] = shapes(icon);
  expect(ground).toMatch(/^<rect /);
  expect(sheet.length).toBeGreaterThan(3);
  expect(shapes(mark)).toEqual(sheet);
});
