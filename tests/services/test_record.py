"""What watch puts on the chain by itself, and how it goes on when the past or the disk fails."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from edge import __version__
from edge.config import load
from edge.config.settings import Settings
from edge.errors import StoreFull
from edge.hotlist.keeper import HotlistKeeper
from edge.messages.acts import check_act
from edge.messages.acts_unit import Ended
from edge.messages.health import OrderHealth
from edge.records import ListVersion
from edge.services import fingerprint
from edge.services.news import ClockNews, ListNews, OrderNews, RosterNews
from edge.services.past import Past
from edge.services.recorder import Recorder
from edge.store import Store, open_store
from tests.alerts import UNIT, an_alert, store_section
from tests.fakes import START, FakeClock
from tests.keys.cast import keys_of, roster_of, rosters_of
from tests.messages.chains import a_head, fill
from tests.store.letters import plain

DEFAULTS = load([]).settings
YEAR_NS = 365 * 86_400 * 10**9


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock that is believed."""
    return FakeClock()


@pytest.fixture
def store(tmp_path: Path, clock: FakeClock) -> Iterator[Store]:
    """Return a new store."""
    with open_store(store_section(tmp_path), UNIT.name, clock) as opened:
        yield opened


def rows(store: Store, kind: str = "") -> list[dict[str, Any]]:
    """Return the payloads of a kind, each held against its model."""
    found = []
    for link, payload in store.audit.told():
        assert payload is not None
        check_act(link.kind, payload)
        if kind in {"", link.kind}:
            found.append(payload)
    return found


def recorder(store: Store, clock: FakeClock) -> Recorder:
    """Return the recorder of a process that begins."""
    return Recorder("watch", store, clock)


def begin(store: Store, clock: FakeClock, settings: Settings) -> None:
    """Do as a process does that begins."""
    found = recorder(store, clock)
    mark = found.settings(fingerprint.told(settings), fingerprint.told(DEFAULTS))
    found.started(mark, 3, fresh=store.audit.head() is None)


def test_settings_are_recorded_when_they_change(
    store: Store, clock: FakeClock, tmp_path: Path
) -> None:
    """What differs from before stands on the chain, by name and value, and once."""
    site = tmp_path / "site.toml"
    site.write_text('[unit]\nname = "bridge-2"\n')
    first = load([site]).settings
    for _ in range(2):
        begin(store, clock, first)
    site.write_text('[unit]\nname = "bridge-2"\n[delivery]\nport = 1884\n')
    begin(store, clock, load([site]).settings)
    one, two = rows(store, "settings")
    assert dict(one["changed"])["unit.name"] == '"bridge-2"'
    assert (one["before"], two["before"]) == ("", one["digest"])
    assert two["changed"] == [["delivery.port", "1884"]]
    starts = rows(store, "started")
    assert [row["settings"] for row in starts] == [one["digest"], one["digest"], two["digest"]]
    assert starts[0] | {"settings": ""} == {
        "process": "watch",
        "software": __version__,
        "before": "",
        "settings": "",
        "roster": 3,
        "new_epoch": False,
        "why": "",
    }


def test_no_secret_is_recorded(store: Store, clock: FakeClock, tmp_path: Path) -> None:
    """A camera's password in an address is not on the chain."""
    site = tmp_path / "site.toml"
    site.write_text(
        '[source]\nkind = "rtsp"\naddress = "rtsp://root:hunter2@10.0.0.9/stream?token=hunter3"\n'
    )
    begin(store, clock, load([site]).settings)
    text = repr(rows(store)) + store.noted("settings")
    assert "10.0.0.9" in text
    assert "hunter" not in text


