/** What a change changed, field by field: before struck out, after beside it. */
import { labelOf, messages } from "../messages";
import type { FieldChange } from "../generated/wire";
import { words } from "./words";

export function shown(value: unknown): string {
  if (value === null || value === undefined || value === "") return words.history.empty;
  if (typeof value === "boolean") return value ? messages.app.yes : messages.app.no;
  if (typeof value === "string") return messages.values[value] ?? value;
  return JSON.stringify(value, null, 1);
}

export function Diff({ changes }: { changes: readonly FieldChange[] }) {
  return (
    <dl className="diff">
      {changes.map(({ field, before, after }) => (
        <div key={field}>
          <dt>{labelOf(field)}</dt>
          <dd>
            <del className={isNothing(before) ? "quiet" : undefined}>{shown(before)}</del>
            <span aria-hidden="true" className="quiet"> → </span>
            <ins className={isNothing(after) ? "quiet" : undefined}>{shown(after)}</ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || value === "";
}
