/** The sweep as a service: on or off, how often, and one on demand. */
import { Alert, Button, Group, Stack, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState, type FormEvent } from "react";
import { useRealtime } from "../../realtime";
import { messages } from "../messages";
import { Confirm } from "../parts/confirm";
import { useAct, useJson } from "../parts/send";
import { every } from "../parts/words";
import type { SyncStatus } from "../types";
import { Dialog } from "../ui/dialog";
import { toast } from "../ui/toasts";
import { words as all } from "./words";

const words = all.service;
const SYNC = "/api/admin/sync";

export function Service({ sync }: { sync: SyncStatus }) {
  const json = useJson();
  const realtime = useRealtime();
  const act = useAct();
  const send = async (verb: string, said: string, body?: unknown) => {
    await json("POST", `${SYNC}/${verb}`, body);
    toast(said);
    realtime.store.refresh(["sync", "integrity"]);
  };
  return (
    <Group gap="xs" className="service-acts">
      <Confirm size="xs" label={words.sweepNow} title={words.sweepTitle} confirm={words.sweepNow} act={() => send("run", words.swept)}><p>{words.sweepText}</p></Confirm>
      {sync.isRunning ? (
        <Confirm size="xs" label={words.stop} title={words.stopTitle} confirm={words.stop} act={() => send("stop", words.stopped)}><p>{words.stopText}</p></Confirm>
      ) : (
        <Button size="xs" loading={act.busy} onClick={() => void act.run(() => send("start", words.started), true)}>{words.start}</Button>
      )}
      <Interval sync={sync} send={(seconds) => send("start", words.started, { intervalSeconds: seconds })} />
      <span className="quiet">{words.schedule}: {sync.isRunning ? words.every(every(sync.intervalSeconds)) : messages.health.stopped}</span>
    </Group>
  );
}

function Interval({ sync, send }: { sync: SyncStatus; send: (seconds: number) => Promise<void> }) {
  const [opened, { open, close }] = useDisclosure();
  const [seconds, setSeconds] = useState(String(sync.intervalSeconds));
  const act = useAct();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (await act.run(() => send(Number(seconds)))) close();
  };
  return (
    <>
      <Button size="xs" variant="default" onClick={open}>{words.change}</Button>
      <Dialog opened={opened} onClose={close} title={words.changeTitle}>
        <form onSubmit={(event) => void submit(event)}>
          <Stack gap="md">
            {act.error !== null && act.wrong["intervalSeconds"] === undefined && <Alert color="red" role="alert">{act.error}</Alert>}
            <TextInput label={words.interval} inputMode="numeric" value={String(seconds)} onChange={(event) => setSeconds(event.currentTarget.value)} error={act.wrong["intervalSeconds"]} data-autofocus />
            <Group gap="xs" justify="flex-end"><Button variant="default" onClick={close}>{messages.app.cancel}</Button><Button type="submit" loading={act.busy}>{words.save}</Button></Group>
          </Stack>
        </form>
      </Dialog>
    </>
  );
}
