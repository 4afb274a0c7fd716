"""The daemon itself: lists arrive while cars pass."""

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge.hotlist.bundle_build import build_full
from edge.keys.identity import save_identity
from edge.keys.roster import sign_roster
from edge.keys.trust import ROOT_FILE, ROSTER_FILE, Root, save_root
from edge.messages.alert import parse_alert
from edge.messages.letter import Letter, open_own
from tests.brokers import until
from tests.hotlist.bundles import TOWN, Town, about, row
from tests.services.watching import PATIENCE_S, PLATE, Post, passing, started


def test_lists_arrive_while_cars_pass(tmp_path: Path) -> None:
    """A bundle in the inbox makes the unit alert; a forged one is told and changes nothing."""
    now = datetime.now(UTC).replace(microsecond=0)
    town = Town(until=now + timedelta(days=9))
    keys, inbox = tmp_path / "keys", tmp_path / "inbox"
    save_identity(town.unit, keys)
    save_root(Root(TOWN, town.root.public), keys / ROOT_FILE)
    (keys / ROSTER_FILE).write_bytes(sign_roster(town.roster, town.root))
    inbox.mkdir()
    lists = {"path": "", "folder": str(tmp_path / "lists"), "inbox": str(inbox), "sticks": []}
    post = Post(
        tmp_path / "unit",
        unit={"town": TOWN, "name": "elm-street"},
        keys={"folder": str(keys)},
        hotlist=lists,
    )
    post.open = lambda body: parse_alert(open_own("alert", Letter(body), town.unit)[0])
    passing(post.folder / "street")
    base = [row("E1", PLATE, expires=now + timedelta(days=9))]
    fresh = [*base, row("E2", "AA11")]
    dates = {"issued": now, "complete": now, "valid_from": now, "expires": now + timedelta(hours=9)}
    with ExitStack() as stage:
        watch = started(stage, post.process())
        post.await_health(watch, "no list yet", list_problem="no list configured")
        assert post.alerts() == []
        (inbox / "a.bundle").write_bytes(town.send(build_full(base, about(1, **dates))))
        until(post.alerts, PATIENCE_S, "an alert by the signed list")
        assert post.alerts()[0].payload.list.version.startswith("town-1-")
        post.await_health(watch, "all is well", list_problem="")

        (inbox / "b.bundle").write_bytes(town.full(2, "AA11", **dates)[:-1] + b"\0")
        post.await_health(watch, "the refusal", list_problem="b.bundle was refused (sealed)")
        (inbox / "c.bundle").write_bytes(town.delta(2, base, fresh, **dates))
        health = post.await_health(watch, "the delta", list_problem="")
        assert health["list"]["entries"] == 2
    assert sorted(file.name for file in (inbox / "done").iterdir()) == ["a.bundle", "c.bundle"]
