import { expect, test } from "vitest";

import { canvasHeight, drawn, type Geometry, isStuck, MAX_HEIGHT, placedAt, revealing, rowAfterKey, scrolledTo, START } from "./geometry";

const short: Geometry = { count: 1000, rowHeight: 40, viewHeight: 400 };
const million: Geometry = { count: 1_000_000, rowHeight: 44, viewHeight: 440 };

test("a list that fits is scrolled as it is", () => {
  expect(canvasHeight(short)).toBe(40_000);
  const position = scrolledTo(short, START, 12_345);
  expect(position.top).toBe(12_345);
  const { first, last, offset } = drawn(short, position, 2);
  expect([first, last]).toEqual([306, 321]);
  expect(offset).toBe(306 * 40);
});

test("no element is higher than browsers can draw", () => {
  expect(canvasHeight(million)).toBe(MAX_HEIGHT);
});

test("both ends of a million rows are reached", () => {
  const end = scrolledTo(million, START, MAX_HEIGHT - 440);
  expect(drawn(million, end, 0).last).toBe(1_000_000);
  expect(drawn(million, end, 0).first).toBe(999_990);
  const back = scrolledTo(million, end, 0);
  expect(drawn(million, back, 0).first).toBe(0);
});

test("a wheel's notch moves a million rows by its own height", () => {
  const middle = placedAt(million, 500_000 * 44);
  const moved = scrolledTo(million, middle, middle.scrollTop + 100);
  expect(moved.top - middle.top).toBeCloseTo(100);
});

test("a wheel that never rests skips no row on its way to either end", () => {
  for (const [from, step, last] of [
    [50_000, -100, 0],
    [43_999_560 - 50_000, 100, 43_999_560],
  ] as const) {
    let position = placedAt(million, from);
    for (let notch = 0; notch < 500; notch += 1) {
      const moved = scrolledTo(million, position, Math.min(MAX_HEIGHT - 440, Math.max(0, position.scrollTop + step)));
      expect(Math.abs(moved.top - position.top)).toBeLessThanOrEqual(100.001);
      position = moved;
    }
    expect(position.top).toBe(last);
    expect(isStuck(million, position)).toBe(false);
  }
});

test("a wheel that has used up the scroll bar before the list is put right where it is", () => {
  let position = placedAt(million, 900_000);
  while (position.scrollTop > 0) position = scrolledTo(million, position, Math.max(0, position.scrollTop - 800));
  expect(position.top).toBeGreaterThan(0);
  expect(isStuck(million, position)).toBe(true);
  const right = placedAt(million, position.top);
  expect(right.scrollTop).toBeGreaterThan(800);
  expect(isStuck(million, right)).toBe(false);
});

test("what the scroll bar says and where the rows are agree, there and back", () => {
  for (const top of [0, 30_000, 60_000, 60_001, 20_000_000, 43_900_000, 43_999_560]) {
    const { scrollTop } = placedAt(million, top);
    const far = top > 22_000_000 ? START : placedAt(million, 43_999_560);
    expect(scrolledTo(million, far, scrollTop).top).toBeCloseTo(top, 3);
  }
});

test("a jump of the scroll bar lands at the same share of the list", () => {
  const moved = scrolledTo(million, START, (MAX_HEIGHT - 440) / 2);
  expect(moved.top / (1_000_000 * 44 - 440)).toBeCloseTo(0.5);
});

test("drawn rows lie in the view, wherever the list stands", () => {
  for (const top of [0, 1, 1234, 5_000_000, 43_999_559, 43_999_560]) {
    const position = placedAt(million, top);
    const { first, offset } = drawn(million, position, 0);
    const below = offset - position.scrollTop;
    expect(below).toBeLessThanOrEqual(0.001);
    expect(below).toBeGreaterThan(-44.001);
    expect(first * 44).toBeLessThanOrEqual(position.top);
  }
});

test("wheel movements never leave the list, even if they disagree with the scroll bar", () => {
  let position = placedAt(million, 43_999_560 - 1000);
  for (let step = 0; step < 50; step += 1) position = scrolledTo(million, position, position.scrollTop + 100);
  expect(position.top).toBe(43_999_560);
});

test("a row is brought into view with the least movement", () => {
  expect(revealing(short, START, 3)).toBe(START);
  expect(revealing(short, START, 10).top).toBe(40);
  expect(revealing(short, placedAt(short, 400), 2).top).toBe(80);
});

test("keys lead through the whole list and not out of it", () => {
  expect(rowAfterKey("ArrowDown", 0, short)).toBe(1);
  expect(rowAfterKey("ArrowUp", 0, short)).toBe(0);
  expect(rowAfterKey("PageDown", 0, short)).toBe(9);
  expect(rowAfterKey("PageUp", 4, short)).toBe(0);
  expect(rowAfterKey("End", 4, short)).toBe(999);
  expect(rowAfterKey("ArrowDown", 999, short)).toBe(999);
  expect(rowAfterKey("Home", 999, short)).toBe(0);
  expect(rowAfterKey("a", 4, short)).toBeNull();
});
