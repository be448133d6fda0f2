/** One chart with its title and its table: the same figures, to be read one by one. */
import { Button } from "@mantine/core";
import { useMemo, useState } from "react";
import type { Analytics } from "../generated/wire";
import { messages } from "../messages";
import { useFollowed } from "../parts/follow";
import { address } from "../parts/params";
import { drawn, linesOf, timesOf, type Line, type Naming, type Span } from "./lines";
import { Plot, when } from "./plot";
import { figure, words } from "./words";

interface Props {
  name: string;
  metrics: string[];
  naming: Naming;
  span: Span;
}

export function ChartCard({ name, metrics, naming, span }: Props) {
  const [table, setTable] = useState(false);
  const { data, error } = useFollowed<Analytics>(address("/api/admin/analytics", { metric: metrics.join(","), from: span.from, to: span.to, step: span.step }), { every: 60_000 });
  const lines = useMemo(() => linesOf(data?.series ?? [], naming), [data, naming]);
  const shown = useMemo(() => drawn(lines), [lines]);
  const title = words.charts[name] ?? name;
  return (
    <section className="card chart-card" aria-label={title}>
      <div className="card-head">
        <h2>{title}</h2>
        <span className="grow" />
        <Button size="compact-xs" variant="subtle" aria-pressed={table} aria-label={words.tableOf(title)} onClick={() => setTable(!table)}>{table ? words.chart : words.table}</Button>
      </div>
      <p className="quiet chart-about">{words.about[name]}</p>
      {error !== null && <p className="bad" role="alert">{error}</p>}
      {!data && error === null && <p className="chart-none quiet">{messages.app.loading}</p>}
      {data && shown.length === 0 && <p className="chart-none quiet">{words.none}</p>}
      {shown.length > 0 && (table ? <Table title={title} lines={lines} step={span.step} /> : <Plot lines={shown} label={words.describe(title, timesOf(shown).length, lastOf(shown))} span={span} />)}
      {!table && shown.length > 0 && shown.length < lines.length && <p className="quiet chart-about">{words.left(lines.length - shown.length)}</p>}
    </section>
  );
}

function lastOf(lines: Line[]): string {
  const time = timesOf(lines).at(-1) ?? 0;
  return lines.map(({ name, unit, points }) => `${name} ${points.has(time) ? figure(points.get(time) ?? 0, unit) : messages.app.none}`).join(", ");
}

function Table({ title, lines, step }: { title: string; lines: Line[]; step: string }) {
  const times = timesOf(lines).reverse();
  return (
    <div className="chart-table" tabIndex={0} role="region" aria-label={words.tableOf(title)}>
      <table className="table table-plain">
        <caption className="hidden">{title}</caption>
        <thead><tr><th scope="col">{words.when}</th>{lines.map(({ name }) => <th key={name} scope="col">{name}</th>)}</tr></thead>
        <tbody>
          {times.map((time) => (
            <tr key={time}>
              <th scope="row">{when(time, step)}</th>
              {lines.map(({ name, unit, points }) => <td key={name}>{points.has(time) ? figure(points.get(time) ?? 0, unit) : <span className="quiet">{messages.app.none}</span>}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
