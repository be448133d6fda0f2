/** What narrows a list: one chip a filter, each with its own way of choosing. */
import { Button, Menu, Popover } from "@mantine/core";
import { useState } from "react";
import { labelOf, messages } from "../messages";
import { fieldNamed, type Field, type Resource } from "../resources";
import { useTitle } from "../ui/picker";
import { Icon } from "../ui/icons";
import { FilterEditor } from "./filter-editor";
import { valuesIn, type Filters } from "./url";
import { words } from "./words";

interface Props {
  resource: Resource;
  filters: Filters;
  onChange: (filters: Filters) => void;
}

/** The field a parameter is about: `createdAt[gte]` → `createdAt`. */
export function fieldOf(parameter: string): string {
  return parameter.replace(/\[.*$/, "");
}

/** Takes all parameters of one field away, and puts others in their place. */
export function exchanged(filters: Filters, field: string, next: Filters): Filters {
  const rest = Object.fromEntries(Object.entries(filters).filter(([name]) => fieldOf(name) !== field));
  return { ...rest, ...Object.fromEntries(Object.entries(next).filter(([, value]) => value !== "")) };
}

export function FilterBar({ resource, filters, onChange }: Props) {
  const [fresh, setFresh] = useState<string>();
  const active = [...new Set(Object.keys(filters).map(fieldOf))];
  const shown = fresh === undefined || active.includes(fresh) ? active : [...active, fresh];
  if (shown.length === 0) return <AddFilter resource={resource} taken={shown} onAdd={setFresh} />;
  return (
    <>
      {shown.map((name) => (
        <Chip key={name} resource={resource} name={name} filters={filters} onChange={onChange} opened={fresh === name} onClosed={() => setFresh(undefined)} />
      ))}
      <AddFilter resource={resource} taken={shown} onAdd={setFresh} />
      {active.length > 1 && <button type="button" className="link" onClick={() => onChange({})}>{words.clearFilters}</button>}
    </>
  );
}

function AddFilter({ resource, taken, onAdd }: { resource: Resource; taken: string[]; onAdd: (name: string) => void }) {
  const left = resource.filters.filter((name) => !taken.includes(name));
  if (left.length === 0) return null;
  return (
    <Menu position="bottom-start" shadow="md" withinPortal={false} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <Button variant="default" size="compact-md" className="chip-add" leftSection={<Icon name="filter" size={15} />}>{words.addFilter}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {left.map((name) => <Menu.Item key={name} onClick={() => onAdd(name)}>{labelOf(name)}</Menu.Item>)}
      </Menu.Dropdown>
    </Menu>
  );
}

interface ChipProps extends Props {
  name: string;
  opened: boolean;
  onClosed: () => void;
}

function Chip({ resource, name, filters, onChange, opened, onClosed }: ChipProps) {
  const [open, setOpen] = useState(opened);
  const field = fieldNamed(resource, name);
  const own = Object.fromEntries(Object.entries(filters).filter(([parameter]) => fieldOf(parameter) === name));
  const label = labelOf(name);
  const close = () => {
    setOpen(false);
    onClosed();
  };
  return (
    <Popover opened={open} onChange={(next) => (next ? setOpen(true) : close())} position="bottom-start" shadow="md" width={280} withinPortal={false} trapFocus returnFocus>
      <span className="chip">
        <Popover.Target>
          <button type="button" className="chip-open" onClick={() => (open ? close() : setOpen(true))} aria-label={words.editFilter(label)}>
            <span className="quiet">{label}</span> <Told field={field} own={own} />
          </button>
        </Popover.Target>
        <button type="button" className="chip-drop" aria-label={words.removeFilter(label)} onClick={() => { close(); onChange(exchanged(filters, name, {})); }}>×</button>
      </span>
      <Popover.Dropdown aria-label={label} className="chip-editor">
        {field ? <FilterEditor field={field} own={own} onChange={(next) => onChange(exchanged(filters, name, next))} onClose={close} /> : words.unknownFilter}
      </Popover.Dropdown>
    </Popover>
  );
}

/** A filter's values, in words. */
function Told({ field, own }: { field: Field | undefined; own: Filters }) {
  const entries = Object.entries(own);
  if (entries.length === 0) return <span className="quiet">{words.any}</span>;
  if (field?.kind === "time") return <>{entries.map(([parameter, value]) => `${parameter.endsWith("[gte]") ? words.since : words.until} ${new Date(value).toLocaleDateString("en", { dateStyle: "medium" })}`).join(" ")}</>;
  const values = valuesIn(entries[0]![1]);
  if (field?.kind === "reference" && values.length === 1 && values[0] !== "null") return <TitleOf target={field.target!} id={values[0]!} />;
  return <>{values.map((value) => wordFor(field, value)).join(", ")}</>;
}

function TitleOf({ target, id }: { target: string; id: string }) {
  return <>{useTitle(target, id)}</>;
}

export function wordFor(field: Field | undefined, value: string): string {
  if (value === "null") return words.none;
  if (field?.kind === "flag") return flagWord(field.name, value === "true");
  return messages.values[value] ?? value;
}

export function flagWord(name: string, on: boolean): string {
  if (name === "isActive") return messages.values[on ? "active" : "inactive"]!;
  return on ? messages.app.yes : messages.app.no;
}
