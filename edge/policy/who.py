"""Who can see what now: who can open it, by keys, and who can receive its bytes, by the broker.

Pure: from the roster, the grants, the categories' recipients and what a broker says of itself. What
the broker makes possible and nobody has granted is a :class:`Drift`, with its reason.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from edge.keys.parties import Party, to_time
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.messages.topics import ROOT, Kind
from edge.policy.grants import Standing, Use
from edge.policy.sharing import recipients

Rules = Mapping[str, frozenset[str]]
"""By the broker's user, what it may do: ``write TOPIC``, ``read FILTER``, or a wider word."""

EVERYBODY: Final = "everybody"  # whom a broker's rule means that names nobody
_TELLS: Final = 3  # rights in one sentence


class Word(StrEnum):
    """Why something is possible that nobody has granted."""

    EVERYBODY = "everybody"  # a rule for all clients, or for those without a name
    WIDE = "wide"  # a rule or a client over more than one kind of message of this town
    STRANGER = "stranger"  # on the broker, and not on the roster
    REVOKED = "revoked"  # its key counts no more, and its rule is still there
    ENDED = "ended"  # its line on the roster has ended or not begun
    UNGRANTED = "ungranted"  # a partner without a grant in force, or beyond it
    EXTRA = "extra"  # more than its role has
    BRIDGE = "bridge"  # what passes there is out of this broker's hands


@dataclass(frozen=True, slots=True)
class Live:
    """A client that is connected, as the broker names it."""

    user: str
    client_id: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Possible:
    """What a broker says of itself.

    Attributes:
        rules: what it lets each user do.
        users: all that it knows, with rights or without.
        live: who is connected; None where it does not say.
        bridges: names of its connections to other brokers.
        untold: sentences on what this broker cannot tell.
        said: sentences that it says beside, as how many are connected.
    """

    rules: Rules
    users: frozenset[str] = frozenset()
    live: tuple[Live, ...] | None = None
    bridges: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opener:
    """Somebody whose key opens it.

    Attributes:
        until: when the key's line or the grant ends, whichever is first.
        by: ``role``, ``own``, or the grant's number.
    """

    name: str
    role: Role
    until: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Thing:
    """One kind of thing that is worth knowing about.

    Attributes:
        openers: whose keys open it now; None where it is not sealed at all.
        receivers: the broker's users who may receive its bytes; None where it never travels or no
            broker was asked.
    """

    what: str
    openers: tuple[Opener, ...] | None
    receivers: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Drift:
    """Something that is possible and not granted."""

    word: Word
    who: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Sight:
    """Who can see what at one moment; ``drift`` is empty when all that is possible is granted."""

    town: str
    roster: int
    at: datetime
    things: tuple[Thing, ...]
    grants: tuple[Standing, ...]
    drift: tuple[Drift, ...]
    untold: tuple[str, ...]
    said: tuple[str, ...]


def who_can_see(
    roster: Roster,
    grants: Collection[Standing],
    roles: Mapping[str, Collection[str]],
    at: datetime,
    possible: Possible | None,
    drift: Iterable[Drift] = (),
) -> Sight:
    """Return who can see what at *at*.

    Args:
        roles: by category, the roles that its alerts are sealed to.
        possible: what the broker says; None where none was asked.
    """
    rules = possible.rules if possible is not None else None
    things = list(_alerts(roster, grants, roles, at, rules))
    for what, kind, openers in _others(roster, grants, at):
        things.append(Thing(what, openers, _receivers(rules, roster.town, kind)))
    return Sight(
        roster.town,
        roster.sequence,
        at,
        tuple(things),
        tuple(one for one in grants if one.holds(at)),
        tuple(drift),
        possible.untold if possible is not None else (_NOT_ASKED,),
        possible.said if possible is not None else (),
    )


