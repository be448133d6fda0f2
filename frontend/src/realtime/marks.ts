/** Which answers are known to lack something. TanStack's own mark goes away with each patch. */

export class Marks {
  readonly #marked = new Map<string, number>();
  /** Counts up with each mark: a fetch that set out before one does not take it away. */
  count = 0;

  set(endpoint: string): void {
    this.#marked.set(endpoint, (this.count += 1));
  }

  has(endpoint: string): boolean {
    return this.#marked.has(endpoint);
  }

  /** An answer came that was asked for when `count` stood so. */
  answered(endpoint: string, count: number): void {
    if ((this.#marked.get(endpoint) ?? 0) <= count) this.#marked.delete(endpoint);
  }

  forget(endpoint: string): void {
    this.#marked.delete(endpoint);
  }
}
