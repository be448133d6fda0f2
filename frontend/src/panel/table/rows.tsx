/** Rows that flash when the record they show has changed or just come. */
import { Skeleton } from "@mantine/core";
import { memo, useEffect, useRef } from "react";
import type { Rec } from "../../realtime";
import type { Column, Resource } from "../resources";
import { Cell } from "./cell";

interface Props {
  resource: Resource;
  records: Rec[];
  /** Which list this is: another page or search is no news. */
  list: string;
  onOpen: (record: Rec) => void;
}

export function Rows({ resource, records, list, onOpen }: Props) {
  const fresh = useNewcomers(list, records);
  return (
    <tbody>
      {records.map((record) => (
        <Row key={record.id} resource={resource} record={record} fresh={fresh.has(record.id)} onOpen={onOpen} />
      ))}
    </tbody>
  );
}

/** The ids that were not in this same list a moment ago. */
function useNewcomers(list: string, records: Rec[]): ReadonlySet<string> {
  const before = useRef<{ list: string; records: Rec[]; ids: Set<string>; fresh: Set<string> }>(null);
  const last = before.current;
  if (last?.list === list && last.records === records) return last.fresh;
  const ids = new Set(records.map(({ id }) => id));
  const same = last?.list === list;
  const fresh = new Set(same ? [...ids].filter((id) => !last.ids.has(id)) : []);
  before.current = { list, records, ids, fresh };
  return fresh;
}

interface RowProps {
  resource: Resource;
  record: Rec;
  fresh: boolean;
  onOpen: (record: Rec) => void;
}

const Row = memo(function Row({ resource, record, fresh, onOpen }: RowProps) {
  const row = useFlash(record.version, fresh);
  const title = resource.title(record);
  return (
    <tr ref={row} data-record={record.id} data-version={record.version} onClick={() => onOpen(record)}>
      {resource.columns.map((column) => (
        <td key={column.field} data-priority={column.priority} data-kind={column.kind}>
          {column.kind === "title" ? (
            <button type="button" className="row-open">
              <span className="row-title">{title}</span>
              {column.under && typeof record[column.under] === "string" && <span className="row-under">{String(record[column.under])}</span>}
            </button>
          ) : (
            <Cell column={column} record={record} />
          )}
        </td>
      ))}
    </tr>
  );
});

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

export function Skeletons({ columns }: { columns: Column[] }) {
  return (
    <tbody aria-hidden="true">
      {Array.from({ length: 12 }, (_, row) => (
        <tr key={row}>
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
