"""The camera's side of watch: opened and closed as often as the town says."""

from collections.abc import Callable

from edge.records import Frame
from edge.sources.base import Source
from edge.sources.grabber import Grabber
from edge.sources.mailbox import Mailbox


class Capture:
    """A source with its thread and its mailbox, each of which lives from an opening to a closing.

    Args:
        mailbox: makes an empty one that fits the source.
    """

    def __init__(self, source: Source, mailbox: Callable[[], Mailbox]) -> None:
        self._source = source
        self._make = mailbox
        self._mailbox: Mailbox | None = None
        self._grabber: Grabber | None = None
        self._dropped = 0

    @property
    def open(self) -> bool:
        """Whether frames are asked of the source."""
        return self._grabber is not None

    @property
    def closed(self) -> bool:
        """Whether no further frame will come by itself: a recording has ended, or we closed."""
        return self._mailbox is None or self._mailbox.closed

    @property
    def dropped(self) -> int:
        """How many frames the line was too slow for, since the daemon started."""
        return self._dropped + (self._mailbox.dropped if self._mailbox else 0)

    def start(self) -> None:
        """Open the source; twice does no harm."""
        if self._grabber is None:
            self._mailbox = self._make()
            self._grabber = Grabber(self._source, self._mailbox)
            self._grabber.start()

    def stop(self) -> None:
        """Close the source, and drop the frame that waits; twice does no harm."""
        if self._grabber is not None and self._mailbox is not None:
            self._grabber.stop()
            self._dropped += self._mailbox.dropped
            self._grabber = self._mailbox = None

    def take(self, timeout_s: float) -> Frame | None:
        """Return the newest frame, as :meth:`Mailbox.take` does; None while closed."""
        return self._mailbox.take(timeout_s) if self._mailbox is not None else None
