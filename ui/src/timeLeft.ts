/**
 * How much longer it takes, as a steady figure.
 *
 * The program's estimate follows every change of speed. A person wants a figure that they can plan with, so it is smoothed
 * over half a minute, told in coarse steps, and kept until it is clearly no longer true.
 */

/** What is kept from one look to the next. */
export type Estimate = {
  /** When the first estimate was seen, in milliseconds. */
  readonly began: number;
  /** When this was last brought up to date, in milliseconds. */
  readonly at: number;
  /** The smoothed moment of the end, in milliseconds. */
  readonly end: number;
  /** What is shown, in seconds; `null` while it is too early to say. */
  readonly shown: number | null;
};

/** Milliseconds before anything is said: the first seconds of sending tell little. */
const SETTLING = 5_000;
/** Time constant of the smoothing, in milliseconds. */
const SMOOTHING = 30_000;
/** By how much of a step the figure must be wrong before another is shown. */
const TOLERANCE = 0.75;
/** Milliseconds for which an estimate is kept while nothing is sent: a short hold changes little. */
const KEPT = 15_000;

/**
 * Brings the estimate up to date. `secondsLeft` is the program's own; `null` where it has none, which starts afresh if it lasts.
 */
export function estimate(before: Estimate | null, secondsLeft: number | null, now: number): Estimate | null {
  if (before !== null && (now < before.at || now - before.at > KEPT)) return estimate(null, secondsLeft, now);
  if (secondsLeft === null || !Number.isFinite(secondsLeft)) return before;
  const heard = now + secondsLeft * 1000;
  if (before === null) return { began: now, at: now, end: heard, shown: null };
  const weight = 1 - Math.exp(-(now - before.at) / SMOOTHING);
  const end = before.end + weight * (heard - before.end);
  const left = Math.max(0, (end - now) / 1000);
  return { began: before.began, at: now, end, shown: now - before.began < SETTLING ? null : steady(before.shown, left) };
}

/** Keeps what is shown while it is nearly true. */
function steady(shown: number | null, left: number): number {
  const next = rounded(left);
  if (shown === null || shown === next) return next;
  return Math.abs(left - shown) > TOLERANCE * Math.max(stepAt(shown), stepAt(left)) ? next : shown;
}

function rounded(left: number): number {
  const step = stepAt(left);
  return Math.max(step, Math.round(left / step) * step);
}

/** How coarse a figure of this many seconds is. */
function stepAt(seconds: number): number {
  if (seconds < 10 * 60) return 60;
  if (seconds < 3600) return 5 * 60;
  if (seconds < 4 * 3600) return 15 * 60;
  if (seconds < 48 * 3600) return 3600;
  return 24 * 3600;
}
