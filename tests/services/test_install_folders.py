"""A bundle that lands in a folder is installed once it is complete; everything else is left."""

import os
from pathlib import Path

import pytest

from edge.config import load
from edge.errors import KeysError
from edge.hotlist.bundle_build import build_delta, build_full
from edge.hotlist.bundle_place import last_refused
from edge.hotlist.keeper import HotlistKeeper
from edge.policy.freshness import age_at, list_gate
from edge.records import GateResult
from edge.services.install_folders import Folders
from edge.services.lists import ListWatch
from tests.hotlist.bundles import DAY, NOW, Town, about, rows
from tests.services.installing import Stage


class Arrivals:
    """A unit with a watched folder and a stick."""

    def __init__(self, folder: Path) -> None:
        self.stage = Stage(folder)
        self.town: Town = self.stage.town
        self.inbox, self.stick = Path(self.stage.section.inbox), folder / "stick"
        self.inbox.mkdir()
        self.restart()

    def restart(self) -> None:
        self.stage.restart()
        stage = self.stage
        self.folders = Folders(stage.installer, self.inbox, [self.stick], stage.clock, 5.0)

    def looks(self, times: int = 2) -> str:
        """Look so often, and return the problem."""
        for _ in range(times):
            self.stage.clock.advance(5.0)
            self.folders.look()
        return self.folders.problem

    def names(self, folder: str = "") -> list[str]:
        place = self.inbox / folder
        return sorted(file.name for file in place.iterdir()) if place.exists() else []


@pytest.fixture
def unit(tmp_path: Path) -> Arrivals:
    return Arrivals(tmp_path)


def test_installed_and_moved(unit: Arrivals) -> None:
    """A bundle is installed and moved to done; no problem is told."""
    (unit.inbox / "a.bundle").write_bytes(unit.town.full(1, "AA11"))
    assert unit.looks() == ""
    assert unit.stage.plates() == ["AA11"]
    assert (unit.names(), unit.names("done")) == (["done"], ["a.bundle"])


def test_not_before_it_is_complete(unit: Arrivals) -> None:
    """A file that grows is not looked into before it has kept still."""
    blob, file = unit.town.full(1, "AA11"), unit.inbox / "a.bundle"
    for end in range(100, len(blob), 300):
        file.write_bytes(blob[:end])
        assert unit.looks(1) == ""
        assert unit.names() == ["a.bundle"]
    file.write_bytes(blob)
    unit.looks(1)
    assert unit.stage.plates() == []
    unit.looks(1)
    assert unit.stage.plates() == ["AA11"]


def test_not_too_often(unit: Arrivals) -> None:
    """Folders are looked at only every so often."""
    (unit.inbox / "a.bundle").write_bytes(unit.town.full(1, "AA11"))
    unit.looks(1)
    for _ in range(5):
        unit.folders.look()
    assert unit.stage.plates() == []


def test_refused_and_moved(unit: Arrivals) -> None:
    """A refused bundle lies in refused with the reason; health tells it until a list goes in."""
    unit.stage.installer.install(unit.town.full(5, "AA11"))
    (unit.inbox / "old.bundle").write_bytes(unit.town.full(4, "BB22"))
    problem = unit.looks()
    assert "old.bundle was refused (older): has sequence 4" in problem
    assert unit.names("refused") == ["old.bundle", "old.bundle.why.txt"]
    why = (unit.inbox / "refused" / "old.bundle.why.txt").read_text()
    assert why == "old.bundle: older: has sequence 4, 5 was installed already\n"
    assert unit.stage.plates() == ["AA11"]
    word = last_refused(unit.stage.folder)
    assert word is not None
    assert (word.why, Path(word.file).name) == ("older", "old.bundle")
    assert unit.looks(5) == problem
    (unit.inbox / "new.bundle").write_bytes(unit.town.full(6, "BB22"))
    assert unit.looks() == ""
    assert unit.stage.plates() == ["BB22"]


def test_foreign_files(unit: Arrivals) -> None:
    """Other files, hidden ones, folders, links and pipes are left alone."""
    target = unit.inbox.parent / "outside"
    target.write_bytes(unit.town.full(1, "AA11"))
    (unit.inbox / "read.me").write_text("hello")
    (unit.inbox / ".part.bundle").write_bytes(b"half")
    (unit.inbox / "folder.bundle").mkdir()
    (unit.inbox / "link.bundle").symlink_to(target)
    os.mkfifo(unit.inbox / "pipe.bundle")
    before = unit.names()
    assert unit.looks(4) == ""
    assert unit.names() == before
    assert unit.stage.plates() == []


