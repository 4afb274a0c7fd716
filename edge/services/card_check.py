"""Whether the files on a card are this town's, this unit's, and signed: before any is taken."""

import os
from pathlib import Path

from edge.errors import KeysError, ProvisionError
from edge.keys import files
from edge.keys.holder import TLS_KEY
from edge.keys.identity import FILE, load_identity
from edge.keys.roster import Roster, load_roster, read_roster
from edge.keys.trust import ROOT_FILE, ROSTER_FILE, Root, load_root
from edge.keys.x509 import certificate_digest, check_issued, holder_of, tls_public
from edge.services.card import CARD, FOLDER, Card
from edge.services.flashes import Fault


def check_files(card: Card, keys: Path) -> None:
    """Return only if all files of the card may be put in force.

    Args:
        keys: the folder of the unit's own keys; it may be empty as yet.

    Raises:
        ProvisionError: one is missing, damaged, another town's, another unit's or not signed.
    """
    for name in card.table.names():
        _there(card.folder / name)
    root = _root(card)
    _same_town(card, root, keys)
    roster = _roster(card, root, keys)
    try:
        _tls(card, roster, keys)
    except KeysError as error:
        raise _untrusted(f"{FOLDER}: {error}") from None


def _there(file: Path) -> None:
    sentence = ""
    if not file.is_file():
        sentence = "is named in [provision] and is not on the card: copy it there"
    elif not os.access(file, os.R_OK):
        sentence = "cannot be read"
    elif file.stat().st_size == 0:
        sentence = "is empty: copy it again, and eject the card before it is taken out"
    if sentence:
        raise ProvisionError(f"{FOLDER}/{file.name}: {sentence}", Fault.FILES)


def _root(card: Card) -> Root:
    try:
        return load_root(card.folder / card.table.town_file)
    except KeysError as error:
        raise ProvisionError(_on_card(error, card), Fault.FILES) from None


def _same_town(card: Card, root: Root, keys: Path) -> None:
    town = card.settings.unit.town
    if root.town != town:
        raise _untrusted(
            f"{CARD}: unit.town is {town}, and {card.table.town_file} is of {root.town}"
        )
    if (keys / ROOT_FILE).exists() and load_root(keys / ROOT_FILE) != root:
        raise _untrusted(
            f"{FOLDER}/{card.table.town_file}: is another root than this unit trusts: a town's root"
            " is trusted once; 'edge provision wipe' on the unit begins anew"
        )


def _roster(card: Card, root: Root, keys: Path) -> Roster:
    """Return the newer one of the card's roster and the one in force, which then stays."""
    file = card.folder / card.table.roster_file
    try:
        roster = read_roster(files.read_public(file), f"{FOLDER}/{file.name}", root.key)
    except KeysError as error:
        raise _untrusted(str(error)) from None
    if roster.town != root.town:
        raise _untrusted(f"{FOLDER}/{file.name}: is of {roster.town}, not of {root.town}")
    if not (keys / ROSTER_FILE).exists():
        return roster
    present = load_roster(keys / ROSTER_FILE, root.key)
    if present.sequence == roster.sequence and present != roster:
        raise _untrusted(
            f"{FOLDER}/{file.name}: is another roster with the number {roster.sequence} of the one"
            " in force: two copies of the root have signed; sign once more with the true one"
        )
    return present if present.sequence > roster.sequence else roster


def check_whose(card: Card, keys: Path) -> None:
    """Return only if the card is for this unit, or for whoever has no keys yet.

    Raises:
        ProvisionError: the unit is somebody else.
    """
    if not (keys / FILE).exists():
        return
    own, unit = load_identity(keys), card.settings.unit
    if (own.name, own.town, str(own.role)) != (unit.name, unit.town, card.table.role):
        raise _untrusted(
            f"{CARD}: is for {unit.name}, {card.table.role} of {unit.town}, and this is {own.name},"
            f" {own.role} of {own.town}: the cards were exchanged, or wipe this unit first"
            " ('edge provision wipe')"
        )


def _tls(card: Card, roster: Roster, keys: Path) -> None:
    table = card.table
    if not table.ca_file:
        if table.certificate_file:
            raise KeysError(
                f"{table.certificate_file}: name the authority in provision.ca_file too"
            )
        return
    authority = files.read_public(card.folder / table.ca_file)
    if certificate_digest(authority) != roster.authority:
        raise KeysError(f"{table.ca_file}: is not the authority that the roster names")
    if table.certificate_file:
        _certificate(card, files.read_public(card.folder / table.certificate_file), authority, keys)


def _certificate(card: Card, pem: bytes, authority: bytes, keys: Path) -> None:
    what, unit = card.table.certificate_file, card.settings.unit.name
    check_issued(pem, authority)
    name, public = holder_of(pem)
    if name != unit:
        raise KeysError(f"{what}: is {name}'s, and this is {unit}")
    if not (keys / FILE).exists():
        raise KeysError(
            f"{what}: was made for keys that this unit does not have: it has none. Start it once"
            " with a card without a certificate ('edge provision replace' makes one)"
        )
    if public != tls_public(files.read_private(keys, TLS_KEY)):
        raise KeysError(f"{what}: was made for other keys than this unit's: enrol it again")


def _on_card(error: KeysError, card: Card) -> str:
    return str(error).replace(str(card.folder), FOLDER)


def _untrusted(sentence: str) -> ProvisionError:
    return ProvisionError(sentence, Fault.TRUST)
