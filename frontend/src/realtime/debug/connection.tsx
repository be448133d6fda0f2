/** How the connection is, and two ways to try what happens without it. */
import { useSyncExternalStore } from "react";
import { reasonInWords } from "../connection";
import { useConnection, useRealtime } from "../react";
import { Part, useNow } from "./part";
import { clockTime, lasting, number, words } from "./words";

const told = words.connection;

export function ConnectionState() {
  const realtime = useRealtime();
  const connection = useConnection();
  const { state, since, position, lastSeen, attempts, transport, leads, retryAt } = connection;
  const now = useNow();
  const pretending = usePretending();
  const actions = (
    <>
      <button type="button" onClick={() => realtime.dropConnection()}>{told.drop}</button>
      <button type="button" aria-pressed={pretending} onClick={() => realtime.pretendOffline(!pretending)}>
        {pretending ? told.pretending : told.pretend}
      </button>
    </>
  );
  return (
    <Part title={told.title} actions={actions}>
      <dl>
        <dt>{told.state}</dt>
        <dd><span className="dgs-dot" data-state={state} />{told.states[state]} {told.since} {clockTime(since)}</dd>
        <dt>{told.why}</dt>
        <dd>{reasonInWords(connection) ?? words.none}</dd>
        <dt>{told.transport}</dt>
        <dd>{transport ? told.transports[transport] : words.none}{transport && `, ${leads ? told.leads : told.follows}`}</dd>
        <dt>{told.position}</dt>
        <dd className="dgs-mono">{position ?? words.none}</dd>
        <dt>{told.lastSeen}</dt>
        <dd>{lastSeen === undefined ? words.none : `${clockTime(lastSeen)} (${lasting(Math.max(0, now - lastSeen))})`}</dd>
        <dt>{told.attempts}</dt>
        <dd>{number(attempts)}{retryAt !== undefined && `, ${told.next(lasting(Math.max(0, retryAt - now)))}`}</dd>
      </dl>
    </Part>
  );
}

/** As the timeline has it last: another view of the same transport may have switched. */
function usePretending(): boolean {
  const { timeline } = useRealtime();
  const events = useSyncExternalStore(timeline.subscribe, timeline.entries);
  return events.filter(({ kind }) => kind === "pretend").at(-1)?.detail === "on";
}
