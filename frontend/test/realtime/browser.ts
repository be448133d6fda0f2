/** Doubles of what tabs of one browser have in common: locks and channels, in step with a test's clock. */

interface Request {
  name: string;
  hold: () => Promise<void>;
  settle: { resolve: () => void; reject: (reason: unknown) => void };
}

export class FakeLocks {
  private held = new Map<string, Request>();
  private waiting: Request[] = [];

  request = (name: string, how: LockOptions, hold: () => Promise<void>): Promise<void> =>
    new Promise((resolve, reject) => {
      const request = { name, hold, settle: { resolve, reject } };
      how.signal?.addEventListener("abort", () => this.withdraw(request));
      if (how.steal) this.steal(request);
      else this.waiting.push(request);
      queueMicrotask(() => this.grant());
    });

  query = (): Promise<LockManagerSnapshot> => Promise.resolve({ pending: this.waiting.map(({ name }) => ({ name })) });

  private withdraw(request: Request): void {
    if (!this.waiting.includes(request)) return;
    this.waiting = this.waiting.filter((each) => each !== request);
    request.settle.reject(new DOMException("withdrawn", "AbortError"));
  }

  private steal(request: Request): void {
    this.held.get(request.name)?.settle.reject(new DOMException("stolen", "AbortError"));
    this.held.delete(request.name);
    this.waiting.unshift(request);
  }

  private grant(): void {
    for (const request of this.waiting.filter(({ name }) => !this.held.has(name))) {
      if (this.held.has(request.name)) continue;
      this.held.set(request.name, request);
      this.waiting = this.waiting.filter((each) => each !== request);
      void request.hold().then(() => this.release(request));
    }
  }

  private release(request: Request): void {
    if (this.held.get(request.name) === request) this.held.delete(request.name);
    request.settle.resolve();
    this.grant();
  }
}

export class FakeChannel {
  static open: FakeChannel[] = [];
  onmessage: ((event: MessageEvent) => void) | null = null;

  constructor(readonly name: string) {
    FakeChannel.open.push(this);
  }

  postMessage(data: unknown): void {
    const copy = structuredClone(data);
    for (const other of FakeChannel.open.filter((each) => each !== this && each.name === this.name)) {
      queueMicrotask(() => FakeChannel.open.includes(other) && other.onmessage?.({ data: copy } as MessageEvent));
    }
  }

  close(): void {
    FakeChannel.open = FakeChannel.open.filter((each) => each !== this);
  }
}
