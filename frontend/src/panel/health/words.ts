/** The words of the health page beyond its figures: what can be done about findings, breakers, the sweep and what was set aside. */
const number = new Intl.NumberFormat("en");
const count = (n: number, one: string, many: string) => `${number.format(n)} ${n === 1 ? one : many}`;

export const words = {
  breakers: "Breakers",
  tripped: (n: number) => (n === 1 ? "A breaker has tripped: its check touches nothing until somebody has looked" : `${number.format(n)} breakers have tripped: their checks touch nothing until somebody has looked`),
  look: "Look at it",
  breaker: {
    none: "No breaker ever tripped", noneHint: "A check that wants to touch too many records at once is stopped, and stands here.",
    columns: { check: "Check", state: "State", count: "Records", reason: "Why", when: "When", act: "Action" },
    states: { tripped: "Tripped", closed: "Closed" } as Record<string, string>,
    look: "Look",
    lookAt: (check: string) => `Look at the breaker of ${check}`,
    title: (check: string) => `What ${check} wants to touch`,
    ask: "Many at once are rarely many mistakes: more often a table was emptied, an import is half done, or a rule is wrong. Undo that, and the breaker closes by itself.",
    list: (n: number) => `Exactly these ${count(n, "record", "records")}`,
    another: "The breaker holds another set by now. Close this and look again.",
    hash: "Their fingerprint (SHA-256)",
    confirm: (n: number) => `Let these ${count(n, "record", "records")} through, once`,
    means: "It is good for this very set, for the next run within 60 minutes. Another set trips it again. What goes is in quarantine and can be restored.",
    done: "Acknowledged. The next run may touch them.",
    acknowledged: "acknowledged by",
    until: "until",
  },
  finding: {
    open: (what: string) => `Open the finding: ${what}`,
    details: "Finding", why: "Why it is a finding", detail: "Why it stands", check: "Check", record: "The record", seen: "Seen", first: "First seen", last: "Last seen", resolved: "Ended",
    blast: "What would a repair do?", blastHint: "A dry run of this check: nothing is changed.", trying: "The dry run is under way…", nothing: "It would not touch this record now.", reports: "This check only reports.", observes: "This check only observes; let it act on the page of plugins.", stopped: "The dry run did not come to its end:",
    children: (n: number) => `${count(n, "record goes", "records go")} along with it`, emptied: (n: number) => `${count(n, "reference", "references")} to it would be emptied`, alone: "Nothing else is touched.",
    all: "All checks", filter: "Check", select: (what: string) => `Select ${what}`, selectAll: "Select all on this page", chosen: (n: number) => `${number.format(n)} selected`,
    ignore: "Ignore", repair: "Repair", ignoreTitle: (n: number) => `Ignore ${count(n, "finding", "findings")}?`, ignoreText: "They are no longer counted or repaired. They stay under “Ignored”.",
    repairTitle: (n: number) => `Repair ${count(n, "finding", "findings")}?`, repairText: "A run acts on these alone, by the rules of every run: the check must act, with enough sightings, within the breaker. Nothing is forced.",
    ignored: (n: number) => `${count(n, "finding is", "findings are")} ignored.`, queued: (n: number) => `A run that repairs ${count(n, "finding", "findings")} is on its way.`, failed: (n: number) => `${number.format(n)} could not be taken: `,
  },
  acts: { relink: "link again", deactivate: "deactivate", quarantine: "set aside", heal: "heals by itself", busy: "wait: somebody is at it", leave: "leave alone", wait: "wait for more sightings", block: "be blocked", stop: "be stopped by the breaker", undo: "be undone" } as Record<string, string>,
  plan: { title: "Record by record", columns: { record: "Record", check: "Check", act: "Would", detail: "With" }, none: "Nothing would be done", noneHint: "No record is ripe for a repair now.", to: "to" },
  service: {
    sweepNow: "Sweep now", sweepTitle: "Sweep now?", sweepText: "Every check looks, and those that act repair what is ripe, within the breaker.", swept: "A sweep is on its way.",
    stop: "Stop the sweep", stopTitle: "Stop the sweep?", stopText: "Findings are still found by “Check now”; nothing is repaired until it is started again. It stays so over restarts.", stopped: "The sweep is stopped.",
    start: "Start the sweep", started: "The sweep is on.", interval: "Every, in seconds", change: "Interval", changeTitle: "How often shall it sweep?", save: "Save", every: (time: string) => `every ${time}`, schedule: "Sweep",
  },
  run: "Run", runOf: (title: string) => `Run ${title} now`, configure: "Configure the checks",
  compare: {
    label: "Compare", of: (name: string) => `Compare ${name} with what stands now`, title: "Set aside, and as it stands now", then: "As it was set aside", now: "As it stands now", gone: "Nothing stands there now: it can come back as it was.", same: "The same record stands there.", field: "Field",
    children: "Went along with it", emptied: "References that were emptied", restore: "Restore", without: "Restore without the references that are gone", run: "Restore all of this run", runTitle: "Restore everything this run set aside?", runText: "Each entry comes back as it was; what cannot is named.", bulk: "Restore all of this bulk action", results: (done: number, failed: number) => `${number.format(done)} restored, ${number.format(failed)} could not be.`,
    states: { open: "In quarantine", restored: "Restored", all: "All" } as Record<string, string>, state: "State", resource: "What", any: "Everything",
  },
};
