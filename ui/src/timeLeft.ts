/**
 * The time left, as a steady figure.
 *
 * The program's estimate follows every change of speed. People want a figure that they can plan with, so it is smoothed over
 * half a minute, shown in coarse steps, and kept until it is clearly wrong.
 */

/** The state between updates. */
export type Estimate = {
  /** When the first estimate was seen, in milliseconds. */
  readonly started: number;
  /** When this was last updated, in milliseconds. */
  readonly at: number;
  /** The smoothed time of the end, in milliseconds. */
  readonly end: number;
  /** What is shown, in seconds; `null` while it is too early. */
  readonly shown: number | null;
};

/** Milliseconds before anything is shown, because the first seconds of sending are not representative. */
const SETTLING = 5_000;
/** Time constant of the smoothing, in milliseconds. */
const SMOOTHING = 30_000;
/** The fraction of a step by which the figure must be wrong before another is shown. */
const TOLERANCE = 0.75;
/** Milliseconds for which an estimate is kept while nothing is sent, because a short interruption changes little. */
const MAX_AGE = 15_000;

/**
 * Updates the estimate. `secondsLeft` is the program's own, or `null` if it has none, which restarts the estimate if it lasts.
 */
export function estimate(before: Estimate | null, secondsLeft: number | null, now: number): Estimate | null {
  if (before !== null && (now < before.at || now - before.at > MAX_AGE)) return estimate(null, secondsLeft, now);
  if (secondsLeft === null || !Number.isFinite(secondsLeft)) return before;
  const latest = now + secondsLeft * 1000;
  if (before === null) return { started: now, at: now, end: latest, shown: null };
  const weight = 1 - Math.exp(-(now - before.at) / SMOOTHING);
  const end = before.end + weight * (latest - before.end);
  const left = Math.max(0, (end - now) / 1000);
  return { started: before.started, at: now, end, shown: now - before.started < SETTLING ? null : steady(before.shown, left) };
}

/** Keeps the shown figure while it is nearly right. */
function steady(shown: number | null, left: number): number {
  const next = rounded(left);
  if (shown === null || shown === next) return next;
  return Math.abs(left - shown) > TOLERANCE * Math.max(stepAt(shown), stepAt(left)) ? next : shown;
}

function rounded(left: number): number {
  const step = stepAt(left);
  return Math.max(step, Math.round(left / step) * step);
}

/** Returns the step for a figure of this many seconds. */
function stepAt(seconds: number): number {
  if (seconds < 10 * 60) return 60;
  if (seconds < 3600) return 5 * 60;
  if (seconds < 4 * 3600) return 15 * 60;
  if (seconds < 48 * 3600) return 3600;
  return 24 * 3600;
}
