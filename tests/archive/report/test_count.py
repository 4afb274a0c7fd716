"""Counting from rows made by hand: the cases that a simulated month has no need of."""

from dataclasses import replace
from typing import Any

import pytest

from edge.archive.report.count import Held, Report, count
from edge.archive.report.hits import interval
from edge.messages.acts import ActRow

SINCE, UNTIL = "2026-10-01T00:00:00.000Z", "2026-10-03T00:00:00.000Z"
EPOCH, OTHER = "ab" * 16, "cd" * 16


class Rows:
    """One store's rows, numbered as they come."""

    def __init__(self, name: str = "bridge-2", epoch: str = EPOCH) -> None:
        self._name, self._epoch = name, epoch
        self.rows: list[ActRow] = []

    def add(self, at: str, kind: str, payload: dict[str, Any] | None) -> "Rows":
        number = len(self.rows) + 1
        self.rows.append(ActRow(self._name, self._epoch, number, _full(at), kind, payload))
        return self

    def hour(self, since: str, until: str, reads: int = 10, **more: Any) -> "Rows":
        told = dict.fromkeys("frames passes hits alarms verifies".split(), 0)
        minutes = (int(until[3:]) or 1440) - int(since[3:])
        whole = {**told, "since": _full(since), "until": _full(until), "reads": reads}
        spent = {"watched_s": minutes * 60.0, "paused_s": 0.0, "why": "hour"}
        return self.add(until, "hour", {**whole, **spent, **more})

    def alert(self, at: str, sequence: int, revision: int = 0, **more: Any) -> "Rows":
        told = {
            "sequence": sequence, "revision": revision, "digest": "ab", "clock_trusted": True,
            "grade": "verify", "category": "other", "list": "town", "retracts": False,
            "seen_again": False, "corrected": False,
        }  # fmt: skip
        return self.add(at, "alert", {**told, **more})

    def said(self, at: str, alert: str, outcome: str) -> "Rows":
        told = {
            "sequence": len(self.rows) + 1, "revision": 0, "digest": "ab", "clock_trusted": True,
            "alert": alert, "alert_revision": 0, "act": "outcome", "officer": "dana",
            "session": "ab", "outcome": outcome,
        }  # fmt: skip
        return self.add(at, "outcome", told)


def _full(at: str) -> str:
    """Return ``1d+90`` (day of October, minutes) as RFC 3339."""
    day, minutes = at.split("d+")
    hours, rest = divmod(int(minutes), 60)
    if day == "0":
        return f"2026-09-30T{hours:02d}:{rest:02d}:00.000Z"
    return f"2026-10-{int(day) + hours // 24:02d}T{hours % 24:02d}:{rest:02d}:00.000Z"


def counted(*chains: Rows, held: tuple[Held, ...] = ()) -> Report:
    rows = [row for chain in chains for row in chain.rows]
    return count(rows, SINCE, UNTIL, town="windsor", held=held)


def test_nothing() -> None:
    """Of no rows the report says that it knows nothing, not that nothing happened."""
    report = counted()
    assert report.unknown == ("No row of this period is held.",)
    assert (report.reads(), report.hits.precision[0].high) == (0, 1.0)


def test_a_hit_is_one_however_often_it_is_revised() -> None:
    """Revisions are one hit, by the gravest grade that it had; a test is none."""
    unit = Rows().alert("1d+10", 1).alert("1d+11", 1, 1, grade="alarm")
    unit.alert("1d+12", 1, 2, retracts=True).alert("1d+13", 2, category="test", test=True)
    hits = counted(unit).hits
    assert (hits.total("hits"), hits.total("alarms"), hits.total("verifies")) == (1, 1, 0)
    assert (hits.total("retracted"), hits.tests) == (1, 1)


def test_the_same_number_of_another_store_is_another_hit() -> None:
    """After a store was lost the numbers begin anew, and so do the hits."""
    one, two = Rows().alert("1d+10", 1), Rows(epoch=OTHER).alert("1d+20", 1)
    assert counted(one, two).hits.total("hits") == 2


