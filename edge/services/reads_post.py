"""The way of kept reads' wrapping keys on a unit: deliver carries asks out, watch lays answers in.

Neither can use them: an ask holds public halves, an answer is wrapped for the key holder.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from edge.clock import Clock, Moment
from edge.config.settings import Settings
from edge.delivery.events import Received
from edge.delivery.sender import Publisher
from edge.disk import put
from edge.errors import KeysError
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.signed import from_bytes
from edge.log import Log
from edge.messages.keys import ASK_LIMIT, GIVE, read_give
from edge.messages.topics import Kind, topic
from edge.services.reads_slots import FOLDER
from edge.services.reads_wrap import ASKS, GIVEN, GIVEN_LIMIT

_LOOK_S: Final = 1.0
_MOST: Final = 8  # answers that wait
_EXPIRY_S: Final = 20  # an ask that nobody fetched is asked anew
_log: Final = Log("edge.reads.post")


class KeysPost:
    """A guest of deliver: publishes each new ask once."""

    topics: tuple[str, ...] = ()

    def __init__(self, settings: Settings, clock: Clock) -> None:
        unit = settings.unit
        self._folder = Path(settings.runtime.folder) / FOLDER / ASKS
        self._topic = topic(unit.town, unit.name, Kind.KEYS)
        self._publisher: Publisher | None = None
        self._looked: Moment | None = None
        self._sent: dict[str, bytes] = {}
        self._clock = clock

    @property
    def problem(self) -> str:
        """Nothing: who asks tells what did not come."""
        return ""

    def connected(self, publisher: Publisher) -> None:
        """Send what lies there."""
        self._publisher, self._looked = publisher, None
        self._sent.clear()

    def lost(self) -> None:
        """Wait for the next connection."""
        self._publisher = None

    def take(self, event: Received) -> bool:
        """Do nothing: answers come as orders."""
        return bool(event.topic)

    def step(self, now: Moment) -> None:
        """Publish asks that have not been."""
        if self._publisher is None:
            return
        if self._looked is not None and now.since(self._looked) < _LOOK_S:
            return
        self._looked = now
        for file in sorted(self._folder.glob("*.ask")):
            self._send(file, self._publisher)

    def stop(self) -> None:
        """Do nothing: an ask that was lost is asked again."""

    def _send(self, file: Path, publisher: Publisher) -> None:
        try:
            with file.open("rb") as opened:
                blob = opened.read(ASK_LIMIT + 1)
        except OSError as error:
            _log.warning("an ask for keys cannot be read", why=error)
            return
        mark = hashlib.sha256(blob).digest()
        if len(blob) > ASK_LIMIT or self._sent.get(file.name) == mark:
            return
        if publisher.publish(self._topic, blob, expiry_s=_EXPIRY_S) is not None:
            self._sent[file.name] = mark


class KeysTaker:
    """Takes wrapping keys out of an order, in watch, and lays them where the key holder looks.

    Attributes:
        kinds: of the documents.
    """

    kinds: tuple[str, ...] = (GIVE,)

    def __init__(self, settings: Settings) -> None:
        self._unit = settings.unit.name
        self._folder = Path(settings.runtime.folder) / FOLDER / GIVEN

    def take(self, found: Mapping[str, bytes], roster: Roster, at: datetime) -> str:
        """Lay down what the archive has signed for this unit.

        Raises:
            KeysError: it is not the archive's, or not for this unit, or nobody waits for it.
            OSError: it cannot be written.
        """
        blob = found[GIVE]
        if len(blob) > GIVEN_LIMIT:
            raise KeysError(f"wrapping keys of {len(blob)} bytes are none")
        signed = from_bytes(blob, "wrapping keys", GIVE)
        roster.check(signed, Role.ARCHIVE, at)
        give = read_give(signed)
        if give.unit != self._unit:
            raise KeysError(f"wrapping keys: are for {give.unit}")
        if not self._folder.is_dir() or len(list(self._folder.glob("*.given"))) >= _MOST:
            raise KeysError("wrapping keys: nobody waits for them here (is edge-search running?)")
        put(self._folder / f"{hashlib.sha256(blob).hexdigest()[:16]}.given", blob, settle=False)
        return f"{len(give.keys)} wrapping keys"
