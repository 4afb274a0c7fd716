"""Which searches a unit refuses, each with its word, on the record, and with a sentence.

``python -m tests.services.test_search_refusals`` prints the table.
"""

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from edge.keys.parties import Revocation, to_time
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.signed import Signed, sign
from edge.messages.search import (
    SEARCH,
    SEARCH_LIMIT,
    Bundle,
    recipients,
    seal_bundle,
    sign_approval,
)
from edge.policy.search import Word
from tests.alerts import UNIT
from tests.keys.cast import ISSUED, ROSTER, keys_of
from tests.services.searching import NOW, Searched, a_bundle, a_query, retold, signed

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Case:
    """One way in which a search is not to be answered.

    Attributes:
        make: the bundle, or the bytes in its place.
        word: why it is refused.
        told: its sentence has this.
        answered: somebody whose key counts has asked, and is told.
        officer: who that is.
    """

    make: Callable[[], Bundle | bytes]
    word: Word
    told: str
    answered: bool = True
    officer: str = "dana"


def raw(**changes: object) -> Bundle:
    """Return a bundle that says what our own code would not sign."""
    query = retold(a_query(), **changes)
    return Bundle(sign(SEARCH, _write(query.model_dump(mode="json")), keys_of("dana")))


def _write(fields: dict[str, object]) -> bytes:
    from edge.keys.canonical import encode  # noqa: PLC0415 - only hostile bytes are made so

    return encode(fields)


def forged() -> Bundle:
    good = a_bundle().query
    return Bundle(Signed(good.kind, good.payload.replace(b"26-01234", b"26-99999"), "dana",
                         good.signature))  # fmt: skip


def other_query() -> Bundle:
    asked, shown = signed(a_query(pattern="AB1*")), signed(a_query(pattern="AB12*"))
    return Bundle(asked, sign_approval(shown, keys_of("sue"), NOW))


def own_word() -> Bundle:
    query = signed(a_query(officer="sue", pattern="AB1*"))
    return Bundle(query, sign_approval(query, keys_of("sue"), NOW))


def officers_word() -> Bundle:
    query = signed(a_query(pattern="AB1*"))
    return Bundle(query, sign_approval(query, keys_of("erin"), NOW))


def unread() -> bytes:
    """A good search that only the unit can open."""
    auditors = {party.name for party in ROSTER.recipients(Role.AUDITOR, ISSUED)}
    parties = recipients(ROSTER, [UNIT.name], ISSUED)
    return seal_bundle(a_bundle(), [one for one in parties if one.name not in auditors])


def period(length: timedelta) -> dict[str, str]:
    return {"since": to_time(NOW - length), "until": to_time(NOW)}


def life(made: timedelta, expires: timedelta) -> dict[str, str]:
    return {"made": to_time(NOW + made), "expires": to_time(NOW + expires)}


STRANGER = keys_of("mallory", Role.OFFICER)
CASES = {
    "forged signature": Case(forged, Word.FORGED, "does not hold", answered=False),
    "signed with another key": Case(
        lambda: a_bundle(officer=keys_of("dana", Role.OFFICER, "elsewhere")),
        Word.FORGED, "does not hold", answered=False,
    ),
    "unknown officer": Case(
        lambda: a_bundle(a_query(officer="mallory"), STRANGER),
        Word.UNKNOWN, "not on the roster", answered=False,
    ),
    "revoked officer": Case(
        lambda: a_bundle(a_query(officer="erin")), Word.REVOKED, "revoked", answered=False
    ),
    "a console's own key": Case(
        lambda: a_bundle(a_query(officer="car-12")), Word.ROLE, "is console", answered=False
    ),
    "other town": Case(lambda: a_bundle(a_query(town="elsewhere")), Word.TOWN, "another town"),
    "not asked": Case(
        lambda: a_bundle(a_query(units=["main-street"])), Word.ASKED, "not among the units"
    ),
    "sealed to no auditor": Case(unread, Word.AUDITOR, "no auditor of roster 2"),
    "another place": Case(
        lambda: a_bundle(a_query(places=["Main Street"])), Word.PLACE, "none of the places"
    ),
    "expired": Case(lambda: a_bundle(a_query(**life(-2 * HOUR, -HOUR))), Word.EXPIRED, "ended at"),
    "from the future": Case(
        lambda: a_bundle(a_query(**life(HOUR, 2 * HOUR))), Word.FUTURE, "in the future"
    ),
    "lives too long": Case(lambda: raw(**life(-HOUR, 25 * HOUR)), Word.LIFE, "a day is the most"),
    "wrong purpose": Case(lambda: a_bundle(a_query(purpose="curiosity")), Word.PURPOSE, "crash"),
    "case number malformed": Case(
        lambda: a_bundle(a_query(case="see my notes")), Word.CASE, "not written as"
    ),
    "time ends before it begins": Case(
        lambda: raw(since=to_time(NOW), until=to_time(NOW - HOUR)), Word.TIME, "before it begins"
    ),
    "window too long": Case(
        lambda: a_bundle(a_query(**period(31 * DAY)), supervisor="sue"), Word.WINDOW, "30 days"
    ),
    "pattern too wide": Case(
        lambda: a_bundle(a_query(pattern="A*"), supervisor="sue"), Word.WIDTH, "one plate in"
    ),
    "everything": Case(
        lambda: a_bundle(a_query(pattern="*"), supervisor="sue"), Word.WIDTH, "covers every plate"
    ),
    "long window without a supervisor": Case(
        lambda: a_bundle(a_query(**period(2 * DAY))), Word.SUPERVISOR, "1 day or more"
    ),
    "wide pattern without a supervisor": Case(
        lambda: a_bundle(a_query(pattern="AB1*")), Word.SUPERVISOR, "supervisor must sign"
    ),
    "supervisor is the same person": Case(own_word, Word.SAME, "second person", officer="sue"),
    "supervisor signed another query": Case(other_query, Word.OTHER, "another search"),
    "an officer signs as supervisor": Case(officers_word, Word.APPROVAL, "is officer"),
    "partner without grant": Case(
        lambda: a_bundle(a_query(officer="bristol-pd")),
        Word.GRANT, "no grant", officer="bristol-pd",
    ),
    "no such category": Case(
        lambda: a_bundle(a_query(categories=["speeding"])), Word.CATEGORY, "no such category"
    ),
    "quotes in the plate": Case(
        lambda: a_bundle(a_query(pattern="AB'; DROP TABLE audit --")), Word.PLATE, "0-9 and A-Z"
    ),
    "unicode in the plate": Case(
        lambda: a_bundle(a_query(pattern="\u0410\u041212345")), Word.PLATE, "u0410"
    ),
    "no plate": Case(lambda: a_bundle(a_query(pattern="")), Word.PLATE, "no plate"),
    "60 kB in the plate": Case(
        lambda: a_bundle(a_query(pattern="A" * 60_000)), Word.PLATE, "60000 characters"
    ),
    "10 MB in the plate": Case(
        lambda: b"EDGEBOX\1" + b"A" * 10_000_000, Word.LARGE, str(SEARCH_LIMIT), answered=False
    ),
    "sealed to nobody": Case(lambda: b"no search", Word.UNREADABLE, "opened", answered=False),
    "an unknown field": Case(lambda: Bundle(
        sign(SEARCH, _write({**a_query().model_dump(mode="json"), "note": "urgent"}),
             keys_of("dana"))), Word.UNREADABLE, "no search"),
}  # fmt: skip


