/** A live, paged list with fixed columns: findings, checks and quarantine share it. */
import { useRealtimeData } from "../../realtime";
import { messages } from "../messages";
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
}

export function List<T extends { id: string }>({ endpoint, caption, columns, empty, page, limit, onPage }: Props<T>) {
  const live = useRealtimeData<T[]>(endpoint);
  const bare = live.data === undefined && live.error !== null;
  return (
    <div className="sheet list" aria-busy={live.loading}>
      <div className="scroll">
        <table className="table table-plain">
          <caption className="hidden">{caption}</caption>
          <thead>
            <tr>{columns.map(({ label, priority }) => <th key={label} scope="col" data-priority={priority}>{label}</th>)}</tr>
          </thead>
          <tbody>
            {live.data?.map((item) => (
              <tr key={item.id}>{columns.map(({ label, priority, show }) => <td key={label} data-priority={priority}>{show(item)}</td>)}</tr>
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
