/** A new record: the same fields and rules as an edit. */
import { Alert, Button, Group, Stack } from "@mantine/core";
import { useMemo, useState, type FormEvent } from "react";
import { Link, useLocation, useSearchParams } from "wouter";
import { useRealtime } from "../../realtime";
import { RULES } from "../generated/rules";
import { messages, wordsOf } from "../messages";
import { useAct } from "../parts/send";
import type { Field, Resource } from "../resources";
import { toast } from "../ui/toasts";
import { useUnsaved } from "../ui/unsaved";
import { Fieldsets } from "./fieldsets";
import { editable, faults, valuesOf, wired, type Values } from "./values";
import { words } from "./words";

/** What a new record has before anybody types: the server's own defaults, and what the address names (`?businessId=…`). */
function beginning(fields: Field[], named: URLSearchParams): Values {
  const plain = valuesOf(fields, Object.fromEntries(fields.map(({ name, kind, choices }) => [name, kind === "flag" ? true : kind === "choice" ? choices?.[0] : null])));
  return { ...plain, ...Object.fromEntries(fields.filter(({ name }) => named.has(name)).map(({ name }) => [name, named.get(name) ?? ""])) };
}

export function CreateRecord({ resource }: { resource: Resource }) {
  const fields = useMemo(() => editable(resource), [resource]);
  const rules = RULES[resource.name] ?? {};
  const [params] = useSearchParams();
  const [first] = useState<Values>(() => beginning(fields, params));
  const [values, setValues] = useState(first);
  const release = useUnsaved(fields.some(({ name }) => values[name] !== first[name]));
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const [, go] = useLocation();
  const realtime = useRealtime();
  const act = useAct();
  const { one, many } = wordsOf(resource.name);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const found = faults(fields, values, rules);
    setWrong(found);
    if (Object.keys(found).length > 0) return;
    const given = fields.filter(({ name }) => values[name] !== "").map((field) => [field.name, wired(field, values[field.name])]);
    await act.run(async () => {
      const record = await realtime.mutate({ resource: resource.name, create: Object.fromEntries(given), wait: false });
      release();
      toast(words.created(resource.title(record)));
      go(`/records/${resource.name}/${encodeURIComponent(record.id)}`);
    });
  };
  const faulty = { ...act.wrong, ...wrong };
  const told = act.error !== null && !fields.some(({ name }) => name in act.wrong);
  return (
    <div className="page record-page">
      <p className="crumbs"><Link href={`/records/${resource.name}`}>{words.back(many)}</Link></p>
      <form className="card record-form" onSubmit={(event) => void submit(event)} noValidate aria-label={words.createTitle(one)}>
        <h2 className="record-title">{words.createTitle(one)}</h2>
        <Stack gap="sm">
          {told && <Alert color="red" role="alert">{act.error}</Alert>}
          <Fieldsets resource={resource} fields={fields} rules={rules} values={values} wrong={faulty} set={(name, value) => setValues((before) => ({ ...before, [name]: value }))} />
          <Group gap="xs" className="form-actions">
            <Button type="submit" loading={act.busy}>{words.create}</Button>
            <Button variant="default" component={Link} href={`/records/${resource.name}`}>{messages.app.cancel}</Button>
          </Group>
        </Stack>
      </form>
    </div>
  );
}
