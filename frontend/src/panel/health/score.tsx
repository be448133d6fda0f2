/** The score of now, its trend, and what became of findings in the time shown. */
import { SegmentedControl, Tooltip } from "@mantine/core";
import { useState } from "react";
import { formatNumber, messages } from "../messages";
import type { Ended, History, Statistics } from "../types";
import { ScoreChart } from "./chart";
import { lasting, RANGES, useHistory, USUAL, type Range } from "./over-time";

const words = messages.health;

export default function Score({ statistics }: { statistics: Statistics | undefined }) {
  const [range, setRange] = useState<Range>(USUAL);
  const { history, error } = useHistory(range);
  return (
    <div className="score">
      <div className="score-now">
        <Tooltip label={words.scoreHint} multiline w={280} events={{ hover: true, focus: true, touch: true }}>
          <p className="score-label" tabIndex={0}>{words.score}</p>
        </Tooltip>
        <p className="score-number" data-good={statistics?.score === 100}>
          {statistics ? <>{formatNumber(statistics.score)} <span className="quiet">{words.scoreOf}</span></> : messages.app.none}
        </p>
        {history && <Endings ended={history.ended} />}
      </div>
      <div className="score-past">
        <SegmentedControl
          size="xs"
          value={range}
          onChange={(value) => setRange(value as Range)}
          aria-label={words.range}
          data={RANGES.map((value) => ({ value, label: words.ranges[value] ?? value }))}
        />
        {error !== null && <p className="bad" role="alert">{error}</p>}
        {history && <Past history={history} range={range} />}
      </div>
    </div>
  );
}

function Past({ history, range }: { history: History; range: Range }) {
  if (history.health.length === 0) return <p className="score-none quiet">{words.noTrend}</p>;
  const lowest = Math.min(...history.health.map((point) => point.lowest));
  const last = history.health[history.health.length - 1]?.score ?? 100;
  const label = words.scoreChart(words.inRange[range] ?? range, formatNumber(last), formatNumber(lowest));
  return <ScoreChart points={history.health} label={label} from={history.from} to={history.to} />;
}

function Endings({ ended }: { ended: Ended }) {
  if (ended.ended === 0) return <p className="quiet score-ended">{words.ended(0)}</p>;
  return (
    <p className="quiet score-ended">
      <strong>{words.ended(ended.ended)}</strong> {ended.meanSeconds !== null && words.endedMean(lasting(ended.meanSeconds))}
      <br />
      {words.endedHow(ended.healed, ended.repaired, ended.quarantined)}
    </p>
  );
}
