/** A form's fields, in the groups in which the record shows them. */
import { Stack } from "@mantine/core";
import { messages } from "../messages";
import type { Field, Resource } from "../resources";
import { Input } from "./inputs";
import type { Rules, Values } from "./values";

interface Props {
  resource: Resource;
  fields: Field[];
  rules: Rules;
  values: Values;
  wrong: Record<string, string>;
  set: (name: string, value: string | boolean) => void;
}

export function Fieldsets({ resource, fields, rules, values, wrong, set }: Props) {
  const groups = resource.sections.map(({ name, fields: all }) => ({ name, own: all.filter((field) => fields.includes(field)) })).filter(({ own }) => own.length > 0);
  return (
    <>
      {groups.map(({ name, own }) => (
        <fieldset key={name} className="form-group">
          <legend>{messages.record.sections[name]}</legend>
          <Stack gap="sm">
            {own.map((field) => (
              <Input key={field.name} field={field} rule={rules[field.name] ?? {}} value={values[field.name] ?? ""} error={wrong[field.name]} onChange={(value) => set(field.name, value)} />
            ))}
          </Stack>
        </fieldset>
      ))}
    </>
  );
}
