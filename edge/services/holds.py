"""Case holds on their way: signed at a desk, taken wherever letters are kept."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from edge.clock import Clock, Moment
from edge.errors import HoldError
from edge.keys.files import make_folder, write
from edge.keys.identity import Identity
from edge.keys.roster import Roster
from edge.keys.signed import Signed, digest, from_bytes, to_bytes
from edge.policy.holds import END, HOLD, Hold, read_end, read_hold, sign_end, sign_hold
from edge.records import AlertId
from edge.services.numbered import find_numbered, read_numbered
from edge.store.holding import KeptHold

FOLDER: Final = "holds"  # in the folder of keys, at the desk


class Holding(Protocol):
    """Where holds are kept: of a unit, a console or the archive."""

    def begin(self, hold: KeptHold, now: Moment) -> bool:
        """Put a hold in force; False when it is known already."""

    def end(self, number: str, ender: str, now: Moment) -> bool:
        """End a hold at once; False when it had ended, or never came here."""


class HoldTaker:
    """Takes holds and their ends (see :class:`edge.services.orders.Taker`).

    Args:
        concerns: says whether an alert may be held here; a unit keeps its own alone.
        there: says whether anything of an alert is kept here at present.
    """

    kinds: tuple[str, ...] = (HOLD, END)

    def __init__(
        self,
        holds: Holding,
        clock: Clock,
        there: Callable[[AlertId], bool],
        concerns: Callable[[AlertId], bool] = lambda _: True,
    ) -> None:
        self._holds = holds
        self._clock = clock
        self._there = there
        self._concerns = concerns

    def take(self, found: Mapping[str, bytes], roster: Roster, at: datetime) -> str:
        """Begin or end a hold, and say so.

        Raises:
            HoldError: it may not begin.
            KeysError: it is not signed by somebody who may.
            StoreFull: it cannot be recorded.
        """
        done = []
        if HOLD in found:
            done.append(self._begin(from_bytes(found[HOLD], "the hold", HOLD), roster, at))
        if END in found:
            done.append(self._end(from_bytes(found[END], "the end of a hold", END), roster, at))
        return ", ".join(done)

    def _begin(self, signed: Signed, roster: Roster, at: datetime) -> str:
        hold = read_hold(signed, roster, at)
        alert = read_id(hold.alert)
        if not self._concerns(alert):
            return f"hold {hold.number[:12]}: nothing of it is kept here"
        kept = KeptHold(
            number=hold.number,
            alert=hold.alert,
            case=hold.case,
            why=hold.why,
            until=hold.until,
            supervisor=hold.supervisor,
            ended=False,
        )
        new = self._holds.begin(kept, self._clock.now())
        told = f"hold {hold.number[:12]} until {hold.until}" + ("" if new else ", known already")
        return told if self._there(alert) else f"{told}; nothing of it is kept here now"

    def _end(self, signed: Signed, roster: Roster, at: datetime) -> str:
        number, ender = read_end(signed, roster, at)
        self._holds.end(number, ender, self._clock.now())
        return f"end of hold {number[:12]}"


def read_id(alert: str) -> AlertId:
    """Return the alert of a sound number ``unit/epoch/sequence``."""
    unit, epoch, sequence = alert.split("/")
    return AlertId(unit, epoch, int(sequence))


class HoldFolder:
    """The desk's folder of holds: ``NUMBER.hold``, and ``NUMBER.hold-end`` once it was ended."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make(self, hold: Hold, supervisor: Identity, roster: Roster, at: datetime) -> Path:
        """Sign a hold, put it there and return its file.

        Raises:
            HoldError: it would last too long, or is not a supervisor's.
            KeysError: the key does not count, or the file cannot be written.
        """
        signed = sign_hold(hold, supervisor)
        read_hold(signed, roster, at)
        make_folder(self._folder, private=False)
        file = self._folder / f"{digest(signed)}.{HOLD}"
        write(file, to_bytes(signed))
        return file

    def end(self, number: str, ender: Identity, why: str, at: datetime) -> Path:
        """Sign the end of a hold, put it beside it and return its file.

        Raises:
            HoldError: there is no such hold, or *ender* may not end it.
            KeysError: the file cannot be written.
        """
        file = find_numbered(self._folder, f".{HOLD}", number, HOLD, HoldError)
        ended = file.with_suffix(f".{END}")
        write(ended, to_bytes(sign_end(file.stem, ender, why, at)))
        return ended

    def files(self) -> tuple[Path, ...]:
        """Return the holds, ended or not."""
        return tuple(sorted(self._folder.glob(f"*.{HOLD}")))

    def read(self, file: Path) -> Signed:
        """Return the hold in *file*, not checked.

        Raises:
            HoldError: it bears another one's number.
        """
        return read_numbered(file, HOLD, HOLD, HoldError)

    def ended(self, file: Path) -> bool:
        """Say whether the hold in *file* was ended."""
        return file.with_suffix(f".{END}").exists()
