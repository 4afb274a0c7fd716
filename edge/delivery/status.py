"""What the unit says of itself on the broker: online, offline, and how it does."""

from dataclasses import dataclass
from pathlib import Path

from edge import __version__
from edge.clock import Clock, Moment
from edge.config.unit import UnitSection
from edge.delivery.mqtt import Presence
from edge.errors import MessageError
from edge.messages.head import HEAD_FILE, HEAD_LIMIT, head_text
from edge.messages.health import WATCH_FILE, DeliverHealth, WatchHealth, build_health, parse_watch
from edge.messages.status import build_status
from edge.messages.topics import Kind, topic
from edge.messages.verdict import Limits, problems

_AHEAD_NS = 1_000_000_000


def presence(unit: UnitSection, clock: Clock) -> Presence:
    """Return how this unit says that it is online or offline."""

    def online() -> bytes:
        return build_status("online", unit, clock.now(), __version__)

    def offline() -> bytes:
        return build_status("offline", unit, clock.now(), __version__, "stopped")

    def will() -> bytes:
        return build_status("offline", unit, clock.now(), __version__, "connection lost")

    return Presence(topic(unit.town, unit.name, Kind.STATUS), online, offline, will)


@dataclass(frozen=True, slots=True)
class WatchWord:
    """What the watch daemon's health file says.

    Attributes:
        health: None when there is no word that can be believed.
        problem: why, where the file is there and cannot be believed.
    """

    health: WatchHealth | None
    problem: str = ""


def read_watch(folder: Path, now: Moment) -> WatchWord:
    """Return what watch last said; its age is for the reader to judge."""
    file = folder / WATCH_FILE
    try:
        health = parse_watch(file.read_bytes())
    except FileNotFoundError:
        return WatchWord(None)
    except OSError as error:
        return WatchWord(None, f"{file} cannot be read: {error.strerror}")
    except MessageError as error:
        return WatchWord(None, str(error))
    if health.made_monotonic_ns > now.monotonic_ns + _AHEAD_NS:
        return WatchWord(None, f"{file} is left over from before the machine's last start")
    return WatchWord(health)


def read_head(folder: Path) -> str:
    """Return watch's signed word on the store as health carries it; empty where there is none."""
    try:
        blob = (folder / HEAD_FILE).read_bytes()
    except OSError:
        return ""  # nothing was said; that watch does not report is told beside it
    return head_text(blob) if 0 < len(blob) <= HEAD_LIMIT else ""


def health_message(
    word: WatchWord,
    deliver: DeliverHealth,
    more: tuple[str, ...],
    unit: UnitSection,
    now: Moment,
    limits: Limits,
    head: str = "",
) -> tuple[bytes, tuple[str, ...]]:
    """Return the health message, and the problems that it tells.

    Args:
        more: problems that the figures do not show.
        head: as :func:`read_head` returns it.
    """
    extra = (*more, word.problem) if word.problem else more
    found = (*problems(word.health, deliver, now, limits), *(one[:400] for one in extra))
    return build_health(word.health, deliver, found, unit, now, __version__, head), found
