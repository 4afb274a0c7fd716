"""What a console or the archive remembers of searches that went out: nothing in the clear.

For each search stands its number, who asked which units and when; the query itself is sealed to the
officer who asked, as the answers are. All of it goes after a week.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field

from edge.clock import Clock
from edge.config import Settings
from edge.disk import put
from edge.errors import KeysError, MessageError, SearchError
from edge.keys import canonical
from edge.keys.files import make_folder
from edge.keys.identity import Identity
from edge.keys.parties import Name, Party, from_time
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.sealed import open_sealed, seal
from edge.keys.signed import Signed, digest, from_bytes, to_bytes
from edge.log import Log
from edge.messages.answer import AnswerCover, AnswerMessage, open_answer, read_cover
from edge.messages.search import SEARCH, Query, read_query
from edge.services.archive import open_archive
from edge.services.keyring import Keyring
from edge.store.console import ConsoleStore

KEEP: Final = timedelta(days=7)
_COPY: Final = "search-copy"
_ASKED, _ANSWER, _LEAVING = ".asked", ".answer", ".leaving"
_log: Final = Log("edge.search")


class Asked(canonical.Row):
    """One search that went out."""

    v: Literal[1]
    number: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    officer: Name
    units: list[Name]
    made: str
    query: str = Field(description="Base64 of the signed query, sealed to the officer.")


@dataclass(frozen=True, slots=True)
class Told:
    """What one unit said to one search; *message* is None while it has not answered."""

    unit: str
    message: AnswerMessage | None


class AskedFolder:
    """The folder of searches on the machine that they went out from."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, query: Signed, said: Query, officer: Party) -> Asked:
        """Remember a search before it goes out."""
        # the machine's own folder may not be there before its daemon is
        self._folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_folder(self._folder)
        copy = seal(_COPY, to_bytes(query), [officer])
        asked = Asked(
            v=1,
            number=digest(query),
            officer=said.officer,
            units=sorted(said.units),
            made=said.made,
            query=canonical.to_text(copy),
        )
        put(self._folder / f"{asked.number}{_ASKED}", canonical.write(asked))
        return asked

    def all(self, officer: str = "") -> list[Asked]:
        """Return the searches that are remembered, the oldest first."""
        found = []
        for file in self._folder.glob(f"*{_ASKED}"):
            try:
                found.append(canonical.read(Asked, file.read_bytes(), str(file)))
            except KeysError as error:
                _log.warning("a remembered search is damaged", why=error)
        wanted = (one for one in found if officer in ("", one.officer))
        return sorted(wanted, key=lambda one: (one.made, one.number))

    def query(self, asked: Asked, officer: Identity) -> Query:
        """Return what was asked, opened by whoever asked it.

        Raises:
            KeysError: it is not this officer's, or damaged.
        """
        blob = open_sealed(_COPY, canonical.from_text(asked.query, "a search's copy"), officer)
        return read_query(from_bytes(blob, "a search's copy", SEARCH))

    def keep(self, cover: AnswerCover) -> bool:
        """Keep an answer as it came; False where it is to no search of ours."""
        number, query = cover.number, cover.message.payload.query
        if not (self._folder / f"{query}{_ASKED}").exists():
            return False
        file = self._folder / f"{query}.{number.unit}.{number.epoch}.{number.sequence}{_ANSWER}"
        if not file.exists():
            put(file, cover.body)
        return True

    def units(self, asked: Asked) -> set[str]:
        """Return the units whose answers are here."""
        return {file.name.split(".")[1] for file in self._answers(asked)}

    def told(
        self,
        asked: Asked,
        officer: Identity,
        roster: Roster,
        at: datetime,
        held: Iterable[bytes] = (),
    ) -> tuple[Told, ...]:
        """Return what each unit said, opened with the officer's key, by unit.

        Of several answers of one unit that counts which is no refusal, or else the first.

        Args:
            held: more answers, which a console's store holds.
        """
        said: dict[str, AnswerMessage] = {}
        for body in (*(file.read_bytes() for file in self._answers(asked)), *held):
            try:
                message = open_answer(body, officer, roster, at)
            except (KeysError, MessageError) as error:
                _log.warning("an answer cannot be read", search=asked.number, why=error)
                continue
            known = said.get(message.unit)
            if known is None or (known.payload.refused and not message.payload.refused):
                said[message.unit] = message
        return tuple(Told(unit, said.get(unit)) for unit in asked.units)

    def prune(self, at: datetime) -> None:
        """Remove searches of more than a week ago, with their answers."""
        for asked in self.all():
            if at - from_time(asked.made) > KEEP:
                self.left(asked.number)
                for file in (*self._answers(asked), self._folder / f"{asked.number}{_ASKED}"):
                    file.unlink(missing_ok=True)

    def lay(self, number: str, blob: bytes, until: datetime) -> None:
        """Keep a sealed search until the broker has taken it, over restarts."""
        put(self._folder / f"{number}.{round(until.timestamp())}{_LEAVING}", blob)

    def leaving(self) -> Iterator[tuple[str, bytes, float]]:
        """Yield number, sealed search and end (seconds of UTC) of what has not gone out."""
        for file in self._folder.glob(f"*{_LEAVING}"):
            named = re.fullmatch(rf"([0-9a-f]{{64}})\.(\d{{1,12}})\{_LEAVING}", file.name)
            if named:
                yield named[1], file.read_bytes(), float(named[2])

    def left(self, number: str) -> None:
        """Forget that a search waits to go out."""
        for file in self._folder.glob(f"{number}.*{_LEAVING}"):
            file.unlink(missing_ok=True)

    def _answers(self, asked: Asked) -> list[Path]:
        files = self._folder.glob(f"{asked.number}.*{_ANSWER}")
        return sorted(files, key=lambda file: int(file.name.split(".")[3]))


