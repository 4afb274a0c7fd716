"""From the desk's files to a folder that a web server serves, by the command alone."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.hotlist.manifest import Manifest, read
from edge.keys.trust import open_trust
from tests.cli.test_hotlist_bundle import Desk


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def publish(desk: Desk, *bundles: Path) -> tuple[int, str]:
    keys = desk.folder / "desk"
    return desk.edge("publish", desk.folder / "www", *bundles, "--keys", keys)


def offered(desk: Desk) -> Manifest:
    """Return the manifest as a unit believes it."""
    roster = open_trust(desk.folder / "elm-street").roster
    blob = (desk.folder / "www" / "manifest").read_bytes()
    return read(blob, "it", "ashford", roster, datetime.now(UTC))


def on_server(desk: Desk) -> set[str]:
    return {one.name for one in (desk.folder / "www").iterdir()} - {"manifest"}


def test_a_week_of_lists(desk: Desk) -> None:
    """Full list, change, full list: all that is offered is there, and what is not goes later."""
    first, second = desk.csv("a.csv", "AA11"), desk.csv("b.csv", "AA11", "BB22")
    status, told = publish(desk, desk.sent(first, "--sequence", 1))
    assert (status, "1 bundles on offer" in told) == (0, True)
    publish(desk, desk.sent(second, "--base", first, "--sequence", 2))
    one, two = offered(desk).bundles
    assert (one.kind, two.kind, two.base) == ("full", "delta", one.result)
    number = offered(desk).sequence
    assert publish(desk, desk.sent(second, "--sequence", 3))[0] == 0
    now = offered(desk)
    assert now.sequence > number
    assert [each.sequence for each in now.bundles] == [2, 3]
    assert on_server(desk) == {each.url for each in (one, *now.bundles)}
    assert publish(desk)[0] == 0
    assert on_server(desk) == {each.url for each in now.bundles}


def test_what_is_not_signed_is_not_published(desk: Desk) -> None:
    """An unsigned bundle, or one exchanged after signing, leaves the folder as it was."""
    unsigned = desk.folder / "u.bundle"
    desk.edge("build", desk.csv("a.csv", "AA11"), "--out", unsigned)
    assert "u.bundle.label" in publish(desk, unsigned)[1]
    bundle = desk.sent(desk.csv("a.csv", "AA11"))
    bundle.write_bytes(bundle.read_bytes() + b"x")
    status, told = publish(desk, bundle)
    assert (status != 0, "sign it again" in told) == (True, True)
    assert on_server(desk) == set()
    assert not (desk.folder / "www" / "manifest").exists()


def test_only_an_issuer_publishes(desk: Desk) -> None:
    """A sergeant's key signs no manifest, and nothing is put on the server."""
    bundle = desk.sent(desk.csv("a.csv", "AA11"))
    keys = desk.folder / "sergeant"
    told = desk.edge("publish", desk.folder / "www", bundle, "--keys", keys)[1]
    assert "only a list-issuer" in told
    assert on_server(desk) == set()


def test_a_strange_manifest_is_not_overwritten(desk: Desk) -> None:
    """What lies there and is not the town's stays, and the sentence says what to do."""
    assert "which bundle?" in publish(desk)[1]
    file = desk.folder / "www" / "manifest"
    file.write_bytes(b"something else")
    told = publish(desk, desk.sent(desk.csv("a.csv", "AA11")))[1]
    assert "move it away" in told
    assert file.read_bytes() == b"something else"
