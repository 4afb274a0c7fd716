"""The folder of corrections: signed files in, standing corrections out.

``NUMBER.claim`` is what an officer signed, ``NUMBER.confirmed`` what a supervisor signed, and
``notices/NUMBER.notice`` waits there for whoever sends it to the list's owner. Taking files away
only ends corrections; putting any there without two keys does nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from edge.clock import Clock, Moment
from edge.config import Settings
from edge.errors import CorrectionError, KeysError
from edge.hotlist.index import Hotlist
from edge.keys.files import read_public, write
from edge.keys.identity import Identity
from edge.keys.roster import Roster
from edge.keys.signed import Signed, from_bytes, to_bytes
from edge.keys.trust import open_trust
from edge.log import Log
from edge.policy.corrections import Correction
from edge.policy.ledger import (
    CLAIM,
    CONFIRMATION,
    Claim,
    Figures,
    check_unlisted,
    figures,
    number_of,
    read_claim,
    read_correction,
    sign_claim,
    sign_confirmation,
)
from edge.services.numbered import LIMIT, find_numbered, read_numbered

_LOOK_S = 60.0
_GLANCE_S = 1.0  # at what costs next to nothing: a new file, another list
_log = Log("edge.corrections")


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the folder holds at one moment.

    Attributes:
        waiting: claims that nobody has confirmed, by number.
        standing: confirmed corrections that hold.
        refused: a sentence by number for each that does not hold, or holds no more.
    """

    waiting: dict[str, Claim]
    standing: tuple[Correction, ...]
    refused: dict[str, str]

    @property
    def figures(self) -> Figures:
        """The counts for the public."""
        return figures(self.waiting.values(), self.standing, len(self.refused))


class CorrectionFolder:
    """Reads and adds to one folder.

    Args:
        roster: returns the roster in force.
        days: a correction that would hold for longer is refused.
    """

    def __init__(self, folder: Path, roster: Callable[[], Roster], days: float) -> None:
        self._folder = folder
        self._roster = roster
        self._days = days

    def add(self, claim: Claim, officer: Identity, listed: Callable[[str], bool]) -> str:
        """Sign a claim, put it there and return its number; it waits for a supervisor.

        Raises:
            CorrectionError: it would touch a listed plate, or hold too long.
            KeysError: it cannot be written.
        """
        signed = sign_claim(claim, officer, self._days, listed)
        number = number_of(signed)
        self._folder.mkdir(parents=True, exist_ok=True)
        write(self._folder / f"{number}.claim", to_bytes(signed))
        return number

    def confirm(
        self, number: str, supervisor: Identity, at: datetime, listed: Callable[[str], bool]
    ) -> Correction:
        """Confirm a claim and return the correction that now stands; the notice lies beside it.

        Raises:
            CorrectionError: there is no such claim, it stands already, or may not be confirmed.
            KeysError: a signature or a key does not hold, or a file cannot be written.
        """
        claim, roster = self._claim(self._found(number)), self._roster()
        number = number_of(claim)
        if self._file(number, "confirmed").exists():
            raise CorrectionError(f"correction {number[:12]} is confirmed already")
        confirmation, notice = sign_confirmation(claim, supervisor, roster, at, self._days, listed)
        correction = read_correction(claim, confirmation, roster, at, self._days)
        (self._folder / "notices").mkdir(exist_ok=True)
        write(self._folder / "notices" / f"{number}.notice", to_bytes(notice))
        write(self._file(number, "confirmed"), to_bytes(confirmation))
        return correction

    def stamp(self) -> int:
        """Return a number that is another one after a file has come or gone; 0 for no folder."""
        try:
            return self._folder.stat().st_mtime_ns
        except OSError:  # none yet; what else may be wrong with it is told when it is read
            return 0

    def read(self, at: datetime, listed: Callable[[str], bool] = lambda _: False) -> Ledger:
        """Return what holds at *at*; a file that is wrong is told of and holds back no other.

        Args:
            listed: says whether a plate is on the list in force; such a text is not corrected.
        """
        roster = self._roster()
        ledger = Ledger({}, (), {})
        standing = []
        for file in sorted(self._folder.glob("*.claim")):
            try:
                found = self._read(file, roster, at, listed)
            except (CorrectionError, KeysError) as error:
                ledger.refused[file.stem] = str(error)
                continue
            if isinstance(found, Correction):
                standing.append(found)
            else:
                ledger.waiting[file.stem] = found
        return Ledger(ledger.waiting, tuple(standing), ledger.refused)

    def _read(
        self, file: Path, roster: Roster, at: datetime, listed: Callable[[str], bool]
    ) -> Correction | Claim:
        claim = self._claim(file)
        confirmed = file.with_suffix(".confirmed")
        if not confirmed.exists():
            return read_claim(claim, roster, at, self._days)
        body = read_public(confirmed, LIMIT)
        confirmation = from_bytes(body, str(confirmed), CONFIRMATION)
        correction = read_correction(claim, confirmation, roster, at, self._days)
        check_unlisted(correction.text, listed)
        return correction

    def _claim(self, file: Path) -> Signed:
        return read_numbered(file, CLAIM, "correction", CorrectionError)

    def _found(self, number: str) -> Path:
        return find_numbered(self._folder, ".claim", number, "correction", CorrectionError)

    def _file(self, number: str, suffix: str) -> Path:
        return self._folder / f"{number}.{suffix}"


