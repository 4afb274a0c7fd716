"""The archive's folder of sealed searches: each once, bounded, to be opened by auditors alone."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.delivery.events import Received
from edge.errors import KeysError, MessageError, StoreError
from edge.keys.parties import to_time
from edge.keys.roles import Role
from edge.messages.search import (
    SEARCH_LIMIT,
    Bundle,
    Query,
    new_nonce,
    open_bundle,
    recipients,
    seal_bundle,
    sign_query,
)
from edge.messages.topics import Kind, Topic, topic
from edge.services import query_keep
from edge.services.keyring import open_keyring
from edge.services.query_keep import QueryKeeper
from tests.brokers import Broker, Tap, until
from tests.fakes import START, FakeClock
from tests.keys.cast import ROSTER, TOWN, keys_folder, keys_of
from tests.services.archiving import Archive

NOW = datetime.fromtimestamp(START.utc_ns // 10**9, UTC)


def a_query(plate: str = "7ABC123", officer: str = "dana", made: datetime = NOW) -> Bundle:
    """Return an officer's signed search for *plate* at two units."""
    query = Query(
        v=1,
        town=TOWN,
        nonce=new_nonce(),
        officer=officer,
        via="dispatch",
        units=["bridge-2", "main-street"],
        places=[],
        pattern=plate,
        categories=[],
        since=to_time(made - timedelta(days=1)),
        until=to_time(made),
        case="26-00017",
        purpose="stolen-vehicle",
        made=to_time(made),
        expires=to_time(made + timedelta(hours=1)),
    )
    return Bundle(sign_query(query, keys_of(officer)))


def sealed(bundle: Bundle) -> bytes:
    return seal_bundle(bundle, recipients(ROSTER, ["bridge-2", "main-street"], NOW))


def came(blob: bytes, unit: str = "bridge-2") -> Received:
    return Received(topic(TOWN, unit, Kind.SEARCH), blob, 1, retained=False)


class Post:
    def __init__(self, folder: Path, keep_days: float = 30.0) -> None:
        self.clock = FakeClock()
        keyring = open_keyring(keys_folder(folder / "keys", "archive"), self.clock, {Role.ARCHIVE})
        self.folder = folder / "queries"
        self.keeper = QueryKeeper(self.folder, keep_days, keyring, self.clock)

    def held(self) -> list[Path]:
        return sorted(self.folder.glob("*.search"))


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(tmp_path)


def test_a_search_to_many_units_is_kept_once_and_opens_for_auditors(post: Post) -> None:
    """The same bytes come on each unit's topic; the archive holds them and cannot read them."""
    bundle = a_query()
    blob = sealed(bundle)
    for unit in ("bridge-2", "main-street"):
        assert post.keeper.take(came(blob, unit)) == ()
    (file,) = post.held()
    assert open_bundle(file.read_bytes(), keys_of("ada")).number == bundle.number
    with pytest.raises(KeysError, match="not sealed to archive"):
        open_bundle(file.read_bytes(), keys_of("archive"))
    assert (post.keeper.kept, post.keeper.problems) == (1, ())


def test_what_no_auditor_can_open_is_refused_and_told(post: Post) -> None:
    """A sender who leaves the auditors out is a problem on the archive's page."""
    units = [one for one in ROSTER.parties if one.role is Role.UNIT]
    with pytest.raises(KeysError, match="sealed to no auditor"):
        post.keeper.take(came(seal_bundle(a_query(), units)))
    assert post.held() == []
    assert "1 searches came that no auditor" in post.keeper.problems[0]
    with pytest.raises(KeysError):
        post.keeper.take(came(b"nothing sealed"))
    with pytest.raises(MessageError, match="are most"):
        post.keeper.take(came(bytes(SEARCH_LIMIT + 1)))


def test_a_flood_is_dropped_beyond_twenty_a_second(post: Post) -> None:
    """The twenty-first within a second is not kept; the next second's first is."""
    blobs = [sealed(a_query(f"P{number}")) for number in range(22)]
    for blob in blobs[:20]:
        post.keeper.take(came(blob))
    with pytest.raises(MessageError, match="more than 20"):
        post.keeper.take(came(blobs[20]))
    post.clock.advance(1.0)
    post.keeper.take(came(blobs[21]))
    assert len(post.held()) == 21


def test_a_full_folder_takes_no_more_and_says_so(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its limit is a problem, until the oldest have gone."""
    monkeypatch.setattr(query_keep, "MOST", 2)
    for number in range(2):
        post.keeper.take(came(sealed(a_query(f"P{number}"))))
    with pytest.raises(MessageError, match="no more are kept"):
        post.keeper.take(came(sealed(a_query("P2"))))
    assert "holds 2 searches" in post.keeper.problems[0]
    post.held()[0].unlink()
    post.keeper.step(post.clock.now())
    assert post.keeper.problems == ()


@pytest.mark.parametrize("trusted", [True, False], ids=["trusted", "untrusted"])
def test_searches_go_after_their_days_by_a_trusted_clock(tmp_path: Path, *, trusted: bool) -> None:
    """Older than their days: gone; a clock that nobody has set erases nothing."""
    post = Post(tmp_path)
    for number in range(2):
        post.keeper.take(came(sealed(a_query(f"P{number}"))))
    old, young = post.held()
    now = post.clock.now().utc_ns / 1e9
    os.utime(old, (now, now - 31 * 86_400))
    os.utime(young, (now, now - 29 * 86_400))
    post.clock.believed = trusted
    post.keeper.step(post.clock.now())
    assert (old in post.held(), young in post.held()) == (not trusted, True)


def test_a_folder_that_cannot_be_read_is_a_problem_and_no_end(post: Post) -> None:
    """What lies in the way is told; the archive goes on."""
    post.folder.write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="cannot be kept"):
        post.keeper.take(came(sealed(a_query())))
    post.folder.unlink()
    post.folder.mkdir()
    (post.folder / f"{'a' * 64}.search").symlink_to("/nowhere")
    post.keeper.step(post.clock.now())
    assert "/nowhere" not in post.keeper.problems[0]
    assert str(post.folder) in post.keeper.problems[0]


@pytest.mark.machine
def test_a_search_on_the_broker_ends_up_with_the_auditor(tmp_path: Path) -> None:
    """A real broker and archive: the bundle is kept, exported, and opens with the auditor's key."""
    broker = Broker(tmp_path / "broker", login="open").start()
    archive = Archive(tmp_path, broker)
    bundle, out = a_query(), tmp_path / "export"
    blob = sealed(bundle)
    kept = archive.place.folder / query_keep.FOLDER
    tap = Tap(broker, pattern="edge/v1/windsor/archive/status")
    try:
        archive.start()
        until(lambda: tap.messages, 60, "the archive's start")
        for unit in ("bridge-2", "main-street"):
            tap.publish(str(Topic(TOWN, unit, Kind.SEARCH)), blob)
        until(lambda: kept.is_dir() and any(kept.iterdir()), 30, "a kept search")
        assert archive.run("archive", "export", str(out)).child.returncode == 0
        archive.stop()
    finally:
        archive.close()
        tap.close()
        broker.stop()
    (file,) = (out / query_keep.FOLDER).iterdir()
    assert open_bundle(file.read_bytes(), keys_of("ada")).number == bundle.number