def test_in_the_lists_own_order(unit: Arrivals) -> None:
    """A full list and its deltas that arrive together are installed by sequence, not by name."""
    steps = [rows("AA11"), rows("AA11", "BB22"), rows("BB22", "CC33")]
    (unit.inbox / "z.bundle").write_bytes(unit.town.full(1, "AA11"))
    (unit.inbox / "y.bundle").write_bytes(unit.town.delta(2, steps[0], steps[1]))
    (unit.inbox / "x.bundle").write_bytes(unit.town.delta(3, steps[1], steps[2]))
    assert unit.looks() == ""
    assert unit.stage.plates() == ["BB22", "CC33"]
    assert unit.names("done") == ["x.bundle", "y.bundle", "z.bundle"]


def test_before_its_time(unit: Arrivals) -> None:
    """A list for tomorrow waits in the folder and is no problem; tomorrow it is in force."""
    blob = unit.town.full(1, "AA11", valid_from=NOW + DAY, expires=NOW + 3 * DAY)
    (unit.inbox / "a.bundle").write_bytes(blob)
    assert unit.looks(4) == ""
    assert unit.names() == ["a.bundle"]
    unit.stage.clock.advance(86_400.0)
    unit.looks(1)
    assert unit.stage.plates() == ["AA11"]


def test_unit_without_keys(unit: Arrivals) -> None:
    """A unit that has no keys says so, keeps the file and takes it once it has."""

    def none() -> None:
        raise KeysError("no keys here")

    (unit.inbox / "a.bundle").write_bytes(unit.town.full(1, "AA11"))
    trust = unit.town.trust
    unit.town.trust = none  # type: ignore[method-assign, assignment]
    unit.restart()
    assert unit.looks(3) == "a.bundle waits: no keys here"
    unit.town.trust = trust  # type: ignore[method-assign]
    unit.restart()
    assert unit.looks() == ""
    assert unit.stage.plates() == ["AA11"]


def test_stick(unit: Arrivals) -> None:
    """A stick that appears is read and never written; it may stay, go, and come with a new list."""
    assert unit.looks() == ""
    unit.stick.mkdir()
    (unit.stick / "a.bundle").write_bytes(unit.town.full(2, "AA11"))
    (unit.stick / "older.bundle").write_bytes(unit.town.full(1, "BB22"))
    os.utime(unit.stick, (1, 1))
    assert unit.looks() == ""
    assert unit.stage.plates() == ["AA11"]
    unit.restart()
    assert unit.looks(3) == "", "the list in force and an older one on a stick are no fault"
    assert unit.stage.plates() == ["AA11"]
    assert unit.stick.stat().st_mtime == 1
    (unit.stick / "a.bundle").unlink()
    (unit.stick / "a.bundle").write_bytes(unit.town.full(3, "CC33"))
    unit.looks()
    assert unit.stage.plates() == ["CC33"]


def test_bad_stick(unit: Arrivals) -> None:
    """What a stick brings is refused for the same reasons, once, and told."""
    unit.stick.mkdir()
    (unit.stick / "a.bundle").write_bytes(b"no bundle")
    assert "a.bundle was refused (sealed)" in unit.looks()
    assert (unit.stick / "a.bundle").exists()


def test_too_large(unit: Arrivals) -> None:
    """A file larger than any bundle is not read."""
    file = unit.inbox / "a.bundle"
    with file.open("wb") as out:
        out.truncate(10**12)
    assert "(large)" in unit.looks()
    assert unit.names("refused") == ["a.bundle", "a.bundle.why.txt"]


def test_keeps_the_newest(unit: Arrivals) -> None:
    """Old refused files make room: a flood of them fills no disk."""
    for number in range(30):
        (unit.inbox / f"{number:02}.bundle").write_bytes(b"junk")
    unit.looks()
    assert unit.names() == ["refused"]
    assert len(unit.names("refused")) == 40