def test_the_last_word_counts() -> None:
    """A word that was put right counts as put right, whenever and wherever it was said."""
    unit, car, desk = Rows().alert("1d+10", 1), Rows("car-12"), Rows("dispatch")
    car.said("1d+20", f"bridge-2/{EPOCH}/1", "misread")
    desk.said("4d+1", f"bridge-2/{EPOCH}/1", "confirmed").said("2d+1", "bridge-2/x/9", "stale")
    car.said("1d+30", f"bridge-2/{EPOCH}/1", "responding")
    hits = counted(unit, car, desk).hits
    assert (hits.total("confirmed"), hits.total("misread"), hits.elsewhere) == (1, 0, 1)


def test_a_row_that_came_twice_counts_once() -> None:
    """A chain that stands in two exports is counted once."""
    unit = Rows().hour("1d+0", "1d+60")
    assert counted(unit, unit).reads() == 10


def test_the_edges_of_the_period() -> None:
    """What begins before the first midnight, or at the last, is not of the period."""
    unit = Rows().hour("0d+1380", "1d+0").hour("1d+0", "1d+60").hour("2d+1380", "3d+0")
    unit.hour("3d+0", "3d+60")
    assert counted(unit).reads() == 20


def test_an_outage_is_no_pause() -> None:
    """A gap that an order explains is a pause; the rest of it is an outage."""
    unit = Rows().hour("1d+0", "1d+60")
    pause = {"act": "begun", "number": "ab", "signers": ["sue"], "reason": "the council"}
    unit.add("1d+60", "pause", pause)
    unit.add("1d+120", "pause", {**pause, "act": "lifted", "signers": ["sue", "ada"]})
    unit.hour("1d+180", "1d+240")
    report = counted(unit)
    (line,), (out,), (held,) = report.times.units, report.times.outages, report.pauses
    assert (line.watched_h, line.paused_h, line.out_h) == (2.0, 1.0, 1.0)
    assert (out.since, out.until) == ("2026-10-01T02:00:00Z", "2026-10-01T03:00:00Z")
    assert (held.signers, held.how, held.units) == (2, "lifted", "bridge-2")


def test_a_pause_that_goes_on() -> None:
    """A pause that nobody lifted goes on, and its time is not an outage."""
    unit = Rows().hour("1d+0", "1d+60").add("1d+60", "pause", {"act": "begun", "number": "ab"})
    unit.add("3d+5", "log-out", {"officer": "dana", "session": "ab"})
    report = counted(unit)
    assert report.times.units[0].paused_h == 47.0
    assert (report.pauses[0].how, report.times.outages) == ("goes on", ())


def test_a_camera_that_gives_no_frames() -> None:
    """An hour in which nothing was seen is told as such, and not as watched."""
    unit = Rows().hour("1d+0", "1d+60", watched_s=600.0).hour("1d+60", "1d+120")
    assert counted(unit).times.units[0].blind_h == pytest.approx(0.83, abs=0.01)


def test_what_is_not_held_is_named() -> None:
    """Missing rows, erased words, broken chains, wrong clocks and silent units are sentences."""
    unit = Rows().hour("1d+60", "1d+120").hour("1d+0", "1d+30").add("1d+130", "alert", None)
    unit.add("1d+140", "frobnicated", {"new": 1})
    held = (
        Held("bridge-2", EPOCH, 4, "ff" * 32, published=9, broken="row 3 was changed"),
        Held("car-12", OTHER, 0, "", published=7),
    )
    told = " | ".join(counted(unit, held=held).unknown)
    for words in (
        "bridge-2, store abababab: the chain does not hold: row 3 was changed",
        "5 rows of 9 never came",
        "1 row came without words",
        "1 row tells of acts that this edge does not know",
        "its clock was put back once",
        "car-12, store cdcdcdcd: 7 rows of 7 never came",
        "bridge-2: of 45.67 hours of the period no row is held",
    ):
        assert words in told


