"""Whether a unit takes a bundle: all reasons to refuse one, in the order in which they count.

Pure: what is in force, who may sign, what time it is and whether that can be believed are given.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from edge.errors import BundleRefused, KeysError
from edge.hotlist.bundle import SEALED, Bundle, Header, Kind, expand, instant
from edge.hotlist.bundle_rows import entry_ends
from edge.keys.parties import Party
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.signed import Signed

_FURTHEST: Final = 1_000_000  # a rogue issuer must not use up all sequences there are
_SLACK: Final = timedelta(minutes=10)  # between two clocks that are set


@dataclass(frozen=True, slots=True)
class Limits:
    """What a unit is ready to take.

    Attributes:
        entries: of the list that results.
        body_bytes: of the rows before compression.
        reject_share: of the source's rows, that the importer may have left out.
        urgent_hours: from the issue to the end of an urgent entry.
    """

    entries: int
    body_bytes: int
    reject_share: float
    urgent_hours: float


@dataclass(frozen=True, slots=True)
class Dates:
    """When a list was last known to be whole, and from when until when it may be used."""

    complete: datetime
    valid_from: datetime
    expires: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """What a unit has.

    Attributes:
        town, list: which list it takes.
        sequence: the highest that it ever installed; 0 for none.
        digest: of the rows in force; empty for none.
        dates: of the list in force; None for none.
        keys: public keys that the list in force comes from, hex.
    """

    town: str
    list: str
    sequence: int = 0
    digest: str = ""
    dates: Dates | None = None
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Time:
    """What time it is.

    Attributes:
        now: by the clock.
        trusted: whether the clock is set. One that is not is no evidence against a bundle: then
            dates are held against the newest that a signature vouches for.
    """

    now: datetime
    trusted: bool


def check(
    bundle: Bundle, roster: Roster, held: Held, limits: Limits, time: Time
) -> tuple[Party, ...]:
    """Return who signed a bundle that holds, as far as can be said before its rows are unpacked.

    Raises:
        BundleRefused: with the first reason.
    """
    header = bundle.header
    at = moment(header, roster, held, time)
    _addressed(header, held)
    signers = _signed(bundle, roster, at)
    _follows(header, held, at)
    _dated(header, at)
    _sized(header, limits)
    if header.kind is Kind.URGENT:
        _urgent(bundle, limits)
    return signers


def moment(header: Header, roster: Roster, held: Held, time: Time) -> datetime:
    """Return the time to judge by."""
    if time.trusted:
        return time.now
    vouched = [roster.issued, header.issued, header.valid_from]
    return max(vouched if held.dates is None else [*vouched, held.dates.complete])


def again(header: Header, held: Held) -> bool:
    """Say whether a bundle is the one that made the list in force."""
    return (header.town, header.list, header.sequence, header.result) == (
        held.town,
        held.list,
        held.sequence,
        held.digest,
    )


def dates_after(header: Header, held: Held) -> Dates:
    """Return the dates of the list that results.

    An urgent entry or a removal renews nothing: the list in force keeps its dates.
    """
    if header.partial and held.dates is not None:
        return held.dates
    return Dates(header.complete, header.valid_from, header.expires)


def _addressed(header: Header, held: Held) -> None:
    if header.town != held.town:
        raise BundleRefused("town", f"is for the town {header.town!r}, this is {held.town!r}")
    if header.list != held.list:
        raise BundleRefused(
            "list", f"is the list {header.list!r}, this unit takes {held.list!r} (hotlist.list)"
        )


def _signed(bundle: Bundle, roster: Roster, at: datetime) -> tuple[Party, ...]:
    names = {signer for signer, _ in bundle.signatures}
    keys = bundle.header.keys
    if len(bundle.signatures) != keys or len(names) != keys:
        raise BundleRefused(
            "signature", f"has {len(names)} signatures of different keys and needs {keys}"
        )
    signers = tuple(_signer(bundle, *one, roster, at) for one in bundle.signatures)
    if all(party.role is not Role.LIST_ISSUER for party in signers):
        raise BundleRefused("signature", "is signed by no list issuer")
    return signers


def _signer(bundle: Bundle, signer: str, signature: bytes, roster: Roster, at: datetime) -> Party:
    allowed: Sequence[Role] = (
        (Role.LIST_ISSUER,) if bundle.header.keys == 1 else (Role.LIST_ISSUER, Role.SUPERVISOR)
    )
    try:
        return roster.check(Signed(SEALED, bundle.payload, signer, signature), allowed, at)
    except KeysError as error:
        raise BundleRefused("signature", str(error)) from error


def _follows(header: Header, held: Held, at: datetime) -> None:
    if header.sequence > max(held.sequence, int(at.timestamp())) + _FURTHEST:
        raise BundleRefused(
            "ahead",
            f"has sequence {header.sequence}, so far ahead that none could follow; number lists by "
            "ones or by seconds since 1970",
        )
    if header.sequence <= held.sequence:
        raise BundleRefused(
            "older", f"has sequence {header.sequence}, {held.sequence} was installed already"
        )
    if header.base is not None and header.base != held.digest:
        has = held.digest[:12] or "no list"
        raise BundleRefused(
            "base", f"changes the list {header.base[:12]}, this unit has {has}; send a full list"
        )


def _dated(header: Header, at: datetime) -> None:
    if header.issued > at + _SLACK:
        raise BundleRefused("early", f"is issued {instant(header.issued)}, which is yet to come")
    if at < header.valid_from:
        raise BundleRefused("early", f"is valid from {instant(header.valid_from)} on")
    if at >= header.expires:
        raise BundleRefused("expired", f"expired {instant(header.expires)}")


def _sized(header: Header, limits: Limits) -> None:
    if header.entries > limits.entries:
        raise BundleRefused(
            "large", f"makes {header.entries} entries, at most {limits.entries} are taken"
        )
    if header.body_bytes > limits.body_bytes:
        raise BundleRefused(
            "large", f"unfolds to {header.body_bytes} bytes, at most {limits.body_bytes} are taken"
        )
    rows = header.entries + header.rejects
    if header.rejects > limits.reject_share * rows:
        raise BundleRefused(
            "rejects",
            f"left out {header.rejects} of {rows} rows, more than {limits.reject_share:.1%}; "
            "mend the source or its mapping",
        )


def _urgent(bundle: Bundle, limits: Limits) -> None:
    steps = list(expand(bundle)) if bundle.header.body_bytes < 10_000 else []
    if len(steps) != 1 or not steps[0].startswith("+"):
        raise BundleRefused("urgent", "adds not exactly one entry, as an urgent bundle must")
    longest = timedelta(hours=limits.urgent_hours)
    if entry_ends(steps[0][1:]) > bundle.header.issued + longest:
        raise BundleRefused(
            "urgent", f"has an entry that lives for more than {limits.urgent_hours:g} hours"
        )
