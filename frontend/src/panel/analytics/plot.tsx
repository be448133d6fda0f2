/** Lines over time, drawn in the panel's colours; what is under the pointer is told below. */
import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { columnsOf, timesOf, type Line, type Span } from "./lines";
import { figure } from "./words";

const HEIGHT = 190;
export const COLOURS = 8;

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function when(time: number, step: string): string {
  return new Date(time).toLocaleString("en", step === "hour" ? { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "UTC" } : { year: "numeric", month: "short", day: "numeric", timeZone: "UTC" });
}

const HOUR = 3_600;
const DAY = 86_400;
const TICKS: Record<string, number[]> = { hour: [HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY], day: [DAY, 2 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 91 * DAY] };

function tick(seconds: number, step: string): string {
  const date = new Date(seconds * 1000);
  if (step === "hour" && date.getUTCHours() > 0) return date.toLocaleString("en", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "UTC" });
  return date.toLocaleString("en", { month: "short", day: "numeric", timeZone: "UTC" });
}

function options(lines: Line[], width: number, { from, to, step }: Span, hover: (index: number | null) => void): uPlot.Options {
  const unit = lines[0]?.unit ?? "";
  const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "11px ui-sans-serif, system-ui, sans-serif" };
  const sparse = timesOf(lines).length < 50;
  return {
    width, height: HEIGHT, padding: [8, 10, 0, 0], legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    scales: { x: { time: true, range: [Date.parse(from) / 1000, (to ? Date.parse(to) : Date.now()) / 1000] }, y: { range: (_plot, low, high) => [Math.min(0, low ?? 0), (high ?? 0) > 0 ? (high ?? 1) * 1.08 : 1] } },
    axes: [
      { ...axis, size: 26, space: 60, incrs: TICKS[step] ?? [], grid: { show: false }, values: (_plot, times) => times.map((time) => tick(time, step)) },
      { ...axis, size: 58, values: (_plot, values) => values.map((value) => figure(value, unit)), ...(unit === "seconds" ? {} : { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000, 100_000, 1_000_000] }) },
    ],
    series: [{}, ...lines.map((line, index) => ({ label: line.name, stroke: colour(`--c${index % COLOURS}`), width: 1.75, points: { show: sparse, size: 5 }, ...(index >= COLOURS ? { dash: [5, 4] } : {}) }))],
    hooks: { setCursor: [({ cursor: { idx } }) => hover(idx ?? null)] },
  };
}

export function Plot({ lines, label, span }: { lines: Line[]; label: string; span: Span }) {
  const box = useRef<HTMLDivElement>(null);
  const [under, setUnder] = useState<number | null>(null);
  const scheme = useComputedColorScheme("light");
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const plot = new uPlot(options(lines, element.clientWidth, span, setUnder), columnsOf(lines), element);
    const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    return () => (resized.disconnect(), plot.destroy());
  }, [lines, span, scheme]);
  const times = timesOf(lines);
  const at = under === null ? undefined : times[under];
  return (
    <>
      <div ref={box} className="chart" role="img" aria-label={label} />
      <ul className="legend">
        {lines.map((line, index) => {
          const value = at === undefined ? undefined : line.points.get(at);
          return <li key={line.name}><span className={`swatch swatch-${index % COLOURS}`} />{line.name}{at !== undefined && <strong>{value === undefined ? "—" : figure(value, line.unit)}</strong>}</li>;
        })}
        <li className="legend-at">{at === undefined ? " " : when(at, span.step)}</li>
      </ul>
    </>
  );
}
