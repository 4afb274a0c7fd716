"""A sound list is in force after it is installed; any other leaves all as it was."""

import errno
import os
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from edge.errors import HotlistError, KeysError
from edge.hotlist import bundle_place as place
from edge.hotlist.bundle import Bundle, pack
from edge.hotlist.bundle_build import build_full, signed
from edge.hotlist.indexfile import open_index
from edge.hotlist.keeper import HotlistKeeper
from edge.keys.trust import Trust
from tests.hotlist.bundles import DAY, NOW, Town, about, changed_header, row, rows
from tests.services.installing import Stage


@pytest.fixture(scope="module")
def town() -> Town:
    return Town()


@pytest.fixture
def stage(tmp_path: Path, town: Town) -> Stage:
    """Return a unit with one list in force: sequence 5, two plates."""
    made = Stage(tmp_path, town)
    made.installer.install(town.full(5, "AA11", "BB22"))
    return made


def test_full(stage: Stage) -> None:
    """A full list takes the place of the old one, whose files go."""
    now = stage.installer.install(stage.town.full(6, "CC33"))
    assert (now.sequence, now.signers) == (6, ("desk",))
    assert stage.plates() == ["CC33"]
    assert sorted(stage.files()) == sorted([f"{now.name}.csv", f"{now.name}.index", place.POINTER])
    assert len(open_index(stage.folder / f"{now.name}.index")) == 1


def test_deltas(stage: Stage) -> None:
    """Deltas follow each other: added, changed, removed, an urgent entry, a recovered car."""
    town, base = stage.town, rows("AA11", "BB22")
    fresh = sorted([row("E-AA11", "AA12"), *rows("CC33")])
    stage.installer.install(town.delta(6, base, fresh))
    assert stage.plates() == ["AA12", "CC33"]
    line = row("U1", "DD44", expires=NOW + timedelta(hours=3))
    stage.installer.install(town.urgent(7, fresh, line))
    assert stage.plates() == ["AA12", "CC33", "DD44"]
    stage.installer.install(town.recovered(9, sorted([*fresh, line]), "E-AA11"))
    assert stage.plates() == ["CC33", "DD44"]
    assert stage.sequence() == 9


def test_age_is_of_the_whole_list(stage: Stage) -> None:
    """An urgent entry makes no old list young; the next delta does."""
    base = rows("AA11", "BB22")
    stage.installer.install(stage.town.full(6, "AA11", "BB22", complete=NOW - DAY))
    line = row("U1", "DD44", expires=NOW + timedelta(hours=3))
    now = stage.installer.install(stage.town.urgent(7, base, line))
    assert now.version.issued == NOW - DAY
    now = stage.installer.install(stage.town.delta(8, sorted([*base, line]), base))
    assert now.version.issued == NOW


def test_version_travels(stage: Stage) -> None:
    """Alerts name the list, when it was whole and when it ends."""
    keeper = HotlistKeeper(stage.section, stage.clock)
    assert keeper.refresh()
    assert keeper.current is not None
    version = keeper.current.version
    assert version.version.startswith("town-5-")
    assert (version.issued, version.valid_from, version.expires) == (NOW, NOW, NOW + DAY)
    assert version.entries == 2


@pytest.mark.parametrize(
    ("why", "make"),
    [
        ("older", lambda town: town.full(5, "CC33")),
        ("older", lambda town: town.full(4, "CC33")),
        ("base", lambda town: town.delta(6, rows("AA11"), rows("CC33"))),
        ("early", lambda town: town.full(6, "CC33", valid_from=NOW + timedelta(hours=1))),
        ("expired", lambda town: town.full(6, "CC33", issued=NOW - 2 * DAY, expires=NOW,
                                           complete=NOW - 2 * DAY, valid_from=NOW - 2 * DAY)),
        ("list", lambda town: town.full(6, "CC33", list="state")),
        ("rejects", lambda town: town.full(6, "CC33", rejects=5)),
        ("sealed", lambda town: town.force(_signed(town), to=town.other)),
        ("sealed", lambda town: pack(_signed(town))),
        ("sealed", lambda _: b"no bundle at all"),
        ("signature", lambda town: town.force(build_full(rows("CC33"), about(6)))),
        ("signature", lambda town: town.force(signed(_unsigned(), town.stranger))),
        ("town", lambda town: town.force(changed_header(_signed(town), town="elsewhere"))),
        ("content", lambda town: town.send(build_full(rows("CC33")[::-1] * 2, about(6)))),
        ("content", lambda town: town.send(build_full(["E1,,,,,,,,,,,,"], about(6)))),
        ("content", lambda town: town.send(changed_header(_unsigned(), entries=2))),
        ("content", lambda town: town.send(changed_header(_unsigned(), result="0" * 64))),
        ("large", lambda town: town.send(changed_header(_unsigned(), entries=2000))),
    ],
)  # fmt: skip
def test_refused(stage: Stage, why: str, make) -> None:
    """Each refusal has its reason and leaves every file as it was; the next good list goes in."""
    before = stage.files()
    assert stage.refusal(make(stage.town)) == why
    assert stage.files() == before
    stage.restart()
    assert stage.plates() == ["AA11", "BB22"]
    stage.installer.install(stage.town.full(6, "CC33"))
    assert stage.plates() == ["CC33"]


def _unsigned() -> Bundle:
    return build_full(rows("CC33"), about(6))


def _signed(town: Town) -> Bundle:
    return signed(_unsigned(), town.issuer)


