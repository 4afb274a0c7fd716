"""The broker's end of a tunnel's loop: events beside sockets, in one selector."""

import contextlib
import queue
import socket
import threading
from typing import Final

from edge.delivery.events import Event
from edge.delivery.mqtt import Link

_TURN_S: Final = 0.25
_MOST: Final = 200  # messages that wait for the loop; then the broker waits


class Post:
    """Carries a link's events into a loop that waits on sockets.

    Args:
        link: started and stopped by this.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._events: queue.Queue[Event | BaseException] = queue.Queue(_MOST)
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._bell: socket.socket | None = None
        self.door: socket.socket | None = None

    def start(self) -> socket.socket:
        """Begin to connect; return what is readable whenever :meth:`take` has something.

        Raises:
            ConfigError: a file that the connection needs is missing or wrong.
        """
        self._link.start()
        self._bell, self.door = socket.socketpair()
        for one in (self._bell, self.door):
            one.settimeout(0.0)
        self._thread = threading.Thread(target=self._run, name="tunnel-post", daemon=True)
        self._thread.start()
        return self.door

    def stop(self) -> None:
        """End the connection."""
        self._ended.set()
        self._link.stop()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        for one in (self._bell, self.door):
            if one is not None:
                one.close()

    def take(self) -> list[Event]:
        """Return what has happened.

        Raises:
            BaseException: whatever ended the broker's thread against all expectation.
        """
        assert self.door is not None
        with contextlib.suppress(BlockingIOError):
            self.door.recv(4096)
        found: list[Event] = []
        while not self._events.empty():
            event = self._events.get()
            if isinstance(event, BaseException):
                raise event
            found.append(event)
        return found

    def publish(self, topic: str, payload: bytes) -> bool:
        """Send once, at QoS 0; say whether there is a connection."""
        return self._link.publish(topic, payload, qos=0) is not None

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                event = self._link.take(_TURN_S)
            except BaseException as error:  # noqa: BLE001 - take() raises it in the loop's thread
                self._put(error)
                return
            if event is not None:
                self._put(event)

    def _put(self, event: Event | BaseException) -> None:
        while not self._ended.is_set():
            try:
                self._events.put(event, timeout=_TURN_S)
            except queue.Full:
                continue
            assert self._bell is not None
            with contextlib.suppress(BlockingIOError):  # it rings already
                self._bell.send(b"\0")
            return
