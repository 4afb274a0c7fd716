"""The four gates, each by itself and together."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.policy import freshness, gates
from edge.records import GateResult, Grade, Hit, Vehicle
from tests.fakes import START
from tests.hotlist.lists import contested, sighting_of
from tests.policy.hits import CAR, HOME, Desk, policy, results
from tests.tracking.reads import slots_of

DAY_S = 86_400.0


def hit_of(
    folder: Path,
    row: dict[str, str],
    seen: NDArray[np.float32] | None = None,
    **changes: object,
) -> Hit:
    slots = slots_of(row["plate"], 0.999) if seen is None else seen
    return Desk(folder, row).hits(sighting_of(slots, **changes))[0]


def test_all_pass(tmp_path: Path) -> None:
    """A sure read of a home plate on a fresh list is an alarm, its reasons in order."""
    verdict = gates.judge(hit_of(tmp_path, CAR), policy(), HOME, START, clock_trusted=True)
    assert verdict.grade is Grade.ALARM
    assert [gate.name for gate in verdict.gates] == ["text", "jurisdiction", "vehicle", "list"]
    assert results(verdict.gates) == ["pass", "pass", "unknown", "pass"]
    assert verdict.gates[2].sentence == "Check: the list says white Ford F-150 pick-up."
    assert verdict.gates[3].sentence == "The list is 5 h old."
    assert verdict.list_age_s == pytest.approx(5 * 3600)
    assert verdict.clock_trusted


def test_contested_text(tmp_path: Path) -> None:
    """A doubtful character that decides fails the text, and is named with its rivals."""
    seen = contested("AB12345", 3, "1", 0.37, "7", 0.61)
    gate = gates.text_gate(hit_of(tmp_path, CAR, seen), policy(), HOME)
    assert gate.result is GateResult.FAIL
    assert gate.sentence == (
        "3rd: 1 at 0.37, 7 at 0.61, and it decides the match: compare with the picture."
    )


def test_slightly_contested_text(tmp_path: Path) -> None:
    """A character that decides fails the text even where the text as a whole is likely."""
    hit = hit_of(tmp_path, CAR, contested("AB12345", 3, "1", 0.935, "7", 0.06))
    assert hit.probability > policy().alarm_probability
    assert gates.text_gate(hit, policy(), HOME).result is GateResult.FAIL
    settled = replace(hit, contested=tuple(replace(c, decides=False) for c in hit.contested))
    assert gates.text_gate(settled, policy(), HOME).result is GateResult.PASS


def test_doubtful_text(tmp_path: Path) -> None:
    """A text that is unsure in all places fails without any single rival."""
    gate = gates.text_gate(hit_of(tmp_path, CAR, slots_of("AB12345", 0.96)), policy(), HOME)
    assert gate.result is GateResult.FAIL
    assert "0.66 only, 0.90 is needed" in gate.sentence


@pytest.mark.parametrize(
    ("row", "seen", "expected"),
    [
        ({"jurisdiction": "us-ct"}, {}, GateResult.PASS),
        ({"jurisdiction": ""}, {}, GateResult.UNKNOWN),
        ({"jurisdiction": "us-il"}, {}, GateResult.FAIL),
        ({"jurisdiction": "us-ny", "plate": "KLM1234"}, {}, GateResult.UNKNOWN),
        ({"jurisdiction": "us-ct"}, {"us-il": 0.99, "us-ct": 0.01}, GateResult.FAIL),
        ({"jurisdiction": "us-ct"}, {"us-il": 0.4, "us-ct": 0.3}, GateResult.PASS),
        ({"jurisdiction": "us-il"}, {"us-il": 0.98, "us-ct": 0.02}, GateResult.FAIL),
        ({"jurisdiction": "ca-on"}, {}, GateResult.FAIL),
    ],
)
def test_jurisdiction(
    tmp_path: Path, row: dict[str, str], seen: dict[str, float], expected: GateResult
) -> None:
    """The entry's jurisdiction passes only where plate and place make it likely."""
    hit = hit_of(tmp_path, {**CAR, **row}, jurisdiction=seen)
    assert gates.jurisdiction_gate(hit, policy(), HOME).result is expected


def test_foreign_jurisdiction_seen(tmp_path: Path) -> None:
    """A foreign plate passes where its state was seen on it and foreigners are common."""
    row = {"jurisdiction": "us-ny", "plate": "KLM1234"}
    seen = {"us-ny": 0.99, "us-ct": 0.01}
    hit = hit_of(tmp_path, row, jurisdiction=seen, reads=12)
    near_the_border = policy(foreign_share=0.5)
    assert gates.jurisdiction_gate(hit, near_the_border, HOME).result is GateResult.PASS
    early = gates.jurisdiction_gate(
        hit_of(tmp_path, row, jurisdiction=seen, reads=2), near_the_border, HOME
    )
    assert early.result is GateResult.UNKNOWN
    assert "2 frames say us-ny" in early.sentence


@pytest.mark.parametrize(
    ("listed", "seen", "expected", "words"),
    [
        (Vehicle(), Vehicle(colour="red"), GateResult.UNKNOWN, "says nothing"),
        (
            Vehicle("Ford", "", "white"),
            Vehicle(),
            GateResult.UNKNOWN,
            "Check: the list says white Ford.",
        ),
        (Vehicle("Ford"), Vehicle("ford"), GateResult.PASS, "The car fits"),
        (
            Vehicle("Oldsmobile"),
            Vehicle("BMW"),
            GateResult.FAIL,
            "make: listed Oldsmobile, seen BMW",
        ),
        (Vehicle("Ford", type="suv"), Vehicle("Ford", type="motorcycle"), GateResult.FAIL, "type"),
        (Vehicle("Ford"), Vehicle(colour="red"), GateResult.UNKNOWN, "Check"),
    ],
)
def test_vehicle(listed: Vehicle, seen: Vehicle, expected: GateResult, words: str) -> None:
    """A car that is known to be another fails; what is not known is to be checked."""
    gate = gates.vehicle_gate(listed, seen)
    assert gate.result is expected
    assert words in gate.sentence


