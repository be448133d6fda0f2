/** Doubles of what the browser gives: an EventSource under the test's hand, and a server that answers from a table. */
import type { Delivery, Message } from "../../src/realtime";

export class FakeSource {
  static all: FakeSource[] = [];
  static get last(): FakeSource {
    return FakeSource.all.at(-1)!;
  }

  onmessage: ((event: MessageEvent<string>) => void) | null = null;
  onerror: (() => void) | null = null;
  closed = false;
  readyState = 0;
  private readonly named = new Map<string, (event: MessageEvent<string>) => void>();

  constructor(readonly url: URL) {
    FakeSource.all.push(this);
  }

  addEventListener(name: string, listener: (event: MessageEvent<string>) => void): void {
    this.named.set(name, listener);
  }

  close(): void {
    this.closed = true;
  }

  say(message: object, position = ""): void {
    this.onmessage?.({ data: JSON.stringify({ timestamp: "t", ...message }), lastEventId: position } as MessageEvent<string>);
  }

  raw(data: string): void {
    this.onmessage?.({ data, lastEventId: "" } as MessageEvent<string>);
  }

  beat(position: string): void {
    this.named.get("hb")?.({ data: position, lastEventId: position } as MessageEvent<string>);
  }

  fail(): void {
    this.onerror?.();
  }

  /** The server answered, but with no stream. */
  refuse(): void {
    this.readyState = 2;
    this.onerror?.();
  }

  hello(position = "1-0", heartbeatSeconds = 15): void {
    this.say({ type: "hello", position, heartbeatSeconds });
  }
}

export function reply(body: unknown, position?: string, status = 200): Response {
  const headers = new Headers({ "Content-Type": status < 400 ? "application/json" : "application/problem+json" });
  if (position) headers.set("X-Feed-Position", position);
  return new Response(JSON.stringify(body), { status, headers });
}

export function list(...items: object[]) {
  return { items, page: 1, limit: 20, total: items.length };
}

export function change(fields: object, position?: string): Delivery {
  const message = { type: "change", timestamp: "t", resource: "businesses", action: "updated", ...fields } as Message;
  return { message, position };
}

/** A WebSocket under the test's hand. */
export class FakeSocket {
  static all: FakeSocket[] = [];
  static get last(): FakeSocket {
    return FakeSocket.all.at(-1)!;
  }

  onmessage: ((event: MessageEvent<string>) => void) | null = null;
  onclose: (() => void) | null = null;
  closed = false;

  constructor(readonly url: URL) {
    FakeSocket.all.push(this);
  }

  close(): void {
    this.closed = true;
  }

  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify({ timestamp: "t", ...message }) } as MessageEvent<string>);
  }

  drop(): void {
    this.onclose?.();
  }
}
