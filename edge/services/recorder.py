"""What a process does puts itself on the record: its start and end, settings, lists, the clock.

Watch calls :meth:`Recorder.step` between frames. Nothing here waits: a full disk leaves acts that
have happened in memory until there is room, for the line must go on alerting; only settings that
changed do not take force before they are recorded.
"""

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Protocol

from edge import __version__
from edge.clock import Clock, Moment
from edge.errors import StoreFull
from edge.log import Log
from edge.messages.acts import Act, act_row
from edge.messages.acts_unit import Ended, Started
from edge.services import fingerprint
from edge.store.audit import Audit

_NOTE: Final = "settings"
_AGAIN_S: Final = 30.0
_MOST: Final = 100
_BACK: Final = 200  # rows of a kind that are looked through
_log: Final = Log("edge.record")


class Recording(Protocol):
    """A store that keeps a chain, and notes beside it."""

    audit: Audit

    def record(self, kind: str, payload: Mapping[str, Any], *, must: bool = False) -> object:
        """Put an act on the chain."""

    def noted(self, key: str) -> str:
        """Return a note."""

    def note(self, key: str, value: str) -> None:
        """Keep a note."""


class Recorder:
    """Writes acts of one process."""

    def __init__(self, process: str, store: Recording, clock: Clock) -> None:
        self._why = ""
        self._process = process
        self._store = store
        self._clock = clock
        self._waiting: deque[tuple[str, dict[str, Any]]] = deque()
        self._lost = 0
        self._tried: Moment | None = None

    @property
    def problem(self) -> str:
        """Acts that wait for room, or were lost for want of it; empty when there are none."""
        lost = f"{self._lost} acts are not on the record: the disk was full" if self._lost else ""
        count = len(self._waiting)
        waits = f"{count} acts are not on the record yet: {self._why}" if count else ""
        return "; ".join(one for one in (lost, waits) if one)

    @property
    def waits(self) -> bool:
        """Whether acts wait for room."""
        return bool(self._waiting)

    def settings(self, now: fingerprint.Told, defaults: fingerprint.Told) -> str:
        """Record the settings if they are other ones than the record has; return their digest.

        Args:
            defaults: what the first settings are told against.

        Raises:
            StoreFull: they changed, and that cannot be recorded: they take no force.
        """
        mark, known = fingerprint.mark(now), str(self.last("settings").get("digest", ""))
        if mark != known:
            before = json.loads(self._store.noted(_NOTE) or "null") or defaults
            act = fingerprint.change(before, now, known)
            self._store.record("settings", act_row("settings", act), must=True)
            self._store.note(_NOTE, json.dumps(dict(now)))
        return mark

    def started(self, settings: str, roster: int, why_new: str = "", *, fresh: bool) -> None:
        """Record that the process begins.

        Args:
            settings: their digest.
            why_new: why the store begins anew; empty where it does not, or is the first.
            fresh: nothing stood on the chain before.
        """
        last = self.last("started", lambda row: row.get("process") == self._process)
        before = str(last.get("software", ""))
        act = Started(
            process=self._process,
            software=__version__,
            before=before if before != __version__ else "",
            settings=settings,
            roster=roster,
            new_epoch=fresh,
            why=why_new,
        )
        self.tell("started", act)

    def ended(self, why: str) -> None:
        """Record that the process ends."""
        self.tell("ended", Ended(process=self._process, why=why))

    def tell(self, kind: str, act: Act) -> None:
        """Record what has happened; on a full disk keep it until there is room."""
        payload = act_row(kind, act)
        if len(self._waiting) == _MOST:
            self._lost += 1
            _log.error("an act is not recorded: too many wait for room", kind=kind)
            return
        self._waiting.append((kind, payload))
        if len(self._waiting) == 1:
            self._tried = None
        self.settle()

    def settle(self) -> None:
        """Record what waits, in order, if it is time to try."""
        now = self._clock.now()
        if not self._waiting or (self._tried and now.since(self._tried) < _AGAIN_S):
            return
        self._tried = now
        try:
            while self._waiting:
                kind, payload = self._waiting[0]
                self._store.record(kind, payload, must=True)
                self._waiting.popleft()
        except StoreFull as error:
            if not self._why:
                _log.warning("acts wait for room on the disk", why=error)
            self._why = str(error)
            return
        self._why = ""

    def last(
        self, kind: str, counts: Callable[[dict[str, Any]], bool] = lambda _: True
    ) -> dict[str, Any]:
        """Return the newest payload of *kind* for which *counts* holds; empty where there is none.

        One that was erased or changed is passed over.
        """
        return next((row for row in self.recent(kind) if counts(row)), {})

    def recent(self, kind: str) -> Iterator[dict[str, Any]]:
        """Yield the newest payloads of *kind*, the newest first."""
        for number in reversed(self._store.audit.numbers(kind)[-_BACK:]):
            payload = self._store.audit.intact(number)
            if payload is not None:
                yield payload