def find_drift(
    roster: Roster,
    grants: Collection[Standing],
    granted: Rules,
    possible: Possible,
    at: datetime,
    *,
    watcher: str = "",
    bridges: Collection[str] = (),
) -> tuple[Drift, ...]:
    """Return what the broker makes possible and nobody has granted, by name.

    Args:
        granted: the rights that roster and grants give, as the broker's rules are made from them.
        watcher: the user that asks the broker; it may use the broker's own ``$`` topics.
        bridges: names of bridges that are known to be there.
    """
    return tuple(
        sorted(
            {
                *_by_rules(roster, grants, granted, possible.rules, at, watcher),
                *_by_users(roster, possible, watcher),
                *_by_live(roster, possible.live or (), granted, at, watcher),
                *(_bridge(name) for name in possible.bridges if name not in bridges),
            },
            key=lambda one: (list(Word).index(one.word), one.who, one.sentence),
        )
    )


def reaches(rule: str, town: str, kind: Kind) -> bool:
    """Say whether a right lets its user receive *kind* of some party of *town*."""
    way, _, pattern = rule.partition(" ")
    if way not in {"read", "act"} and "by default" not in rule:
        return False
    if way == "act" or "by default" in rule or pattern.startswith(_OPEN):
        return "publishClientSend" not in rule  # it says less than all only to who writes
    wanted: list[str | None] = [*ROOT.split("/"), town, None, kind.value]
    for level in pattern.split("/"):
        if level == "#":
            return True
        if not wanted:
            return False
        due = wanted.pop(0)
        if level not in {"+", due} and due is not None and "%" not in level:
            return False
    return not wanted


_OPEN: Final = ("anything", "what matches", "the queue of")  # not told by topics: it may be all
_NOT_ASKED: Final = "no broker was asked: who may receive the sealed bytes is not known"


def _alerts(
    roster: Roster,
    grants: Collection[Standing],
    roles: Mapping[str, Collection[str]],
    at: datetime,
    rules: Rules | None,
) -> Iterator[Thing]:
    receivers = _receivers(rules, roster.town, Kind.ALERT)
    units = roster.recipients(Role.UNIT, at)
    for category, named in roles.items():
        if not units:
            yield Thing(f"alerts and pictures: {category}", (), receivers)
            continue
        found = recipients(roster, grants, named, category, at, units[0])[1:]
        until = {one.who: one for one in grants if one.covers(category, at)}
        openers = [_opener(party, until.get(party.name)) for party in found]
        openers += [Opener(one.name, one.role, one.until, "own") for one in units]
        yield Thing(f"alerts and pictures: {category}", tuple(openers), receivers)


def _opener(party: Party, grant: Standing | None) -> Opener:
    if party.role is not Role.PARTNER or grant is None:
        return Opener(party.name, party.role, party.until, "role")
    return Opener(party.name, party.role, min(party.until, grant.until), f"grant {grant.number}")


def _others(
    roster: Roster, grants: Collection[Standing], at: datetime
) -> Iterator[tuple[str, Kind | None, tuple[Opener, ...] | None]]:
    def of(*roles: Role, by: str = "role") -> tuple[Opener, ...]:
        found = [party for role in roles for party in roster.recipients(role, at)]
        return tuple(Opener(one.name, one.role, one.until, by) for one in found)

    searching = {one.who: one for one in grants if Use.SEARCH in one.uses and one.holds(at)}
    partners = tuple(
        _opener(one, searching[one.name])
        for one in roster.recipients(Role.PARTNER, at)
        if one.name in searching
    )
    yield "searches", Kind.SEARCH, (*of(Role.AUDITOR), *of(Role.UNIT, by="asked"))
    asked = of(Role.OFFICER, Role.SUPERVISOR, by="own answers")
    yield "search answers", Kind.ANSWER, (*asked, *partners)
    yield "verdicts", Kind.VERDICT, of(Role.CONSOLE, Role.ARCHIVE)
    yield "chain payloads", Kind.CHAIN, of(Role.ARCHIVE, Role.AUDITOR)
    yield "chain rows and heads", Kind.CHAIN, None
    yield "kept reads, where the law profile lets any", None, of(Role.UNIT, by="own")
    yield "health and status", Kind.HEALTH, None
    yield (
        "a unit's tuning page through the broker, where its settings let it",
        Kind.OUTWARD,
        (*of(Role.TECHNICIAN, by="own tunnel"), *of(Role.UNIT, by="own")),
    )


def _receivers(rules: Rules | None, town: str, kind: Kind | None) -> tuple[str, ...] | None:
    if rules is None or kind is None:
        return None
    return tuple(
        sorted(user for user, may in rules.items() if any(reaches(one, town, kind) for one in may))
    )


