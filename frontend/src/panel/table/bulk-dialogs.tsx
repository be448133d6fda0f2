/** What is asked before many records change: which value, or whether so many shall really go. */
import { Alert, Button, Group, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useRealtimeData } from "../../realtime";
import { labelOf, messages, wordsOf } from "../messages";
import { RecordLink } from "../parts/about";
import { keyOf, useTitles } from "../parts/titles";
import { fieldsOf, type Field, type Resource } from "../resources";
import { Dialog } from "../ui/dialog";
import { RecordPicker } from "../ui/picker";
import type { Refusals } from "./bulk";
import { typed } from "./editor";
import { wordFor } from "./filters";
import type { Selection } from "./selection";
import type { Filters } from "./url";
import { words } from "./words";

/** From here on a click is not enough: the number has to be typed. */
const MANY = 100;
const ALIKE = new Set(["name", "email", "slug", "adminId"]);

/** What may sensibly be the same in many records. */
export function settable(resource: Resource): Field[] {
  return fieldsOf(resource).filter(({ name, kind, edit }) => edit && kind !== "json" && kind !== "long" && !ALIKE.has(name));
}

interface SetProps {
  opened: boolean;
  resource: Resource;
  count: number;
  onClose: () => void;
  onSet: (values: Record<string, unknown>) => void;
}

export function SetMany({ opened, resource, count, onClose, onSet }: SetProps) {
  const { one, many } = wordsOf(resource.name);
  return (
    <Dialog opened={opened} onClose={onClose} title={count === 1 ? words.setOne(one) : words.setTitle(count, many)}>
      <SetForm resource={resource} onClose={onClose} onSet={onSet} />
    </Dialog>
  );
}

function SetForm({ resource, onClose, onSet }: Pick<SetProps, "resource" | "onClose" | "onSet">) {
  const fields = settable(resource).sort((one, other) => rank(one) - rank(other));
  const [name, setName] = useState(fields[0]?.name ?? "");
  const field = fields.find((each) => each.name === name);
  const [value, setValue] = useState(() => first(field));
  const choose = (next: string) => {
    setName(next);
    setValue(first(fields.find((each) => each.name === next)));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (field) onSet({ [field.name]: typed(field, value) });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <NativeSelect label={words.field} value={name} onChange={(event) => choose(event.currentTarget.value)} data={fields.map((each) => ({ value: each.name, label: labelOf(each.name) }))} />
        {field && <ValueInput key={field.name} field={field} value={value} onChange={setValue} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>{messages.app.cancel}</Button>
          <Button type="submit">{words.set}</Button>
        </Group>
      </Stack>
    </form>
  );
}

function rank({ kind }: Field): number {
  return kind === "choice" ? 0 : kind === "reference" ? 1 : kind === "flag" ? 2 : 3;
}

function first(field: Field | undefined): string {
  return field?.kind === "choice" ? (field.choices?.[0] ?? "") : field?.kind === "flag" ? "true" : "";
}

function ValueInput({ field, value, onChange }: { field: Field; value: string; onChange: (value: string) => void }) {
  const choices = field.kind === "flag" ? ["true", "false"] : field.choices;
  if (choices) return <NativeSelect label={words.value} value={value} onChange={(event) => onChange(event.currentTarget.value)} data={choices.map((each) => ({ value: each, label: wordFor(field, each) }))} />;
  if (field.kind === "reference") return <RecordPicker target={field.target!} label={words.value} value={value} onChange={onChange} />;
  return <TextInput label={words.value} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
}

interface DeleteProps {
  opened: boolean;
  resource: Resource;
  selection: Selection;
  question: Filters;
  onClose: () => void;
  onDelete: () => void;
}

export function DeleteMany({ opened, resource, selection, question, onClose, onDelete }: DeleteProps) {
  const params = new URLSearchParams({ ...question, page: "1", limit: "1" });
  const counted = useRealtimeData(`/api/admin/${resource.name}?${params}`, { enabled: opened && selection.all });
  const count = selection.all ? counted.meta.total : selection.ids.size;
  const { one, many } = wordsOf(resource.name);
  return (
    <Dialog opened={opened} onClose={onClose} title={count === undefined ? words.counting : words.deleteTitle(count, one, many)}>
      {count !== undefined && <DeleteForm count={count} onClose={onClose} onDelete={onDelete} />}
      {counted.error !== null && <Alert color="red" role="alert">{counted.error}</Alert>}
    </Dialog>
  );
}

function DeleteForm({ count, onClose, onDelete }: { count: number; onClose: () => void; onDelete: () => void }) {
  const [text, setText] = useState("");
  const sure = count < MANY || text.replace(/\D/g, "") === String(count);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (sure) onDelete();
  };
  return (
    <form onSubmit={submit}>
      <p>{words.deleteText(count)}</p>
      {count >= MANY && <TextInput mt="sm" label={words.typeCount(count)} inputMode="numeric" autoComplete="off" value={text} onChange={(event) => setText(event.currentTarget.value)} data-autofocus />}
      <Group justify="flex-end" gap="xs" mt="lg">
        <Button variant="default" onClick={onClose} data-autofocus={count < MANY || undefined}>{messages.app.cancel}</Button>
        <Button type="submit" color="red.9" disabled={!sure}>{words.deleteConfirm(count)}</Button>
      </Group>
    </form>
  );
}

export function RefusedList({ resource, refusals, onClose }: { resource: Resource; refusals: Refusals | undefined; onClose: () => void }) {
  const subjectOf = ({ id }: { id: string }) => ({ resource: resource.name, recordId: id });
  const titles = useTitles((refusals?.items ?? []).map(subjectOf));
  return (
    <Dialog opened={refusals !== undefined} onClose={onClose} title={words.whyTitle}>
      <ul className="refused">
        {refusals?.items.map((item) => (
          <li key={item.id}><RecordLink resource={resource.name} id={item.id} title={titles.get(keyOf(subjectOf(item)))} /><span className="quiet">{item.detail}</span></li>
        ))}
      </ul>
      {refusals && refusals.count > refusals.items.length && <p className="quiet">{words.whyMore(refusals.count - refusals.items.length)}</p>}
    </Dialog>
  );
}
