/** The score as a line over time, and the lowest of a step where that was lower. */
import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { messages } from "../messages";
import type { HealthPoint } from "../types";
import { exactly } from "../ui/time";

const HEIGHT = 172;
const DAY = 86_400;

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** From a little below the lowest to a little above 100, so that a flat line at 100 is seen as one. */
function reach(points: HealthPoint[]): [number, number] {
  const lowest = Math.min(...points.map(({ lowest }) => lowest));
  const room = Math.max(0.4, (100 - lowest) * 1.15);
  return [Math.max(0, 100 - room), 100 + room * 0.06];
}

function columns(points: HealthPoint[]): uPlot.AlignedData {
  return [points.map(({ at }) => Date.parse(at) / 1000), points.map(({ score }) => score), points.map(({ lowest, score }) => (lowest < score ? lowest : null))];
}

function options(points: HealthPoint[], width: number, from: number, to: number, hover: (index: number | null) => void): uPlot.Options {
  const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "11px ui-sans-serif, system-ui, sans-serif" };
  const dots = points.length < 40;
  const clock = (time: number) => new Date(time * 1000).toLocaleString("en", to - from <= 2 * DAY ? { hour: "2-digit", minute: "2-digit", hour12: false } : { month: "short", day: "numeric" });
  return {
    width,
    height: HEIGHT,
    padding: [8, 10, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 8 } },
    scales: { x: { time: true, range: [from, to] }, y: { range: reach(points) } },
    axes: [
      { ...axis, space: 70, size: 26, values: (_plot, splits) => splits.map(clock) },
      { ...axis, space: 30, size: 44, values: (_plot, splits) => splits.map((value) => (value > 100 ? "" : String(Math.round(value * 100) / 100))) },
    ],
    series: [
      {},
      { stroke: colour("--accent"), width: 2, fill: colour("--accent-soft"), points: { show: dots, size: 5, fill: colour("--accent") } },
      { stroke: colour("--warn-dot"), width: 0, points: { show: true, size: 4, fill: colour("--warn-dot") } },
    ],
    hooks: { setCursor: [(plot) => hover(plot.cursor.idx ?? null)] },
  };
}

export function ScoreChart({ points, label, from, to }: { points: HealthPoint[]; label: string; from: string; to: string }) {
  const place = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<number | null>(null);
  const scheme = useComputedColorScheme();
  useEffect(() => {
    const element = place.current;
    if (!element || points.length === 0) return;
    const plot = new uPlot(options(points, element.clientWidth, Date.parse(from) / 1000, Date.parse(to) / 1000, setAt), columns(points), element);
    const watcher = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      plot.destroy();
    };
  }, [points, from, to, scheme]);
  const point = at === null ? undefined : points[at];
  return (
    <div className="chart">
      <p className="chart-told" aria-hidden="true">
        {point ? <>{exactly(point.at)} <strong>{point.score}</strong> {point.lowest < point.score && messages.health.lowest(String(point.lowest))}</> : label}
      </p>
      <div ref={place} role="img" aria-label={label} />
    </div>
  );
}
