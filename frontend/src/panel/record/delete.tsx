/** Deleting, said plainly: it goes to quarantine and can be restored. */
import { Alert, Button, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { explain, type Rec } from "../../realtime";
import { remove } from "../api";
import { messages, wordsOf } from "../messages";
import type { Resource } from "../resources";
import { Dialog } from "../ui/dialog";
import { Icon } from "../ui/icons";
import { toast } from "../ui/toasts";

const words = messages.record;

export function DeleteRecord({ resource, record, onDone }: { resource: Resource; record: Rec; onDone: () => void }) {
  const [asking, { open, close }] = useDisclosure();
  const [state, setState] = useState({ busy: false, error: null as string | null });
  const name = resource.title(record);
  const act = async () => {
    setState({ busy: true, error: null });
    try {
      await remove(resource.name, record);
      toast(words.deleted(name));
      onDone();
    } catch (failure) {
      setState({ busy: false, error: explain(failure) });
    }
  };
  return (
    <>
      <Button variant="default" className="danger" leftSection={<Icon name="trash" size={16} />} onClick={open}>{words.delete}</Button>
      <Dialog opened={asking} onClose={close} title={words.deleteTitle(wordsOf(resource.name).one)}>
        <p>{words.deleteText(name)}</p>
        {state.error !== null && <Alert color="red" role="alert" mt="sm">{state.error}</Alert>}
        <Group gap="xs" justify="flex-end" mt="lg">
          <Button variant="default" onClick={close} data-autofocus>{messages.app.cancel}</Button>
          <Button color="red.9" loading={state.busy} onClick={() => void act()}>{words.deleteConfirm}</Button>
        </Group>
      </Dialog>
    </>
  );
}
