import { expect, test } from "vitest";

import { estimate, type Estimate } from "./timeLeft";

/** Updates an estimate once a second and returns what was shown each time. */
function shownOver(seconds: number, left: (second: number) => number | null): (number | null)[] {
  let state: Estimate | null = null;
  const shown: (number | null)[] = [];
  for (let second = 0; second <= seconds; second += 1) {
    state = estimate(state, left(second), second * 1000);
    shown.push(state?.shown ?? null);
  }
  return shown;
}

function changes(shown: readonly unknown[]): number {
  return shown.filter((value, index) => index > 0 && value !== shown[index - 1]).length;
}

test("nothing is shown in the first five seconds", () => {
  const shown = shownOver(6, (second) => 600 - second);
  expect(shown.slice(0, 5)).toEqual([null, null, null, null, null]);
  expect(shown[5]).toBe(600);
});

test("at a steady speed the figure only ever goes down", () => {
  const shown = shownOver(1200, (second) => 1200 - second).filter((value) => value !== null);
  for (const [index, value] of shown.entries()) {
    if (index > 0) expect(value).toBeLessThanOrEqual(shown[index - 1] ?? 0);
  }
  expect(shown.at(-1)).toBe(60);
});

test("a speed that varies by half around its mean does not make the figure jump", () => {
  // The program's estimate alternates between half and one and a half times the true value, each second.
  const shown = shownOver(300, (second) => (3600 - second) * (second % 2 === 0 ? 0.5 : 1.5)).slice(60);
  expect(changes(shown)).toBeLessThanOrEqual(3);
});

test("a lasting change of speed shows within two minutes", () => {
  const shown = shownOver(240, (second) => (second < 60 ? 1200 - second : 7200 - second));
  expect(shown[59]).toBe(1200);
  expect(shown[180]).toBeGreaterThanOrEqual(6300);
});

test("a long wait restarts the estimate", () => {
  const running = estimate(estimate(null, 100, 0), 95, 6000);
  expect(running?.shown).toBe(120);
  expect(estimate(running, null, 60_000)).toBeNull();
  expect(estimate(running, 600, 60_000)?.shown).toBeNull();
});

test("sending that is interrupted every other second keeps its figure", () => {
  const shown = shownOver(60, (second) => (second % 2 === 1 ? null : 600 - second)).slice(6);
  expect(shown).not.toContain(null);
  expect(changes(shown)).toBeLessThanOrEqual(2);
});

test("setting the clock back restarts the estimate", () => {
  expect(estimate({ started: 0, at: 90_000, end: 100_000, shown: 60 }, 50, 80_000)?.shown).toBeNull();
});
