/** No request is waited for without end: a connection that stays open and silent tells of no error. */
import { unreachable } from "./errors";

/** Longest wait for an answer. Milliseconds. */
export const PATIENCE = 30_000;

/** Does the work; when it takes longer its signal is aborted, and it has failed as if the server were out of reach. */
export async function within<T>(milliseconds: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const patience = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(unreachable()), milliseconds)));
  try {
    return await Promise.race([work(patience.signal), silence]); // for who asks by other means and cannot be stopped
  } finally {
    clearTimeout(timer);
    patience.abort();
  }
}
