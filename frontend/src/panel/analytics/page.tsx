/** How the directory went, by the hour and by the day: charts of true figures, each with its table. */
import { SegmentedControl, TextInput } from "@mantine/core";
import { useMemo } from "react";
import type { Analytics, AnalyticsSeries } from "../generated/wire";
import { wordsOf } from "../messages";
import { useFollowed } from "../parts/follow";
import { address, useAddress } from "../parts/params";
import "../parts/parts.css";
import { ChoiceRow } from "../ui/choices";
import { Time } from "../ui/time";
import "./analytics.css";
import { ChartCard } from "./card";
import { spanOf, tooLong, type Naming, type Span } from "./lines";
import { words } from "./words";

const byLabel: Naming = ({ label }) => words.labels[label] ?? wordsOf(label).title;
const byMetric: Naming = ({ metric }) => words.metrics[metric] ?? metric;
const byBoth = (series: AnalyticsSeries) => `${byLabel(series)}, ${byMetric(series)}`;

/** What each chart asks for, and what its lines are called; lines of one name are added up. */
const CHARTS: { name: string; metrics: string[]; naming: Naming }[] = [
  { name: "records", metrics: ["records"], naming: byLabel },
  { name: "created", metrics: ["created"], naming: byLabel },
  { name: "gone", metrics: ["deleted", "quarantined", "restored", "purged"], naming: byMetric },
  { name: "active", metrics: ["active", "inactive"], naming: byBoth },
  { name: "waiting", metrics: ["waiting"], naming: byLabel },
  { name: "response", metrics: ["response-p50", "response-p90"], naming: byBoth },
  { name: "open", metrics: ["findings-open"], naming: ({ label }) => label },
  { name: "found", metrics: ["findings-found", "findings-ended", "clean-ups"], naming: byMetric },
  { name: "signIns", metrics: ["sign-ins"], naming: byLabel },
  { name: "mails", metrics: ["mails"], naming: byLabel },
  { name: "freshness", metrics: ["freshness-p50", "freshness-p95", "freshness-max"], naming: byMetric },
];

export default function AnalyticsPage() {
  const [params, change] = useAddress(["range", "step", "from", "to"]);
  const range = params["range"] || "30d";
  const step = params["step"] || (range === "1d" ? "hour" : "day");
  const span = useMemo(() => spanOf(range, step, { from: params["from"] ?? "", to: params["to"] ?? "" }, Date.now()), [range, step, params["from"], params["to"]]);
  return (
    <div className="page">
      <div className="toolbar analytics-bar">
        <ChoiceRow chosen={range}><SegmentedControl size="xs" value={range} onChange={(value) => change({ range: value === "30d" ? "" : value, step: "" })} aria-label={words.range} data={Object.entries(words.ranges).map(([value, label]) => ({ value, label }))} /></ChoiceRow>
        {range === "own" && <TextInput size="xs" type="date" aria-label={words.from} value={params["from"] ?? ""} onChange={(event) => change({ from: event.currentTarget.value }, true)} />}
        {range === "own" && <TextInput size="xs" type="date" aria-label={words.to} value={params["to"] ?? ""} onChange={(event) => change({ to: event.currentTarget.value }, true)} />}
        <SegmentedControl size="xs" value={step} onChange={(value) => change({ step: value })} aria-label={words.step} data={Object.entries(words.steps).map(([value, label]) => ({ value, label }))} />
        <span className="grow" />
        <Measured span={span} />
      </div>
      {tooLong(span, Date.now()) ? <p className="bad" role="alert">{words.tooLong}</p> : (
        <div className="charts">{CHARTS.map(({ name, ...chart }) => <ChartCard key={name} name={name} span={span} {...chart} />)}</div>
      )}
    </div>
  );
}

function Measured({ span }: { span: Span }) {
  const { data } = useFollowed<Analytics>(address("/api/admin/analytics", { metric: "records", from: span.from, to: span.to, step: span.step }), { every: 60_000, enabled: !tooLong(span, Date.now()) });
  if (!data) return null;
  return <span className="quiet">{data.measuredAt ? <>{words.measured} <Time value={data.measuredAt} /></> : words.notYet}</span>;
}
