"""Who may write and read which topics: the one table; brokers' access rules are made from it.

A broker that keeps to it gives nobody more than noise; one that does not, neither: what matters is
signed and sealed. Officers, supervisors and updaters are no clients of the broker; their words
travel through a console.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from edge.keys.roles import Role
from edge.messages.topics import Kind, every_unit, topic

TUNNEL: Final = frozenset({Kind.INWARD, Kind.OUTWARD})
"""What a technician and a unit say to each other through the broker, and nobody else hears."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What one role may do; each set names kinds of messages.

    Attributes:
        write_own, read_own: under the party's own name in the topic.
        write_any, read_any: under every name of its own town.
    """

    write_own: frozenset[Kind] = frozenset()
    write_any: frozenset[Kind] = frozenset()
    read_own: frozenset[Kind] = frozenset()
    read_any: frozenset[Kind] = frozenset()


@dataclass(frozen=True, slots=True)
class Topics:
    """One party's rights as topics and filters, sorted; a filter has one ``+`` and no ``#``."""

    write: tuple[str, ...]
    read: tuple[str, ...]


_UNIT: Final = Rights(
    write_own=frozenset(
        {
            Kind.ALERT,
            Kind.STATUS,
            Kind.HEALTH,
            Kind.CHAIN,
            Kind.ASK,
            Kind.ANSWER,
            Kind.KEYS,
            Kind.OUTWARD,
        }
    ),
    read_own=frozenset({Kind.RECEIPT, Kind.COMMAND, Kind.LIST, Kind.SEARCH, Kind.INWARD}),
)
_CONSOLE: Final = Rights(
    write_own=frozenset({Kind.VERDICT, Kind.STATUS, Kind.CHAIN}),
    write_any=frozenset({Kind.RECEIPT, Kind.COMMAND, Kind.SEARCH}),
    read_own=frozenset({Kind.RECEIPT, Kind.COMMAND}),
    read_any=frozenset(
        {Kind.ALERT, Kind.STATUS, Kind.HEALTH, Kind.CHAIN, Kind.VERDICT, Kind.ANSWER}
    ),
)
_ARCHIVE: Final = Rights(
    write_own=frozenset({Kind.STATUS, Kind.CHAIN}),
    # the list desk runs there
    write_any=frozenset({Kind.RECEIPT, Kind.COMMAND, Kind.LIST, Kind.SEARCH}),
    # searches are sealed to units and auditors: it keeps them for these, and cannot open them
    read_any=frozenset(Kind) - {Kind.LIST} - TUNNEL,
)
# a partner's rights are those of its grants in force, see topics_granted
_OPENS_ALERTS: Final = Rights(write_any=frozenset({Kind.RECEIPT}), read_any=frozenset({Kind.ALERT}))
_SEARCHES: Final = Rights(
    write_any=frozenset({Kind.RECEIPT, Kind.SEARCH}), read_any=frozenset({Kind.ANSWER})
)
RIGHTS: Final[Mapping[Role, Rights]] = MappingProxyType(
    {
        Role.UNIT: _UNIT,
        Role.CONSOLE: _CONSOLE,
        Role.ARCHIVE: _ARCHIVE,
        Role.LIST_ISSUER: Rights(write_any=frozenset({Kind.LIST}), read_any=frozenset({Kind.ASK})),
        Role.TECHNICIAN: Rights(
            write_any=frozenset({Kind.RECEIPT, Kind.INWARD}),
            read_any=frozenset({Kind.ALERT, Kind.STATUS, Kind.HEALTH, Kind.OUTWARD}),
        ),
        Role.PARTNER: Rights(
            write_any=_OPENS_ALERTS.write_any | _SEARCHES.write_any,
            read_any=_OPENS_ALERTS.read_any | _SEARCHES.read_any,
        ),
        Role.AUDITOR: Rights(read_any=frozenset({Kind.CHAIN, Kind.HEALTH})),
    }
)
"""Roles that are clients of the broker; those that are missing have no right at all."""


TUNNELLERS: Final = frozenset(
    role
    for role, rights in RIGHTS.items()
    if TUNNEL & (rights.write_own | rights.write_any | rights.read_own | rights.read_any)
)
"""Roles at the two ends of a tunnel."""


def tunnel_topics(topics: Topics) -> Topics:
    """Return what of a party's *topics* is for tunnels: all that a tunnel's connection needs."""
    ends = tuple(f"/{kind.value}" for kind in sorted(TUNNEL))
    return Topics(
        tuple(one for one in topics.write if one.endswith(ends)),
        tuple(one for one in topics.read if one.endswith(ends)),
    )


def topics_of(role: Role, town: str, name: str) -> Topics:
    """Return what the party *name* of *role* may write and read; nothing for a role without rights.

    Of a partner it is the most that grants can give: what they do give is :func:`topics_granted`.

    Raises:
        MessageError: *town* or *name* is no name.
    """
    return _topics(RIGHTS.get(role, Rights()), town, name)


def topics_granted(town: str, name: str, *, alerts: bool, search: bool) -> Topics:
    """Return what the partner *name* may write and read by its grants.

    Raises:
        MessageError: *town* or *name* is no name.
    """
    given = [one for one, has in ((_OPENS_ALERTS, alerts), (_SEARCHES, search)) if has]
    rights = Rights(
        write_any=frozenset().union(*(one.write_any for one in given)),
        read_any=frozenset().union(*(one.read_any for one in given)),
    )
    return _topics(rights, town, name)


def _topics(rights: Rights, town: str, name: str) -> Topics:
    return Topics(
        write=_filters(rights.write_own, rights.write_any, town, name),
        read=_filters(rights.read_own, rights.read_any, town, name),
    )


def writers(kind: Kind) -> tuple[Role, ...]:
    """Return the roles that may write *kind*, in the order of their definition."""
    return tuple(
        role
        for role in Role
        if (rights := RIGHTS.get(role)) and kind in rights.write_own | rights.write_any
    )


def readers(kind: Kind) -> tuple[Role, ...]:
    """Return the roles that may read *kind*, in the order of their definition."""
    return tuple(
        role
        for role in Role
        if (rights := RIGHTS.get(role)) and kind in rights.read_own | rights.read_any
    )


def _filters(own: Iterable[Kind], every: Iterable[Kind], town: str, name: str) -> tuple[str, ...]:
    wide = frozenset(every)
    narrow = {topic(town, name, kind) for kind in own if kind not in wide}
    return tuple(sorted(narrow | {every_unit(town, kind) for kind in wide}))
