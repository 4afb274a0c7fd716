"""An update on a card with two sides: what a start of the machine tells of it.

Pure. To switch is to start the machine anew, once, on the other side; whatever becomes of that,
the start after it takes the side that is kept. So each start asks: which side is this, which one is
kept, and where did the update stand?
"""

from dataclasses import dataclass
from typing import Final

from edge.policy.updating import Phase, State, going_back, returned, switching

_NOT_UP: Final = "the machine came back on the side before: the other one did not start, or ended"
_CUT: Final = "the machine came back on the side before, in the middle of the trial"
_KEEPING: Final = "the power went when it was about to be kept"


@dataclass(frozen=True, slots=True)
class Start:
    """What the machine says of its start.

    Attributes:
        running, kept: the side that runs, and the one that the next start takes.
        whole: the other side may be tried.
        boot, now_ns: which start this is, and its monotonic clock.
    """

    running: str
    kept: str
    whole: bool
    boot: str
    now_ns: int


def met(state: State, start: Start) -> State:
    """Return where the update stands after a look at the side that runs.

    A cut of the power in a trial ends it: nobody knows whether the side was to blame, and it is not
    tried again by itself. One between a trial that went well and its end is not the side's fault.
    """
    match state.phase:
        case Phase.WAITING | Phase.SWITCHING | Phase.TRIAL:
            return _tried(state, start)
        case Phase.KEEPING:
            lost = start.running == start.kept == state.before
            return going_back(state, _KEEPING, again=True) if lost else state
        case Phase.RETURNING:
            return _returning(state, start)
        case _:
            return state


def forgotten(state: State) -> State:
    """Return the end of an update that a person has overtaken."""
    over = returned(state.model_copy(update={"why": "overtaken by hand", "again": False}))
    return over.model_copy(update={"phase": Phase.IDLE, "waits": ""})


def _tried(state: State, start: Start) -> State:
    there, here = start.running == state.side, start.running == state.before
    if start.kept == state.side and there:
        return state.model_copy(update={"phase": Phase.KEEPING, "why": ""})  # a person kept it
    if start.kept != state.before or not (there or here):
        return forgotten(state)
    if there:
        return _on_trial(state, start)
    if state.phase is Phase.WAITING:
        return state if start.whole else forgotten(state)
    if state.phase is Phase.SWITCHING and start.boot == state.boot:
        return state.model_copy(update={"phase": Phase.WAITING})  # no reboot was to be had
    return going_back(state, _NOT_UP if state.phase is Phase.SWITCHING else _CUT)


def _on_trial(state: State, start: Start) -> State:
    """Return a trial that begins with this start; one that goes on is as it was."""
    if state.phase is Phase.TRIAL:
        return state
    begun = switching(state, start.boot, start.now_ns)
    return begun.model_copy(update={"phase": Phase.TRIAL, "switched_ns": 0})


def _returning(state: State, start: Start) -> State:
    """Return the state; to go back by hand is a try as well, and may not come up."""
    if start.running == start.kept == state.side and start.boot != state.boot:
        why = f"side {state.before} did not start: side {state.side} runs on"
        return state.model_copy(update={"phase": Phase.KEPT, "why": "", "refused": why})
    return state
