/** Two people changed the same record: both versions side by side, and a choice. */
import { Alert, Button, Group } from "@mantine/core";
import type { Rec } from "../../realtime";
import { labelOf, messages } from "../messages";
import type { Field } from "../resources";
import { overtaken, valuesOf, type Values } from "./values";

const words = messages.record;

interface Props {
  fields: Field[];
  base: Rec;
  current: Rec;
  values: Values;
  onDiscard: () => void;
  onOverwrite: () => void;
}

function shown(value: string | boolean | undefined): string {
  if (typeof value === "boolean") return value ? messages.app.yes : messages.app.no;
  if (value === undefined || value === "") return messages.app.none;
  return messages.values[value] ?? value;
}

export function Conflict({ fields, base, current, values, onDiscard, onOverwrite }: Props) {
  const theirs = valuesOf(fields, current);
  const differing = overtaken(fields, base, current);
  return (
    <Alert color="yellow" title={words.conflictTitle} role="alert">
      <p>{words.conflictText}</p>
      {differing.length === 0 && <p>{words.conflictNone}</p>}
      {differing.map(({ name }) => (
        <dl key={name} className="conflict">
          <dt>{labelOf(name)}</dt>
          <dd><span className="quiet">{words.theirs}</span> {shown(theirs[name])}</dd>
          <dd><span className="quiet">{words.yours}</span> {shown(values[name])}</dd>
        </dl>
      ))}
      <Group gap="xs" mt="sm">
        <Button size="xs" variant="default" onClick={onDiscard}>{words.takeTheirs}</Button>
        <Button size="xs" onClick={onOverwrite}>{words.saveMine}</Button>
      </Group>
    </Alert>
  );
}
