/** Every word of the debug view. */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const time = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hour12: false });

export const words = {
  title: "Realtime",
  clear: "Clear",
  none: "—",
  yes: "yes",
  no: "no",
  connection: {
    title: "Connection",
    state: "State",
    states: { live: "live", polling: "polling", offline: "offline" } as Record<string, string>,
    since: "since",
    why: "Why",
    transport: "Carried by",
    transports: { sse: "Server-Sent Events", websocket: "WebSocket" } as Record<string, string>,
    leads: "held by this tab",
    follows: "held by another tab",
    next: (wait: string) => `next in ${wait}`,
    position: "Position",
    lastSeen: "Last sign of life",
    attempts: "Failed attempts",
    drop: "Drop my connection",
    pretend: "Pretend offline",
    pretending: "Back online",
  },
  timeline: {
    title: "Timeline",
    columns: { at: "When", kind: "What", detail: "Detail", where: "Tab" },
    where: { here: "this one", leader: "the one with the stream" } as Record<string, string>,
    empty: "Nothing happened to the connection yet.",
  },
  cache: {
    title: "Cache",
    columns: { endpoint: "Endpoint", rows: "Rows", age: "Age", stale: "Stale", fetches: "Fetches", patches: "Patches", observers: "Observers", position: "Position", act: "Actions" },
    refresh: "Refresh",
    clear: "Clear",
    refreshOf: (endpoint: string) => `Refresh ${endpoint}`,
    clearOf: (endpoint: string) => `Clear ${endpoint}`,
    empty: "The cache is empty.",
    note: "Fetches and patches are counted since this view was first opened.",
  },
  messages: {
    title: "Messages",
    filter: "Filter",
    pause: "Pause",
    go: "Go on",
    columns: { at: "When", type: "Type", what: "What", position: "Position", body: "Message" },
    empty: "No message has come since this view was first opened.",
    nothing: "No message matches.",
    shown: (shown: number, all: number) => `${whole.format(shown)} of the last ${whole.format(all)}`,
    many: (count: number) => `${whole.format(count)} records`,
  },
  latency: {
    title: "Latency",
    stages: { receive: "Commit to received", paint: "Commit to pixel", draw: "Received to pixel" } as Record<string, string>,
    columns: { stage: "Of changes by others", count: "Changes", p50: "p50", p95: "p95", most: "Most" },
    histogram: (stage: string, parts: string) => `${stage}: ${parts}`,
    bar: (count: number, range: string) => `${whole.format(count)} × ${range}`,
    empty: "No change has come yet. Have somebody else change a record.",
    how: "A pixel counts when the row that shows the change has been drawn: one frame after it stood in the document, so at most one frame too late.",
    caughtUp: (count: number) => `${whole.format(count)} changes were committed before the connection stood and are left out.`,
    clocks: {
      unknown: "This computer's clock is not compared with the server's yet; the times assume that they agree.",
      agree: (off: string) => `This computer's clock and the server's agree within ${off}.`,
      ahead: (by: string, off: string) => `This computer's clock is ${by} ahead of the server's (±${off}); the times are corrected by that.`,
      behind: (by: string, off: string) => `This computer's clock is ${by} behind the server's (±${off}); the times are corrected by that.`,
    },
    compare: "Compare the clocks",
  },
};

export function number(value: number): string {
  return whole.format(value);
}

/** `3.1 ms`, `212 ms`, `1.4 s`, `2 min`, `3 h`. */
export function lasting(milliseconds: number): string {
  const size = Math.abs(milliseconds);
  if (size < 9.95) return `${fine.format(milliseconds)} ms`;
  if (size < 1_000) return `${whole.format(milliseconds)} ms`;
  if (size < 60_000) return `${fine.format(milliseconds / 1_000)} s`;
  if (size < 3_600_000) return `${whole.format(milliseconds / 60_000)} min`;
  return `${whole.format(milliseconds / 3_600_000)} h`;
}

/** Time of day to the millisecond. */
export function clockTime(at: number): string {
  return time.format(at);
}
