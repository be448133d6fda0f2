/** Every import there was, the newest first. */
import type { ImportSeen } from "../generated/wire";
import { List, type ListColumn } from "../health/list";
import { wordsOf } from "../messages";
import { Who } from "../parts/who";
import { Badge } from "../ui/badge";
import { Time } from "../ui/time";
import { TONES } from "./told";
import { words } from "./words";

const LIMIT = 10;
const { columns } = words;

interface Props {
  chosen: string;
  open: (id: string) => void;
  page: number;
  onPage: (page: number) => void;
}

export function Past({ chosen, open, page, onPage }: Props) {
  const shown: ListColumn<ImportSeen>[] = [
    { label: columns.file, priority: 1, show: (one) => <span className="subject"><button type="button" className="link" onClick={() => (open(one.id), scrollTo({ top: 0 }))}>{one.fileName ?? words.unnamed}</button><span className="quiet">{wordsOf(one.resource).title}</span></span> },
    { label: columns.state, priority: 1, show: ({ state, dryRun }) => <span className="row-acts"><Badge tone={TONES[state] ?? "plain"}>{words.states[state] ?? state}</Badge>{dryRun && <Badge tone="info">{words.dry}</Badge>}</span> },
    { label: columns.result, priority: 2, show: ({ dryRun, created, updated, failed }) => (dryRun ? words.wouldResult : words.result)(created, updated, failed) },
    { label: columns.who, priority: 3, show: ({ actor }) => <Who actor={actor} /> },
    { label: columns.when, priority: 2, show: ({ createdAt }) => <Time value={createdAt} /> },
  ];
  return (
    <section aria-labelledby="past">
      <h2 id="past" className="section-title">{words.past}</h2>
      <List endpoint={`/api/admin/imports?page=${page}&limit=${LIMIT}`} caption={words.past} columns={shown} empty={{ icon: "transfer", title: words.none, hint: words.noneHint }} page={page} limit={LIMIT} onPage={onPage} follow={{ on: ["job"] }} here={chosen} />
    </section>
  );
}
