/** The entries of a queue, one under the other. */
import { useEffect, useRef } from "react";
import type { RealtimeData, Rec } from "../../realtime";
import { messages } from "../messages";
import { LIMIT } from "../table/url";
import { Pager } from "../table/pager";
import { Value } from "../ui/badge";
import { Empty, Failed } from "../ui/states";
import { Time } from "../ui/time";
import type { Queue } from "./queues";
import { words } from "./words";

interface Props {
  queue: Queue;
  list: RealtimeData<Rec[]>;
  chosen: string;
  page: number;
  onOpen: (id: string) => void;
  onPage: (page: number) => void;
}

export function Entries({ queue, list, chosen, page, onOpen, onPage }: Props) {
  return (
    <section className="work-list sheet" aria-label={words.list} aria-busy={list.loading}>
      <ol className="work-entries">
        {list.data?.map((record) => <Entry key={record.id} queue={queue} record={record} here={record.id === chosen} onOpen={onOpen} />)}
      </ol>
      {list.data === undefined && list.error === null && <p className="state quiet">{messages.app.loading}</p>}
      {list.data?.length === 0 && <Empty icon="check" title={words.empty} hint={words.emptyHint} />}
      {list.error !== null && !list.data && <Failed message={list.error} retry={() => void list.refresh()} />}
      <Pager page={page} limit={LIMIT} total={list.meta.total} onPage={onPage} />
    </section>
  );
}

function Entry({ queue, record, here, onOpen }: { queue: Queue; record: Rec; here: boolean; onOpen: (id: string) => void }) {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!here) return;
    button.current?.scrollIntoView({ block: "nearest" });
    if (document.activeElement === document.body || document.activeElement?.matches(".work-entry")) button.current?.focus({ preventScroll: true });
  }, [here]);
  return (
    <li>
      <button ref={button} type="button" className="work-entry" aria-current={here} onClick={() => onOpen(record.id)}>
        <span className="work-entry-title">{queue.title(record)}</span>
        <span className="work-entry-time quiet"><Time value={String(record["createdAt"])} /></span>
        <span className="work-entry-under quiet">{queue.under(record)}</span>
        <Value value={String(record["status"])} />
      </button>
    </li>
  );
}
