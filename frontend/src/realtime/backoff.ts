/** How long to wait before trying again. */

export const LONGEST_WAIT = 30_000;

/**
 * Exponential back-off with full jitter: anything between 0 and `base * 2^attempt`, at most 30 s, so that
 * a thousand clients dropped at once do not come back at once (AWS Architecture Blog, "Exponential Backoff And Jitter").
 */
export function backoff(attempt: number, base: number, random: () => number = Math.random): number {
  return random() * Math.min(LONGEST_WAIT, base * 2 ** Math.min(attempt, 16));
}
