import { expect, test } from "vitest";

import icon from "../../icons/waybill.svg?raw";
import mark from "./mark.svg?raw";

/** Returns the shapes of a drawing, in order. */
function shapes(svg: string): string[] {
  const drawing = new DOMParser().parseFromString(svg, "image/svg+xml");
  return Array.from(drawing.documentElement.children, (shape) => shape.outerHTML);
}

test("the logo in the window's header is the program's icon without its background", () => {
  const [background, ...sheet] = shapes(icon);
  expect(background).toMatch(/^<rect /);
  expect(sheet.length).toBeGreaterThan(3);
  expect(shapes(mark)).toEqual(sheet);
});
