"""Clips that lie on this machine, and their end: written down in the store, deleted by watch.

The list of them is in the store, beside the chain: a clip in a folder that is not there now, on a
stick that was taken out, is deleted as soon as it comes back, and until then stays on the list.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol

from edge.clock import Clock, Moment
from edge.errors import StoreError
from edge.log import Log
from edge.messages.acts import Act
from edge.messages.acts_unit import Clip
from edge.messages.wire import rfc3339

_NOTE: Final = "clips"
_EVERY_S: Final = 3600.0
_log: Final = Log("edge.clips")


class Notes(Protocol):
    """A store that remembers."""

    def noted(self, key: str) -> str:
        """Return a note."""

    def note(self, key: str, value: str) -> None:
        """Keep a note."""


class Teller(Protocol):
    """What puts acts on the chain."""

    def tell(self, kind: str, act: Act) -> None:
        """Record what has happened."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A clip.

    Attributes:
        until: when it is deleted, RFC 3339.
    """

    file: str
    seconds: float
    until: str


def kept_clips(store: Notes) -> tuple[Kept, ...]:
    """Return the clips that were recorded and not yet deleted, the oldest first."""
    rows: list[Mapping[str, Any]] = json.loads(store.noted(_NOTE) or "[]")
    return tuple(Kept(str(row["file"]), float(row["seconds"]), str(row["until"])) for row in rows)


def note_clips(store: Notes, clips: tuple[Kept, ...]) -> None:
    """Remember *clips* in place of those before.

    Raises:
        StoreFull: no space.
    """
    store.note(_NOTE, json.dumps([asdict(one) for one in clips]))


class ClipEnd:
    """Deletes clips whose time is over: one of watch's news, stepped between frames."""

    def __init__(self, store: Notes, chain: Teller, clock: Clock) -> None:
        self._store = store
        self._chain = chain
        self._clock = clock
        self._looked: Moment | None = None

    def step(self) -> None:
        """Delete what is due, at the start and then once an hour."""
        now = self._clock.now()
        if self._looked is not None and now.since(self._looked) < _EVERY_S:
            return
        self._looked = now
        try:
            clips = kept_clips(self._store)
            gone = {one for one in clips if _over(one, now) and self._delete(one)}
            if gone:
                note_clips(self._store, tuple(one for one in clips if one not in gone))
        except StoreError as error:
            _log.warning("clips cannot be looked after", why=error)

    def _delete(self, clip: Kept) -> bool:
        """Delete one clip and put that on the chain; say whether it is gone."""
        file = Path(clip.file)
        why = ""
        if not file.parent.is_dir():
            _log.warning("a clip's time is over, and its folder is not there", folder=file.parent)
            return False
        try:
            file.unlink()
        except FileNotFoundError:
            why = "it was not there any more"
        except OSError as error:
            _log.error("a clip cannot be deleted", file=file, why=error.strerror)
            return False
        act = Clip(act="deleted", seconds=clip.seconds, until=clip.until, why=why)
        self._chain.tell("clip", act)
        return True


def until_of(now: Moment, hours: float) -> str:
    """Return when a clip that is made *now* is deleted."""
    return rfc3339(datetime.fromtimestamp(now.utc_ns / 1e9 + hours * 3600, UTC))


def _over(clip: Kept, now: Moment) -> bool:
    return datetime.fromisoformat(clip.until).timestamp() <= now.utc_ns / 1e9
