/** How one filter is chosen: by the kind of its field. */
import { Button, Checkbox, Group, SegmentedControl, Stack, TextInput } from "@mantine/core";
import "@mantine/core/styles/Checkbox.css";
import { useState, type FormEvent } from "react";
import { labelOf, messages } from "../messages";
import type { Field } from "../resources";
import { RecordPicker } from "../ui/picker";
import { flagWord } from "./filters";
import { escaped, valuesIn, type Filters } from "./url";
import { words } from "./words";

interface Props {
  field: Field;
  /** The parameters of this field alone. */
  own: Filters;
  onChange: (next: Filters) => void;
  onClose: () => void;
}

const DAY = 86_400_000;
const PRESETS: [string, number][] = [["today", 0], ["week", 6], ["month", 29]];

export function FilterEditor(props: Props) {
  const { field } = props;
  if (field.kind === "choice") return <Choices {...props} />;
  if (field.kind === "flag") return <Flag {...props} />;
  if (field.kind === "time") return <Range {...props} />;
  if (field.kind === "reference") return <Named {...props} />;
  return <Exact {...props} />;
}

function Choices({ field, own, onChange }: Props) {
  const chosen = valuesIn(own[field.name]);
  const toggle = (value: string) => onChange({ [field.name]: (chosen.includes(value) ? chosen.filter((each) => each !== value) : [...chosen, value]).join(",") });
  return (
    <Stack gap={8}>
      {(field.choices ?? []).map((value) => (
        <Checkbox key={value} size="sm" label={messages.values[value] ?? value} checked={chosen.includes(value)} onChange={() => toggle(value)} />
      ))}
    </Stack>
  );
}

function Flag({ field, own, onChange }: Props) {
  const data = [{ value: "", label: words.any }, ...["true", "false"].map((value) => ({ value, label: flagWord(field.name, value === "true") }))];
  return <SegmentedControl fullWidth size="sm" aria-label={labelOf(field.name)} data={data} value={own[field.name] ?? ""} onChange={(value) => onChange({ [field.name]: value })} />;
}

function Named({ field, own, onChange }: Props) {
  const [value = ""] = valuesIn(own[field.name]);
  return (
    <Stack gap="xs">
      <RecordPicker target={field.target!} label={labelOf(field.name)} hideLabel value={value === "null" ? "" : value} onChange={(id) => onChange({ [field.name]: escaped(id) })} />
      <Checkbox size="sm" label={words.nobody} checked={value === "null"} onChange={(event) => onChange({ [field.name]: event.currentTarget.checked ? "null" : "" })} />
    </Stack>
  );
}

/** The local day of a time, as a date field shows it. */
export function dayOf(time: string | undefined): string {
  if (time === undefined) return "";
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "";
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

/** The first and the last moment of a local day. */
export function momentOf(day: string, end: boolean): string {
  return day === "" ? "" : new Date(`${day}T${end ? "23:59:59.999" : "00:00:00.000"}`).toISOString();
}

function Range({ field, own, onChange }: Props) {
  const names = { from: `${field.name}[gte]`, to: `${field.name}[lte]` };
  const from = own[names.from] ?? "";
  const to = own[names.to] ?? "";
  const preset = (days: number) => onChange({ [names.from]: momentOf(dayOf(new Date(Date.now() - days * DAY).toISOString()), false) });
  return (
    <Stack gap="xs">
      <Group gap={6}>
        {PRESETS.map(([name, days]) => <Button key={name} size="compact-xs" variant="default" onClick={() => preset(days)}>{words.presets[name]}</Button>)}
      </Group>
      <TextInput type="date" label={words.from} value={dayOf(from || undefined)} onChange={(event) => onChange({ [names.from]: momentOf(event.currentTarget.value, false), [names.to]: to })} />
      <TextInput type="date" label={words.to} value={dayOf(to || undefined)} onChange={(event) => onChange({ [names.from]: from, [names.to]: momentOf(event.currentTarget.value, true) })} />
    </Stack>
  );
}

function Exact({ field, own, onChange, onClose }: Props) {
  const [text, setText] = useState(valuesIn(own[field.name])[0] ?? "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onChange({ [field.name]: escaped(text.trim()) });
    onClose();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <TextInput label={words.exactly} value={text} onChange={(event) => setText(event.currentTarget.value)} data-autofocus />
        <Button type="submit" size="xs">{words.apply}</Button>
      </Stack>
    </form>
  );
}
