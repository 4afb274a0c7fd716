"""What the officer's machine remembers of searches: nothing in the clear, late answers included."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.archive.letters import Facts
from edge.config import Settings, load
from edge.errors import KeysError, SearchError
from edge.keys.parties import to_time
from edge.messages.answer import AnswerCover, read_cover, seal_answer
from edge.messages.letter import Letter
from edge.records import AlertId
from edge.services.archive import open_archive
from edge.services.keyring import Keyring, open_keyring
from edge.services.search_asked import AskedFolder, collect, officers_units, open_asked
from edge.store.console import ConsoleStore
from tests.alerts import UNIT
from tests.fakes import START, FakeClock
from tests.keys.cast import ISSUED, ROSTER, keys_folder, keys_of, party_of
from tests.messages.samples import ANSWER, EPOCH, refused_answer
from tests.services.searching import NOW, a_query, signed

QUERY = a_query(pattern="AB1234?", units=[UNIT.name, "main-street"])
SIGNED = signed(QUERY)


def answer(folder: AskedFolder, sequence: int, *, refused: bool = False) -> AnswerCover:
    """Return the unit's answer to the one search that *folder* remembers."""
    said = refused_answer() if refused else ANSWER
    payload = said.model_copy(update={"query": folder.all()[0].number})
    number = AlertId(UNIT.name, EPOCH, sequence)
    letter = seal_answer(number, payload, START.iso(), keys_of(UNIT.name), party_of("dana"))
    return read_cover(letter.body, ROSTER, ISSUED)


@pytest.fixture
def folder(tmp_path: Path) -> AskedFolder:
    made = AskedFolder(tmp_path / "searches")
    made.save(SIGNED, QUERY, party_of("dana"))
    return made


def test_nothing_lies_in_the_clear(folder: AskedFolder, tmp_path: Path) -> None:
    """Neither plate nor case nor purpose; only the officer who asked opens what was asked."""
    folder.keep(answer(folder, 8))
    lying = b"".join(file.read_bytes() for file in (tmp_path / "searches").iterdir())
    for word in (b"AB1234", QUERY.case.encode(), QUERY.purpose.encode()):
        assert word not in lying
    (asked,) = folder.all("dana")
    assert folder.query(asked, keys_of("dana")) == QUERY
    assert folder.all("erin") == []
    with pytest.raises(KeysError, match="not sealed to erin"):
        folder.query(asked, keys_of("erin"))


def test_each_unit_has_one_answer(folder: AskedFolder) -> None:
    """A refusal of a repeated search hides no answer; who has not answered is among them."""
    (asked,) = folder.all()
    for cover in (answer(folder, 8, refused=True), answer(folder, 9), answer(folder, 9)):
        assert folder.keep(cover)
    folder.keep(answer(folder, 10, refused=True))
    said = {one.unit: one.message for one in folder.told(asked, keys_of("dana"), ROSTER, ISSUED)}
    assert said["main-street"] is None
    found = said[UNIT.name]
    assert found is not None
    assert (found.sequence, found.payload.refused) == (9, "")
    assert folder.units(asked) == {UNIT.name}


def test_an_answer_to_another_search_is_not_kept(folder: AskedFolder, tmp_path: Path) -> None:
    """What this machine has not asked is none of its business."""
    cover = answer(folder, 8)
    assert not AskedFolder(tmp_path / "elsewhere").keep(cover)


def test_all_is_gone_after_a_week(folder: AskedFolder, tmp_path: Path) -> None:
    """The search and its answers, and not a day earlier."""
    folder.keep(answer(folder, 8))
    folder.prune(NOW + timedelta(days=6))
    assert len(folder.all()) == 1
    folder.prune(NOW + timedelta(days=7, hours=1))
    assert list((tmp_path / "searches").iterdir()) == []


def machine(tmp_path: Path, name: str) -> tuple[Settings, Keyring, FakeClock]:
    clock = FakeClock()
    settings = load([]).settings
    console = settings.console.model_copy(update={"folder": str(tmp_path / "console")})
    archive = settings.archive.model_copy(update={"folder": str(tmp_path / "archive")})
    keyring = open_keyring(keys_folder(tmp_path / "keys", name), clock, {keys_of(name).role})
    return settings.model_copy(update={"console": console, "archive": archive}), keyring, clock


@pytest.mark.parametrize("name", ["car-12", "archive"])
def test_late_answers_are_collected_from_the_machine_itself(tmp_path: Path, name: str) -> None:
    """The console's or the archive's daemon has kept them; they are taken over once."""
    settings, keyring, clock = machine(tmp_path, name)
    folder = open_asked(settings, keyring.identity.role)
    asked = folder.save(SIGNED, QUERY, party_of("dana"))
    cover = answer(folder, 8)
    if name == "archive":
        with open_archive(settings, keyring, clock) as store, store.transaction():
            sealed = cover.message.payload.sealed
            facts = Facts("answer", cover.number, 0, sealed, cover.digest)
            store.letters.take(facts, Letter(cover.body), clock.now(), trusted=True)
    else:
        with ConsoleStore(tmp_path / "console", name, clock) as console:
            console.answers.keep(cover, clock.now())
    assert collect(folder, settings, keyring, clock) == 1
    (told,) = (one for one in folder.told(asked, keys_of("dana"), ROSTER, ISSUED) if one.message)
    assert told.unit == UNIT.name


def test_units_are_named_or_all() -> None:
    """Names are of the roster; all are those whose keys count."""
    assert officers_units("all", ROSTER, ISSUED) == [UNIT.name, "main-street"]
    assert officers_units("main-street, main-street", ROSTER, ISSUED) == ["main-street"]
    for text in ("nowhere", "", "archive"):
        with pytest.raises(SearchError):
            officers_units(text, ROSTER, ISSUED)
    with pytest.raises(SearchError, match="no unit is named"):
        officers_units("all", ROSTER, datetime(2001, 1, 1, tzinfo=UTC))
    assert to_time(NOW) == QUERY.made
