"""Health comes from frames actually seen: a daemon whose camera is stuck does not look well."""

from typing import Any

import pytest

from edge.errors import MessageError
from edge.messages import build_health, parse_health, parse_watch, watch_bytes
from edge.messages.health import RemoteHealth, WatchHealth
from edge.messages.verdict import Limits, problems
from tests.alerts import UNIT
from tests.fakes import START
from tests.messages.samples import DELIVER, VISITED, WATCH

LIMITS = Limits()


def _problems(after_s: float = 1.0, watch: Any = None, deliver: Any = None) -> tuple[str, ...]:
    seen = WATCH.model_copy(update=watch or {})
    sent = DELIVER.model_copy(update=deliver or {})
    return problems(seen, sent, START.later(after_s), LIMITS)


def test_all_is_well() -> None:
    """With fresh frames, a list, space and a broker there is no problem."""
    assert _problems() == ()


@pytest.mark.parametrize(
    ("watch", "expected"),
    [
        ({"last_frame_age_s": 30.0}, "no frame from the camera for 31 s"),
        ({"last_frame_age_s": None, "uptime_s": 60.0}, "no frame since the start 61 s ago"),
        ({"source_state": "lost", "source_problem": "no route"}, "the camera is lost: no route"),
        (
            {"last_frame_age_s": None, "uptime_s": 60.0, "source_problem": "no route"},
            "no frame since the start 61 s ago: no route",
        ),
        (
            {"source_state": "ended", "stopped_by": "edge.db: no space"},
            "the reading daemon stopped: edge.db: no space",
        ),
        ({"list": None}, "no hotlist is in force, nothing can alert"),
        ({"list": WATCH.list.model_copy(update={"age_s": 200_000.0})}, "the hotlist is 56 h old"),
        ({"list": WATCH.list.model_copy(update={"age_s": -5.0})}, "dated in the future"),
        ({"silent_reason": "the list is 8 days old"}, "nothing is published: the list is 8"),
        ({"list_problem": "line 3"}, "the last good one holds: line 3"),
        ({"store_problem": "worn out"}, "store: worn out"),
        ({"store_pictures": False, "store_free_mb": 7}, "only 7 MB are free"),
        ({"clock_trusted": False}, "the clock has not been set"),
        ({"temperature_c": 85.0}, "85 degrees"),
        ({"place_problem": "no satellites"}, "place of the car is not known: no satellites"),
    ],
)
def test_what_watch_tells(watch: dict[str, Any], expected: str) -> None:
    """Each figure that is wrong is one sentence, and only that one."""
    (sentence,) = _problems(watch=watch)
    assert expected in sentence


@pytest.mark.parametrize(
    ("deliver", "expected"),
    [
        (
            {"broker": "connecting", "broker_problem": "refused"},
            "not connected (connecting): refused",
        ),
        ({"receivers": 0}, "no receiver is named"),
        ({"outbox_depth": 3, "oldest_unreceived_s": 500.0}, "3 alert messages wait"),
        ({"refused_receipts": 2}, "2 receipts were refused"),
        ({"given_up": 1}, "1 alert messages were given up"),
    ],
)
def test_what_deliver_tells(deliver: dict[str, Any], expected: str) -> None:
    """Each figure that is wrong is one sentence, and only that one."""
    (sentence,) = _problems(deliver=deliver)
    assert expected in sentence


def test_silent_watch_is_not_well() -> None:
    """Old words of watch are worth nothing: both its silence and the frames' age are told."""
    assert _problems(after_s=40.0) == (
        "the reading daemon has not reported for 40 s",
        "no frame from the camera for 40 s",
    )
    (missing,) = problems(None, DELIVER, START, LIMITS)
    assert "does not report" in missing


def test_clock_jump_does_not_matter() -> None:
    """The age of watch's words is taken by the monotonic clock."""
    jumped = type(START)(START.utc_ns + 10**18, START.monotonic_ns + 10**9)
    assert problems(WATCH, DELIVER, jumped, LIMITS) == ()


def test_a_starting_camera_is_given_time() -> None:
    """Before the first frame there is no problem until the limit has passed."""
    assert _problems(watch={"last_frame_age_s": None, "uptime_s": 2.0, "frames_seen": 0}) == ()


