"""Acts of the technician's page on their way to the unit's chain: the page asks, watch writes.

So the page's process needs no right on the store. It waits for watch's word, and what is not on the
record does not happen. What has happened already, the end of something, is told until it is taken.
"""

import queue
import socket
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal, Protocol

from edge.clock import Clock, Moment
from edge.config import load
from edge.errors import GlassError, MessageError, StoreError, StoreFull
from edge.log import Log
from edge.messages.acts import Act, act_row, check_act
from edge.services.glass_wire import Row, send, take
from edge.services.local_door import Doorkeeper

SOCKET: Final = "acts"
MOST: Final = 30  # a minute: a page that has gone mad does not fill the chain
_TURN_S: Final = 0.25
_READS_S: Final = 5.0
_RECORD_S: Final = 10.0
_ANSWER_S: Final = 20.0
_log: Final = Log("edge.acts")


class Asked(Row):
    """The page's word: an act of a kind that pages may do."""

    kind: Literal["tuned", "minute"]
    payload: dict[str, Any]


class Said(Row):
    """Watch's answer; *refused* is a sentence, empty when the act is on the chain."""

    refused: str = ""


class Records(Protocol):
    """Puts an act on the chain (see :meth:`edge.store.Store.record`)."""

    def __call__(self, kind: str, payload: dict[str, Any], *, must: bool = False) -> object:
        """Record it; raises StoreFull where there is no space."""


class _Waiting:
    """An act that the line has not come to; whoever is first, line or patience, decides."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.said = Said(refused="the unit cannot put this on its record now; try again")
        self.done = threading.Event()
        self._lock = threading.Lock()
        self._over = False

    def claim(self) -> bool:
        """Return True to the first who asks."""
        with self._lock:
            first, self._over = not self._over, True
        return first


class ActDoor:
    """Watch's end: a socket and a thread; :meth:`step` is the line's.

    Args:
        folder: of the socket; on tmpfs.
        record: called by the line's thread alone.
    """

    def __init__(self, folder: Path, clock: Clock, record: Records) -> None:
        self._keeper = Doorkeeper(folder / SOCKET, "acts", self._serve, _foreign)
        self._clock = clock
        self._record = record
        self._acts: queue.SimpleQueue[_Waiting] = queue.SimpleQueue()
        self._lately: deque[Moment] = deque(maxlen=MOST)

    # the line's thread

    def step(self) -> None:
        """Put what was asked for on the chain."""
        while not self._acts.empty():
            one = self._acts.get()
            if not one.claim():
                continue  # told already that it is not on the record
            asked = one.asked
            over = (asked.kind, asked.payload.get("act")) == ("minute", "forgotten")
            try:
                self._record(asked.kind, asked.payload, must=over)
                one.said = Said()
            except StoreFull as error:
                one.said = Said(refused=str(error))
            one.done.set()

    # from outside

    def start(self) -> None:
        """Open the socket; without it the page changes nothing, and the unit reads on."""
        try:
            self._keeper.start()
        except OSError as error:
            _log.warning("the technician's page cannot change anything", why=error)

    def stop(self) -> None:
        """Close the socket; what waits is refused."""
        self._keeper.stop()

    # the door's own thread

    def _serve(self, door: socket.socket) -> None:
        door.settimeout(_READS_S)
        try:
            asked, _ = take(door, Asked)
            said = self._judge(asked)
            if said.refused:
                _log.warning("an act is not recorded", kind=asked.kind, why=said.refused)
            send(door, said)
        except (GlassError, OSError) as error:
            _log.warning("what the page asks for cannot be understood", why=error)

    def _judge(self, asked: Asked) -> Said:
        try:
            check_act(asked.kind, asked.payload)
        except MessageError as error:
            return Said(refused=str(error))
        now = self._clock.now()
        if len(self._lately) == MOST and now.since(self._lately[0]) < 60.0:
            return Said(refused=f"{MOST} acts were recorded within a minute; wait a minute")
        self._lately.append(now)
        one = _Waiting(asked)
        self._acts.put(one)
        if not self._answered(one) and not one.claim():
            one.done.wait(_RECORD_S)  # the line is at it now
        return one.said

    def _answered(self, one: _Waiting) -> bool:
        for _ in range(round(_RECORD_S / _TURN_S)):
            if one.done.wait(_TURN_S) or self._keeper.ended.is_set():
                break
        return one.done.is_set()


def _foreign(error: PermissionError) -> None:
    _log.warning("a foreign process would record an act", why=error)


def by_watch(files: list[Path] | None) -> Callable[[str, Act], None]:
    """Return what has watch put an act on the chain of the unit whose settings *files* are.

    It raises StoreError where watch does not run, does not answer or refuses: the act must not
    happen then.
    """

    def record(kind: str, act: Act, /) -> None:
        row = Asked.model_validate({"kind": kind, "payload": act_row(kind, act)})
        file = Path(load(files).settings.runtime.folder) / SOCKET
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
            door.settimeout(_ANSWER_S)
            try:
                door.connect(str(file))
                send(door, row)
                said, _ = take(door, Said)
            except (OSError, GlassError) as error:
                raise StoreError(
                    f"edge-watch does not put this on the unit's record ({file}: {error}), so it is"
                    " not done: is it running, and of this version?"
                ) from error
        if said.refused:
            raise StoreError(f"this is not on the unit's record, so it is not done: {said.refused}")

    return record
