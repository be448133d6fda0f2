/** Editing a record. What one types is never overwritten by what arrives; a conflict is shown, not lost. */
import { Alert, Button, Group, Stack } from "@mantine/core";
import { useEffect, useMemo, useRef, useState, type FormEvent } from "react";
import { explain, RequestFailed, useRealtime, type RealtimeData, type Rec } from "../../realtime";
import { drop, type Refused } from "../edits/refused";
import { submit } from "../edits/submit";
import { words as edits } from "../edits/words";
import { RULES } from "../generated/rules";
import { messages } from "../messages";
import type { Field, Resource } from "../resources";
import { toast } from "../ui/toasts";
import { leave, useUnsaved } from "../ui/unsaved";
import { Conflict } from "./conflict";
import { Fieldsets } from "./fieldsets";
import { Overtaken } from "./overtaken";
import { changed, contested, editable, faults, merged, overtaken, valuesOf, type Rules, type Values } from "./values";
import { words as own } from "./words";

const words = messages.record;

interface Props {
  resource: Resource;
  record: Rec;
  /** It was deleted while it is edited here. */
  gone: boolean;
  live: RealtimeData<Rec>;
  /** What waited and was refused: it is taken up where it was left. */
  refused?: Refused | undefined;
  onClose: () => void;
}

export function RecordForm({ resource, record, gone, live, refused, onClose }: Props) {
  const fields = useMemo(() => editable(resource), [resource]);
  const rules = RULES[resource.name] ?? {};
  const edit = useEdit({ resource, fields, rules, record, live, refused, onClose });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!gone) void edit.save();
  };
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector<HTMLElement>("input, textarea, select")?.focus({ preventScroll: true }), []); // where the button stood that opened it
  return (
    <form ref={form} onSubmit={submit} noValidate>
      <Stack gap="sm">
        {gone && <Alert color="red" role="alert" title={own.goneMeanwhile}>{own.goneMeanwhileHint}</Alert>}
        {edit.conflict && <Conflict fields={fields} base={edit.base} current={record} values={edit.values} onDiscard={edit.discard} onChosen={(theirs) => edit.resolve(record, theirs)} />}
        {!gone && !edit.conflict && !edit.busy && <Overtaken fields={fields} base={edit.base} current={record} values={edit.values} onTake={edit.takeIn} onDecide={edit.decide} />}
        {edit.error !== null && <Alert color="red" role="alert">{edit.error}</Alert>}
        <Fieldsets resource={resource} fields={fields} rules={rules} values={edit.values} wrong={edit.wrong} set={edit.set} />
        <Group gap="xs" mt="xs" className="form-actions">
          <Button type="submit" loading={edit.busy} disabled={gone}>{words.save}</Button>
          <Button variant="default" onClick={() => leave(onClose)}>{messages.app.cancel}</Button>
        </Group>
      </Stack>
    </form>
  );
}

const IDLE = { busy: false, conflict: false, error: null as string | null, wrong: {} as Record<string, string> };

/** Whatever it was refused for: what somebody else wrote meanwhile is not written over unseen. */
function begun({ conflict, wrong, why }: Refused, overtaken: boolean): typeof IDLE {
  return { busy: false, conflict: conflict || overtaken, wrong, error: conflict || Object.keys(wrong).length > 0 ? null : why };
}

/** What stands in the form, and what it began from. A change that touches nothing of the form is taken for the beginning. */
function useDraft(fields: Field[], record: Rec, refused: Refused | undefined) {
  const [base, setBase] = useState<Rec>(() => ({ ...record, ...refused?.before }));
  const [values, setValues] = useState<Values>(() => valuesOf(fields, { ...base, ...refused?.yours }));
  const [kept] = useState(() => (refused ? values : undefined)); // is not lost with the form: it stays among the refused
  const before = kept ?? valuesOf(fields, base);
  const release = useUnsaved(fields.some(({ name }) => values[name] !== before[name]));
  const rebase = (current: Rec, next: Values) => {
    setBase(current);
    setValues(next);
  };
  useEffect(() => {
    if (record.version > base.version && overtaken(fields, base, record).length === 0) setBase(record);
  }, [fields, base, record]);
  const set = (name: string, value: string | boolean) => setValues((all) => ({ ...all, [name]: value }));
  return { base, values, set, rebase, release };
}

function useEdit({ resource, fields, rules, record, live, refused, onClose }: Omit<Props, "gone"> & { fields: Field[]; rules: Rules }) {
  const realtime = useRealtime();
  const { base, values, set, rebase, release } = useDraft(fields, record, refused);
  const [state, setState] = useState(() => (refused ? begun(refused, contested(fields, base, record, values).length > 0) : IDLE));

  const fail = (failure: unknown) => {
    const conflict = failure instanceof RequestFailed && failure.status === 412;
    const wrong = failure instanceof RequestFailed ? Object.fromEntries(failure.fields.map(({ field, message }) => [field, message])) : {};
    const known = fields.some(({ name }) => name in wrong);
    setState({ busy: false, conflict, error: conflict || known ? null : explain(failure), wrong });
    if (conflict) void live.refresh();
  };
  const close = () => {
    release();
    onClose();
  };
  const store = async (from: Rec, chosen: Values) => {
    const touched = fields.filter(({ name }) => chosen[name] !== valuesOf(fields, from)[name]);
    const wrong = faults(touched, chosen, rules);
    if (Object.keys(wrong).length > 0) return setState({ ...IDLE, wrong });
    const patch = changed(fields, from, chosen);
    if (Object.keys(patch).length === 0) return close();
    setState({ ...IDLE, busy: true });
    try {
      const outcome = await submit(realtime, resource, from, patch);
      if (refused) drop(refused);
      toast(outcome === "waits" ? edits.waitsToast : words.saved);
      close();
    } catch (failure) {
      fail(failure);
    }
  };
  const discard = () => {
    if (refused) {
      drop(refused);
      return close();
    }
    rebase(record, valuesOf(fields, record));
    setState(IDLE);
  };
  const resolve = (current: Rec, theirs: ReadonlySet<string>) => {
    const chosen = merged(fields, base, current, values, theirs);
    rebase(current, chosen);
    void store(current, chosen);
  };
  const takeIn = () => rebase(record, merged(fields, base, record, values, new Set()));
  const decide = () => setState({ ...IDLE, conflict: true });
  return { ...state, base, values, save: () => store(base, values), discard, resolve, takeIn, decide, set };
}
