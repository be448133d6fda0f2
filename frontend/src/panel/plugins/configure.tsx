/** A rule's grace, its interval, and the settings it declares: a form made of their JSON Schema. */
import { Alert, Button, Drawer, Group, NativeSelect, Stack, Switch, Textarea, TextInput } from "@mantine/core";
import "@mantine/core/styles/Switch.css";
import { useMemo, useState, type FormEvent } from "react";
import { useRealtime } from "../../realtime";
import { messages, wordsOf } from "../messages";
import { useAct, useJson } from "../parts/send";
import type { Check } from "../types";
import { toast } from "../ui/toasts";
import { fieldsOf, NotValid, typedOf, valuesOf, type SettingField, type Typed } from "./settings";
import { words } from "./words";

export function Configure({ check, onClose }: { check: Check; onClose: () => void }) {
  return (
    <Drawer.Root opened onClose={onClose} position="right" size={540}>
      <Drawer.Overlay backgroundOpacity={0.25} />
      <Drawer.Content aria-label={words.configureOf(check.title)}>
        <div className="drawer-head">
          <div className="drawer-title"><span className="quiet mono">{check.id}</span><Drawer.Title>{check.title}</Drawer.Title></div>
          <Drawer.CloseButton aria-label={messages.app.close} />
        </div>
        <Drawer.Body className="drawer-body stack">
          <dl className="pairs">
            {check.resource !== null && <><dt>{words.resource}</dt><dd>{wordsOf(check.resource).title}</dd></>}
            <dt>{words.severity}</dt><dd>{messages.health.severities[check.severity]}</dd>
            <dt>{words.remedy}</dt><dd>{messages.health.remedies[check.remedy]}</dd>
          </dl>
          {check.healthDetail !== null && <Alert color="red">{check.healthDetail}</Alert>}
          <Form check={check} onClose={onClose} />
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

function Form({ check, onClose }: { check: Check; onClose: () => void }) {
  const fields = useMemo(() => fieldsOf(check.settingsSchema ?? {}), [check.settingsSchema]);
  const [grace, setGrace] = useState(check.grace);
  const [interval, setInterval] = useState(check.interval ?? "");
  const [typed, setTyped] = useState<Typed>(() => typedOf(fields, check.settings ?? {}));
  const [local, setLocal] = useState<Record<string, string>>({});
  const save = useSave(check, onClose);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setLocal({});
    try {
      void save.send({ ...(grace === check.grace ? {} : { grace: grace.trim() || null }), ...(interval === (check.interval ?? "") ? {} : { interval: interval.trim() || null }), ...(fields.length ? { settings: valuesOf(fields, typed) } : {}) });
    } catch (failure) {
      if (!(failure instanceof NotValid)) throw failure;
      setLocal({ [failure.field]: failure.why === "json" ? words.badJson : words.badNumber });
    }
  };
  const faultOf = (name: string) => local[name] ?? save.wrong[name] ?? save.wrong[`settings.${name}`];
  const unplaced = Object.entries(save.wrong).filter(([name]) => !["grace", "interval", ...fields.flatMap((field) => [field.name, `settings.${field.name}`])].includes(name));
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {save.error !== null && (unplaced.length > 0 || Object.keys(save.wrong).length === 0) && <Alert color="red" role="alert">{save.error}<ul className="notes">{unplaced.map(([name, message]) => <li key={name}>{name}: {message}</li>)}</ul></Alert>}
        <TextInput label={words.grace} description={words.graceHint} value={grace} error={save.wrong["grace"]} onChange={(event) => setGrace(event.currentTarget.value)} />
        <TextInput label={words.interval} description={words.intervalHint} value={interval} error={save.wrong["interval"]} onChange={(event) => setInterval(event.currentTarget.value)} />
        <h3>{words.settings}</h3>
        {fields.length === 0 && <p className="quiet">{words.noSettings}</p>}
        {fields.map((field) => <Setting key={field.name} field={field} value={typed[field.name] ?? ""} error={faultOf(field.name)} onChange={(value) => setTyped((before) => ({ ...before, [field.name]: value }))} />)}
        <Group gap="xs">
          <Button type="submit" loading={save.busy}>{words.save}</Button>
          {fields.length > 0 && <Button variant="default" disabled={save.busy} onClick={() => void save.send({ settings: null })}>{words.defaults}</Button>}
        </Group>
      </Stack>
    </form>
  );
}

function useSave(check: Check, onClose: () => void) {
  const json = useJson();
  const realtime = useRealtime();
  const act = useAct();
  const send = async (patch: Record<string, unknown>) => {
    const went = await act.run(() => json("PATCH", `/api/admin/integrity/checks/${encodeURIComponent(check.id)}`, patch));
    if (!went) return;
    realtime.store.refresh(["integrity"]);
    toast(words.saved);
    onClose();
  };
  return { ...act, send };
}

function hintOf({ hint, kind, minimum, maximum, standard }: SettingField): string {
  const [low, high] = [minimum, maximum].map((bound) => (bound === undefined ? undefined : String(bound)));
  const bounds = low && high ? words.between(low, high) : low ? words.atLeast(low) : high ? words.atMost(high) : "";
  const form = kind === "list" ? words.lines : kind === "json" ? words.json : "";
  const usual = standard === undefined || standard === null ? "" : words.defaultIs(typeof standard === "string" ? standard : JSON.stringify(standard));
  return [hint, form, bounds, usual].filter(Boolean).join(" ");
}

interface SettingProps {
  field: SettingField;
  value: string | boolean;
  error: string | undefined;
  onChange: (value: string | boolean) => void;
}

function Setting({ field, value, error, onChange }: SettingProps) {
  const common = { label: field.title, description: hintOf(field), error };
  if (field.kind === "flag") return <Switch {...common} checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />;
  const typing = { ...common, value: String(value), onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value) };
  if (field.kind === "choice") return <NativeSelect {...typing} data={[...(field.nullable ? [{ value: "", label: messages.app.none }] : []), ...field.choices.map((choice) => ({ value: choice, label: choice }))]} />;
  if (field.kind === "list" || field.kind === "json") return <Textarea {...typing} autosize minRows={2} maxRows={10} />;
  return <TextInput {...typing} inputMode={field.kind === "text" ? "text" : "decimal"} />;
}
