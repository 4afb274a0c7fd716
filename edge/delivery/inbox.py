"""A receiver's side: what comes in is kept, shown once, and answered with a receipt.

The order makes it safe at any moment: the bytes are put on the disk as *unshown*, their number is
remembered, the crop is saved, the owner shows the alert, the unshown bytes go. Whatever a crash
leaves unshown is shown at the next start, marked as recovered: a crash in the moment between
showing and erasing cannot be told from one before, and the other order would lose the alert.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from edge.clock import Clock
from edge.delivery.events import Received
from edge.disk import sync
from edge.errors import MessageError, StoreContradicted, StoreError
from edge.messages.alert import crop_jpeg, parse_alert
from edge.messages.alert_parts import AlertMessage
from edge.messages.envelope import digest
from edge.messages.receipt import build_receipt
from edge.messages.topics import Kind, parse_topic, topic
from edge.store.seen import Novelty, Seen


@dataclass(frozen=True, slots=True)
class Heard:
    """An alert that is durably kept.

    Attributes:
        crop: the saved JPEG; None when the alert has none, or is not to be shown.
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


class Inbox:
    """The alerts of one town for one receiver, in a folder of its own.

    Args:
        receiver: our name, as the units' settings know it.
    """

    def __init__(self, folder: Path, receiver: str, town: str, clock: Clock) -> None:
        self._crops = folder / "crops"
        self._unshown = folder / "unshown"
        self._seen = Seen(folder / "seen.db")
        self._receiver = receiver
        self._town = town
        self._clock = clock

    def __enter__(self) -> Self:
        """Open the folder, for this user's eyes only.

        Raises:
            StoreError: it cannot be made or written.
        """
        try:
            for folder in (self._crops.parent, self._crops, self._unshown):
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
                a known number with other bytes. Nothing is kept, no receipt is due.
            StoreError: it cannot be kept; it must not be confirmed to the broker.
        """
        where = parse_topic(received.topic)
        message = parse_alert(received.payload)
        if (message.town, message.unit) != (where.town, where.unit) or where.town != self._town:
            raise MessageError(
                f"an alert of {message.town}/{message.unit} came on {received.topic}: refused"
            )
        _write(self._unshown / f"{_stem(message)}.json", received.payload)
        return self._keep(message, received.payload)

    def unshown(self) -> Iterator[Heard]:
        """Return, one by one, what was kept and not shown before the last end."""
        for file in sorted(self._unshown.glob("*.json")):
            body = file.read_bytes()
            try:
                heard = self._keep(parse_alert(body), body, recovered=True)
            except MessageError:
                file.unlink(missing_ok=True)  # a forgery that a crash left here
                continue
            yield heard

    def shown(self, heard: Heard) -> None:
        """Note that the alert has been shown."""
        self._erase(heard.message)

    def _keep(self, message: AlertMessage, body: bytes, *, recovered: bool = False) -> Heard:
        mark, now = digest(body), self._clock.now()
        number = (message.unit, message.epoch, message.sequence, message.revision)
        try:
            novelty = self._seen.remember(*number, mark, now)
        except StoreContradicted as error:
            self._erase(message)
            raise MessageError(str(error)) from error
        show = novelty is Novelty.NEW or (recovered and novelty is Novelty.AGAIN)
        if not show:
            self._erase(message)
        return Heard(
            message,
            crop=self._save_crop(message) if show else None,
            show=show,
            receipt_topic=topic(message.town, message.unit, Kind.RECEIPT),
            receipt=build_receipt(message, mark, self._receiver, now),
            recovered=recovered,
        )

    def _erase(self, message: AlertMessage) -> None:
        (self._unshown / f"{_stem(message)}.json").unlink(missing_ok=True)

    def _save_crop(self, message: AlertMessage) -> Path | None:
        jpeg = crop_jpeg(message)
        if jpeg is None:
            return None
        file = self._crops / f"{_stem(message)}.jpg"
        _write(file, jpeg)
        return file


def _stem(message: AlertMessage) -> str:
    """Return the alert's number as a file name; its parts are names and numbers by contract."""
    return f"{message.unit}-{message.epoch[:8]}-{message.sequence}-{message.revision}"


def _write(file: Path, data: bytes) -> None:
    """Write *file* so that after a power cut it is there whole, or not at all."""
    part = file.with_suffix(".part")
    try:
        with part.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
        sync(file.parent)
    except OSError as error:
        raise StoreError(f"{file}: cannot be written: {error.strerror}") from error
