/** What happened to the connection, the newest first. */
import { useSyncExternalStore } from "react";
import { useRealtime } from "../react";
import { Part, Table } from "./part";
import { clockTime, words } from "./words";

const { columns, where: tabs } = words.timeline;
const HEADS = Object.values(columns);

export function ConnectionTimeline() {
  const { timeline } = useRealtime();
  const events = useSyncExternalStore(timeline.subscribe, timeline.entries);
  return (
    <Part title={words.timeline.title}>
      {events.length === 0 && <p className="dgs-quiet">{words.timeline.empty}</p>}
      {events.length > 0 && (
        <Table caption={words.timeline.title} columns={HEADS}>
          {[...events].reverse().map(({ id, at, kind, detail, where }) => (
            <tr key={id}>
              <td>{clockTime(at)}</td>
              <td>{kind}</td>
              <td className="dgs-long">{detail || words.none}</td>
              <td>{tabs[where] ?? where}</td>
            </tr>
          ))}
        </Table>
      )}
    </Part>
  );
}
