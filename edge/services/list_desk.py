"""The list desk: serves the folder that ``edge hotlist publish`` wrote to units, over the broker.

It has no key that signs lists, and nobody need trust it. A new manifest is pushed to every unit of
the roster as soon as it lies in the folder; what a unit then asks for it gets in turn with the
others, one piece each, and never more than the broker's window on the way.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from edge.clock import Clock, Moment, SystemClock
from edge.config.settings import Settings
from edge.delivery.events import Acknowledged, Connected, Event, Lost, Received
from edge.delivery.mqtt import Link
from edge.delivery.sender import Publisher
from edge.errors import DeliveryError, EdgeError, HotlistError, MessageError
from edge.hotlist.manifest import FILE, Manifest, Offer, read
from edge.keys import files
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.trust import open_roster
from edge.log import Log
from edge.messages.listing import ASK_LIMIT, PIECE, AskMessage, PiecesPart, build_list, parse_ask
from edge.messages.topics import Kind, Topic, every_unit, parse_topic, topic
from edge.services.notify import open_notifier

_LOOK_S: Final = 1.0  # how often the folder is looked at
_ROSTER_S: Final = 10.0  # how often the roster is read again
_WINDOW: Final = 64  # messages on the way to the broker, for all units together
_PUSH_EXPIRY_S: Final = 3600  # a unit that was away for longer asks by itself
_PIECE_EXPIRY_S: Final = 60  # a unit that has gone asks again when it is back
_POLL_S: Final = 0.05

_log = Log("list-desk")


class Broker(Publisher, Protocol):
    """What the desk needs of the broker link."""

    def take(self, timeout_s: float) -> Event | None:
        """Return what happened, or None."""

    def done(self, received: Received) -> None:
        """Confirm a message."""


@dataclass(slots=True)
class _Turn:
    """What one unit still gets: one ask, the newest, takes the place of those before."""

    manifest: bool = False
    pieces: PiecesPart | None = None
    sent: int = 0

    @property
    def empty(self) -> bool:
        return not self.manifest and self.pieces is None


class ListDesk:
    """Answers asks and pushes manifests; one thread.

    Args:
        folder: written by ``edge hotlist publish``.
        roster: returns the roster in force.

    Attributes:
        problem: why the folder is not served as it is; the last good manifest is.
        pushed, pieces: manifests and pieces that were sent.
        refused: messages of those who may not ask, and asks that nobody understands.
    """

    def __init__(
        self, folder: Path, town: str, roster: Callable[[], Roster], broker: Broker, clock: Clock
    ) -> None:
        self._folder = folder
        self._town = town
        self._roster = roster
        self._broker = broker
        self._clock = clock
        self._units: frozenset[str] = frozenset()
        self._blob = b""
        self._manifest: Manifest | None = None
        self._offers: dict[str, Offer] = {}
        self._facts: tuple[int, ...] = ()
        self._turns: dict[str, _Turn] = {}
        self._flying: set[int] = set()
        self._window = 0
        self._looked: Moment | None = None
        self._read: Moment | None = None
        self.problem = ""
        self.pushed = 0
        self.pieces = 0
        self.refused = 0

    def run(self, stop: threading.Event, stepped: Callable[[], None] = lambda: None) -> None:
        """Serve until *stop* is set.

        Args:
            stepped: called after each finished step.

        Raises:
            DeliveryError: the broker does not let the desk hear the units' asks.
        """
        while not stop.is_set():
            self.step()
            stepped()

    def step(self, wait_s: float = _POLL_S) -> None:
        """Wait a moment for the broker; then look at the folder, and send what is due."""
        event = self._broker.take(wait_s if not self._ready() else 0)
        while event is not None:
            self._take(event)
            event = self._broker.take(0)
        now = self._clock.now()
        if self._looked is None or now.since(self._looked) >= _LOOK_S:
            self._looked = now
            self._look(now)
        while self._ready() and self._send():
            pass

    @property
    def sentence(self) -> str:
        """How it goes, for ``systemctl status``."""
        if self.problem:
            return self.problem
        if not self._window:
            return "connecting to the broker"
        return f"serving {len(self._units)} units, {self.pieces} pieces sent"

    def _ready(self) -> bool:
        return bool(self._turns) and len(self._flying) < self._window

    def _take(self, event: Event) -> None:
        match event:
            case Connected():
                if event.refused:
                    raise DeliveryError(
                        f"the broker does not let the list desk hear {' and '.join(event.refused)}:"
                        " give it the right to read there"
                    )
                self._window = max(1, min(_WINDOW, event.window))
                _log.info("connected to the broker")
            case Lost():
                self._window = 0
                self._flying.clear()
                _log.warning(event.sentence, next_try_s=round(event.wait_s, 1))
            case Acknowledged():
                self._flying.discard(event.token)
            case Received():
                self._ask(event)
                self._broker.done(event)

    def _ask(self, event: Received) -> None:
        try:
            where = parse_topic(event.topic)
            ask = parse_ask(event.payload)
            self._check(ask, where)
        except MessageError as error:
            self.refused += 1
            if self.refused == 1:
                _log.warning("an ask is refused", why=error)
            return
        self._queue(where.unit, ask)

    def _check(self, ask: AskMessage, where: Topic) -> None:
        if (ask.town, ask.unit) != (where.town, where.unit) or where.unit not in self._units:
            raise MessageError(f"an ask of {ask.town}/{ask.unit} came on {where}")

    def _queue(self, unit: str, ask: AskMessage) -> None:
        if self._manifest is None or ask.payload.list != self._manifest.list:
            return
        turn = self._turns.setdefault(unit, _Turn())
        if ask.payload.want is None:
            turn.manifest = True
            turn.sent = ask.payload.have
        else:
            turn.pieces = ask.payload.want

    def _send(self) -> bool:
        """Send one message to the unit whose turn it is; return whether the broker took it."""
        unit = next(iter(self._turns))
        turn = self._turns.pop(unit)
        before = replace(turn)
        body, expiry_s = self._next(unit, turn)
        if body:
            where = topic(self._town, unit, Kind.LIST)
            token = self._broker.publish(where, body, expiry_s=expiry_s)
            if token is None:
                self._turns[unit] = before
                return False
            self._flying.add(token)
        if not turn.empty:
            self._turns[unit] = turn  # behind all others
        return True

    def _next(self, unit: str, turn: _Turn) -> tuple[bytes, int]:
        """Return the unit's next message, and take it off its turn."""
        now, manifest = self._clock.now(), self._manifest
        if manifest is None:
            turn.manifest, turn.pieces = False, None
            return b"", 0
        if turn.manifest:
            turn.manifest = False
            content = b"" if turn.sent == manifest.sequence else self._blob
            self.pushed += bool(content)
            return build_list(self._town, unit, manifest.list, content, now), _PUSH_EXPIRY_S
        wanted = turn.pieces
        content = self._piece(wanted) if wanted else b""
        if wanted is None or not content:
            turn.pieces = None
            return b"", 0
        start, left = wanted.start + len(content), wanted.pieces - 1
        turn.pieces = PiecesPart(digest=wanted.digest, start=start, pieces=left) if left else None
        self.pieces += 1
        body = build_list(
            self._town, unit, manifest.list, content, now, wanted.digest, wanted.start
        )
        return body, _PIECE_EXPIRY_S

    def _piece(self, wanted: PiecesPart) -> bytes:
        """Return the next piece of a file on offer; nothing beyond its end, or of other files."""
        offer = self._offers.get(wanted.digest)
        if offer is None or wanted.start >= offer.bytes:
            return b""
        try:
            with (self._folder / offer.url).open("rb") as file:
                file.seek(wanted.start)
                return file.read(min(PIECE, offer.bytes - wanted.start))
        except OSError as error:
            self._tell(f"{self._folder / offer.url}: cannot be read: {error.strerror}")
            return b""

    def _look(self, now: Moment) -> None:
        try:
            if self._read is None or now.since(self._read) >= _ROSTER_S:
                self._read = now
                self._read_roster(now)
            facts = _facts(self._folder / FILE)
            if facts != self._facts:
                self._facts = facts
                self._read_manifest(now)
        except EdgeError as error:
            self._tell(str(error))
        except OSError as error:
            self._tell(f"{error.filename}: cannot be read: {error.strerror}")

    def _read_roster(self, now: Moment) -> None:
        roster = self._roster()
        at = roster.no_earlier(_utc(now))
        self._units = frozenset(one.name for one in roster.recipients(Role.UNIT, at))
        for gone in self._turns.keys() - self._units:
            del self._turns[gone]

    def _read_manifest(self, now: Moment) -> None:
        """Take the manifest in the folder, and push it to every unit."""
        file = self._folder / FILE
        blob, roster = files.read_public(file), self._roster()
        self._read_roster(now)
        manifest = read(blob, str(file), self._town, roster, _utc(now))
        for one in manifest.bundles:
            if _size(self._folder / one.url) != one.bytes:
                raise HotlistError(f"{self._folder / one.url}: is not the file that {file} names")
        before = {one.digest: one for one in self._manifest.bundles} if self._manifest else {}
        # a unit may just be loading what the manifest before offered
        self._offers = {**before, **{one.digest: one for one in manifest.bundles}}
        self._blob, self._manifest, self.problem = blob, manifest, ""
        for unit in sorted(self._units):
            turn = self._turns.setdefault(unit, _Turn())
            turn.manifest, turn.sent = True, 0
        _log.info(
            "a manifest is pushed",
            list=manifest.list,
            number=manifest.sequence,
            units=len(self._units),
        )

    def _tell(self, problem: str) -> None:
        if problem != self.problem:
            _log.warning("the folder is not served as it is", why=problem)
        self.problem = problem


