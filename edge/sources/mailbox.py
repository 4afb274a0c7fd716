"""One slot between the grabber and the line: the newest frame wins."""

import threading

from edge.records import Frame


class Mailbox:
    """Holds at most one frame, so that the line never works on an old one.

    Args:
        lossless: a full slot makes the grabber wait, for recordings that are read as fast as the
            line goes; otherwise the older frame is dropped and counted.
    """

    def __init__(self, lossless: bool) -> None:
        self._lossless = lossless
        self._changed = threading.Condition()
        self._frame: Frame | None = None
        self._closed = False
        self._error: BaseException | None = None
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """How many frames were overwritten before the line took them."""
        with self._changed:
            return self._dropped

    @property
    def closed(self) -> bool:
        """Whether no further frame will be put in; one may still lie there."""
        with self._changed:
            return self._closed

    def put(self, frame: Frame) -> bool:
        """Leave *frame* for the line; False when the mailbox is closed and nobody will look."""
        with self._changed:
            if self._lossless:
                self._changed.wait_for(lambda: self._frame is None or self._closed)
            if self._closed:
                return False
            if self._frame is not None:
                self._dropped += 1
            self._frame = frame
            self._changed.notify_all()
            return True

    def take(self, timeout_s: float) -> Frame | None:
        """Return the newest frame, waiting up to *timeout_s* for one.

        None means that none came in time, or, when :attr:`closed`, that none will come.

        Raises:
            BaseException: what the grabber failed with, once the slot is empty.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._frame is not None or self._closed, timeout_s)
            frame, self._frame = self._frame, None
            if frame is not None:
                self._changed.notify_all()
            elif self._error is not None:
                raise self._error
            return frame

    def close(self, error: BaseException | None = None) -> None:
        """Take no more frames; *error* will be raised to whoever takes. The first call counts."""
        with self._changed:
            if not self._closed:
                self._closed = True
                self._error = error
            self._changed.notify_all()
