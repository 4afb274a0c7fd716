"""Who may do what at the broker now: the roster and the table of rights, party by party."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from edge.keys.parties import Party, to_time
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.messages.access import RIGHTS, Topics, topics_granted, topics_of

Rules = dict[str, frozenset[str]]
"""By user, what it may do: ``write TOPIC`` and ``read FILTER``; what files are compared by."""

_NOBODY: Final = Topics((), ())


@dataclass(frozen=True, slots=True)
class Granted:
    """What a partner's grants in force give it.

    Attributes:
        until: when the next of them ends, and its rights may change.
    """

    until: datetime
    alerts: bool = True
    search: bool = False


@dataclass(frozen=True, slots=True)
class Client:
    """A party with rights at the broker; its certificate's common name is *name*."""

    name: str
    role: Role
    topics: Topics


@dataclass(frozen=True, slots=True)
class Access:
    """What a broker of one town is told.

    Attributes:
        sequence: the number of the roster that it was made from.
        clients: sorted by name.
        none: names that a broker may still know and that have no right any more, with the reason.
        until: when the rules change next without a new roster, and why; None for never.
    """

    town: str
    sequence: int
    issued: datetime
    clients: tuple[Client, ...]
    none: tuple[tuple[str, str], ...]
    until: tuple[datetime, str] | None

    @property
    def header(self) -> tuple[str, ...]:
        """Lines that say what the rules were made from, the same for the same roster."""
        lines = (
            f"edge broker acl: {self.town}, roster {self.sequence} of {to_time(self.issued)}",
            f"{len(self.clients)} may connect to some purpose, {len(self.none)} no longer",
        )
        if self.until is None:
            return lines
        return (*lines, f"make it anew by {to_time(self.until[0])}: {self.until[1]}")

    def rules(self) -> Rules:
        """Return the same as what files are compared by."""
        return {one.name: rights(one.topics) for one in self.clients}


def make_access(roster: Roster, granted: Mapping[str, Granted], at: datetime) -> Access:
    """Return who may do what at *at*.

    Args:
        granted: partners with a grant in force; others of that role have no right.
    """
    clients: dict[str, Client] = {}
    none: dict[str, str] = {}
    for party in roster.parties:
        reason = _reason(roster, party, granted, at)
        if reason:
            none[party.name] = reason
        else:
            topics = _topics(roster, party, granted)
            clients[party.name] = Client(party.name, party.role, topics)
    return Access(
        roster.town,
        roster.sequence,
        roster.issued,
        tuple(clients[name] for name in sorted(clients)),
        tuple((name, none[name]) for name in sorted(none) if name not in clients),
        _until(roster, granted, at),
    )


def rights(topics: Topics) -> frozenset[str]:
    """Return *topics* as the rights that files are compared by."""
    return frozenset(
        [f"write {one}" for one in topics.write] + [f"read {one}" for one in topics.read]
    )


def differences(wanted: Rules, found: Rules) -> list[str]:
    """Return a sentence for each right that a broker's file has too much or too little."""
    lines = []
    for name in sorted(wanted.keys() | found.keys()):
        should, does = wanted.get(name, frozenset()), found.get(name, frozenset())
        lines += [f"{name} may {one}, and must not" for one in sorted(does - should)]
        lines += [f"{name} may not {one}, and must" for one in sorted(should - does)]
    return lines


def _reason(roster: Roster, party: Party, granted: Collection[str], at: datetime) -> str:
    """Say why *party* has no right; empty when it has."""
    revoked = roster.revocation(party)
    if revoked is not None:
        return f"revoked {to_time(revoked.at)}"
    if party.role not in RIGHTS:
        return f"the role {party.role} has no business at the broker"
    if at < party.since:
        return f"counts from {to_time(party.since)} on"
    if at >= party.until:
        return f"ended {to_time(party.until)}"
    if party.role is Role.PARTNER and party.name not in granted:
        return "no grant is in force"
    return ""


def _topics(roster: Roster, party: Party, granted: Mapping[str, Granted]) -> Topics:
    if party.role is not Role.PARTNER:
        return topics_of(party.role, roster.town, party.name)
    given = granted[party.name]
    return topics_granted(roster.town, party.name, alerts=given.alerts, search=given.search)


def _until(
    roster: Roster, granted: Mapping[str, Granted], at: datetime
) -> tuple[datetime, str] | None:
    changes = [(one.until, f"a grant of {name} ends then") for name, one in granted.items()]
    changes += [
        (moment, f"{party.name} {word} then")
        for party in roster.parties
        if roster.revocation(party) is None and party.role in RIGHTS
        for moment, word in ((party.since, "begins"), (party.until, "ends"))
    ]
    return min((one for one in changes if one[0] > at), default=None)