def test_verdict_travels() -> None:
    """The message is ok exactly when there is no problem."""
    found = problems(None, DELIVER, START, LIMITS)
    sick = parse_health(build_health(None, DELIVER, found, UNIT, START, "1"))
    assert (sick.payload.ok, sick.payload.problems) == (False, found)
    well = parse_health(build_health(WATCH, DELIVER, (), UNIT, START, "1"))
    assert (well.payload.ok, well.payload.watch) == (True, WATCH)


def test_long_problem_is_cut_not_lost() -> None:
    """A library's endless message does not cost the unit its health."""
    watch = WatchHealth(**{**WATCH.model_dump(), "list_problem": "line 3\n" + "x" * 9000})
    assert watch.list_problem.startswith("line 3 xxx")
    assert len(watch.list_problem) == 400
    found = problems(watch, DELIVER, START, LIMITS)
    body = build_health(watch, DELIVER, found, UNIT, START, "1")
    assert parse_health(body).payload.problems[0].endswith("...")


def test_watch_file_comes_back() -> None:
    """What watch writes deliver reads; half a file is an error, never half a health."""
    body = watch_bytes(WATCH)
    assert parse_watch(body) == WATCH
    with pytest.raises(MessageError, match="the watch health file is not JSON"):
        parse_watch(body[:-10])
    with pytest.raises(MessageError, match="the watch health file: frames_seen"):
        parse_watch(body.replace(b'"frames_seen":54000', b'"frames_seen":-1'))


PAUSED = {
    "number": "ab" * 32,
    "scope": "town",
    "since": "2026-01-01T00:00:00.000Z",
    "until": "2026-07-01T00:00:00.000Z",
    "reason": "vote of 12 May",
    "signer": "sue",
}


def test_a_paused_unit_is_not_failing() -> None:
    """No frame for an hour is what the town ordered; what else is wrong is told all the same."""
    quiet = {"paused": PAUSED, "last_frame_age_s": 3600.0, "source_state": "lost"}
    assert _problems(watch=quiet) == ()
    (found,) = _problems(watch={**quiet, "temperature_c": 85.0})
    assert "85 degrees" in found
    control = {**quiet, "paused": None}
    assert "the camera is lost" in _problems(watch=control)[0]


def test_a_pause_that_does_not_hold_is_told() -> None:
    """A refused order is a problem of the unit, in a sentence."""
    assert _problems(watch={"pause_problem": "abc.pause: was changed"}) == (
        "pause: abc.pause: was changed",
    )


def test_a_pause_travels_and_is_left_out_where_there_is_none() -> None:
    """Number, end and reason come with health; a unit that reads says nothing of pauses."""
    watch = WatchHealth.model_validate({**WATCH.model_dump(), "paused": PAUSED})
    told = parse_health(build_health(watch, DELIVER, (), UNIT, START, "1")).payload
    assert told.ok
    assert told.watch is not None
    assert told.watch.paused is not None
    assert (told.watch.paused.reason, told.watch.paused.signer) == ("vote of 12 May", "sue")
    assert b"pause" not in build_health(WATCH, DELIVER, (), UNIT, START, "1")


def test_who_is_in_through_the_broker_travels() -> None:
    """Name, role and begin; nobody is another word than not known, which an older unit means."""
    said = parse_health(build_health(VISITED, DELIVER, (), UNIT, START, "1")).payload.watch
    assert said is not None
    assert said.remote == RemoteHealth(
        allowed=True, who="tess", role="technician", since=START.later(-600).iso()
    )
    assert said.remote.sentence == (
        "tess, technician, is on its tuning page through the broker since 2026-01-01 09:50 UTC"
    )
    for allowed, sentence in ((True, "open; nobody is in"), (False, "closed")):
        alone = WATCH.model_copy(
            update={"remote": RemoteHealth(allowed=allowed, who="", role="", since=None)}
        )
        told = parse_watch(watch_bytes(alone)).remote
        assert told is not None
        assert told.sentence == sentence
    assert b"remote" not in watch_bytes(WATCH)
    assert parse_watch(watch_bytes(WATCH)).remote is None
