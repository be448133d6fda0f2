/** Search, how many there are, how fresh the table is. */
import { ActionIcon, CloseButton, TextInput, Tooltip } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useEffect, useState } from "react";
import type { RealtimeData, Rec } from "../../realtime";
import { messages, wordsOf } from "../messages";
import type { Resource } from "../resources";
import { Icon } from "../ui/icons";
import { Time } from "../ui/time";

const words = messages.table;

interface Props {
  resource: Resource;
  search: string;
  onSearch: (search: string) => void;
  live: RealtimeData<Rec[]>;
}

export function Toolbar({ resource, search, onSearch, live }: Props) {
  const { one, many } = wordsOf(resource.name);
  const { total } = live.meta;
  return (
    <div className="toolbar">
      <Search label={words.search(many)} value={search} onChange={onSearch} />
      <span className="total" aria-live="polite">{total !== undefined && words.total(total, one, many)}</span>
      <span className="grow" />
      {live.isStale && live.lastUpdated && (
        <span className="stale">
          {words.stale} · <Time value={live.lastUpdated.getTime()} />
        </span>
      )}
      <Tooltip label={words.refresh}>
        <ActionIcon variant="default" size={34} onClick={() => void live.refresh()} aria-label={words.refresh}>
          <Icon name="refresh" size={16} />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}

function Search({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const tell = useDebouncedCallback(onChange, 250);
  const change = (text: string) => {
    setTyped(text);
    tell(text.trim());
  };
  return (
    <TextInput
      className="search"
      type="search"
      value={typed}
      onChange={(event) => change(event.currentTarget.value)}
      placeholder={label}
      aria-label={label}
      leftSection={<Icon name="search" size={16} />}
      rightSection={typed === "" ? null : <CloseButton size="sm" aria-label={words.clearSearch} onClick={() => change("")} />}
    />
  );
}
