"""The folder of pauses: the town's signed orders to read nothing, and what lifts them.

``NUMBER.pause`` is what a supervisor or an auditor signed, ``NUMBER.lift`` what one of them signed
to end it early, ``NUMBER.lifted`` what the other did. Files come by an order over the broker or by
hand. What has been lifted or begun here the unit's store knows as well: to take files away, or to
bring them back, changes nothing.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from edge.errors import KeysError, PauseError
from edge.keys.files import make_folder, read_public, write
from edge.keys.roster import Roster
from edge.keys.signed import Signed, from_bytes, to_bytes
from edge.log import Log
from edge.policy import pauses
from edge.policy.pauses import Lifted, Ordered
from edge.services.numbered import LIMIT, read_numbered

FOLDER: Final = "pauses"  # in the folder of keys
_log: Final = Log("edge.pauses")


@dataclass(frozen=True, slots=True)
class Found:
    """What the folder holds at one moment.

    Attributes:
        ordered: pauses whose signature holds, lifted or not, by number.
        lifted: the ends by two people, by the pause's number.
        documents: the signed files, by name.
        refused: a sentence by file name for each that holds nothing.
    """

    ordered: dict[str, Ordered] = field(default_factory=dict)
    lifted: dict[str, Lifted] = field(default_factory=dict)
    documents: dict[str, bytes] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


class PauseFolder:
    """Reads and adds to one folder of pauses; safe for threads.

    Args:
        lasting: this process goes on: a pause that the disk has no room for counts all the same,
            from memory, and is written as soon as it can be.

    Attributes:
        lifted: numbers of those that are known to be lifted, whatever lies in the folder.
    """

    def __init__(self, folder: Path, *, lasting: bool = False) -> None:
        self.folder = folder
        self._lasting = lasting
        self.lifted: frozenset[str] = frozenset()
        self._lock = threading.RLock()
        self._unwritten: dict[str, bytes] = {}

    def put_pause(self, signed: Signed, roster: Roster, at: datetime) -> Ordered:
        """Take an order to read nothing, and return it.

        Raises:
            PauseError: it is over, too long, of another town, or was lifted.
            KeysError: nobody who may has signed it; or it cannot be written, and is not kept.
        """
        one = pauses.read_pause(signed, roster, at)
        name, body = f"{one.number}.pause", to_bytes(signed)
        if one.number in self.lifted or (self.folder / name).with_suffix(".lifted").exists():
            raise PauseError(f"pause {one.number[:12]} was lifted: another needs a new order")
        try:
            self._write(name, body)
        except KeysError as error:
            if not self._lasting:
                raise
            with self._lock:
                self._unwritten[name] = body
            _log.warning("a pause is in force that is not on the disk yet", why=error)
        return one

    def put_lift(self, lift: Signed, approval: Signed, roster: Roster, at: datetime) -> Lifted:
        """Take the end of a pause by two people, and return it.

        Raises:
            PauseError: the two do not belong together, or are of one role.
            KeysError: a signature or a key does not hold, or a file cannot be written.
        """
        one = pauses.read_lifted(lift, approval, roster, at)
        self._write(f"{one.number}.lift", to_bytes(lift))
        self._write(f"{one.number}.lifted", to_bytes(approval))
        return one

    def read(self, roster: Roster, at: datetime) -> Found:
        """Return what holds; a file that is wrong is told of and holds back no other."""
        self._settle()
        found = Found()
        for name, body in self._bodies(found).items():
            try:
                self._take(name, body, found, roster, at)
            except (KeysError, PauseError) as error:
                found.refused[name] = str(error)
        return found

    def marks(self) -> tuple[tuple[str, int, int], ...]:
        """Return what differs after a file came, went or changed."""
        with self._lock:
            marks = [(name, 0, len(body)) for name, body in self._unwritten.items()]
        for file in self.folder.glob("*.*"):
            try:
                stat = file.stat()
            except OSError:
                continue  # taken away between two looks: the next look sees it
            marks.append((file.name, stat.st_mtime_ns, stat.st_size))
        return tuple(sorted(marks))

    def _bodies(self, found: Found) -> dict[str, bytes]:
        with self._lock:
            bodies = dict(self._unwritten)
        for file in sorted(self.folder.glob("*.*")):
            if file.suffix in (".pause", ".lifted") and file.is_file():
                try:
                    bodies[file.name] = read_public(file, LIMIT)
                except KeysError as error:
                    found.refused[file.name] = str(error)
        return bodies

    def _take(self, name: str, body: bytes, found: Found, roster: Roster, at: datetime) -> None:
        if name.endswith(".pause"):
            one = pauses.read_standing(from_bytes(body, name, pauses.PAUSE), roster)
            _numbered(name, one.number)
            found.ordered[one.number], found.documents[name] = one, body
            return
        file = (self.folder / name).with_suffix(".lift")
        lift = from_bytes(read_public(file, LIMIT), str(file), pauses.LIFT)
        approval = from_bytes(body, name, pauses.APPROVAL)
        lifted = pauses.read_lifted(lift, approval, roster, at)
        _numbered(name, lifted.number)
        found.lifted[lifted.number] = lifted
        found.documents.update({file.name: to_bytes(lift), name: body})

    def _settle(self) -> None:
        with self._lock:
            for name, body in list(self._unwritten.items()):
                try:
                    self._write(name, body)
                except KeysError:
                    return  # told when it came
                del self._unwritten[name]

    def _write(self, name: str, body: bytes) -> None:
        make_folder(self.folder, private=False)
        write(self.folder / name, body)


class PauseTaker:
    """Takes pauses, and what lifts them, from orders.

    Args:
        unit: this one.
    """

    kinds: tuple[str, ...] = pauses.KINDS

    def __init__(self, folder: PauseFolder, unit: str) -> None:
        self._folder = folder
        self._unit = unit

    def take(self, found: Mapping[str, bytes], roster: Roster, at: datetime) -> str:
        """Install what is there, and say what.

        Raises:
            PauseError: one key alone would lift a pause, or it is not one to be taken.
            KeysError: a signature does not hold, or a file cannot be written.
        """
        done = []
        if pauses.PAUSE in found:
            done.append(self._pause(found[pauses.PAUSE], roster, at))
        if pauses.LIFT in found or pauses.APPROVAL in found:
            done.append(self._lift(found, roster, at))
        return ", ".join(done)

    def _pause(self, document: bytes, roster: Roster, at: datetime) -> str:
        signed = from_bytes(document, "the pause", pauses.PAUSE)
        one = pauses.read_pause(signed, roster, at)
        if not one.names(self._unit):
            return f"pause {one.number[:12]} is for others"
        self._folder.put_pause(signed, roster, at)
        return f"pause {one.number[:12]}"

    def _lift(self, found: Mapping[str, bytes], roster: Roster, at: datetime) -> str:
        for kind in (pauses.LIFT, pauses.APPROVAL):
            if kind not in found:
                raise PauseError(
                    f"the order lacks the {kind}: one key alone lifts no pause; send the .lift and"
                    " the .lifted together"
                )
        lift = from_bytes(found[pauses.LIFT], "the lift", pauses.LIFT)
        approval = from_bytes(found[pauses.APPROVAL], "the approval", pauses.APPROVAL)
        one = self._folder.put_lift(lift, approval, roster, at)
        return f"lift of pause {one.number[:12]}"


def read_lift(file: Path) -> Signed:
    """Return what the first of two signed; ``edge pause approve`` adds the second.

    Raises:
        KeysError: it cannot be read, or is no lift.
    """
    return from_bytes(read_public(file, LIMIT), str(file), pauses.LIFT)


def read_order(file: Path) -> Signed:
    """Return a pause from its file, which bears its number.

    Raises:
        KeysError: it cannot be read, or is no pause.
        PauseError: it bears another one's number.
    """
    return read_numbered(file, pauses.PAUSE, "pause", PauseError)


def _numbered(name: str, number: str) -> None:
    if Path(name).stem != number:
        raise PauseError(f"{name}: bears another pause's number: it was changed")
