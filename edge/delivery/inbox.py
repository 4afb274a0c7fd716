"""A receiver's side: what comes in is kept, shown once, and answered with a receipt.

The order makes it safe at any moment: number and bytes of all that came together are put on the
disk as *unshown* in one transaction, the crops are saved, the owner shows each alert, its unshown
bytes go. Whatever a crash leaves unshown is shown at the next start, marked as recovered: a crash
in the moment between showing and erasing cannot be told from one before, and the other order would
lose the alert.

What waits to be shown is kept as it came, sealed. Only the picture of an alert that is to be shown
is saved in the open, for eyes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from edge.clock import Clock, Moment
from edge.delivery.events import Received
from edge.disk import put, sync
from edge.errors import KeysError, MessageError, StoreContradicted, StoreError
from edge.keys.identity import Identity
from edge.keys.keeper import RosterKeeper
from edge.log import Log
from edge.messages.alert_parts import AlertMessage
from edge.messages.letter import unpack
from edge.messages.opening import LETTER_LIMIT, OpenedAlert, open_alert, open_stored_alert
from edge.messages.receipt import sign_receipt
from edge.messages.topics import Kind, topic
from edge.store.seen import Came, Novelty, Seen

_LOG: Final = Log("inbox")


@dataclass(frozen=True, slots=True)
class Heard:
    """An alert that is durably kept.

    Attributes:
        crop: the saved JPEG; None when none came, or it is not to be shown.
        show: False when it was shown before, or a newer revision was.
        receipt: the answer for :attr:`receipt_topic`.
        recovered: it was kept before a crash, which may have come just after it was shown.
    """

    message: AlertMessage
    crop: Path | None
    show: bool
    receipt_topic: str
    receipt: bytes
    recovered: bool = False


@dataclass(frozen=True, slots=True)
class _Letter:
    found: OpenedAlert
    came: Came


class Inbox:
    """The alerts of one town for one receiver, in a folder of its own.

    Args:
        own: the receiver's keys; it opens what is sealed to them, and signs receipts.
        rosters: says which units are believed.
    """

    def __init__(self, folder: Path, own: Identity, rosters: RosterKeeper, clock: Clock) -> None:
        self._crops = folder / "crops"
        self._seen = Seen(folder / "seen.db")
        self._own = own
        self._rosters = rosters
        self._clock = clock

    def __enter__(self) -> Self:
        """Open the folder, for this user's eyes only.

        Raises:
            StoreError: it cannot be made or written.
        """
        try:
            for folder in (self._crops.parent, self._crops):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{error.filename}: cannot be made: {error.strerror}") from error
        self._seen.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._seen.close()

    def take(self, received: Received) -> Heard:
        """Keep an alert as it came from the broker, and say whether to show it.

        Raises:
            MessageError: it breaks the contract, speaks for another unit than its topic's, or has
                a known number with other words. Nothing is kept, no receipt is due.
            KeysError: it is not sealed to us, was changed, or no unit on the roster has signed it.
            StoreError: it cannot be kept; it must not be confirmed to the broker.
        """
        (heard,) = self.take_all([received])
        if not isinstance(heard, Heard):
            raise heard
        return heard

    def take_all(self, burst: Sequence[Received]) -> list[Heard | KeysError | MessageError]:
        """Keep what came together in one transaction; errors of :meth:`take` stand in their place.

        Raises:
            StoreError: nothing of it is kept, nothing must be confirmed to the broker.
        """
        opened = [self._opened(one) for one in burst]
        good = [one for one in opened if isinstance(one, _Letter)]
        now = self._clock.now()
        judged = iter(self._seen.keep([one.came for one in good], now))
        heard = [
            self._judged(one, next(judged), now) if isinstance(one, _Letter) else one
            for one in opened
        ]
        self._sync_crops(heard)
        return heard

    def unshown(self) -> Iterator[Heard]:
        """Return, one by one, what was kept and not shown before the last end."""
        for number, blob in self._seen.unshown():
            try:
                found = self._reopened(blob)
            except (KeysError, MessageError) as error:
                _LOG.warning("kept before the last end, and not shown", number=number, why=error)
                self._seen.shown(*number)  # its sender's key was revoked since, or ours exchanged
                continue
            heard = self._heard(found, show=True, recovered=True, now=self._clock.now())
            self._sync_crops([heard])
            yield heard

    def shown(self, heard: Heard) -> None:
        """Note that the alert has been shown."""
        message = heard.message
        self._seen.shown(message.unit, message.epoch, message.sequence, message.revision)

    def _opened(self, received: Received) -> "_Letter | KeysError | MessageError":
        roster, at = self._rosters.roster, self._rosters.at()
        try:
            found = open_alert(received.topic, received.payload, self._own, roster, at)
        except (KeysError, MessageError) as error:
            return error
        message = found.message
        number = (message.unit, message.epoch, message.sequence, message.revision)
        return _Letter(found, Came(*number, found.mark, received.payload))

    def _reopened(self, blob: bytes) -> OpenedAlert:
        letter = unpack(blob, "a letter kept here", LETTER_LIMIT)
        return open_stored_alert(letter, self._own, self._rosters.roster, self._rosters.at())

    def _judged(
        self, letter: "_Letter", novelty: Novelty | StoreContradicted, now: Moment
    ) -> Heard | MessageError:
        if isinstance(novelty, StoreContradicted):
            return MessageError(str(novelty))
        return self._heard(letter.found, show=novelty is Novelty.NEW, recovered=False, now=now)

    def _heard(self, found: OpenedAlert, *, show: bool, recovered: bool, now: Moment) -> Heard:
        message = found.message
        return Heard(
            message,
            crop=self._save_crop(found) if show else None,
            show=show,
            receipt_topic=topic(message.town, message.unit, Kind.RECEIPT),
            receipt=sign_receipt(message, found.digest, self._own, now),
            recovered=recovered,
        )

    def _sync_crops(self, heard: Sequence[object]) -> None:
        if any(isinstance(one, Heard) and one.crop for one in heard):
            try:
                sync(self._crops)
            except OSError as error:
                raise StoreError(f"{self._crops}: cannot be written: {error.strerror}") from error

    def _save_crop(self, found: OpenedAlert) -> Path | None:
        if found.crop is None:
            return None
        file = self._crops / f"{_stem(found.message)}.jpg"
        _write(file, found.crop)
        return file


def _stem(message: AlertMessage) -> str:
    """Return the alert's number as a file name; its parts are names and numbers by contract."""
    return f"{message.unit}-{message.epoch[:8]}-{message.sequence}-{message.revision}"


def _write(file: Path, data: bytes) -> None:
    """Write *file*; with its folder synced, it is there whole after a power cut."""
    try:
        put(file, data, settle=False)
    except OSError as error:
        raise StoreError(f"{file}: cannot be written: {error.strerror}") from error