@pytest.mark.parametrize(
    ("age_s", "trusted", "expected", "words"),
    [
        (0.0, True, GateResult.PASS, "0 min old"),
        (-200.0, True, GateResult.PASS, "0 min old"),
        (-900.0, True, GateResult.UNKNOWN, "in the future"),
        (35 * 3600.0, True, GateResult.PASS, "35 h old"),
        (36 * 3600.0, True, GateResult.FAIL, "36 h is the limit"),
        (5 * DAY_S, True, GateResult.FAIL, "5 days old"),
        (3600.0, False, GateResult.UNKNOWN, "clock is not set"),
    ],
)
def test_list(
    tmp_path: Path, age_s: float, trusted: bool, expected: GateResult, words: str
) -> None:
    """A list passes while it is fresh by a clock that is set."""
    now = START.later(age_s - 5 * 3600.0)
    hit = hit_of(tmp_path, CAR)
    age = freshness.age_at(hit.list_version, now, clock_trusted=trusted)
    gate = freshness.list_gate(hit.entry, hit.list_version, age, policy(), now)
    assert gate.result is expected
    assert words in gate.sentence


def test_expired(tmp_path: Path) -> None:
    """An expired entry has no grade, whatever else holds, and says when it ended."""
    hit = hit_of(tmp_path, {**CAR, "expires": "2026-01-01T11:00:00Z"})
    verdict = gates.judge(hit, policy(), HOME, START.later(3600.0), clock_trusted=True)
    assert verdict.grade is Grade.NONE
    assert verdict.gates[3].sentence == "The entry expired on 2026-01-01 11:00 UTC."


def test_any_gate_holds_back(tmp_path: Path) -> None:
    """Unknown is not a pass for text, jurisdiction and list; for the vehicle it is enough."""
    good = gates.judge(hit_of(tmp_path, CAR), policy(), HOME, START, clock_trusted=True).gates
    for place, gate in enumerate(good):
        for result in (GateResult.UNKNOWN, GateResult.FAIL):
            changed = (*good[:place], replace(gate, result=result), *good[place + 1 :])
            lenient = gate.name == "vehicle" and result is GateResult.UNKNOWN
            assert gates.grade_of(changed) is (Grade.ALARM if lenient else Grade.VERIFY)


def test_silence(tmp_path: Path) -> None:
    """From the second age on nothing is published; a clock that is not set does not silence."""
    version = hit_of(tmp_path, CAR).list_version
    week = START.later(7 * DAY_S)
    assert freshness.silence(version, policy(), START, clock_trusted=True) == ""
    assert "install a newer list" in freshness.silence(version, policy(), week, clock_trusted=True)
    assert freshness.silence(version, policy(), week, clock_trusted=False) == ""


def test_rare_cars(tmp_path: Path) -> None:
    """A likely text of a car that is too rare to be believed fails, and says why."""
    hit = hit_of(tmp_path, CAR)
    gate = gates.text_gate(replace(hit, posterior=0.62), policy(), HOME)
    assert gate.result is GateResult.FAIL
    assert "so few cars are listed that it is this one with probability 0.62" in gate.sentence
    assert gates.text_gate(hit, policy(), HOME).result is GateResult.PASS


@pytest.mark.parametrize("plate", ["AB1234?", "AB1*", "?B12345"])
def test_part_of_a_plate(tmp_path: Path, plate: str) -> None:
    """A plate that is listed in part only is told, never as an alarm."""
    told = Desk(tmp_path, {**CAR, "plate": plate}).see("AB12345")
    assert told is not None
    assert told.verdict.grade is Grade.VERIFY
    assert told.verdict.gates[0].result is GateResult.UNKNOWN
    assert f"part of the plate only, {plate}" in told.verdict.gates[0].sentence


def test_part_of_a_plate_withdrawn(tmp_path: Path) -> None:
    """A partial hit that no longer stands is retracted like any other."""
    desk = Desk(tmp_path, {**CAR, "plate": "AB1234?"})
    desk.see("AB12345")
    gone = desk.see("AB72345", 0.2)
    assert gone is not None
    assert gone.retracts
    assert gone.hit.probability == 0.0


@pytest.mark.parametrize(
    ("plate", "place", "first", "second", "expected"),
    [
        ("AB12045", 5, "0", "O", GateResult.PASS),
        ("AB12345", 4, "2", "7", GateResult.FAIL),
        ("AB12345", 5, "3", "7", GateResult.FAIL),
        ("AB12345", 3, "1", "7", GateResult.FAIL),
        ("0BXYZ12", 1, "0", "O", GateResult.FAIL),
        ("BO12345", 2, "O", "0", GateResult.PASS),
    ],
)
def test_forms_rank_rivals(
    tmp_path: Path, plate: str, place: int, first: str, second: str, expected: GateResult
) -> None:
    """A rival that no plate here would have decides nothing; 2 against 7 always does."""
    seen = contested(plate, place, first, 0.95, second, 0.045)
    hit = hit_of(tmp_path, {**CAR, "plate": plate}, seen)
    assert hit.contested[0].decides
    assert gates.text_gate(hit, policy(), HOME).result is expected
    doubtful = contested(plate, place, first, 0.85, second, 0.145)
    hit = hit_of(tmp_path, {**CAR, "plate": plate}, doubtful)
    assert gates.text_gate(hit, policy(), HOME).result is GateResult.FAIL
