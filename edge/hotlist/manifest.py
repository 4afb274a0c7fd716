"""What a web server offers: a small signed list of bundles, and which of them a unit needs.

The manifest is a notice, not an authority: each bundle is signed and sealed by itself and checked
again when it is installed. The signature keeps a stranger from making units load what is none of
theirs, and its number keeps an old notice from taking the place of a newer one.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from edge.config.unit import Name
from edge.errors import HotlistError
from edge.hotlist.bundle import Count, Digest, Header, Kind, instant
from edge.hotlist.bundle_check import Held
from edge.keys import canonical
from edge.keys.identity import Identity
from edge.keys.parties import from_time, to_time
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.signed import from_bytes, sign, to_bytes

KIND: Final = "list-manifest"
FILE: Final = "manifest"  # its name in the folder that is served
LARGEST: Final = 256_000  # bytes of a manifest; a hundred bundles are some 40 000

_SLACK: Final = timedelta(minutes=10)  # between two clocks that are set
_FURTHEST: Final = 1_000_000  # a rogue issuer must not use up all numbers there are


def _plain(url: str) -> str:
    if ".." in url:
        raise ValueError("leads out of the manifest's folder")
    return url


Url = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$", max_length=200),
    AfterValidator(_plain),
]
Sequence64 = Annotated[int, Field(ge=1, le=2**53)]


class Offer(canonical.Row):
    """One bundle on the server.

    Attributes:
        base: digest of the rows that it changes; None for a full list.
        result: digest of the rows afterwards.
        digest: SHA-256 of the file.
        url: of the file, relative to the manifest.
    """

    kind: Annotated[Kind, Field(strict=False)]
    sequence: Sequence64
    base: Digest | None
    result: Digest
    digest: Digest
    bytes: Count
    url: Url


class Manifest(canonical.Row):
    """All that is on offer, oldest first.

    Attributes:
        sequence: rises with each that is published.
        roster: number of the roster at the issuer's desk: a unit with an older one says so.
    """

    v: Literal[1]
    town: Name
    list: Name
    sequence: Sequence64
    issued: str
    roster: Annotated[int, Field(ge=0, le=2**53)]
    bundles: Annotated[tuple[Offer, ...], Field(max_length=500, strict=False)]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a unit loads, in the order in which it is installed.

    Attributes:
        problem: why the newest list cannot be had by it; empty when it can, or is in force.
    """

    offers: tuple[Offer, ...]
    problem: str = ""


def offer(header: Header, digest: str, size: int) -> Offer:
    """Return how a sealed bundle is offered; its name on the server is made of its digest."""
    return Offer(
        kind=header.kind,
        sequence=header.sequence,
        base=header.base,
        result=header.result,
        digest=digest,
        bytes=size,
        url=f"{header.list}-{header.sequence}-{digest[:12]}.bundle",
    )


def write(manifest: Manifest, identity: Identity) -> bytes:
    """Return the signed manifest as it lies on the server.

    Raises:
        HotlistError: the key is none of an issuer of that town.
    """
    if identity.role is not Role.LIST_ISSUER or identity.town != manifest.town:
        raise HotlistError(
            f"{identity.name} is {identity.role} of {identity.town}; only a list-issuer of "
            f"{manifest.town} signs its manifest"
        )
    return to_bytes(sign(KIND, canonical.write(manifest), identity))


def publish(old: Manifest | None, new: Manifest, keep: int) -> Manifest:
    """Return *new* with what of *old* a unit with an older base still needs.

    The newest full list stays with all that came after it, and of what is older the changes that
    lead there, so that a unit that was away for a day need not load the whole list.

    Raises:
        HotlistError: the two are of different lists.
    """
    if old is not None and (old.town, old.list) != (new.town, new.list):
        raise HotlistError(
            f"the folder holds the list {old.list!r} of {old.town}, this is {new.list!r} of "
            f"{new.town}; give each list a folder of its own"
        )
    offers = {one.sequence: one for one in (*(old.bundles if old else ()), *new.bundles)}
    newest_full = max((n for n, one in offers.items() if one.kind is Kind.FULL), default=0)
    kept: list[Offer] = []
    wanted: set[str | None] = set()
    for number in sorted(offers, reverse=True):
        one = offers[number]
        if number >= newest_full or (one.base is not None and one.result in wanted):
            kept.append(one)
            wanted.update((one.base, one.result))
    must = sum(one.sequence >= newest_full for one in kept)
    return new.model_copy(update={"bundles": tuple(kept[: max(must, keep)][::-1])})


def read(blob: bytes, what: str, town: str, roster: Roster, now: datetime | None) -> Manifest:
    """Return a manifest whose signature holds.

    Args:
        what: names its place in errors.
        town: this unit's.
        now: None while the clock is not set: then the manifest's own date is as good as any.

    Raises:
        KeysError: it is damaged, or signed by none who may.
        HotlistError: it is of another town, dated ahead, or its number is far ahead of its date.
    """
    signed = from_bytes(blob, what, KIND)
    manifest = canonical.read(Manifest, signed.payload, what)
    issued = from_time(manifest.issued)
    at = roster.no_earlier(issued if now is None else now)
    roster.check(signed, Role.LIST_ISSUER, at)
    if manifest.town != town:
        raise HotlistError(f"{what}: is of the town {manifest.town!r}, this is {town!r}")
    if issued > at + _SLACK:
        raise HotlistError(f"{what}: is issued {instant(issued)}, which is yet to come")
    if manifest.sequence > at.timestamp() + _FURTHEST:
        raise HotlistError(f"{what}: has number {manifest.sequence}, far ahead of its date")
    return manifest


def to_be_signed(
    town: str,
    list_name: str,
    sequence: int,
    issued: datetime,
    bundles: Iterable[Offer],
    roster: int = 0,
) -> Manifest:
    """Return a manifest of *bundles*."""
    return Manifest(
        v=1,
        town=town,
        list=list_name,
        sequence=sequence,
        issued=to_time(issued),
        roster=roster,
        bundles=tuple(sorted(bundles, key=lambda one: one.sequence)),
    )


def plan(offers: Sequence[Offer], held: Held, largest: int, refused: Collection[str] = ()) -> Plan:
    """Return what leads to the newest list with the fewest bytes.

    Args:
        largest: bytes of a bundle that this unit takes.
        refused: digests of files that this unit has refused before.
    """
    newer = sorted(
        (one for one in offers if one.sequence > held.sequence), key=lambda one: one.sequence
    )
    if not newer:
        return Plan(())
    takes = [one for one in newer if one.bytes <= largest and one.digest not in refused]
    ways: list[tuple[Offer, ...]] = []
    for one in takes:
        if one.base is None or one.base == held.digest:
            ways.append((one,))
        else:
            before = [way for way in ways if way[-1].result == one.base]
            if before:
                ways.append((*min(before, key=_bytes), one))
    best = max(ways, key=lambda way: (way[-1].sequence, -_bytes(way)), default=())
    after = best[-1].result if best else held.digest
    return Plan(best, "" if newer[-1].result == after else _why(newer, takes, newer[-1]))


def _why(newer: list[Offer], takes: list[Offer], last: Offer) -> str:
    if len(takes) < len(newer):
        return (
            f"number {last.sequence} of the list is on offer and is refused here or larger than "
            "hotlist.max_bundle_mb; see refused/ in hotlist.inbox, and publish a full list"
        )
    return (
        f"number {last.sequence} of the list is on offer and changes a list that this unit has "
        "not; publish a full list"
    )


def _bytes(way: tuple[Offer, ...]) -> int:
    return sum(one.bytes for one in way)
