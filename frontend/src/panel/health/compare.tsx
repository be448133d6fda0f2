/** An entry of the quarantine beside the record that stands under its id now, if any; and the ways back. */
import { Alert, Button, Drawer, Group } from "@mantine/core";
import { useRealtime, useRealtimeData, type Rec } from "../../realtime";
import { labelOf, messages, wordsOf } from "../messages";
import { unlessAsking } from "../ui/dialog";
import { shown } from "../parts/diff";
import { useAct, useJson } from "../parts/send";
import type { QuarantineEntry } from "../types";
import { toast } from "../ui/toasts";
import { RestoreAll } from "./quarantine";
import { words as all } from "./words";

const words = all.compare;

interface Props {
  entry: QuarantineEntry;
  name: string;
  onClose: () => void;
}

export function Compare({ entry, name, onClose }: Props) {
  return (
    <Drawer.Root opened onClose={unlessAsking(onClose)} position="right" size={680}>
      <Drawer.Overlay backgroundOpacity={0.25} />
      <Drawer.Content aria-label={words.title}>
        <div className="drawer-head">
          <div className="drawer-title"><span className="quiet">{words.title}</span><Drawer.Title>{name}</Drawer.Title></div>
          <Drawer.CloseButton aria-label={messages.app.close} />
        </div>
        <Drawer.Body className="drawer-body stack">
          <p>{entry.reason}</p>
          {!entry.restoredAt && <Back entry={entry} name={name} onClose={onClose} />}
          <Beside entry={entry} />
          <Belongings entry={entry} />
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

function Back({ entry, name, onClose }: Props) {
  const json = useJson();
  const realtime = useRealtime();
  const act = useAct();
  const restore = async (body?: unknown) => {
    const went = await act.run(() => json("POST", `/api/admin/quarantine/${encodeURIComponent(entry.id)}/restore`, body));
    if (!went) return;
    toast(messages.health.restoreDone(name));
    realtime.store.refresh(["quarantine"]);
    onClose();
  };
  return (
    <>
      {act.error !== null && <Alert color="yellow" role="alert">{act.error}</Alert>}
      <Group gap="xs">
        <Button loading={act.busy} onClick={() => void restore()}>{words.restore}</Button>
        {act.code === "missing-reference" && <Button variant="default" loading={act.busy} onClick={() => void restore({ emptyMissing: true })}>{words.without}</Button>}
        <RestoreAll entry={entry} onDone={onClose} />
      </Group>
    </>
  );
}

/** Fields by name: those of the snapshot, then what the standing record has besides. */
export function rowsOf(snapshot: Record<string, unknown>, now: Record<string, unknown> | undefined): { field: string; differs: boolean }[] {
  const fields = [...new Set([...Object.keys(snapshot), ...Object.keys(now ?? {})])];
  return fields.map((field) => ({ field, differs: now !== undefined && JSON.stringify(snapshot[field] ?? null) !== JSON.stringify(now[field] ?? null) }));
}

function Beside({ entry }: { entry: QuarantineEntry }) {
  const { data: now, error } = useRealtimeData<Rec>(`/api/admin/${entry.resource}/${encodeURIComponent(entry.recordId)}`, { retryAttempts: 0 });
  const rows = rowsOf(entry.snapshot, now);
  return (
    <section className="stack">
      {!now && error !== null && <p className="quiet">{words.gone}</p>}
      {now && rows.every(({ differs }) => !differs) && <p className="quiet">{words.same}</p>}
      <table className="compare">
        <caption className="hidden">{words.title}</caption>
        <thead><tr><th scope="col">{words.field}</th><th scope="col">{words.then}</th>{now && <th scope="col">{words.now}</th>}</tr></thead>
        <tbody>
          {rows.map(({ field, differs }) => (
            <tr key={field} data-differs={differs}>
              <th scope="row">{labelOf(field)}</th>
              <td>{shown(entry.snapshot[field])}</td>
              {now && <td>{shown(now[field])}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Belongings({ entry: { children, emptied } }: { entry: QuarantineEntry }) {
  return (
    <>
      {children.length > 0 && <section><h3>{words.children}</h3><ul className="notes">{children.map((child) => <li key={`${child.resource}/${child.recordId}`}>{wordsOf(child.resource).one} <span className="mono">{child.recordId}</span></li>)}</ul></section>}
      {emptied.length > 0 && <section><h3>{words.emptied}</h3><ul className="notes">{emptied.map((each) => <li key={JSON.stringify(each)}>{wordsOf(each.resource).one} <span className="mono">{each.recordId}</span></li>)}</ul></section>}
    </>
  );
}
