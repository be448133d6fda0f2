/** Changing one value right where it stands. Enter or leaving saves, Escape takes back. */
import { useRef, useState, type KeyboardEvent } from "react";
import { explain, useRealtime, type Rec } from "../../realtime";
import { labelOf, messages } from "../messages";
import type { Field, Resource } from "../resources";
import { toast } from "../ui/toasts";
import { words } from "./words";

interface Props {
  resource: Resource;
  field: Field;
  record: Rec;
  onDone: () => void;
}

const FLAG = ["true", "false"];

/** What was typed, in the wire's form: an emptied text is null. */
export function typed(field: Field, text: string): unknown {
  if (field.kind === "flag") return text === "true";
  return text === "" ? null : text;
}

export function CellEditor({ resource, field, record, onDone }: Props) {
  const edit = useCellEdit(resource, field, record, onDone);
  const shared = { className: "cell-input", "aria-label": words.editCell(labelOf(field.name)), autoFocus: true, disabled: edit.busy, onKeyDown: edit.key, onBlur: edit.leave };
  const choices = field.kind === "flag" ? FLAG : field.choices;
  if (!choices) return <input {...shared} defaultValue={edit.before} ref={edit.input} onFocus={(event) => event.currentTarget.select()} />;
  return (
    <select {...shared} defaultValue={edit.before} ref={edit.input}>
      {choices.map((choice) => <option key={choice} value={choice}>{wordOf(field, choice)}</option>)}
    </select>
  );
}

function wordOf(field: Field, choice: string): string {
  if (field.kind === "flag") return (choice === "true" ? messages.values["active"] : messages.values["inactive"]) ?? choice;
  return messages.values[choice] ?? choice;
}

function useCellEdit(resource: Resource, field: Field, record: Rec, onDone: () => void) {
  const realtime = useRealtime();
  const input = useRef<(HTMLInputElement & HTMLSelectElement) | null>(null);
  const [start] = useState(record);
  const [busy, setBusy] = useState(false);
  const ended = useRef(false);
  const before = start[field.name] === null || start[field.name] === undefined ? "" : String(start[field.name]);
  const end = () => {
    if (ended.current) return;
    ended.current = true;
    onDone();
  };
  const save = async () => {
    const text = input.current?.value.trim() ?? before;
    if (ended.current || busy) return;
    if (text === before) return end();
    setBusy(true);
    try {
      await realtime.mutate({ resource: resource.name, id: record.id, fields: { [field.name]: typed(field, text) }, version: start.version, wait: false });
    } catch (failure) {
      toast(words.saveFailed(labelOf(field.name), explain(failure)), "bad");
    }
    end();
  };
  const key = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Escape") end();
    if (event.key === "Enter") void save();
  };
  return { before, busy, key, input, leave: () => void save() };
}
