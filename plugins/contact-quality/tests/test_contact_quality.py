"""Each rule keeps the contract, and finds what its name says."""

from typing import Any

import digisence_contact_quality as contacts

from digisence.testing import RuleContract, Seed

IMPOSSIBLE = ("call me", "+91 98765", "+999 12345678", "12", "98765-43210-98765-43210", "+", "12o34567890")
POSSIBLE = (
    "+91 98765 43210", "098765 43210", "98765-43210", "0044 20 7031 3000", "+44 (0)20 7031 3000", "+1 (212) 555-0123",
    "080-2222 3333 ext. 12", "98765 43210 / 98765 43211", "", None,
)  # fmt: skip
NOWHERE = (
    "n/a", "www", "https://", "http://localhost:8000/", "https://shop", "https://shop.example", "https://192.168.0.1/x",
    "ftp://shop.in", "http://http://shop.in", "https://shop .in", "asha@shop.in", "https://.in", "https://shop..in",
    "https://www.example.com/about",
)  # fmt: skip
SOMEWHERE = (
    "https://shop.in", "HTTP://Shop.IN/path?query#end", "shop.co.in", "https://shop.in:8443", "https://münchen.de",
    "https://8tracks.com", "", None,
)  # fmt: skip


class TestDuplicateEmail(RuleContract):
    """One mailbox, two accounts."""

    rule = contacts.duplicate_email

    def broken(self, seed: Seed) -> Any:
        """By case anywhere; by dots where they do not count."""
        emails = ("asha@example.org", "Asha@Example.org", "v.rao@gmail.com", "vrao@gmail.com", "V.R.A.O@GMAIL.COM")
        return [seed.user(email=email) for email in emails]

    def healthy(self, seed: Seed) -> Any:
        """Dots that count."""
        return [seed.user(email=email) for email in ("m.roy@example.org", "mroy@example.org", "m.roy@mail.com")]


class TestDuplicateEmailByDotsAnywhere(RuleContract):
    """The setting takes the dots out everywhere, but not those of the domain."""

    rule = contacts.duplicate_email
    settings = {"everywhere": True, "dotless": []}

    def broken(self, seed: Seed) -> Any:
        """Dots at a domain of one's own."""
        return [seed.user(email=email) for email in ("m.roy@example.org", "mroy@example.org")]

    def healthy(self, seed: Seed) -> Any:
        """The same name elsewhere."""
        return [seed.user(email=email) for email in ("mroy@exampl.eorg.in", "mroy@example.org.in")]


class TestBusinessPhone(RuleContract):
    """What nobody can dial."""

    rule = contacts.business_phone

    def broken(self, seed: Seed) -> Any:
        """Of every kind."""
        return [seed.business(phone=phone) for phone in IMPOSSIBLE]

    def healthy(self, seed: Seed) -> Any:
        """As people write them."""
        return [seed.business(phone=phone) for phone in POSSIBLE]


class TestProfessionalPhone(RuleContract):
    """The country is a setting."""

    rule = contacts.professional_phone
    settings = {"country": "SG"}

    def broken(self, seed: Seed) -> Any:
        """Nine digits are of no use in Singapore."""
        return seed.professional(phone="6123 45678")

    def healthy(self, seed: Seed) -> Any:
        """Eight are."""
        return [seed.professional(phone=phone) for phone in ("6123 4567", "+65 6123 4567")]


class TestBusinessWebsite(RuleContract):
    """Links that nobody can follow."""

    rule = contacts.business_website

    def broken(self, seed: Seed) -> Any:
        """Of every kind."""
        return [seed.business(website=website) for website in NOWHERE]

    def healthy(self, seed: Seed) -> Any:
        """As people write them."""
        return [seed.business(website=website) for website in SOMEWHERE]


class TestProfessionalWebsite(RuleContract):
    """What is reserved is a setting."""

    rule = contacts.professional_website
    settings = {"reserved": ["intern"]}

    def broken(self, seed: Seed) -> Any:
        """A name that only the house knows."""
        return seed.professional(website="https://wiki.intern/asha")

    def healthy(self, seed: Seed) -> Any:
        """Not reserved here."""
        return seed.professional(website="https://asha.example")
