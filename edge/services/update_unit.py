"""The updater of one unit: takes signed releases, waits, switches, watches, keeps or goes back.

Each step is written down before it is done and may be done twice, so that whatever is cut is gone
on with. Where it ends badly, the side before is in force again, by itself.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from edge.errors import UpdateError
from edge.policy import updating
from edge.policy.updating import RESTING, Limits, Look, Phase, Quiet, Seen, State
from edge.policy.updating_sides import Start, forgotten, met
from edge.services.update_stage import Machinery, Stager

_LOOK_S: Final = 5.0
_TRIAL_LOOK_S: Final = 1.0
_COUNT_S: Final = 15.0  # how often the time of a trial is written down
_PATIENCE_S: Final = 3000.0  # a run waits so long for a quiet hour; the timer begins the next


class Updater:
    """Works on one machine.

    Args:
        told: called with each line for the journal or the terminal.
    """

    def __init__(self, on: Machinery, limits: Limits, told: Callable[[str], None]) -> None:
        self._on = on
        self._stager = Stager(on, told)
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
            state = self._settle(restart=True, paced=True)
            if take:
                state = self._stager.take(state)
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
            state = self._switch(state)
            return self._watch(state) if state.phase is Phase.TRIAL else state

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
            return self._stager.bring(state, file, again=again)

    def back(self) -> State:
        """Go back to the side before the one that was kept last; a person asks for it.

        Raises:
            UpdateError: there is none.
        """
        with self._on.folder.alone():
            state = self._settle(restart=True)
            if state.phase is not Phase.KEPT or not self._on.sides.there(state.before):
                raise UpdateError("there is no version to go back to")
            begun = state.model_copy(update={"boot": self._on.eyes.boot()})
            state = updating.going_back(begun, "by hand")
            return self._return(self._on.folder.write(state), restart=True)

    def _settle(self, *, restart: bool, paced: bool = False) -> State:
        folder, sides, boot = self._on.folder, self._on.sides, self._on.eyes.boot()
        state = folder.state()
        if state is None:
            state = self._lost()
        self._sweep(state)
        if state.phase is Phase.STAGED:
            due = updating.is_due(state, boot, self._on.clock.now().monotonic_ns)
            if restart and (due or not paced):
                state = self._stager.make(state)
        state = self._met(state) if sides.anew else self._linked(state)
        if state.phase is Phase.TRIAL:
            now = self._on.clock.now().monotonic_ns
            state = folder.write(updating.started(state, boot, now, self._limits))
        if state.phase is Phase.KEEPING:
            state = self._keep(state)
        return self._return(state, restart=restart) if state.phase is Phase.RETURNING else state

    def _met(self, state: State) -> State:
        """Return where it stands after a start, on a card with two sides."""
        sides, eyes = self._on.sides, self._on.eyes
        other = state.side if sides.in_force() == state.before else state.before
        now = self._on.clock.now().monotonic_ns
        whole = sides.there(other)
        found = met(state, Start(sides.in_force(), sides.kept(), whole, eyes.boot(), now))
        if found == state:
            return state
        if found.phase is Phase.IDLE:
            self._told(f"other acts by hand: {state.version} is forgotten")
            sides.drop(state.side)
        if found.phase is Phase.TRIAL and state.phase is Phase.WAITING:
            found = updating.acted(found, "switched", self._at(), "by hand")
        return self._on.folder.write(found)

    def _linked(self, state: State) -> State:
        """Return where it stands after a start or a cut, where versions lie side by side."""
        if state.phase is Phase.SWITCHING:
            there = self._on.sides.in_force() == state.side
            change = {"phase": Phase.TRIAL if there else Phase.WAITING}
            state = self._on.folder.write(state.model_copy(update=change))
        return self._by_hand(state) if state.phase in {Phase.WAITING, Phase.TRIAL} else state

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
        return self._on.folder.write(forgotten(state))

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
        if not sides.switch(state.side, restart=False):
            self._told("the machine starts anew on it, once")
            return state
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
        if not sides.switch(state.before, restart=restart):
            self._told(f"{state.version} fails ({state.why}): the machine starts anew without it")
            return state
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

    def _at(self) -> str:
        return self._on.clock.now().iso()
