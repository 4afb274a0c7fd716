"""The updater of one unit: takes signed releases, waits, switches, watches, keeps or goes back.

Each step is written down before it is done and may be done twice, so that whatever is cut is gone
on with. Where it ends badly, the side before is in force again, by itself.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from edge import __version__
from edge.clock import Clock
from edge.errors import UpdateError
from edge.policy import updating
from edge.policy.updates import Host, Vouched, admit
from edge.policy.updating import RESTING, Limits, Look, Phase, Quiet, Seen, State
from edge.services.selftest import known_tables
from edge.services.update_file import UpdateFile, copy_bundle
from edge.services.update_inbox import UpdateInbox
from edge.services.update_look import Eyes
from edge.services.update_sides import Sides
from edge.services.update_sign import verified
from edge.services.update_state import UpdateFolder

_LOOK_S: Final = 5.0
_TRIAL_LOOK_S: Final = 1.0
_COUNT_S: Final = 15.0  # how often the time of a trial is written down
_PATIENCE_S: Final = 3000.0  # a run waits so long for a quiet hour; the timer begins the next


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


class Updater:
    """Works on one machine.

    Args:
        told: called with each line for the journal or the terminal.
    """

    def __init__(self, on: Machinery, limits: Limits, told: Callable[[str], None]) -> None:
        self._on = on
        self._inbox = UpdateInbox(on.folder.inbox, on.ways, on.clock)
        self._limits = limits
        self._told = told

    def settle(self) -> State:
        """Finish or take back what was cut, before any daemon starts.

        Raises:
            UpdateError: the folder or a link cannot be written.
        """
        with self._on.folder.alone():
            return self._settle(restart=False)

    def run(self, *, take: bool = True) -> State:
        """Do all that can be done now: take what has come, wait a while, switch, watch.

        Args:
            take: what has come, and what waits; a trial is ended all the same.

        Raises:
            UpdateError: the folder or a link cannot be written.
        """
        with self._on.folder.alone():
            state = self._settle(restart=True)
            if take:
                state = self._take(state)
            if take and state.phase is Phase.WAITING:
                state = self._wait(state)
            return self._watch(state) if state.phase is Phase.TRIAL else state

    def apply(self) -> State:
        """Switch now, quiet hour or not, and watch; a person asks for it.

        Raises:
            UpdateError: nothing is ready, or the unit is not well.
        """
        with self._on.folder.alone():
            state = self._settle(restart=True)
            if state.phase is not Phase.WAITING:
                raise UpdateError("no update is ready: 'edge update stage FILE' brings one")
            why = updating.unwell(self._on.eyes.look()) or self._unproved()
            if why:
                raise UpdateError(f"not now: {why}")
            return self._watch(self._switch(state))

    def stage(self, file: Path, *, again: bool = False) -> State:
        """Take *file*, make its side beside and try it; nothing is in force by that.

        Args:
            again: also if it was tried here and taken back.

        Raises:
            KeysError: a signature does not hold.
            UpdateError: it is refused; what was in force or waiting stays.
        """
        with self._on.folder.alone():
            state = self._settle(restart=True)
            if state.phase not in {*RESTING, Phase.WAITING}:
                raise UpdateError(f"not now: {updating.sentence(state)}")
            found, vouched = verified(file, self._on.folder.roster(), self._now())
            if again:
                failed = [one for one in state.failed if one != vouched.number]
                state = state.model_copy(update={"failed": failed})
            admit(vouched, self._host(state))
            return self._make(self._copy(state, found, vouched))

    def back(self) -> State:
        """Go back to the side before the one that was kept last; a person asks for it.

        Raises:
            UpdateError: there is none.
        """
        with self._on.folder.alone():
            state = self._settle(restart=True)
            if state.phase is not Phase.KEPT or not Path(state.before).exists():
                raise UpdateError("there is no version to go back to")
            state = updating.going_back(state, "by hand")
            return self._return(self._on.folder.write(state), restart=True)

    def _settle(self, *, restart: bool) -> State:
        folder, sides = self._on.folder, self._on.sides
        state = folder.state()
        if state is None:
            state = self._lost()
        self._sweep(state)
        if state.phase is Phase.STAGED:
            state = self._make(state) if restart else state
        if state.phase is Phase.SWITCHING:
            there = sides.in_force() == state.side
            change = {"phase": Phase.TRIAL if there else Phase.WAITING}
            state = folder.write(state.model_copy(update=change))
        if state.phase in {Phase.WAITING, Phase.TRIAL}:
            state = self._by_hand(state)
        if state.phase is Phase.TRIAL:
            boot, now = self._on.eyes.boot(), self._on.clock.now().monotonic_ns
            state = folder.write(updating.started(state, boot, now, self._limits))
        if state.phase is Phase.KEEPING:
            state = self._keep(state)
        return self._return(state, restart=restart) if state.phase is Phase.RETURNING else state

    def _lost(self) -> State:
        """Return a state where the file is damaged: what is not kept is not trusted."""
        sides = self._on.sides
        self._told("where an update stood is not known any more")
        if sides.in_force() in ("", sides.kept()) or not sides.kept():
            return self._on.folder.write(State())
        known = State(side=sides.in_force(), before=sides.kept(), version="of an unknown update")
        why = "where it stood was lost"
        return self._on.folder.write(updating.going_back(known, why))

    def _by_hand(self, state: State) -> State:
        """Forget an update that somebody else has overtaken: an installer was here."""
        expected = state.before if state.phase is Phase.WAITING else state.side
        if self._on.sides.in_force() == expected and self._on.sides.kept() == state.before:
            return state
        self._told(f"another version was installed by hand: {state.version} is forgotten")
        self._on.sides.drop(state.side)
        over = updating.returned(state.model_copy(update={"why": "overtaken by hand"}))
        return self._on.folder.write(over.model_copy(update={"phase": Phase.IDLE, "waits": ""}))

    def _take(self, state: State) -> State:
        """Take the newest release that has come, if this unit may."""
        files = self._inbox.files()
        if not files or state.phase not in {*RESTING, Phase.WAITING}:
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
        except UpdateError as error:
            return self._refuse(state, self._inbox.refuse(came.newest[0].file, error))
        return self._make(state)

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

    def _make(self, state: State) -> State:
        """Make the side beside, and have it try itself; badly done, it is as if it never came."""
        folder, sides = self._on.folder, self._on.sides
        try:
            side, why = self._made(state)
        except UpdateError as error:
            side, why = "", str(error)
        if why:
            folder.clear()
            sides.drop(side)
            self._told(f"{state.version} is not taken: {why}")
            failed = updating.returned(state.model_copy(update={"why": why[:400]}))
            return folder.write(updating.acted(failed, "back", self._at(), why))
        state = state.model_copy(update={"phase": Phase.WAITING, "side": side})
        state = folder.write(updating.acted(state, "staged", self._at()))
        folder.clear()
        self._told(f"{state.version} is ready, and waits for a quiet hour")
        return state

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

    def _wait(self, state: State) -> State:
        """Wait for a quiet hour, for as long as a run lasts; switch when it has come."""
        clock, began = self._on.clock, self._on.clock.now()
        quiet = Quiet()
        while clock.now().since(began) < _PATIENCE_S:
            look = self._on.eyes.look()
            quiet = updating.listened(quiet, look)
            why = updating.unwell(look) or updating.restless(look, quiet, self._limits)
            if not why:
                why = self._unproved()
                if not why:
                    return self._switch(state)
                return self._waits(state, why)
            state = self._waits(state, why)
            if not updating.may_come(look, self._limits):
                break  # the timer looks again in a minute
            clock.sleep(_LOOK_S)
        return state

    def _waits(self, state: State, why: str) -> State:
        if why[:400] == state.waits:
            return state
        self._told(f"{state.version} waits: {why}")
        return self._on.folder.write(state.model_copy(update={"waits": why[:400]}))

    def _unproved(self) -> str:
        """Return why the switch would be a gamble: what the version kept cannot do, or the next."""
        for which in ("kept", "next"):
            why = self._on.sides.prove(which)
            if why:
                return f"the version {'in force' if which == 'kept' else 'that waits'}: {why}"
        return ""

    def _switch(self, state: State) -> State:
        folder, sides = self._on.folder, self._on.sides
        now = self._on.clock.now().monotonic_ns
        state = updating.switching(state, self._on.eyes.boot(), now)
        state = folder.write(updating.acted(state, "switched", self._at()))
        self._told(f"{state.version} is put in force, on trial for {self._limits.trial_s:.0f} s")
        sides.switch(state.side, restart=False)
        return folder.write(state.model_copy(update={"phase": Phase.TRIAL}))

    def _watch(self, state: State) -> State:
        """Look on until the side has shown that it works, or has not."""
        folder, clock = self._on.folder, self._on.clock
        seen, proved, written = Seen(), False, clock.now()
        first = self._on.eyes.look()
        # after a start of the machine the daemons began on this side by themselves
        if state.switched_ns and updating.before_switch(state, first):
            self._on.sides.switch(state.side, restart=True)
        while True:
            look = self._on.eyes.look()
            seen = updating.watched(state, seen, look, proved=proved)
            end = self._end(state, seen, look)
            if end is not None:
                return end
            if not proved and look.software == state.version:
                why = self._on.sides.prove("next")
                if why:
                    return self._return(folder.write(updating.going_back(state, why)), restart=True)
                proved = True
            if clock.now().since(written) >= _COUNT_S:
                written = clock.now()
                state = folder.write(updating.counted(state, written.monotonic_ns))
            clock.sleep(_TRIAL_LOOK_S)

    def _end(self, state: State, seen: Seen, look: Look) -> State | None:
        end = updating.verdict(state, seen, look, self._limits)
        if end is None:
            return None
        end = self._on.folder.write(end)
        if end.phase is Phase.KEEPING:
            return self._keep(end)
        return self._return(end, restart=True)

    def _keep(self, state: State) -> State:
        folder, sides = self._on.folder, self._on.sides
        sides.keep(state.side)
        if state.older != state.before:
            sides.drop(state.older)
        done = updating.kept(state).model_copy(update={"older": state.before})
        done = folder.write(updating.acted(done, "kept", self._at()))
        self._told(f"{state.version} is kept")
        return done

    def _return(self, state: State, *, restart: bool) -> State:
        folder, sides = self._on.folder, self._on.sides
        sides.switch(state.before, restart=restart)
        sides.keep(state.before)
        done = updating.returned(state)
        if done.phase is Phase.BACK:
            sides.drop(state.side)
        done = folder.write(updating.acted(done, "back", self._at(), state.why))
        self._told(f"{state.version} was taken back: {state.why}")
        return done

    def _sweep(self, state: State) -> None:
        """Remove what a run that was cut had unfolded."""
        for left in self._on.folder.folder.glob("edge-bundle.*"):
            shutil.rmtree(left)
        if state.phase is not Phase.STAGED:
            self._on.folder.clear()

    def _host(self, state: State) -> Host:
        return Host(
            town=self._on.town,
            arch=self._on.arch,
            python=self._on.python,
            version=__version__,
            newest=state.newest,
            kept=state.current,
            failed=tuple(state.failed),
        )

    def _now(self) -> datetime:
        now = datetime.fromtimestamp(self._on.clock.now().utc_ns // 1_000_000_000, UTC)
        return self._on.folder.roster().no_earlier(now)

    def _at(self) -> str:
        return self._on.clock.now().iso()
