"""Searches at a console without a broker: when they may be asked, by whom, and what is kept."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from edge.config import load
from edge.delivery.events import NO_SUBSCRIBER, Acknowledged
from edge.errors import ConsoleError, StoreFull
from edge.keys.roster import Roster
from edge.messages.search import open_bundle, read_query
from edge.messages.topics import Kind, topic
from edge.services.console_search import ConsoleSearches
from edge.services.keyring import Keyring
from edge.web.console.app import ConsolePages
from edge.web.console.contract import Session
from edge.web.console.searching import Asking
from edge.web.serve import Server
from tests.alerts import UNIT
from tests.brokers import free_port
from tests.keys.cast import TOWN, keys_of, roster_of, rosters_of
from tests.services.searching import CASE
from tests.web.console.stand import PASSWORD, Stand, stand
from tests.web.console.told import alarm

WISH = Asking(plate="ab-123 45", case=CASE, purpose="crime", units=(UNIT.name,), ago_s=3600.0)


@dataclass
class Wire:
    """A broker's link that notes what goes out."""

    out: list[tuple[str, bytes, int]] = field(default_factory=list)

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: int | None = None
    ) -> int | None:
        assert not retain
        self.out.append((topic, payload, expiry_s or 0))
        return len(self.out)


@dataclass
class Desk:
    """A console with its searches."""

    stand: Stand
    folder: Path
    wire: Wire = field(default_factory=Wire)
    roster: Roster = field(default_factory=roster_of)

    def __post_init__(self) -> None:
        self.searches = self.again()

    def again(self) -> ConsoleSearches:
        """Return its searches as they are after a restart."""
        settings = load([]).settings
        console = settings.console.model_copy(update={"folder": str(self.folder / "console")})
        rosters = rosters_of(self.roster)
        rosters._clock = self.stand.clock
        return ConsoleSearches(
            settings.model_copy(update={"console": console}),
            Keyring(keys_of(self.stand.name), rosters),
            self.stand.store,
            self.stand.desk,
            self.stand.officers,
            self.wire,
            self.stand.clock,
        )

    def ask(
        self, session: Session, supervisor: str = "", password: str = "", **changes: Any
    ) -> Any:
        wish = dataclasses.replace(WISH, **changes)
        return self.searches.ask(session, wish, supervisor, password)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = stand(tmp_path)
    yield Desk(made, tmp_path)
    made.store.close()


def test_it_goes_out_sealed_to_the_unit_and_once(desk: Desk) -> None:
    """On the unit's own topic, until the broker has it; also after the console was switched off."""
    dana = desk.stand.log_in()
    number = desk.ask(dana).sent
    desk.searches.step()
    assert desk.wire.out == [], "nothing is sent without a connection"
    (waiting,) = desk.searches.open(dana, number).units
    assert waiting.sentence == "not sent yet: this console has no broker"
    later = desk.again()
    later.connected()
    later.step()
    later.step()
    ((where, blob, expiry_s),) = desk.wire.out
    assert (where, expiry_s) == (topic(TOWN, UNIT.name, Kind.SEARCH), 3600)
    assert read_query(open_bundle(blob, keys_of(UNIT.name)).query).pattern == "ab-123 45"
    later.acknowledged(Acknowledged(1, NO_SUBSCRIBER))
    (told,) = later.open(dana, number).units
    assert "no session at the broker" in told.sentence
    desk.again().connected()
    assert len(desk.wire.out) == 1, "what the broker has is not sent again"


def test_nobody_searches_while_driving_or_without_a_clock(desk: Desk) -> None:
    """The form is closed by the server, whatever a browser sends; earlier answers can be read."""
    dana = desk.stand.log_in()
    number = desk.ask(dana).sent
    desk.stand.car.drive(desk.stand.clock.now(), 63.0)
    for act in (lambda: desk.ask(dana), lambda: desk.searches.look(dana, WISH)):
        with pytest.raises(ConsoleError, match="not while driving"):
            act()
    assert desk.searches.open(dana, number).line.plate == "ab-123 45"
    desk.stand.car.fix = None
    desk.stand.clock.believed = False
    with pytest.raises(ConsoleError, match="clock is not set"):
        desk.ask(dana)
    assert desk.stand.store.audit.count("search-asked") == 1


