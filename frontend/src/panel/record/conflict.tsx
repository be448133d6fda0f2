/** Two people changed the same record: both values side by side, and a choice for each field. */
import { Alert, Button, Group } from "@mantine/core";
import { useLayoutEffect, useRef, useState } from "react";
import type { Rec } from "../../realtime";
import { labelOf, messages } from "../messages";
import type { Field } from "../resources";
import { useTitle } from "../ui/picker";
import { contested, overtaken, valuesOf, type Values } from "./values";
import { words as own } from "./words";

const words = messages.record;

interface Props {
  fields: Field[];
  base: Rec;
  current: Rec;
  values: Values;
  onDiscard: () => void;
  /** The fields in which theirs shall stand. */
  onChosen: (theirs: ReadonlySet<string>) => void;
}

export function Conflict({ fields, base, current, values, onDiscard, onChosen }: Props) {
  const [theirs, setTheirs] = useState<ReadonlySet<string>>(new Set());
  const theirValues = valuesOf(fields, current);
  const both = new Set(contested(fields, base, current, values).map(({ name }) => name));
  const differing = overtaken(fields, base, current);
  const choose = (name: string, take: boolean) => setTheirs((before) => new Set(take ? [...before, name] : [...before].filter((each) => each !== name)));
  const question = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => { // what called for it may be gone, or far below
    if (document.activeElement === document.body) question.current?.querySelector<HTMLElement>("input, button")?.focus();
  }, []);
  return (
    <Alert ref={question} color="yellow" title={words.conflictTitle} role="alert">
      <p>{words.conflictText}</p>
      {differing.length === 0 && <p>{words.conflictNone}</p>}
      {differing.map((field) => (
        <Contest key={field.name} field={field} mine={values[field.name]} their={theirValues[field.name]} open={both.has(field.name)} takeTheirs={theirs.has(field.name)} onTake={(take) => choose(field.name, take)} />
      ))}
      {both.size > 0 && <p>{own.conflictPick}</p>}
      <Group gap="xs" mt="sm">
        <Button size="xs" variant="default" onClick={onDiscard}>{words.takeTheirs}</Button>
        <Button size="xs" onClick={() => onChosen(theirs)}>{both.size > 0 ? own.conflictSave : words.saveMine}</Button>
      </Group>
    </Alert>
  );
}

interface ContestProps {
  field: Field;
  mine: string | boolean | undefined;
  their: string | boolean | undefined;
  /** Whether there is anything to choose: only they may have changed it. */
  open: boolean;
  takeTheirs: boolean;
  onTake: (take: boolean) => void;
}

function Contest({ field, mine, their, open, takeTheirs, onTake }: ContestProps) {
  const label = labelOf(field.name);
  if (!open) return <p className="conflict"><strong>{label}</strong> <span className="quiet">{own.theirs}</span> <Shown field={field} value={their} /></p>;
  return (
    <fieldset className="conflict">
      <legend>{label}</legend>
      <label><input type="radio" name={`of ${field.name}`} checked={!takeTheirs} onChange={() => onTake(false)} /> <span className="quiet">{words.yours}</span> <Shown field={field} value={mine} /></label>
      <label><input type="radio" name={`of ${field.name}`} checked={takeTheirs} onChange={() => onTake(true)} /> <span className="quiet">{words.theirs}</span> <Shown field={field} value={their} /></label>
    </fieldset>
  );
}

export function Shown({ field, value }: { field: Field; value: string | boolean | undefined }) {
  if (typeof value === "boolean") return <span>{value ? messages.app.yes : messages.app.no}</span>;
  if (value === undefined || value === "") return <span>{messages.app.none}</span>;
  if (field.kind === "reference") return <Titled target={field.target!} id={value} />;
  return <span>{messages.values[value] ?? value}</span>;
}

function Titled({ target, id }: { target: string; id: string }) {
  return <span>{useTitle(target, id)}</span>;
}
