"""A lamp on the unit, by the kernel's LED class: whoever stands below sees whether it reads.

The kernel's own ``timer`` trigger blinks, so that nothing of ours must run for it. It is set once
and stays: with another one the kernel takes the files of the delays away, and makes them anew as
root's alone. A delay of 0 is a light that never goes out, or never on.
"""

from enum import StrEnum
from pathlib import Path
from typing import Final

from edge.config.led import LedSection
from edge.log import Log

LEDS: Final = Path("/sys/class/leds")
_log: Final = Log("edge.led")


class Shown(StrEnum):
    """What the lamp tells."""

    WATCHING = "watching"
    PAUSED = "paused"
    TROUBLE = "trouble"
    DARK = "dark"
    SERVICE = "service"


_BLINKS: Final = {  # ms; both at 0 are the kernel's own 500
    Shown.WATCHING: (("delay_on", 1000), ("delay_off", 0)),
    Shown.PAUSED: (("delay_on", 100), ("delay_off", 1900)),
    Shown.TROUBLE: (("delay_on", 250), ("delay_off", 250)),
    Shown.DARK: (("delay_on", 0), ("delay_off", 1000)),
    Shown.SERVICE: (("delay_on", 900), ("delay_off", 100)),
}
_PATTERN: Final = "pattern"
_FLASH_MS, _GAP_MS, _PAUSE_MS = 200, 300, 2000
_TIMER: Final = "[timer]"  # of all triggers the one in brackets is set


class Led:
    """Writes patterns to one LED; a lamp that cannot be written is told once and ends nothing.

    Attributes:
        problem: why it does not show what it should; empty when it does.
    """

    def __init__(self, folder: Path) -> None:
        self.problem = ""
        self._folder = folder
        self._shown: Shown | None = None

    def show(self, what: Shown) -> None:
        """Show *what*; the same again is not written."""
        if what is self._shown:
            return
        try:
            self._light(what)
        except OSError as error:
            self._fail(what, error)
            return
        self.problem, self._shown = "", what

    def flash(self, count: int) -> None:
        """Show *count* short flashes, a pause, and again for ever, by the kernel's own pattern.

        It goes on after this process has ended. A kernel without that trigger blinks fast instead,
        which says trouble and not which, and :attr:`problem` tells so.
        """
        self._shown = None
        try:
            if _PATTERN not in self._read("trigger").replace("[", " ").replace("]", " ").split():
                self.show(Shown.TROUBLE)
                self.problem = self.problem or f"the kernel has no trigger {_PATTERN!r} for a code"
                return
            self._write("trigger", _PATTERN)
            self._write("repeat", "-1")
            self._write(_PATTERN, _code(count, self._read("max_brightness")))
        except OSError as error:
            self.problem = f"the lamp {self._folder.name} cannot flash: {error.strerror}"
            _log.warning(self.problem, mend="see systemd/README.md on lamps")
            return
        self.problem = ""

    def _light(self, what: Shown) -> None:
        if _TIMER not in self._read("trigger"):
            self._write("trigger", "timer")
        for name, span in _BLINKS[what]:
            self._write(name, str(span))

    def _fail(self, what: Shown, error: OSError) -> None:
        """Go dark if that can be done: no lamp may say that a paused unit reads, or a dead one."""
        told = f"the lamp {self._folder.name} cannot show {what}: {error.strerror}"
        known, self.problem, self._shown = self.problem, told, None
        try:
            self._light(Shown.DARK)
        except OSError:
            told += "; what it shows may no longer be so"
        if self.problem != known:
            _log.warning(told, mend="see systemd/README.md on lamps")

    def _read(self, name: str) -> str:
        return (self._folder / name).read_text("ascii").strip()

    def _write(self, name: str, text: str) -> None:
        (self._folder / name).write_text(text, "ascii")


def _code(count: int, bright: str) -> str:
    """Return *count* flashes for the pattern trigger: a time of 0 after each makes a step."""
    steps = [(bright, _FLASH_MS), (bright, 0), ("0", _GAP_MS), ("0", 0)] * count
    steps[-2] = ("0", _PAUSE_MS)
    return " ".join(f"{level} {span}" for level, span in steps)


def open_led(section: LedSection, leds: Path = LEDS) -> Led | None:
    """Return the lamp of these settings; None where there is none."""
    return Led(leds / section.name) if section.name else None
