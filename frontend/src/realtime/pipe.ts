/** What carries messages: an EventSource or a WebSocket, both told in the same words. */
import type { Transport } from "./connection";
import type { Message, Position } from "./types";

/** Who listens to a pipe. After `broken`, and after its closing, a pipe says nothing more. */
export interface Ear {
  message: (message: Message, position: Position | undefined) => void;
  beat: (position: Position) => void;
  /** `refused`: the server answered, but with no stream; else the line was cut, or never came about. */
  broken: (how: "cut" | "refused") => void;
}

export interface Pipe {
  close: () => void;
}

/** EventSource.CLOSED: a reply that is no stream. A cut line is CONNECTING, as the browser would try again. */
const NO_STREAM = 2;

function eventSource(url: URL, ear: Ear): Pipe {
  const source = new EventSource(url, { withCredentials: true });
  source.onmessage = (event: MessageEvent<string>) => {
    const message = parse(event.data);
    if (message) ear.message(message, event.lastEventId || undefined);
  };
  source.addEventListener("hb", (event: MessageEvent<string>) => ear.beat(event.lastEventId || event.data));
  source.onerror = () => ear.broken(source.readyState === NO_STREAM ? "refused" : "cut");
  return {
    close: () => {
      source.onmessage = source.onerror = null;
      source.close();
    },
  };
}

/** What is said on a WebSocket but belongs to no feed. */
const ASIDES = new Set(["subscribed", "pong", "error"]);
/** A WebSocket's text has the position as `id`, so what has an id of its own tells it by another name. */
const OWN_IDS: Record<string, string> = { integrity: "runId", job: "jobId" };

function webSocket(url: URL, ear: Ear): Pipe {
  url.protocol = url.protocol.replace("http", "ws");
  const socket = new WebSocket(url);
  socket.onmessage = (event: MessageEvent<unknown>) => {
    const said = parse(String(event.data));
    if (!said || ASIDES.has(said.type)) return;
    const { id, ...message } = said as Message & { id?: Position };
    if (String(message.type) === "hb") ear.beat(id ?? "");
    else ear.message(withOwnId(message), id);
  };
  socket.onclose = () => ear.broken("cut");
  return {
    close: () => {
      socket.onmessage = socket.onclose = null;
      socket.close();
    },
  };
}

function withOwnId(message: Message): Message {
  const name = OWN_IDS[message.type] ?? "ownId";
  const { [name]: id, ...rest } = message as unknown as Record<string, unknown>;
  return id === undefined ? message : ({ ...rest, id } as unknown as Message);
}

export const PIPES: Record<Transport, (url: URL, ear: Ear) => Pipe> = { sse: eventSource, websocket: webSocket };

/** A message, or nothing when the text is none: a stranger's line on the stream must not end it. */
export function parse(text: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const known = typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
    return known ? (value as Message) : undefined;
  } catch {
    return undefined;
  }
}
