import { expect, test } from "vitest";
import { messages } from "../../src/panel/messages";
import { RESOURCES } from "../../src/panel/resources";

test.each(RESOURCES.map((resource) => [resource.name, resource] as const))("%s is declared whole", (name, resource) => {
  const fields = resource.sections.flatMap((section) => section.fields);
  const names = fields.map((field) => field.name);
  expect(messages.resources[name]).toBeDefined();
  expect(new Set(names).size).toBe(names.length);
  for (const column of resource.columns) expect(names).toContain(column.field);
  for (const field of names) expect(messages.fields[field], field).toBeDefined();
  for (const section of resource.sections) expect(messages.record.sections[section.name]).toBeDefined();
  for (const choice of fields.flatMap((field) => field.choices ?? [])) expect(messages.values[choice], choice).toBeDefined();
  for (const field of fields.filter(({ kind }) => kind === "reference")) expect(RESOURCES.map((each) => each.name)).toContain(field.target);
  expect(resource.columns[0]).toMatchObject({ kind: "title", priority: 1 });
});
