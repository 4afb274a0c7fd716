"""First boot: take what lies on the card, whole or not at all, and whatever moment the power goes.

Each step may be done twice. Nothing is put in force before everything on the card was found right,
and the card is erased only when everything from it is where it belongs, synced and read back. A
start that was cut is gone on with by the next one.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field

from edge.disk import put
from edge.errors import KeysError, ProvisionError
from edge.keys import canonical, files
from edge.keys.holder import TLS_KEY, make_party
from edge.keys.identity import FILE, Identity, load_identity
from edge.keys.roles import Role
from edge.keys.roster import load_roster, read_roster
from edge.keys.trust import ROOT_FILE, ROSTER_FILE, install_roster, load_root
from edge.services.card import CARD, Card, read_card
from edge.services.card_check import check_files, check_whose
from edge.services.erase import erase_taken, set_aside
from edge.services.flashes import Fault
from edge.services.places import SETTINGS, SITE, STATE, Places
from edge.services.unit_note import ERROR, NOTE, error_note, unit_note

_HEAD: Final = "# Number {number} of the card's edge-site.toml; a newer card writes it anew.\n"
_MOST: Final = 200_000_000  # a list; its own limit is judged when it is installed


class State(canonical.Row):
    """Which card is in force; written when all of it is."""

    v: Literal[1]
    number: Annotated[int, Field(ge=1)]
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class FirstBoot:
    """Takes one card.

    Args:
        boot: the boot partition, or a folder that stands for it.
        told: called with each line for console and journal.
    """

    def __init__(self, boot: Path, places: Places, told: Callable[[str], None]) -> None:
        self._boot = boot
        self._places = places
        self._told = told

    def run(self) -> bool:
        """Take the card and return True; False when there is none.

        Raises:
            ProvisionError: it is refused, and why stands on the card too (``edge-error.txt``); what
                was in force is in force.
        """
        try:
            return self._run()
        except ProvisionError as error:
            self._explain(error)
            raise
        except (KeysError, OSError) as error:
            wrapped = ProvisionError(f"the unit cannot take its card: {error}", Fault.UNIT)
            self._explain(wrapped)
            raise wrapped from error

    def state(self) -> State | None:
        """Return which card is in force; None before the first.

        Raises:
            KeysError: the file is damaged.
        """
        file = self._places.at(STATE)
        return canonical.read(State, files.read_public(file), str(file)) if file.exists() else None

    def _run(self) -> bool:
        erase_taken(self._boot)
        if not (self._boot / CARD).exists():
            return False
        card, before = read_card(self._boot), self.state()
        keys = self._places.at(card.settings.keys.folder)
        check_whose(card, keys)
        if before is None or not self._taken(card, before):
            check_files(card, keys)
            for step in self._steps(card, keys):
                step()
        self._tell(card)
        set_aside(self._boot)
        erase_taken(self._boot)
        return True

    def _taken(self, card: Card, before: State) -> bool:
        """Say whether this very card is in force already: the power went before it was erased."""
        number = card.table.number
        if number > before.number:
            return False
        if number == before.number and card.digest == before.digest:
            return True
        what = "another file of that number" if number == before.number else "a newer one"
        raise ProvisionError(
            f"{CARD}: provision.number is {number}, and {what} is in force (number"
            f" {before.number}): write number = {before.number + 1} if this one is wanted",
            Fault.NUMBER,
        )

    def _steps(self, card: Card, keys: Path) -> Iterator[Callable[[], None]]:
        yield lambda: self._make_keys(card, keys)
        yield lambda: self._trust(card, keys)
        yield lambda: self._move(card, keys)
        yield lambda: self._settle(card)

    def _make_keys(self, card: Card, keys: Path) -> None:
        """Make the unit's own keys, once; a start cut within it makes them anew."""
        self._places.folder(card.settings.keys.folder)
        unit, role = card.settings.unit, card.table.role
        if not (keys / FILE).exists():
            make_party(keys, Role(role), unit.name, unit.town)
        for name in (FILE, TLS_KEY):
            self._places.give(keys / name, role, to="keys", mode=0o600)
        self._places.give(keys, role, to="keys", mode=0o750)
        self._places.give(keys / f"{unit.name}.party", role, to="keys", mode=0o640)

    def _trust(self, card: Card, keys: Path) -> None:
        table = card.table
        root = files.read_public(card.folder / table.town_file)
        self._write(keys / ROOT_FILE, root)
        blob = files.read_public(card.folder / table.roster_file)
        if not self._older(blob, keys):
            install_roster(blob, table.roster_file, keys)
        for name in (ROOT_FILE, ROSTER_FILE):
            self._places.give(keys / name, table.role, to="keys", mode=0o640)

    def _older(self, blob: bytes, keys: Path) -> bool:
        """Say whether the card's roster is older than the one in force, which then stays."""
        place, root = keys / ROSTER_FILE, load_root(keys / ROOT_FILE).key
        least = load_roster(place, root).sequence if place.exists() else 0
        return read_roster(blob, ROSTER_FILE, root).sequence < least

    def _move(self, card: Card, keys: Path) -> None:
        """Copy certificates, secrets and lists to their places, and read each back."""
        table, sent = card.table, card.settings.delivery
        self._places.folder(SETTINGS)
        for name, place in (
            (table.ca_file, sent.ca_file),
            (table.certificate_file, sent.certificate_file),
        ):
            if name:
                self._copy(card.folder / name, self._places.at(place), table.role, "all", 0o640)
        if table.certificate_file:
            key = self._places.at(sent.key_file)
            self._copy(keys / TLS_KEY, key, table.role, "sender", 0o400)
        for name in table.secrets:
            kept = self._places.at(f"{SETTINGS}/{name}")
            self._copy(card.folder / name, kept, table.role, "sender", 0o400)
        for name in table.lists:
            inbox = self._places.shared(card.settings.hotlist.inbox, table.role)
            self._copy(card.folder / name, inbox / name, table.role, "keys", 0o660)

    def _settle(self, card: Card) -> None:
        """Put the settings in force, and note which they are when they are."""
        self._places.folder(SETTINGS)
        site, state = self._places.at(SITE), self._places.at(STATE)
        head = _HEAD.format(number=card.table.number)
        self._write(site, (head + card.site).encode("utf-8"))
        self._places.give(site, card.table.role, to="all", mode=0o640)
        row = State(v=1, number=card.table.number, digest=card.digest)
        self._write(state, canonical.write(row))

    def _copy(self, source: Path, place: Path, role: str, to: str, mode: int) -> None:
        self._write(place, files.read_public(source, _MOST), private=True)
        self._places.give(place, role, to=to, mode=mode)

    def _write(self, place: Path, body: bytes, *, private: bool = False) -> None:
        files.write(place, body, private=private)
        if files.read_public(place, _MOST) != body:
            raise ProvisionError(
                f"{place}: reads back other than it was written: the unit's card is failing; use a"
                " new one",
                Fault.UNIT,
            )

    def _tell(self, card: Card) -> None:
        """Say who the unit is: on the console, in the journal, and on the card."""
        keys, unit = self._places.at(card.settings.keys.folder), card.settings.unit
        identity: Identity = load_identity(keys)
        blob = files.read_public(keys / f"{unit.name}.party")
        put(self._boot / NOTE, unit_note(blob, card.table.number).encode("ascii"))
        (self._boot / ERROR).unlink(missing_ok=True)
        self._told(
            f"{identity.name}, {identity.role} of {identity.town}: settings"
            f" {card.table.number} are in force"
        )
        self._told(f"fingerprint: {identity.fingerprint}")
        if not card.table.certificate_file:
            self._told(f"not on the roster yet: bring {NOTE} to the root")

    def _explain(self, error: ProvisionError) -> None:
        self._told(f"{CARD} was not taken: {error}")
        # a unit that was set up by hand has settings, and no card's number
        had = any(self._places.at(one).exists() for one in (STATE, SITE))
        text = error_note(error, provisioned=had)
        try:
            put(self._boot / ERROR, text.encode("utf-8"))
        except OSError as failed:
            self._told(f"{ERROR} cannot be written onto the card: {failed.strerror}")