def revoking() -> Roster:
    """Return the roster of the cast on which erin's key is revoked."""
    erin = next(party for party in ROSTER.parties if party.name == "erin")
    revoked = Revocation("erin", erin.verify_key, ISSUED, "left the department")
    return Roster(ROSTER.town, 2, ISSUED, ROSTER.parties, (revoked,))


@pytest.fixture
def unit(tmp_path: Path):  # type: ignore[no-untyped-def]
    """Return a unit that holds one alert on the plate that is asked for."""
    one = Searched(tmp_path, roster=revoking())
    one.saw("AB12345")
    yield one
    one.close()


@pytest.mark.parametrize("name", CASES)
def test_a_search_is_refused(unit: Searched, name: str) -> None:
    """With its word and sentence, on the record; and told to whoever asked, if a key counts."""
    case = CASES[name]
    answer = unit.ask(case.make(), case.officer)
    (act,) = unit.acts()
    assert (act["refused"], act["hits"], act["reads"]) == (case.word.value, 0, 0)
    assert case.told in act["sentence"]
    assert "AB12345" not in str(act)
    assert (answer is not None) == case.answered
    if answer is not None:
        said = answer.payload
        assert (said.refused, said.sentence) == (case.word.value, act["sentence"])
        assert (said.hits, said.reads, said.found) == ((), (), 0)
        assert act["officer"] in {case.officer, ""}


def test_a_good_search_is_answered(unit: Searched) -> None:
    """The control: the same unit, asked as one should ask, finds what it holds."""
    answer = unit.ask(a_bundle())
    assert answer is not None
    assert [hit.read for hit in answer.payload.hits] == ["AB12345"]
    (act,) = unit.acts()
    assert (act["refused"], act["hits"], act["officer"]) == ("", 1, "dana")
    assert (act["purpose"], act["case"], act["whole"]) == ("stolen-vehicle", "26-01234", True)


def test_a_replayed_search_is_refused(unit: Searched) -> None:
    """The same bytes once more are told to be that, and find nothing."""
    blob = unit.seal(a_bundle())
    assert unit.ask(blob) is not None
    again = unit.ask(blob)
    assert again is not None
    assert (again.payload.refused, again.payload.hits) == (Word.REPLAYED.value, ())
    assert [act["refused"] for act in unit.acts()] == ["", "replayed"]


def main() -> int:
    """Print the table of refusals."""
    lines = ["| search | refused | told to the officer | sentence |", "| --- | --- | --- | --- |"]
    for name, case in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            unit = Searched(Path(folder), roster=revoking())
            told = unit.ask(case.make(), case.officer) is not None
            (act,) = unit.acts()
            unit.close()
        lines.append(f"| {name} | `{act['refused']}` | {'yes' if told else 'no'} |"
                     f" {act['sentence']} |")  # fmt: skip
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
