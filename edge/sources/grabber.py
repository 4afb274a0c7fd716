"""The thread that carries frames from a source to the mailbox."""

import threading

from edge.sources.base import Source
from edge.sources.mailbox import Mailbox


class Grabber:
    """Empties *source* into *mailbox* in a thread of its own.

    An error in the thread is deadly: it closes the mailbox, and the line that takes from the
    mailbox raises it, so that the process ends and is started again. A recording's end closes the
    mailbox without an error.
    """

    def __init__(self, source: Source, mailbox: Mailbox) -> None:
        self._source = source
        self._mailbox = mailbox
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._grab, name="grabber", daemon=True)

    def start(self) -> None:
        """Begin; to be called once."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the source to end and wait until it has; the mailbox is closed afterwards."""
        self._stop.set()
        self._mailbox.close()
        self._thread.join()

    def _grab(self) -> None:
        try:
            for frame in self._source.frames(self._stop):
                if not self._mailbox.put(frame):
                    self._stop.set()
        except Exception as error:  # noqa: BLE001 - nothing is swallowed: the line's thread raises it
            self._mailbox.close(error)
        finally:
            self._mailbox.close()
