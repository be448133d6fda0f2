/** The audit trail: who did what, when and from where; searched by filters that live in the address. */
import { Button, Menu } from "@mantine/core";
import { useState } from "react";
import { useRealtimeData } from "../../realtime";
import type { AuditEntry } from "../generated/wire";
import { List, type ListColumn } from "../health/list";
import { About } from "../parts/about";
import { useDownload } from "../parts/download";
import { address, pageOf, useAddress } from "../parts/params";
import "../parts/parts.css";
import { useTitles } from "../parts/titles";
import { Who } from "../parts/who";
import { actionName } from "../parts/words";
import { LIMIT } from "../table/url";
import { Badge, type Tone } from "../ui/badge";
import { Icon } from "../ui/icons";
import { Time } from "../ui/time";
import "./audit.css";
import { EntryDrawer } from "./entry";
import { Filters, NAMES, questionOf } from "./filters";
import { Verify } from "./verify";
import { whatChanged, words } from "./words";

const { columns } = words;
const TONES: Record<string, Tone> = { created: "good", restored: "good", updated: "info", deleted: "bad", quarantined: "warn", purged: "bad", "sign-in-failed": "warn" };

export default function AuditPage() {
  const [params, change] = useAddress([...NAMES, "page"]);
  const [opened, setOpened] = useState<AuditEntry>();
  const download = useDownload();
  const question = questionOf(params);
  const page = pageOf(params["page"]);
  const endpoint = address("/api/admin/audit", { ...question, page, limit: LIMIT });
  const titles = useTitles(useRealtimeData<AuditEntry[]>(endpoint).data ?? []);
  const shown: ListColumn<AuditEntry>[] = [
    { label: columns.when, priority: 1, show: (entry) => <Time value={entry.at} /> },
    { label: columns.action, priority: 1, show: (entry) => <button type="button" className="entry-open" aria-label={words.open(actionName(entry.action))} onClick={() => setOpened(entry)}><Badge tone={TONES[entry.action] ?? "plain"}>{actionName(entry.action)}</Badge></button> },
    { label: columns.record, priority: 1, show: (entry) => <About subject={entry} titles={titles} /> },
    { label: columns.who, priority: 2, show: ({ actor }) => <Who actor={actor} /> },
    { label: columns.fields, priority: 3, show: (entry) => <span className="clip">{whatChanged(entry)}</span> },
    { label: columns.address, priority: 3, show: (entry) => <span className="mono">{entry.address}</span> },
  ];
  return (
    <div className="page">
      <div className="card stack">
        <Filters values={params} onChange={change} />
        <div className="card-head">
          <Menu withinPortal={false} shadow="md">
            <Menu.Target><Button size="xs" variant="default" loading={download.busy} leftSection={<Icon name="download" size={15} />}>{words.export}</Button></Menu.Target>
            <Menu.Dropdown>
              {Object.keys(words.formats).map((format) => <Menu.Item key={format} onClick={() => void download.take(address("/api/admin/audit/export", { ...question, format }))}>{words.formats[format]}</Menu.Item>)}
            </Menu.Dropdown>
          </Menu>
          <Verify />
        </div>
      </div>
      <List
        endpoint={endpoint}
        caption={words.title}
        columns={shown}
        empty={{ icon: "audit", title: words.none, hint: words.noneHint }}
        page={page}
        limit={LIMIT}
        onPage={(number) => change({ page: String(number) })}
        follow={{ on: ["change", "job", "integrity", "sync"], every: 15_000 }}
      />
      <EntryDrawer entry={opened} onClose={() => setOpened(undefined)} onFilter={(filter) => (setOpened(undefined), change({ ...Object.fromEntries(NAMES.map((name) => [name, ""])), ...filter }))} />
    </div>
  );
}