def test_revoked(tmp_path: Path) -> None:
    """An issuer who is revoked while the unit runs is refused from then on."""
    stage = Stage(tmp_path)
    stage.installer.install(stage.town.full(1, "AA11"))
    stage.town.revoked = ("desk",)
    assert stage.refusal(stage.town.full(2, "BB22")) == "signature"
    assert stage.plates() == ["AA11"]


def test_largest(tmp_path: Path, town: Town) -> None:
    """A bundle with more bytes than allowed is refused before it is opened."""
    stage = Stage(tmp_path, town, max_bundle_mb=0.0001)
    assert stage.refusal(town.full(1, "AA11")) == "large"


def test_again(stage: Stage) -> None:
    """The list in force, brought once more, changes nothing and is no error."""
    blob = stage.town.full(6, "CC33")
    first = stage.installer.install(blob)
    before = stage.files()
    assert stage.installer.install(blob) == first
    assert stage.files() == before


def test_roll_back_after_restart(stage: Stage) -> None:
    """The sequence is remembered without the process, and with a pointer that rotted."""
    old = stage.town.full(4, "CC33")
    stage.restart()
    assert stage.refusal(old) == "older"
    (stage.folder / place.POINTER).write_text("rotten")
    assert stage.refusal(old) == "older"
    assert stage.plates() == []
    stage.installer.install(stage.town.full(6, "DD44"))
    assert stage.plates() == ["DD44"]


@pytest.mark.parametrize("years", [-56, 73])
def test_clock_jumps(stage: Stage, years: int) -> None:
    """A clock that jumps while it is not set stops no list; a set one in the future refuses."""
    stage.clock.advance(years * 365 * 86_400.0)
    stage.clock.believed = False
    stage.installer.install(stage.town.full(6, "CC33"))
    assert stage.refusal(stage.town.full(4, "AA11")) == "older"
    stage.clock.believed = True
    assert stage.refusal(stage.town.full(7, "DD44")) in {"signature", "expired"}
    assert stage.plates() == ["CC33"]


def test_index_rots(stage: Stage) -> None:
    """A rotten index is made again from the rows; with rotten rows as well, there is no list."""
    now = place.in_force(stage.folder)
    assert now is not None
    (stage.folder / f"{now.name}.index").write_bytes(b"rotten")
    assert stage.plates() == ["AA11", "BB22"]
    rotten = stage.folder / f"{now.name}.csv"
    rotten.write_text(rotten.read_text().replace("AA11", "AA12"))
    assert stage.plates() == []


def test_limit_lowered(stage: Stage) -> None:
    """An installed list longer than the settings now allow is not taken, and that is said."""
    keeper = HotlistKeeper(stage.section.model_copy(update={"max_entries": 1}), stage.clock)
    keeper.refresh()
    assert keeper.current is None
    assert "has 2 entries, 1 are allowed; see hotlist.max_entries" in keeper.problem


def test_rows_rot(stage: Stage) -> None:
    """A delta on rows that rotted is refused; a full list mends the unit."""
    now = place.in_force(stage.folder)
    assert now is not None
    rotten = stage.folder / f"{now.name}.csv"
    rotten.write_text(rotten.read_text().replace("AA11", "AA12"))
    base = rows("AA11", "BB22")
    assert stage.refusal(stage.town.delta(6, base, rows("BB22", "CC33"))) == "content"
    rotten.unlink()
    assert stage.refusal(stage.town.delta(6, base, rows("CC33"))) == "base"
    stage.installer.install(stage.town.full(6, "CC33"))
    assert stage.plates() == ["CC33"]


@pytest.mark.parametrize("step", ["fsync", "replace", "unlink"])
def test_disk_fails(stage: Stage, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """A disk that fails at any step leaves a whole list, and a later try succeeds."""
    blob = stage.town.full(6, "CC33")

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(Path if step != "fsync" else os, step, fail)
        with pytest.raises(HotlistError, match="Input/output error"):
            stage.installer.install(blob)
        assert stage.plates() == ["AA11", "BB22"]
    stage.installer.install(blob)
    stage.installer.install(stage.town.full(7, "CC33"))
    assert stage.plates() == ["CC33"]
    assert len(stage.files()) == 3


def test_no_keys(tmp_path: Path) -> None:
    """A unit without keys says so and takes nothing."""
    stage = Stage(tmp_path)

    def trust() -> Trust:
        raise KeysError("no keys here")

    stage.town.trust = trust  # type: ignore[method-assign]
    stage.restart()
    with pytest.raises(KeysError, match="no keys here"):
        stage.installer.install(b"")
    assert stage.files() == {}


def test_reads_go_on(stage: Stage) -> None:
    """Whoever looks while lists change sees whole lists only, and the last one in the end."""
    plates = ["AA11", "BB22", "CC33", "DD44"]
    blobs = [stage.town.full(n, *plates[: 1 + n % 4]) for n in range(6, 26)]
    done, seen = threading.Event(), []
    keeper = HotlistKeeper(stage.section.model_copy(update={"reload_s": 0.0}), stage.clock)

    def look() -> None:
        while not done.is_set():
            keeper.refresh()
            current = keeper.current
            seen.append(current and [current.plate(one) for one in range(len(current))])

    thread = threading.Thread(target=look)
    thread.start()
    for blob in blobs:
        stage.installer.install(blob)
    done.set()
    thread.join()
    assert all(one == plates[: len(one)] for one in seen if one)
    keeper.refresh()
    keeper.refresh()
    assert keeper.current is not None
    assert keeper.current.version.version.startswith("town-25-")