def test_what_cannot_be_recorded_is_neither_sent_nor_shown(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk: no search goes out, and the officer hears why."""
    dana = desk.stand.log_in()

    def full(_kind: str, _payload: object) -> None:
        raise StoreFull("no space is left")

    monkeypatch.setattr(desk.stand.store, "record", full)
    with pytest.raises(StoreFull):
        desk.ask(dana)
    desk.searches.connected()
    desk.searches.step()
    assert desk.wire.out == []
    assert desk.searches.lines(dana) == ()


def test_a_supervisor_signs_with_an_own_password(desk: Desk) -> None:
    """Not the one who asks, not an officer, not with a wrong password, which counts as a try."""
    dana, sue = desk.stand.log_in("dana"), desk.stand.log_in("sue")
    wide = {"plate": "AB1*"}
    assert desk.searches.look(dana, dataclasses.replace(WISH, plate="AB1*")).outlook.needs
    assert "supervisor" in desk.ask(dana, **wide).problems
    assert "password" in desk.ask(dana, "sue", "", **wide).problems
    assert "is officer" in desk.ask(dana, "erin", PASSWORD, **wide).problems["password"]
    assert "belong together" in desk.ask(dana, "sue", "guess", **wide).problems["password"]
    assert "second person" in desk.ask(sue, "sue", PASSWORD, **wide).problems["supervisor"]
    assert desk.stand.store.audit.count("log-in-refused") == 1
    assert desk.stand.store.audit.count("search-asked") == 0
    assert desk.ask(dana, "sue", PASSWORD, **wide).sent
    assert desk.stand.store.audit.count("log-in") == 2, "signing is no log-in"


def test_only_who_asked_sees_it(desk: Desk) -> None:
    """Another officer has no line of it and opens nothing; after its days it is gone."""
    dana, erin = desk.stand.log_in("dana"), desk.stand.log_in("erin")
    number = desk.ask(dana).sent
    assert [one.number for one in desk.searches.lines(dana)] == [number]
    assert desk.searches.lines(erin) == ()
    with pytest.raises(ConsoleError, match="you have asked no such search"):
        desk.searches.open(erin, number)
    desk.stand.clock.advance(3601.0)
    desk.searches.prune()
    (told,) = desk.searches.open(dana, number).units
    assert "did not answer before the search ended" in told.sentence
    desk.stand.clock.advance(8 * 86_400.0)
    desk.searches.prune()
    assert desk.searches.lines(dana) == ()


def test_the_form_offers_what_the_roster_and_the_law_have(desk: Desk) -> None:
    """Each unit with its last word and place, the town's purposes, supervisors but oneself."""
    desk.stand.hear(alarm())
    desk.stand.desk.look(lambda around: around.status(UNIT.name, "offline", "2026-01-01T09:00:00Z"))
    facts = desk.searches.facts(desk.stand.log_in("dana"))
    known = {one.name: one for one in facts.units}
    assert set(known) == {"bridge-2", "main-street"}
    assert (known["bridge-2"].state, bool(known["bridge-2"].place)) == ("offline", True)
    assert known["main-street"].word == "nothing heard of it"
    assert facts.supervisors == ("sue",)
    assert desk.searches.facts(desk.stand.log_in("sue")).supervisors == ()
    assert "no other car leaves a trace" in facts.searched


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"ago_s": None}, "time", "from when to when"),
        ({"ago_s": None, "since": "0001-01-01T00:00:00+14:00"}, "time", "from when"),
        ({"ago_s": None, "since": "+275760-09-13T00:00:00Z"}, "time", "from when"),
        (
            {"ago_s": None, "since": "2026-01-01T10:00:00Z", "until": "2026-01-01T09:00:00Z"},
            "time",
            "ends before it begins",
        ),
        ({"ago_s": 1e9}, "time", "more than 30 days"),
        ({"units": ("nowhere",)}, "units", "no unit of roster"),
        ({"units": ("bridge-2,main-street;",)}, "units", "no unit of roster"),
        ({"purpose": "love"}, "purpose", "no search is for such"),
        ({"case": "\u202e" * 9000}, "case", "not written as here"),
        ({"categories": ("stolen",)}, "categories", "no such category"),
        ({"plate": "\ufeff"}, "plate", "a plate has 0-9"),
    ],
    ids=["none", "year-1", "year-far", "back", "long", "unit", "units", "purpose", "case",
         "category", "plate"],
)  # fmt: skip
def test_bad_input_is_told_at_its_field(
    desk: Desk, changes: dict[str, Any], place: str, words: str
) -> None:
    """By look and by ask alike; nothing is recorded or sent."""
    dana = desk.stand.log_in()
    asking = dataclasses.replace(WISH, **changes)
    for told in (desk.searches.look(dana, asking), desk.searches.ask(dana, asking, "", "")):
        assert list(told.problems) == [place]
        assert words in told.problems[place]
    assert desk.stand.store.audit.count("search-asked") == 0


def test_the_page_refuses_strangers_and_ten_megabytes(desk: Desk) -> None:
    """Nobody logged in, no token, foreign fields, and 10 MB in each field: never a search."""
    port = free_port()
    pages = ConsolePages(
        desk.stand.desk, desk.stand.officers, ("127.0.0.1",), secure=False, searches=desk.searches
    )
    server = Server(pages.app, port=port)
    server.start()
    origin = f"http://127.0.0.1:{port}"
    form: dict[str, Any] = {"plate": "AB12345", "case": CASE, "purpose": "crime", "ago_s": 3600}
    try:
        with httpx.Client(base_url=origin, headers={"origin": origin}, timeout=30.0) as browser:
            assert browser.get("/api/desk").json()["searches"] is None
            assert browser.post("/api/search/look", json=form).status_code == 403
            told = browser.get("/api/desk").json()
            browser.headers["x-csrf-token"] = told["csrf"]
            assert browser.post("/api/search/look", json=form).status_code == 401
            assert browser.get("/api/search").status_code == 401
            assert browser.get("/api/searches").status_code == 401
            came = browser.post("/api/log-in", json={"name": "dana", "password": PASSWORD}).json()
            browser.headers["x-csrf-token"] = came["csrf"]
            assert browser.post("/api/search/look", json=form).json()["problems"] == {}
            assert browser.post("/api/search/look", json={**form, "why": "x"}).status_code == 422
            for name in form:
                large = {**form, name: "7" * 10_000_000}
                # closed on the rest of it: only the head of the answer is sure to come
                with browser.stream("POST", "/api/search/look", json=large) as answer:
                    assert answer.status_code == 413
            assert browser.get("/api/desk").json()["searches"] == 1
    finally:
        server.stop()
    assert desk.stand.store.audit.count("search-asked") == 0
