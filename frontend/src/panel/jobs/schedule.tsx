/** Every job there is: how often it comes by itself, when next, and a way to start it now. */
import { Alert, Button, Group, Stack, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState, type FormEvent } from "react";
import type { DeclaredJob, JobQueued } from "../generated/wire";
import { List, type ListColumn } from "../health/list";
import { messages } from "../messages";
import { useAct, useJson } from "../parts/send";
import { every } from "../parts/words";
import { Dialog } from "../ui/dialog";
import { Time } from "../ui/time";
import { toast } from "../ui/toasts";
import { argumentsOf } from "./progress";
import { words } from "./words";

const LIMIT = 100;
const { columns } = words;

const COLUMNS: ListColumn<DeclaredJob>[] = [
  { label: columns.job, priority: 1, show: ({ name, title }) => <span className="subject">{title}<span className="quiet mono">{name}</span></span> },
  { label: columns.every, priority: 1, show: ({ periodic, everySeconds }) => (everySeconds !== null ? words.every(every(everySeconds)) : <span className="quiet">{periodic ? words.off : words.onDemand}</span>) },
  { label: columns.next, priority: 2, show: ({ nextDue }) => <Time value={nextDue} /> },
  { label: columns.limit, priority: 3, show: ({ timeoutSeconds }) => every(timeoutSeconds) },
  { label: columns.act, priority: 1, show: (job) => <Start job={job} /> },
];

export function Schedule() {
  return <List endpoint={`/api/admin/jobs/declared?page=1&limit=${LIMIT}`} caption={words.tabs.schedule} columns={COLUMNS} empty={{ icon: "jobs", title: words.none, hint: words.noneHint }} page={1} limit={LIMIT} onPage={() => undefined} follow={{ on: ["sync", "job"], every: 20_000 }} keyOf={({ name }) => name} />;
}

function Start({ job }: { job: DeclaredJob }) {
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={open} aria-label={words.startOf(job.name)}>{words.start}</Button>
      <Dialog opened={opened} onClose={close} title={words.startTitle(job.name)}><StartForm job={job} close={close} /></Dialog>
    </>
  );
}

function StartForm({ job, close }: { job: DeclaredJob; close: () => void }) {
  const json = useJson();
  const act = useAct();
  const wanted = argumentsOf(job.argumentsSchema);
  const [given, setGiven] = useState<Record<string, string>>({});
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const filled = wanted.filter(({ name }) => (given[name] ?? "") !== "");
    const body = { name: job.name, arguments: Object.fromEntries(filled.map(({ name, number }) => [name, number ? Number(given[name]) : given[name]])) };
    if (!(await act.run(() => json<JobQueued>("POST", "/api/admin/jobs", body)))) return;
    toast(words.started(job.name));
    close();
  };
  const faults = Object.entries(act.wrong).filter(([field]) => !wanted.some(({ name }) => field.endsWith(name)));
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="md">
        <p>{job.title}</p>
        {act.error !== null && <Alert color="red" role="alert">{act.error}<ul className="notes">{faults.map(([field, message]) => <li key={field}>{field}: {message}</li>)}</ul></Alert>}
        {wanted.length === 0 && <p className="quiet">{words.noArguments}</p>}
        {wanted.map(({ name, required }) => (
          <TextInput key={name} label={name} description={required ? words.required : words.optional} required={required} withAsterisk={false} value={given[name] ?? ""} error={act.wrong[name] ?? act.wrong[`arguments.${name}`]} onChange={(event) => setGiven((before) => ({ ...before, [name]: event.target.value }))} />
        ))}
        <Group gap="xs" justify="flex-end">
          <Button variant="default" onClick={close}>{messages.app.cancel}</Button>
          <Button type="submit" loading={act.busy}>{words.startConfirm}</Button>
        </Group>
      </Stack>
    </form>
  );
}
