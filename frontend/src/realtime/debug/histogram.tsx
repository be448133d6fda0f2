/** How latencies are spread: a bar for each range, each about twice as wide as the one before. */
import { lasting, number, words } from "./words";

/** Upper ends of the ranges, milliseconds; the last one has none. */
const ENDS = [5, 10, 20, 50, 100, 200, 500, 1_000, Infinity];
const WIDTH = 46;
const HEIGHT = 84;
const FOOT = 18;

export interface Bar {
  range: string;
  count: number;
}

export function spread(values: readonly number[]): Bar[] {
  return ENDS.map((end, index) => {
    const start = index === 0 ? -Infinity : ENDS[index - 1]!;
    const range = end === Infinity ? `> ${lasting(start)}` : `≤ ${lasting(end)}`;
    return { range, count: values.filter((value) => value > start && value <= end).length };
  });
}

export function Histogram({ stage, values }: { stage: string; values: readonly number[] }) {
  const bars = spread(values);
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const told = bars.filter(({ count }) => count > 0).map(({ count, range }) => words.latency.bar(count, range));
  const total = HEIGHT + FOOT + 14;
  return (
    <svg className="dgs-bars" role="img" aria-label={words.latency.histogram(stage, told.join(", "))} viewBox={`0 0 ${WIDTH * bars.length} ${total}`}>
      {bars.map(({ range, count }, index) => {
        const height = (count / most) * HEIGHT;
        const middle = index * WIDTH + WIDTH / 2;
        return (
          <g key={range}>
            <rect x={index * WIDTH + 4} y={14 + HEIGHT - height} width={WIDTH - 8} height={height} rx={2} />
            {count > 0 && <text x={middle} y={10 + HEIGHT - height}>{number(count)}</text>}
            <text x={middle} y={total - 4}>{range.replace("≤ ", "")}</text>
          </g>
        );
      })}
      <line x1={0} x2={WIDTH * bars.length} y1={14 + HEIGHT} y2={14 + HEIGHT} />
    </svg>
  );
}