def run_list_desk(
    settings: Settings, folder: Path, keys: Path, name: str, stop: threading.Event
) -> None:
    """Serve *folder* until *stop* is set.

    Args:
        keys: where the town's root and roster lie; no private key is needed.
        name: of the session at the broker.

    Raises:
        ConfigError: a certificate, key or password file is missing or wrong.
        KeysError: there is no sound roster to begin with.
        DeliveryError: the broker does not let the desk hear the units' asks.
    """
    clock, town = SystemClock(settings.clock.trust), settings.unit.town
    open_roster(keys)
    asks = every_unit(town, Kind.ASK)
    link = Link(settings.delivery, f"{town}-{name}", [asks], clock, largest=ASK_LIMIT + 1024)
    desk = ListDesk(folder, town, lambda: open_roster(keys), link, clock)
    notifier = open_notifier(clock)

    def stepped() -> None:
        notifier.watchdog()
        notifier.status(desk.sentence)

    link.start()
    try:
        notifier.ready()
        desk.run(stop, stepped)
    finally:
        notifier.stopping()
        link.stop()


def _facts(file: Path) -> tuple[int, ...]:
    status = file.stat()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else -1


def _utc(now: Moment) -> datetime:
    return datetime.fromtimestamp(now.utc_ns // 1_000_000_000, UTC)