def test_settings_that_cannot_be_recorded_take_no_force(
    store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a disk that is full to the last reserve a changed configuration does not start."""
    monkeypatch.setattr(store, "record", _full)
    with pytest.raises(StoreFull):
        begin(store, clock, DEFAULTS)


def _full(*_args: object, **_more: object) -> None:
    raise StoreFull("no space left")


def test_what_happened_waits_for_room(
    store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Acts that have happened are written in order once there is room, and health tells of them."""
    one = recorder(store, clock)
    with monkeypatch.context() as full:
        full.setattr(store, "record", _full)
        for number in range(105):
            one.tell("ended", Ended(process="watch", why=str(number)))
        assert "5 acts are not on the record: the disk was full" in one.problem
        assert "100 acts are not on the record yet" in one.problem
        assert one.waits
    clock.advance(31)
    one.settle()
    assert [row["why"] for row in rows(store, "ended")] == [str(number) for number in range(100)]
    assert one.problem == "5 acts are not on the record: the disk was full"


def test_clock_corrections_are_recorded(store: Store, clock: FakeClock) -> None:
    """Two seconds against the steady clock are a row; less, and time that passes, are none."""
    news = ClockNews(recorder(store, clock), clock, "")
    for shift_s in (0, 1, 1.5, -7200):
        clock.advance(3600)
        moment = clock.moment
        clock.moment = replace(moment, utc_ns=moment.utc_ns + round(shift_s * 1e9))
        news.step()
    clock.believed = False
    news.step()
    news.step()
    assert [(row["offset_s"], row["trusted"]) for row in rows(store, "clock")] == [
        (2.5, True),
        (-7200.0, True),
        (0.0, False),
    ]


def test_a_clock_set_back_by_a_year_breaks_nothing(store: Store, clock: FakeClock) -> None:
    """Rows keep their order by number, a row tells of the clock, and nothing is erased early."""
    for _ in range(3):
        store.commit_alert(an_alert(at=clock.now()), plain)
    links = store.audit.links()
    clock.moment = replace(clock.moment, utc_ns=clock.moment.utc_ns - YEAR_NS)
    news = ClockNews(recorder(store, clock), clock, links[-1].at)
    store.commit_alert(an_alert(at=clock.now()), plain)
    store.erase(clock.now())
    assert store.outbox.depth() == 4
    clock.moment = replace(clock.moment, utc_ns=clock.moment.utc_ns + YEAR_NS)
    news.step()
    store.erase(clock.now())
    assert store.outbox.depth() == 4
    assert [round(row["offset_s"] / 86_400) for row in rows(store, "clock")] == [-365, 365]
    assert [one.number for one in store.audit.links()] == list(range(1, 7))
    assert store.audit.verify() is None


def test_rosters_and_orders_are_recorded_once(store: Store, clock: FakeClock) -> None:
    """Also after a restart: what is on the record is not written again."""
    order = OrderHealth(number="a" * 64, taken=True, at=START.iso(), sentence="taken: a roster")
    other = OrderHealth(number="b" * 64, taken=False, at=START.iso(), sentence="refused: forged")
    rosters = rosters_of(roster_of(sequence=4))
    brought = {"a" * 64: ("roster",)}
    for told in ((order,), (order, other)):
        begun = recorder(store, clock)
        orders = OrderNews(partial(tuple, told), begun, lambda one: brought.get(one, ()))
        news = [RosterNews(rosters, begun), orders]
        for _ in range(2):
            for one in news:
                one.step()
    assert [row["number"] for row in rows(store, "roster")] == [4]
    told = [(row["number"][0], row["kinds"], row["taken"]) for row in rows(store, "order")]
    assert told == [("a", ["roster"], True), ("b", [], False)]


class Lists(HotlistKeeper):
    """A keeper in the test's hand."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(DEFAULTS.hotlist, clock)
        self._problem = ""

    def put(self, version: ListVersion) -> None:
        self.current = type("List", (), {"version": version})()  # type: ignore[assignment]


def test_lists_are_recorded(store: Store, clock: FakeClock) -> None:
    """Installed, refused and run out; each once, and none again after a restart."""
    lists = Lists(clock)
    at = an_alert().hit.list_version.issued
    for _ in range(2):
        news = ListNews(lists, None, recorder(store, clock), clock)
        for text in ("town 1", "town 1", "town 2"):
            lists.put(ListVersion(text, at, 7, None, START_DAY))
            news.step()
        lists.refused = "list 3 is not signed"
        news.step()
        lists.refused = ""
        clock.advance(2 * 86_400)
        news.step()
        news.step()
        clock.advance(-2 * 86_400)
    told = [(row["act"], row["version"]) for row in rows(store, "list")]
    assert told[:4] == [
        ("installed", "town 1"),
        ("installed", "town 2"),
        ("refused", ""),
        ("expired", "town 2"),
    ]
    assert rows(store, "list")[2]["why"] == "list 3 is not signed"


START_DAY = an_alert().hit.list_version.issued.replace(year=2026, month=1, day=2)


def look(store: Store, clock: FakeClock) -> Past:
    """Return what a start finds of the past."""
    past = Past(store.audit, store.proofs, store.epoch, recorder(store, clock))
    while not past.done:
        past.step()
    return past


def test_a_whole_past_says_nothing(store: Store, clock: FakeClock) -> None:
    """The control: no row and no problem."""
    fill(store, 220)
    with store._db.transaction():
        store.audit.erase_payload(7)
    assert look(store, clock).problem == ""
    assert rows_of(store, "chain") == []


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ("UPDATE audit SET kind = 'ended' WHERE number = 120", 120),
        ("UPDATE audit_payloads SET payload = '{}' WHERE number = 33", 33),
        ("DELETE FROM audit WHERE number = 77", 77),
        ("DELETE FROM audit WHERE number > 150", 151),
    ],
    ids=["changed", "payload", "removed", "cut"],
)
def test_a_broken_past_is_told_and_gone_on_from(
    store: Store, clock: FakeClock, change: str, number: int
) -> None:
    """Alerts go on; health and a row of the chain name the place, once however often it starts."""
    fill(store, 220)
    links = store.audit.links()[:200]
    signed = links[-1]
    store.proofs.keep_head(200, a_head(links, keys_of(UNIT.name), store.epoch))
    store._db.execute("PRAGMA foreign_keys=OFF")
    store._db.execute(change)
    store._db.execute("PRAGMA foreign_keys=ON")
    for _ in range(3):
        past = look(store, clock)
        assert "the record of acts is broken" in past.problem
    told = [row["number"] for row in rows_of(store, "chain")]
    assert told[0] == number
    assert len(told) == len(set(told)) <= 2
    store.commit_alert(an_alert(), plain)
    newest = store.audit.links()[-2:]
    assert newest[1].previous == newest[0].hash
    broken = store.audit.verify(signed)
    assert broken is not None
    assert broken.number in {number, signed.number}


def rows_of(store: Store, kind: str) -> list[dict[str, Any]]:
    """Return the payloads of a kind that are intact."""
    return [payload for link, payload in store.audit.told() if link.kind == kind and payload]
