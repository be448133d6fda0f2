/** The feed as the server sees it: what it has delivered, what waits, how each process keeps up. */
import { Alert } from "@mantine/core";
import { Link } from "wouter";
import { useRealtimeData } from "../../realtime";
import { formatNumber, messages } from "../messages";
import type { FeedStatus } from "../types";
import { Failed } from "../ui/states";
import { Time } from "../ui/time";
import { useFresh } from "./fresh";
import { bytes, words } from "./words";

const STATUS = "/api/admin/realtime/status";
const told = words.status;

export function Status() {
  useFresh(STATUS);
  const { data, error, refresh } = useRealtimeData<FeedStatus>(STATUS);
  return (
    <section className="card health" aria-labelledby="feed-title">
      <div className="card-head">
        <h2 id="feed-title">{told.title}</h2>
        <span className="grow" />
        <Link href="/connections">{told.all}</Link>
      </div>
      {error !== null && <Failed message={error} retry={() => void refresh()} />}
      {data && <Alarms status={data} />}
      {data && <Numbers status={data} />}
      {data && <Processes status={data} />}
    </section>
  );
}

function Alarms({ status: { publisherAway, relayAlive } }: { status: FeedStatus }) {
  if (publisherAway) return <Alert color="red" role="alert">{told.publisherAway}</Alert>;
  return relayAlive === false ? <Alert color="red" role="alert">{told.relayDead}</Alert> : null;
}

function Numbers({ status }: { status: FeedStatus }) {
  const { outbox, refused } = status;
  const waited = outbox.ageSeconds === null ? undefined : told.oldest(`${formatNumber(Math.round(outbox.ageSeconds))} s`);
  return (
    <>
      <dl className="numbers feed">
        <Figure label={told.figures.streams} value={formatNumber(status.streams)} />
        <Figure label={told.figures.deliveries} value={formatNumber(status.deliveries)} />
        <Figure label={told.figures.bytesSent} value={bytes(status.bytesSent)} />
        <Figure label={told.figures.waiting} value={formatNumber(outbox.size)} hint={waited} />
        <Figure label={told.figures.lost} value={formatNumber(status.lost)} />
        <Figure label={told.figures.dropped} value={formatNumber(status.dropped)} />
        <Figure label={told.figures.refused} value={formatNumber(refused.user + refused.address + refused.all)} />
        <Figure label={told.figures.messages} value={status.messages === null ? messages.app.none : formatNumber(status.messages)} />
      </dl>
      <dl className="service">
        <div><dt>{told.relay}</dt><dd className={status.relayAlive ? "alive" : "dead"}>{status.relayAlive === null ? told.unknown : status.relayAlive ? told.alive : told.dead}</dd></div>
        <div><dt>{told.position}</dt><dd className="mono">{status.position ?? messages.app.none}</dd></div>
        <div><dt>{told.kept}</dt><dd className="mono">{status.oldest ?? messages.app.none}</dd></div>
      </dl>
    </>
  );
}

function Figure({ label, value, hint }: { label: string; value: string; hint?: string | undefined }) {
  return (
    <div className="figure">
      <dt>{label}</dt>
      <dd title={hint}>{value}</dd>
    </div>
  );
}

function Processes({ status: { processes } }: { status: FeedStatus }) {
  const { columns } = told;
  return (
    <div className="scroll" role="group" aria-label={told.processes} tabIndex={0}>
      <table className="table table-plain">
        <caption className="hidden">{told.processes}</caption>
        <thead>
          <tr>{Object.values(columns).map((label) => <th key={label} scope="col">{label}</th>)}</tr>
        </thead>
        <tbody>
          {processes.map(({ id, host, pid, seenAt, streams, lagMs, ring, deliveries, bytesSent }) => (
            <tr key={id}>
              <td className="mono">{host} · {pid}</td>
              <td><Time value={seenAt} /></td>
              <td>{formatNumber(streams)}</td>
              <td>{lagMs === null ? messages.app.none : told.lag(lagMs)}</td>
              <td>{told.ring(ring.messages, bytes(ring.bytes))}</td>
              <td>{formatNumber(deliveries)}</td>
              <td>{bytes(bytesSent)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
