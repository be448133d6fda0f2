/** The sections, each resource with its true number of records. */
import { ActionIcon } from "@mantine/core";
import { Link, useRoute } from "wouter";
import { formatNumber, messages, wordsOf } from "../messages";
import { RESOURCES } from "../resources";
import { useTotals } from "../totals";
import { Icon, Mark, type IconName } from "../ui/icons";

export function Navigation({ close }: { close: () => void }) {
  const totals = useTotals();
  return (
    <>
      <div className="brand">
        <Mark />
        <span>{messages.app.name}</span>
        <ActionIcon className="nav-close" hiddenFrom="md" variant="subtle" color="gray" onClick={close} aria-label={messages.nav.close}>
          <Icon name="left" />
        </ActionIcon>
      </div>
      <div className="nav">
        <Item to="/" icon="overview" label={messages.nav.overview} />
        <Item to="/data-health" icon="health" label={messages.nav.health} />
        <p className="nav-heading">{messages.nav.records}</p>
        {RESOURCES.map(({ name, key, icon }) => (
          <Item key={name} to={`/records/${name}`} icon={icon} label={wordsOf(name).title} count={totals[key]} />
        ))}
      </div>
    </>
  );
}

function Item({ to, icon, label, count }: { to: string; icon: IconName; label: string; count?: number | undefined }) {
  const [here] = useRoute(to);
  return (
    <Link href={to} className={here ? "nav-item nav-here" : "nav-item"} aria-current={here ? "page" : undefined}>
      <Icon name={icon} />
      <span className="grow">{label}</span>
      {count !== undefined && <span className="nav-count">{formatNumber(count)}</span>}
    </Link>
  );
}
