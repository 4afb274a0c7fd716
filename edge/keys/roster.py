"""The roster: one signed, numbered list of who may do what in a town.

The offline root signs it; a process that knows the root's public key believes this list and
nothing else. A key belongs to one party and a party has one role, so that two signatures are two
parties. Nothing is ever taken off: an ended or revoked key stays, so that what it signed while it
counted can still be judged.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edge.errors import KeysError
from edge.keys import canonical, files
from edge.keys.crypto import SigningKey, VerifyKey, weak
from edge.keys.parties import (
    Party,
    PartyRow,
    Revocation,
    RevocationRow,
    RosterRows,
    from_time,
    to_time,
)
from edge.keys.roles import OPENS, Role
from edge.keys.signed import Signed, from_bytes, holds, sign_with, to_bytes

KIND = "roster"
ROOT = "root"  # the signer's name; no party may bear it


@dataclass(frozen=True, slots=True)
class Roster:
    """Who may do what.

    Attributes:
        sequence: counts up with each signing; an older roster never replaces a newer one.
        issued: when the root signed it; it was not earlier than this when it is read.
        parties: all that ever were, by name and start.
        authority: SHA-256 of the town's TLS authority's certificate, hex; empty when it has none.
    """

    town: str
    sequence: int
    issued: datetime
    parties: tuple[Party, ...]
    revoked: tuple[Revocation, ...] = ()
    authority: str = ""

    def check(self, signed: Signed, role: Role | Collection[Role], at: datetime) -> Party:
        """Return who signed, if that party may sign such a thing at *at*, the present.

        A revoked key is refused whatever *at* says: a thief writes any date on a document.

        Raises:
            KeysError: with the reason: unknown, forged, another town, another role, not yet
                valid, ended, or revoked.
        """
        party = self._signer(signed)
        self._role(signed, party, role)
        revoked = self.revocation(party)
        if revoked is not None:
            raise KeysError(_revoked(revoked))
        _dates(party, at)
        return party

    def check_then(self, signed: Signed, role: Role | Collection[Role], seen: datetime) -> Party:
        """Return who signed, as :meth:`check` would have at *seen*: for old evidence.

        Args:
            seen: when somebody whom the caller trusts held the document; never a date that the
                document gives itself.

        Raises:
            KeysError: as :meth:`check`; what was signed before a revocation stands.
        """
        party = self._signer(signed)
        self._role(signed, party, role)
        revoked = self.revocation(party)
        if revoked is not None and seen >= revoked.at:
            raise KeysError(_revoked(revoked))
        _dates(party, seen)
        return party

    def recipients(self, role: Role, at: datetime) -> tuple[Party, ...]:
        """Return all of *role* that may open things at *at*: no ended and no revoked ones."""
        gone = {one.verify_key for one in self.revoked}
        return tuple(
            party
            for party in self.parties
            if party.role is role
            and party.sealing_key is not None
            and party.holds(at)
            and party.verify_key not in gone
        )

    def revocation(self, party: Party) -> Revocation | None:
        """Return the revocation of this party's key, if there is one."""
        found = (one for one in self.revoked if one.verify_key == party.verify_key)
        return next(found, None)

    def no_earlier(self, now: datetime) -> datetime:
        """Return *now*, or the roster's date if a clock that nobody has set says less."""
        return max(now, self.issued)

    def _signer(self, signed: Signed) -> Party:
        named = [party for party in self.parties if party.name == signed.signer]
        if not named:
            raise KeysError(
                f"{signed.kind}: signed by {signed.signer!r}, who is not on the roster of"
                f" {self.town} (number {self.sequence})"
            )
        for party in named:
            if holds(signed, party.verify_key, self.town):
                return party
        raise KeysError(
            f"{signed.kind}: the signature of {signed.signer} does not hold: it was changed, or"
            f" made with another key or for another town than {self.town}"
        )

    def _role(self, signed: Signed, party: Party, role: Role | Collection[Role]) -> None:
        allowed = (role,) if isinstance(role, Role) else tuple(role)
        if party.role not in allowed:
            wanted = " or ".join(sorted(allowed))
            raise KeysError(f"{signed.kind}: {party.name} is {party.role}; only {wanted} signs it")


def sign_roster(roster: Roster, root: SigningKey) -> bytes:
    """Return the roster as the file that :func:`load_roster` reads.

    Raises:
        KeysError: it contradicts itself.
    """
    payload = write_rows(roster)
    return to_bytes(sign_with(root, KIND, payload, ROOT, roster.town))


