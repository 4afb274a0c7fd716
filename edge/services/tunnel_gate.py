"""Watch's side of a tunnel: who may open it, what stands on the chain, and when it must end.

A thread with a Unix socket; the tunnel's process brings requests and gets answers that the unit has
signed. An opening stands on the chain before its answer leaves. The roster is looked at every two
seconds while a tunnel is open, so that a revoked key ends it.
"""

import base64
import binascii
import queue
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from edge.clock import Clock, Moment
from edge.config import Settings
from edge.errors import KeysError, TunnelError
from edge.keys.identity import Identity
from edge.keys.keeper import RosterKeeper
from edge.keys.parties import from_time, to_time
from edge.keys.roles import Role
from edge.keys.signed import Signed, digest
from edge.log import Log
from edge.messages.acts import Act
from edge.messages.acts_unit import Remote
from edge.messages.health import RemoteHealth
from edge.messages.tunnel import (
    Answer,
    Ask,
    check_ask,
    key_of,
    new_session,
    read_ask,
    sign_answer,
)
from edge.services.local_door import Doorkeeper, readable
from edge.services.tunnel_wire import SOCKET, Reply, Word, send, take

_TURN_S: Final = 0.25
_ROSTER_S: Final = 2.0
_RECORD_S: Final = 10.0
_LAST_WORD_S: Final = 3.0  # how long the process has to say how many bytes there were
_REFUSED_S: Final = 10.0  # between two rows about refused requests
WANTED: Final = "tuning-wanted"
"""File in the runtime folder that is written anew when somebody comes: systemd starts the page."""
_log: Final = Log("edge.remote")

Tell = Callable[[str, Act], None]


@dataclass(slots=True)
class _Open:
    """The one tunnel that there is."""

    signed: Signed
    session: str
    began: Moment
    inward: int = 0
    outward: int = 0
    foreign: int = 0
    over: str = ""
    ordered: Moment | None = None
    recorded: bool = False
    laptop: str = ""


