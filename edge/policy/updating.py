r"""From one version to the next: the steps, when to take them, and what a trial must show.

Pure: a state and what is seen go in, the next state or a sentence comes out. Whatever is between
two states is done again after a cut, so each step may be done twice.

    idle -> staged -> waiting -> switching -> trial -> keeping -> kept
                 \-> back                         \-> returning -> back (or waiting, to try again)
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field

from edge.keys import canonical

MOST: Final = 16  # acts and numbers that are remembered
STEP_S: Final = 5  # without a frame for so long, the line does not step
LATER_S: Final = 3600  # after so long what could not be made ready is tried again
LOOPS: Final = 3  # so many starts of one daemon within a trial are a loop
_NS: Final = 1_000_000_000
_DAY_MIN: Final = 24 * 60


class Phase(StrEnum):
    """Where an update stands."""

    IDLE = "idle"  # nothing is under way
    STAGED = "staged"  # a release is copied; its environment is being made and tried
    WAITING = "waiting"  # ready, for a quiet hour
    SWITCHING = "switching"  # the other side is being put in force
    TRIAL = "trial"  # the other side is in force, and must show that it works
    KEEPING = "keeping"  # it has; what remembers the side that is kept is being written
    KEPT = "kept"
    RETURNING = "returning"  # it has not; the side before is being put in force
    BACK = "back"


RESTING: Final = frozenset({Phase.IDLE, Phase.KEPT, Phase.BACK})

Text = Annotated[str, Field(max_length=400)]


class Act(canonical.Row):
    """Something that happened, for the chain."""

    number: Annotated[int, Field(ge=1)]
    at: str
    act: Literal["staged", "switched", "kept", "back", "refused"]
    version: str
    before: str
    digest: str
    sequence: int
    signers: list[str]
    why: Text = ""


class State(canonical.Row):
    """All that must survive a power cut; one small file.

    Attributes:
        side: the environment or slot that is tried; *before* is the one that it replaces.
        digest: number of the signed release.
        boot: the start of the machine that *switched_ns* and *since_ns* are of, by its monotonic
            clock: when the side came in force (0: with the machine), and until when *spent_ms*
            has counted how long the trial has run.
        starts: of the machine since the switch.
        again: after going back it waits once more, for the fault was not its own.
        newest: highest sequence that was kept; *current* is the digest of what is in force.
        failed: digests of what was taken back.
        waits: why a release that is ready is not in force yet, or one that is copied not ready.
    """

    v: Literal[1] = 1
    phase: Annotated[Phase, Field(strict=False)] = Phase.IDLE
    side: str = ""
    before: str = ""
    version: str = ""
    version_before: str = ""
    digest: str = ""
    sequence: int = 0
    signers: list[str] = Field(default_factory=list)
    boot: str = ""
    switched_ns: int = 0
    since_ns: int = 0
    spent_ms: int = 0
    starts: int = 0
    why: Text = ""
    waits: Text = ""
    again: bool = False
    newest: int = 0
    current: str = ""
    failed: list[str] = Field(default_factory=list)
    refused: Text = ""
    older: str = ""
    acts: list[Act] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Look:
    """What is seen of the unit at one moment.

    Attributes:
        at_ns: monotonic.
        minute: of the local day; None while the clock cannot be trusted.
        software: version that the reading daemon has; empty where it does not report.
        began_ns: when that daemon began, monotonic.
        frames: that it has seen.
        camera: frames come.
        passes: that have ended; *tracks* are under way.
        paused: by the town.
        broker: the sending daemon is connected.
        down: daemons that should run and do not.
        starts: most starts of any daemon since the switch.
    """

    at_ns: int
    minute: int | None = None
    software: str = ""
    began_ns: int = 0
    frames: int = 0
    camera: bool = False
    passes: int = 0
    tracks: int = 0
    paused: bool = False
    broker: bool = False
    down: tuple[str, ...] = ()
    starts: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings that decide.

    Attributes:
        window: minutes of the local day, from and until; the same twice is all day.
        trial_s, hold_s: how long it may take, and for how long all must be well at once.
    """

    window: tuple[int, int]
    quiet_s: float
    trial_s: float
    hold_s: float
    starts: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What earlier looks have shown; forgotten with the process, and then seen anew.

    Attributes:
        stepped_ns: when frames were last seen to go on.
    """

    frames: int = -1
    stepped_ns: int | None = None
    well_since_ns: int | None = None
    missing: str = "nothing was seen yet"


@dataclass(frozen=True, slots=True)
class Quiet:
    """Since when no car has passed, as far as was looked."""

    passes: int = -1
    since_ns: int = 0


def unwell(look: Look) -> str:
    """Return why the version in force does not show what another one will be held to."""
    if look.paused:
        return "the town has paused this unit: nothing could be shown to work"
    if not look.software:
        return "the reading daemon does not report"
    if look.down:
        return f"{', '.join(look.down)} does not run"
    if not look.camera:
        return "the camera delivers no frames"
    return "" if look.broker else "the broker is not connected"


def restless(look: Look, quiet: Quiet, limits: Limits) -> str:
    """Return why it is no quiet hour; empty in one."""
    if look.minute is None:
        return "the clock cannot be trusted, so nobody knows whether it is the quiet hour"
    if not may_come(look, limits):
        return "it is not the quiet hour"
    if look.tracks or look.at_ns - quiet.since_ns < limits.quiet_s * _NS:
        return "cars pass"
    return ""


def may_come(look: Look, limits: Limits) -> bool:
    """Say whether it is the hour in which it may become quiet."""
    first, last = limits.window
    if look.minute is None:
        return False
    return first == last or (look.minute - first) % _DAY_MIN < (last - first) % _DAY_MIN


def before_switch(state: State, look: Look) -> bool:
    """Say whether the reading daemon is still that of the side before."""
    return look.software != state.version or look.began_ns < state.switched_ns


def listened(quiet: Quiet, look: Look) -> Quiet:
    """Return *quiet* after one more look."""
    if look.tracks or look.passes != quiet.passes:
        return Quiet(look.passes, look.at_ns)
    return quiet


def watched(state: State, seen: Seen, look: Look, *, proved: bool) -> Seen:
    """Return what is known after one more look at the side on trial.

    Args:
        proved: it has read its self-test clip right.
    """
    goes_on = 0 <= seen.frames < look.frames
    stepped = look.at_ns if goes_on else seen.stepped_ns
    seen = replace(seen, frames=look.frames, stepped_ns=stepped)
    missing = _missing(state, seen, look, proved=proved)
    since = look.at_ns if seen.well_since_ns is None else seen.well_since_ns
    return replace(seen, well_since_ns=None if missing else since, missing=missing)


def _missing(state: State, seen: Seen, look: Look, *, proved: bool) -> str:
    if before_switch(state, look):
        return f"the reading daemon of {state.version} does not report"
    if look.down:
        return f"{', '.join(look.down)} does not run"
    stepped = seen.stepped_ns is not None and look.at_ns - seen.stepped_ns < STEP_S * _NS
    if not (look.camera and stepped):
        return "no frame was stepped"
    if not proved:
        return "the self-test clip was not read"
    return "" if look.broker else "the broker is not connected"


def counted(state: State, now_ns: int) -> State:
    """Return *state* with the time of its trial counted until now; to be written now and then."""
    spent = state.spent_ms + max(0, now_ns - state.since_ns) // 1_000_000
    return state.model_copy(update={"spent_ms": spent, "since_ns": now_ns})


def verdict(state: State, seen: Seen, look: Look, limits: Limits) -> State | None:
    """Return the next state of a trial; None while it goes on.

    The side has passed when all was well at once, and stayed so for a moment.
    """
    spent = counted(state, look.at_ns).spent_ms / 1000
    if look.paused:
        return going_back(state, "the town paused this unit during the trial", again=True)
    if look.starts >= LOOPS:
        return going_back(state, f"a daemon started {look.starts} times: {seen.missing}")
    if seen.well_since_ns is not None and look.at_ns - seen.well_since_ns >= limits.hold_s * _NS:
        return state.model_copy(update={"phase": Phase.KEEPING, "why": ""})
    if spent >= limits.trial_s:
        why = seen.missing or "it was not well for long enough"
        return going_back(state, f"{why} within {limits.trial_s:.0f} s")
    return None


def started(state: State, boot: str, now_ns: int, limits: Limits) -> State:
    """Return a trial after the machine has started, or as it is where it has not.

    The power may go by the other side's fault: after some starts it counts as one.
    """
    if boot == state.boot:
        return state
    count = state.starts + 1
    update = {"boot": boot, "since_ns": now_ns, "switched_ns": 0, "starts": count}
    state = state.model_copy(update=update)
    if count >= limits.starts:
        return going_back(state, f"the machine started {count} times during the trial")
    return state


def going_back(state: State, why: str, *, again: bool = False) -> State:
    """Return the state in which the side before is put in force again."""
    return state.model_copy(update={"phase": Phase.RETURNING, "why": why[:400], "again": again})


def put_off(state: State, why: str, boot: str, now_ns: int) -> State:
    """Return a release that could not be made ready, through no fault of its own."""
    return state.model_copy(update={"waits": why[:400], "boot": boot, "since_ns": now_ns})


def is_due(state: State, boot: str, now_ns: int) -> bool:
    """Say whether what is copied is to be made ready now: an hour after it was put off."""
    waited_s = (now_ns - state.since_ns) / _NS
    return not state.waits or boot != state.boot or waited_s >= LATER_S


def switching(state: State, boot: str, now_ns: int) -> State:
    """Return the state of a trial that begins now."""
    begun = {
        "phase": Phase.SWITCHING,
        "boot": boot,
        "switched_ns": now_ns,
        "since_ns": now_ns,
        "spent_ms": 0,
        "starts": 0,
        "waits": "",
        "why": "",
    }
    return state.model_copy(update=begun)


def kept(state: State) -> State:
    """Return the end of a trial that went well."""
    end = {
        "phase": Phase.KEPT,
        "newest": max(state.newest, state.sequence),
        "current": state.digest,
    }
    return state.model_copy(update=end)


def returned(state: State) -> State:
    """Return the end of a trial that did not; or the wait for another one."""
    if state.again:
        return state.model_copy(update={"phase": Phase.WAITING, "again": False})
    failed = [*state.failed, state.digest] if state.digest else state.failed
    end = {
        "phase": Phase.BACK,
        "failed": failed[-MOST:],
        "current": "" if state.current == state.digest else state.current,
        "older": "" if state.older == state.before else state.older,
    }
    return state.model_copy(update=end)


def acted(
    state: State,
    act: Literal["staged", "switched", "kept", "back", "refused"],
    at: str,
    why: str = "",
) -> State:
    """Return *state* with one more act for the chain; of what was refused nobody vouches."""
    told = State() if act == "refused" else state
    last = state.acts[-1].number if state.acts else 0
    row = Act(
        number=last + 1,
        at=at,
        act=act,
        version=told.version,
        before=told.version_before,
        digest=told.digest,
        sequence=told.sequence,
        signers=told.signers,
        why=why[:400],
    )
    return state.model_copy(update={"acts": [*state.acts, row][-MOST:]})


def sentence(state: State) -> str:
    """Return where it stands, for a person; empty while nothing is under way or was taken back."""
    new, old = f"{state.version} (number {state.sequence})", state.version_before
    match state.phase:
        case Phase.STAGED:
            return f"{new} is being made ready" + (f": {state.waits}" if state.waits else "")
        case Phase.WAITING:
            return f"{new} waits: {state.waits or 'for a quiet hour'}"
        case Phase.SWITCHING | Phase.TRIAL | Phase.KEEPING:
            return f"{new} is on trial, after {old}"
        case Phase.RETURNING | Phase.BACK:
            return f"{new} was taken back, {old} runs on: {state.why}"
        case _:
            return ""


def problem(state: State) -> str:
    """Return what is wrong, for health: one taken back, refused, or that cannot be made ready."""
    bad = state.phase in {Phase.RETURNING, Phase.BACK}
    bad = bad or (state.phase is Phase.STAGED and bool(state.waits))
    told = sentence(state) if bad else ""
    return "; ".join(one for one in (told, state.refused) if one)
