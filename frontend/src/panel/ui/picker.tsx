/** Choosing one record of a resource by typing a part of it: a field with a list below. */
import { useDebouncedValue } from "@mantine/hooks";
import { useId, useRef, useState, type KeyboardEvent } from "react";
import { useRealtimeData, type Rec } from "../../realtime";
import { wordsOf } from "../messages";
import { resourceNamed } from "../resources";
import { words } from "../table/words";
import "./picker.css";

interface Props {
  /** Whose records are offered. */
  target: string;
  label: string;
  /** The id chosen; '' for none. */
  value: string;
  onChange: (id: string) => void;
  error?: string | undefined;
  hideLabel?: boolean;
  required?: boolean;
}

const OFFERED = 8;

export function RecordPicker({ target, label, value, onChange, error, hideLabel = false, required = false }: Props) {
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const [settled] = useDebouncedValue(text.trim(), 180);
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const shown = useTitle(target, value);
  const params = new URLSearchParams({ page: "1", limit: String(OFFERED), ...(settled ? { search: settled } : {}) });
  const found = useRealtimeData<Rec[]>(`/api/admin/${target}?${params}`, { enabled: open });
  const offered = open && !found.loading ? (found.data ?? []) : [];
  const choose = (chosen: string) => {
    onChange(chosen);
    setOpen(false);
    setText("");
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === "Escape" && open) {
      event.stopPropagation();
      setOpen(false);
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      setAt((before) => Math.max(0, Math.min(offered.length - 1, before + (event.key === "ArrowDown" ? 1 : -1))));
    }
    const picked = offered[at];
    if (event.key === "Enter" && open) {
      event.preventDefault();
      if (picked) choose(picked.id);
    }
  };
  return (
    <div className="picker" onBlur={(event) => event.currentTarget.contains(event.relatedTarget) || setOpen(false)}>
      <label htmlFor={id} className={hideLabel ? "hidden" : "picker-label"}>{label}{required && <span aria-hidden="true" className="bad"> *</span>}</label>
      <span className="picker-field" data-wrong={error !== undefined || undefined}>
        <input
          ref={input}
          id={id}
          role="combobox"
          aria-expanded={open}
          aria-controls={`${id}-list`}
          aria-activedescendant={open && offered[at] ? `${id}-${at}` : undefined}
          aria-invalid={error !== undefined}
          autoComplete="off"
          placeholder={value ? shown : words.picking.search}
          data-chosen={(value !== "" && !open) || undefined}
          value={open ? text : value ? shown : ""}
          onFocus={() => setAt(0)}
          onClick={() => setOpen(true)}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setOpen(true);
            setAt(0);
          }}
          onKeyDown={key}
        />
        {value && <button type="button" className="picker-clear" aria-label={`${words.picking.clear} ${label}`} onClick={() => choose("")}>×</button>}
      </span>
      {error && <span className="picker-error bad">{error}</span>}
      {open && (
        <ul className="picker-list" role="listbox" id={`${id}-list`} aria-label={wordsOf(target).title}>
          {offered.map((record, place) => (
            <Offer key={record.id} id={`${id}-${place}`} target={target} record={record} here={place === at} chosen={record.id === value} onChoose={choose} />
          ))}
          {!found.loading && offered.length === 0 && <li className="picker-none quiet" role="option" aria-selected="false" aria-disabled="true">{words.picking.nothing}</li>}
        </ul>
      )}
    </div>
  );
}

interface OfferProps {
  id: string;
  target: string;
  record: Rec;
  here: boolean;
  chosen: boolean;
  onChoose: (id: string) => void;
}

function Offer({ id, target, record, here, chosen, onChoose }: OfferProps) {
  const resource = resourceNamed(target);
  const under = resource?.columns[0]?.under;
  const more = under === undefined ? undefined : record[under];
  return (
    <li id={id} role="option" aria-selected={chosen} data-here={here} className="picker-offer" onMouseDown={(event) => event.preventDefault()} onClick={() => onChoose(record.id)}>
      <span>{resource?.title(record) ?? record.id}</span>
      {typeof more === "string" && <span className="quiet">{more}</span>}
    </li>
  );
}

/** What the chosen record is called; its id until that is known. */
export function useTitle(target: string, id: string): string {
  const { data } = useRealtimeData<Rec>(`/api/admin/${target}/${encodeURIComponent(id)}`, { enabled: id !== "" });
  return (data && resourceNamed(target)?.title(data)) ?? id;
}
