/** Turning an application down: a reason, and the mail as the applicant will read it. A refusal keeps what was typed. */
import { Button, Group, Stack, Textarea } from "@mantine/core";
import type { FormEvent } from "react";
import type { Rec } from "../../realtime";
import { messages } from "../messages";
import { useKeptText } from "../parts/kept-text";
import { MailPreview } from "../parts/mail";
import { useAct } from "../parts/send";
import { Dialog } from "../ui/dialog";
import { Refused } from "./review";
import { words } from "./words";

interface Props {
  opened: boolean;
  name: string;
  to: string;
  greeting: string;
  current: Rec;
  send: (reason: string) => Promise<unknown>;
  onClose: () => void;
  onDone: () => void;
}

export function Reject({ opened, name, to, greeting, current, send, onClose, onDone }: Props) {
  const [reason, setReason] = useKeptText(`reject ${current.id}`);
  const act = useAct();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!(await act.run(() => send(reason)))) return;
    setReason("");
    onDone();
  };
  return (
    <Dialog opened={opened} onClose={onClose} title={words.rejectTitle(name)}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="md">
          {act.error !== null && act.wrong["reason"] === undefined && <Refused error={act.error} lost={act.lost} state={act.code === "state" ? String(current["status"]) : undefined} />}
          <Textarea label={words.reason} description={words.reasonHint} value={reason} error={act.wrong["reason"]} onChange={(event) => setReason(event.currentTarget.value)} autosize minRows={3} maxRows={8} maxLength={2000} required withAsterisk={false} data-autofocus />
          <MailPreview template="rejected" to={to} values={{ name: greeting, reason: reason.trim() ? reason : "…" }} />
          <Group gap="xs" justify="flex-end">
            <Button variant="default" onClick={onClose}>{messages.app.cancel}</Button>
            <Button type="submit" color="red.9" loading={act.busy} disabled={reason.trim() === ""}>{words.rejectConfirm}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
