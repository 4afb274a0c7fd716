"""A small town with keys, lists for it and the bundles that carry them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property

from edge.hotlist.bundle import Bundle, Header, assemble, pack
from edge.hotlist.bundle_build import (
    About,
    build_delta,
    build_full,
    build_recovered,
    build_urgent,
    sealed,
    signed,
)
from edge.hotlist.bundle_rows import line_of
from edge.keys.crypto import SigningKey
from edge.keys.identity import Identity, make_identity
from edge.keys.parties import Revocation
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.sealed import seal
from edge.keys.trust import Root, Trust
from edge.records import Category, Entry
from tests.fakes import START

TOWN, LIST = "ashford", "town"
NOW = datetime.fromtimestamp(START.utc_ns / 1e9, UTC)
DAY = timedelta(days=1)


def row(number: str, plate: str = "ABC1234", **changes: object) -> str:
    """Return a canonical row."""
    values: dict[str, object] = {
        "entry_id": number,
        "plate": plate,
        "jurisdiction": "us-ny",
        "category": Category.STOLEN_VEHICLE,
        "reason": "stolen, see file",
        "owner": "State Police",
        "entered": NOW - 3 * DAY,
        "expires": NOW + 90 * DAY,
    }
    return line_of(Entry(**{**values, **changes}))  # type: ignore[arg-type]


def rows(*plates: str) -> list[str]:
    """Return the rows of a list; each entry has a number of its own plate."""
    return sorted(row(f"E-{plate}", plate) for plate in plates)


def about(sequence: int, **changes: object) -> About:
    """Return what a sound bundle says of itself."""
    values: dict[str, object] = {
        "town": TOWN,
        "list": LIST,
        "sequence": sequence,
        "issued": NOW,
        "complete": NOW,
        "valid_from": NOW,
        "expires": NOW + DAY,
    }
    return About(**{**values, **changes})  # type: ignore[arg-type]


@dataclass
class Town:
    """Two issuers, two supervisors, an officer and two units on a roster; a stranger besides."""

    root: SigningKey = field(default_factory=SigningKey.make)
    revoked: tuple[str, ...] = ()
    until: datetime = NOW + 365 * DAY

    def __post_init__(self) -> None:
        self.issuer = make_identity("desk", Role.LIST_ISSUER, TOWN)
        self.second = make_identity("night-desk", Role.LIST_ISSUER, TOWN)
        self.supervisor = make_identity("sergeant", Role.SUPERVISOR, TOWN)
        self.deputy = make_identity("deputy", Role.SUPERVISOR, TOWN)
        self.officer = make_identity("officer", Role.OFFICER, TOWN)
        self.unit = make_identity("elm-street", Role.UNIT, TOWN)
        self.other = make_identity("oak-street", Role.UNIT, TOWN)
        self.stranger = make_identity("stranger", Role.LIST_ISSUER, TOWN)

    @property
    def roster(self) -> Roster:
        members = (
            self.issuer,
            self.second,
            self.supervisor,
            self.deputy,
            self.officer,
            self.unit,
            self.other,
        )
        parties = tuple(one.party(NOW - 30 * DAY, self.until) for one in members)
        revoked = tuple(
            Revocation(one.name, one.verify_key, NOW - DAY, "stolen")
            for one in parties
            if one.name in self.revoked
        )
        return Roster(TOWN, 1, NOW - DAY, parties, revoked)

    def trust(self) -> Trust:
        """Return what a unit of the town believes."""
        return Trust(self.unit, Root(TOWN, self.root.public), self.roster)

    @cached_property
    def units(self) -> Roster:
        """The roster to seal by, whatever is revoked later."""
        return self.roster

    def send(self, bundle: Bundle, *signers: Identity) -> bytes:
        """Return a bundle signed and sealed as it travels."""
        for signer in signers or (self.issuer,):
            bundle = signed(bundle, signer)
        return sealed(bundle, self.units, NOW)

    def force(self, bundle: Bundle, to: Identity | None = None) -> bytes:
        """Return a bundle sealed as it is, signed or not: what anybody can make."""
        unit = (to or self.unit).party(NOW - DAY, NOW + DAY)
        return seal("hotlist-bundle", pack(bundle), [unit])

    def full(self, sequence: int, *plates: str, **changes: object) -> bytes:
        return self.send(build_full(rows(*plates), about(sequence, **changes)))

    def delta(self, sequence: int, base: list[str], fresh: list[str], **changes: object) -> bytes:
        return self.send(build_delta(base, fresh, about(sequence, **changes)))

    def urgent(self, sequence: int, base: list[str], line: str, *signers: Identity) -> bytes:
        bundle, _ = build_urgent(base, line, about(sequence))
        return self.send(bundle, *(signers or (self.issuer, self.supervisor)))

    def recovered(self, sequence: int, base: list[str], *numbers: str) -> bytes:
        return self.send(build_recovered(base, numbers, about(sequence))[0])


def changed_header(bundle: Bundle, **changes: object) -> Bundle:
    """Return a bundle whose header says something else, with the signatures as they were."""
    header = Header.model_construct(**{**bundle.header.model_dump(), **changes})  # type: ignore[arg-type]
    forged = assemble(header, bundle.body)
    return Bundle(header, bundle.signatures, forged.payload, bundle.body)
