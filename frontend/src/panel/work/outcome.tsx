/** The user and the profile that approving would make, as the server says; each value may be changed before. */
import { Alert, Button, NativeSelect, Switch, Textarea, TextInput } from "@mantine/core";
import "@mantine/core/styles/Switch.css";
import { useEffect, useState } from "react";
import { useRealtimeData, type Rec } from "../../realtime";
import type { ApprovalPreview } from "../generated/wire";
import { labelOf, messages } from "../messages";
import { shown } from "../parts/diff";
import { appliedFor, partsOf, type Overrides, type Part } from "./fields";
import { words } from "./words";

interface Props {
  application: Rec;
  open: boolean;
  overrides: Overrides;
  wrong: Record<string, string>;
  onChange: (overrides: Overrides) => void;
}

export function Outcome({ application, open, overrides, wrong, onChange }: Props) {
  const preview = usePreview(application, open);
  const [editing, setEditing] = useState(false);
  const faults = { ...Object.fromEntries((preview?.errors ?? []).map(({ field, message }) => [field, message])), ...wrong };
  const forced = Object.keys(faults).length > 0;
  if (!open) return null;
  const touched = Object.keys(overrides).length > 0;
  return (
    <section aria-label={words.outcome}>
      <h3>{words.outcome}</h3>
      {preview && preview.errors.length > 0 && <Alert color="yellow" role="alert" title={words.cannot}><ul className="notes">{preview.errors.map(({ field, message }) => <li key={field}>{labelOf(field)}: {message}</li>)}</ul></Alert>}
      {preview?.conflict && <Alert color="yellow" role="alert" title={words.inTheWay}>{preview.conflict.detail}</Alert>}
      {editing || touched || forced ? (
        <Edited application={application} preview={preview} overrides={overrides} faults={faults} onChange={onChange} />
      ) : (
        <Plain preview={preview} />
      )}
      {!editing && !touched && !forced && <Button mt="sm" size="xs" variant="default" onClick={() => setEditing(true)}>{words.change}</Button>}
      {(editing || touched) && <Button mt="sm" size="xs" variant="subtle" onClick={() => (onChange({}), setEditing(false))}>{words.unchange}</Button>}
    </section>
  );
}

/** Fetched anew whenever the application changes. */
function usePreview(application: Rec, open: boolean): ApprovalPreview | undefined {
  const { data, refresh } = useRealtimeData<ApprovalPreview>(`/api/admin/registration-inquiries/${encodeURIComponent(application.id)}/preview`, { enabled: open });
  const [seen, setSeen] = useState(application.version);
  useEffect(() => {
    if (seen === application.version || !open) return;
    setSeen(application.version);
    void refresh();
  }, [seen, application.version, open, refresh]);
  return data;
}

function Plain({ preview }: { preview: ApprovalPreview | undefined }) {
  if (!preview?.user || !preview.profile) return null;
  return (
    <>
      <Made title={words.user} values={preview.user} />
      <Made title={words.profile[preview.resource ?? ""] ?? ""} values={preview.profile} />
    </>
  );
}

function Made({ title, values }: { title: string; values: Record<string, unknown> }) {
  return (
    <div className="made">
      <h4>{title}</h4>
      <dl className="pairs">
        {Object.entries(values).filter(([name]) => name !== "id").map(([name, value]) => [<dt key={`${name}-label`}>{labelOf(name)}</dt>, <dd key={name}>{name === "categoryId" ? <Category id={String(value)} /> : shown(value)}</dd>])}
      </dl>
    </div>
  );
}

function Category({ id }: { id: string }) {
  return <>{String(useRealtimeData<Rec>(`/api/admin/categories/${encodeURIComponent(id)}`).data?.["name"] ?? id)}</>;
}

/** What a slug is made from: with one of these changed, it will be another than the preview says. */
const NAMING = ["businessName", "firstName", "lastName", "name"];

interface EditedProps {
  application: Rec;
  preview: ApprovalPreview | undefined;
  overrides: Overrides;
  faults: Record<string, string>;
  onChange: (overrides: Overrides) => void;
}

function Edited({ application, preview, overrides, faults, onChange }: EditedProps) {
  const set = (part: Part, value: string | boolean) => {
    const { [part.name]: _before, ...rest } = overrides;
    onChange(value === appliedFor(part, application) ? rest : { ...rest, [part.name]: value });
  };
  return (
    <div className="made-form">
      {partsOf(application).map((part) => {
        const made = part.name === "slug" && !NAMING.some((name) => name in overrides) ? String(preview?.profile?.["slug"] ?? "") : undefined;
        return <Input key={part.name} part={part} applied={appliedFor(part, application)} value={overrides[part.name] ?? appliedFor(part, application)} made={made} error={faults[part.name]} onChange={(value) => set(part, value)} />;
      })}
    </div>
  );
}

interface InputProps {
  part: Part;
  applied: string | boolean;
  value: string | boolean;
  made: string | undefined;
  error: string | undefined;
  onChange: (value: string | boolean) => void;
}

function Input({ part, applied, value, made, error, onChange }: InputProps) {
  const label = part.of === "user" && part.name === "name" ? words.labels["userName"]! : (words.labels[part.name] ?? labelOf(part.name));
  if (part.kind === "flag") return <Switch label={label} checked={value === true} error={error} onChange={(event) => onChange(event.currentTarget.checked)} />;
  const description = value === applied ? undefined : words.changed(String(applied) || words.empties);
  const common = { size: "xs", label, error, description, value: String(value), onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value) };
  if (part.kind === "category") return <CategorySelect {...common} />;
  if (part.kind === "long") return <Textarea {...common} autosize minRows={2} maxRows={6} />;
  return <TextInput {...common} type={part.kind === "email" ? "email" : "text"} {...(part.name === "slug" ? { placeholder: made ?? "", description: description ?? words.slugHint } : {})} />;
}

function CategorySelect(props: { label: string; value: string; error: string | undefined; description: string | undefined; onChange: (event: { currentTarget: { value: string } }) => void }) {
  const { data } = useRealtimeData<Rec[]>("/api/admin/categories?type=BUSINESS&sort=name&page=1&limit=500");
  const options = (data ?? []).map((category) => ({ value: category.id, label: String(category["name"]) }));
  const unlisted = props.value && data && !options.some(({ value }) => value === props.value) ? [{ value: props.value, label: messages.app.none }] : [];
  return <NativeSelect size="xs" {...props} data={[{ value: "", label: words.noCategory }, ...unlisted, ...options]} />;
}
