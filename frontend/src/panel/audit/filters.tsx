/** What is looked for in the trail; each filter is a parameter of the address. */
import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedCallback, useMediaQuery } from "@mantine/hooks";
import { useEffect, useState } from "react";
import { wordsOf } from "../messages";
import type { Values } from "../parts/params";
import { actionName } from "../parts/words";
import { RESOURCES } from "../resources";
import { words } from "./words";

export const NAMES = ["search", "actor", "resource", "recordId", "action", "from", "to"] as const;

const ACTIONS = [
  "created", "updated", "deleted", "quarantined", "restored", "purged", "approved", "signed-in", "sign-in-failed", "totp-asked", "signed-out",
  "invited", "password-link-sent", "password-change-forced", "session-ended", "sessions-ended", "totp-on", "totp-off", "totp-reset",
  "recovery-codes-renewed", "right-granted", "right-revoked", "exported", "imported", "acknowledged", "findings-ignored", "setting-changed",
  "mail-sent", "mail-failed", "mail-uncertain", "mail-retried", "compacted",
];
const OTHER = ["mails", "audit", "imports", "breakers", "checks", "findings"];

/** The address's values as the interface takes them: a local time becomes a moment. */
export function questionOf(values: Values): Values {
  const kept = NAMES.filter((name) => values[name]);
  return Object.fromEntries(kept.map((name) => [name, name === "from" || name === "to" ? moment(values[name]!) : values[name]!.trim()]));
}

function moment(local: string): string {
  const time = new Date(local);
  return Number.isNaN(time.getTime()) ? local : time.toISOString();
}

interface FiltersProps {
  values: Values;
  onChange: (patch: Values, replace?: boolean) => void;
}

/** On a narrow screen the search alone, and all the others on request or where one of them is set. */
export function Filters({ values, onChange }: FiltersProps) {
  const narrow = useMediaQuery("(max-width: 720px)");
  const [asked, setAsked] = useState(false);
  const isSet = NAMES.some((name) => name !== "search" && values[name]);
  return (
    <div className="filters" role="search">
      <Typed name="search" values={values} onChange={onChange} placeholder={words.searchHint} type="search" />
      {narrow && !isSet && <Button variant="default" aria-expanded={asked} onClick={() => setAsked(!asked)}>{asked ? words.fewer : words.more}</Button>}
      {(!narrow || isSet || asked) && <Others values={values} onChange={(...patch) => (setAsked(true), onChange(...patch))} />}
    </div>
  );
}

function Others({ values, onChange }: FiltersProps) {
  const known = (list: readonly string[], value: string) => (value && !list.includes(value) ? [...list, value] : list);
  const resources = known([...RESOURCES.map(({ name }) => name), ...OTHER], values["resource"] ?? "");
  const any = { value: "", label: words.any };
  return (
    <>
      <Typed name="actor" values={values} onChange={onChange} placeholder={words.actorHint} />
      <NativeSelect label={words.filters.action} value={values["action"] ?? ""} onChange={(event) => onChange({ action: event.currentTarget.value })} data={[any, ...known(ACTIONS, values["action"] ?? "").map((value) => ({ value, label: actionName(value) }))]} />
      <NativeSelect label={words.filters.resource} value={values["resource"] ?? ""} onChange={(event) => onChange({ resource: event.currentTarget.value })} data={[any, ...resources.map((value) => ({ value, label: wordsOf(value).title }))]} />
      <Typed name="recordId" values={values} onChange={onChange} />
      <Typed name="from" values={values} onChange={onChange} type="datetime-local" />
      <Typed name="to" values={values} onChange={onChange} type="datetime-local" />
      <div className="filters-act"><Button variant="subtle" onClick={() => onChange(Object.fromEntries(NAMES.map((name) => [name, ""])))}>{words.clear}</Button></div>
    </>
  );
}

interface TypedProps {
  name: (typeof NAMES)[number];
  values: Values;
  onChange: (patch: Values, replace?: boolean) => void;
  type?: string;
  placeholder?: string;
}

function Typed({ name, values, onChange, type = "text", placeholder = "" }: TypedProps) {
  const value = values[name] ?? "";
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const tell = useDebouncedCallback((text: string) => onChange({ [name]: text }, true), 300);
  return <TextInput label={words.filters[name]} type={type} value={typed} placeholder={placeholder} onChange={(event) => (setTyped(event.currentTarget.value), tell(event.currentTarget.value))} />;
}
