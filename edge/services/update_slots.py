"""The two sides of a card with A/B: RAUC writes the one that does not run, a try starts it once.

``A`` and ``B`` are the names. What runs stands in the kernel's words, what each start takes in
``autoboot.txt`` (:mod:`edge.services.tryboot`). To switch is to start the machine anew, and so ends
the process that asks; what came of it is read from the side that runs afterwards.

RAUC writes as root, in its own service. What starts is written by the updater itself, in one file:
at the moment when it counts there is no bus to wait for.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from subprocess import CompletedProcess
from typing import Final

from edge.clock import Clock
from edge.errors import UpdateError, UpdateLaterError
from edge.services.machine import run
from edge.services.tryboot import PARTITIONS, Tryboot, other, side_of
from edge.services.update_sides import Which, self_test

_INSTALL_S: Final = 3600.0  # a slow card takes a system of 700 MB
_ASK_S: Final = 20.0
_POLL_S: Final = 2.0
_RAUC: Final = "de.pengutronix.rauc"
_IDLE: Final = 's "idle"'

Run = Callable[[Sequence[str], float], CompletedProcess[str]]
Prove = Callable[[Which], str]


class Slots:
    """Sides of the card that *card* chooses from.

    Args:
        run: runs a command and returns what became of it.
        prove: has the version that runs try itself.
    """

    anew: Final = True

    def __init__(
        self, card: Tryboot, clock: Clock, run: Run = run, prove: Prove = self_test
    ) -> None:
        self._card = card
        self._clock = clock
        self._run = run
        self._prove = prove

    def in_force(self) -> str:
        """Return the side that runs."""
        return self._card.current()

    def kept(self) -> str:
        """Return the side that each start takes."""
        return self._card.primary()

    def busy(self) -> str:
        """Return why nothing can be written: in a try the other side is the way back."""
        if self._card.kept():
            return ""
        return f"side {self._card.current()} is on trial: keep it or start anew, then bring others"

    def there(self, side: str) -> bool:
        """Say whether *side* is the other one, and may be tried."""
        return (
            side in PARTITIONS
            and side != self._card.current()
            and self._card.state(side_of(side)) == "good"
        )

    def make(self, bundle: Path) -> str:
        """Have RAUC check *bundle* and write it to the side that does not run."""
        side = other(self._card.current())
        self._await_rauc()  # what an updater that was killed has begun goes on without it
        done = self._run(["rauc", "install", str(bundle)], _INSTALL_S)
        if done.returncode:
            said = [one.strip() for one in done.stderr.splitlines() if one.strip()]
            errors = [one for one in said if one.startswith("LastError:")]
            why = (errors or said or ["no word"])[-1].removeprefix("LastError: ")
            raise UpdateError(f"RAUC does not take it: {why[:300]}")
        if not self.there(side):
            raise UpdateError(f"RAUC says that it is installed, and side {side} is not whole")
        return side

    def offer(self, side: str) -> None:
        """Do nothing: the side is offered by having been written whole."""

    def prove(self, which: Which) -> str:
        """Run the self-test of the side that runs; the other one proves itself when it runs."""
        if which == "kept" or not self._card.kept():
            return self._prove(which)
        waits = other(self._card.current())
        return "" if self.there(waits) else f"side {waits} is not whole: it cannot be tried"

    def switch(self, side: str, *, restart: bool) -> bool:  # noqa: ARG002 - all is begun anew
        """Start the machine anew on *side*: as a try, or because each start takes it."""
        if side == self._card.current():
            return True
        if side == self._card.primary():
            self._card.leave()
        else:
            self._card.try_other()
        return False

    def keep(self, side: str) -> None:
        """Let each start take *side*; a try then takes the one before."""
        if side != self._card.primary():
            self._card.set_primary(side_of(side))

    def drop(self, side: str) -> None:
        """Let nothing start *side*, unless it runs or is kept."""
        if self.there(side) and side != self._card.primary():
            self._card.set_state(side_of(side), "bad")

    def _await_rauc(self) -> None:
        words = ["busctl", "get-property", _RAUC, "/", f"{_RAUC}.Installer", "Operation"]
        began = self._clock.now()
        while self._clock.now().since(began) < _INSTALL_S:
            said = self._run(words, _ASK_S)
            if said.returncode:
                why = said.stderr.strip()[:300]
                raise UpdateLaterError(f"RAUC's service does not answer: {why}")
            if said.stdout.strip() == _IDLE:
                return
            self._clock.sleep(_POLL_S)
        raise UpdateLaterError("RAUC is busy with something else, for an hour")


def begin(words: Sequence[str], run: Run = run) -> str:
    """Have systemd start the machine anew as ``reboot`` would; return why it does not.

    The updater is root without a capability: it may ask systemd, and not write the kernel's
    argument itself. A try's argument stands in a unit.
    """
    if len(words) > 1:  # "0 tryboot"
        goal = ["start", "edge-try-begin.service"]
    else:
        goal = ["--job-mode=replace-irreversibly", "start", "reboot.target"]
    done = run(["systemctl", "--no-block", *goal], _ASK_S)
    return "" if done.returncode == 0 else done.stderr.strip() or "systemctl failed"
