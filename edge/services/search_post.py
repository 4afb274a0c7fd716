"""A guest of deliver: searches off the broker go into a folder, as many as the town allows.

Deliver can open none of them, so a flood is met by a bucket before it costs anything: no file, no
signature, no row. What is dropped is counted in health at once, and on the chain when it begins
and from then on by the hour.
"""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from edge.clock import Clock, Moment
from edge.config.settings import Settings
from edge.delivery.events import Received
from edge.delivery.sender import Publisher
from edge.disk import put
from edge.errors import StoreFull
from edge.log import Log
from edge.messages.acts import act_row
from edge.messages.acts_town import SearchDrops
from edge.messages.health import SearchHealth
from edge.messages.search import SEARCH_LIMIT
from edge.messages.topics import Kind, topic
from edge.services.search_folder import MOST, MOST_BYTES, SUFFIX, lying, read_word

Record = Callable[[str, Mapping[str, Any]], object]
"""Puts an act on the unit's chain."""

_HOUR_S: Final = 3600.0
_LOOK_S: Final = 5.0
_PATIENCE_S: Final = 60.0  # a search that waits for longer is a problem
_log: Final = Log("edge.search")


class Bucket:
    """Lets *per_minute* through in a minute, as many at once at most."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._most = float(per_minute)
        self._clock = clock
        self._left = self._most
        self._then: Moment | None = None

    def take(self) -> bool:
        """Say whether one more may pass; by the clock that never jumps."""
        now = self._clock.now()
        if self._then is not None:
            self._left = min(self._most, self._left + now.since(self._then) * self._most / 60.0)
        self._then = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


class SearchPost:
    """Lays searches down.

    Attributes:
        topics: to be subscribed.
        asked: searches that came since the start, *dropped* those of them that were dropped.
    """

    def __init__(self, settings: Settings, clock: Clock, record: Record) -> None:
        unit = settings.unit
        self._folder = Path(settings.search.folder)
        self._runtime = Path(settings.runtime.folder)
        self._bucket = Bucket(settings.search.per_minute, clock)
        self._clock = clock
        self._record = record
        self._untold = 0
        self._why = ""
        self._since: Moment | None = None  # of the drops that are not on the chain as yet
        self._told: Moment | None = None  # when drops were last put on the chain
        self._looked: Moment | None = None
        self._waiting = 0
        self._oldest: Moment | None = None  # since when something waits
        self._disk = ""
        self._stuck = ""
        self.topics: tuple[str, ...] = (topic(unit.town, unit.name, Kind.SEARCH),)
        self.asked = 0
        self.dropped = 0

    @property
    def problem(self) -> str:
        """What is wrong with searches, for health."""
        if self._disk or self._stuck:
            return self._disk or self._stuck
        now = self._clock.now()
        if self._told is not None and now.since(self._told) < _HOUR_S:
            return f"{self.dropped} searches were dropped unread: {self._why}"
        word = read_word(self._runtime, now)
        if word is not None and word.problem:
            return word.problem
        if word is None and self._oldest is not None and now.since(self._oldest) > _PATIENCE_S:
            return (
                f"{self._waiting} searches wait, and the searching process does not report: see"
                " `journalctl -u edge-search`"
            )
        return ""

    @property
    def health(self) -> SearchHealth:
        """The counts."""
        word = read_word(self._runtime, self._clock.now())
        return SearchHealth(
            asked=self.asked,
            dropped=self.dropped,
            waiting=self._waiting,
            answered=word.answered if word else None,
            refused=word.refused if word else None,
        )

    def connected(self, publisher: Publisher) -> None:
        """Do nothing: searches come by themselves."""

    def lost(self) -> None:
        """Do nothing: the broker keeps what is not confirmed."""

    def take(self, event: Received) -> bool:
        """Lay a search down, once, or drop it; the broker may forget it either way."""
        self.asked += 1
        if not self._bucket.take():
            self._drop("more came than search.per_minute lets one unit look at")
            return True
        try:
            dropped = self._lay(event.payload)
            self._disk = ""
        except OSError as error:
            self._disk = f"{error.filename or self._folder}: {error.strerror or error}"
            dropped = "the disk does not take them"
        if dropped:
            self._drop(dropped)
        return True

    def step(self, now: Moment) -> None:
        """Count what waits, and record what was dropped."""
        if self._looked is None or now.since(self._looked) >= _LOOK_S:
            self._looked = now
            self._look(now)
        if self._untold and (self._told is None or now.since(self._told) >= _HOUR_S):
            self._tell(now)

    def stop(self) -> None:
        """Record what was dropped since the last row."""
        if self._untold:
            self._tell(self._clock.now())

    def _look(self, now: Moment) -> None:
        try:
            self._waiting = len(lying(self._folder))
        except OSError as error:
            self._disk = f"{error.filename or self._folder}: {error.strerror or error}"
        if not self._waiting:
            self._oldest = None
        elif self._oldest is None:
            self._oldest = now

    def _lay(self, blob: bytes) -> str:
        if len(blob) > SEARCH_LIMIT:
            return f"of more than {SEARCH_LIMIT} bytes"
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / (hashlib.sha256(blob).hexdigest() + SUFFIX)
        if file.exists():
            return ""
        sizes = [size for _, size in lying(self._folder)]
        if len(sizes) >= MOST or sum(sizes) + len(blob) > MOST_BYTES:
            return f"{len(sizes)} wait already to be taken up"
        put(file, blob)
        return ""

    def _drop(self, why: str) -> None:
        self.dropped += 1
        self._untold += 1
        self._why = why
        if self._since is None:
            self._since = self._clock.now()
        # a flood must not fill the journal: the 1st, 2nd, 4th, 8th ... is told
        if self.dropped & (self.dropped - 1) == 0:
            _log.warning("a search is dropped unread", why=why, dropped=self.dropped)

    def _tell(self, now: Moment) -> None:
        since = self._since or now
        act = SearchDrops(since=since.iso(), until=now.iso(), dropped=self._untold, why=self._why)
        try:
            self._record("search-drops", act_row("search-drops", act))
        except StoreFull as error:
            self._stuck = f"{self._untold} dropped searches are not on the record: {error}"
            return
        self._stuck, self._untold, self._since, self._told = "", 0, None, now