def write_rows(roster: Roster) -> bytes:
    """Return the roster's content without a signature, as a draft is kept.

    Raises:
        KeysError: it contradicts itself.
    """
    _consistent(roster)
    rows = RosterRows(
        v=1,
        town=roster.town,
        sequence=roster.sequence,
        issued=to_time(roster.issued),
        authority=roster.authority,
        parties=[PartyRow.of(party) for party in _ordered(roster.parties)],
        revoked=[RevocationRow.of(one) for one in roster.revoked],
    )
    return canonical.write(rows)


def load_roster(file: Path, root: VerifyKey, least_sequence: int = 0) -> Roster:
    """Return the roster in *file*.

    Args:
        root: the town's root, the one key that a process holds on trust.
        least_sequence: the newest number that this process has seen.

    Raises:
        KeysError: it cannot be read, *root* did not sign it, or it is older than one seen before.
    """
    return read_roster(files.read_public(file), str(file), root, least_sequence)


def read_roster(blob: bytes, what: str, root: VerifyKey, least_sequence: int = 0) -> Roster:
    """Return the roster in *blob*, which errors call *what*; see :func:`load_roster`."""
    signed = from_bytes(blob, what, KIND)
    town = canonical.read(RosterRows, signed.payload, what).town
    if signed.signer != ROOT or not holds(signed, root, town):
        raise KeysError(
            f"{what}: was changed, or is not signed by the root of this town: fetch it again, and"
            " compare the root's fingerprint"
        )
    roster = read_rows(signed.payload, what)
    if roster.sequence < least_sequence:
        raise KeysError(
            f"{what}: is number {roster.sequence}, and number {least_sequence} was in force:"
            " somebody plays an old roster back; fetch the newest"
        )
    return roster


def read_rows(payload: bytes, what: str) -> Roster:
    """Return the roster whose content :func:`write_rows` wrote; nobody vouches for it.

    Raises:
        KeysError: it is damaged or contradicts itself.
    """
    rows = canonical.read(RosterRows, payload, what)
    roster = Roster(
        rows.town,
        rows.sequence,
        from_time(rows.issued),
        tuple(row.party(rows.town) for row in rows.parties),
        tuple(row.revocation() for row in rows.revoked),
        rows.authority,
    )
    _consistent(roster)
    return roster


def _ordered(parties: Iterable[Party]) -> list[Party]:
    return sorted(parties, key=lambda one: (one.name, one.since, one.verify_key.raw))


def _consistent(roster: Roster) -> None:
    """Raise KeysError unless a key is one party's, a party has one role, and dates are in order."""
    roles: dict[str, Role] = {}
    keys: dict[bytes, str] = {}
    for party in roster.parties:
        _sound(party, roster.town)
        if roles.setdefault(party.name, party.role) is not party.role:
            raise KeysError(f"{party.name} has two roles on one roster; give each its own name")
        own = [party.verify_key.raw, *([party.sealing_key.raw] if party.sealing_key else [])]
        for raw in own:
            if raw in keys:
                raise KeysError(f"{keys[raw]} and {party.name} have the same key: make a new one")
            keys[raw] = party.name
    for one in roster.revoked:
        if keys.get(one.verify_key.raw) != one.name:
            raise KeysError(f"a key of {one.name} is revoked that {one.name} does not have")
        if one.at > roster.issued:
            raise KeysError(f"{one.name} is revoked at a time later than the roster's own")


def _sound(party: Party, town: str) -> None:
    if party.town != town:
        raise KeysError(f"{party.name} is of {party.town}, and the roster of {town}")
    if party.name == ROOT:
        raise KeysError(f"no party may be called {ROOT}")
    if party.since >= party.until:
        raise KeysError(f"{party.name}: ends ({party.until}) before it begins ({party.since})")
    if weak(party.verify_key):
        raise KeysError(f"{party.name}: its key is one under which anybody can sign: make another")
    if (party.sealing_key is not None) is not (party.role in OPENS):
        raise KeysError(f"{party.name}: the role {party.role} has {_wanted(party.role)}")


def _wanted(role: Role) -> str:
    return "a sealing key" if role in OPENS else "no sealing key"


def _dates(party: Party, at: datetime) -> None:
    if at < party.since:
        raise KeysError(f"{party.name}: its key counts only from {to_time(party.since)} on")
    if at >= party.until:
        raise KeysError(
            f"{party.name}: its key ended at {to_time(party.until)}; it needs a new line on the"
            " roster"
        )


def _revoked(one: Revocation) -> str:
    return f"{one.name}: its key was revoked at {to_time(one.at)}: {one.reason}"