def open_asked(settings: Settings, role: Role) -> AskedFolder:
    """Return the folder of searches of this machine: the console's, or the archive's."""
    section = settings.archive if role is Role.ARCHIVE else settings.console
    return AskedFolder(Path(section.folder) / "searches")


def officers_units(text: str, roster: Roster, at: datetime) -> list[str]:
    """Return the units that a person names: ``a,b``, or ``all`` whose keys count.

    Raises:
        SearchError: there is none.
    """
    known = sorted(party.name for party in roster.recipients(Role.UNIT, at))
    if text == "all":
        found = known
    else:
        found = sorted({one for one in re.split(r"[,\s]+", text) if one})
    if not found:
        raise SearchError("no unit is named, or the roster has none")
    unknown = [one for one in found if one not in known]
    if unknown:
        raise SearchError(
            f"{', '.join(unknown)}: no unit of roster {roster.sequence} whose key counts; there are"
            f" {', '.join(known) or 'none'}"
        )
    return found


def collect(folder: AskedFolder, settings: Settings, keyring: Keyring, clock: Clock) -> int:
    """Take over the answers that this console, or archive, has kept meanwhile; return how many.

    Raises:
        StoreError: its store cannot be opened.
    """
    asked = {one.number for one in folder.all()}
    rosters = keyring.rosters
    taken = 0
    for body in _held(settings, keyring, clock, asked):
        try:
            cover = read_cover(body, rosters.roster, rosters.at())
        except (KeysError, MessageError) as error:
            _log.warning("a kept answer cannot be read", why=error)
            continue
        taken += folder.keep(cover)
    return taken


def _held(
    settings: Settings, keyring: Keyring, clock: Clock, asked: Iterable[str]
) -> Iterator[bytes]:
    own = keyring.identity
    if own.role is Role.ARCHIVE:
        with open_archive(settings, keyring, clock) as archive:
            for held in archive.letters.all(["answer"]):
                if held.letter is not None:
                    yield held.letter.body
    elif own.role is Role.CONSOLE:
        with ConsoleStore(Path(settings.console.folder), own.name, clock) as console:
            for number in asked:
                yield from (one.body for one in console.answers.to(number))
