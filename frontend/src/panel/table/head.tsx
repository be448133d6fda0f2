/** Column headers; a click sorts. */
import { labelOf, messages } from "../messages";
import type { Column } from "../resources";
import { Icon } from "../ui/icons";
import { nextSort } from "./url";

export function columnLabel(column: Column): string {
  return column.label ? messages.table.columns[column.label] : labelOf(column.field);
}

interface Props {
  columns: Column[];
  sort: string;
  onSort: (sort: string) => void;
}

export function Head({ columns, sort, onSort }: Props) {
  return (
    <thead>
      <tr>
        {columns.map((column) => (
          <HeadCell key={column.field} column={column} sort={sort} onSort={onSort} />
        ))}
      </tr>
    </thead>
  );
}

function HeadCell({ column, sort, onSort }: { column: Column; sort: string; onSort: (sort: string) => void }) {
  const label = columnLabel(column);
  const up = sort === column.field;
  const down = sort === `-${column.field}`;
  if (!column.sort) return <th scope="col" data-priority={column.priority}>{label}</th>;
  return (
    <th scope="col" data-priority={column.priority} aria-sort={up ? "ascending" : down ? "descending" : "none"}>
      <button type="button" className="sort" onClick={() => onSort(nextSort(sort, column.field))} title={messages.table.sortBy(label)}>
        {label}
        <span className="sort-mark" data-on={up || down}>
          <Icon name={up ? "up" : "down"} size={13} />
        </span>
      </button>
    </th>
  );
}
