/** The last messages of the stream, the newest first: to filter, to stop, to open. */
import { memo, useState } from "react";
import type { Message } from "../types";
import { Part, Table } from "./part";
import type { Heard } from "./recorder";
import { useRecorder } from "./use-recorder";
import { clockTime, words } from "./words";

const HEADS = Object.values(words.messages.columns);
const MOST_SHOWN = 60;

/** Each word of `filter` must stand somewhere in the message. */
export function matching(heard: readonly Heard[], filter: string): Heard[] {
  const wanted = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return [...heard];
  return heard.filter(({ message, position }) => {
    const text = `${JSON.stringify(message)} ${position ?? ""}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

export function Messages() {
  const heard = useRecorder().messages();
  const [filter, setFilter] = useState("");
  const [stopped, setStopped] = useState<readonly Heard[]>();
  const all = stopped ?? heard;
  const shown = matching(all, filter).slice(-MOST_SHOWN).reverse();
  const actions = (
    <>
      {all.length > 0 && <span className="dgs-quiet">{words.messages.shown(shown.length, all.length)}</span>}
      <input type="search" aria-label={words.messages.filter} placeholder={words.messages.filter} value={filter} onChange={(event) => setFilter(event.target.value)} />
      <button type="button" aria-pressed={stopped !== undefined} onClick={() => setStopped(stopped ? undefined : heard)}>
        {stopped ? words.messages.go : words.messages.pause}
      </button>
    </>
  );
  return (
    <Part title={words.messages.title} wide actions={actions}>
      {shown.length === 0 && <p className="dgs-quiet">{all.length === 0 ? words.messages.empty : words.messages.nothing}</p>}
      {shown.length > 0 && (
        <Table caption={words.messages.title} columns={HEADS}>
          {shown.map((each) => <Line key={each.id} heard={each} />)}
        </Table>
      )}
    </Part>
  );
}

/** A change's row is marked as the record it shows, so that its way to the screen is measured. */
const Line = memo(function Line({ heard: { at, message, position } }: { heard: Heard }) {
  const change = message.type === "change" ? message : undefined;
  return (
    <tr data-record={change?.recordId} data-version={change?.version}>
      <td>{clockTime(at)}</td>
      <td>{message.type}</td>
      <td className="dgs-long">{summary(message)}</td>
      <td className="dgs-mono">{position ?? words.none}</td>
      <td className="dgs-long">
        <details>
          <summary className="dgs-mono">{brief(message)}</summary>
          <pre className="dgs-mono">{JSON.stringify(message, undefined, 2)}</pre>
        </details>
      </td>
    </tr>
  );
});

function summary(message: Message): string {
  if (message.type === "change") {
    const which = message.recordId ?? words.messages.many(message.count ?? 0);
    return [message.resource, message.action, which, message.actor].filter(Boolean).join(" · ");
  }
  const state = "state" in message ? message.state : "reason" in message ? message.reason : undefined;
  return state === undefined ? words.none : String(state);
}

function brief(message: Message): string {
  const fields = message.type === "change" ? (message.patch ?? {}) : message;
  return Object.keys(fields).filter((name) => name !== "type" && name !== "timestamp").join(", ") || words.none;
}
