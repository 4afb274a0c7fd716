"""The archive's watch on sharing: a change is a row on its chain, a problem until it is gone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from edge.clock import SystemClock
from edge.config import load
from edge.errors import DeliveryError, StoreError
from edge.messages.acts import ActRow
from edge.policy.who import Drift, Sight, Word
from edge.services.broker import broker_access, write_rules
from edge.services.who_watch import OFF, SharingWatch, open_sharing_watch
from tests.brokers import until
from tests.fakes import FakeClock
from tests.keys.cast import ISSUED, TOWN, keys_folder

ROGUE = Drift(Word.WIDE, "car-1", "car-1 may read #: more than console has")
SPY = Drift(Word.STRANGER, "spy", "spy may read a/b: nobody of that name is on roster 1")


class Archive:
    """A broker whose drift the test sets, and the rows that the archive's chain would get."""

    def __init__(self, before: list[Mapping[str, Any]] | None = None) -> None:
        self.clock = FakeClock()
        self.drift: tuple[Drift, ...] | DeliveryError = ()
        self.rows: list[Mapping[str, Any]] = before or []
        self.full = False
        self.asked = 0
        self.watch = SharingWatch(self._look, 600.0, self._record, tuple(self.rows))

    def after(self, seconds: float) -> tuple[str, ...]:
        """Let time pass, and return the problems once what was asked has been answered."""
        self.clock.advance(seconds)
        self.watch.step(self.clock.now())
        self.watch.stop()
        self.watch.step(self.clock.now())
        return self.watch.problems

    def told(self) -> list[tuple[str, str]]:
        return [(str(row["act"]), str(row["who"])) for row in self.rows]

    def _look(self) -> Sight:
        self.asked += 1
        if isinstance(self.drift, DeliveryError):
            raise self.drift
        return Sight(TOWN, 1, ISSUED, (), (), self.drift, (), ())

    def _record(self, kind: str, payload: Mapping[str, Any]) -> None:
        assert kind == "sharing"
        if self.full:
            raise StoreError("no space is left")
        self.rows.append(payload)


def test_a_difference_is_told_once_and_settled_once() -> None:
    """It is a problem as long as it lasts, one row at its beginning and one at its end."""
    archive = Archive()
    assert archive.after(1) == ()
    archive.drift = (ROGUE,)
    assert archive.after(60) == (), "not yet time to ask again"
    assert archive.after(600) == (f"possible and not granted: {ROGUE.sentence}",)
    archive.drift = (ROGUE, SPY)
    assert len(archive.after(600)) == 2
    archive.drift = (SPY,)
    assert archive.after(600) == (f"possible and not granted: {SPY.sentence}",)
    archive.drift = ()
    assert archive.after(600) == ()
    assert archive.told() == [
        *(("drift", "car-1"), ("drift", "spy"), ("settled", "car-1"), ("settled", "spy"))
    ]
    assert archive.asked == 5


def test_a_restart_knows_what_stands_open() -> None:
    """What its chain tells is not told again, and is settled when it has gone meanwhile."""
    first = Archive()
    first.drift = (ROGUE, SPY)
    first.after(1)
    second = Archive(list(first.rows))
    second.drift = (SPY,)
    assert second.after(1) == (f"possible and not granted: {SPY.sentence}",)
    assert second.told()[2:] == [("settled", "car-1")]


def test_a_broker_that_is_silent_settles_nothing() -> None:
    """That it cannot be asked is a problem of its own, beside those that were open."""
    archive = Archive()
    archive.drift = (ROGUE,)
    archive.after(1)
    archive.drift = DeliveryError("the broker is gone")
    problems = archive.after(600)
    assert problems[0] == "who can receive what is not known now: the broker is gone"
    assert "car-1 may read #" in problems[1]
    assert archive.told() == [("drift", "car-1")]


def test_what_cannot_be_recorded_is_tried_again() -> None:
    """A full disk: the difference and that are problems; with room the row comes."""
    archive = Archive()
    archive.drift, archive.full = (ROGUE,), True
    assert [one[:24] for one in archive.after(1)] == [
        *("possible and not granted", "a change of sharing cann")
    ]
    archive.full = False
    assert len(archive.after(600)) == 1
    assert archive.told() == [("drift", "car-1")]


def test_without_settings_nobody_asks_and_it_says_so() -> None:
    """The default asks no broker; that is a note, and no clean bill."""
    watch = open_sharing_watch(load([]).settings, FakeClock(), lambda *_: None)
    watch.step(FakeClock().now())
    watch.stop()
    assert (watch.note, watch.problems) == (OFF, ())


@pytest.mark.parametrize("rogue", [False, True], ids=["clean", "rogue"])
def test_an_acl_file_is_read_at_each_look(tmp_path: Path, *, rogue: bool) -> None:
    """Settings to row: a line added to the broker's file is drift, the file without it is not."""
    keys, clock = keys_folder(tmp_path / "keys", None), SystemClock("always")
    acl, site = tmp_path / "edge.acl", tmp_path / "site.toml"
    text = write_rules(broker_access(keys, ISSUED), "mosquitto")
    acl.write_text(text + ("user spy\ntopic read edge/v1/windsor/+/alert\n" if rogue else ""))
    site.write_text(
        f'[keys]\nfolder = "{keys}"\n[sharing]\nbroker = "acl"\nfile = "{acl}"\nevery_s = 10.0\n'
    )
    rows: list[Mapping[str, Any]] = []
    watch = open_sharing_watch(
        load([site]).settings, clock, lambda _, payload: rows.append(payload)
    )
    watch.step(clock.now())
    until(lambda: watch.step(clock.now()) or watch._thread is None, what="an answer")
    assert [row["who"] for row in rows] == (["spy"] if rogue else [])
    assert bool(watch.problems) is rogue


def test_a_unit_that_seals_beyond_the_grants_is_drift_too() -> None:
    """What its chain tells is compared at each look, beside what the broker says."""
    archive = Archive()
    payload = {"number": "ab" * 32, "who": "bristol-pd", "what": ["other"], "act": "in-force"}
    row = ActRow("main-street", "ab" * 16, 7, "2026-02-01T00:00:00.000Z", "grant", payload)
    archive.watch = SharingWatch(archive._look, 600.0, archive._record, (), lambda: [row])
    assert "main-street seals to bristol-pd by grant abababababab" in archive.after(1)[0]
    assert archive.told() == [("drift", "bristol-pd")]