def test_replaced_while_it_is_installed(unit: Arrivals, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bundle that takes the place of one that is being installed has its turn."""
    file = unit.inbox / "a.bundle"
    file.write_bytes(unit.town.full(1, "AA11"))
    unit.looks(1)
    install = unit.stage.installer.install

    def slow(blob: bytes) -> object:
        monkeypatch.undo()
        now = install(blob)
        (unit.inbox / "b").write_bytes(unit.town.full(2, "BB22"))
        (unit.inbox / "b").replace(file)
        return now

    monkeypatch.setattr(unit.stage.installer, "install", slow)
    unit.looks(1)
    assert (unit.stage.plates(), unit.names()) == (["AA11"], ["a.bundle"])
    unit.looks()
    assert unit.stage.plates() == ["BB22"]


def test_health_hears_of_it(unit: Arrivals) -> None:
    """The thread of the lists installs, and the keeper tells what was refused beside its list."""
    keeper = HotlistKeeper(unit.stage.section, unit.stage.clock)
    lists = ListWatch(keeper, unit.folders)
    for name, blob in [("a", unit.town.full(1, "AA11")), ("b", b"junk")]:
        (unit.inbox / f"{name}.bundle").write_bytes(blob)
        for _ in range(3):
            unit.stage.clock.advance(5.0)
            lists._look()
    assert keeper.current is not None
    assert [keeper.current.plate(0)] == ["AA11"]
    assert "b.bundle was refused (sealed)" in keeper.problem
    (unit.inbox / "c.bundle").write_bytes(unit.town.full(2, "BB22"))
    for _ in range(3):
        unit.stage.clock.advance(5.0)
        lists._look()
    assert (keeper.current.plate(0), keeper.problem) == ("BB22", "")


def test_a_revoked_issuers_list_only_verifies(unit: Arrivals) -> None:
    """From the revocation on each hit's list gate fails with the reason; another issuer ends it."""
    keeper = HotlistKeeper(unit.stage.section, unit.stage.clock)
    lists = ListWatch(keeper, unit.folders)

    def gate() -> tuple[GateResult, str]:
        for _ in range(15):
            unit.stage.clock.advance(5.0)
            lists._look()
        assert keeper.current is not None
        version, now = keeper.current.version, unit.stage.clock.now()
        entry, age = keeper.current.entry(0), age_at(version, now, clock_trusted=True)
        found = list_gate(entry, version, age, load([]).settings.policy, now)
        return found.result, found.sentence

    (unit.inbox / "a.bundle").write_bytes(unit.town.full(1, "AA11"))
    assert gate()[0] is GateResult.PASS
    unit.town.revoked = ("desk",)
    assert gate() == (
        GateResult.FAIL,
        "The list is signed with a key that was revoked since: ask its owner whether the entry "
        "still holds.",
    )
    fresh = unit.town.send(build_full(rows("AA11"), about(2)), unit.town.second)
    (unit.inbox / "b.bundle").write_bytes(fresh)
    assert gate()[0] is GateResult.PASS


def test_issuer_revoked_since(unit: Arrivals) -> None:
    """A list whose issuer, or whose base's, is revoked holds on, and health asks for another."""
    town, base = unit.town, rows("AA11")
    second = build_delta(base, rows("AA11", "BB22"), about(2))
    for name, blob in [("a", town.full(1, "AA11")), ("b", town.send(second, town.second))]:
        (unit.inbox / f"{name}.bundle").write_bytes(blob)
    assert unit.looks(20) == ""
    town.revoked = ("desk",)
    assert "comes from a key that is revoked since" in unit.looks(20)
    assert unit.stage.plates() == ["AA11", "BB22"]
    fresh = town.send(build_full(rows("CC33"), about(3)), town.second)
    (unit.inbox / "c.bundle").write_bytes(fresh)
    assert unit.looks() == ""
    assert unit.stage.plates() == ["CC33"]


def test_keys_gone(unit: Arrivals) -> None:
    """Without its keys a unit keeps its list, and says that revocations cannot be seen."""
    (unit.inbox / "a.bundle").write_bytes(unit.town.full(1, "AA11"))
    unit.looks()

    def none() -> None:
        raise KeysError("no keys here")

    unit.town.trust = none  # type: ignore[method-assign, assignment]
    unit.restart()
    assert "nobody can say" in unit.looks()
    assert unit.stage.plates() == ["AA11"]
