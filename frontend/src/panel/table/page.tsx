/** The live table of one resource. */
import { Suspense, useCallback, useMemo, useState } from "react";
import type { Rec } from "../../realtime";
import { messages, wordsOf } from "../messages";
import type { Resource } from "../resources";
import { Icon } from "../ui/icons";
import { room } from "../ui/room";
import { Empty, Failed } from "../ui/states";
import { BulkBar } from "./bulk-bar";
import { chosen } from "./columns";
import { Display } from "./display";
import { draftOf, type Draft } from "./editor";
import { Export } from "./export";
import { FilterBar } from "./filters";
import { Head } from "./head";
import { useWalk } from "./keys";
import { Names } from "./names";
import { Pager } from "./pager";
import { usePin } from "./pin";
import { usePrefs } from "./prefs";
import { Rows, Skeletons, type RowActions } from "./rows";
import { useSelection } from "./selection";
import { FARTHEST, useSheet, type Sheet } from "./sheet";
import { useRowHeight, useSight } from "./sight";
import "./table.css";
import { Toolbar } from "./toolbar";
import { LIMIT, questionOf, useTableState, type TableState } from "./url";
import { Views } from "./views";
import { words } from "./words";

/** Comes when a record is first opened. */
const RecordDrawer = room(() => import("../record/drawer"));

export default function TablePage({ resource }: { resource: Resource }) {
  const [state, change] = useTableState();
  const [prefs, setPrefs] = usePrefs(resource);
  const columns = useMemo(() => chosen(resource, prefs.columns), [resource, prefs.columns]);
  const table = useTable(resource, state, prefs.endless, prefs.tight);
  const { sheet, selection, opened, pin } = table;
  const narrow = (patch: Partial<TableState>, replace = false) => change({ ...patch, page: 1 }, replace);
  return (
    <section className="table-page" data-tight={prefs.tight} aria-busy={sheet.loading}>
      <Toolbar resource={resource} search={state.search} onSearch={(search) => narrow({ search }, true)} sheet={sheet}>
        <Views prefs={prefs} change={setPrefs} />
        <Display resource={resource} prefs={prefs} change={setPrefs} />
        <Export resource={resource} question={questionOf(state)} sort={state.sort} total={sheet.total ?? 0} />
      </Toolbar>
      <div className="narrow" role="group" aria-label={words.filters}>
        <FilterBar resource={resource} filters={state.filters} onChange={(filters) => narrow({ filters })} />
      </div>
      <div className="sheet">
        {pin.waiting > 0 && <Pill count={pin.waiting} onClick={table.letIn} />}
        <Names resource={resource} columns={columns} rows={table.inSight}>
          <Grid resource={resource} state={state} columns={columns} table={table} onSort={(sort) => narrow({ sort })} />
        </Names>
        {prefs.endless ? <Bottom sheet={sheet} /> : <Pager page={state.page} limit={LIMIT} total={sheet.total} onPage={(page) => change({ page })} />}
        <BulkBar resource={resource} selection={selection} question={questionOf(state, pin.pin)} sort={state.sort} total={sheet.total} />
      </div>
      <Suspense fallback={null}>
        {table.everOpened && <RecordDrawer resource={resource} id={state.record} known={opened} onClose={() => change({ record: undefined })} />}
      </Suspense>
    </section>
  );
}

type Table = ReturnType<typeof useTable>;

