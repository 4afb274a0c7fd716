"""The steps of an update: when a version is switched to, kept, or taken back."""

from dataclasses import replace

import pytest

from edge.keys import canonical
from edge.policy import updating
from edge.policy.updating import Limits, Look, Phase, Quiet, Seen, State

NS = 1_000_000_000
LIMITS = Limits(window=(120, 270), quiet_s=600, trial_s=300, hold_s=10, starts=3)
WELL = Look(
    at_ns=0, minute=180, software="2.0", began_ns=1, frames=0, camera=True, passes=7, broker=True
)
TRIAL = updating.switching(
    State(
        phase=Phase.WAITING,
        side="/opt/edge-2",
        before="/opt/edge-1",
        version="2.0",
        version_before="1.0",
        digest="a" * 64,
        sequence=5,
        newest=4,
    ),
    "boot-1",
    0,
).model_copy(update={"phase": Phase.TRIAL})


def trial(state: State, *looks: Look, proved: bool = True) -> State | None:
    """Return what becomes of a trial that sees *looks*."""
    seen = Seen()
    for look in looks:
        seen = updating.watched(state, seen, look, proved=proved)
        end = updating.verdict(state, seen, look, LIMITS)
        if end is not None:
            return end
    return None


def seconds(look: Look, *when: float, rate: float = 10) -> list[Look]:
    """Return *look* at each of these seconds, frames coming at *rate*."""
    return [replace(look, at_ns=int(s * NS), frames=int(s * rate)) for s in when]


def test_what_is_well_for_ten_seconds_is_kept() -> None:
    """Frames, clip and broker at once, and still so ten seconds later."""
    end = trial(TRIAL, *seconds(WELL, *range(20, 40)))
    assert end is not None
    assert end.phase is Phase.KEEPING
    done = updating.kept(end)
    assert (done.phase, done.newest, done.current) == (Phase.KEPT, 5, "a" * 64)


def test_a_moment_of_health_is_not_enough() -> None:
    """Well now and then, never for ten seconds on end: taken back at the limit."""
    looks = seconds(WELL, *range(300))
    looks = [replace(one, broker=n % 5 != 0) for n, one in enumerate(looks)]
    assert trial(TRIAL, *looks) is None
    end = trial(TRIAL, *looks, *seconds(replace(WELL, broker=False), 300))
    assert end is not None
    assert end.phase is Phase.RETURNING
    assert "broker is not connected within 300 s" in end.why


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"software": "1.0"}, "daemon of 2.0 does not report"),
        ({"software": ""}, "daemon of 2.0 does not report"),
        ({"began_ns": -1}, "daemon of 2.0 does not report"),
        ({"camera": False}, "no frame was stepped"),
        ({"broker": False}, "the broker is not connected"),
        ({"down": ("edge-search",)}, "edge-search does not run"),
    ],
    ids=["old-version", "silent", "old-process", "camera", "broker", "daemon"],
)
def test_each_condition_counts(change: dict[str, object], said: str) -> None:
    """Whatever one is missing, the side is taken back after five minutes, and says which."""
    looks = seconds(replace(WELL, **change), *range(0, 301, 5))  # type: ignore[arg-type]
    end = trial(TRIAL, *looks)
    assert end is not None
    assert end.phase is Phase.RETURNING
    assert said in end.why


def test_frames_must_be_new_ones() -> None:
    """A daemon that repeats the same count has stepped nothing."""
    looks = seconds(WELL, *range(0, 301, 5), rate=0)
    end = trial(TRIAL, *looks)
    assert end is not None
    assert "no frame was stepped" in end.why


def test_a_clip_that_is_not_read_ends_it() -> None:
    """Frames and broker do not make up for it."""
    end = trial(TRIAL, *seconds(WELL, *range(0, 301, 5)), proved=False)
    assert end is not None
    assert "self-test clip was not read" in end.why


def test_a_daemon_that_dies_again_and_again_ends_it_early() -> None:
    """Nobody waits five minutes for a loop."""
    end = trial(TRIAL, *seconds(replace(WELL, starts=3), 12))
    assert end is not None
    assert "started 3 times" in end.why


