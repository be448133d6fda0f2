/** When an answer is fetched again: at once, but at most once in 250 ms, and less often where one fetch takes longer. */

/** At most one refetch of an answer in this time. Milliseconds. */
export const PAUSE = 250;

export class Pace {
  readonly #due = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #started = new Map<string, { at: number; took: number }>();

  /** `fetch` says with `false` that it cannot begin yet, with a promise when it is done, with nothing that it need not. */
  constructor(private readonly fetch: (endpoint: string) => Promise<void> | false | undefined) {}

  schedule(endpoint: string): void {
    if (this.#due.has(endpoint)) return;
    const { at, took } = this.#started.get(endpoint) ?? { at: 0, took: 0 };
    const wait = Math.max(0, at + Math.max(PAUSE, took) - Date.now());
    this.#due.set(endpoint, setTimeout(() => this.#begin(endpoint), wait));
  }

  forget(endpoint: string): void {
    this.#started.delete(endpoint);
  }

  close(): void {
    for (const timer of this.#due.values()) clearTimeout(timer);
    this.#due.clear();
  }

  #begin(endpoint: string): void {
    this.#due.delete(endpoint);
    const at = Date.now();
    const done = this.fetch(endpoint);
    if (done === undefined) return;
    this.#started.set(endpoint, { at, took: 0 });
    if (done === false) return this.schedule(endpoint);
    void done.then(() => this.#started.set(endpoint, { at, took: Date.now() - at }));
  }
}
