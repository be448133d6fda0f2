/** One value in a table, by the kind its column declares. */
import type { Rec } from "../../realtime";
import { messages } from "../messages";
import type { Column } from "../resources";
import { Badge, Value } from "../ui/badge";
import { Time } from "../ui/time";

const nothing = <span className="quiet">{messages.app.none}</span>;

export function Cell({ column, record }: { column: Column; record: Rec }) {
  const value = record[column.field];
  switch (column.kind) {
    case "time":
      return <Time value={value as string | null} />;
    case "flag":
      return <Value value={value ? "active" : "inactive"} />;
    case "choice":
      return typeof value === "string" ? <Value value={value} /> : nothing;
    case "admin":
      return value ? <span className="quiet">{messages.app.yes}</span> : <Badge tone="bad">{messages.table.noAdmin}</Badge>;
    case "addressee":
      return <Value value={record["professionalId"] ?? record["professionalRef"] ? "PROFESSIONAL" : "BUSINESS"} />;
    default:
      return value === null || value === undefined || value === "" ? nothing : <span className="clip">{String(value)}</span>;
  }
}
