/** Every version of a record, the newest first: who, when, what. */
import { useRealtimeData } from "../../realtime";
import type { RecordVersion } from "../generated/wire";
import { Time } from "../ui/time";
import { Diff } from "./diff";
import { Who } from "./who";
import { actionName, words } from "./words";

interface Props {
  resource: string;
  id: string;
  /** Which fields matter here; all when left out. */
  only?: readonly string[];
}

export function History({ resource, id, only }: Props) {
  const endpoint = `/api/admin/${resource}/${encodeURIComponent(id)}/history?page=1&limit=50`;
  const { data } = useRealtimeData<RecordVersion[]>(endpoint);
  const shown = data?.map((each) => ({ ...each, changes: each.action === "created" ? [] : each.changes.filter(({ field }) => !only || only.includes(field)) })).filter((each) => !only || each.changes.length > 0 || each.action !== "updated");
  if (!shown) return null;
  return (
    <ol className="past">
      {shown.map((each) => (
        <li key={each.changeId}>
          <span className="past-head"><strong>{actionName(each.action)}</strong> <Who actor={each.actor} /> <span className="quiet"><Time value={each.at} /></span></span>
          {each.changes.length > 0 && <Diff changes={each.changes} />}
          {each.compacted && <span className="quiet">{words.history.compacted}</span>}
        </li>
      ))}
      {shown.length === 0 && <li className="quiet">{words.history.none}</li>}
    </ol>
  );
}
