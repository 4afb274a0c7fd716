"""What the root does with a batch: lets units in, revokes one, makes way for its successor.

All applications that came back are looked at before one counts, and one signature lets all of them
in. What was cut is done again by the same command.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from edge.errors import KeysError, ProvisionError
from edge.keys import edits, files
from edge.keys.request import Request
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.town import CERTIFICATES, Town
from edge.keys.x509 import holder_of
from edge.services.batch import PARTY, Batch
from edge.services.card_lists import lists_for
from edge.services.unit_note import NOTE, read_application

LINE_LIFE: Final = timedelta(days=400)
CERTIFICATE_LIFE: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Returned:
    """One application that came back.

    Attributes:
        listed: the roster has this very key already.
    """

    request: Request
    blob: bytes
    listed: bool


@dataclass(frozen=True, slots=True)
class Enrolled:
    """One unit that was let in.

    Attributes:
        number: of its next card.
        watches: it is a unit, which needs a list; a console has none.
        lists: on that card.
        left: lists that are not, because the unit could not open them.
    """

    name: str
    number: int
    watches: bool
    lists: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def read_returned(folder: Path, batch: Batch, roster: Roster) -> list[Returned]:
    """Return all applications below *folder*, by name; each is of a site of the batch.

    Raises:
        ProvisionError: a line for each that may not come in, and none does.
    """
    found = sorted({*folder.rglob(NOTE), *folder.rglob("*.party"), *folder.glob("*.txt")})
    wrong: list[str] = []
    returned: dict[str, Returned] = {}
    for file in found:
        try:
            one = _judge(file, batch, roster)
        except (KeysError, ProvisionError) as error:
            wrong.append(str(error))
            continue
        name = one.request.name
        if returned.setdefault(name, one).request.verify_key != one.request.verify_key:
            wrong.append(f"{file}: {name} came back twice, with different keys")
    if wrong:
        raise ProvisionError("\n".join([*wrong, "nobody was let in"]))
    if not returned:
        raise ProvisionError(f"{folder}: has no {NOTE} and no .party file")
    return [returned[name] for name in sorted(returned)]


def enrol(
    returned: Sequence[Returned],
    batch: Batch,
    town: Town,
    passphrase: str,
    now: datetime,
    compared: Callable[[Sequence[Returned]], None],
    lists: Mapping[str, bytes] | None = None,
) -> tuple[Roster, list[Enrolled]]:
    """Let units in: sign them onto the roster, certify each, and write each one's next card.

    Args:
        compared: called before anything is signed; raises unless the fingerprints were compared.
        lists: for the cards, by name; None: those that they carry, where their units open them.

    Returns:
        the roster signed, and who has a next card.

    Raises:
        KeysError: a wrong passphrase, or the draft holds changes of somebody else.
        ProvisionError: from *compared*.
    """
    town.check_passphrase(passphrase)
    fresh = [one for one in returned if not one.listed]
    if fresh:
        compared(fresh)
        draft = town.roster()
        _only_ours(town, fresh)
        for one in fresh:
            draft = edits.added(draft, one.request, now, now + LINE_LIFE)
            town.keep(one.request, one.blob)
        town.change(draft, now)
        town.sign(passphrase, now)
    enrolled = []
    for one in returned:
        pem = _certificate(one, town, passphrase, now)
        enrolled.append(_hand_out(one, batch, pem, lists))
    return town.roster(), enrolled


def replace(
    name: str, reason: str, batch: Batch, town: Town, passphrase: str, now: datetime
) -> tuple[Roster, int]:
    """Revoke a site's unit and write a card for its successor, which makes keys of its own.

    Returns:
        the new roster, and the number of the card.

    Raises:
        KeysError: nobody is called so, or a wrong passphrase.
        ProvisionError: the batch has no such site.
    """
    batch.role(name)
    roster = revoke(name, reason, batch, town, passphrase, now)
    return roster, batch.renew(name, None)


def revoke(
    name: str, reason: str, batch: Batch, town: Town, passphrase: str, now: datetime
) -> Roster:
    """Revoke a unit's keys and certificate at once; its site gets no card and no label by it."""
    if any(
        one.name == name and town.roster().revocation(one) is None for one in town.roster().parties
    ):
        roster = town.revoke(name, reason, passphrase, now)
    else:
        roster = town.roster()
        _was_listed(roster, name)
        if town.ledger.live(name, now):
            roster = town.revoke(name, reason, passphrase, now)
    (batch.folder(name) / PARTY).unlink(missing_ok=True)
    return roster


def _was_listed(roster: Roster, name: str) -> None:
    if all(one.name != name for one in roster.parties):
        raise ProvisionError(f"{name}: was never on the roster: there is nothing to revoke")


def _judge(file: Path, batch: Batch, roster: Roster) -> Returned:
    request, blob = read_application(file)
    if request.town != roster.town:
        raise KeysError(f"{file}: is of {request.town}, and this is {roster.town}")
    role = batch.role(request.name)
    if str(request.role) != role:
        raise KeysError(f"{file}: {request.name} applies as {request.role}, and its site is {role}")
    own = [one for one in roster.parties if one.name == request.name]
    live = [one for one in own if roster.revocation(one) is None]
    same = [one for one in own if one.verify_key == request.verify_key]
    if same and same[0] not in live:
        raise KeysError(f"{file}: the key of {request.name} is revoked: it gets no second chance")
    if live and not same:
        raise KeysError(
            f"{file}: {request.name} is on the roster with another key: if its card was lost or"
            f" broken, 'edge provision replace {request.name}' first"
        )
    return Returned(request, blob, listed=bool(same))


def _only_ours(town: Town, fresh: Sequence[Returned]) -> None:
    """Raise unless the draft, if there is one, is what an enrolment that was cut left."""
    if not town.pending():
        return
    draft, roster = town.draft(), town.roster()
    ours = {one.request.verify_key for one in fresh}
    added = {one.verify_key for one in draft.parties} - {one.verify_key for one in roster.parties}
    if draft.revoked != roster.revoked or not added <= ours:
        raise KeysError(
            f"{town.folder}: other changes wait to be signed: look at 'edge keys roster show' and"
            " sign them first ('edge keys roster sign')"
        )


def _hand_out(
    one: Returned, batch: Batch, pem: bytes, lists: Mapping[str, bytes] | None
) -> Enrolled:
    name = one.request.name
    given = batch.lists(name) if lists is None else lists
    watches = one.request.role is not Role.CONSOLE
    opened, left = lists_for(one.request, given if watches else {})
    number = batch.renew(name, pem, opened)
    files.write(batch.folder(name) / PARTY, one.blob)
    return Enrolled(name, number, watches, tuple(opened), left)


def _certificate(one: Returned, town: Town, passphrase: str, now: datetime) -> bytes:
    """Return the unit's certificate: the one it has if that counts, so that no second is out."""
    name = one.request.name
    file = town.folder / CERTIFICATES / f"{name}.pem"
    if file.exists() and town.ledger.live(name, now + CERTIFICATE_LIFE / 3):
        pem = files.read_public(file)
        if holder_of(pem) == (name, one.request.tls):
            return pem
    town.keep(one.request, one.blob)
    return files.read_public(town.certify(name, [], now + CERTIFICATE_LIFE, passphrase, now)[0])
