"""Watch as a process puts its life on the record, and a killed one leaves a gap that shows."""

from contextlib import ExitStack
from typing import Any

import pytest

from edge.clock import SystemClock
from edge.keys.identity import make_identity, save_identity
from edge.keys.roles import Role
from edge.messages.acts import check_act
from edge.messages.head import HEAD_FILE, own_head
from edge.store import open_store
from tests.alerts import store_section
from tests.brokers import until
from tests.services.watching import Post, started

CLOCK = SystemClock("always")


def rows(post: Post) -> list[tuple[str, dict[str, Any]]]:
    """Return what stands on the chain, each row held against its model."""
    with open_store(store_section(post.store), "main-street", CLOCK) as store:
        found = [(link.kind, payload or {}) for link, payload in store.audit.told()]
        assert store.audit.verify() is None
    for kind, payload in found:
        check_act(kind, payload)
    return found


def of(post: Post, kind: str) -> list[dict[str, Any]]:
    """Return the rows of a kind."""
    return [payload for found, payload in rows(post) if found == kind]


@pytest.mark.machine
def test_a_life_of_watch_is_on_the_record(post: Post, stage: ExitStack) -> None:
    """Settings, start, list, roster, alerts, counts and end; after a kill the start alone."""
    watch = started(stage, post.process())
    until(post.alerts, 30, "an alert")
    assert watch.stop() == 0, watch.errors()
    told = rows(post)
    kinds = [kind for kind, _ in told]
    assert kinds[:2] == ["settings", "started"]
    assert {"roster", "list", "alert"} <= set(kinds)
    assert kinds[-2:] == ["hour", "ended"]
    hour, alerts = told[-2][1], kinds.count("alert")
    assert (hour["why"], hour["paused_s"]) == ("end", 0.0)
    assert hour["frames"] >= hour["passes"] >= 1
    assert 1 <= hour["hits"] <= alerts
    assert hour["alarms"] + hour["verifies"] <= hour["hits"]
    head = own_head((post.run / HEAD_FILE).read_bytes())
    assert head.audit_number == len(told)

    killed = started(stage, post.process())
    until(lambda: len(of(post, "started")) == 2, 30, "the second start")
    killed.kill()
    third = started(stage, post.process())
    until(lambda: len(of(post, "started")) == 3, 30, "the third start")
    post.await_health(third, "it reads", source_state="delivering")
    assert third.stop() == 0, third.errors()
    hours = of(post, "hour")
    assert len(hours) == 2, "the killed process wrote none"
    assert hours[0]["until"] < hours[1]["since"], "and that is a gap"
    assert len(of(post, "settings")) == 1
    assert len(of(post, "ended")) == 2


@pytest.mark.machine
def test_a_unit_with_new_keys_says_so(post: Post, stage: ExitStack) -> None:
    """It alerts under a new epoch, tells of the old store in its health, and keeps that whole."""
    watch = started(stage, post.process())
    until(post.alerts, 30, "an alert")
    assert watch.stop() == 0, watch.errors()
    before = rows(post)
    save_identity(make_identity("main-street", Role.UNIT, "windsor"), post.folder / "keys")
    again = started(stage, post.process())
    told = post.await_health(
        again, "it tells of the store that it lost", store_problem="keys that this unit lost"
    )
    assert "lost-" in told["store_problem"]
    assert again.stop() == 0, again.errors()
    (start,) = of(post, "started")
    assert start["new_epoch"]
    assert "other keys" in start["why"]
    (aside,) = post.store.glob("lost-*")
    with open_store(store_section(aside), "main-street", CLOCK) as old:
        assert [(link.kind, payload) for link, payload in old.audit.told()] == before