def test_time_counts_over_starts_of_the_machine() -> None:
    """200 s before a power cut and 100 s after it are five minutes; uptimes are no sum."""
    before = updating.counted(TRIAL, 200 * NS)
    after = updating.started(before, "boot-2", 7 * NS, LIMITS)
    assert (after.phase, after.starts, after.spent_ms) == (Phase.TRIAL, 1, 200_000)
    sick = replace(WELL, broker=False)
    assert trial(after, *seconds(sick, 106)) is None
    end = trial(after, *seconds(sick, 108))
    assert end is not None
    assert end.phase is Phase.RETURNING


def test_the_third_start_of_the_machine_counts_as_a_failure() -> None:
    """A side that takes the power, or the kernel, with it is gone after three starts."""
    state = TRIAL
    for boot in ("boot-2", "boot-3"):
        state = updating.started(state, boot, 0, LIMITS)
        assert state.phase is Phase.TRIAL
    assert updating.started(state, "boot-3", 9, LIMITS) is state
    assert updating.started(state, "boot-4", 0, LIMITS).phase is Phase.RETURNING


def test_a_pause_puts_a_trial_off() -> None:
    """The town's pause is nobody's fault: the side before comes back, and it is tried again."""
    end = trial(TRIAL, *seconds(replace(WELL, paused=True), 3))
    assert end is not None
    assert end.again
    waiting = updating.returned(end)
    assert (waiting.phase, waiting.failed, waiting.again) == (Phase.WAITING, [], False)


def test_what_failed_is_remembered() -> None:
    """Its number is noted, so that it is not tried again by itself."""
    done = updating.returned(updating.going_back(TRIAL, "no frames"))
    assert (done.phase, done.failed) == (Phase.BACK, ["a" * 64])
    assert updating.problem(done) == "2.0 (number 5) was taken back, 1.0 runs on: no frames"


@pytest.mark.parametrize(
    ("minute", "quiet"),
    [(119, False), (120, True), (269, True), (270, False), (None, False)],
)
def test_the_quiet_hour_is_a_window_of_the_local_day(minute: int | None, quiet: bool) -> None:
    """From its first minute to before its last; never by a clock that nobody trusts."""
    look = replace(WELL, minute=minute, at_ns=700 * NS)
    assert (updating.restless(look, Quiet(7, 0), LIMITS) == "") is quiet


def test_a_window_may_go_over_midnight() -> None:
    """22:00 to 02:00 holds 23:59 and 01:59."""
    night = replace(LIMITS, window=(22 * 60, 2 * 60))
    for minute, quiet in ((22 * 60, True), (24 * 60 - 1, True), (119, True), (12 * 60, False)):
        look = replace(WELL, minute=minute, at_ns=700 * NS)
        assert (updating.restless(look, Quiet(7, 0), night) == "") is quiet


def test_a_car_puts_the_quiet_off() -> None:
    """Ten minutes are counted from the last pass, and none while one is under way."""
    quiet = updating.listened(Quiet(), replace(WELL, at_ns=0))
    quiet = updating.listened(quiet, replace(WELL, passes=8, at_ns=500 * NS))
    assert updating.restless(replace(WELL, at_ns=1099 * NS), quiet, LIMITS) == "cars pass"
    assert updating.restless(replace(WELL, at_ns=1101 * NS), quiet, LIMITS) == ""
    assert updating.restless(replace(WELL, at_ns=1101 * NS, tracks=1), quiet, LIMITS)


@pytest.mark.parametrize(
    "change",
    [{"paused": True}, {"software": ""}, {"camera": False}, {"broker": False}, {"down": ("x",)}],
    ids=["paused", "silent", "camera", "broker", "daemon"],
)
def test_a_unit_that_is_not_well_is_not_updated(change: dict[str, object]) -> None:
    """What the other side will be held to must hold before: else it would be blamed."""
    assert updating.unwell(WELL) == ""
    assert updating.unwell(replace(WELL, **change))  # type: ignore[arg-type]


def test_a_state_is_read_as_it_was_written() -> None:
    """All fields travel through the file; acts count up and the oldest go."""
    state = TRIAL
    for _ in range(20):
        state = updating.acted(state, "refused", "2026-01-01T00:00:00.000Z", "why")
    assert [one.number for one in state.acts] == list(range(5, 21))
    assert canonical.read(State, canonical.write(state), "the state") == state
