/** The rows in sight, between the room that the others would take. They flash when their record has changed or just come. */
import { Skeleton } from "@mantine/core";
import { memo, useEffect, useRef } from "react";
import type { Rec } from "../../realtime";
import { WaitsMark } from "../edits/mark";
import { useWaitingFields } from "../edits/use-edits";
import { fieldNamed, type Column, type Resource } from "../resources";
import { Cell } from "./cell";
import { editableCell } from "./columns";
import { CellEditor, type Draft } from "./editor";
import type { Selection } from "./selection";
import { words } from "./words";

export interface RowActions {
  open: (record: Rec) => void;
  toggle: Selection["toggle"];
  go: (place: number) => void;
  edit: (record: Rec, field: string) => void;
  stopEditing: () => void;
}

interface Props {
  resource: Resource;
  columns: Column[];
  /** Which list this is: another page or search is no news. */
  list: string;
  rows: Rec[];
  rowAt: (place: number) => Rec | undefined;
  drawn: readonly [number, number];
  count: number;
  height: number;
  at: number;
  selection: Selection;
  editing: Draft | undefined;
  actions: RowActions;
}

export function Rows(props: Props) {
  const { columns, drawn: [first, last], count, height, rowAt } = props;
  const fresh = useNewcomers(props.list, props.rows);
  const seen = new Set<string>();
  const places = Array.from({ length: Math.max(0, Math.min(last, count) - first) }, (_, n) => first + n);
  return (
    <tbody>
      <Room rows={first} height={height} span={columns.length + 1} />
      {places.map((place) => {
        const record = rowAt(place);
        if (!record || seen.has(record.id)) return <Awaited key={`place ${place}`} columns={columns} />;
        seen.add(record.id);
        return <PlacedRow key={record.id} {...props} record={record} place={place} fresh={fresh.has(record.id)} />;
      })}
      <Room rows={Math.max(0, count - Math.max(first, last))} height={height} span={columns.length + 1} />
    </tbody>
  );
}

function PlacedRow({ resource, columns, at, selection, editing, actions, record, place, fresh }: Props & { record: Rec; place: number; fresh: boolean }) {
  return (
    <Row
      resource={resource}
      columns={columns}
      record={record}
      place={place}
      fresh={fresh}
      here={place === at}
      selected={selection.has(record.id)}
      editing={editing?.id === record.id ? editing : undefined}
      actions={actions}
    />
  );
}

function Room({ rows, height, span }: { rows: number; height: number; span: number }) {
  if (rows <= 0) return null;
  return <tr aria-hidden="true" className="room"><td colSpan={span} style={{ height: rows * height }} /></tr>;
}

/** The ids that were not in this same list a moment ago. */
function useNewcomers(list: string, records: Rec[]): ReadonlySet<string> {
  const before = useRef<{ list: string; records: Rec[]; ids: Set<string>; fresh: Set<string> }>(null);
  const last = before.current;
  if (last?.list === list && last.records.length === records.length && last.records.every((record, place) => record === records[place])) return last.fresh;
  const ids = new Set(records.map(({ id }) => id));
  const same = last?.list === list && last.ids.size > 0;
  const fresh = new Set(same ? [...ids].filter((id) => !last.ids.has(id)) : []);
  before.current = { list, records, ids, fresh };
  return fresh;
}

interface RowProps {
  resource: Resource;
  columns: Column[];
  record: Rec;
  place: number;
  fresh: boolean;
  here: boolean;
  selected: boolean;
  editing: Draft | undefined;
  actions: RowActions;
}

const Row = memo(function Row({ resource, columns, record, place, fresh, here, selected, editing, actions }: RowProps) {
  const row = useFlash(record.version, fresh);
  const waits = useWaitingFields(resource.name, record.id);
  const title = resource.title(record);
  return (
    <tr ref={row} data-place={place} data-record={record.id} data-version={record.version} data-selected={selected || undefined} tabIndex={here ? 0 : -1} aria-rowindex={place + 2} onFocus={() => actions.go(place)}>
      <td className="pick">
        <input
          type="checkbox"
          checked={selected}
          tabIndex={-1}
          aria-label={words.select(title)}
          onChange={(event) => actions.toggle(record.id, place, (event.nativeEvent as MouseEvent).shiftKey)}
        />
      </td>
      {columns.map((column) => (
        <RowCell key={column.field} column={column} resource={resource} record={record} title={title} editing={editing?.field === column.field ? editing : undefined} waits={waits.has(column.field)} actions={actions} />
      ))}
    </tr>
  );
});

interface CellProps {
  column: Column;
  resource: Resource;
  record: Rec;
  title: string;
  editing: Draft | undefined;
  waits: boolean;
  actions: RowActions;
}

function RowCell({ column, resource, record, title, editing, waits, actions }: CellProps) {
  const field = editableCell(resource, column);
  const shared = { "data-priority": column.priority, "data-kind": column.kind, "data-field": column.field, "data-editable": field !== undefined || undefined };
  if (editing && field) {
    return <td {...shared} data-editing="true"><CellEditor resource={resource} field={field} draft={editing} onDone={actions.stopEditing} /></td>;
  }
  const twice = () => (field ? actions.edit(record, field.name) : actions.open(record));
  return (
    <td {...shared} data-waits={waits || undefined} tabIndex={-1} onDoubleClick={twice}>
      {column.kind === "title" ? <Title column={column} record={record} title={title} open={actions.open} /> : <Cell column={column} record={record} target={fieldNamed(resource, column.field)?.target} />}
      {waits && <WaitsMark />}
    </td>
  );
}

function Title({ column, record, title, open }: { column: Column; record: Rec; title: string; open: RowActions["open"] }) {
  const under = column.under === undefined ? undefined : record[column.under];
  return (
    <button type="button" className="row-open" tabIndex={-1} onClick={(event) => event.detail < 2 && open(record)}>
      <span className="row-title">{title}</span>
      {typeof under === "string" && under !== title && <span className="row-under">{under}</span>}
    </button>
  );
}

function useFlash(version: number, fresh: boolean) {
  const row = useRef<HTMLTableRowElement>(null);
  const shown = useRef(fresh ? -1 : version);
  useEffect(() => {
    const element = row.current;
    if (!element || shown.current === version) return;
    shown.current = version;
    element.classList.remove("flash");
    void element.offsetWidth; // lets the same animation start again
    element.classList.add("flash");
  }, [version]);
  return row;
}

function Awaited({ columns }: { columns: Column[] }) {
  return (
    <tr aria-hidden="true" className="awaited">
      <td className="pick" />
      {columns.map((column) => (
        <td key={column.field} data-priority={column.priority} data-kind={column.kind}>
          <span className="awaited-bar" />
        </td>
      ))}
    </tr>
  );
}

export function Skeletons({ columns }: { columns: Column[] }) {
  return (
    <tbody aria-hidden="true">
      {Array.from({ length: 12 }, (_, row) => (
        <tr key={row}>
          <td className="pick" />
          {columns.map((column) => (
            <td key={column.field} data-priority={column.priority}>
              <Skeleton height={11} width={column.kind === "title" ? "60%" : "45%"} radius="xl" />
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}
