/** One value in a table, by the kind its column declares. */
import type { Rec } from "../../realtime";
import { messages } from "../messages";
import type { Column } from "../resources";
import { Badge, Value } from "../ui/badge";
import { Time } from "../ui/time";
import { useName } from "./names";

const nothing = <span className="quiet">{messages.app.none}</span>;

export function Cell({ column, record, target }: { column: Column; record: Rec; target: string | undefined }) {
  const value = record[column.field];
  switch (column.kind) {
    case "time":
      return <Time value={value as string | null} />;
    case "flag":
      if (column.field === "isActive") return <Value value={value ? "active" : "inactive"} />;
      return <span className={value ? undefined : "quiet"}>{value ? messages.app.yes : messages.app.no}</span>;
    case "choice":
      return typeof value === "string" ? <Value value={value} /> : nothing;
    case "admin":
      return value ? <Named target="users" id={value} /> : <Badge tone="bad">{messages.table.noAdmin}</Badge>;
    case "reference":
      return value ? <Named target={target} id={value} /> : nothing;
    case "addressee":
      return <Addressee record={record} />;
    default:
      return value === null || value === undefined || value === "" ? nothing : <span className="clip">{String(value)}</span>;
  }
}

function Named({ target, id }: { target: string | undefined; id: unknown }) {
  const name = useName(target, id);
  return <span className="clip">{name ?? <span className="quiet mono">{String(id)}</span>}</span>;
}

function Addressee({ record }: { record: Rec }) {
  const professional = record["professionalId"] ?? record["professionalRef"];
  const id = record["professionalId"] ?? record["businessId"];
  if (id) return <Named target={professional ? "professionals" : "businesses"} id={id} />;
  return <Value value={professional ? "PROFESSIONAL" : "BUSINESS"} />;
}
