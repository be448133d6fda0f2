/** A live, paged list with fixed columns: findings, checks, quarantine and the pages of operations share it. */
import { messages } from "../messages";
import { useFollowed, type Following } from "../parts/follow";
import { Pager } from "../table/pager";
import { Empty, Failed } from "../ui/states";
import type { IconName } from "../ui/icons";

export interface ListColumn<T> {
  label: string;
  priority: 1 | 2 | 3;
  show: (item: T) => React.ReactNode;
}

interface Props<T> {
  endpoint: string;
  caption: string;
  columns: ListColumn<T>[];
  empty: { icon: IconName; title: string; hint: string };
  page: number;
  limit: number;
  onPage: (page: number) => void;
  /** What makes the answer another one, where the stream does not keep it true by itself. */
  follow?: Following;
  /** What tells one row from another; its id unless told otherwise. */
  keyOf?: (item: T) => string | number;
  /** The row that is open. */
  here?: string;
}

const ALONE: Following = {};

export function List<T extends object>({ endpoint, caption, columns, empty, page, limit, onPage, follow = ALONE, keyOf = idOf, here }: Props<T>) {
  const live = useFollowed<T[]>(endpoint, follow);
  const bare = live.data === undefined && live.error !== null;
  return (
    <div className="sheet list" aria-busy={live.loading}>
      <div className="scroll" tabIndex={0} role="group" aria-label={caption}>
        <table className="table table-plain">
          <caption className="hidden">{caption}</caption>
          <thead>
            <tr>{columns.map(({ label, priority }) => <th key={label} scope="col" data-priority={priority}>{label}</th>)}</tr>
          </thead>
          <tbody>
            {live.data?.map((item) => (
              <tr key={keyOf(item)} data-here={here !== undefined && keyOf(item) === here}>{columns.map(({ label, priority, show }) => <td key={label} data-priority={priority}>{show(item)}</td>)}</tr>
            ))}
          </tbody>
        </table>
        {live.data === undefined && !bare && <p className="state quiet">{messages.app.loading}</p>}
        {bare && <Failed message={live.error ?? ""} retry={() => void live.refresh()} />}
        {live.data?.length === 0 && <Empty {...empty} />}
      </div>
      <Pager page={page} limit={limit} total={live.meta.total} onPage={onPage} />
    </div>
  );
}

function idOf(item: object): string {
  return String((item as { id?: unknown }).id);
}
