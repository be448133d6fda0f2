/** Changing one value right where it stands. Enter or leaving saves, Escape takes back; what is refused stays to be mended. */
import { Tooltip } from "@mantine/core";
import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { Conflict, explain, RequestFailed, useRealtime, type Rec } from "../../realtime";
import { submit } from "../edits/submit";
import { labelOf, messages } from "../messages";
import type { Field, Resource } from "../resources";
import { useUnsaved } from "../ui/unsaved";
import { words } from "./words";

/** An edit under way: it outlives its input, which goes when the row is scrolled out of sight. */
export interface Draft {
  id: string;
  field: string;
  /** What the record was, and what its value is to become. */
  start: Rec;
  text: string;
  /** Why it was refused. */
  why: string | null;
}

interface Props {
  resource: Resource;
  field: Field;
  draft: Draft;
  onDone: () => void;
}

const FLAG = ["true", "false"];

export function draftOf(record: Rec, field: string): Draft {
  return { id: record.id, field, start: record, text: textOf(record, field), why: null };
}

function textOf(record: Rec, field: string): string {
  const value = record[field];
  return value === null || value === undefined ? "" : String(value);
}

/** What was typed, in the wire's form: an emptied text is null. */
export function typed(field: Field, text: string): unknown {
  if (field.kind === "flag") return text === "true";
  return text === "" ? null : text;
}

export function CellEditor({ resource, field, draft, onDone }: Props) {
  const edit = useCellEdit(resource, field, draft, onDone);
  const told = useId();
  const shared = {
    className: "cell-input",
    "aria-label": words.editCell(labelOf(field.name)),
    "aria-invalid": edit.why !== null || undefined,
    "aria-describedby": edit.why === null ? undefined : told,
    autoFocus: true,
    value: edit.text,
    onKeyDown: edit.key,
    onBlur: edit.leave,
  };
  const choices = field.kind === "flag" ? FLAG : field.choices;
  return (
    <>
      <Tooltip label={edit.why} opened={edit.why !== null} color="red.9" multiline maw={300} position="bottom-start">
        {choices ? (
          <select {...shared} disabled={edit.busy} onChange={(event) => edit.type(event.currentTarget.value)}>
            {choices.map((choice) => <option key={choice} value={choice}>{wordOf(field, choice)}</option>)}
          </select>
        ) : (
          <input {...shared} readOnly={edit.busy} onChange={(event) => edit.type(event.currentTarget.value)} onFocus={(event) => draft.why === null && event.currentTarget.select()} />
        )}
      </Tooltip>
      {edit.why !== null && <span id={told} role="alert" className="hidden">{edit.why}</span>}
    </>
  );
}

function wordOf(field: Field, choice: string): string {
  if (field.kind === "flag") return (choice === "true" ? messages.values["active"] : messages.values["inactive"]) ?? choice;
  return messages.values[choice] ?? choice;
}

function useCellEdit(resource: Resource, field: Field, draft: Draft, onDone: () => void) {
  const realtime = useRealtime();
  const [text, setText] = useState(draft.text);
  const [busy, setBusy] = useState(false);
  const [why, setWhy] = useState(draft.why);
  const ended = useRef(false);
  const release = useUnsaved(why !== null);
  useEffect(() => {
    draft.text = text;
    draft.why = why;
  }, [draft, text, why]);
  const end = () => {
    if (ended.current) return;
    ended.current = true;
    release();
    onDone();
  };
  const save = async () => {
    const wanted = text.trim();
    if (ended.current || busy) return;
    if (wanted === textOf(draft.start, field.name)) return end();
    setBusy(true);
    try {
      await submit(realtime, resource, draft.start, { [field.name]: typed(field, wanted) }); // while the server is away it waits, and shows so
      end();
    } catch (failure) {
      setBusy(false);
      if (failure instanceof Conflict && failure.theirs) draft.start = failure.theirs;
      setWhy(reason(field, failure));
    }
  };
  const key = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Escape") end();
    if (event.key === "Enter") void save();
  };
  const type = (next: string) => setText(next);
  return { text, busy, why, key, type, leave: () => why === null && void save() };
}

/** A conflict is told with the value that stands now: another Enter writes over it. */
function reason(field: Field, failure: unknown): string {
  if (failure instanceof Conflict && failure.theirs) return words.overtaken(shownAs(field, failure.theirs));
  const own = failure instanceof RequestFailed ? failure.fields.find((each) => each.field === field.name)?.message : undefined;
  return words.saveFailed(labelOf(field.name), own ?? explain(failure));
}

function shownAs(field: Field, record: Rec): string {
  const value = textOf(record, field.name);
  return field.kind === "flag" || field.choices ? wordOf(field, value) : value || messages.app.none;
}
