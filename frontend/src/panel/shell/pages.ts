/** Every page beside those of the records: one row a page, from which the navigation, the title and the route are made. */
import { type ComponentType, type LazyExoticComponent } from "react";
import { messages } from "../messages";
import { Overview } from "../overview/overview";
import type { IconName } from "../ui/icons";
import { room } from "../ui/room";
import { titles } from "./titles";

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
  { path: "/data-health", icon: "health", title: words.health, group: "home", component: room(() => import("../health/page")) },
  { path: "/work", icon: "work", title: titles.work, group: "work", component: room(() => import("../work/page")) },
  { path: "/transfer", icon: "transfer", title: titles.transfer, group: "work", component: room(() => import("../transfer/page")) },
  { path: "/analytics", icon: "analytics", title: titles.analytics, group: "operations", component: room(() => import("../analytics/page")) },
  { path: "/audit", icon: "audit", title: titles.audit, group: "operations", component: room(() => import("../audit/page")) },
  { path: "/people", icon: "users", title: titles.people, group: "operations", component: room(() => import("../people/page")) },
  { path: "/jobs", icon: "jobs", title: titles.jobs, group: "operations", component: room(() => import("../jobs/page")) },
  { path: "/mails", icon: "mails", title: titles.mails, group: "operations", component: room(() => import("../mails/page")) },
  { path: "/plugins", icon: "plugins", title: titles.plugins, group: "operations", component: room(() => import("../plugins/page")) },
  { path: "/connections", icon: "connections", title: titles.connections, group: "operations", component: room(() => import("../realtime/connections")) },
  { path: "/debug", icon: "debug", title: titles.debug, group: "operations", component: room(() => import("../realtime/debug")) },
  { path: "/account", icon: "user", title: titles.account, group: "operations", component: room(() => import("../account/page")) },
];

export function pageAt(path: string): Page | undefined {
  return PAGES.find((page) => page.path === path || (page.path !== "/" && path.startsWith(`${page.path}/`)));
}
