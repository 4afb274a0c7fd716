"""A search is answered once, on the record, whatever cuts in; and finds what the unit holds."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.clock import Moment
from edge.errors import KeysError, MessageError
from edge.keys.parties import to_time
from edge.keys.roles import Role
from edge.keys.roster import sign_roster
from edge.messages import Kind, pack, topic
from edge.messages.acts import act_row
from edge.messages.acts_town import GrantAct
from edge.messages.answer import MOST_FOUND, open_answer, parse_answer_cover
from edge.messages.letter import Letter
from edge.plates.pattern import Pattern
from edge.policy.grants import Grant, Use
from edge.records import Category, Grade, KeptRead
from edge.services.grants import FOLDER, GrantFolder
from edge.services.search_folder import TAKEN
from tests.alerts import UNIT, an_alert, an_entry
from tests.fakes import START
from tests.keys.cast import ISSUED, ROSTER, keys_of, root_of, roster_of
from tests.services.searching import NOW, Searched, a_bundle, a_query

HOUR = timedelta(hours=1)


@pytest.fixture
def unit(tmp_path: Path) -> Iterator[Searched]:
    one = Searched(tmp_path)
    yield one
    one.close()


def listed(category: Category, plate: str = "AB12345") -> dict[str, object]:
    """Return what makes an alert one of a category."""
    alert = an_alert(plate)
    return {"hit": replace(alert.hit, entry=an_entry(plate, category=category))}


def test_the_newest_word_on_each_plate_is_found(unit: Searched) -> None:
    """One hit an alert, in its newest revision; a retraction says so; others are not there."""
    first = unit.saw("AB12345")
    unit.saw("AB12345", START.later(-5), revises=first, retracts=True)
    unit.saw("AB12346", START.later(-10))
    unit.saw("XY98765")
    answer = unit.ask(a_bundle(a_query(pattern="AB1234?")))
    assert answer is not None
    said = answer.payload
    assert [(hit.read, hit.revision, hit.withdrawn) for hit in said.hits] == [
        ("AB12345", 1, True),
        ("AB12346", 0, False),
    ]
    hit = said.hits[1]
    assert (hit.plate, hit.jurisdiction, hit.grade) == ("AB12346", "us-ct", Grade.VERIFY)
    assert (hit.category, hit.place) == ("stolen_vehicle", "Broad Street, northbound")
    assert hit.picture is not None
    assert (said.found, said.truncated, said.unread) == (2, False, 0)
    assert said.sentence.startswith("hits alone were searched: the law profile strict")


def test_only_the_time_that_is_asked_for_is_found(unit: Searched) -> None:
    """An hour is an hour; what is of no time that can be believed is told whatever was asked."""
    unit.saw("AB12345", START.later(-7200))
    unit.saw("AB12345", START.later(-60))
    doubtful = an_alert("AB12345", START.later(-86_400 * 300))
    verdict = replace(doubtful.verdict, clock_trusted=False)
    unit.saw("AB12345", START.later(-86_400 * 300), verdict=verdict)
    answer = unit.ask(a_bundle())
    assert answer is not None
    assert [hit.clock_trusted for hit in answer.payload.hits] == [True, False]


def test_only_the_categories_that_are_asked_for_are_found(unit: Searched) -> None:
    """Asked for missing persons, a stolen car is not told."""
    unit.saw("AB12345", **listed(Category.STOLEN_VEHICLE))
    unit.saw("AB12345", **listed(Category.MISSING_PERSON))
    answer = unit.ask(a_bundle(a_query(categories=["missing_person"])))
    assert answer is not None
    assert [hit.category for hit in answer.payload.hits] == ["missing_person"]


def test_too_many_are_cut_and_said_to_be(unit: Searched) -> None:
    """The newest come, and the count is of all; the answer keeps its limit of bytes."""
    for number in range(MOST_FOUND + 5):
        unit.saw("AB12345", START.later(-1800 + number))
    answer = unit.ask(a_bundle())
    assert answer is not None
    said = answer.payload
    assert (len(said.hits), said.found, said.truncated) == (MOST_FOUND, MOST_FOUND + 5, True)
    assert said.hits[0].at == START.later(-1800 + MOST_FOUND + 4).iso()


def test_a_letter_that_cannot_be_opened_is_no_absence(unit: Searched) -> None:
    """A unit that lost its old key says how many letters it could not read."""
    stray = Letter(b"EDGEBOX\1 sealed to a key that is gone")
    unit.store.commit_alert(an_alert(), lambda *_: stray)
    answer = unit.ask(a_bundle())
    assert answer is not None
    assert (answer.payload.hits, answer.payload.unread) == ((), 1)


def test_an_answer_shows_nobody_else_anything(unit: Searched) -> None:
    """Its cover names no plate; found or not, its size is the same; another key opens nothing."""
    sizes = []
    for nonce in ("1" * 32, "2" * 32):
        unit.ask(a_bundle(a_query(nonce=nonce)))
        unit.saw("AB12345")
        sizes.append(len(unit.answers()[-1]))
    body = unit.answers()[-1]
    assert len(set(sizes)) == 1
    assert b"AB12345" not in body
    where = topic("windsor", UNIT.name, Kind.ANSWER)
    cover = parse_answer_cover(where, pack(Letter(body)), ROSTER, ISSUED)
    assert cover.message.payload.query == a_bundle(a_query(nonce="2" * 32)).number
    for other in ("erin", "sue", "archive", "car-12", UNIT.name):
        with pytest.raises(KeysError, match="not sealed to"):
            open_answer(cover.body, keys_of(other), ROSTER, ISSUED)


def test_a_kill_at_any_moment_answers_once(unit: Searched) -> None:
    """Before the answer is on the disk it is given after the restart; later it is not repeated."""
    blob = unit.seal(a_bundle())
    before, after = (unit.waiting / f"{mark * 32}{TAKEN}" for mark in "ab")
    before.write_bytes(blob)  # killed before anything was settled
    unit.desk = unit.new_desk()
    assert unit.desk.step() == 1
    assert len(unit.answers()) == 1
    before.write_bytes(blob)  # killed after the commit, before the file went
    unit.desk = unit.new_desk()
    assert unit.desk.step() == 0
    assert (len(unit.answers()), list(unit.waiting.iterdir())) == (1, [])
    after.write_bytes(blob)  # another taking-up of the same bytes: a replay
    unit.desk.step()
    assert [act["refused"] for act in unit.acts()] == ["", "replayed"]


def test_a_search_that_cannot_be_recorded_is_not_answered(unit: Searched) -> None:
    """A full disk: no answer, no row, and it says so; with room it is answered once."""
    db = unit.store._db
    pages = int(db.rows("PRAGMA page_count")[0][0])
    db.rows(f"PRAGMA max_page_count={pages}")
    unit.lay(a_bundle())
    assert unit.desk.step() == 0
    assert "cannot be recorded" in unit.desk.problem
    assert (unit.answers(), unit.acts()) == ([], [])
    db.rows("PRAGMA max_page_count=1000000")
    assert unit.desk.step() == 1
    assert (len(unit.answers()), len(unit.acts()), unit.desk.problem) == (1, 1, "")


def test_a_search_that_breaks_ends_no_other(
    unit: Searched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is on the record as failed, not tried for ever, and the next one is answered."""

    def broken(*_: object) -> Letter:
        raise MessageError("an answer of 999999 bytes is over the limit")

    with monkeypatch.context() as patched:
        patched.setattr("edge.services.search_desk.seal_answer", broken)
        assert unit.ask(a_bundle()) is None
    assert [act["refused"] for act in unit.acts()] == ["failed"]
    assert list(unit.waiting.iterdir()) == []
    assert unit.ask(a_bundle(a_query(nonce="7" * 32))) is not None


