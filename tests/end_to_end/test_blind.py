"""A daemon whose camera goes dark tells that it may be blind; one on an empty road does not."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.clock import Moment, SystemClock
from edge.config import load
from edge.messages.acts import act_row
from edge.messages.acts_unit import Hour
from edge.store import open_store
from tests.brokers import until
from tests.services.watching import Post, passing, started

pytestmark = [pytest.mark.machine, pytest.mark.timeout(400)]

BUSY = 7200  # passes an hour: fourteen may be counted on within a quarter of a minute


def past(post: Post, passes: int) -> None:
    """Put a fortnight of hours on the unit's chain, as it would have written them itself."""
    settings, clock = load([post.site]).settings, SystemClock("always")
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with open_store(settings.store, settings.unit.name, clock) as store:
        for back in range(24 * 14, 0, -1):
            since = now - timedelta(hours=back)
            until_ = since + timedelta(hours=1)
            counts = {"passes": passes, "reads": passes, "hits": 0, "alarms": 0, "verifies": 0}
            spans = {"watched_s": 3600.0, "paused_s": 0.0}
            act = Hour(
                since=iso(since), until=iso(until_), frames=9000, why="hour", **counts, **spans
            )
            store.record("hour", act_row("hour", act))


def iso(at: datetime) -> str:
    return Moment(int(at.timestamp()) * 10**9, 0).iso()


def darken(folder: Path) -> None:
    """Put the cap onto the lens while the camera delivers on."""
    for file in sorted(folder.iterdir()):
        draft = file.with_name("draft")
        draft.write_bytes(cv2.imencode(".png", np.zeros((192, 320, 3), np.uint8))[1].tobytes())
        draft.replace(file)


@pytest.fixture
def posts(tmp_path: Path) -> Iterator[tuple[Post, Post]]:
    """Return a unit in a busy street and one on a road that is always empty, both watching."""
    with ExitStack() as stage:
        found = []
        for name, passes in (("busy", BUSY), ("empty", 0)):
            post = Post(tmp_path / name, source={"paced": True})
            passing(post.folder / "street")
            past(post, passes)
            watch = started(stage, post.process())
            until(lambda one=post: one.health().get("frames_seen"), 150.0, watch.errors())  # type: ignore[misc]
            found.append(post)
        yield found[0], found[1]


def test_a_camera_that_goes_dark_is_told_and_an_empty_road_is_not(
    posts: tuple[Post, Post],
) -> None:
    """Cars passed, the lens is covered, frames come on: health names it; the control stays calm."""
    busy, empty = posts
    until(lambda: min(one.health()["sightings"] for one in posts) > 0, 90.0, "cars")
    for post in posts:
        darken(post.folder / "street")
    seen = {post: post.health()["frames_seen"] for post in posts}
    until(lambda: "no pass in" in busy.health().get("sight_problem", ""), 200.0, "the alarm")
    told = busy.health()
    assert told["source_state"] == "delivering"
    assert told["frames_seen"] > seen[busy]
    assert "look at its picture, the lens" in told.get("sight_problem", "")
    until(lambda: empty.health()["frames_seen"] > seen[empty] + 20, 90.0, "frames of the control")
    assert empty.health().get("sight_problem", "") == ""
