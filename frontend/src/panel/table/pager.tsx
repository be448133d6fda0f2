/** Which rows are shown, and the way to the others. */
import { ActionIcon } from "@mantine/core";
import { useEffect } from "react";
import { messages } from "../messages";
import { Icon } from "../ui/icons";

interface Props {
  page: number;
  limit: number;
  total: number | undefined;
  onPage: (page: number) => void;
}

export function Pager({ page, limit, total, onPage }: Props) {
  const last = Math.max(1, Math.ceil((total ?? 0) / limit));
  useEffect(() => {
    if (total !== undefined && page > last) onPage(last);
  }, [page, last, total, onPage]);
  if (total === undefined || total === 0) return null;
  const words = messages.table;
  const from = (page - 1) * limit + 1;
  return (
    <nav className="pager" aria-label={words.paging}>
      <span className="quiet">{words.range(Math.min(from, total), Math.min(page * limit, total), total)}</span>
      <span className="grow" />
      <ActionIcon variant="subtle" color="gray" disabled={page <= 1} onClick={() => onPage(page - 1)} aria-label={words.previous}>
        <Icon name="left" size={16} />
      </ActionIcon>
      <span className="pager-page">{words.pageOf(page, last)}</span>
      <ActionIcon variant="subtle" color="gray" disabled={page >= last} onClick={() => onPage(page + 1)} aria-label={words.next}>
        <Icon name="right" size={16} />
      </ActionIcon>
    </nav>
  );
}
