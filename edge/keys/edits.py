"""Changes of a roster: each returns a new one with the same number; signing counts it up."""

from dataclasses import replace
from datetime import datetime, timedelta

from edge.errors import KeysError
from edge.keys.parties import Party, Revocation
from edge.keys.request import Request
from edge.keys.roster import Roster


def added(roster: Roster, request: Request, since: datetime, until: datetime) -> Roster:
    """Return *roster* with a new party.

    Raises:
        KeysError: another town's, or the name has a key that still counts.
    """
    if any(one.until > since for one in _lines(roster, request.name)):
        raise KeysError(
            f"{request.name} is on the roster: rotate its key, or revoke it first if it was lost"
        )
    return _with(roster, _party(roster, request, since, until))


def rotated(
    roster: Roster, request: Request, at: datetime, until: datetime, overlap: timedelta
) -> Roster:
    """Return *roster* with a new key for a party; its old one counts for *overlap* more.

    Raises:
        KeysError: another town's, another role, or there is no old key that counts.
    """
    old = [one for one in _lines(roster, request.name) if one.holds(at)]
    if not old:
        raise KeysError(f"{request.name} has no key that counts now: add it instead")
    if old[0].role is not request.role:
        raise KeysError(f"{request.name} is {old[0].role}, and the new key is for {request.role}")
    ends = {one: replace(one, until=min(one.until, at + overlap)) for one in old}
    kept = tuple(ends.get(one, one) for one in roster.parties)
    return _with(replace(roster, parties=kept), _party(roster, request, at, until))


def revoked(roster: Roster, name: str, at: datetime, reason: str) -> Roster:
    """Return *roster* with every key of *name* revoked.

    Raises:
        KeysError: nobody is called so, or all its keys are revoked already.
    """
    if all(party.name != name for party in roster.parties):
        known = ", ".join(sorted({party.name for party in roster.parties})) or "nobody"
        raise KeysError(f"{name!r} is not on the roster; it has {known}")
    keys = [one.verify_key for one in _lines(roster, name)]
    if not keys:
        raise KeysError(f"every key of {name} is revoked already")
    if not reason.strip():
        raise KeysError(f"why is {name} revoked? The reason stays on the roster")
    more = tuple(Revocation(name, key, at, reason.strip()) for key in keys)
    return replace(roster, revoked=roster.revoked + more)


def _lines(roster: Roster, name: str) -> list[Party]:
    """Return the lines of *name* whose keys are not revoked."""
    return [one for one in roster.parties if one.name == name and roster.revocation(one) is None]


def _party(roster: Roster, request: Request, since: datetime, until: datetime) -> Party:
    if request.town != roster.town:
        raise KeysError(f"{request.name} was made for {request.town}, and this is {roster.town}")
    keys = (request.verify_key, request.sealing_key)
    return Party(request.name, request.role, *keys, since, until, roster.town)


def _with(roster: Roster, party: Party) -> Roster:
    return replace(roster, parties=(*roster.parties, party))
