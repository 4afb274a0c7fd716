"""Watch's side of the glass: a technician with a key sees what the line sees, and nobody else.

One thread with a Unix socket in the runtime folder. The line leaves the newest look in one slot
and never waits: whoever does not read fast enough misses looks, and after a while is put out. A
log-in and each leaving stand on the unit's chain, the log-in before the first pixel leaves.
"""

import contextlib
import queue
import secrets
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from edge.clock import Clock, Moment
from edge.config import Settings
from edge.errors import GlassError, KeysError
from edge.keys import canonical
from edge.keys.keeper import RosterKeeper
from edge.keys.roles import Role
from edge.keys.signed import Signed, from_bytes
from edge.log import Log
from edge.messages.acts import Act
from edge.messages.acts_car import LogIn, LogOut
from edge.pipeline import Look
from edge.records import Frame, Pixels
from edge.services.glass_look import Looker, Rules
from edge.services.glass_refused import Refusals
from edge.services.glass_wire import (
    SOCKET,
    TICKET,
    Hello,
    Refused,
    Ticket,
    Tried,
    Welcome,
    ZonesShown,
    refused_of,
    send,
    take_blob,
)
from edge.services.local_door import LocalDoor, readable

_EVERY_S: Final = 0.2
_STILL_S: Final = 0.5  # frames that the gate would leave out are looked at this often
_TICKET_S: Final = 5.0
_RECORD_S: Final = 10.0
_READS_S: Final = 5.0  # who takes no byte for so long is put out
_ROSTER_S: Final = 2.0
_log: Final = Log("edge.glass")

Tell = Callable[[str, Act], None]


