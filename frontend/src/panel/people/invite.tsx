/** Inviting somebody: an account without a password, and a mail with a link, which is shown before it goes out. */
import { Alert, Button, Group, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { messages } from "../messages";
import { MailPreview } from "../parts/mail";
import { useAct, useJson } from "../parts/send";
import { Dialog } from "../ui/dialog";
import { toast } from "../ui/toasts";
import { words } from "./words";

export const ROLES = ["SUPER_ADMIN", "BUSINESS_ADMIN", "PROFESSIONAL_ADMIN"];
const NOBODY = { email: "", name: "", role: "SUPER_ADMIN" };

export function Invite({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const json = useJson();
  const act = useAct();
  const [given, setGiven] = useState(NOBODY);
  const set = (field: keyof typeof NOBODY) => (event: { currentTarget: { value: string } }) => {
    const { value } = event.currentTarget;
    setGiven((before) => ({ ...before, [field]: value }));
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const body = { email: given.email.trim(), name: given.name.trim() || null, role: given.role };
    if (!(await act.run(() => json("POST", "/api/admin/users/invite", body)))) return;
    toast(words.invited(body.email));
    setGiven(NOBODY);
    onClose();
  };
  const unplaced = act.error !== null && !["email", "name", "role"].some((field) => field in act.wrong);
  return (
    <Dialog opened={opened} onClose={onClose} title={words.inviteTitle}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="md">
          <p className="quiet">{words.inviteHint}</p>
          {unplaced && <Alert color="red" role="alert">{act.error}</Alert>}
          <TextInput type="email" label={words.email} value={given.email} error={act.wrong["email"]} onChange={set("email")} autoComplete="off" data-autofocus />
          <TextInput label={words.name} value={given.name} error={act.wrong["name"]} onChange={set("name")} autoComplete="off" />
          <NativeSelect label={words.role} value={given.role} error={act.wrong["role"]} onChange={set("role")} data={ROLES.map((value) => ({ value, label: messages.values[value] ?? value }))} />
          <MailPreview template="invitation" to={given.email} values={{ name: given.name.trim() || given.email.trim() || "…" }} />
          <Group gap="xs" justify="flex-end">
            <Button variant="default" onClick={onClose}>{messages.app.cancel}</Button>
            <Button type="submit" loading={act.busy} disabled={given.email.trim() === ""}>{words.inviteConfirm}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
