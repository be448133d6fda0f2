/** Search, how many there are, how fresh the table is, and what to do with it. */
import { ActionIcon, Button, CloseButton, TextInput, Tooltip } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useEffect, useRef, useState, type ReactNode, type RefObject } from "react";
import { Link } from "wouter";
import { messages, wordsOf } from "../messages";
import type { Resource } from "../resources";
import { useShortcuts } from "../shell/keys";
import { Icon } from "../ui/icons";
import { Time } from "../ui/time";
import type { Sheet } from "./sheet";
import { words as own } from "./words";

const words = messages.table;

interface Props {
  resource: Resource;
  search: string;
  onSearch: (search: string) => void;
  sheet: Sheet;
  children: ReactNode;
}

export function Toolbar({ resource, search, onSearch, sheet, children }: Props) {
  const { one, many } = wordsOf(resource.name);
  const { total, isStale, lastUpdated, refresh } = sheet;
  const input = useRef<HTMLInputElement>(null);
  useShortcuts({ "/": () => input.current?.select() });
  return (
    <div className="toolbar">
      <Search label={words.search(many)} value={search} onChange={onSearch} input={input} />
      <span className="total" aria-live="polite">{total !== undefined && words.total(total, one, many)}</span>
      <span className="grow" />
      {isStale && lastUpdated && (
        <span className="stale">
          {words.stale} · <Time value={lastUpdated.getTime()} />
        </span>
      )}
      <div className="tools">
        {children}
        <Tooltip label={words.refresh}>
          <ActionIcon variant="default" size={36} onClick={() => void refresh()} aria-label={words.refresh}>
            <Icon name="refresh" size={16} />
          </ActionIcon>
        </Tooltip>
        <Button component={Link} href={`/records/${resource.name}/new`} className="tool tool-new" leftSection={<Icon name="plus" size={16} />} aria-label={own.create(one)}>
          <span className="tool-word">{own.create(one)}</span>
        </Button>
      </div>
    </div>
  );
}

function Search({ label, value, onChange, input }: { label: string; value: string; onChange: (value: string) => void; input: RefObject<HTMLInputElement | null> }) {
  const [typed, setTyped] = useState(value);
  const tell = useDebouncedCallback(onChange, 250);
  const told = useRef(value);
  useEffect(() => {
    if (value !== told.current) setTyped(value); // came from elsewhere: a view, the way back
    told.current = value;
  }, [value]);
  const change = (text: string) => {
    setTyped(text);
    told.current = text.trim();
    tell(text.trim());
  };
  return (
    <TextInput
      ref={input}
      className="search"
      type="search"
      value={typed}
      onChange={(event) => change(event.currentTarget.value)}
      onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
      placeholder={label}
      aria-label={label}
      leftSection={<Icon name="search" size={16} />}
      rightSection={typed === "" ? null : <CloseButton size="sm" aria-label={words.clearSearch} onClick={() => change("")} />}
    />
  );
}
