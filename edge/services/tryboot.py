"""Which side of a card with two sides starts: a Pi's ``autoboot.txt``, and its one-time try.

One small file on the first partition says both: what starts, and what a try starts. While a side
is being written, or is known to be bad, a try leads to the other one too: the firmware itself
cannot be had to start what is half there.

The partition is vfat, which has no journal. The file is written beside, synced, renamed, synced
itself once more, and then its folder: there the name that was taken over leads to the old content,
already given free, until the file is written back, which a sync of the folder alone leaves for
later (seen in the test image). The rename changes entries of one folder, as a rule within one
sector, but vfat promises that to nobody. Where no whole file is found the answer is what runs now,
and the next change writes all.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, cast

from edge.disk import alone, put, sync
from edge.errors import UpdateError
from edge.services.machine import run

AUTOBOOT: Final = "autoboot.txt"
TRY: Final = "tryboot"  # a file that asks for a try, where no Pi's firmware takes an argument
PARTITIONS: Final = {"A": 2, "B": 3}
_ROOT: Final = re.compile(r"(?:^|\s)root=PARTLABEL=edge-root-([ab])(?=\s|$)")
_REBOOT_S: Final = 60.0

Side = Literal["A", "B"]
Health = Literal["good", "bad"]


class Tryboot:
    """The choice of a side on one card, as RAUC and the updater see it.

    Args:
        boot: the card's first partition.
        proc: ``/proc``, or a folder that stands for it.
        reboot: runs the words that start the machine anew, and returns why it could not.
    """

    def __init__(
        self,
        boot: Path = Path("/boot/firmware"),
        proc: Path = Path("/proc"),
        reboot: Callable[[Sequence[str]], str] | None = None,
    ) -> None:
        self._boot = boot
        self._firmware = proc / "device-tree/chosen/bootloader"
        self._cmdline = proc / "cmdline"
        self._reboot = reboot or _run

    def current(self) -> Side:
        """Return the side that runs.

        Raises:
            UpdateError: this machine was started from neither.
        """
        side = self.named()
        if side is None:
            raise UpdateError(
                f"{self._cmdline}: root= names no side (PARTLABEL=edge-root-a or -b): this machine"
                " has no card with two sides"
            )
        return side

    def named(self) -> Side | None:
        """Return the side that the kernel's words name; None on a card with one.

        Raises:
            UpdateError: they cannot be read.
        """
        found = _ROOT.search(self._words())
        return side_of(found[1].upper()) if found else None

    def tried(self) -> bool:
        """Say whether this start is a try, of which the next start knows nothing."""
        flag = self._firmware / TRY
        on_pi = flag.exists() and any(flag.read_bytes())
        return on_pi or "edge.tryboot=1" in self._words().split()

    def primary(self) -> Side:
        """Return the side that the next start takes, unless it is a try."""
        return self._choice()[0]

    def kept(self) -> bool:
        """Say whether the next start takes the side that runs."""
        return self.current() == self.primary()

    def state(self, side: Side) -> Health:
        """Say whether *side* may be started."""
        return "good" if side in self._choice() else "bad"

    def set_primary(self, side: Side) -> None:
        """Let each start take *side* from now on; a try then takes the one before.

        Raises:
            UpdateError: it is neither whole nor what runs, or the file cannot be written; what was
                chosen before is in force.
        """
        with self._alone():
            before, tries = self._choice()
            if side not in (before, tries) and side != self.current():
                raise UpdateError(f"side {side} is not whole: install it anew, then try it")
            self._write(side, tries if side == before else before)

    def set_state(self, side: Side, health: Health) -> None:
        """Let a try start *side*, or not.

        Raises:
            UpdateError: the side that each start takes is said to be bad, or the file cannot be
                written.
        """
        with self._alone():
            primary = self.primary()
            if side != primary:
                self._write(primary, side if health == "good" else primary)
            elif health == "bad":
                raise UpdateError(
                    f"side {side} is what each start takes: it is not written over, nor called bad"
                    f" before the other one is kept (edge update bootloader set-primary"
                    f" {other(side)})"
                )

    def try_other(self) -> Side:
        """Start the machine anew, once, on the side that is not in force; return its name.

        Whatever becomes of it, the start after that takes the primary one.

        Raises:
            UpdateError: the other side is not whole, a try runs now, or no reboot was to be had.
        """
        with self._alone():
            primary, tries = self._choice()
            if self.current() != primary:
                raise UpdateError(
                    f"side {self.current()} is on trial: keep it (rauc status mark-active booted)"
                    " or start anew, then try"
                )
            if tries == primary:
                raise UpdateError(f"side {other(primary)} is not whole: nothing is tried")
            self._write(primary, tries)  # the firmware shall find a whole file
            if self._firmware.is_dir():
                why = self._reboot(["reboot", "0 tryboot"])
            else:
                why = self._ask_by_file()
        if why:
            raise UpdateError(f"the machine does not start anew: {why}")
        return tries

    def leave(self) -> None:
        """Start the machine anew on the side that each start takes.

        Raises:
            UpdateError: no reboot was to be had.
        """
        why = self._reboot(["reboot"])
        if why:
            raise UpdateError(f"the machine does not start anew: {why}")

    def _ask_by_file(self) -> str:
        file = self._boot / TRY
        try:
            put(file, b"")
            why = self._reboot(["reboot"])
            if why:
                file.unlink()
                sync(self._boot)
        except OSError as error:
            raise UpdateError(f"{file}: cannot be written: {error.strerror}") from error
        return why

    def _choice(self) -> tuple[Side, Side]:
        """Return what a start takes and what a try takes; from what runs, if no file tells."""
        try:
            return parsed((self._boot / AUTOBOOT).read_bytes())
        except (OSError, UpdateError):
            running = self.current()
            primary = other(running) if self.tried() else running
            return primary, primary

    def _write(self, primary: Side, tries: Side) -> None:
        file = self._boot / AUTOBOOT
        try:
            put(file, written(primary, tries))
            known = parsed(file.read_bytes())
        except OSError as error:
            raise UpdateError(
                f"{file}: cannot be written: {error.strerror}: is {self._boot} mounted, and not"
                " read-only?"
            ) from error
        if known != (primary, tries):
            raise UpdateError(f"{file}: says something else than was written: the card is failing")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            with alone(self._boot):
                yield
        except OSError as error:
            raise UpdateError(f"{self._boot}: cannot be used: {error.strerror}") from error

    def _words(self) -> str:
        try:
            return self._cmdline.read_text("utf-8", "replace")
        except OSError as error:
            raise UpdateError(f"{self._cmdline}: cannot be read: {error.strerror}") from error


def side_of(word: str) -> Side:
    """Return the side that *word* names.

    Raises:
        UpdateError: it names none.
    """
    if word not in PARTITIONS:
        raise UpdateError(f"{word}: is no side of a card: A or B")
    return cast("Side", word)


def other(side: Side) -> Side:
    """Return the other side."""
    return "B" if side == "A" else "A"


def written(primary: Side, tries: Side) -> bytes:
    """Return the ``autoboot.txt`` that starts *primary*, and *tries* in a try."""
    return (
        f"[all]\ntryboot_a_b=1\nboot_partition={PARTITIONS[primary]}\n"
        f"[tryboot]\nboot_partition={PARTITIONS[tries]}\n"
    ).encode()


def parsed(blob: bytes) -> tuple[Side, Side]:
    """Return what a start takes and what a try takes.

    Raises:
        UpdateError: it is not what :func:`written` returns for any two sides.
    """
    for primary in PARTITIONS:
        for tries in PARTITIONS:
            found = side_of(primary), side_of(tries)
            if blob == written(*found):
                return found
    raise UpdateError(f"{AUTOBOOT}: is damaged, or somebody else's")


def _run(words: Sequence[str]) -> str:
    done = run(words, _REBOOT_S)
    return "" if done.returncode == 0 else done.stderr.strip() or f"{words[0]} failed"
