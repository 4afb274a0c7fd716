"""The archive's watch on sharing: the broker is asked every so often, and a difference is told.

A difference stands among the problems until it is gone; its beginning and its end are rows of kind
``sharing`` on the archive's chain. The broker is asked in a thread, for it may not answer.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final, Literal

from edge.clock import Clock, Moment
from edge.config.settings import Settings
from edge.errors import EdgeError
from edge.log import Log
from edge.messages.acts import ActRow, act_row
from edge.messages.acts_town import Sharing
from edge.policy.who import Drift, Sight
from edge.policy.who_units import sealing_beyond
from edge.services.who import look

KIND: Final = "sharing"
OFF: Final = (
    "nobody asks the broker who can receive what: [sharing] broker is none; what it lets through"
    " beyond the grants is not known"
)
_log: Final = Log("edge.sharing")

Look = Callable[[], Sight]
Record = Callable[[str, Mapping[str, Any]], object]
Units = Callable[[], Iterable[ActRow]]
_Key = tuple[str, str]


class SharingWatch:
    """Asks the broker, compares, records; give it :meth:`step` a few times a minute.

    Args:
        look: asks the broker once; None where nobody is to be asked.
        record: puts an act on the own chain.
        before: payloads of the rows of kind ``sharing`` that this chain has already, in order.
        units: returns the rows of kind ``grant`` of all units' chains.

    Attributes:
        problems: a sentence for each difference, and for a broker that did not answer.
        note: that nobody asks; empty where somebody does.
    """

    def __init__(
        self,
        look: Look | None,
        every_s: float,
        record: Record,
        before: Iterable[Mapping[str, Any]] = (),
        units: Units = tuple,
    ) -> None:
        self.problems: tuple[str, ...] = ()
        self.note = "" if look is not None else OFF
        self._look = look
        self._every_s = every_s
        self._record = record
        self._open = _still_open(before)
        self._units = units
        self._asked: Moment | None = None
        self._thread: threading.Thread | None = None
        self._found: Sight | EdgeError | None = None

    def step(self, now: Moment) -> None:
        """Begin to ask when it is time, and take an answer that has come; never waits."""
        if self._look is None:
            return
        if self._thread is not None:
            if not self._thread.is_alive():
                self._finish()
            return
        if self._asked is None or now.since(self._asked) >= self._every_s:
            self._asked = now
            self._thread = threading.Thread(
                target=self._ask, args=(self._look,), name="sharing", daemon=True
            )
            self._thread.start()

    def stop(self, timeout_s: float = 12.0) -> None:
        """Wait for a question that is under way; what it finds is left for the next start."""
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _ask(self, look: Look) -> None:
        try:
            self._found = look()
        except EdgeError as error:
            self._found = error

    def _finish(self) -> None:
        found, self._found, self._thread = self._found, None, None
        if isinstance(found, Sight):
            units = sealing_beyond(self._units(), found.grants, found.at)
            self._compare((*found.drift, *units))
            return
        why = str(found) if found is not None else "the asking broke; the journal says how"
        _log.warning("the broker was not asked", why=why)
        old = tuple(what for _, what in sorted(self._open))
        self.problems = (f"who can receive what is not known now: {why}", *old)

    def _compare(self, drift: Iterable[Drift]) -> None:
        now = {_key(one): one for one in drift}
        unsaid = [self._note("drift", key) for key in sorted(now.keys() - self._open)]
        unsaid += [self._note("settled", key) for key in sorted(self._open - now.keys())]
        told = tuple(f"possible and not granted: {one.sentence}" for one in now.values())
        self.problems = (*told, *(why for why in unsaid if why))

    def _note(self, act: Literal["drift", "settled"], key: _Key) -> str:
        """Record one change; return why it could not be, to be tried again at the next look."""
        who, what = key
        try:
            self._record(KIND, act_row(KIND, Sharing(act=act, who=who, what=what)))
        except EdgeError as error:
            _log.warning("a change of sharing is not on the chain", who=who, why=error)
            return f"a change of sharing cannot be recorded: {error}"
        _log.warning("what is possible differs from what is granted", act=act, who=who, what=what)
        if act == "drift":
            self._open.add(key)
        else:
            self._open.discard(key)
        return ""


def open_sharing_watch(
    settings: Settings,
    clock: Clock,
    record: Record,
    before: Iterable[Mapping[str, Any]] = (),
    units: Units = tuple,
) -> SharingWatch:
    """Return the watch that the settings ask for; one that asks nobody says so in its ``note``."""
    asking = None if settings.sharing.broker == "none" else partial(look, settings, clock)
    if asking is None:
        _log.warning(OFF)
    return SharingWatch(asking, settings.sharing.every_s, record, before, units)


def _key(one: Drift) -> _Key:
    """Return what a difference is known by: as its row tells it, cut where that is."""
    act = Sharing(act="drift", who=one.who, what=f"{one.word}: {one.sentence}")
    return act.who, act.what


def _still_open(rows: Iterable[Mapping[str, Any]]) -> set[_Key]:
    found: set[_Key] = set()
    for row in rows:
        key = str(row["who"]), str(row["what"])
        if row["act"] == "drift":
            found.add(key)
        else:
            found.discard(key)
    return found