class TunnelGate:
    """Lets one technician at a time reach the unit's page through the broker.

    Args:
        folder: of the socket; on tmpfs.
        rosters: says whose request counts; kept fresh by the line.
        own: the unit's keys: it signs the answers.
        tell: puts an act on the unit's chain; called by the line's thread alone.
    """

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        rosters: RosterKeeper,
        own: Identity,
        clock: Clock,
        tell: Tell,
    ) -> None:
        self._section = settings.tuning
        self._unit = settings.unit.name
        self._keeper = Doorkeeper(folder / SOCKET, "remote", self._let_in, _foreign)
        self._wanted = folder / WANTED
        self._rosters = rosters
        self._own = own
        self._clock = clock
        self._tell = tell
        self._acts: queue.SimpleQueue[tuple[Act, threading.Event]] = queue.SimpleQueue()
        self._open: _Open | None = None
        self._looked = clock.now()
        self._seen: dict[str, str] = {}
        self._refused: Moment | None = None
        self._more = 0

    @property
    def remote(self) -> RemoteHealth:
        """Who is in, for health; any thread may ask."""
        one, allowed = self._open, self._section.remote
        if one is None or not one.recorded:
            return RemoteHealth(allowed=allowed, who="", role="", since=None)
        return RemoteHealth(
            allowed=allowed,
            who=one.signed.signer,
            role=Role.TECHNICIAN.value,
            since=one.began.iso(),
        )

    # the line's thread

    def step(self) -> None:
        """Put what happened at the gate on the chain."""
        while not self._acts.empty():
            act, done = self._acts.get()
            self._tell("remote", act)
            done.set()

    # from outside

    def start(self) -> None:
        """Open the socket, where the settings let technicians in; without it watch reads on."""
        if not self._section.remote:
            return
        try:
            self._keeper.start()
        except OSError as error:
            _log.warning("no technician can come in through the broker", why=error)

    def stop(self) -> None:
        """End the tunnel that there is, and close the socket; its row waits for :meth:`step`."""
        self._keeper.stop()

    # the gate's own thread

    def _let_in(self, door: socket.socket) -> None:
        door.settimeout(_LAST_WORD_S)
        self._close(self._serve(door))

    def _serve(self, door: socket.socket) -> str:
        """Hear the tunnel's process until one side ends; return why it did."""
        try:
            while not self._keeper.ended.is_set():
                if readable(door, _TURN_S):
                    self._hear(door, take(door, Word))
                self._look(door)
        except TunnelError as error:
            _log.warning("the tunnel's process is put out", why=error)
            return str(error)
        except OSError:
            return "the process that carries it ended"
        return "the unit's watch ended"

    def _hear(self, door: socket.socket, word: Word) -> None:
        if word.kind == "ask":
            send(door, self._judge(word))
        elif self._open is not None:
            self._open.inward, self._open.outward = word.inward, word.outward
            self._open.foreign = word.foreign
            if word.kind == "ended":
                self._close(word.why)

    def _look(self, door: socket.socket) -> None:
        """Order the end of a tunnel whose time is over, or whose key counts no more.

        Raises:
            TunnelError: the process does not end it.
        """
        if self._open is None:
            return
        now = self._clock.now()
        if self._open.ordered is not None:
            if now.since(self._open.ordered) > _LAST_WORD_S:
                raise TunnelError(self._open.over)
            return
        self._open.over = self._why_over(self._open, now)
        if self._open.over:
            self._open.ordered = now
            send(door, Reply(kind="over", why=self._open.over))

    def _why_over(self, one: _Open, now: Moment) -> str:
        if now.since(one.began) >= self._section.remote_minutes * 60:
            return f"the time of {self._section.remote_minutes} min is over: ask anew"
        if now.since(self._looked) < _ROSTER_S:
            return ""
        self._looked = now
        try:
            self._rosters.roster.check(one.signed, Role.TECHNICIAN, self._rosters.at())
        except KeysError as error:
            return str(error)
        return ""

    def _judge(self, word: Word) -> Reply:
        """Return the answer to a request; nothing is said to whom the roster does not know."""
        signed: Signed | None = None
        try:
            signed, ask = read_ask(_unpacked(word.ask))
            self._rosters.roster.check(signed, Role.TECHNICIAN, self._rosters.at())
        except KeysError as error:
            self._refuse(signed.signer if signed else "", str(error))
            return Reply(kind="answer", why=str(error))
        try:
            left = self._admit(signed, ask)
            return self._answer(signed, ask.laptop, word.key, left)
        except (TunnelError, KeysError) as error:
            self._refuse(signed.signer, str(error))
            told = Answer(v=1, unit=self._unit, ask=digest(signed), refused=str(error)[:400])
            return Reply(kind="answer", answer=self._signed(told), why=str(error))

    def _admit(self, signed: Signed, ask: Ask) -> str:
        """Return why who was here must go; empty where nobody need be told.

        Raises:
            TunnelError: the request does not count now, or somebody else is here.
        """
        at = self._rosters.at()
        check_ask(ask, self._unit, at)
        self._seen = {one: end for one, end in self._seen.items() if from_time(end) > at}
        if ask.nonce in self._seen:
            raise TunnelError("this very request was here before: somebody plays it back")
        self._seen[ask.nonce] = ask.expires
        one = self._open
        if one is None:
            return ""
        if one.signed.signer != signed.signer:
            raise TunnelError(f"{one.signed.signer} is here: one technician at a time")
        if one.laptop == ask.laptop:
            self._close("the same technician asked anew")
            return ""
        if not ask.over:
            raise TunnelError(
                f"{signed.signer} is here since {_minute(one.began)} from another laptop; to put "
                "that out and go on from this one: --take-over"
            )
        left = f"{signed.signer} went on from another laptop at {_minute(self._clock.now())}"
        self._close(left)
        return left

    def _answer(self, signed: Signed, laptop: str, key: str, left: str) -> Reply:
        """Return the unit's word that the tunnel is open, once that stands on the chain.

        Raises:
            TunnelError: the line does not come round to the record.
        """
        key_of(key)
        session, section = new_session(), self._section
        now = self._clock.now()
        budget, lasts_s = section.remote_mb * 1_000_000, section.remote_minutes * 60
        one = self._open = _Open(signed, session, now, laptop=laptop)
        if not self._record(Remote(act="opened", who=signed.signer, session=session)):
            self._close("not let in: the record took too long")
            raise TunnelError("the unit cannot put this on its record now; try again")
        one.recorded = True
        _log.info("a technician comes in through the broker", who=signed.signer)
        self._want_page()
        answer = Answer(
            v=1,
            unit=self._unit,
            ask=digest(signed),
            key=key,
            session=session,
            until=to_time(self._rosters.at() + timedelta(seconds=lasts_s)),
            budget=budget,
            secure=bool(section.certificate_file),
        )
        return Reply(
            kind="answer",
            answer=self._signed(answer),
            opened=True,
            session=session,
            who=signed.signer,
            until_s=float(lasts_s),
            budget=budget,
            left=left,
        )

    def _want_page(self) -> None:
        """Have the page started, where nobody has (edge-tuning.path)."""
        try:
            self._wanted.write_text(self._clock.now().iso() + "\n", "ascii")
        except OSError as error:
            _log.warning("the page cannot be asked for; start edge-tuning", why=error)

    def _signed(self, answer: Answer) -> str:
        return base64.b64encode(sign_answer(answer, self._own)).decode("ascii")

    def _close(self, why: str) -> None:
        one, self._open = self._open, None
        if one is None:
            return
        _log.info("the way in through the broker is closed", who=one.signed.signer, why=why)
        act = Remote(
            act="closed",
            who=one.signed.signer,
            session=one.session,
            inward=one.inward,
            outward=one.outward,
            foreign=one.foreign,
            why=one.over or why,
        )
        self._acts.put((act, threading.Event()))

    def _refuse(self, who: str, why: str) -> None:
        """Record a refusal; of a flood one every ten seconds, which counts those before it."""
        _log.warning("a request to come in through the broker is refused", claims=who, why=why)
        now = self._clock.now()
        if self._refused is not None and now.since(self._refused) < _REFUSED_S:
            self._more += 1
            return
        act = Remote(act="refused", who=who, why=why, more=self._more)
        self._refused, self._more = now, 0
        self._acts.put((act, threading.Event()))

    def _record(self, act: Remote) -> bool:
        done = threading.Event()
        self._acts.put((act, done))
        return done.wait(_RECORD_S)


def _foreign(error: PermissionError) -> None:
    _log.warning("a foreign process came to the tunnel's socket", why=error)


def _minute(at: Moment) -> str:
    return f"{at.iso()[:16].replace('T', ' ')} UTC"


def _unpacked(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return b""  # no document: read_ask says so
