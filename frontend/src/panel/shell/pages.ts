/** Every page beside those of the records: one row a page, from which the navigation, the title and the route are made. */
import { lazy, type ComponentType, type LazyExoticComponent } from "react";
import { messages } from "../messages";
import { Overview } from "../overview/overview";
import { words as realtime } from "../realtime/words";
import type { IconName } from "../ui/icons";
import { words as account } from "../account/words";
import { words as analytics } from "../analytics/words";
import { words as audit } from "../audit/words";
import { words as jobs } from "../jobs/words";
import { words as mails } from "../mails/words";
import { words as plugins } from "../plugins/words";
import { words as people } from "../people/words";
import { words as transfer } from "../transfer/words";
import { words as work } from "../work/words";

export interface Page {
  /** As in the address; what lies below it, `<path>/…`, is the page's own affair. */
  path: string;
  icon: IconName;
  title: string;
  group: "home" | "work" | "operations";
  component: ComponentType | LazyExoticComponent<ComponentType>;
}

const words = messages.nav;

export const PAGES: Page[] = [
  { path: "/", icon: "overview", title: words.overview, group: "home", component: Overview },
  { path: "/data-health", icon: "health", title: words.health, group: "home", component: lazy(() => import("../health/page")) },
  { path: "/work", icon: "work", title: work.title, group: "work", component: lazy(() => import("../work/page")) },
  { path: "/transfer", icon: "transfer", title: transfer.title, group: "work", component: lazy(() => import("../transfer/page")) },
  { path: "/analytics", icon: "analytics", title: analytics.title, group: "operations", component: lazy(() => import("../analytics/page")) },
  { path: "/audit", icon: "audit", title: audit.title, group: "operations", component: lazy(() => import("../audit/page")) },
  { path: "/people", icon: "users", title: people.title, group: "operations", component: lazy(() => import("../people/page")) },
  { path: "/jobs", icon: "jobs", title: jobs.title, group: "operations", component: lazy(() => import("../jobs/page")) },
  { path: "/mails", icon: "mails", title: mails.title, group: "operations", component: lazy(() => import("../mails/page")) },
  { path: "/plugins", icon: "plugins", title: plugins.title, group: "operations", component: lazy(() => import("../plugins/page")) },
  { path: "/connections", icon: "connections", title: realtime.connections.title, group: "operations", component: lazy(() => import("../realtime/connections")) },
  { path: "/debug", icon: "debug", title: realtime.debug.title, group: "operations", component: lazy(() => import("../realtime/debug")) },
  { path: "/account", icon: "user", title: account.title, group: "operations", component: lazy(() => import("../account/page")) },
];

export function pageAt(path: string): Page | undefined {
  return PAGES.find((page) => page.path === path || (page.path !== "/" && path.startsWith(`${page.path}/`)));
}
