"""The button on the unit, as the kernel tells of it: input events, no library, no polling.

The kernel's ``gpio-key`` overlay makes an input device of a button on a pin: it debounces, works on
every Pi and release alike, and needs no package. The command line of libgpiod does not stay the
same from one release to the next.
"""

import os
import selectors
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from edge.clock import Clock, Moment
from edge.errors import ServiceError
from edge.log import Log

CLASS: Final = Path("/sys/class/input")
DEVICES: Final = Path("/dev/input")
EVENT: Final = struct.Struct(
    "llHHi"
)  # struct input_event: seconds, microseconds, type, code, value
_KEY: Final = 1
_WORD: Final = 64  # bits in a word of the kernel's bitmap
_WAIT_S: Final = 0.25
_log: Final = Log("edge.service")


def find_button(code: int, kernel: Path = CLASS, devices: Path = DEVICES) -> list[Path]:
    """Return the devices that have the key *code*.

    Raises:
        ServiceError: there is none.
    """
    found = [
        devices / one.name
        for one in sorted(kernel.glob("event*"))
        if _has(one / "device/capabilities/key", code)
    ]
    if not found:
        raise ServiceError(
            f"no button here has the key {code}: dtoverlay=gpio-key,gpio=17,keycode={code} in"
            " /boot/firmware/config.txt makes one (systemd/README.md), then start the machine anew"
        )
    return found


class Button:
    """One button on one or more devices; call :meth:`wait` again and again.

    Args:
        hold_s: held so long it counts, while it is still down.
    """

    def __init__(self, files: list[Path], code: int, hold_s: float, clock: Clock) -> None:
        self._files = files
        self._code = code
        self._hold_s = hold_s
        self._clock = clock
        self._stack = ExitStack()
        self._selector = selectors.DefaultSelector()
        self._down: Moment | None = None

    def open(self) -> None:
        """Open the devices.

        Raises:
            ServiceError: one cannot be read.
        """
        for file in self._files:
            try:
                device = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            except OSError as error:
                self.close()
                raise ServiceError(f"{file}: cannot be read: {error.strerror}") from error
            self._stack.callback(os.close, device)
            self._selector.register(device, selectors.EVENT_READ)

    def close(self) -> None:
        """Close the devices."""
        self._selector.close()
        self._stack.close()

    def wait(self) -> bool:
        """Wait for a moment; True once for each time that it was held long enough.

        Raises:
            ServiceError: the device is gone.
        """
        for key, _ in self._selector.select(_WAIT_S):
            for code, value in self._read(key.fd):
                if code == self._code and value in (0, 1):
                    self._down = self._clock.now() if value else None
        if self._down is None or self._clock.now().since(self._down) < self._hold_s:
            return False
        self._down = None
        return True

    def _read(self, device: int) -> Iterator[tuple[int, int]]:
        try:
            raw = os.read(device, EVENT.size * 64)
        except OSError as error:
            raise ServiceError(f"the button is gone: {error.strerror}") from error
        if not raw:
            raise ServiceError("the button is gone")
        whole = len(raw) - len(raw) % EVENT.size
        for _, _, kind, code, value in EVENT.iter_unpack(raw[:whole]):
            if kind == _KEY:
                yield code, value


def listen(
    button: Button, pressed: Path, step: Callable[[], bool], told: Callable[[str], None]
) -> None:
    """Write *pressed* each time the button was held, until *step* says that it is over.

    The file is what systemd looks at (``edge-service-wifi.path``).
    """
    button.open()
    try:
        while step():
            if button.wait():
                pressed.write_text("pressed\n", "ascii")
                told("the button was pressed")
    finally:
        button.close()


def _has(bitmap: Path, code: int) -> bool:
    """Say whether the kernel's bitmap of keys, words in hex, the highest first, has *code*."""
    try:
        words = bitmap.read_text("ascii").split()
    except OSError:  # a device that was taken out meanwhile
        return False
    place, bit = divmod(code, _WORD)
    return place < len(words) and bool(int(words[-1 - place], 16) >> bit & 1)
