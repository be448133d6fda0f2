/** Deleting, said plainly: what goes along, that it goes to quarantine, and the way back at hand. */
import { Alert, Button, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useRealtime, type Rec } from "../../realtime";
import { messages, wordsOf } from "../messages";
import { useAct } from "../parts/send";
import type { Resource } from "../resources";
import { Dialog } from "../ui/dialog";
import { Icon } from "../ui/icons";
import { toast } from "../ui/toasts";
import { GoesAlong } from "./along";
import { words as own } from "./words";

const words = messages.record;

export function DeleteRecord({ resource, record, onDone }: { resource: Resource; record: Rec; onDone: () => void }) {
  const [asking, { open, close }] = useDisclosure();
  const realtime = useRealtime();
  const act = useAct();
  const name = resource.title(record);
  const undo = (entry: string) =>
    void act.run(async () => {
      await realtime.send(`/api/admin/quarantine/${encodeURIComponent(entry)}/restore`, { method: "POST" });
      toast(own.restored(name));
    }, true);
  const remove = () =>
    act.run(async () => {
      const { quarantineId } = await realtime.mutate({ resource: resource.name, id: record.id, delete: true, version: record.version, wait: false });
      toast(words.deleted(name), "good", ...(quarantineId ? [{ label: own.undo, run: () => undo(quarantineId) }] : []));
      onDone();
    });
  return (
    <>
      <Button variant="default" className="danger" leftSection={<Icon name="trash" size={16} />} onClick={open}>{words.delete}</Button>
      <Dialog opened={asking} onClose={close} title={words.deleteTitle(wordsOf(resource.name).one)}>
        <p>{words.deleteText(name)}</p>
        <GoesAlong resource={resource} id={record.id} />
        {act.error !== null && <Alert color="red" role="alert" mt="sm">{act.error}</Alert>}
        <Group gap="xs" justify="flex-end" mt="lg">
          <Button variant="default" onClick={close} data-autofocus>{messages.app.cancel}</Button>
          <Button color="red.9" loading={act.busy} onClick={() => void remove()}>{words.deleteConfirm}</Button>
        </Group>
      </Dialog>
    </>
  );
}
