/** Bringing a file in: choose it, see what it would do, do it, and take it back. */
import { Alert, Button, NativeSelect } from "@mantine/core";
import { useRef, useState, type DragEvent } from "react";
import { useRealtime } from "../../realtime";
import type { ImportSeen } from "../generated/wire";
import { messages, wordsOf } from "../messages";
import { useAct } from "../parts/send";
import { RESOURCES } from "../resources";
import { Icon } from "../ui/icons";
import { Told } from "./told";
import { words } from "./words";

export function Bring({ chosen, open }: { chosen: string; open: (id: string) => void }) {
  return (
    <section className="card stack" aria-labelledby="bring">
      <h2 id="bring">{words.importTitle}</h2>
      {chosen === "" ? <Choose onSent={open} /> : <Told id={chosen} open={open} />}
      {chosen !== "" && <Button className="fit" variant="subtle" size="xs" onClick={() => open("")}>{words.other}</Button>}
    </section>
  );
}

function Choose({ onSent }: { onSent: (id: string) => void }) {
  const realtime = useRealtime();
  const act = useAct();
  const [resource, setResource] = useState("users");
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const send = (file: File | undefined) => {
    if (!file) return;
    const body = new FormData();
    body.append("file", file, file.name);
    void act.run(async () => {
      const reply = await realtime.send(`/api/admin/${resource}/import?dryRun=true`, { method: "POST", body });
      onSent(((await reply.json()) as ImportSeen).id);
    });
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    send(event.dataTransfer.files[0]);
  };
  return (
    <>
      <p className="quiet">{words.explain}</p>
      <NativeSelect label={words.resource} value={resource} onChange={(event) => setResource(event.currentTarget.value)} data={RESOURCES.map(({ name }) => ({ value: name, label: wordsOf(name).title }))} />
      <div className="drop" data-over={over} onDragOver={(event) => (event.preventDefault(), setOver(true))} onDragLeave={() => setOver(false)} onDrop={drop}>
        <Icon name="transfer" size={26} />
        <p>{act.busy ? words.sending : words.drop}</p>
        <Button variant="default" loading={act.busy} onClick={() => input.current?.click()}>{words.choose}</Button>
        <input ref={input} className="hidden" type="file" aria-label={words.file} tabIndex={-1} accept=".csv,.json,.ndjson,.jsonl,text/csv,application/json,application/x-ndjson" onChange={(event) => (send(event.currentTarget.files?.[0]), (event.currentTarget.value = ""))} />
      </div>
      {act.error !== null && (
        <Alert color="red" role="alert" title={words.refused}>
          <p>{act.error}</p>
          <ul className="notes">{Object.entries(act.wrong).map(([field, message]) => <li key={field}><strong>{messages.fields[field] ?? field}</strong>: {message}</li>)}</ul>
        </Alert>
      )}
    </>
  );
}
