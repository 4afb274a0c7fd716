"""What the acts of a test image share: a card, a machine, a town outside, and patience."""

import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from scripts.image.player import Card, ImageError, Machine
from scripts.image.town import Outside

LIMIT_S: Final = 2400.0  # for each thing awaited: an emulated processor on a busy machine
_TAIL: Final = 80  # lines of the console, when something is not seen


class Stage:
    """One card in one machine.

    Args:
        folder: for all files; nothing of it is worth keeping.
        words: for the kernel.
    """

    def __init__(
        self,
        arch: str,
        folder: Path,
        outside: Outside,
        words: tuple[str, ...] = (),
        memory_mb: int = 1024,
    ) -> None:
        self.folder = folder
        self.log = folder / "console.log"
        self.card = Card(folder / "card.img")
        self.machine = Machine(self.card, arch, self.log, words, memory_mb)
        self.outside = outside

    def play(self, acts: Sequence[Callable[[], None]]) -> None:
        """Do *acts* in their order; if one is not seen, show what the machine said last."""
        try:
            for act in acts:
                act()
        except BaseException:
            self.machine.kill()
            print(self._tail(), file=sys.stderr)
            raise
        finally:
            self.outside.close()

    def until(self, true: Callable[[], object], what: str) -> None:
        """Wait for something to be true.

        Raises:
            ImageError: the machine ended before that, or it took too long.
        """
        end = time.monotonic() + LIMIT_S
        while not true():
            if not self.machine.running() and not true():
                raise ImageError(f"the machine ended before {what}")
            if time.monotonic() > end:
                raise ImageError(f"not within {LIMIT_S:.0f} s: {what}")
            time.sleep(0.5)

    def say(self, sentence: str) -> None:
        """Tell what was seen, with the seconds since power on."""
        print(f"{self.machine.seconds():5.0f} s  {sentence}", flush=True)

    def taken(self) -> bool:
        """Say whether the unit has taken its card and written its application onto it."""
        note = self.card.read("edge-unit.txt")
        return bool(note) and self.card.read("edge-site.toml") is None

    def power_off(self) -> None:
        """Press the power button, and tell how long it took."""
        self.say(f"powered off in {self.machine.power_off(LIMIT_S):.0f} s")

    def _tail(self) -> str:
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-_TAIL:])


def played(name: str, play: Callable[[Path], None]) -> int:
    """Return a command's status after *play* in a folder of its own, which is gone afterwards."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the machine ends with this
    folder = Path(tempfile.mkdtemp(prefix=f"edge-{name}.", dir="/var/tmp"))
    try:
        play(folder)
    except ImageError as error:
        print(f"edge image: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0