class Glass:
    """The live view's end in watch; :meth:`wants`, :meth:`see` and :meth:`step` are the line's.

    Args:
        folder: of the socket; on tmpfs.
        rosters: says whose ticket counts; kept fresh by the line.
        masked: the law profile lets nobody see the plates of others.
        shutter_us: returns the exposure time in force under settings; 0 where the camera chooses.
        tell: puts an act on the unit's chain; called by the line's thread alone.
    """

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        rosters: RosterKeeper,
        clock: Clock,
        tell: Tell,
        *,
        masked: bool,
        shutter_us: Callable[[Settings], int],
    ) -> None:
        self._unit = settings.unit
        self._settings = settings
        self._rules = _rules(settings, masked=masked)
        self._file = folder / SOCKET
        self._door = LocalDoor(self._file)
        self._rosters = rosters
        self._clock = clock
        self._tell = tell
        self._shutter_us = shutter_us
        self._acts: queue.SimpleQueue[tuple[str, Act, threading.Event]] = queue.SimpleQueue()
        self._refusals = Refusals(clock)
        self._ended = threading.Event()
        self._fresh = threading.Event()
        self._slot: tuple[Look, Pixels, Rules] | None = None
        self._watched = False
        self._taking = False
        self._last: Moment | None = None
        self._dropped = 0
        self._thread: threading.Thread | None = None

    # the line's thread

    def wants(self, _frame: Frame, passes: bool) -> bool:
        """Say whether somebody looks, and is due for another frame."""
        if not self._watched:
            return False
        every = _EVERY_S if passes else _STILL_S
        self._taking = self._last is None or self._clock.now().since(self._last) >= every
        return self._taking

    def see(self, look: Callable[[], Look]) -> None:
        """Leave a look in the slot, in place of one that nobody has taken."""
        if not self._taking:
            return
        self._taking = False
        seen = look()
        self._last = self._clock.now()  # not the frame's: a recording may run faster than time
        self._dropped += self._slot is not None
        # a copy: the source may use its buffer again
        self._slot = seen, seen.frame.image.copy(), self._rules
        self._fresh.set()

    def retune(self, settings: Settings) -> None:
        """Explain and draw what is seen by other settings from now on."""
        self._settings = settings
        self._rules = _rules(settings, masked=self._rules.masked)

    def step(self) -> None:
        """Put what happened at the glass on the chain."""
        while not self._acts.empty():
            kind, act, done = self._acts.get()
            self._tell(kind, act)
            done.set()
        for row in self._refusals.due(last=self._ended.is_set()):
            self._tell("log-in-refused", row)

    # from outside

    def start(self) -> None:
        """Open the socket; where that cannot be, the unit reads on without a live view."""
        try:
            self._door.open()
        except OSError as error:
            _log.warning("nobody can look through this unit", file=self._file, why=error)
            return
        self._thread = threading.Thread(target=self._run, name="glass", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Put out whoever looks, and close the socket; their leaving waits for :meth:`step`."""
        self._ended.set()
        self._fresh.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._door.close()

    # the glass's own thread

    def _run(self) -> None:
        while not self._ended.is_set():
            door = self._door.take(0.25)
            if door is not None:
                with door:
                    self._serve(door)

    def _serve(self, door: socket.socket) -> None:
        door.settimeout(_TICKET_S)
        try:
            who = self._admit(door)
            if who is None:
                return
            welcome = Welcome(masked=self._rules.masked)
            self._enter(who)
        except (GlassError, KeysError) as error:
            _log.warning("nobody was let to look", why=error)
            why = str(error)[:300]
            self._refusals.note(Refused(refused=(Tried(name="", count=1, in_a_row=0, why=why),)))
            with contextlib.suppress(OSError):  # told if they still listen
                send(door, Welcome(refused=str(error)))
            return
        except OSError as error:
            _log.warning("somebody left before their ticket", why=error)
            return
        why = self._show(door, who, welcome)
        self._leave(who, why)
        _log.info("nobody looks any more", why=why)

    def _enter(self, who: tuple[Signed, Ticket]) -> None:
        """Put the log-in on the chain.

        Raises:
            GlassError: the line does not come round to it.
        """
        signed, ticket = who
        act = LogIn(officer=signed.signer, role=Role.TECHNICIAN.value, session=ticket.session)
        done = threading.Event()
        self._acts.put(("log-in", act, done))
        if not done.wait(_RECORD_S):
            self._leave(who, "not let in: the record took too long")
            raise GlassError("the unit cannot put the log-in on its record now; try again")

    def _leave(self, who: tuple[Signed, Ticket], why: str) -> None:
        out = LogOut(officer=who[0].signer, session=who[1].session, why=why)
        self._acts.put(("log-out", out, threading.Event()))

    def _admit(self, door: socket.socket) -> tuple[Signed, Ticket] | None:
        """Return who asks to look, if the town lets them; None for who only told of others.

        Raises:
            GlassError: the process is not one of this unit's, or the ticket is another's.
            KeysError: nobody who counts as a technician now has signed the ticket.
        """
        try:
            self._door.check(door)
        except PermissionError as error:
            raise GlassError(str(error)) from error
        nonce = secrets.token_hex(16)
        send(door, Hello(town=self._unit.town, unit=self._unit.name, nonce=nonce))
        blob = take_blob(door)
        told = refused_of(blob)
        if told is not None:
            self._refusals.note(told)
            return None
        signed = from_bytes(blob, "the ticket", TICKET)
        self._rosters.roster.check(signed, Role.TECHNICIAN, self._rosters.at())
        ticket = canonical.read(Ticket, signed.payload, "the ticket")
        if (ticket.unit, ticket.nonce) != (self._unit.name, nonce):
            raise GlassError("the ticket is for another unit or another time; log in again")
        return signed, ticket

    def _show(self, door: socket.socket, who: tuple[Signed, Ticket], welcome: Welcome) -> str:
        """Send looks until the end; return why it came."""
        self._slot, self._last, self._dropped = None, None, 0
        door.settimeout(_READS_S)
        looker, number, checked = Looker(self._rules), 0, self._clock.now()
        self._watched = True
        try:
            send(door, welcome)
            while not self._ended.is_set():
                self._listen(door)
                number += self._send_newest(door, looker, number)
                if self._clock.now().since(checked) >= _ROSTER_S:
                    checked = self._clock.now()
                    self._rosters.roster.check(who[0], Role.TECHNICIAN, self._rosters.at())
        except TimeoutError:
            return "stopped reading"
        except OSError:
            return "left"
        except (GlassError, KeysError) as error:
            return str(error)
        finally:
            self._watched = False
            self._slot = None
        return "the unit's watch ended"

    def _listen(self, door: socket.socket) -> None:
        """Take what the page tells meanwhile: who else was not let in.

        Raises:
            OSError: it has left.
            GlassError: it tells something else.
        """
        if not readable(door, 0):
            return
        told = refused_of(take_blob(door))
        if told is None:
            raise GlassError("somebody who looks already has shown a ticket")
        self._refusals.note(told)

    def _send_newest(self, door: socket.socket, looker: Looker, number: int) -> int:
        """Send the look that waits; return how many that were."""
        if not self._fresh.wait(0.25):
            return 0
        self._fresh.clear()
        slot, self._slot = self._slot, None
        if slot is None:
            return 0
        look, image, looker.rules = slot
        shutter_us = self._shutter_us(self._settings)
        head, pixels = looker.head(look, image, number + 1, self._dropped, shutter_us)
        send(door, head, *pixels)
        return 1


def _rules(settings: Settings, *, masked: bool) -> Rules:
    drawn = settings.zones
    return Rules(
        masked,
        settings.reader.least_confidence,
        settings.tracking.min_reads,
        ZonesShown(interest=drawn.interest, ignore=drawn.ignore, direction=drawn.direction),
    )
