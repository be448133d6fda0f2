/** Column headers: a click sorts, with Shift beside the other sorts; the box takes the whole page. */
import { useEffect, useRef } from "react";
import { messages } from "../messages";
import type { Column } from "../resources";
import { Icon } from "../ui/icons";
import { columnLabel } from "./columns";
import { nextSort, sortedBy } from "./url";

interface Props {
  columns: Column[];
  sort: string;
  onSort: (sort: string) => void;
  picked: "none" | "some" | "all";
  pickLabel: string;
  onPick: (on: boolean) => void;
}

export function Head({ columns, sort, onSort, picked, pickLabel, onPick }: Props) {
  return (
    <thead>
      <tr>
        <th scope="col" className="pick"><PickAll picked={picked} label={pickLabel} onPick={onPick} /></th>
        {columns.map((column) => (
          <HeadCell key={column.field} column={column} sort={sort} onSort={onSort} />
        ))}
      </tr>
    </thead>
  );
}

function PickAll({ picked, label, onPick }: { picked: Props["picked"]; label: string; onPick: Props["onPick"] }) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current) box.current.indeterminate = picked === "some";
  }, [picked]);
  return <input ref={box} type="checkbox" checked={picked === "all"} aria-label={label} onChange={(event) => onPick(event.currentTarget.checked)} />;
}

function HeadCell({ column, sort, onSort }: { column: Column; sort: string; onSort: (sort: string) => void }) {
  const label = columnLabel(column);
  const shared = { scope: "col", "data-priority": column.priority, "data-kind": column.kind } as const;
  if (!column.sort) return <th {...shared}>{label}</th>;
  const by = sortedBy(sort, column.field);
  return (
    <th {...shared} aria-sort={by === undefined ? "none" : by.way === "up" ? "ascending" : "descending"}>
      <button type="button" className="sort" onClick={(event) => onSort(nextSort(sort, column.field, event.shiftKey))} title={messages.table.sortBy(label)}>
        {label}
        <span className="sort-mark" data-on={by !== undefined}>
          <Icon name={by?.way === "up" ? "up" : "down"} size={13} />
          {by?.rank}
        </span>
      </button>
    </th>
  );
}
