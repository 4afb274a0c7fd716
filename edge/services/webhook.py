"""The gateway to a web address: hears alerts as a receiver, posts each, and only then signs for it.

A party of its own, with keys and, of another agency, a grant. What is not posted yet lies sealed on
the disk, as it came. A crash between the server's 2xx and our note posts once more, under the same
number; a receipt that got lost is sent again when the unit sends the alert again.
"""

import json
import threading
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edge.clock import Clock, Moment, SystemClock
from edge.config import Settings
from edge.config.webhook import WebhookSection
from edge.delivery.backoff import Backoff
from edge.delivery.events import Connected, Event, Lost, Received
from edge.delivery.mqtt import Link
from edge.delivery.webhook import Webhook
from edge.disk import put
from edge.errors import DeliveryError, KeysError, MessageError, StoreContradicted, StoreError
from edge.keys.roles import Role
from edge.log import Log
from edge.messages.letter import unpack
from edge.messages.opening import LETTER_LIMIT, OpenedAlert, open_alert, open_stored_alert
from edge.messages.receipt import sign_receipt
from edge.messages.topics import Kind, every_unit, topic
from edge.services.keyring import Keyring, open_keyring
from edge.services.law import check_law
from edge.services.notify import open_notifier
from edge.store.seen import Seen

ROLES: Final = frozenset({Role.PARTNER, Role.ARCHIVE})
_LOG: Final = Log("webhook")
_POLL_S: Final = 0.1
_BURST: Final = 100  # events taken before a post has its turn


@dataclass
class Waiting:
    """An alert that the server has not taken."""

    found: OpenedAlert
    backoff: Backoff
    due: Moment


def run_webhook(settings: Settings, stop: threading.Event, clock: Clock | None = None) -> None:
    """Post alerts until *stop* is set; an alert under way may take the section's time-out.

    Raises:
        ConfigError: keys, secret, address or a certificate are missing or wrong.
        DeliveryError: the broker does not let us hear the town's alerts.
        StoreError: the folder cannot be written; what came is not confirmed and comes again.
    """
    check_law(settings)
    clock = clock or SystemClock(settings.clock.trust)
    keyring = open_keyring(Path(settings.keys.folder), clock, ROLES)
    own, notifier = keyring.identity, open_notifier(clock)
    hook = Webhook(settings.webhook, clock)
    hook.check()
    link = Link(
        settings.delivery,
        own.name,
        [every_unit(own.town, Kind.ALERT)],
        clock,
        largest=LETTER_LIMIT,
    )
    with Gateway(settings.webhook, keyring, hook, link, clock) as gateway:
        link.start()
        try:
            notifier.ready()
            while not stop.is_set():
                gateway.step()
                notifier.watchdog()
                notifier.status(gateway.sentence)
        finally:
            notifier.stopping()
            link.stop()