def test_nonces_outlive_a_restart_and_a_clock_that_is_put_back(unit: Searched) -> None:
    """Ten days later its dates refuse it; a day later, by a clock set back, its nonce does."""
    blob = unit.seal(a_bundle())
    unit.ask(blob)
    unit.clock.advance(86_400.0)
    unit.desk = unit.new_desk()
    unit.clock.moment = START
    answer = unit.ask(blob)
    assert answer is not None
    assert answer.payload.refused == "replayed"
    unit.clock.advance(10 * 86_400.0)
    unit.desk = unit.new_desk()
    answer = unit.ask(blob)
    assert answer is not None
    assert answer.payload.refused == "expired"


def test_a_unit_that_was_away_says_that_it_is_late(unit: Searched) -> None:
    """Half an hour later it still answers, marked; the chain has it as well."""
    unit.saw("AB12345")
    blob = unit.seal(a_bundle())
    unit.clock.advance(1800.0)
    answer = unit.ask(blob)
    assert answer is not None
    assert (answer.payload.late, len(answer.payload.hits)) == (True, 1)
    assert [act["late"] for act in unit.acts()] == [True]


def test_no_search_is_taken_while_the_clock_is_not_set(unit: Searched) -> None:
    """Nobody could say whether it has ended: it waits, is said to, and is answered then."""
    unit.clock.believed = False
    unit.lay(a_bundle())
    assert unit.desk.step() == 0
    assert "clock is not set" in unit.desk.problem
    unit.clock.believed = True
    assert unit.desk.step() == 1


