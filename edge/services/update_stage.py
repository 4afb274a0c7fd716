"""How an updater gets another side ready: what has come is judged, copied, made, and tries itself.

Nothing is in force by that. Each step is written down before it is done and may be done twice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from edge import __version__
from edge.clock import Clock
from edge.errors import UpdateError, UpdateLaterError
from edge.policy import updating
from edge.policy.updates import Host, Vouched, admit
from edge.policy.updating import RESTING, Phase, State
from edge.services.selftest import known_tables
from edge.services.update_file import UpdateFile, copy_bundle
from edge.services.update_inbox import UpdateInbox
from edge.services.update_look import Eyes
from edge.services.update_sides import Sides
from edge.services.update_sign import verified
from edge.services.update_state import UpdateFolder


@dataclass(frozen=True, slots=True)
class Machinery:
    """What an updater works on.

    Attributes:
        arch, python: of this machine, as releases name them.
        ways: folders that updates come in by, read only, beside the watched folder.
    """

    folder: UpdateFolder
    sides: Sides
    eyes: Eyes
    clock: Clock
    town: str
    arch: str
    python: str
    ways: tuple[Path, ...] = ()


class Stager:
    """Brings releases as far as waiting for their hour.

    Args:
        told: called with each line for the journal or the terminal.
    """

    def __init__(self, on: Machinery, told: Callable[[str], None]) -> None:
        self._on = on
        self._inbox = UpdateInbox(on.folder.inbox, on.ways, on.clock)
        self._told = told

    def take(self, state: State) -> State:
        """Take the newest release that has come, if this unit may, and return where it stands.

        Raises:
            UpdateError: the folder cannot be written.
        """
        files = self._inbox.files()
        if not files or state.phase not in {*RESTING, Phase.WAITING} or self._on.sides.busy():
            return state
        try:
            known = [one for one in (state.digest, state.current) if one]
            came = self._inbox.look(
                files, self._on.folder.roster(), self._now(), self._host(state), known
            )
        except UpdateError as error:
            return self._refuse(state, str(error))
        state = self._refuse(state, came.refused)
        if came.newest is None:
            return state
        try:
            state = self._copy(state, *came.newest)
        except UpdateLaterError as error:
            return self._refuse(state, str(error))  # its file lies where it is
        except UpdateError as error:
            return self._refuse(state, self._inbox.refuse(came.newest[0].file, error))
        return self.make(state)

    def bring(self, state: State, file: Path, *, again: bool) -> State:
        """Take *file*, which a person names, and return where it stands.

        Args:
            again: also if it was tried here and taken back.

        Raises:
            KeysError: a signature does not hold.
            UpdateError: it is refused; what was in force or waiting stays.
        """
        why = self._on.sides.busy()
        if why:
            raise UpdateError(f"not now: {why}")
        found, vouched = verified(file, self._on.folder.roster(), self._now())
        if again:
            failed = [one for one in state.failed if one != vouched.number]
            state = state.model_copy(update={"failed": failed})
        admit(vouched, self._host(state))
        return self.make(self._copy(state, found, vouched))

    def _refuse(self, state: State, why: str) -> State:
        """Tell of a refusal, once, and on the chain; what was good stays in force."""
        why = why[:400]
        if not why or why == state.refused:
            return state
        self._told(f"refused: {why}")
        state = updating.acted(state, "refused", self._at(), why)
        return self._on.folder.write(state.model_copy(update={"refused": why}))

    def _copy(self, state: State, found: UpdateFile, vouched: Vouched) -> State:
        folder, sides, release = self._on.folder, self._on.sides, vouched.release
        copy_bundle(found, release, folder.bundle)
        before = sides.in_force()
        known = {
            "phase": Phase.STAGED,
            "side": "",
            "before": before,
            "version": release.version,
            "version_before": __version__,
            "digest": vouched.number,
            "sequence": release.sequence,
            "signers": list(vouched.signers),
            "why": "",
            "waits": "",
            "again": False,
            "refused": "",
        }
        waited = state.side if state.phase is Phase.WAITING else ""
        sides.keep(before)
        state = folder.write(state.model_copy(update=known))
        self._inbox.done(found.file)
        sides.drop(waited)
        self._told(f"{release.version} (number {release.sequence}) is being made ready")
        return state

    def make(self, state: State) -> State:
        """Make the side beside, and have it try itself; badly done, it is as if it never came.

        Raises:
            UpdateError: the folder cannot be written.
        """
        folder, sides = self._on.folder, self._on.sides
        if sides.busy():
            return state
        try:
            side, why = self._made(state)
        except UpdateLaterError as error:
            return self._later(state, str(error))
        except UpdateError as error:
            side, why = "", str(error)
        if why:
            folder.clear()
            sides.drop(side)
            self._told(f"{state.version} is not taken: {why}")
            failed = updating.returned(state.model_copy(update={"why": why[:400]}))
            return folder.write(updating.acted(failed, "back", self._at(), why))
        state = state.model_copy(update={"phase": Phase.WAITING, "side": side, "waits": ""})
        state = folder.write(updating.acted(state, "staged", self._at()))
        folder.clear()
        self._told(f"{state.version} is ready, and waits for a quiet hour")
        return state

    def _later(self, state: State, why: str) -> State:
        """Keep its copy: what stands in the way is the machine's, and may pass."""
        if why[:400] != state.waits:
            self._told(f"{state.version} cannot be made ready yet: {why}")
        boot, now = self._on.eyes.boot(), self._on.clock.now().monotonic_ns
        return self._on.folder.write(updating.put_off(state, why, boot, now))

    def _made(self, state: State) -> tuple[str, str]:
        """Return the new side, and why it is of no use; empty where it is."""
        folder, sides = self._on.folder, self._on.sides
        if not folder.bundle.exists():
            return "", "its bundle is gone: bring it again"
        side = sides.make(folder.bundle)
        if side in (state.before, sides.in_force()):
            return "", "it is what is in force already"
        sides.offer(side)
        folder.tell_tables(known_tables())
        return side, sides.prove("next")

    def _host(self, state: State) -> Host:
        return Host(
            town=self._on.town,
            arch=self._on.arch,
            python=self._on.python,
            version=__version__,
            newest=state.newest,
            kept=state.current,
            failed=tuple(state.failed),
            sides=self._on.sides.anew,
        )

    def _now(self) -> datetime:
        now = datetime.fromtimestamp(self._on.clock.now().utc_ns // 1_000_000_000, UTC)
        return self._on.folder.roster().no_earlier(now)

    def _at(self) -> str:
        return self._on.clock.now().iso()
