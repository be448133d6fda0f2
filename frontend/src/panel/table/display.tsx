/** How the list is shown: which columns, how high the rows, pages or one long scroll. */
import { Button, Checkbox, Popover, SegmentedControl } from "@mantine/core";
import "@mantine/core/styles/Checkbox.css";
import type { Resource } from "../resources";
import { Icon } from "../ui/icons";
import { chosen, columnLabel, columnsOf } from "./columns";
import type { Prefs } from "./prefs";
import { words } from "./words";

interface Props {
  resource: Resource;
  prefs: Prefs;
  change: (patch: Partial<Prefs>) => void;
}

export function Display({ resource, prefs, change }: Props) {
  return (
    <Popover position="bottom-end" shadow="md" width={250} withinPortal={false} trapFocus returnFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<Icon name="columns" size={16} />} className="tool" aria-label={words.display}><span className="tool-word">{words.display}</span></Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={words.display} className="display">
        <Pair label={words.mode} value={prefs.endless ? "endless" : "pages"} data={[["pages", words.pages], ["endless", words.endless]]} onChange={(value) => change({ endless: value === "endless" })} />
        <Pair label={words.density} value={prefs.tight ? "tight" : "roomy"} data={[["roomy", words.roomy], ["tight", words.tight]]} onChange={(value) => change({ tight: value === "tight" })} />
        <Columns resource={resource} prefs={prefs} change={change} />
      </Popover.Dropdown>
    </Popover>
  );
}

function Pair({ label, value, data, onChange }: { label: string; value: string; data: [string, string][]; onChange: (value: string) => void }) {
  return (
    <div className="display-pair">
      <span>{label}</span>
      <SegmentedControl size="xs" aria-label={label} value={value} onChange={onChange} data={data.map(([name, word]) => ({ value: name, label: word }))} />
    </div>
  );
}

function Columns({ resource, prefs, change }: Props) {
  const shown = chosen(resource, prefs.columns).map(({ field }) => field);
  const all = columnsOf(resource);
  const toggle = (name: string) => change({ columns: shown.includes(name) ? shown.filter((each) => each !== name) : [...shown, name] });
  return (
    <fieldset className="display-columns">
      <legend>{words.columns}</legend>
      <div className="display-list">
        {all.map((column, place) => (
          <Checkbox key={column.field} size="xs" label={columnLabel(column)} checked={shown.includes(column.field)} disabled={place === 0} onChange={() => toggle(column.field)} />
        ))}
      </div>
      {prefs.columns && <button type="button" className="link" onClick={() => change({ columns: undefined })}>{words.resetColumns}</button>}
    </fieldset>
  );
}
