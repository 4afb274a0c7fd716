"""Server-sent events: a browser hears within milliseconds that something changed, and then asks.

An event carries a version and nothing else, so that no plate is in it. Every stream begins with
one, also after a lost connection: whoever hears it asks for the whole present state, and nothing
that happened in between is missed.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

BEAT_S = 4.0  # a browser that hears nothing for three beats knows that the line is dead
_LOOK_S = 1.0


class Changes:
    """Wakes any number of streams from one waiting thread.

    Args:
        wait: returns the present version once it differs from the given one, or after the given
            seconds; see :meth:`edge.web.console.contract.Desk.wait`.
    """

    def __init__(self, wait: Callable[[int, float], int]) -> None:
        self._wait = wait
        self._version = -1
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._sleepers: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to wait for changes."""
        self._thread = threading.Thread(target=self._run, name="changes", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End all streams and the thread."""
        self._ended.set()
        self._wake()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    async def stream(self) -> AsyncIterator[bytes]:
        """Yield events, the first at once, until the client leaves or :meth:`stop`."""
        told: int | None = None
        changed = asyncio.Event()
        with self._lock:
            self._sleepers[changed] = asyncio.get_running_loop()
        try:
            yield b"retry: 1000\n\n"
            while not self._ended.is_set():
                changed.clear()
                if told != self._version:
                    told = self._version
                    yield f"event: change\ndata: {told}\n\n".encode()
                else:
                    yield b"event: beat\ndata: \n\n"
                await _either(changed, BEAT_S)
        finally:
            with self._lock:
                del self._sleepers[changed]

    def _run(self) -> None:
        while not self._ended.is_set():
            version = self._wait(self._version, _LOOK_S)
            if version != self._version:
                self._version = version
                self._wake()

    def _wake(self) -> None:
        with self._lock:
            for changed, loop in self._sleepers.items():
                if not loop.is_closed():
                    loop.call_soon_threadsafe(changed.set)


async def _either(changed: asyncio.Event, seconds: float) -> None:
    """Wait for a change, at most *seconds*."""
    try:
        await asyncio.wait_for(changed.wait(), seconds)
    except TimeoutError:
        return
