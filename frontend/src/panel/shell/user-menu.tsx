/** Who is signed in, their password, and the way out. */
import { ActionIcon, Button, Group, Menu } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Suspense } from "react";
import { Link } from "wouter";
import { explain } from "../../realtime";
import { useRefused, useWaiting } from "../edits/use-edits";
import { words as edits } from "../edits/words";
import { messages } from "../messages";
import type { User } from "../types";
import { Dialog } from "../ui/dialog";
import { Icon } from "../ui/icons";
import { room } from "../ui/room";
import { toast } from "../ui/toasts";
import { titles } from "./titles";

const PasswordForm = room(() => import("../auth/change-password").then((form) => ({ default: form.PasswordForm })));

interface Props {
  user: User;
  signOut: () => Promise<void>;
}

export function UserMenu({ user, signOut }: Props) {
  const [changing, { open, close }] = useDisclosure();
  const [asking, ask] = useDisclosure();
  const unsaved = useWaiting().length + useRefused().refused.length;
  const leave = () => void signOut().catch((error: unknown) => toast(explain(error), "bad"));
  return (
    <>
      <Menu position="bottom-end" shadow="md" width={230} withinPortal={false} withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`${messages.auth.signedInAs} ${user.email}`}>
            <Icon name="user" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>
            {messages.auth.signedInAs}
            <span className="user-mail">{user.email}</span>
          </Menu.Label>
          <Menu.Item component={Link} href="/account" data-autofocus leftSection={<Icon name="user" size={16} />}>{titles.account}</Menu.Item>
          <Menu.Item leftSection={<Icon name="key" size={16} />} onClick={open}>{messages.auth.changeOwn}</Menu.Item>
          <Menu.Item leftSection={<Icon name="signOut" size={16} />} onClick={unsaved > 0 ? ask.open : leave}>{messages.auth.signOut}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Dialog opened={changing} onClose={close} title={messages.auth.changeOwn}>
        <Suspense fallback={null}><PasswordForm email={user.email} oneTime={false} onDone={close} /></Suspense>
      </Dialog>
      <Dialog opened={asking} onClose={ask.close} title={edits.leaveTitle}>
        <p>{edits.leaveText(unsaved)}</p>
        <Group gap="xs" justify="flex-end" mt="lg">
          <Button variant="default" onClick={leave}>{messages.auth.signOut}</Button>
          <Button onClick={ask.close} data-autofocus>{messages.app.cancel}</Button>
        </Group>
      </Dialog>
    </>
  );
}
