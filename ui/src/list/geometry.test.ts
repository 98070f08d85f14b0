import { expect, test } from "vitest";

import { canvasHeight, visibleRows, type Geometry, isStuck, MAX_HEIGHT, positionAt, reveal, rowAfterKey, scrolledTo, START } from "./geometry";

const short: Geometry = { count: 1000, rowHeight: 40, viewHeight: 400 };
const million: Geometry = { count: 1_000_000, rowHeight: 44, viewHeight: 440 };

test("a list that fits is scrolled directly", () => {
  expect(canvasHeight(short)).toBe(40_000);
  const position = scrolledTo(short, START, 12_345);
  expect(position.top).toBe(12_345);
  const { first, last, offset } = visibleRows(short, position, 2);
  expect([first, last]).toEqual([306, 321]);
  expect(offset).toBe(306 * 40);
});

test("no element is taller than browsers can draw", () => {
  expect(canvasHeight(million)).toBe(MAX_HEIGHT);
});

test("both ends of a million rows are reached", () => {
  const end = scrolledTo(million, START, MAX_HEIGHT - 440);
  expect(visibleRows(million, end, 0).last).toBe(1_000_000);
  expect(visibleRows(million, end, 0).first).toBe(999_990);
  const back = scrolledTo(million, end, 0);
  expect(visibleRows(million, back, 0).first).toBe(0);
});

test("a step of the wheel moves a million rows by its own distance", () => {
  const middle = positionAt(million, 500_000 * 44);
  const moved = scrolledTo(million, middle, middle.scrollTop + 100);
  expect(moved.top - middle.top).toBeCloseTo(100);
});

test("continuous scrolling with the wheel skips no rows to either end", () => {
  for (const [from, step, last] of [
    [50_000, -100, 0],
    [43_999_560 - 50_000, 100, 43_999_560],
  ] as const) {
    let position = positionAt(million, from);
    for (let move = 0; move < 500; move += 1) {
      const moved = scrolledTo(million, position, Math.min(MAX_HEIGHT - 440, Math.max(0, position.scrollTop + step)));
      expect(Math.abs(moved.top - position.top)).toBeLessThanOrEqual(100.001);
      position = moved;
    }
    expect(position.top).toBe(last);
    expect(isStuck(million, position)).toBe(false);
  }
});

test("the scroll bar is corrected when it reaches its end before the list does", () => {
  let position = positionAt(million, 900_000);
  while (position.scrollTop > 0) position = scrolledTo(million, position, Math.max(0, position.scrollTop - 800));
  expect(position.top).toBeGreaterThan(0);
  expect(isStuck(million, position)).toBe(true);
  const corrected = positionAt(million, position.top);
  expect(corrected.scrollTop).toBeGreaterThan(800);
  expect(isStuck(million, corrected)).toBe(false);
});

test("positions of the scroll bar and of rows convert into each other", () => {
  for (const top of [0, 30_000, 60_000, 60_001, 20_000_000, 43_900_000, 43_999_560]) {
    const { scrollTop } = positionAt(million, top);
    const far = top > 22_000_000 ? START : positionAt(million, 43_999_560);
    expect(scrolledTo(million, far, scrollTop).top).toBeCloseTo(top, 3);
  }
});

test("a jump of the scroll bar lands at the same share of the list", () => {
  const moved = scrolledTo(million, START, (MAX_HEIGHT - 440) / 2);
  expect(moved.top / (1_000_000 * 44 - 440)).toBeCloseTo(0.5);
});

test("drawn rows are in the view at every position of the list", () => {
  for (const top of [0, 1, 1234, 5_000_000, 43_999_559, 43_999_560]) {
    const position = positionAt(million, top);
    const { first, offset } = visibleRows(million, position, 0);
    const below = offset - position.scrollTop;
    expect(below).toBeLessThanOrEqual(0.001);
    expect(below).toBeGreaterThan(-44.001);
    expect(first * 44).toBeLessThanOrEqual(position.top);
  }
});

test("wheel movements never leave the list, even if they disagree with the scroll bar", () => {
  let position = positionAt(million, 43_999_560 - 1000);
  for (let step = 0; step < 50; step += 1) position = scrolledTo(million, position, position.scrollTop + 100);
  expect(position.top).toBe(43_999_560);
});

test("a row is brought into view with the least movement", () => {
  expect(reveal(short, START, 3)).toBe(START);
  expect(reveal(short, START, 10).top).toBe(40);
  expect(reveal(short, positionAt(short, 400), 2).top).toBe(80);
});

test("keys reach the whole list and stay within it", () => {
  expect(rowAfterKey("ArrowDown", 0, short)).toBe(1);
  expect(rowAfterKey("ArrowUp", 0, short)).toBe(0);
  expect(rowAfterKey("PageDown", 0, short)).toBe(9);
  expect(rowAfterKey("PageUp", 4, short)).toBe(0);
  expect(rowAfterKey("End", 4, short)).toBe(999);
  expect(rowAfterKey("ArrowDown", 999, short)).toBe(999);
  expect(rowAfterKey("Home", 999, short)).toBe(0);
  expect(rowAfterKey("a", 4, short)).toBeNull();
});
