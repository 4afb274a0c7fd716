"""What rows prove of a pause, and each way in which they show that it was not kept."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from edge.errors import PauseError
from edge.keys.parties import to_time
from edge.keys.signed import digest, to_bytes
from edge.messages.acts import ActRow, check_act
from edge.policy.pause_proof import Proof, prove
from tests.keys.cast import ROSTER
from tests.services.pausing import NOW, lift, order

ORDER = order()
NUMBER = digest(ORDER)
ZERO = dict.fromkeys(("frames", "passes", "reads", "hits", "alarms", "verifies"), 0)


def text(*documents: Any) -> list[str]:
    return [base64.b64encode(to_bytes(one)).decode() for one in documents]


class Record:
    """Rows, one after the other; times in seconds after the order came."""

    def __init__(self) -> None:
        self.rows: list[ActRow] = []

    def add(self, at: float, kind: str, **payload: Any) -> "Record":
        check_act(kind, payload)
        number = len(self.rows) + 1
        self.rows.append(ActRow("main-street", "e", number, self.time(at), kind, payload))
        return self

    def time(self, at: float) -> str:
        return to_time(NOW + timedelta(seconds=at))

    def hour(self, since: float, until: float, paused: bool = True, **counts: Any) -> "Record":
        lasted = {"watched_s": 0.0, "paused_s": 0.0}
        lasted["paused_s" if paused else "watched_s"] = until - since
        span = {"since": self.time(since), "until": self.time(until)}
        return self.add(until, "hour", **span, **{**ZERO, **lasted, **counts}, why="pause")

    def pause(self, at: float, act: str, *documents: Any) -> "Record":
        fields = {"since": to_time(NOW), "until": self.time(30 * 86_400), "scope": "town"}
        return self.add(at, "pause", act=act, number=NUMBER, documents=text(*documents), **fields)

    def started(self, at: float) -> "Record":
        return self.add(at, "started", process="watch", software="1")

    def order(self, at: float) -> "Record":
        sentence = f"taken: pause {NUMBER[:12]}"
        return self.add(
            at, "order", number="0" * 64, kinds=["pause"], taken=True, sentence=sentence
        )


def begun(at: float = 1) -> Record:
    """Return a unit that read until its order came at 0, and began its pause *at*."""
    record = Record().hour(-600, at, paused=False, frames=9000, reads=40, passes=9)
    return record.order(0).pause(at, "begun", ORDER)


def ended(record: Record, at: float, since: float) -> Record:
    record.hour(since, at).pause(at, "lifted", *lift(NUMBER))
    return record.hour(at, at + 600, paused=False, frames=9000, reads=50)


def whole() -> Record:
    """Return two hours of pause with a restart in them, lifted by two."""
    record = begun().hour(1, 3600).started(4000).pause(4001, "begun", ORDER)
    return ended(record.hour(4001, 7200), 8000, 7200)


def broken(proof: Proof) -> list[str]:
    return [point.sentence for point in proof.points if not point.holds]


def test_a_pause_that_was_kept() -> None:
    """All is shown: order, time, silence, zeros, restarts and two signatures."""
    proof = prove(whole().rows, NUMBER[:12], ROSTER)
    assert broken(proof) == []
    assert (proof.holds, proof.ended) == (True, "lifted")
    told = [point.sentence for point in proof.points]
    assert "it began 1.0 s after its order came (row 2); 5 s are allowed" in told
    assert "7598 s are counted as paused; 401 s lie in 1 restarts" in told
    assert "row 9: lifted by sue and ada" in told


def test_one_that_lasts() -> None:
    """It holds so far, and says how far the record goes."""
    proof = prove(begun().hour(1, 3600).rows, NUMBER, ROSTER)
    assert (proof.holds, proof.ended) == (True, "")
    assert "it lasts: the record ends at row 4" in proof.points[-1].sentence


def alert(record: Record) -> Record:
    fields = {"sequence": 7, "revision": 0, "digest": "a" * 64, "clock_trusted": True}
    rest = {"retracts": False, "seen_again": False, "corrected": False, "list": "town-1"}
    kinds = {"grade": "alarm", "category": "stolen_vehicle"}
    return record.add(50, "alert", **fields, **kinds, **rest)


FAULTS: dict[str, tuple[Callable[[], Record], str]] = {
    "reads-on": (lambda: begun().hour(1, 3600, frames=100), "row 4: 100 frames between"),
    "reads-kept": (lambda: begun().hour(1, 3600, reads=1), "row 4: 1 reads between"),
    "camera-open": (lambda: begun().hour(1, 3600, paused=False), "capture ran for 3599 s"),
    "alerts": (lambda: alert(begun()), "row 4: an alert at"),
    "late": (lambda: begun(90), "it began 90.0 s after its order came (row 2); 5 s are allowed"),
    "start-without": (
        lambda: begun().started(100).hour(101, 3600),
        "row 4: a start without the pause",
    ),
    "uncounted": (lambda: begun().hour(900, 3600), "row 4: 899 s before it are not counted"),
    "no-counts": (lambda: begun().started(9000), "no row counts what was read in 8999 s"),
    "one-key": (
        lambda: begun().hour(1, 90).pause(90, "lifted", lift(NUMBER)[0]),
        "row 5: two signatures did not lift it",
    ),
    "another-lift": (
        lambda: begun().hour(1, 90).pause(90, "lifted", *lift("0" * 64)),
        "they lift another pause",
    ),
    "too-early": (lambda: begun().hour(1, 90).pause(90, "lapsed"), "it lapsed at"),
    "forged": (
        lambda: Record().pause(0, "begun", order("ada")),
        "is the document of another pause",
    ),
}


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_one_that_was_not_kept(fault: str) -> None:
    """Each is found, and the row is named."""
    make, why = FAULTS[fault]
    proof = prove(make().rows, NUMBER, ROSTER)
    assert not proof.holds
    assert any(why in one for one in broken(proof)), broken(proof)


def test_an_erased_count_proves_nothing() -> None:
    """What is not there any more is no proof of nothing."""
    rows = whole().rows
    rows[3] = ActRow("main-street", "e", 4, rows[3].at, "hour", None)
    assert any("nothing can be said" in one for one in broken(prove(rows, NUMBER, ROSTER)))


def test_a_pause_that_never_began() -> None:
    """An unknown number is an error, not a proof."""
    with pytest.raises(PauseError, match="0 pauses whose number begins 'ffff'"):
        prove(whole().rows, "ffff", ROSTER)
