/** Editing the main fields. What one types is never overwritten by what arrives; a conflict is shown, not lost. */
import { Alert, Button, Group, NativeSelect, Stack, Switch, Textarea, TextInput } from "@mantine/core";
import { useMemo, useState, type FormEvent } from "react";
import { explain, RequestFailed, type RealtimeData, type Rec } from "../../realtime";
import { labelOf, messages } from "../messages";
import type { Field, Resource } from "../resources";
import { toast } from "../ui/toasts";
import { Conflict } from "./conflict";
import { changed, editable, valuesOf, type Values } from "./values";

const words = messages.record;

interface Props {
  resource: Resource;
  record: Rec;
  live: RealtimeData<Rec>;
  onClose: () => void;
}

export function RecordForm({ resource, record, live, onClose }: Props) {
  const fields = useMemo(() => editable(resource), [resource]);
  const edit = useEdit(fields, record, live, onClose);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void edit.save(edit.base.version);
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        {edit.conflict && (
          <Conflict fields={fields} base={edit.base} current={record} values={edit.values} onDiscard={() => edit.restart(record)} onOverwrite={() => void edit.save(record.version)} />
        )}
        {!edit.conflict && !edit.busy && record.version > edit.base.version && <Alert color="yellow">{words.changedMeanwhile}</Alert>}
        {edit.error !== null && <Alert color="red" role="alert">{edit.error}</Alert>}
        {fields.map((field) => (
          <Input key={field.name} field={field} value={edit.values[field.name] ?? ""} error={edit.wrong[field.name]} onChange={(value) => edit.set(field.name, value)} />
        ))}
        <Group gap="xs" mt="xs" className="form-actions">
          <Button type="submit" loading={edit.busy}>{words.save}</Button>
          <Button variant="default" onClick={onClose}>{messages.app.cancel}</Button>
        </Group>
      </Stack>
    </form>
  );
}

function useEdit(fields: Field[], record: Rec, live: RealtimeData<Rec>, onClose: () => void) {
  const [base, setBase] = useState(record);
  const [values, setValues] = useState<Values>(() => valuesOf(fields, record));
  const [state, setState] = useState({ busy: false, conflict: false, error: null as string | null, wrong: {} as Record<string, string> });

  const fail = (failure: unknown) => {
    const conflict = failure instanceof RequestFailed && failure.status === 412;
    const wrong = failure instanceof RequestFailed ? Object.fromEntries(failure.fields.map(({ field, message }) => [field, message])) : {};
    const known = fields.some(({ name }) => name in wrong);
    setState({ busy: false, conflict, error: conflict || known ? null : explain(failure), wrong });
    if (conflict) void live.refresh();
  };
  const save = async (version: number) => {
    const patch = changed(fields, base, values);
    if (Object.keys(patch).length === 0) return onClose();
    setState({ busy: true, conflict: false, error: null, wrong: {} });
    try {
      await live.mutate({ id: record.id, fields: patch, version });
      toast(words.saved);
      onClose();
    } catch (failure) {
      fail(failure);
    }
  };
  const restart = (current: Rec) => {
    setBase(current);
    setValues(valuesOf(fields, current));
    setState({ busy: false, conflict: false, error: null, wrong: {} });
  };
  const set = (name: string, value: string | boolean) => setValues((before) => ({ ...before, [name]: value }));
  return { ...state, base, values, save, restart, set };
}

interface InputProps {
  field: Field;
  value: string | boolean;
  error: string | undefined;
  onChange: (value: string | boolean) => void;
}

function Input({ field, value, error, onChange }: InputProps) {
  const label = labelOf(field.name);
  if (field.kind === "flag") return <Switch label={label} checked={value === true} error={error} onChange={(event) => onChange(event.currentTarget.checked)} />;
  const common = { label, error, value: String(value), onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value) };
  if (field.kind === "choice") {
    const data = (field.choices ?? []).map((choice) => ({ value: choice, label: messages.values[choice] ?? choice }));
    return <NativeSelect {...common} data={data} />;
  }
  if (field.kind === "long") return <Textarea {...common} autosize minRows={3} maxRows={10} />;
  return <TextInput {...common} type={field.kind === "email" ? "email" : field.kind === "url" ? "url" : "text"} />;
}
