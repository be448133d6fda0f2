/** The record changed while its form is open: which fields, to what, and a way to take them in before one saves. */
import { Alert, Button } from "@mantine/core";
import type { Rec } from "../../realtime";
import { labelOf } from "../messages";
import type { Field } from "../resources";
import { Shown } from "./conflict";
import { contested, overtaken, valuesOf, type Values } from "./values";
import { words } from "./words";

interface Props {
  fields: Field[];
  base: Rec;
  current: Rec;
  values: Values;
  onTake: () => void;
  onDecide: () => void;
}

export function Overtaken({ fields, base, current, values, onTake, onDecide }: Props) {
  const theirs = current.version > base.version ? overtaken(fields, base, current) : [];
  if (theirs.length === 0) return null;
  const now = valuesOf(fields, current);
  const both = new Set(contested(fields, base, current, values).map(({ name }) => name));
  return (
    <Alert color="yellow" role="status" title={words.overtaken}>
      <ul className="overtaken">
        {theirs.map((field) => (
          <li key={field.name}>
            <strong>{labelOf(field.name)}</strong> <span className="quiet">{words.overtakenTo}</span> <Shown field={field} value={now[field.name]} />
            {both.has(field.name) && <span className="quiet"> {words.overtakenBoth}</span>}
          </li>
        ))}
      </ul>
      <Button size="xs" variant="default" mt="xs" onClick={both.size > 0 ? onDecide : onTake}>{both.size > 0 ? words.decide : words.takeIn}</Button>
    </Alert>
  );
}
