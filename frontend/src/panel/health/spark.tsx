/** A check's open findings over time, small enough for a table; broken runs stand out in red. */
import { messages } from "../messages";
import type { CheckPoint } from "../types";

const WIDTH = 104;
const HEIGHT = 24;
const EDGE = 3;

export function Spark({ points, title }: { points: CheckPoint[]; title: string }) {
  const first = points[0];
  const last = points[points.length - 1];
  if (!first || !last) return <span className="quiet">{messages.app.none}</span>;
  const most = Math.max(...points.map(({ peak }) => peak));
  const start = Date.parse(first.at);
  const length = Date.parse(last.at) - start;
  const x = (at: string) => (length === 0 ? WIDTH - EDGE : EDGE + ((Date.parse(at) - start) / length) * (WIDTH - 2 * EDGE));
  const y = (open: number) => HEIGHT - EDGE - (most === 0 ? 0 : (open / most) * (HEIGHT - 2 * EDGE));
  const line = points.map(({ at, peak }) => `${x(at).toFixed(1)},${y(peak).toFixed(1)}`).join(" ");
  return (
    <svg className="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} role="img" aria-label={messages.health.sparkline(title, first.open, last.open, most)}>
      <polyline points={line} className="spark-line" />
      {points.filter(({ broken }) => broken > 0).map(({ at, peak }) => <circle key={at} cx={x(at)} cy={y(peak)} r={2.5} className="spark-broken" />)}
      <circle cx={x(last.at)} cy={y(last.peak)} r={2.5} className="spark-end" data-alarm={last.open > 0} />
    </svg>
  );
}