def _by_rules(
    roster: Roster,
    grants: Collection[Standing],
    granted: Rules,
    found: Rules,
    at: datetime,
    watcher: str,
) -> Iterator[Drift]:
    for user in sorted(found):
        more = found[user] - granted.get(user, frozenset())
        if watcher and user == watcher:
            more = frozenset(one for one in more if not _of_watcher(one))
        wide = sorted(one for one in more if _wide(one, roster.town))
        rest = sorted(more - set(wide))
        if user == EVERYBODY and more:
            told = _rights(sorted(more))
            yield Drift(Word.EVERYBODY, user, f"the broker lets everybody {told}")
            continue
        if wide:
            yield Drift(Word.WIDE, user, f"{user} may {_rights(wide)}: {_why(roster, user, at)[1]}")
        if rest:
            word, why = _why(roster, user, at, grants, rest)
            yield Drift(word, user, f"{user} may {_rights(rest)}: {why}")


def _by_users(roster: Roster, possible: Possible, watcher: str) -> Iterator[Drift]:
    known = {party.name for party in roster.parties} | ({watcher} if watcher else set())
    for user in sorted(possible.users - known - possible.rules.keys()):
        sentence = f"{user} is a user of the broker, without a right, and is not on the roster"
        yield Drift(Word.STRANGER, user, sentence)


def _by_live(
    roster: Roster, live: Iterable[Live], granted: Rules, at: datetime, watcher: str
) -> Iterator[Drift]:
    for one in live:
        if one.user in granted or (watcher and one.user == watcher):
            continue
        word, why = _why(roster, one.user, at)
        where = f" as {one.client_id!r}" if one.client_id not in {"", one.user} else ""
        at_address = f" from {one.address}" if one.address else ""
        named = one.user or "a client without a name"
        yield Drift(word, one.user, f"{named} is connected{where}{at_address}: {why}")


def _bridge(name: str) -> Drift:
    sentence = f"the broker has a bridge, {name}: what it passes on is in another broker's hands"
    return Drift(Word.BRIDGE, name, sentence)


def _of_watcher(right: str) -> bool:
    """Say whether it is for asking the broker, and gives none of the town's messages."""
    way, _, topic = right.partition(" ")
    return way == "act" or topic.startswith("$")


def _wide(right: str, town: str) -> bool:
    """Say whether *right* goes beyond one kind of message of one town."""
    if not right.startswith(("read edge/", "write edge/")):
        return True
    levels = right.partition(" ")[2].split("/")
    return "#" in levels or levels.count("+") > 1 or (len(levels) > 2 and levels[2] != town)


def _why(
    roster: Roster,
    user: str,
    at: datetime,
    grants: Collection[Standing] = (),
    more: Collection[str] = (),
) -> tuple[Word, str]:
    """Return why the roster does not give it, as a word and as a half sentence."""
    lines = [one for one in roster.parties if one.name == user]
    if not lines:
        return Word.STRANGER, f"nobody of that name is on roster {roster.sequence}"
    revoked = [gone for one in lines if (gone := roster.revocation(one)) is not None]
    if len(revoked) == len(lines):
        return Word.REVOKED, f"revoked {to_time(revoked[-1].at)}: {revoked[-1].reason}"
    if not any(one.holds(at) for one in lines if roster.revocation(one) is None):
        return Word.ENDED, f"its line on the roster does not count at {to_time(at)}"
    if lines[0].role is Role.PARTNER and more:
        return Word.UNGRANTED, _lapsed(user, grants, at)
    return Word.EXTRA, f"more than {lines[0].role} has"


def _lapsed(user: str, grants: Collection[Standing], at: datetime) -> str:
    held = [one for one in grants if one.who == user and one.holds(at)]
    if held:
        uses = ", ".join(sorted({use.value for one in held for use in one.uses}))
        return f"its grants in force are for {uses} alone"
    return "no grant of it is in force: it has ended, or there was none"


def _rights(rights: list[str]) -> str:
    told = ", ".join(rights[:_TELLS])
    return told if len(rights) <= _TELLS else f"{told} and {len(rights) - _TELLS} more"
