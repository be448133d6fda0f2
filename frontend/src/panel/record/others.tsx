/** Who else has this record before them now, and whether they edit it. One person counts once. */
import { useCallback, useEffect, useRef, useState } from "react";
import { useMessages, useRealtimeData, useSend, type Message } from "../../realtime";
import { randomId } from "../../realtime/ids";
import { useUser } from "../auth/user";
import type { User } from "../types";
import { Herald, type Doing, type State, type Told } from "./herald";
import "./others.css";
import { words } from "./words";

const NOBODY: Told = { people: [], at: "" };
const TONES = 5;

interface Props {
  resource: string;
  id: string;
  doing: Doing;
}

export function Others({ resource, id, doing }: Props) {
  const me = useUser().id;
  const others = usePeople(resource, id, doing).filter(({ userId }) => userId !== me);
  return (
    <div className="others" role="status" aria-label={words.others}>
      {others.map(({ userId, state }) => <Other key={userId} id={userId} state={state} />)}
    </div>
  );
}

function usePeople(resource: string, recordId: string, doing: Doing): Told["people"] {
  const send = useSend();
  const [told, setTold] = useState(NOBODY);
  const take = useCallback((next: Told | undefined) => setTold((before) => (next === undefined ? NOBODY : next.at < before.at ? before : next)), []);
  const listen = useCallback(
    (message: Message) => {
      if (message.type === "presence" && message.resource === resource && message.recordId === recordId) take(message);
    },
    [resource, recordId, take],
  );
  useMessages(listen);
  const herald = useRef<Herald>(undefined);
  useEffect(() => {
    const tab = randomId();
    const say = async (state: State, keepalive: boolean) => {
      const body = JSON.stringify({ resource, recordId, tab, state });
      const reply = await send("/api/admin/realtime/presence", { method: "PUT", headers: { "Content-Type": "application/json" }, body, keepalive });
      return (await reply.json()) as Told;
    };
    const mine = new Herald(say, take);
    herald.current = mine;
    return () => {
      mine.vanish();
      setTold(NOBODY);
    };
  }, [send, resource, recordId, take]);
  useEffect(() => attend(herald.current, doing), [send, resource, recordId, doing]);
  return told.people;
}

/** A tab in the background looks at nothing; a form left open there is told as that. */
function attend(herald: Herald | undefined, doing: Doing): () => void {
  const look = () => herald?.be(document.visibilityState === "visible" ? doing : doing === "editing" ? "away" : "gone");
  const leave = () => herald?.vanish();
  look();
  document.addEventListener("visibilitychange", look);
  globalThis.addEventListener("pagehide", leave);
  globalThis.addEventListener("pageshow", look);
  return () => {
    document.removeEventListener("visibilitychange", look);
    globalThis.removeEventListener("pagehide", leave);
    globalThis.removeEventListener("pageshow", look);
  };
}

function Other({ id, state }: { id: string; state: string }) {
  const { data } = useRealtimeData<User>(`/api/admin/users/${encodeURIComponent(id)}`, { retryAttempts: 0 });
  const name = data ? (data.name ?? "") || data.email : words.someone;
  return (
    <span className="other" data-state={state} title={data?.email}>
      <span className="avatar" data-tone={toneOf(id)} aria-hidden="true">{data ? initials(name) : "?"}</span>
      {(words.doing[state] ?? words.doing["looking"])!(name)}
    </span>
  );
}

export function initials(name: string): string {
  const parts = name.split("@")[0]!.split(/[\s._-]+/).filter(Boolean);
  const letters = parts.length > 1 ? [parts[0]!, parts.at(-1)!].map((part) => [...part][0]) : [...(parts[0] ?? "?")].slice(0, 2);
  return letters.join("").toUpperCase();
}

function toneOf(id: string): number {
  return [...id].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)!) % 9973, 7) % TONES;
}
