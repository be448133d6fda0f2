/** What was taken out of the live tables, and the way back. */
import { Button } from "@mantine/core";
import { useState } from "react";
import { explain } from "../../realtime";
import { post } from "../api";
import { messages, wordsOf } from "../messages";
import { resourceNamed } from "../resources";
import { LIMIT } from "../table/url";
import type { QuarantineEntry } from "../types";
import { Badge } from "../ui/badge";
import { Icon } from "../ui/icons";
import { Time } from "../ui/time";
import { toast } from "../ui/toasts";
import { List, type ListColumn } from "./list";

const words = messages.health;

const COLUMNS: ListColumn<QuarantineEntry>[] = [
  { label: words.columns.record, priority: 1, show: (entry) => <Subject entry={entry} /> },
  { label: words.columns.reason, priority: 2, show: ({ reason, check }) => <span className="subject">{reason}{check && <span className="quiet mono">{check}</span>}</span> },
  { label: words.columns.placedAt, priority: 2, show: ({ placedAt }) => <Time value={placedAt} /> },
  { label: words.columns.placedBy, priority: 3, show: ({ placedBy }) => <span className="mono clip">{placedBy}</span> },
  { label: words.columns.action, priority: 1, show: (entry) => <Restore entry={entry} /> },
];

function nameOf({ resource, recordId, snapshot }: QuarantineEntry): string {
  return resourceNamed(resource)?.title({ ...snapshot, id: recordId, version: 0 }) ?? recordId;
}

function Subject({ entry }: { entry: QuarantineEntry }) {
  return (
    <span className="subject">
      {nameOf(entry)}
      <span className="quiet">
        {wordsOf(entry.resource).one} {entry.children.length > 0 && words.children(entry.children.length)}
      </span>
    </span>
  );
}

function Restore({ entry }: { entry: QuarantineEntry }) {
  const [busy, setBusy] = useState(false);
  if (entry.restoredAt) return <Badge tone="good">{words.restored}</Badge>;
  const act = async () => {
    setBusy(true);
    try {
      await post(`/api/admin/quarantine/${encodeURIComponent(entry.id)}/restore`);
      toast(words.restoreDone(nameOf(entry)));
    } catch (failure) {
      toast(explain(failure), "bad");
    }
    setBusy(false);
  };
  return (
    <Button size="compact-sm" variant="default" loading={busy} leftSection={<Icon name="restore" size={14} />} onClick={() => void act()} aria-label={`${words.restore} ${nameOf(entry)}`}>
      {words.restore}
    </Button>
  );
}

export function Quarantine() {
  const [page, setPage] = useState(1);
  return (
    <List
      endpoint={`/api/admin/quarantine?page=${page}&limit=${LIMIT}`}
      caption={words.tabs.quarantine}
      columns={COLUMNS}
      empty={{ icon: "restore", title: words.noQuarantine, hint: words.noQuarantineHint }}
      page={page}
      limit={LIMIT}
      onPage={setPage}
    />
  );
}
