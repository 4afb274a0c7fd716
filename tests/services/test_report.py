"""Reports from exported files and from an archive: the same figures, and nothing unproven."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from edge.archive.database import Database
from edge.archive.report.count import Report, count, figures
from edge.archive.report.write import Chains, recount, write
from edge.archive.store import ArchiveStore
from edge.cli import main
from edge.errors import ReportError
from edge.keys.trust import load_root
from edge.services.report import ExportedChains, StoredChains
from scripts.month import Month
from scripts.month_signed import export, fill
from tests.fakes import START, FakeClock
from tests.keys.cast import TOWN


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Month:
    """Return the chains of four days."""
    return Month(tmp_path_factory.mktemp("month"), days=4, seed=3).write()


@pytest.fixture
def exported(month: Month, tmp_path: Path) -> Path:
    """Return a folder of exports; the town's root lies beside it."""
    export(month, tmp_path / "exports")
    return tmp_path / "exports"


def counted(month: Month, chains: Chains) -> Report:
    """Return the report of the four days."""
    held = list(chains.held())
    return count(chains.acts(), month.since, month.until, town=TOWN, held=held)


def opened(folder: Path) -> ExportedChains:
    """Return the chains of a folder, verified."""
    return ExportedChains([folder], load_root(folder.parent / "town.json")).open()


def test_exports_and_archive_give_the_same(month: Month, exported: Path, tmp_path: Path) -> None:
    """Counted from files, from an archive and from the stores themselves: one report."""
    truth = figures(counted(month, month))
    assert truth["unknown"] == ()
    assert figures(counted(month, opened(exported))) == truth
    database = Database(tmp_path / "archive")
    with ArchiveStore(database, TOWN, "archive", FakeClock()) as store:
        fill(month, store, START)
        chains = StoredChains(store).open()
        assert figures(counted(month, chains)) == truth
        assert chains.hash_at("bridge-2", month.town.epochs["bridge-2"], 10**6) == ""


def test_a_changed_export_is_counted_to_its_fault(month: Month, exported: Path) -> None:
    """Rows behind a change do not count, and the report names the place."""
    file = exported / "bridge-2.chain.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    fields = json.loads(lines[40])
    fields["payload"] = fields["payload"].replace('"reads":', '"reads":9')
    lines[40] = json.dumps(fields, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    file.write_bytes(b"".join(lines))
    report = counted(month, opened(exported))
    assert report.reads() < counted(month, month).reads()
    told = next(one for one in report.unknown if one.startswith("bridge-2"))
    assert "row 40" in told


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "UPDATE chain_payloads SET payload = replace(payload, '\"reads\":', '\"reads\":9')"
            " WHERE number = 60 AND chain = (SELECT id FROM chains WHERE name = 'bridge-2')",
            "the words of row 60 were changed",
        ),
        (
            "UPDATE chain_rows SET at = '2026-10-01T00:00:00.000Z'"
            " WHERE number = 60 AND chain = (SELECT id FROM chains WHERE name = 'bridge-2')",
            "row 60 was changed",
        ),
        (
            "DELETE FROM chain_rows"
            " WHERE number = 60 AND chain = (SELECT id FROM chains WHERE name = 'bridge-2')",
            "row 60 is missing",
        ),
    ],
    ids=["words", "row", "gone"],
)
def test_a_database_that_was_doctored(
    statement: str, told: str, month: Month, tmp_path: Path
) -> None:
    """Who changes the archive's database changes no figure unseen: rows count up to there."""
    place = tmp_path / "archive"
    with ArchiveStore(Database(place), TOWN, "archive", FakeClock()) as store:
        fill(month, store, START)
    with closing(sqlite3.connect(place / "archive.db")) as db, db:
        db.execute(statement)
    with ArchiveStore(Database(place), TOWN, "archive", FakeClock()) as store:
        report = counted(month, StoredChains(store).open())
    assert any(f"in the archive's own database, {told}" in one for one in report.unknown)
    line = next(one for one in report.chains if one.name == "bridge-2")
    assert line.rows == 59
    assert report.reads() < counted(month, month).reads()


def test_rows_that_nobody_signed_do_not_count(month: Month, exported: Path) -> None:
    """A file without its head is nobody's word: nothing in it counts."""
    file = exported / "route-5.chain.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(one for one in lines if not one.startswith(b'{"head"')))
    report = counted(month, opened(exported))
    assert "route-5" not in {unit.unit for unit in report.times.units}
    assert any("no signature covers any row" in one for one in report.unknown)


def test_a_file_that_is_none(exported: Path) -> None:
    """What is no export at all stops the report with a sentence."""
    (exported / "x.chain.jsonl").write_text("hello\n")
    with pytest.raises(ReportError, match="is no export of a chain"):
        opened(exported)


def test_recount_of_exports(month: Month, exported: Path, tmp_path: Path) -> None:
    """A report of an archive is counted again from files, by somebody else."""
    write(tmp_path / "report", counted(month, month), month.until)
    assert recount(tmp_path / "report", opened(exported)) == ()


def test_the_command(exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Report and recount from files by the command; a figure that was changed ends with 1."""
    out, root = str(tmp_path / "report"), str(exported.parent / "town.json")
    source = ["--chains", str(exported), "--root", root]
    days = ["--from", "2026-10-01", "--until", "2026-10-05"]
    assert main(["report", *days, "--out", out, *source]) == 0
    first = (tmp_path / "report" / "manifest.json").read_bytes()
    assert main(["report", *days, "--out", out, *source]) != 0
    assert "give --overwrite to lose it" in capsys.readouterr().err
    assert (tmp_path / "report" / "manifest.json").read_bytes() == first
    assert main(["report", *days, "--out", out, "--overwrite", *source]) == 0
    assert "hits" in capsys.readouterr().out
    assert main(["report", "--recount", out, *source]) == 0
    assert "every figure is the same" in capsys.readouterr().out
    file = tmp_path / "report" / "figures.json"
    file.write_text(file.read_text("utf-8").replace('"misread": ', '"misread": 1'), "utf-8")
    assert main(["report", "--recount", out, *source]) == 1
    assert "misread: the report has" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--out", "x"], "of which days"),
        (["--month", "2026-13", "--out", "x"], "is no date; write it like 2026-10"),
        (["--month", "2026-10"], "name either --out"),
        (["--month", "2026-10", "--from", "2026-10-01", "--out", "x"], "not both"),
        (["--from", "2026-10-05", "--until", "2026-10-05", "--out", "x"], "is not after"),
    ],
    ids=["no-days", "no-month", "no-folder", "both", "turned"],
)
def test_what_is_asked_wrongly(
    words: list[str], sentence: str, exported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each wrong use ends with 2 and says how to mend it."""
    source = ["--chains", str(exported), "--root", str(exported.parent / "town.json")]
    assert main(["report", *words, *source]) == 2
    assert sentence in capsys.readouterr().err
