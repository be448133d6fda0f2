/** One client before a server that answers from a table, with fake time and a stream under the test's hand. */
import { vi } from "vitest";
import { createRealtime, type Rec, type Realtime, type Setup, type Snapshot } from "../../src/realtime";
import { change, FakeSource, reply } from "./doubles";

export const PATH = "/api/admin/businesses";

export interface Asked {
  method: string;
  path: string;
  headers: Headers;
  body: unknown;
}

type Answering = (asked: Asked) => Response | Promise<Response>;

export class Stage {
  readonly asked: Asked[] = [];
  /** By path, or method and path: `PATCH /api/…`. */
  readonly answers: Record<string, Answering> = { "/api/auth/me": () => reply({}) };
  readonly shown = new Map<string, Snapshot<Rec[]>>();
  realtime: Realtime;
  /** Nobody answers, as without a network. */
  away = false;
  private readonly stops: (() => void)[] = [];

  constructor(setup: Setup = {}) {
    vi.useFakeTimers();
    vi.stubGlobal("EventSource", FakeSource);
    vi.stubGlobal("BroadcastChannel", undefined);
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    FakeSource.all = [];
    this.realtime = createRealtime("", { fetch: this.fetch, ...setup });
  }

  close(): void {
    for (const stop of this.stops) stop();
    this.realtime.close();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  }

  fetch = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const asked = { method: init.method ?? "GET", path, headers: new Headers(init.headers), body: init.body ? JSON.parse(String(init.body)) : undefined };
    this.asked.push(asked);
    if (this.away) throw new TypeError("Failed to fetch");
    const answer = this.answers[`${asked.method} ${path}`] ?? this.answers[path];
    return answer ? answer(asked) : reply({ code: "not-found", detail: "No such thing." }, undefined, 404);
  };

  /** What was asked since the beginning, the account's state left out. */
  paths(): string[] {
    const all = this.asked.filter(({ path }) => !path.startsWith("/api/auth"));
    return all.map(({ method, path }) => (method === "GET" ? path : `${method} ${path}`));
  }

  async follow(endpoint: string): Promise<() => void> {
    const stop = this.realtime.subscribe<Rec[]>(endpoint, (snapshot) => this.shown.set(endpoint, snapshot));
    this.stops.push(stop);
    await this.pass(0);
    return stop;
  }

  data(endpoint: string): Rec[] | undefined {
    return this.shown.get(endpoint)?.data;
  }

  async live(position: string): Promise<void> {
    FakeSource.last.hello(position);
    await this.pass(300);
  }

  tell(fields: object, position: string): void {
    FakeSource.last.say(change(fields).message, position);
  }

  pass = (milliseconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);
}

export function business(version: number, fields: object = {}): Rec {
  return { id: "a", version, name: "Old", createdAt: "2026-01-01", ...fields };
}
