/** Commit, received, painted: how fresh this screen is, in figures. */
import type { Clock } from "./clock";
import { Histogram } from "./histogram";
import { figures, type Sample } from "./meter";
import { Part, Table } from "./part";
import { useRecorder } from "./use-recorder";
import { lasting, number, words } from "./words";

const { columns, stages, clocks } = words.latency;
const HEADS = [columns.stage, columns.count, columns.p50, columns.p95, columns.most];

export type Stage = "receive" | "paint" | "draw";

const STAGES: [Stage, (sample: Sample) => number | undefined][] = [
  ["paint", ({ committedAt, paintedAt }) => paintedAt && paintedAt - committedAt],
  ["receive", ({ committedAt, receivedAt }) => receivedAt - committedAt],
  ["draw", ({ receivedAt, paintedAt }) => paintedAt && paintedAt - receivedAt],
];

/** The latencies of one stage; clocks read in whole milliseconds may put an effect before its cause, which is told as 0. */
export function valuesOf(stage: Stage, samples: readonly Sample[]): number[] {
  const [, measure] = STAGES.find(([name]) => name === stage)!;
  return samples.flatMap((sample) => {
    const value = measure(sample);
    return value === undefined ? [] : [Math.max(0, value)];
  });
}

export function aboutClocks({ offset, uncertainty }: Clock): string {
  if (uncertainty === undefined) return clocks.unknown;
  if (offset === 0) return clocks.agree(lasting(uncertainty));
  return (offset > 0 ? clocks.ahead : clocks.behind)(lasting(Math.abs(offset)), lasting(uncertainty));
}

export function Latency() {
  const recorder = useRecorder();
  const samples = recorder.meter.samples();
  const painted = valuesOf("paint", samples);
  const drawn: Stage = painted.length > 0 ? "paint" : "receive";
  const actions = (
    <>
      <button type="button" onClick={() => void recorder.compareClocks()}>{words.latency.compare}</button>
      <button type="button" onClick={() => recorder.meter.clear()}>{words.clear}</button>
    </>
  );
  return (
    <Part title={words.latency.title} actions={actions}>
      <Table caption={words.latency.title} columns={HEADS} numbers={HEADS.slice(1)}>
        {STAGES.map(([stage]) => <Line key={stage} stage={stage} values={valuesOf(stage, samples)} />)}
      </Table>
      {samples.length > 0 && <Histogram stage={stages[drawn] ?? drawn} values={valuesOf(drawn, samples)} />}
      {samples.length === 0 && <p className="dgs-quiet dgs-note">{words.latency.empty}</p>}
      <p className="dgs-quiet dgs-note">{words.latency.how}</p>
      <p className="dgs-quiet dgs-note">{aboutClocks(recorder.clock)}</p>
      {recorder.meter.caughtUp > 0 && <p className="dgs-quiet dgs-note">{words.latency.caughtUp(recorder.meter.caughtUp)}</p>}
    </Part>
  );
}

function Line({ stage, values }: { stage: Stage; values: number[] }) {
  const told = figures(values);
  const show = (value: number | undefined) => (value === undefined ? words.none : lasting(value));
  return (
    <tr data-stage={stage}>
      <th scope="row">{stages[stage]}</th>
      <td className="dgs-number">{number(values.length)}</td>
      <td className="dgs-number" data-figure="p50">{show(told?.p50)}</td>
      <td className="dgs-number" data-figure="p95">{show(told?.p95)}</td>
      <td className="dgs-number" data-figure="most">{show(told?.most)}</td>
    </tr>
  );
}
