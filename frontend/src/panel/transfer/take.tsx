/** Taking records out as a file: which, filtered how, in which form; with how many that are. */
import { Alert, Button, NativeSelect, SegmentedControl, TextInput } from "@mantine/core";
import { useState } from "react";
import { useRealtimeData, type Rec } from "../../realtime";
import { messages, wordsOf } from "../messages";
import { useDownload } from "../parts/download";
import { address } from "../parts/params";
import { RESOURCES, type Resource } from "../resources";
import { Icon } from "../ui/icons";
import { words } from "./words";

type Filters = Record<string, string>;

/** The filters a resource has, by the kinds of its columns. */
function choicesOf(resource: Resource): { name: string; choices: readonly string[] }[] {
  const fields = resource.sections.flatMap((section) => section.fields);
  return fields.filter(({ kind }) => kind === "choice").map(({ name, choices }) => ({ name, choices: choices ?? [] }));
}

export function Take() {
  const [name, setName] = useState(RESOURCES[0]!.name);
  const [format, setFormat] = useState("csv");
  const [filters, setFilters] = useState<Filters>({});
  const resource = RESOURCES.find((each) => each.name === name)!;
  const set = (field: string, value: string) => setFilters((before) => ({ ...before, [field]: value }));
  const chosen = asked(filters);
  const found = useRealtimeData<Rec[]>(address(`/api/admin/${name}`, { ...chosen, page: 1, limit: 1 }));
  const download = useDownload();
  const flag = resource.sections.some(({ fields }) => fields.some((field) => field.name === "isActive"));
  return (
    <section className="card stack" aria-labelledby="take">
      <h2 id="take">{words.exportTitle}</h2>
      <NativeSelect label={words.resource} value={name} onChange={(event) => (setName(event.currentTarget.value), setFilters({}))} data={RESOURCES.map((each) => ({ value: each.name, label: wordsOf(each.name).title }))} />
      <div className="filters">
        <TextInput label={words.search} type="search" value={filters["search"] ?? ""} onChange={(event) => set("search", event.currentTarget.value)} />
        {choicesOf(resource).map(({ name: field, choices }) => (
          <NativeSelect key={field} label={messages.fields[field] ?? field} value={filters[field] ?? ""} onChange={(event) => set(field, event.currentTarget.value)} data={[{ value: "", label: words.any }, ...choices.map((choice) => ({ value: choice, label: messages.values[choice] ?? choice }))]} />
        ))}
        {flag && <NativeSelect label={words.active} value={filters["isActive"] ?? ""} onChange={(event) => set("isActive", event.currentTarget.value)} data={[{ value: "", label: words.any }, { value: "true", label: words.yes }, { value: "false", label: words.no }]} />}
        <TextInput label={words.from} type="date" value={filters["createdAt[gte]"] ?? ""} onChange={(event) => set("createdAt[gte]", event.currentTarget.value)} />
        <TextInput label={words.to} type="date" value={filters["createdAt[lt]"] ?? ""} onChange={(event) => set("createdAt[lt]", event.currentTarget.value)} />
      </div>
      <SegmentedControl size="xs" className="fit" value={format} onChange={setFormat} aria-label={words.format} data={["csv", "json", "ndjson"].map((value) => ({ value, label: value.toUpperCase() }))} />
      {found.error !== null && <Alert color="red" role="alert">{found.error}</Alert>}
      <div className="card-head">
        <Button leftSection={<Icon name="download" size={16} />} loading={download.busy} disabled={found.error !== null} onClick={() => void download.take(address(`/api/admin/${name}/export`, { ...chosen, format }))}>{words.download}</Button>
        <span className="total" aria-live="polite">{found.meta.total !== undefined && words.matching(found.meta.total, wordsOf(name)[found.meta.total === 1 ? "one" : "many"])}</span>
      </div>
      <p className="quiet">{words.formats[format]}. {words.never}</p>
    </section>
  );
}

/** Days as the moments at which they begin here. */
function asked(filters: Filters): Filters {
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value.trim() !== "").map(([field, value]) => [field, field.startsWith("createdAt") ? new Date(`${value}T00:00`).toISOString() : value.trim()]));
}