def test_a_refused_list_makes_nothing_young() -> None:
    """A list that was refused leaves the one before in force, and its age goes on."""
    told = {"list": "town", "version": "town-1-0123456789ab", "act": "installed", "entries": 5}
    unit = Rows().add("1d+0", "list", {**told, "issued_at": _full("1d+0")})
    newer = {"version": "town-2-0123456789ab", "issued_at": _full("2d+0")}
    unit.add("2d+0", "list", {**told, **newer, "act": "refused"}).hour("2d+1380", "3d+0")
    first, second = counted(unit).lists
    assert (first.oldest_days, first.units) == (2.0, 1)
    assert (second.units, second.refused) == (0, 1)


def test_an_expired_list_is_used_no_more() -> None:
    """The age of a list ends when it ran out."""
    told = {"list": "town", "version": "town-1-0123456789ab", "entries": 5}
    unit = Rows().add("1d+0", "list", {**told, "act": "installed", "issued_at": _full("1d+0")})
    unit.add("1d+720", "list", {**told, "act": "expired"}).hour("2d+0", "2d+60")
    (line,) = counted(unit).lists
    assert (line.oldest_days, line.expired) == (0.5, 1)


def test_a_refusal_without_a_digest_is_a_search() -> None:
    """What could not even be read was asked all the same."""
    asked = {"query": "", "officer": "x", "refused": "forged", "purpose": "lies"}
    unit = Rows().add("1d+0", "search", asked).add("1d+1", "search", asked)
    searches = counted(unit).searches
    assert (searches.total("searches"), searches.total("refused"), searches.officers) == (2, 2, 0)
    assert [one.purpose for one in searches.purposes] == ["(none of the town's)"]


def test_one_unit_that_answers_makes_a_search_answered() -> None:
    """Refused at one unit and answered at another: answered, and the refusal is told."""
    asked = {"query": "ab", "officer": "dana", "purpose": "crash"}
    one = Rows().add("1d+0", "search", {**asked, "refused": "window"})
    one.add("1d+1", "search-drops", {"since": "", "until": "", "dropped": 900})
    two = Rows("route-5").add("1d+0", "search", {**asked, "hits": 2, "late": True})
    report = counted(one, two)
    searches = report.searches
    assert report.rest.searches_dropped == 900
    (line,) = searches.purposes
    assert (line.answered, line.refused, line.hits, line.late) == (1, 0, 2, 1)
    assert searches.refusals[0].searches == 1


def test_alerts_that_cannot_be_read_are_missed() -> None:
    """Hours that count more hits than there are alerts say that some are gone."""
    unit = Rows().alert("1d+10", 1).alert("1d+11", 1, 1).hour("1d+0", "1d+60", hits=2)
    assert "its hours count 2 hits; alerts on its chain: 1" in " ".join(counted(unit).unknown)
    assert "hours count" not in " ".join(counted(unit.alert("1d+62", 2)).unknown)


def test_a_day_that_does_not_exist_stops_nothing() -> None:
    """A row of the 31st of November, or dated by a word, is named and the others count."""
    unit = Rows().hour("1d+0", "1d+60")
    unit.rows.append(replace(unit.rows[0], number=2, at="yesterday"))
    told = {**(unit.rows[0].payload or {}), "since": "2026-11-31T00:00:00.000Z"}
    unit.rows.append(replace(unit.rows[0], number=3, payload=told))
    report = counted(unit)
    assert report.reads() == 20
    assert "1 row tells of acts" in " ".join(report.unknown)


@pytest.mark.parametrize(("right", "known"), [(0, 0), (0, 5), (5, 5), (96, 129)])
def test_the_interval_holds_the_share(right: int, known: int) -> None:
    """Wilson's interval lies in 0..1 and holds the share."""
    low, high = interval(right, known)
    assert 0.0 <= low <= (right / known if known else 0.5) <= high + 1e-12 <= 1.0 + 1e-12
