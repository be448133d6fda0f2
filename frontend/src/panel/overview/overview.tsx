/** The first page: how much there is, how well it is, what has just happened. */
import { Link } from "wouter";
import { HealthCard } from "../health/card";
import { formatNumber, messages, wordsOf } from "../messages";
import { RESOURCES, type Resource } from "../resources";
import { useTotals } from "../totals";
import { Icon } from "../ui/icons";
import { Recent } from "./recent";

export function Overview() {
  const totals = useTotals();
  return (
    <div className="page">
      <section aria-label={messages.overview.counts}>
        <ul className="cards">
          {RESOURCES.map((resource) => (
            <CountCard key={resource.name} resource={resource} total={totals[resource.key]} />
          ))}
        </ul>
      </section>
      <div className="columns">
        <HealthCard />
        <Recent />
      </div>
    </div>
  );
}

function CountCard({ resource, total }: { resource: Resource; total: number | undefined }) {
  const { title } = wordsOf(resource.name);
  return (
    <li>
      <Link href={`/records/${resource.name}`} className="card count-card">
        <span className="count-label">
          <Icon name={resource.icon} size={16} />
          {title}
        </span>
        <span className="count-number">{total === undefined ? messages.app.none : formatNumber(total)}</span>
      </Link>
    </li>
  );
}
