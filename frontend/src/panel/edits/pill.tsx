/** How many edits wait or were refused, beside the connection light; behind it the list of them. */
import { Button, Group } from "@mantine/core";
import { useLocation } from "wouter";
import { useRealtime, type Waiting } from "../../realtime";
import { labelOf, messages } from "../messages";
import { Dialog } from "../ui/dialog";
import { Icon } from "../ui/icons";
import { Time } from "../ui/time";
import { leave } from "../ui/unsaved";
import "./edits.css";
import { decide, drop, show, titleOf, type Refused } from "./refused";
import { useRefused, useWaiting } from "./use-edits";
import { words } from "./words";

export function EditsPill() {
  const waiting = useWaiting();
  const { refused, shown } = useRefused();
  const told = words.told(waiting.length, refused.length);
  const close = () => {
    show(false);
    if (told === "") document.getElementById("content")?.focus(); // what opened it is gone
  };
  return (
    <>
      <span role="status">
        {told !== "" && (
          <button type="button" className="edits-pill" data-bad={refused.length > 0 || undefined} aria-label={told} title={told} onClick={() => show(true)}>
            <Icon name={refused.length > 0 ? "alert" : "clock"} size={15} />
            <span className="edits-count" aria-hidden="true">{waiting.length + refused.length}</span>
            <span className="edits-words">{told}</span>
          </button>
        )}
      </span>
      <Dialog opened={shown} onClose={close} title={words.title}>
        {told === "" && <p className="quiet">{words.nothing}</p>}
        {refused.length > 0 && <RefusedOnes refused={refused} />}
        {waiting.length > 0 && <WaitingOnes waiting={waiting} />}
      </Dialog>
    </>
  );
}

function RefusedOnes({ refused }: { refused: readonly Refused[] }) {
  const [, go] = useLocation();
  const open = (one: Refused) =>
    leave(() => {
      decide(one);
      go(`/records/${one.resource}/${encodeURIComponent(one.id)}`);
    });
  return (
    <section className="edits" aria-label={words.refusedTitle}>
      <h3>{words.refusedTitle}</h3>
      <ul>
        {refused.map((one) => (
          <li key={one.mutation}>
            <What title={one.title} fields={one.yours} />
            <p className="bad">{Object.values(one.wrong)[0] ?? one.why}</p>
            <Group gap="xs">
              <Button size="xs" aria-label={words.decideOn(one.title)} onClick={() => open(one)}>{words.decide}</Button>
              <Button size="xs" variant="default" aria-label={words.dropOf(one.title)} onClick={() => drop(one)}>{words.drop}</Button>
            </Group>
          </li>
        ))}
      </ul>
    </section>
  );
}

function WaitingOnes({ waiting }: { waiting: readonly Waiting[] }) {
  const { edits } = useRealtime();
  return (
    <section className="edits" aria-label={words.waits}>
      <p className="quiet">{words.waiting}</p>
      <ul>
        {waiting.map((one) => (
          <li key={one.mutation}>
            <What title={titleOf(one)} fields={"fields" in one.edit ? one.edit.fields : {}} since={one.since} />
            {one.calledOff ? <p className="quiet">{words.calledOff}</p> : <Button size="xs" variant="default" aria-label={words.callOffOf(titleOf(one))} onClick={() => edits.callOff(one.mutation)}>{words.callOff}</Button>}
          </li>
        ))}
      </ul>
      {waiting.filter(({ calledOff }) => !calledOff).length > 1 && <Button size="xs" variant="default" className="danger" onClick={() => waiting.forEach(({ mutation }) => edits.callOff(mutation))}>{words.callOffAll}</Button>}
    </section>
  );
}

function What({ title, fields, since }: { title: string; fields: Record<string, unknown>; since?: number }) {
  return (
    <div className="edits-what">
      <p><strong>{title}</strong>{since !== undefined && <span className="quiet"> · <Time value={since} /></span>}</p>
      {Object.entries(fields).map(([name, value]) => (
        <p key={name} className="clip"><span className="quiet">{labelOf(name)}:</span> {inWords(value)}</p>
      ))}
    </div>
  );
}

function inWords(value: unknown): string {
  if (value === null || value === "") return words.emptied;
  if (typeof value === "boolean") return value ? messages.app.yes : messages.app.no;
  return (Object.hasOwn(messages.values, String(value)) ? messages.values[String(value)] : undefined) ?? (typeof value === "object" ? JSON.stringify(value) : String(value));
}
