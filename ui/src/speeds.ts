/** The available speed limits, in bytes per second. */
export const SPEEDS: readonly number[] = [250_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000, 25_000_000];

/** Returns the available limits and the current one. */
export function speedsWith(limit: number | null): readonly number[] {
  return limit === null || SPEEDS.includes(limit) ? SPEEDS : [...SPEEDS, limit].sort((a, b) => a - b);
}
