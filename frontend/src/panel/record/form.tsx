/** Editing a record. What one types is never overwritten by what arrives; a conflict is shown, not lost. */
import { Alert, Button, Group, Stack } from "@mantine/core";
import { useMemo, useState, type FormEvent } from "react";
import { explain, RequestFailed, type RealtimeData, type Rec } from "../../realtime";
import { messages } from "../messages";
import type { Field, Resource } from "../resources";
import { toast } from "../ui/toasts";
import { Conflict } from "./conflict";
import { Fieldsets } from "./fieldsets";
import { useRules } from "./rules";
import { changed, editable, faults, merged, valuesOf, type Rules, type Values } from "./values";

const words = messages.record;

interface Props {
  resource: Resource;
  record: Rec;
  live: RealtimeData<Rec>;
  onClose: () => void;
}

export function RecordForm({ resource, record, live, onClose }: Props) {
  const fields = useMemo(() => editable(resource), [resource]);
  const rules = useRules(resource);
  const edit = useEdit(fields, rules, record, live, onClose);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void edit.save();
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        {edit.conflict && <Conflict fields={fields} base={edit.base} current={record} values={edit.values} onDiscard={() => edit.restart(record)} onChosen={(theirs) => edit.resolve(record, theirs)} />}
        {!edit.conflict && !edit.busy && record.version > edit.base.version && <Alert color="yellow">{words.changedMeanwhile}</Alert>}
        {edit.error !== null && <Alert color="red" role="alert">{edit.error}</Alert>}
        <Fieldsets resource={resource} fields={fields} rules={rules} values={edit.values} wrong={edit.wrong} set={edit.set} />
        <Group gap="xs" mt="xs" className="form-actions">
          <Button type="submit" loading={edit.busy}>{words.save}</Button>
          <Button variant="default" onClick={onClose}>{messages.app.cancel}</Button>
        </Group>
      </Stack>
    </form>
  );
}

const IDLE = { busy: false, conflict: false, error: null as string | null, wrong: {} as Record<string, string> };

function useEdit(fields: Field[], rules: Rules, record: Rec, live: RealtimeData<Rec>, onClose: () => void) {
  const [base, setBase] = useState(record);
  const [values, setValues] = useState<Values>(() => valuesOf(fields, record));
  const [state, setState] = useState(IDLE);

  const fail = (failure: unknown) => {
    const conflict = failure instanceof RequestFailed && failure.status === 412;
    const wrong = failure instanceof RequestFailed ? Object.fromEntries(failure.fields.map(({ field, message }) => [field, message])) : {};
    const known = fields.some(({ name }) => name in wrong);
    setState({ busy: false, conflict, error: conflict || known ? null : explain(failure), wrong });
    if (conflict) void live.refresh();
  };
  const store = async (from: Rec, chosen: Values) => {
    const touched = fields.filter(({ name }) => chosen[name] !== valuesOf(fields, from)[name]);
    const wrong = faults(touched, chosen, rules);
    if (Object.keys(wrong).length > 0) return setState({ ...IDLE, wrong });
    const patch = changed(fields, from, chosen);
    if (Object.keys(patch).length === 0) return onClose();
    setState({ ...IDLE, busy: true });
    try {
      await live.mutate({ id: record.id, fields: patch, version: from.version, wait: false });
      toast(words.saved);
      onClose();
    } catch (failure) {
      fail(failure);
    }
  };
  const restart = (current: Rec) => {
    setBase(current);
    setValues(valuesOf(fields, current));
    setState(IDLE);
  };
  const resolve = (current: Rec, theirs: ReadonlySet<string>) => {
    const chosen = merged(fields, base, current, values, theirs);
    setBase(current);
    setValues(chosen);
    void store(current, chosen);
  };
  const set = (name: string, value: string | boolean) => setValues((before) => ({ ...before, [name]: value }));
  return { ...state, base, values, save: () => store(base, values), restart, resolve, set };
}
