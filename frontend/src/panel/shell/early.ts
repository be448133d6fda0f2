/** Letters typed before the field they are meant for is there: kept for it, and no key of the page meanwhile. Knows no React. */

/** However long the field takes, the page has its keys back. Milliseconds. */
const PATIENCE = 5_000;

export class Early {
  #text = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** From now on, until `take` or `stop`. */
  begin(): void {
    this.stop();
    document.addEventListener("keydown", this.#hear, true);
    document.addEventListener("pointerdown", this.#leave, true);
    this.#timer = setTimeout(() => this.stop(), PATIENCE);
  }

  /** What was typed: the field has the keys now. */
  take(): string {
    const text = this.#text;
    this.stop();
    return text;
  }

  stop(): void {
    this.#text = "";
    clearTimeout(this.#timer);
    document.removeEventListener("keydown", this.#hear, true);
    document.removeEventListener("pointerdown", this.#leave, true);
  }

  /** Whoever points at something means that. */
  readonly #leave = (): void => this.stop();

  readonly #hear = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key.length === 1) this.#text += event.key;
    else if (event.key === "Backspace") this.#text = this.#text.slice(0, -1);
    else if (event.key !== "Enter") return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
}
