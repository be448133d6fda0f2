/** What can be done with the selection; while it is done, how far it is. */
import { Button, Progress } from "@mantine/core";
import { useState } from "react";
import type { Resource } from "../resources";
import { fieldNamed } from "../resources";
import { Icon } from "../ui/icons";
import { askOf, useBulk, type BulkName } from "./bulk";
import { DeleteMany, RefusedList, SetMany } from "./bulk-dialogs";
import { Export, MOST_NAMED, namedQuestion } from "./export";
import type { Selection } from "./selection";
import type { Filters } from "./url";
import { words } from "./words";

interface Props {
  resource: Resource;
  selection: Selection;
  question: Filters;
  sort: string;
  total: number | undefined;
}

export function BulkBar({ resource, selection, question, sort, total }: Props) {
  const bulk = useBulk(resource.name);
  const [asking, setAsking] = useState<"set" | "delete">();
  const close = () => setAsking(undefined);
  const start = async (action: BulkName, values?: Record<string, unknown>) => {
    close();
    if (await bulk.start(askOf(action, selection, question, values))) selection.clear();
  };
  const count = selection.all ? (total ?? 0) : selection.ids.size;
  return (
    <>
      {bulk.under && <Under {...bulk.under} />}
      {selection.some && !bulk.under && (
        <div className="bulk" role="toolbar" aria-label={words.bulk}>
          <strong aria-live="polite">{selection.all ? words.allSelected(count) : words.selected(count)}</strong>
          {!selection.all && total !== undefined && total > count && <button type="button" className="link" onClick={selection.takeAll}>{words.selectAll(total)}</button>}
          <span className="grow" />
          <Actions resource={resource} start={(action) => void start(action)} ask={setAsking} />
          {(selection.all || count <= MOST_NAMED) && (
            <Export resource={resource} question={selection.all ? question : namedQuestion(selection.ids)} sort={sort} total={count} label={words.exportSelected(count)} />
          )}
          <button type="button" className="bulk-close" aria-label={words.clearSelection} title={words.clearSelection} onClick={selection.clear}>×</button>
        </div>
      )}
      <SetMany opened={asking === "set"} resource={resource} count={count} onClose={close} onSet={(values) => void start("set", values)} />
      <DeleteMany opened={asking === "delete"} resource={resource} selection={selection} question={question} onClose={close} onDelete={() => void start("delete")} />
      <RefusedList resource={resource} refusals={bulk.refusals} onClose={bulk.forget} />
    </>
  );
}

function Actions({ resource, start, ask }: { resource: Resource; start: (action: BulkName) => void; ask: (what: "set" | "delete") => void }) {
  const flagged = fieldNamed(resource, "isActive") !== undefined;
  return (
    <>
      {flagged && <Button size="xs" variant="default" onClick={() => start("activate")}>{words.activate}</Button>}
      {flagged && <Button size="xs" variant="default" onClick={() => start("deactivate")}>{words.deactivate}</Button>}
      <Button size="xs" variant="default" onClick={() => ask("set")}>{words.setField}</Button>
      <Button size="xs" variant="default" className="danger" leftSection={<Icon name="trash" size={14} />} onClick={() => ask("delete")}>{words.delete}</Button>
    </>
  );
}

function Under({ label, done, total }: { label: string; done: number; total: number | null }) {
  const share = total ? (100 * done) / total : undefined;
  return (
    <div className="bulk" role="status">
      <strong>{label}</strong>
      <span className="quiet">{words.of(done, total)}</span>
      <Progress className="grow" value={share ?? 100} animated={share === undefined} striped={share === undefined} size="sm" aria-label={label} />
    </div>
  );
}
