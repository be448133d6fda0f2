/** The words of the analytics page. */
import { titles } from "../shell/titles";
const number = new Intl.NumberFormat("en");
const fine = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

export const words = {
  title: titles.analytics,
  range: "Time shown",
  ranges: { "1d": "24 h", "7d": "7 d", "30d": "30 d", "90d": "90 d", "365d": "1 y", own: "From … to" } as Record<string, string>,
  from: "From",
  to: "Before",
  step: "By",
  steps: { hour: "Hour", day: "Day" } as Record<string, string>,
  tooLong: "By the hour at most 83 days can be shown; choose days.",
  measured: "Measured up to",
  notYet: "Nothing was measured yet. The job “measure” does it every five minutes.",
  charts: {
    records: "Records there are", created: "Created", gone: "Deleted, set aside, restored", active: "Active and inactive", waiting: "Waiting to be answered", response: "Time to an answer",
    open: "Open findings", found: "Findings: new, ended, cleaned up", signIns: "Sign-ins", mails: "Mails", freshness: "From a change to the feed",
  } as Record<string, string>,
  about: {
    records: "At the end of each step, by kind.", created: "Whoever did it, in each step.", gone: "In each step, all kinds of record together.", active: "Users, businesses and professionals.", waiting: "New and pending at the end of each step.",
    response: "From coming in to the first change of status. No point: nothing was answered.", open: "As of the last run in each step, by check.", found: "In each step, all checks together.", signIns: "Attempts in each step.", mails: "What became of them in each step.", freshness: "From the commit to the message on the feed. No point: nothing was told.",
  } as Record<string, string>,
  metrics: { created: "created", deleted: "deleted for good", quarantined: "set aside", restored: "restored", purged: "purged", active: "active", inactive: "inactive", "response-p50": "median", "response-p90": "9 of 10", "freshness-p50": "median", "freshness-p95": "19 of 20", "freshness-max": "slowest", "findings-found": "new", "findings-ended": "ended", "clean-ups": "cleaned up" } as Record<string, string>,
  labels: { succeeded: "succeeded", failed: "failed", sent: "sent", uncertain: "uncertain" } as Record<string, string>,
  table: "As a table",
  chart: "As a chart",
  tableOf: (title: string) => `${title} as a table`,
  when: "Beginning",
  none: "Nothing of it in this time.",
  left: (n: number) => `${number.format(n)} that ${n === 1 ? "was" : "were"} 0 throughout ${n === 1 ? "is" : "are"} left out of the chart`,
  describe: (title: string, points: number, last: string) => `${title}: ${number.format(points)} points; at last ${last}. The table has every figure.`,
};

/** A figure in its unit: `1,204`, `850 ms`, `3.5 min`, `2 d`. */
export function figure(value: number, unit: string): string {
  if (unit !== "seconds") return number.format(value);
  if (value < 1) return `${fine.format(value * 1000)} ms`;
  if (value < 60) return `${fine.format(value)} s`;
  if (value < 3_600) return `${fine.format(value / 60)} min`;
  return value < 172_800 ? `${fine.format(value / 3_600)} h` : `${fine.format(value / 86_400)} d`;
}
