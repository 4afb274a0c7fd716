"""A thread that waits at a camera, so that the grabber need not.

Drivers and network code block for as long as they like: a name look-up, a device that hangs in
the kernel. Whoever calls them from a thread of their own can still stop in time, and can tell
that a camera is stuck.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from queue import SimpleQueue
from typing import Any, TypeVar

from edge.clock import Clock
from edge.errors import SourceLost

Answer = TypeVar("Answer")
_LOOK_S = 0.1  # how soon a stop is noticed


class Attendant:
    """Makes blocking calls one after the other in a daemon thread.

    Args:
        closing: called in the same thread at the end, after whatever call was under way.
    """

    def __init__(self, name: str, clock: Clock, closing: Callable[[], None]) -> None:
        self._clock = clock
        self._closing = closing
        self._orders: SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)

    @property
    def busy(self) -> bool:
        """Whether the thread is alive: the device may still be open."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin; to be called once."""
        self._thread.start()

    def ask(
        self, call: Callable[[], Answer], stop: threading.Event, limit_s: float
    ) -> Answer | None:
        """Return what *call* returns; None as soon as *stop* is set.

        Raises:
            SourceLost: no answer within *limit_s*; the call may still be running.
            Exception: whatever *call* raises.
        """
        if stop.is_set():
            return None
        answer: Future[Answer] = Future()
        self._orders.put((call, answer))
        begun = self._clock.now()
        while not stop.is_set():
            wait((answer,), timeout=_LOOK_S)
            if answer.done():
                return answer.result()
            if self._clock.now().since(begun) > limit_s:
                raise SourceLost(f"the camera hangs: no answer for {limit_s:g} s")
        return None

    def dismiss(self, patience_s: float) -> None:
        """Have the device closed and the thread ended; wait for it no longer than *patience_s*."""
        self._orders.put(None)
        self._thread.join(patience_s)

    def _serve(self) -> None:
        try:
            while (order := self._orders.get()) is not None:
                call, answer = order
                try:
                    answer.set_result(call())
                except Exception as error:  # noqa: BLE001 - carried to whoever asked
                    answer.set_exception(error)
                del order, call, answer  # a frame must not live on until the next order
        finally:
            self._closing()
