/** The sections, each resource with its true number of records. */
import { ActionIcon } from "@mantine/core";
import { useEffect, useRef } from "react";
import { Link, useLocation, useRoute } from "wouter";
import { formatNumber, messages, wordsOf } from "../messages";
import { RESOURCES } from "../resources";
import { useTotals } from "../totals";
import { Icon, Mark, type IconName } from "../ui/icons";
import { PAGES, type Page } from "./pages";

export function Navigation({ close }: { close: () => void }) {
  const totals = useTotals();
  const [path] = useLocation();
  const sections = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (sections.current) reveal(sections.current);
  }, [path]);
  return (
    <>
      <div className="brand">
        <Mark />
        <span>{messages.app.name}</span>
        <ActionIcon className="nav-close" hiddenFrom="md" variant="subtle" color="gray" onClick={close} aria-label={messages.nav.close}>
          <Icon name="left" />
        </ActionIcon>
      </div>
      <div className="nav" ref={sections}>
        <Group name="home" />
        <Group name="work" heading={messages.nav.work} />
        <p className="nav-heading">{messages.nav.records}</p>
        {RESOURCES.map(({ name, key, icon }) => (
          <Item key={name} to={`/records/${name}`} icon={icon} label={wordsOf(name).title} count={totals[key]} />
        ))}
        <Group name="operations" heading={messages.nav.operations} />
      </div>
    </>
  );
}

/** Brings the page one is at into sight, with what stands beside it; nothing but the sections moves. */
export function reveal(sections: HTMLElement): void {
  const here = sections.querySelector<HTMLElement>("[aria-current=page]");
  if (!here) return;
  const [room, item] = [sections.getBoundingClientRect(), here.getBoundingClientRect()];
  const beside = item.height;
  if (item.top - beside < room.top) sections.scrollTop -= room.top - item.top + beside;
  else if (item.bottom + beside > room.bottom) sections.scrollTop += item.bottom - room.bottom + beside;
}

function Group({ name, heading }: { name: Page["group"]; heading?: string }) {
  const pages = PAGES.filter((page) => page.group === name);
  if (pages.length === 0) return null;
  return (
    <>
      {heading !== undefined && <p className="nav-heading">{heading}</p>}
      {pages.map(({ path, icon, title }) => (
        <Item key={path} to={path} icon={icon} label={title} />
      ))}
    </>
  );
}

function Item({ to, icon, label, count }: { to: string; icon: IconName; label: string; count?: number | undefined }) {
  const [here] = useRoute(to === "/" ? to : `${to}/*?`);
  return (
    <Link href={to} className={here ? "nav-item nav-here" : "nav-item"} aria-current={here ? "page" : undefined}>
      <Icon name={icon} />
      <span className="grow">{label}</span>
      {count !== undefined && <span className="nav-count">{formatNumber(count)}</span>}
    </Link>
  );
}
