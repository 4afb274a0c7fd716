"""An export is whole, open to read, and any change to it is named."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.archive.export import QUERIES, SEALED_QUERY, Export, Period
from edge.archive.manifest import PLAIN, SIGNED
from edge.archive.store import ArchiveStore
from edge.errors import ConfigError, EdgeError, KeysError
from edge.keys.trust import ROOT_FILE, Root
from edge.messages.letter import unpack
from edge.services.archive_export import check, export
from edge.services.audit_verify import verify_exports
from tests.archive.batches import EPOCH, a_chain, give, rewritten
from tests.archive.test_store import ALERT, DAY, LETTER, erase_due, keep
from tests.fakes import START, FakeClock
from tests.keys.cast import keys_folder, keys_of, root_of

ROOT = Root("windsor", root_of().public)
CHAIN = a_chain(60)
ALL = Period()


def write(store: ArchiveStore, tmp_path: Path, period: Period = ALL) -> Export:
    keys = keys_folder(tmp_path / "keys", "archive")
    folder, clock = tmp_path / "export", FakeClock()
    return export(store, keys_of("archive"), keys, folder, period, clock, "the council asked")


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(newline="") as opened:
        return list(csv.DictReader(opened))


def test_an_export_holds_offline(archive: ArchiveStore, tmp_path: Path) -> None:
    """Every chain in it verifies with the root alone, the archive's own with the act itself."""
    give(archive, CHAIN, 1, 60)
    with archive.transaction():
        archive.erase_payload("bridge-2", EPOCH, 9)
    keep(archive)
    made = write(archive, tmp_path)
    found = {one.name: one for one in verify_exports([made.folder], ROOT, [])}
    assert {name: one.good for name, one in found.items()} == {"archive": True, "bridge-2": True}
    assert (found["bridge-2"].rows, found["bridge-2"].erased) == (60, 1)
    assert found["archive"].proven == found["archive"].rows == 1
    acts = [row.payload for row in archive.acts(["export"])]
    assert [act["why"] for act in acts if act] == ["the council asked"]
    assert check(made.folder, tmp_path / "keys" / ROOT_FILE).wrong == ()
    assert [row["rows"] for row in table(made.folder, "chains.csv")] == ["1", "60"]


def test_letters_leave_sealed_as_they_came(archive: ArchiveStore, tmp_path: Path) -> None:
    """Each letter is a file with the very bytes; one that was erased is told without a file."""
    keep(archive)
    made = write(archive, tmp_path)
    (row,) = table(made.folder, "letters.csv")
    assert row["number"] == str(ALERT)
    assert unpack((made.folder / row["file"]).read_bytes(), "it", 10_000) == LETTER
    erase_due(archive, 31)
    made = write(archive, tmp_path / "later")
    assert [row["file"] for row in table(made.folder, "letters.csv")] == [""]


def test_searches_leave_sealed_for_auditors(archive: ArchiveStore, tmp_path: Path) -> None:
    """What the archive keeps of them is in the export with the very bytes, and in its manifest."""
    keep(archive)
    held = archive.db.folder / QUERIES
    held.mkdir(exist_ok=True)
    (held / f"{'ab' * 32}{SEALED_QUERY}").write_bytes(b"sealed")
    made = write(archive, tmp_path)
    (file,) = (made.folder / QUERIES).iterdir()
    assert file.read_bytes() == b"sealed"
    assert check(made.folder, tmp_path / "keys" / ROOT_FILE).wrong == ()
    file.write_bytes(b"another")
    assert "queries/" in check(made.folder, tmp_path / "keys" / ROOT_FILE).wrong[0]


@pytest.mark.parametrize(("days", "letters"), [(0.0, 1), (1.0, 0)])
def test_a_period_chooses_letters(
    archive: ArchiveStore, tmp_path: Path, days: float, letters: int
) -> None:
    """Letters that came before the first day stay out; chains go whole."""
    give(archive, CHAIN, 1, 60)
    keep(archive)
    made = write(archive, tmp_path, Period(since=START.later(days * DAY).iso()))
    assert (made.letters, made.rows) == (letters, 61)


def test_a_broken_chain_is_broken_in_the_export(archive: ArchiveStore, tmp_path: Path) -> None:
    """What the archive found goes out with it: the table names it, and verification finds it."""
    give(archive, CHAIN, 1, 60)
    other = rewritten(a_chain(70), 30)
    give(archive, other, 60, 70)
    give(archive, other, 1, 70)
    made = write(archive, tmp_path)
    rows = [row for row in table(made.folder, "chains.csv") if row["name"] == "bridge-2"]
    assert [(row["branch"], row["broken_row"]) for row in rows] == [("0", "30"), ("1", "30")]
    found = [(one.name, one.good) for one in verify_exports([made.folder], ROOT, [])]
    assert found == [("archive", True), ("bridge-2", False), ("bridge-2", False)]


CHANGES: dict[str, Callable[[Path], object]] = {
    "changed": lambda folder: (folder / "units.csv").write_text("nobody\n"),
    "missing": lambda folder: (folder / "letters.csv").unlink(),
    "added": lambda folder: (folder / "letters" / "more").write_text("x"),
    "renamed": lambda folder: (folder / "chains.csv").rename(folder / "chain.csv"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_export_is_named(archive: ArchiveStore, tmp_path: Path, name: str) -> None:
    """A file that was changed, removed, added or renamed is told by its name."""
    keep(archive)
    give(archive, CHAIN, 1, 60)
    made = write(archive, tmp_path)
    CHANGES[name](made.folder)
    wrong = check(made.folder, tmp_path / "keys" / ROOT_FILE).wrong
    assert len(wrong) == (2 if name == "renamed" else 1)


def test_a_forged_manifest_is_refused(archive: ArchiveStore, tmp_path: Path) -> None:
    """Nobody can make another manifest without the archive's key; the plain copy proves nothing."""
    give(archive, CHAIN, 1, 60)
    made = write(archive, tmp_path)
    signed = made.folder / SIGNED
    signed.write_bytes(signed.read_bytes().replace(b"units.csv", b"other.csv"))
    with pytest.raises(KeysError, match="does not hold"):
        check(made.folder, tmp_path / "keys" / ROOT_FILE)
    assert "units.csv" in {
        one["file"] for one in json.loads((made.folder / PLAIN).read_bytes())["files"]
    }


def test_a_folder_that_is_there_is_not_touched(archive: ArchiveStore, tmp_path: Path) -> None:
    """An export never mixes with something else, and what is refused is not on record."""
    (tmp_path / "export").mkdir()
    with pytest.raises(ConfigError, match="is there already"):
        write(archive, tmp_path)
    assert list(archive.acts()) == []


def test_an_export_that_cannot_be_recorded_does_not_happen(
    archive: ArchiveStore, tmp_path: Path
) -> None:
    """Without its row on the chain nothing leaves the archive."""
    archive.close()
    with pytest.raises(EdgeError):
        write(archive, tmp_path)
    assert not (tmp_path / "export").exists()
