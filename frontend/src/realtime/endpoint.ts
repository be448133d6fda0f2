/** What an endpoint shows, read from its address: which resource, one record or a list, sorted and filtered by what. */
import type { ChangeMessage } from "./types";

export interface View {
  path: string;
  /** The segment after `/api/admin/`, e.g. `businesses` or `integrity`. */
  resource: string;
  /** Present when the address names one record of the resource. */
  recordId: string | undefined;
  sort: string;
  filters: ReadonlySet<string>;
  search: string;
  /** Neither page nor limit: all pages are wanted. */
  whole: boolean;
}

const PATH = /^.*?\/api\/admin\/([^/]+)(?:\/(.+))?$/;
const NOT_FILTERS = new Set(["page", "limit", "search", "sort"]);

export function view(endpoint: string): View {
  const [path = "", query = ""] = endpoint.split("?", 2);
  const params = new URLSearchParams(query);
  const match = PATH.exec(path);
  const names = [...params.keys()].filter((key) => !NOT_FILTERS.has(key)).map((key) => key.replace(/\[.*$/, ""));
  return {
    path,
    resource: match?.[1] ?? "",
    recordId: match?.[2],
    sort: (params.get("sort") ?? "-createdAt").replace(/^-/, ""),
    filters: new Set(names),
    search: params.get("search") ?? "",
    whole: !params.has("page") && !params.has("limit"),
  };
}

/** Whether an update may move a record into, out of, or within the list. */
export function reorders(list: View, change: ChangeMessage): boolean {
  if (!change.patch) return true;
  if (list.search !== "" || list.sort === "updatedAt") return true;
  return Object.keys(change.patch).some((field) => field === list.sort || list.filters.has(field));
}

/** Whether a change adds records to a list, takes them away, or can't be told in detail. */
export function reshapes(change: ChangeMessage): boolean {
  return change.action !== "updated";
}