class Gateway:
    """One thread: alerts in, posts out, receipts for what was taken.

    Attributes:
        posted: alerts that the server has taken, since the start.
        refused: messages that were not ours to open, or were forged.
        sentence: how it goes, for ``systemctl status``.
    """

    def __init__(
        self, section: WebhookSection, keyring: Keyring, hook: Webhook, link: Link, clock: Clock
    ) -> None:
        self._section = section
        self._keyring = keyring
        self._hook = hook
        self._link = link
        self._clock = clock
        self._folder = Path(section.folder) / "waiting"
        self._seen = Seen(Path(section.folder) / "seen.db")
        self._waiting: dict[str, Waiting] = {}
        self._posted: dict[tuple[str, str], set[tuple[int, int]]] = {}
        self._rest = Backoff(section.retry_first_s, section.retry_max_s)
        self._rests_until: Moment | None = None
        self._broker = "connecting to the broker"
        self._trouble = ""
        self.posted = 0
        self.refused = 0

    def __enter__(self) -> "Gateway":
        """Open the folder, for this user's eyes only, and take up what waits in it.

        Raises:
            StoreError: it cannot be made or read.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{error.filename}: cannot be made: {error.strerror}") from error
        self._seen.open()
        for file in sorted(self._folder.glob("*.letter"), key=lambda one: one.stat().st_mtime_ns):
            self._take_up(file)
        return self

    def __exit__(self, *_: object) -> None:
        self._seen.close()

    @property
    def sentence(self) -> str:
        """How it goes."""
        wait = f"{len(self._waiting)} alerts wait: {self._trouble}" if self._waiting else ""
        return "; ".join(one for one in (self._keyring.problem, self._broker, wait) if one)

    def step(self) -> None:
        """Wait a moment for the broker, take what came, and post one alert that is due."""
        self._keyring.rosters.refresh()
        event = self._link.take(_POLL_S)
        for _ in range(_BURST):
            if event is None:
                break
            self._take(event)
            event = self._link.take(0)
        self._post(self._clock.now())

    def _take(self, event: Event) -> None:
        match event:
            case Received():
                self._received(event)
            case Connected():
                self._broker = ""
                if event.refused:
                    raise DeliveryError(
                        f"the broker does not let us hear {' and '.join(event.refused)}: make its"
                        " rules anew ('edge broker acl'); a partner needs a grant in force"
                    )
            case Lost():
                if event.sentence != self._broker:
                    _LOG.warning(event.sentence)
                self._broker = event.sentence

    def _received(self, event: Received) -> None:
        rosters, own = self._keyring.rosters, self._keyring.identity
        try:
            found = open_alert(event.topic, event.payload, own, rosters.roster, rosters.at())
            self._keep(found, event.payload)
        except (KeysError, MessageError) as error:
            self.refused += 1
            # most are alerts that no grant gives us: the 1st, 2nd, 4th, 8th ... is told
            if self.refused & (self.refused - 1) == 0:
                _LOG.warning("a message is refused", why=error, refused=self.refused)
        self._link.done(event)

    def _keep(self, found: OpenedAlert, letter: bytes) -> None:
        message, number = found.message, number_of(found)
        waiting = self._waiting.get(number)
        if waiting is not None and waiting.found.mark != found.mark:
            raise MessageError(f"alert {number} came a second time with other words: refused")
        posted = self._posted_of(message.unit, message.epoch)
        if waiting is None and (message.sequence, message.revision) in posted:
            self._note(found)  # says so if its words have changed
            self._sign_for(found)
            return
        _write(self._file(number), letter)
        if waiting is not None:
            waiting.found = found  # sealed anew: the receipt names the newest
        else:
            self._wait_for(number, found)

    def _posted_of(self, unit: str, epoch: str) -> set[tuple[int, int]]:
        if (unit, epoch) not in self._posted:
            self._posted[unit, epoch] = self._seen.held(unit, epoch)
        return self._posted[unit, epoch]

    def _take_up(self, file: Path) -> None:
        rosters, own = self._keyring.rosters, self._keyring.identity
        try:
            letter = unpack(file.read_bytes(), str(file), LETTER_LIMIT)
            found = open_stored_alert(letter, own, rosters.roster, rosters.at())
        except (KeysError, MessageError) as error:
            _LOG.warning("kept, and cannot be opened any more", file=file.name, why=error)
            return
        self._wait_for(number_of(found), found)

    def _wait_for(self, number: str, found: OpenedAlert) -> None:
        backoff = Backoff(self._section.retry_first_s, self._section.retry_max_s)
        self._waiting[number] = Waiting(found, backoff, self._clock.now())

    def _post(self, now: Moment) -> None:
        if self._rests_until is not None and self._rests_until.since(now) > 0:
            return
        due = (one for one in self._waiting.items() if one[1].due.since(now) <= 0)
        number, waiting = next(due, ("", None))
        if waiting is None:
            return
        answer = self._hook.post(number, post_body(waiting.found, picture=self._section.picture))
        if answer.taken:
            self._taken(number, waiting)
            return
        if answer.sentence != self._trouble:
            _LOG.warning(answer.sentence, alert=number, waiting=len(self._waiting))
        self._trouble = answer.sentence
        if answer.again:
            waiting.due = now.later(waiting.backoff.next())
        else:
            self._rests_until = now.later(self._rest.next())

    def _taken(self, number: str, waiting: Waiting) -> None:
        self._rest.reset()
        self._rests_until, self._trouble = None, ""
        self._note(waiting.found)
        self._file(number).unlink(missing_ok=True)
        del self._waiting[number]
        self.posted += 1
        self._sign_for(waiting.found)

    def _note(self, found: OpenedAlert) -> None:
        message = found.message
        number = (message.unit, message.epoch, message.sequence, message.revision)
        try:
            self._seen.remember(*number, found.mark, self._clock.now())
        except StoreContradicted as error:
            raise MessageError(str(error)) from error
        self._posted_of(message.unit, message.epoch).add((message.sequence, message.revision))

    def _sign_for(self, found: OpenedAlert) -> None:
        message, now = found.message, self._clock.now()
        receipt = sign_receipt(message, found.digest, self._keyring.identity, now)
        # without a connection none is sent: the unit sends the alert again, and gets it then
        self._link.publish(topic(message.town, message.unit, Kind.RECEIPT), receipt)

    def _file(self, number: str) -> Path:
        return self._folder / f"{number.replace('/', '_')}.letter"


def number_of(found: OpenedAlert) -> str:
    """Return the number under which the server knows a revision of an alert again."""
    message = found.message
    return f"{message.unit}/{message.epoch}/{message.sequence}/{message.revision}"


def post_body(found: OpenedAlert, *, picture: bool) -> bytes:
    """Return what is posted: the alert as its JSON Schema says, and the picture or null."""
    crop = b64encode(found.crop).decode() if picture and found.crop is not None else None
    body: dict[str, Any] = {"alert": found.message.model_dump(mode="json"), "picture": crop}
    return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()


def _write(file: Path, data: bytes) -> None:
    """Write *file* so that after a power cut it is there whole, or not at all."""
    try:
        put(file, data)
    except OSError as error:
        raise StoreError(f"{file}: cannot be written: {error.strerror}") from error