def test_a_supervisors_word_makes_a_wide_search(unit: Searched) -> None:
    """Two people of the roster, and the chain names both; the officer may mend a refused one."""
    unit.saw("AB12345")
    alone = unit.ask(a_bundle(a_query(pattern="AB1*")))
    together = unit.ask(a_bundle(a_query(pattern="AB1*"), supervisor="sue"))
    assert alone is not None
    assert together is not None
    assert (alone.payload.refused, together.payload.refused) == ("needs-supervisor", "")
    assert [act["supervisor"] for act in unit.acts()] == ["", "sue"]
    assert unit.acts()[1]["share"] > 1e-5


def test_a_forged_roster_lets_nobody_search(unit: Searched) -> None:
    """What another root has signed is not taken, and its officer stays unknown."""
    mallory = keys_of("mallory", Role.OFFICER)
    since, until = datetime(2025, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    forged = roster_of(sequence=9, extra=[mallory.party(since, until)])
    (unit.keys / "roster").write_bytes(sign_roster(forged, root_of("elsewhere")))
    unit.clock.advance(10.0)
    assert unit.ask(a_bundle(a_query(officer="mallory"), mallory)) is None
    assert [act["refused"] for act in unit.acts()] == ["unknown-officer"]
    assert "not taken" in unit.keyring.rosters.problem


def granted(unit: Searched, use: Use) -> None:
    """Put a grant for stolen vehicles into the folder and on the chain, as watch does."""
    grant = Grant(
        v=1,
        town="windsor",
        who="bristol-pd",
        categories=[Category.STOLEN_VEHICLE],
        uses=[use],
        why="agreement 7",
        since=to_time(NOW - HOUR),
        until=to_time(NOW + 24 * HOUR),
    )
    folder = GrantFolder(unit.keys / FOLDER)
    number = folder.add(grant, keys_of("sue"), ROSTER, NOW)
    folder.approve(number, keys_of("ada"), ROSTER, NOW)
    act = GrantAct(number=number, who="bristol-pd", what=("search",), act="in-force")
    unit.store.record("grant", act_row("grant", act))
    unit.clock.advance(5.0)


def test_a_partner_finds_what_its_grant_names_and_no_kept_read(tmp_path: Path) -> None:
    """Hits of granted categories alone; a grant of alerts is none for searches."""
    for use, refused in ((Use.SEARCH, ""), (Use.ALERTS, "no-grant")):
        unit = Searched(tmp_path / use.value, profile="us-me", reads=Shelf([READ]))
        unit.saw("AB12345", **listed(Category.STOLEN_VEHICLE))
        unit.saw("AB12345", **listed(Category.WANTED_PERSON))
        granted(unit, use)
        answer = unit.ask(a_bundle(a_query(officer="bristol-pd")), "bristol-pd")
        unit.close()
        assert answer is not None
        said = answer.payload
        assert said.refused == refused
        assert [hit.category for hit in said.hits] == ["stolen_vehicle"] * (not refused)
        assert (said.reads, said.over) == ((), "hits")


READ = KeptRead(START.later(-30), "AB12345", "us-ct", 0.93, "receding")


class Shelf:
    """Kept reads that lie open."""

    def __init__(self, reads: list[KeptRead], damaged: tuple[str, ...] = ()) -> None:
        self._reads = reads
        self.damaged = damaged

    def find(self, pattern: Pattern, since: Moment, until: Moment) -> Iterator[KeptRead]:
        for one in self._reads:
            if since.utc_ns <= one.at.utc_ns <= until.utc_ns and pattern.matches(one.text):
                yield one


@pytest.mark.parametrize(("profile", "found"), [("us-me", 1), ("strict", 0)])
def test_kept_reads_are_found_where_the_law_has_them(
    tmp_path: Path, profile: str, found: int
) -> None:
    """Under Maine's profile reads are told beside hits; under strict they are not even asked."""
    unit = Searched(tmp_path, profile=profile, reads=Shelf([READ], ("a file is torn",)))
    answer = unit.ask(a_bundle())
    unit.close()
    assert answer is not None
    said = answer.payload
    assert [read.text for read in said.reads] == ["AB12345"] * found
    assert said.over == ("hits+reads" if found else "hits")
    assert ("damaged" in said.sentence) == bool(found)
