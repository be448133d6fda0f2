/** Says what is done with a record here, again and again while it is done, and once more when it ends. Knows no React. */
export type Doing = "looking" | "editing";
export type State = Doing | "away" | "gone";

export interface Told {
  people: { userId: string; state: string }[];
  /** Of two, the later one holds. */
  at: string;
}

/** A good part of the lease that the server gives. Milliseconds. */
export const EVERY = 2_500;
/** After so many refusals in a row nobody knows who is here. */
const FAILURES = 3;

export class Herald {
  #state: State = "gone";
  #said: State = "gone";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #busy = false;
  #failures = 0;

  /** `last`: the page may be over before the answer is here. */
  constructor(
    private readonly say: (state: State, last: boolean) => Promise<Told>,
    private readonly heard: (told: Told | undefined) => void,
  ) {}

  be(state: State): void {
    if (state === this.#state && state === this.#said) return;
    this.#state = state;
    if (!this.#busy) void this.#speak();
  }

  /** The page goes: nothing is waited for. */
  vanish(): void {
    clearTimeout(this.#timer);
    if (this.#said === "gone" && !this.#busy) return;
    this.#state = this.#said = "gone";
    this.say("gone", true).catch(() => undefined); // the lease ends by itself
  }

  /** One word at a time, or "looking" might arrive after "gone". */
  async #speak(): Promise<void> {
    clearTimeout(this.#timer);
    this.#busy = true;
    do {
      this.#said = this.#state;
      await this.#once(this.#said);
    } while (this.#said !== this.#state);
    this.#busy = false;
    if (this.#state !== "gone") this.#timer = setTimeout(() => void this.#speak(), EVERY);
  }

  async #once(state: State): Promise<void> {
    try {
      const told = await this.say(state, state === "gone");
      this.#failures = 0;
      if (this.#state !== "gone") this.heard(told);
    } catch {
      this.#failures += 1; // it is said again soon
      if (this.#failures === FAILURES) this.heard(undefined);
    }
  }
}
