"""Orders on a unit: deliver, which cannot open them, lays them down; watch takes them up.

The folder is bounded in number and bytes: whoever floods it only delays what is sent again.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.clock import Clock, Moment
from edge.config.settings import Settings
from edge.delivery.events import Received
from edge.delivery.sender import Publisher
from edge.disk import put
from edge.log import Log
from edge.messages.health import OrderHealth
from edge.messages.order import ORDER_LIMIT
from edge.messages.topics import Kind, topic
from edge.messages.wire import clip
from edge.services.orders import OrderDesk, Taken, Taker
from edge.services.pause_folder import PauseFolder, PauseTaker
from edge.services.reads_post import KeysTaker

FOLDER: Final = "orders"  # in hotlist.inbox
SUFFIX: Final = ".order"
MOST: Final = 16  # files that wait
MOST_BYTES: Final = 8 * ORDER_LIMIT

_TOLD: Final = "told.json"
_KEPT: Final = 8  # answers in health
_LOOK_S: Final = 0.25  # an order to stop is obeyed at once
_AT_ONCE: Final = 4  # between two looks at the list
_log = Log("edge.orders")


class OrderPost:
    """A guest of deliver: what comes on the unit's topic ``command`` goes into a folder.

    Attributes:
        topics: to be subscribed.
        dropped: orders that the folder had no room for, or that were too large.
    """

    def __init__(self, settings: Settings) -> None:
        unit = settings.unit
        self._folder = Path(settings.hotlist.inbox) / FOLDER
        self._problem = ""
        self.topics: tuple[str, ...] = (topic(unit.town, unit.name, Kind.COMMAND),)
        self.dropped = 0

    @property
    def problem(self) -> str:
        """Why the newest order was not laid down."""
        return self._problem

    def connected(self, publisher: Publisher) -> None:
        """Do nothing: orders come by themselves."""

    def lost(self) -> None:
        """Do nothing: the broker keeps what is not confirmed."""

    def step(self, now: Moment) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing: all is on the disk."""

    def take(self, event: Received) -> bool:
        """Lay an order down, once; what does not fit is dropped, and may be sent again."""
        try:
            self._problem = self._lay(event.payload)
        except OSError as error:
            self._problem = f"{error.filename or self._folder}: {error.strerror or error}"
        if self._problem:
            self.dropped += 1
            _log.warning("an order is dropped", why=self._problem)
        return True

    def _lay(self, blob: bytes) -> str:
        if len(blob) > ORDER_LIMIT:
            return f"an order of {len(blob)} bytes was dropped; {ORDER_LIMIT} are the most"
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / (hashlib.sha256(blob).hexdigest() + SUFFIX)
        if file.exists():
            return ""
        waiting = [one.stat().st_size for one in self._folder.glob(f"*{SUFFIX}")]
        if len(waiting) >= MOST or sum(waiting) + len(blob) > MOST_BYTES:
            return f"an order was dropped: {len(waiting)} wait already; send it again"
        put(file, blob)
        return ""


class _Told(BaseModel):
    """What became of the last orders, for health after a restart."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    orders: tuple[OrderHealth, ...] = Field(max_length=_KEPT)


class OrderFolder:
    """Watch's side: takes up what lies in the folder, oldest first.

    Attributes:
        told: what became of the last orders, the newest last; replaced as a whole.
        kinds: by their numbers, what they brought, as far as this process has taken them.
    """

    def __init__(self, folder: Path, desk: OrderDesk, clock: Clock) -> None:
        self._folder = folder
        self._desk = desk
        self._clock = clock
        self._looked: Moment | None = None
        self._failing = ""
        self.told: tuple[OrderHealth, ...] = self._before()
        self.kinds: dict[str, tuple[str, ...]] = {}

    def look(self) -> None:
        """Take what is there, if it is time to look; a disk that fails leaves it for later."""
        now = self._clock.now()
        if self._looked is not None and now.since(self._looked) < _LOOK_S:
            return
        self._looked = now
        try:
            for file in self._waiting():
                self._take(file, now)
        except OSError as error:
            failing = f"{error.filename or self._folder}: {error.strerror or error}"
            if failing != self._failing:
                _log.warning("orders cannot be taken", why=failing)
            self._failing = failing

    def _waiting(self) -> Iterator[Path]:
        if not self._folder.is_dir():
            return
        files = [one for one in self._folder.glob(f"*{SUFFIX}") if one.is_file()]
        files.sort(key=lambda one: one.stat().st_mtime_ns)
        yield from files[:_AT_ONCE]

    def _take(self, file: Path, now: Moment) -> None:
        with file.open("rb") as opened:
            taken = self._desk.take(opened.read(ORDER_LIMIT + 1))
        self._tell(taken, now)
        file.unlink(missing_ok=True)

    def _tell(self, taken: Taken, now: Moment) -> None:
        if not taken.number:  # nobody waits for word of what could not be opened
            return
        word = OrderHealth(
            number=taken.number,
            taken=taken.taken,
            at=now.iso(),
            sentence=clip(taken.sentence, 200),
        )
        kept = deque((one for one in self.told if one.number != word.number), maxlen=_KEPT - 1)
        brought = {one.number: self.kinds.get(one.number, ()) for one in kept}
        self.kinds = {**brought, word.number: taken.kinds}
        self.told = (*kept, word)
        draft = self._folder / f"{_TOLD}.new"
        draft.write_text(_Told(orders=self.told).model_dump_json(), encoding="utf-8")
        draft.replace(self._folder / _TOLD)

    def _before(self) -> tuple[OrderHealth, ...]:
        try:
            return _Told.model_validate_json((self._folder / _TOLD).read_bytes()).orders
        except (OSError, ValidationError):  # none yet, or torn by a cut: senders ask again
            return ()


def open_order_folder(
    settings: Settings,
    clock: Clock,
    listed: Callable[[str], bool],
    pauses: PauseFolder,
    takers: Sequence[Taker] = (),
) -> OrderFolder | None:
    """Return what takes this unit's orders; None where it has no inbox.

    Args:
        listed: says whether a plate is on the list in force.
        pauses: where orders to read nothing go.
        takers: of what orders do to letters that are kept.
    """
    if not settings.hotlist.inbox:
        return None
    keys = (KeysTaker(settings),) if settings.reads.survive_reboot else ()
    corrections = settings.policy.corrections
    desk = OrderDesk(
        Path(settings.keys.folder),
        Path(corrections) if corrections else None,
        settings.policy.correction_days,
        clock,
        listed,
        takers=[PauseTaker(pauses, settings.unit.name), *keys, *takers],
    )
    return OrderFolder(Path(settings.hotlist.inbox) / FOLDER, desk, clock)