function useTable(resource: Resource, state: TableState, endless: boolean, tight: boolean) {
  const change = useTableState()[1];
  const [opened, setOpened] = useState<Rec>();
  const [editing, setEditing] = useState<Draft>();
  const [length, setLength] = useState(0);
  const [held, setHeld] = useState(false);
  const height = useRowHeight(tight);
  const sight = useSight(length, height);
  const [shown, setShown] = useState<Rec[]>([]);
  const reading = sight.scrolled || held || editing !== undefined || state.page > 1;
  const pin = usePin(resource.name, state, reading, () => shown);
  const sheet = useSheet({ resource: resource.name, state, limit: LIMIT, endless, pin: pin.pin, sight: sight.settled });
  const list = `${resource.name}?${JSON.stringify([questionOf(state), state.sort, endless])}`;
  const selection = useSelection(JSON.stringify([resource.name, questionOf(state)]), sheet.rowAt);
  const [everOpened, setEverOpened] = useState(false);
  if (state.record !== undefined && !everOpened) setEverOpened(true);
  if (sheet.count !== length) setLength(sheet.count);
  if (selection.some !== held) setHeld(selection.some);
  if (!sheet.loading && sheet.rows !== shown && !same(sheet.rows, shown)) setShown(sheet.rows);
  const open = useCallback(
    (record: Rec) => {
      setOpened(record);
      change({ record: record.id });
    },
    [change],
  );
  const edit = useCallback((record: Rec, field: string) => setEditing(draftOf(record, field)), []);
  const stopEditing = useCallback(() => setEditing(undefined), []);
  const walk = useWalk({ scroller: sight.scroller, count: sheet.count, rowAt: sheet.rowAt, show: sight.show, actions: { open, toggle: selection.toggle, edit }, clear: selection.clear });
  const actions = useMemo<RowActions>(() => ({ open, toggle: selection.toggle, go: walk.go, edit, stopEditing }), [open, selection.toggle, walk.go, edit, stopEditing]);
  const letIn = () => {
    sight.toTop();
    pin.release();
    if (state.page > 1) change({ page: 1 });
  };
  const [from, to] = sight.settled;
  const inSight = endless ? Array.from({ length: Math.max(0, to - from) }, (_, n) => sheet.rowAt(from + n)).filter((row) => row !== undefined) : sheet.rows;
  return { sheet, selection, opened, everOpened, editing, pin, sight, height, list, actions, walk, letIn, endless, inSight };
}

function same(one: Rec[], other: Rec[]): boolean {
  return one.length === other.length && one.every((record, place) => record === other[place]);
}

interface GridProps {
  resource: Resource;
  state: TableState;
  columns: ReturnType<typeof chosen>;
  table: Table;
  onSort: (sort: string) => void;
}

function Grid({ resource, state, columns, table, onSort }: GridProps) {
  const { sheet, selection, sight, walk, endless } = table;
  const mine = sheet.rows.filter(({ id }) => selection.has(id)).length;
  const picked = mine === 0 ? "none" : mine === sheet.rows.length ? "all" : "some";
  const waiting = sheet.total === undefined && sheet.error === null;
  return (
    <div ref={sight.scroller} className="scroll" tabIndex={-1} style={{ "--row": `${table.height}px` } as React.CSSProperties}>
      <table className="table live" aria-rowcount={endless ? (sheet.total ?? -1) + 1 : undefined} onKeyDown={walk.onKeyDown}>
        <caption className="hidden">{wordsOf(resource.name).title}</caption>
        <Head columns={columns} sort={state.sort} onSort={onSort} picked={picked} pickLabel={endless ? words.selectShown : words.selectPage} onPick={(on) => selection.take(sheet.rows, on)} />
        {waiting || (!endless && sheet.loading && sheet.rows.length === 0) ? (
          <Skeletons columns={columns} />
        ) : (
          <Rows
            resource={resource}
            columns={columns}
            list={sheet.loading ? "" : table.list + (endless ? "" : state.page)}
            rows={sheet.rows}
            rowAt={sheet.rowAt}
            drawn={endless ? sight.drawn : [0, sheet.count]}
            count={sheet.count}
            height={table.height}
            at={walk.at}
            selection={selection}
            editing={table.editing}
            actions={table.actions}
          />
        )}
      </table>
      {sheet.error !== null && <Failed message={sheet.error} retry={() => void sheet.refresh()} />}
      {!waiting && !sheet.loading && sheet.error === null && sheet.count === 0 && <Nothing resource={resource} state={state} />}
    </div>
  );
}

function Pill({ count, onClick }: { count: number; onClick: () => void }) {
  return (
    <div className="pill-place" role="status">
      <button type="button" className="pill" title={words.freshHint} onClick={onClick}>
        <Icon name="up" size={14} />
        {words.fresh(count)}
      </button>
    </div>
  );
}

function Bottom({ sheet }: { sheet: Sheet }) {
  if (sheet.total === undefined || sheet.total <= FARTHEST) return null;
  return <p className="pager quiet">{words.cut(FARTHEST)}</p>;
}

function Nothing({ resource, state }: { resource: Resource; state: TableState }) {
  const { many } = wordsOf(resource.name);
  const told = messages.table;
  if (state.search !== "") return <Empty icon="search" title={told.nothingFound(many)} hint={told.nothingHint} />;
  if (Object.keys(state.filters).length > 0) return <Empty icon="filter" title={words.nothingFiltered(many)} hint={words.nothingFilteredHint} />;
  return <Empty icon={resource.icon} title={told.emptyTitle(many)} hint={told.emptyHint} />;
}
