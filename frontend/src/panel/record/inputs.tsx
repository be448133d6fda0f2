/** One field of a form, by its kind. */
import { NativeSelect, Switch, Textarea, TextInput } from "@mantine/core";
import "@mantine/core/styles/Switch.css";
import { labelOf, messages } from "../messages";
import type { Field } from "../resources";
import { RecordPicker } from "../ui/picker";
import type { Rule } from "./values";
import { words } from "./words";

interface Props {
  field: Field;
  rule: Rule;
  value: string | boolean;
  error: string | undefined;
  onChange: (value: string | boolean) => void;
}

export function Input({ field, rule, value, error, onChange }: Props) {
  const label = labelOf(field.name);
  if (field.kind === "flag") return <Switch label={label} checked={value === true} error={error} onChange={(event) => onChange(event.currentTarget.checked)} />;
  const text = String(value);
  if (field.kind === "reference") return <RecordPicker target={field.target!} label={label} value={text} error={error} required={rule.required === true} onChange={onChange} />;
  const common = { label, error, name: field.name, value: text, withAsterisk: rule.required === true, onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value) };
  if (field.kind === "choice") {
    const data = (field.choices ?? []).map((choice) => ({ value: choice, label: messages.values[choice] ?? choice }));
    return <NativeSelect {...common} data={data} />;
  }
  if (field.kind === "json") return <Textarea {...common} description={words.jsonHint} autosize minRows={2} maxRows={12} spellCheck={false} classNames={{ input: "mono" }} />;
  if (field.kind === "long") return <Textarea {...common} autosize minRows={2} maxRows={10} />;
  return <TextInput {...common} type={field.kind === "email" ? "email" : field.kind === "url" ? "url" : "text"} />;
}
