/** Who leads: the holder of a Web Lock, of which a browser has one for all tabs. Tabs wait in a queue; one may step in at once. */

export interface OfficeOptions {
  name: string;
  elected: () => void;
  /** Another tab stepped in. */
  deposed: () => void;
}

interface Candidacy {
  waiting: AbortController;
  resign?: () => void;
}

export class Office {
  #candidacy: Candidacy | undefined;

  constructor(private readonly options: OfficeOptions) {}

  /** Without locks (a page that came by plain HTTP from another machine) every tab has a stream of its own. */
  static exists(): boolean {
    return typeof globalThis.navigator?.locks?.request === "function";
  }

  get holds(): boolean {
    return this.#candidacy?.resign !== undefined;
  }

  /** Waits for its turn. */
  queue(): void {
    this.leave();
    this.#run({});
  }

  /** Takes the lead from whoever has it. */
  stepIn(): void {
    this.leave();
    this.#run({ steal: true });
  }

  /** Neither leads nor waits. */
  leave(): void {
    const candidacy = this.#candidacy;
    this.#candidacy = undefined;
    candidacy?.waiting.abort();
    candidacy?.resign?.();
  }

  /** Whether other tabs are waiting for their turn. */
  async hasOthers(): Promise<boolean> {
    const { pending = [] } = await navigator.locks.query();
    return pending.some(({ name }) => name === this.options.name);
  }

  #run(how: LockOptions): void {
    const candidacy: Candidacy = { waiting: new AbortController() };
    this.#candidacy = candidacy;
    const signal = how.steal ? {} : { signal: candidacy.waiting.signal };
    const hold = () => new Promise<void>((resign) => this.#enter(candidacy, resign));
    navigator.locks.request(this.options.name, { ...how, ...signal }, hold).catch((reason: unknown) => this.#ended(candidacy, reason));
  }

  #enter(candidacy: Candidacy, resign: () => void): void {
    if (candidacy !== this.#candidacy) return resign();
    candidacy.resign = resign;
    this.options.elected();
  }

  /** AbortError: the lock was taken away, or the wait given up, of which one knows. */
  #ended(candidacy: Candidacy, reason: unknown): void {
    if (candidacy !== this.#candidacy) return;
    this.#candidacy = undefined;
    if (reason instanceof DOMException && reason.name === "AbortError") this.options.deposed();
    else throw reason;
  }
}
