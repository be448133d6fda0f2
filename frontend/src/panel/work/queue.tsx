/** One queue: its states with their counts, its entries, and beside them the one that is looked at. */
import { SegmentedControl } from "@mantine/core";
import { useCallback, useEffect, useMemo } from "react";
import { useRealtimeData, useRealtimeMultipleData, type Rec } from "../../realtime";
import { useUser } from "../auth/user";
import { formatNumber, messages } from "../messages";
import { address, pageOf, useAddress } from "../parts/params";
import { useIsGone } from "../parts/refusal";
import { LIMIT } from "../table/url";
import { Entries } from "./entries";
import { Inquiry } from "./inquiry";
import { useKeys } from "./keys";
import { filtersOf, neighbour, sortOf, stateName, successor, type Queue } from "./queues";
import { Review } from "./review";
import { words } from "./words";
import { Button } from "@mantine/core";
import { ChoiceRow } from "../ui/choices";
import { Icon } from "../ui/icons";
import { Empty, Failed } from "../ui/states";

const PARAMETERS = ["state", "record", "page"];

export interface Going {
  /** The one looked at has left the queue by our own doing: on to the next. */
  done: () => void;
}

export function QueueView({ queue }: { queue: Queue }) {
  const me = useUser();
  const [params, change] = useAddress(PARAMETERS);
  const filters = useMemo(() => filtersOf(queue, me.id), [queue, me.id]);
  const filter = params["state"] && params["state"] in filters ? params["state"] : "waiting";
  const page = pageOf(params["page"]);
  const list = useRealtimeData<Rec[]>(address(`/api/admin/${queue.resource}`, { ...filters[filter], sort: sortOf(queue, filter), page, limit: LIMIT }));
  const items = list.data ?? [];
  const id = params["record"] ?? "";
  const open = useCallback((record: string) => change({ record }, true), [change]);
  const step = (direction: 1 | -1) => {
    const next = neighbour(items, id, direction);
    if (next) open(next.id);
  };
  useKeys({ j: () => step(1), ArrowDown: () => step(1), k: () => step(-1), ArrowUp: () => step(-1) });
  const choose = (state: string) => change({ state: state === "waiting" ? "" : state, record: "" });
  return (
    <>
      <States queue={queue} filters={filters} value={filter} onChange={choose} />
      <div className="work-columns" data-opened={id !== ""}>
        <Entries queue={queue} list={list} chosen={id} page={page} onOpen={open} onPage={(number) => change({ page: String(number) })} />
        <section className="work-pane card" aria-label={queue.title({ id, version: 0 }) || words.pick}>
          {id === "" ? <Empty icon={queue.name} title={words.pick} hint={queue.name === "inquiries" ? words.keysInquiry : words.keys} /> : <Pane key={id} queue={queue} id={id} me={me.id} back={() => open("")} done={() => open(successor(items, id))} />}
        </section>
      </div>
    </>
  );
}

function Pane({ queue, id, me, back, done }: { queue: Queue; id: string; me: string | undefined; back: () => void; done: () => void }) {
  const endpoint = `/api/admin/${queue.resource}/${encodeURIComponent(id)}`;
  const live = useRealtimeData<Rec>(endpoint);
  const isGone = useIsGone(endpoint);
  useEffect(() => {
    document.querySelector(".work-columns")?.scrollIntoView({ block: "nearest" }); // newer browsers answer with a promise, which is no way to clean up
  }, []);
  return (
    <>
      <Button className="work-back" variant="subtle" size="compact-sm" leftSection={<Icon name="left" size={15} />} onClick={back}>{words.back}</Button>
      {live.error !== null && !live.data && (isGone ? <Empty icon="search" title={live.error} hint={words.gone} /> : <Failed message={live.error} retry={() => void live.refresh()} />)}
      {live.error === null && !live.data && <p className="state quiet">{messages.app.loading}</p>}
      {live.data && (queue.name === "inquiries" ? <Inquiry record={live.data} live={live} /> : <Review queue={queue} record={live.data} me={me} done={done} />)}
    </>
  );
}

function States({ queue, filters, value, onChange }: { queue: Queue; filters: Record<string, Record<string, string>>; value: string; onChange: (state: string) => void }) {
  const endpoints = Object.fromEntries(Object.entries(filters).map(([name, filter]) => [name, address(`/api/admin/${queue.resource}`, { ...filter, page: 1, limit: 1 })]));
  const counts = useRealtimeMultipleData(endpoints);
  const label = (name: string) => {
    const total = counts[name]?.meta.total;
    return <span className="work-state">{stateName(name)} {total !== undefined && <span className="quiet">{formatNumber(total)}</span>}</span>;
  };
  return (
    <div className="filter">
      <ChoiceRow chosen={value}><SegmentedControl size="xs" value={value} onChange={onChange} aria-label={words.filter} data={Object.keys(filters).map((name) => ({ value: name, label: label(name) }))} /></ChoiceRow>
    </div>
  );
}
