/** Words that the pages of work and of operations share. */
import { messages } from "../messages";

const number = new Intl.NumberFormat("en");

export const words = {
  filters: "Filters",
  clear: "Clear the filters",
  any: "Any",
  apply: "Apply",
  system: "the product",
  actors: { external: "somebody past the product" } as Record<string, string>,
  systems: {
    sweep: "the sweep", import: "the import of the old data", intake: "a public form", "command-line": "the command line",
    "sign-in": "nobody who got in", compaction: "compaction",
  } as Record<string, string>,
  copy: "Copy",
  copied: "Copied",
  mail: { to: "To", subject: "Subject", link: "[the one-time link]", waiting: "The mail is being fetched." },
  history: {
    title: "What happened",
    compacted: "What it held is no longer kept.",
    none: "Nothing yet.",
    empty: "empty",
    from: "from",
    secrets: (names: string[]) => `changed: ${names.join(", ")} (never shown)`,
  },
  units: { s: "s", min: "min", h: "h", d: "d" },
  bytes: (size: number) => (size < 1_000 ? `${number.format(size)} B` : size < 1_000_000 ? `${number.format(Math.round(size / 100) / 10)} kB` : `${number.format(Math.round(size / 100_000) / 10)} MB`),
};

/** `45 s`, `2 h`, `7 d`: the largest unit that fits exactly. */
export function every(seconds: number): string {
  const units = [["d", 86_400], ["h", 3_600], ["min", 60]] as const;
  const [unit, size] = units.find(([, size]) => seconds >= size && seconds % size === 0) ?? ["s", 1];
  return `${number.format(seconds / size)} ${words.units[unit as keyof typeof words.units]}`;
}

/** What an action or event is called: `sign-in-failed` becomes `Sign in failed`. */
export function actionName(action: string): string {
  const known = messages.actions[action];
  if (known) return known;
  const plain = action.replaceAll("-", " ");
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}
