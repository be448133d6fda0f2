/** A button that asks before it acts, says what will happen, and keeps a refusal on the screen. */
import { Alert, Button, Group, type ButtonProps } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { messages } from "../messages";
import { Dialog } from "../ui/dialog";
import { useAct } from "./send";

interface Props extends ButtonProps {
  label: string;
  title: string;
  confirm: string;
  dangerous?: boolean;
  describe?: string;
  act: () => Promise<unknown>;
  children: React.ReactNode;
}

export function Confirm({ label, title, confirm, dangerous = false, describe, act, children, ...button }: Props) {
  const [asking, { open, close }] = useDisclosure();
  const acting = useAct();
  const leave = () => {
    acting.forget();
    close();
  };
  const go = async () => {
    if (await acting.run(act)) close();
  };
  return (
    <>
      <Button variant="default" {...(dangerous ? { className: "danger" } : {})} {...button} aria-label={describe ?? label} onClick={open}>{label}</Button>
      <Dialog opened={asking} onClose={leave} title={title}>
        {children}
        {acting.error !== null && <Alert color="red" role="alert" mt="sm">{acting.error}</Alert>}
        <Group gap="xs" justify="flex-end" mt="lg">
          <Button variant="default" onClick={leave} data-autofocus>{messages.app.cancel}</Button>
          <Button {...(dangerous ? { color: "red.9" } : {})} loading={acting.busy} onClick={() => void go()}>{confirm}</Button>
        </Group>
      </Dialog>
    </>
  );
}
