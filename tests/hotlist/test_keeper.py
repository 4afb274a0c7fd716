"""The last good list stays in force, whatever happens to the file."""

import os
from pathlib import Path

import pytest

from edge.hotlist.keeper import HotlistKeeper
from edge.services.install import Installer
from tests.fakes import FakeClock
from tests.hotlist.bundles import TOWN, Town
from tests.hotlist.lists import section, write


class Kept:
    """A keeper with its file and its clock."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "town.csv"
        self.clock = FakeClock()
        self.keeper = HotlistKeeper(section(path=str(self.path), reload_s=5.0), self.clock)

    def look(self) -> bool:
        self.clock.advance(5.0)
        return self.keeper.refresh()

    def plates(self) -> list[str]:
        current = self.keeper.current
        return [current.plate(row) for row in range(len(current))] if current else []

    def replace(self, *plates: str) -> None:
        """Put another list in place by a rename, as it should be done."""
        write(self.path.with_suffix(".new"), *({"plate": plate} for plate in plates))
        self.path.with_suffix(".new").rename(self.path)


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


def test_no_path() -> None:
    """Without a path there is no list, and that is said."""
    keeper = HotlistKeeper(section(path=""), FakeClock())
    assert not keeper.refresh()
    assert keeper.current is None
    assert keeper.problem == "no list configured; set hotlist.path"


def test_first_list(kept: Kept) -> None:
    """The first look loads the list."""
    kept.replace("AA11")
    assert kept.keeper.refresh()
    assert kept.plates() == ["AA11"]
    assert kept.keeper.problem == ""
    assert not kept.look()


def test_not_too_often(kept: Kept) -> None:
    """The file is looked at only every so often."""
    kept.keeper.refresh()
    kept.replace("AA11")
    assert not kept.keeper.refresh()
    assert kept.look()


def test_new_list(kept: Kept) -> None:
    """A new list is in force once its file has kept still between two looks."""
    kept.replace("AA11")
    kept.look()
    kept.replace("BB22")
    assert not kept.look()
    assert kept.plates() == ["AA11"]
    assert kept.look()
    assert kept.plates() == ["BB22"]


def test_bad_list(kept: Kept) -> None:
    """A bad list is refused with its reason; the last good one holds; the next good one heals."""
    kept.replace("AA11")
    kept.look()
    kept.replace("A*")
    kept.look()
    assert not kept.look()
    assert kept.plates() == ["AA11"]
    assert "wildcard" in kept.keeper.problem
    kept.replace("CC33")
    kept.look()
    assert kept.look()
    assert kept.plates() == ["CC33"]
    assert kept.keeper.problem == ""


def test_missing_file(kept: Kept) -> None:
    """A list whose file goes away stays in force, and that is said until it is back."""
    kept.replace("AA11")
    kept.look()
    kept.path.unlink()
    assert not kept.look()
    assert kept.plates() == ["AA11"]
    assert "No such file" in kept.keeper.problem
    kept.replace("BB22")
    assert kept.look()
    assert kept.keeper.problem == ""


def test_written_in_place(kept: Kept) -> None:
    """A file that grows from look to look is not read before it is complete."""
    kept.replace("AA11")
    kept.look()
    whole = write(kept.path.with_suffix(".all"), *({"plate": f"BB{n}"} for n in range(30)))
    content = whole.read_bytes()
    for end in range(200, len(content), 400):
        kept.path.write_bytes(content[:end])
        assert not kept.look()
        assert kept.plates() == ["AA11"]
    kept.path.write_bytes(content)
    kept.look()
    assert kept.look()
    assert len(kept.plates()) == 30


def test_touched(kept: Kept) -> None:
    """A file with a new date and the same bytes is the same list."""
    kept.replace("AA11")
    kept.look()
    before = kept.keeper.current
    os.utime(kept.path, (1, 1))
    kept.look()
    assert not kept.look()
    assert before is not None
    assert kept.keeper.current is not None
    assert kept.keeper.current.version == before.version


def test_starts_with_bad_list(kept: Kept) -> None:
    """Without any good list there is none in force, and the reason is said."""
    kept.path.write_text("nonsense\n", encoding="utf-8")
    assert not kept.look()
    assert kept.keeper.current is None
    assert "is no known column" in kept.keeper.problem


def test_folder(kept: Kept) -> None:
    """A folder in the place of the file is a problem, not a crash."""
    kept.path.mkdir()
    assert not kept.look()
    assert "cannot be read" in kept.keeper.problem


@pytest.fixture
def signed(kept: Kept, tmp_path: Path) -> tuple[Kept, Installer, Town]:
    """Return a unit that may take the plain file, or signed lists from its folder."""
    town = Town()
    where = section(path=str(kept.path), folder=str(tmp_path / "lists"), reload_s=5.0)
    kept.keeper = HotlistKeeper(where, kept.clock)
    return kept, Installer(where, TOWN, town.trust, kept.clock), town


def test_signed_goes_before_plain(signed: tuple[Kept, Installer, Town]) -> None:
    """The plain file serves until a signed list is installed, and never after."""
    kept, installer, town = signed
    kept.replace("AA11")
    assert kept.look()
    assert kept.plates() == ["AA11"]
    installer.install(town.full(1, "BB22"))
    assert kept.look()
    assert kept.plates() == ["BB22"]
    kept.replace("CC33")
    assert not kept.look()
    assert kept.plates() == ["BB22"]


def test_pointer_goes_away(signed: tuple[Kept, Installer, Town]) -> None:
    """A signed list whose pointer vanishes or rots stays in force, and that is said."""
    kept, installer, town = signed
    kept.replace("AA11")
    installer.install(town.full(1, "BB22"))
    assert kept.look()
    pointer = installer._folder / "in-force.json"
    pointer.write_text("rotten")
    assert not kept.look()
    assert "is damaged" in kept.keeper.problem
    pointer.unlink()
    assert not kept.look()
    assert "No such file" in kept.keeper.problem
    assert kept.plates() == ["BB22"]
    installer.install(town.full(2, "CC33"))
    assert kept.look()
    assert (kept.plates(), kept.keeper.problem) == (["CC33"], "")


def test_refusals_are_told_beside(kept: Kept) -> None:
    """What was refused on its way in is told together with what is wrong with the list."""
    kept.keeper.refused = "x.bundle was refused"
    kept.look()
    assert "x.bundle was refused; " in kept.keeper.problem
    assert "No such file" in kept.keeper.problem
