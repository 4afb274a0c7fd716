"""The two sides of a unit without A/B: virtual environments side by side, and a link between them.

A card with two sides has :class:`edge.services.update_slots.Slots` instead.

``/opt/edge`` is the version in force. ``/opt/edge.kept`` is the one that was last found good, and
the updater itself runs from there: a version that does not even start cannot keep it from going
back. Each link changes by a rename, so at any moment it is the one or the other.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, Protocol

from edge.disk import sync
from edge.errors import UpdateError, UpdateLaterError
from edge.services.machine import run

STAMP: Final = ".edge-stamp"
_VENV: Final = ".edge-venv"
_BUILD_S: Final = 1800.0  # a Raspberry Pi 4 unfolds 300 MB of wheels
_PROVE_S: Final = 1200.0  # its unit has a shorter limit, which a slow machine can raise
_RESTART_S: Final = 60.0
_NO_ROOM: Final = 75  # sysexits(3): EX_TEMPFAIL; scripts/install ends so where /opt is full
_DAEMONS: Final = ("edge-search", "edge-watch", "edge-deliver")

Which = Literal["kept", "next"]


class Sides(Protocol):
    """How a machine has two versions at once.

    Attributes:
        anew: to switch is to start the machine anew, on a whole system of its own.
    """

    @property
    def anew(self) -> bool: ...  # noqa: D102 - above

    def in_force(self) -> str:
        """Return the side that runs, or will at the next start."""

    def kept(self) -> str:
        """Return the side that was last found good."""

    def busy(self) -> str:
        """Return why no other side can be made now; empty where one can."""

    def there(self, side: str) -> bool:
        """Say whether *side* is whole, and another one than runs."""

    def make(self, bundle: Path) -> str:
        """Make another side from *bundle*, put nothing in force, and return its name.

        Raises:
            UpdateError: it cannot be made; nothing has changed.
            UpdateLaterError: that is not its own fault: once more in a while.
        """

    def offer(self, side: str) -> None:
        """Let *side* be tried by :meth:`prove`."""

    def prove(self, which: Which) -> str:
        """Have the side kept, or the one offered, try itself; return why it failed, or nothing."""

    def switch(self, side: str, *, restart: bool) -> bool:
        """Put *side* in force, with *restart* its daemons too; say whether it is by now.

        It is not where the machine starts anew for it: then nothing more is to be done before.

        Raises:
            UpdateError: it is not there, or nothing can be changed.
        """

    def keep(self, side: str) -> None:
        """Remember *side* as the good one.

        Raises:
            UpdateError: nothing can be changed.
        """

    def drop(self, side: str) -> None:
        """Remove a side that is neither in force nor kept."""


class Links:
    """Virtual environments below *folder*.

    Args:
        folder: ``/opt``, or one that stands for it.
    """

    anew: Final = False

    def __init__(self, folder: Path = Path("/opt")) -> None:
        self._folder = folder

    def in_force(self) -> str:
        """Return where ``edge`` leads."""
        return self._target("edge")

    def kept(self) -> str:
        """Return where ``edge.kept`` leads."""
        return self._target("edge.kept")

    def busy(self) -> str:
        """Return nothing: one more environment can always be made."""
        return ""

    def there(self, side: str) -> bool:
        """Say whether *side* is another environment, and whole."""
        return bool(side) and side != self.in_force() and (Path(side) / STAMP).exists()

    def make(self, bundle: Path) -> str:
        """Unfold *bundle* into an environment of its own, with its own installer."""
        with _unfolded(bundle) as installer:
            done = run(["bash", str(installer), "--beside"], _BUILD_S)
        sides = [one[5:].strip() for one in done.stdout.splitlines() if one.startswith("side:")]
        if done.returncode or not sides or not (Path(sides[-1]) / STAMP).exists():
            said = (done.stderr or done.stdout).strip().splitlines()
            kind = UpdateLaterError if done.returncode == _NO_ROOM else UpdateError
            raise kind(f"it cannot be installed beside: {said[-1] if said else 'no word'}")
        return sides[-1]

    def offer(self, side: str) -> None:
        """Let ``edge.next`` lead to *side*."""
        self._link("edge.next", side)

    def prove(self, which: Which) -> str:
        """Run the self-test as the reading daemon's user, behind walls: a unit of systemd."""
        return self_test(which)

    def switch(self, side: str, *, restart: bool) -> bool:
        """Let ``edge`` lead to *side*."""
        self._link("edge", side)
        if restart:
            self._restart()
        return True

    def keep(self, side: str) -> None:
        """Let ``edge.kept`` lead to *side*."""
        self._link("edge.kept", side)

    def drop(self, side: str) -> None:
        """Delete *side*, if an installer made it and no link leads there."""
        folder = Path(side)
        used = {self.in_force(), self.kept()}
        if side and side not in used and (folder / _VENV).exists():
            (folder / STAMP).unlink(missing_ok=True)  # cut short, it counts as not made
            shutil.rmtree(folder)

    def _restart(self) -> None:
        """Begin anew what runs, and do not wait: one that hangs at its start is looked at too."""
        run(["systemctl", "--no-block", "try-restart", *_DAEMONS], _RESTART_S)

    def _target(self, name: str) -> str:
        link = self._folder / name
        return str(link.readlink()) if link.is_symlink() else ""

    def _link(self, name: str, side: str) -> None:
        if not (Path(side) / STAMP).exists():
            raise UpdateError(f"{side}: is not whole: nothing is switched")
        draft = self._folder / f".{name}.next"
        try:
            draft.unlink(missing_ok=True)
            draft.symlink_to(side)
            draft.replace(self._folder / name)
            sync(self._folder)
        except OSError as error:
            raise UpdateError(
                f"{self._folder / name}: cannot be changed: {error.strerror}"
            ) from error


def self_test(which: Which) -> str:
    """Have a version try itself as the reading daemon's user; return why it failed, or nothing."""
    unit = f"edge-update-test@{which}.service"
    done = run(["systemctl", "start", unit], _PROVE_S)
    if done.returncode == 0:
        return ""
    words = ["journalctl", "--unit", unit, "--lines", "4", "--output", "cat", "--no-pager"]
    said = [one for one in run(words, 20).stdout.splitlines() if one.startswith("edge: ")]
    return said[-1][6:] if said else f"it did not pass: see 'journalctl -u {unit}'"


@contextmanager
def _unfolded(bundle: Path) -> Iterator[Path]:
    """Yield the installer out of a bundle, which is trusted by now, beside all that it needs."""
    with tempfile.TemporaryDirectory(prefix="edge-bundle.", dir=bundle.parent) as folder:
        words = ["tar", "--extract", "--file", str(bundle), "--directory", folder]
        done = run([*words, "--strip-components=1", "--no-same-owner"], _BUILD_S)
        if done.returncode:
            raise UpdateLaterError(
                f"{bundle}: cannot be unfolded: is the disk full? {done.stderr[:200]}"
            )
        yield Path(folder) / "scripts" / "install"
