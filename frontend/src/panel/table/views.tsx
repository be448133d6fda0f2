/** Views: filters, search, sort and columns under a name, kept in this browser. */
import { Button, Group, Menu, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState, type FormEvent } from "react";
import { useSearchParams } from "wouter";
import { messages } from "../messages";
import { Dialog } from "../ui/dialog";
import { Icon } from "../ui/icons";
import { toast } from "../ui/toasts";
import { withView, type Prefs, type View } from "./prefs";
import { words } from "./words";

interface Props {
  prefs: Prefs;
  change: (patch: Partial<Prefs>) => void;
}

/** An address without what belongs to the moment. */
export function lasting(params: URLSearchParams): string {
  const kept = new URLSearchParams(params);
  kept.delete("page");
  kept.delete("record");
  kept.sort();
  return kept.toString();
}

export function Views({ prefs, change }: Props) {
  const [params, setParams] = useSearchParams();
  const [naming, { open, close }] = useDisclosure();
  const query = lasting(params);
  const here = prefs.views.find((view) => view.query === query);
  const go = (view: View) => {
    setParams(new URLSearchParams(view.query));
    change({ columns: view.columns });
  };
  const save = (name: string) => {
    change({ views: withView(prefs.views, { name, query, columns: prefs.columns }) });
    toast(words.viewSaved(name));
    close();
  };
  return (
    <>
      <Menu position="bottom-end" shadow="md" width={260} withinPortal={false} withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <Button variant="default" className="tool" leftSection={<Icon name="bookmark" size={16} />} aria-label={here ? `${words.view}: ${here.name}` : words.views}>
            <span className="tool-word clip">{here?.name ?? words.views}</span>
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setParams(new URLSearchParams())}>{words.allRecords}</Menu.Item>
          {prefs.views.map((view) => <Menu.Item key={view.name} onClick={() => go(view)} rightSection={view === here ? <Icon name="check" size={14} /> : null}>{view.name}</Menu.Item>)}
          <Menu.Divider />
          <Menu.Item leftSection={<Icon name="plus" size={14} />} onClick={open}>{words.saveView}</Menu.Item>
          {here && <Menu.Item className="danger" leftSection={<Icon name="trash" size={14} />} onClick={() => change({ views: prefs.views.filter((view) => view !== here) })}>{words.deleteView(here.name)}</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
      <Dialog opened={naming} onClose={close} title={words.saveView.replace("…", "")}>
        <Naming onSave={save} onCancel={close} />
      </Dialog>
    </>
  );
}

function Naming({ onSave, onCancel }: { onSave: (name: string) => void; onCancel: () => void }) {
  const [name, setName] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim()) onSave(name.trim());
  };
  return (
    <form onSubmit={submit}>
      <TextInput label={words.viewName} description={words.viewHint} value={name} maxLength={60} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
      <Group justify="flex-end" gap="xs" mt="md">
        <Button variant="default" onClick={onCancel}>{messages.app.cancel}</Button>
        <Button type="submit" disabled={name.trim() === ""}>{messages.record.save}</Button>
      </Group>
    </form>
  );
}