class CorrectionWatch:
    """Hands the standing corrections on: once a minute, and at once for a new file or list.

    What cannot be read leaves those in force that were, each until its own end, and is told once.
    A correction whose text is listed by now is not handed on while it is.

    Args:
        hand_on: takes them, as a whole.
        listing: returns the list in force; None while there is none.
    """

    def __init__(
        self,
        folder: CorrectionFolder,
        hand_on: Callable[[Sequence[Correction]], None],
        clock: Clock,
        listing: Callable[[], Hotlist | None] = lambda: None,
    ) -> None:
        self._folder = folder
        self._hand_on = hand_on
        self._clock = clock
        self._listing = listing
        self._glanced: Moment | None = None
        self._looked: Moment | None = None
        self._seen: tuple[int, Hotlist | None] = (0, None)
        self._told: set[str] = set()

    def refresh(self) -> None:
        """Look, if it is time."""
        now = self._clock.now()
        if self._glanced is not None and now.since(self._glanced) < _GLANCE_S:
            return
        self._glanced = now
        seen = (self._folder.stamp(), self._listing())
        rested = self._looked is not None and now.since(self._looked) < _LOOK_S
        if rested and seen == self._seen:
            return
        self._looked, self._seen = now, seen
        self._look(now, seen[1])

    def _look(self, now: Moment, hotlist: Hotlist | None) -> None:
        listed = listed_by(lambda: hotlist)
        try:
            ledger = self._folder.read(datetime.fromtimestamp(now.utc_ns / 1e9, UTC), listed)
        except KeysError as error:
            self._tell(str(error))
            return
        for number, why in ledger.refused.items():
            self._tell(f"{number[:12]}: {why}")
        self._hand_on(ledger.standing)

    def _tell(self, why: str) -> None:
        if why not in self._told:
            self._told.add(why)
            _log.warning("a correction does not hold", why=why)


def open_folder(settings: Settings, keys: Path | None = None) -> CorrectionFolder:
    """Return the folder of the settings.

    Args:
        keys: whose roster is believed; None takes the settings'.

    Raises:
        CorrectionError: the settings name none.
    """
    if not settings.policy.corrections:
        raise CorrectionError("policy.corrections names no folder: set it in the site's file")
    trusted = keys or Path(settings.keys.folder)
    return CorrectionFolder(
        Path(settings.policy.corrections),
        lambda: open_trust(trusted).roster,
        settings.policy.correction_days,
    )


def open_watch(
    settings: Settings,
    hand_on: Callable[[Sequence[Correction]], None],
    clock: Clock,
    listing: Callable[[], Hotlist | None],
) -> CorrectionWatch | None:
    """Return what keeps the line's corrections fresh; None where the settings name no folder."""
    if not settings.policy.corrections:
        return None
    return CorrectionWatch(open_folder(settings), hand_on, clock, listing)


def listed_by(listing: Callable[[], Hotlist | None]) -> Callable[[str], bool]:
    """Return what says whether a plate is on the list that *listing* returns at that moment.

    Without a list nothing is listed, and nothing can alert that could be silenced.
    """

    def listed(text: str) -> bool:
        current = listing()
        return current is not None and bool(current.entries(text))

    return listed
