"""What is measured: one row a metric. How hours become a day follows from its kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import Invalid
from ..models import RECORDS
from ..models.change import CREATED, DELETED, PURGED, QUARANTINED, RESTORED

SUM, LEVEL, MEAN, MOST, SHARE = "sum", "level", "mean", "most", "percentile"
KINDS: Mapping[str, str] = {
    SUM: "counted in the bucket",
    LEVEL: "as it stood at the end of the bucket, or stands now",
    MEAN: "the mean over the bucket",
    MOST: "the most in the bucket",
    SHARE: "so much or less, for that share of the bucket",
}
RECORDED, SECONDS = "records", "seconds"

STATUS, ACTIVE = "status", "is_active"
GROUPED: Mapping[str, str] = {  # resource → the column that its records are told apart by
    "users": ACTIVE,
    "businesses": ACTIVE,
    "professionals": ACTIVE,
    "inquiries": STATUS,
    "business-listing-inquiries": STATUS,
    "registration-inquiries": STATUS,
}
UNANSWERED: Mapping[str, str] = {
    "inquiries": "NEW",
    "business-listing-inquiries": "PENDING",
    "registration-inquiries": "PENDING",
}
BY_STATUS: Mapping[str, str] = {
    "inquiries": "inquiries",
    "listing-inquiries": "business-listing-inquiries",
    "registration-inquiries": "registration-inquiries",
}


@dataclass(frozen=True)
class Metric:
    """`labels`: those it always has; none where they come with what is found. `sparse`: a sum without a row is 0."""

    name: str
    title: str
    unit: str
    kind: str
    source: str
    labels: tuple[str, ...] = ()

    @property
    def sparse(self) -> bool:
        """Whether every bucket that was measured is known, with a row or without."""
        return self.kind == SUM and self.source == CHANGES


CHANGES, COUNTS, RUNS, ANSWERS, FEED = (
    "changes", "records and their changes", "runs of checks", "changes away from the first status", "publications",
)  # fmt: skip
RESOURCES = tuple(RECORDS)
ANSWERED = tuple(UNANSWERED)
ALL = "all"

ACTIONS: Mapping[str, tuple[str, str]] = {  # action → metric and, for an event, label
    CREATED: ("created", ""),
    DELETED: ("deleted", ""),
    QUARANTINED: ("quarantined", ""),
    RESTORED: ("restored", ""),
    PURGED: ("purged", ""),
    "signed-in": ("sign-ins", "succeeded"),
    "sign-in-failed": ("sign-ins", "failed"),
    "mail-sent": ("mails", "sent"),
    "mail-failed": ("mails", "failed"),
    "mail-uncertain": ("mails", "uncertain"),
}
SPANS: Mapping[str, str] = {  # what is measured in seconds, with the words for it
    "response": "from its creation to the first change away from NEW or PENDING",
    "freshness": "from a change to its message on the feed",
}
PERCENTILES: Mapping[str, Sequence[int]] = {"response": (50, 90), "freshness": (50, 95)}


def _spans(name: str, source: str, labels: tuple[str, ...]) -> list[Metric]:
    title = SPANS[name]
    return [
        Metric(f"{name}-mean", f"Mean time {title}", SECONDS, MEAN, source, labels),
        *(
            Metric(f"{name}-p{share}", f"Time {title}: {share} % took so long or less", SECONDS, SHARE, source, labels)
            for share in PERCENTILES[name]
        ),
        Metric(f"{name}-max", f"Longest time {title}", SECONDS, MOST, source, labels),
    ]


_TITLES = {
    CREATED: "Records created", DELETED: "Records deleted for good", QUARANTINED: "Records set aside",
    RESTORED: "Records brought back", PURGED: "Records purged from quarantine",
}  # fmt: skip
METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        *(Metric(action, title, RECORDED, SUM, CHANGES, RESOURCES) for action, title in _TITLES.items()),
        Metric("records", "Records there are", RECORDED, LEVEL, COUNTS, RESOURCES),
        *(
            Metric(f"{state}", f"Records that are {state}", RECORDED, LEVEL, COUNTS,
                   tuple(name for name, column in GROUPED.items() if column == ACTIVE))
            for state in ("active", "inactive")
        ),
        *(
            Metric(name, f"{name.replace('-', ' ').capitalize()} by status", RECORDED, LEVEL, COUNTS,
                   tuple(RECORDS[resource].__table__.c.status.info["wire"].choices))
            for name, resource in BY_STATUS.items()
        ),
        Metric("waiting", "Inquiries that nobody answered: NEW or PENDING", RECORDED, LEVEL, COUNTS, ANSWERED),
        *_spans("response", ANSWERS, ANSWERED),
        Metric("findings-open", "Findings that stood when the check ran last", "findings", LEVEL, RUNS),
        Metric("findings-found", "Findings that are new", "findings", SUM, RUNS),
        Metric("findings-ended", "Findings that ended, by whatever", "findings", SUM, RUNS),
        Metric("clean-ups", "Findings that ended by our doing: repaired, or set aside", "findings", SUM, RUNS),
        Metric("sign-ins", "Sign-ins", "sign-ins", SUM, CHANGES, ("succeeded", "failed")),
        *_spans("freshness", FEED, (ALL,)),
        Metric("mails", "Mails sent, failed, or in doubt", "mails", SUM, CHANGES, ("sent", "failed", "uncertain")),
    )
}  # fmt: skip


def named(names: Sequence[str]) -> list[Metric]:
    """The metrics called so. Invalid names what is none."""
    unknown = [name for name in names if name not in METRICS]
    if unknown or not names:
        told = f"there is no metric {unknown[0]!r}; choose" if unknown else "name at least one"
        raise Invalid({"metric": f"{told} from {', '.join(METRICS)}"}, "Some parameters are not valid.")
    return [METRICS[name] for name in dict.fromkeys(names)]


def of_kind(kind: str) -> list[str]:
    """The names of all metrics of a kind."""
    return [metric.name for metric in METRICS.values() if metric.kind == kind]
