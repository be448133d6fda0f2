/** What an endpoint shows, read from its address: which resource, one record or a list, sorted and filtered by what. */
import type { Told } from "./patch";
import type { ChangeMessage } from "./types";

export interface View {
  path: string;
  /** The segment after `/api/admin/`, e.g. `businesses` or `integrity`. */
  resource: string;
  /** Present when the address names one record of the resource. */
  recordId: string | undefined;
  /** What of that record is asked for, e.g. `history`; undefined: the record itself. */
  part: string | undefined;
  /** How things stood at a moment (`asOf`): nothing that happens changes that. */
  past: boolean;
  /** The fields sorted by, without their direction. */
  sort: readonly string[];
  /** The one time sorted by, where texts compare as the server compares; undefined for any other order. */
  timed: "createdAt" | "updatedAt" | undefined;
  falling: boolean;
  filters: ReadonlySet<string>;
  search: string;
  /** No filter and no search: every record of the resource belongs to it. */
  plain: boolean;
  /** Neither page nor limit: all pages are wanted. */
  whole: boolean;
  first: boolean;
}

const PATH = /^.*?\/api\/admin\/([^/]+)(?:\/([^/]+)(?:\/(.+))?)?$/;
const NOT_FILTERS = new Set(["page", "limit", "search", "sort"]);
const RESOURCES = new Set([
  "users", "businesses", "professionals", "categories", "inquiries", "business-listing-inquiries", "registration-inquiries",
]);

export function view(endpoint: string): View {
  const [path = "", query = ""] = endpoint.split("?", 2);
  const params = new URLSearchParams(query);
  const match = PATH.exec(path);
  const names = [...params.keys()].filter((key) => !NOT_FILTERS.has(key)).map((key) => key.replace(/\[.*$/, ""));
  const search = params.get("search") ?? "";
  return {
    path,
    resource: match?.[1] ?? "",
    recordId: match?.[2] && decoded(match[2]),
    part: match?.[3],
    past: params.has("asOf"),
    ...order(params.get("sort") ?? "-createdAt"),
    filters: new Set(names),
    search,
    plain: names.length === 0 && search === "",
    whole: !params.has("page") && !params.has("limit"),
    first: (params.get("page") ?? "1") === "1",
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone % stands for itself
  }
}

function order(text: string): Pick<View, "sort" | "timed" | "falling"> {
  const sort = text.split(",").map((word) => word.replace(/^-/, ""));
  const [first] = sort;
  const timed = sort.length === 1 && (first === "createdAt" || first === "updatedAt") ? first : undefined;
  return { sort, timed, falling: text.startsWith("-") };
}

/** Whether the address is a list of records that answers `?since=`. */
export function isRecords(seen: View): boolean {
  return RESOURCES.has(seen.resource) && seen.recordId === undefined;
}

/** Whether the answer holds records as they are now: changes may be laid over it. */
export function isCurrent({ part, past }: View): boolean {
  return part === undefined && !past;
}

/** Whether additions can be put where the server would put them: every record is here, in an order that we can tell. */
export function isOpen(seen: View): boolean {
  return seen.whole && seen.plain && seen.timed !== undefined && isRecords(seen);
}

/**
 * Whether after a change only the server can tell what the answer is: it may add records to a list, take them away or
 * move them; a record may have gone or come back; what belongs to a record may have become more.
 */
export function reshapes(seen: View, change: Told): boolean {
  if (seen.past) return false;
  if (change.action === "many") return true;
  if (seen.recordId !== undefined) return change.recordId === seen.recordId && (seen.part !== undefined || change.action !== "updated");
  if (change.action === "updated") return reorders(seen, change.whole ? (change.fields ?? []) : change.patch && Object.keys(change.patch));
  return !isOpen(seen) || (isArrival(change) && !change.patch);
}

function reorders(seen: View, fields: readonly string[] | undefined): boolean {
  if (!fields) return true;
  if (fields.length === 0) return false;
  if (seen.search !== "" || seen.sort.includes("updatedAt")) return true;
  return fields.some((field) => seen.sort.includes(field) || seen.filters.has(field));
}

export function isArrival({ action }: ChangeMessage): boolean {
  return action === "created" || action === "restored";
}

export function isDeparture({ action }: ChangeMessage): boolean {
  return action === "deleted" || action === "quarantined" || action === "purged";
}
