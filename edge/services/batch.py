"""A folder per site, whose ``boot`` goes onto a card's boot partition as it is.

No key of a unit is made here. A key made on the desk's computer would have been in the hands of
whoever writes the cards, and on a card that no program erases for certain: one person could then
forge twenty units' alerts unseen. So a card is started once, on the bench or on its pole; the unit
makes its keys, and ``edge-unit.txt`` comes back to be enrolled.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.errors import ProvisionError
from edge.keys import files
from edge.keys.request import Request, read_request
from edge.keys.town import AUTHORITY_FILE, Town
from edge.keys.trust import ROOT_FILE, ROSTER_FILE
from edge.services.card import CARD, FOLDER, TABLE, Card, CardTable, read_card
from edge.services.card_lists import lists_for
from edge.services.erase import erase_tree
from edge.services.service_key import FILE as WIFI
from edge.services.service_key import make_key
from edge.services.site_text import toml_value
from edge.services.sites import Site

BOOT: Final = "boot"
CA_FILE: Final = "ca.pem"
CERTIFICATE: Final = "unit.pem"
PARTY: Final = "unit.party"
_MOST: Final = 200_000_000


@dataclass(frozen=True, slots=True)
class Written:
    """One site's folder.

    Attributes:
        number: of its card.
        changed: false where the card was already as it should be.
        left: lists that are not on its card, because the unit could not open them.
    """

    site: str
    number: int
    changed: bool
    left: tuple[str, ...] = ()


class Batch:
    """The folder of a town's sites.

    Args:
        out: one folder per site is made in it.
    """

    def __init__(self, out: Path, town: Town) -> None:
        self.out = out
        self._town = town

    def folder(self, name: str) -> Path:
        """Return the folder of a site, which may not be there."""
        return self.out / name

    def sites(self) -> list[str]:
        """Return the names of all sites that have a card here."""
        return sorted(file.parents[1].name for file in self.out.glob(f"[!.]*/{BOOT}/{CARD}"))

    def write(self, sites: Sequence[Site], lists: Sequence[Path] = ()) -> list[Written]:
        """Make or change the cards of *sites*; each is there whole, or as it was.

        Args:
            lists: signed; each goes to the sites whose unit it is sealed to, none to a console.

        Raises:
            ProvisionError: a site has another role than its card, or a file cannot be read.
            KeysError: the town's folder is no root's, or a file cannot be written.
        """
        read_lists(lists)
        for site in sites:
            self._same_role(site)
        return [self._write(site, lists) for site in sites]

    def renew(
        self, name: str, certificate: bytes | None, lists: Mapping[str, bytes] | None = None
    ) -> int:
        """Write a site's next card, with the town's newest roster; return its number.

        Args:
            certificate: of the unit, PEM; None: a card for a unit that has no keys yet.
            lists: what the card carries in the place of those it had.

        Raises:
            ProvisionError: there is no such site.
        """
        table, site, carried = self._read(name)
        fresh = dict(lists or {})
        update = {"certificate_file": CERTIFICATE if certificate else "", "lists": tuple(fresh)}
        names = table.model_copy(update=update)
        stays = {one: body for one, body in carried.items() if one not in table.lists}
        if clash := sorted(stays.keys() & fresh.keys()):
            raise ProvisionError(f"{name}: two of its files have the same name: {clash[0]}")
        blobs = stays | self._public() | fresh
        blobs.pop(CERTIFICATE, None)
        if certificate is not None:
            blobs[CERTIFICATE] = certificate
        number = table.number + 1
        self._put(name, _text(names.model_copy(update={"number": number}), site), blobs)
        return number

    def lists(self, name: str) -> dict[str, bytes]:
        """Return the lists on a site's card, by name.

        Raises:
            ProvisionError: there is no such site.
        """
        table, _, carried = self._read(name)
        return {one: carried[one] for one in table.lists}

    def wifi_key(self, name: str) -> str:
        """Return the key of a site's service access; empty where it has none."""
        return self._read(name)[2].get(WIFI, b"").decode("ascii").strip()

    def strangers(self, name: str) -> list[str]:
        """Return whom a site's unit sends to and the roster lacks: no receipt of theirs counts."""
        known = {one.name for one in self._town.roster().parties}
        receivers = self._card(name).settings.delivery.receivers
        return [one for one in receivers if one not in known]

    def role(self, name: str) -> str:
        """Return a site's role."""
        return self._read(name)[0].role

    def _same_role(self, site: Site) -> None:
        if (self.folder(site.name) / BOOT / CARD).exists():
            role = self.role(site.name)
            if role != site.role:
                raise ProvisionError(
                    f"{site.name}: was a {role}, and the sheet says {site.role}: a name has one"
                    " role for ever; give it another name"
                )

    def _write(self, site: Site, lists: Sequence[Path]) -> Written:
        given = {} if site.role == "console" else read_lists(lists)
        blobs = {one.name: files.read_public(one, _MOST) for one in site.secrets}
        if len(blobs | given) != len(site.secrets) + len(given):
            raise ProvisionError(f"{site.name}: two of its files have the same name")
        opened, left = lists_for(self._unit(site.name), given)
        blobs |= opened
        table = CardTable(
            version=1,
            number=1,
            role="console" if site.role == "console" else "unit",
            ca_file=CA_FILE,
            secrets=tuple(one.name for one in site.secrets),
            lists=tuple(opened),
        )
        self._heal(site.name)
        before = self.folder(site.name) / BOOT
        kept: dict[str, bytes] = {}
        if (before / CARD).exists():
            old, _, kept = self._read(site.name)
            table = table.model_copy(
                update={"number": old.number, "certificate_file": old.certificate_file}
            )
            if old.certificate_file:
                blobs[CERTIFICATE] = kept[CERTIFICATE]
        blobs |= self._public() | _wifi(site, kept)
        if WIFI in blobs:
            table = table.model_copy(update={"secrets": (*table.secrets, WIFI)})
        if self._is(before, _text(table, site.text), blobs):
            return Written(site.name, table.number, changed=False, left=left)
        if (before / CARD).exists():
            table = table.model_copy(update={"number": table.number + 1})
        self._put(site.name, _text(table, site.text), blobs)
        return Written(site.name, table.number, changed=True, left=left)

    def _unit(self, name: str) -> Request | None:
        """Return the application of the unit that was let in for a site; None before that."""
        file = self.folder(name) / PARTY
        return read_request(files.read_public(file), str(file)) if file.exists() else None

    def _public(self) -> dict[str, bytes]:
        folder = self._town.folder
        self._town.roster()
        return {
            ROOT_FILE: files.read_public(folder / ROOT_FILE),
            ROSTER_FILE: files.read_public(folder / ROSTER_FILE),
            CA_FILE: files.read_public(folder / AUTHORITY_FILE),
        }

    def _heal(self, name: str) -> None:
        """Take the old card back if a change was cut between the two renames."""
        place = self.folder(name)
        if not (place / BOOT).exists() and (place / f".{BOOT}.old").exists():
            files.move(place / f".{BOOT}.old", place / BOOT)

    def _is(self, boot: Path, text: str, blobs: dict[str, bytes]) -> bool:
        card = boot / CARD
        if not card.exists() or card.read_text("utf-8") != text:
            return False
        found = {one.name: one.read_bytes() for one in (boot / FOLDER).iterdir()}
        return found == blobs

    def _card(self, name: str) -> Card:
        self._heal(name)
        boot = self.folder(name) / BOOT
        if not (boot / CARD).exists():
            known = ", ".join(self.sites()) or "none"
            raise ProvisionError(f"{self.out}: has no site {name!r}; it has {known}")
        return read_card(boot)

    def _read(self, name: str) -> tuple[CardTable, str, dict[str, bytes]]:
        card, folder = self._card(name), self.folder(name) / BOOT / FOLDER
        blobs = {one: files.read_public(folder / one, _MOST) for one in card.table.names()}
        return card.table, card.site, blobs

    def _put(self, name: str, text: str, blobs: dict[str, bytes]) -> None:
        """Put a whole ``boot`` folder in the place of the old one."""
        place = self.folder(name)
        files.make_folder(self.out, private=False)
        files.make_folder(place)
        self._heal(name)
        fresh, old = place / f".{BOOT}.new", place / f".{BOOT}.old"
        for one in (fresh, old):
            erase_tree(one)
        files.make_folder(fresh)
        files.make_folder(fresh / FOLDER)
        for file, body in blobs.items():
            files.write(fresh / FOLDER / file, body, private=True)
        files.write(fresh / CARD, text.encode("utf-8"), private=True)
        read_card(fresh)  # what a unit would refuse is not handed out
        if (place / BOOT).exists():
            files.move(place / BOOT, old)
        files.move(fresh, place / BOOT)
        erase_tree(old)


def read_lists(files_: Sequence[Path]) -> dict[str, bytes]:
    """Return lists by name.

    Raises:
        ProvisionError: one is no file, or two have the same name.
    """
    for one in files_:
        if not one.is_file():
            raise ProvisionError(f"{one}: is no list: 'edge hotlist sign' makes one")
    return {one.name: files.read_public(one, _MOST) for one in files_}


def _wifi(site: Site, kept: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the key of the site's service access, if it has any; one that was made stays."""
    service = tomllib.loads(site.text).get("service", {})
    wanted = site.role != "console" and service.get("wifi", False)
    return {WIFI: kept.get(WIFI, f"{make_key()}\n".encode("ascii"))} if wanted else {}


def _text(table: CardTable, site: str) -> str:
    """Return ``edge-site.toml``."""
    rows = {name: value for name, value in table.model_dump().items() if value not in ("", ())}
    lines = [f"{name} = {toml_value(value)}" for name, value in rows.items()]
    head = "# One unit's card: copy this file and the folder edge-site onto its boot partition."
    return "\n".join([f"[{TABLE}]", head, *lines, "", site.strip("\n"), ""])
