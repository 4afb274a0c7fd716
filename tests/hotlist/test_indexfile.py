"""A list comes out of its index file as it went in, or is refused with a sentence."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.errors import HotlistError
from edge.hotlist import indexfile
from edge.hotlist.csvfile import load_csv
from edge.hotlist.index import Hotlist
from edge.hotlist.indexfile import open_index, write_index
from edge.hotlist.lint import lint
from edge.hotlist.matcher import Matcher
from tests.fakes import START
from tests.hotlist.lists import listed, section, sighting_of, write
from tests.hotlist.make_list import write_list

NOW = datetime(2026, 1, 1, 10, tzinfo=UTC)


def refusal(file: Path) -> str:
    with pytest.raises(HotlistError) as caught:
        open_index(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert "install the list again" in str(caught.value)
    return str(caught.value)


def all_of(hotlist: Hotlist) -> list[object]:
    return [hotlist.entry(row) for row in range(len(hotlist))]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """Return the index file of three entries, one of them partial."""
    rows = ({}, {"plate": "XY12", "reason": "Diebstahl in Zürich"}, {"plate": "AB?12*"})
    write_index(listed(tmp_path, *rows), tmp_path / "town.index")
    return tmp_path / "town.index"


@pytest.mark.parametrize("entries", [0, 1, 2000])
def test_same_list(tmp_path: Path, entries: int) -> None:
    """Version, entries, lines and lint are those of the list that was written."""
    hotlist = load_csv(write_list(tmp_path / "town.csv", entries, seed=5), 5000)
    write_index(hotlist, tmp_path / "town.index")
    opened = open_index(tmp_path / "town.index")
    assert opened.version == hotlist.version
    assert all_of(opened) == all_of(hotlist)
    assert opened.lines.tolist() == hotlist.lines.tolist()
    assert lint(opened, NOW) == lint(hotlist, NOW)


def test_version_with_dates(tmp_path: Path) -> None:
    """The dates between which a list may be used travel with it."""
    hotlist = listed(tmp_path, {})
    ends = datetime(2026, 2, 1, 12, 30, tzinfo=UTC)
    dated = replace(hotlist.version, valid_from=hotlist.version.issued, expires=ends)
    hotlist.version = dated
    write_index(hotlist, tmp_path / "town.index")
    assert open_index(tmp_path / "town.index").version == dated


def test_matcher_sees_no_difference(tmp_path: Path, written: Path) -> None:
    """Sightings hit the opened list as they hit the one that was loaded."""
    for text in ("ABC1234", "XY12", "ABX12", "ABC1235", "QQQ"):
        sighting = sighting_of(text)
        loaded = load_csv(tmp_path / "town.csv", 10)
        both = [
            Matcher(section()).match(sighting, one, START) for one in (loaded, open_index(written))
        ]
        told = [[(h.entry, h.probability, h.posterior, h.exact) for h in hits] for hits in both]
        assert told[0] == told[1]
        assert len(told[0]) == {"ABC1234": 2, "ABC1235": 1, "QQQ": 0}.get(text, 1)


def test_replaced_while_open(tmp_path: Path, written: Path) -> None:
    """A list in use goes on when its file is replaced or taken away."""
    opened = open_index(written)
    before = all_of(opened)
    write_index(listed(tmp_path, {"plate": "NEW1"}), written)
    assert [hit.entry.plate for hit in _hits(open_index(written), "NEW1")] == ["NEW1"]
    written.unlink()
    assert all_of(opened) == before


def _hits(hotlist: Hotlist, text: str) -> tuple:
    return Matcher(section()).match(sighting_of(text), hotlist, START)


def test_every_cut_is_refused(written: Path) -> None:
    """A file that ends early, anywhere, or goes on, is refused; whole it opens."""
    whole = written.read_bytes()
    for end in range(0, len(whole), 7):
        written.write_bytes(whole[:end])
        assert "cut off" in refusal(written) or end < 56
    written.write_bytes(whole + b"\0")
    assert "cut off" in refusal(written)
    written.write_bytes(whole)
    assert len(open_index(written)) == 3


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_damage_is_refused(written: Path, data: st.DataObject) -> None:
    """Any byte that changed, in head, description, columns or padding, refuses the file."""
    kept = written.with_suffix(".kept")
    if not kept.exists():
        kept.write_bytes(written.read_bytes())
    whole = kept.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    flip = data.draw(st.integers(1, 255))
    written.write_bytes(whole[:place] + bytes([whole[place] ^ flip]) + whole[place + 1 :])
    refusal(written)


def test_other_version(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An index of another version of the format is refused by name, not read."""
    monkeypatch.setattr(indexfile, "FORMAT", 2)
    assert "version 1, this program reads 2" in refusal(written)


def test_no_index(tmp_path: Path) -> None:
    """A CSV, an empty file, a folder and nothing at all are no index."""
    assert "no index" in refusal(write(tmp_path / "town.csv", {}))
    (tmp_path / "empty").write_bytes(b"")
    assert "no index" in refusal(tmp_path / "empty")
    assert "cannot be read" in refusal(tmp_path)
    assert "No such file" in refusal(tmp_path / "none")


class _Disk:
    """Records what is asked of the system, and fails at one of its steps."""

    def __init__(self, patch: pytest.MonkeyPatch, fail_at: int = -1) -> None:
        self.steps: list[str] = []
        self._fail_at = fail_at
        real_sync, real_replace = os.fsync, Path.replace

        def fsync(number: int) -> None:
            self.step("fsync folder" if os.path.isdir(f"/proc/self/fd/{number}") else "fsync file")  # noqa: PTH112
            real_sync(number)

        def move(path: Path, target: Path) -> Path:
            self.step("rename")
            return real_replace(path, target)

        patch.setattr(os, "fsync", fsync)
        patch.setattr(Path, "replace", move)

    def step(self, name: str) -> None:
        if len(self.steps) == self._fail_at:
            raise OSError(28, "No space left on device")
        self.steps.append(name)


@pytest.fixture
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as context:
        yield context


def test_safe_on_the_disk_before_it_has_the_name(
    tmp_path: Path, written: Path, patch: pytest.MonkeyPatch
) -> None:
    """The bytes reach the disk before the rename, and the rename itself does, too."""
    hotlist = listed(tmp_path, {})
    disk = _Disk(patch)
    write_index(hotlist, written)
    assert disk.steps == ["fsync file", "rename", "fsync folder"]


@pytest.mark.parametrize("step", [0, 1])
def test_a_full_disk_leaves_the_old_list(
    tmp_path: Path, written: Path, patch: pytest.MonkeyPatch, step: int
) -> None:
    """A failure on the way is told, leaves the old file whole and nothing beside it."""
    hotlist = listed(tmp_path, {"plate": "NEW1"})
    before = written.read_bytes()
    _Disk(patch, fail_at=step)
    with pytest.raises(HotlistError, match=r"cannot be written: No space left.*see the disk"):
        write_index(hotlist, written)
    assert written.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["town.csv", "town.index"]
