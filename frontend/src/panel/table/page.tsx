/** The live table of one resource. */
import { useCallback, useState } from "react";
import { useRealtimeData, type Rec } from "../../realtime";
import { messages, wordsOf } from "../messages";
import { RecordDrawer } from "../record/drawer";
import type { Resource } from "../resources";
import { Empty, Failed } from "../ui/states";
import { Head } from "./head";
import { Pager } from "./pager";
import { Rows, Skeletons } from "./rows";
import { Toolbar } from "./toolbar";
import { endpointOf, LIMIT, useTableState } from "./url";

export function TablePage({ resource }: { resource: Resource }) {
  const [state, change] = useTableState();
  const endpoint = endpointOf(resource.name, state);
  const live = useRealtimeData<Rec[]>(endpoint);
  const [opened, setOpened] = useState<Rec>();
  const open = useCallback(
    (record: Rec) => {
      setOpened(record);
      change({ record: record.id });
    },
    [change],
  );
  const sort = useCallback((field: string) => change({ sort: field, page: 1 }), [change]);
  return (
    <section className="table-page" aria-busy={live.loading}>
      <Toolbar resource={resource} search={state.search} onSearch={(search) => change({ search, page: 1 }, true)} live={live} />
      <div className="sheet">
        <div className="scroll" data-dim={live.loading && live.data !== undefined} tabIndex={-1}>
          <table className="table">
            <caption className="hidden">{wordsOf(resource.name).title}</caption>
            <Head columns={resource.columns} sort={state.sort} onSort={sort} />
            {live.data ? <Rows resource={resource} records={live.data} list={live.loading ? "" : endpoint} onOpen={open} /> : !live.error && <Skeletons columns={resource.columns} />}
          </table>
          {live.error !== null && !live.data && <Failed message={live.error} retry={() => void live.refresh()} />}
          {live.data?.length === 0 && <Nothing resource={resource} searching={state.search !== ""} />}
        </div>
        <Pager page={state.page} limit={LIMIT} total={live.meta.total} onPage={(page) => change({ page })} />
      </div>
      <RecordDrawer resource={resource} id={state.record} known={opened} onClose={() => change({ record: undefined })} />
    </section>
  );
}

function Nothing({ resource, searching }: { resource: Resource; searching: boolean }) {
  const { many } = wordsOf(resource.name);
  const words = messages.table;
  return searching ? (
    <Empty icon="search" title={words.nothingFound(many)} hint={words.nothingHint} />
  ) : (
    <Empty icon={resource.icon} title={words.emptyTitle(many)} hint={words.emptyHint} />
  );
}
