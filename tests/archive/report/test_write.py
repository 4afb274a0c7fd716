"""The folder of a report, and what counting it again finds."""

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.archive.report.count import Report, count
from edge.archive.report.tables import tables
from edge.archive.report.write import recount, write
from edge.errors import ReportError
from scripts.month import Month


@pytest.fixture(scope="module")
def counted(week: Month) -> Report:
    """Return the report of the short month."""
    return count(week.acts(), week.since, week.until, town="windsor", held=list(week.held()))


@pytest.fixture
def folder(counted: Report, tmp_path: Path) -> Iterator[Path]:
    """Return a folder with that report."""
    write(tmp_path / "report", counted, "2026-10-09T08:00:00.000Z")
    return tmp_path / "report"


@pytest.fixture
def own(week: Month, tmp_path: Path) -> Month:
    """Return chains of one's own, to be changed."""
    copy = Month(tmp_path / "chains", days=7, seed=2)
    shutil.copytree(week.folder, copy.folder)
    return copy


def test_a_true_report_recounts(folder: Path, week: Month) -> None:
    """Counted again from the same chains, no figure differs."""
    assert recount(folder, week) == ()


def test_later_rows_change_nothing(folder: Path, own: Month) -> None:
    """Rows that came after the report was made are not counted into it."""
    with own.chain("bridge-2") as (db, audit), db.transaction():
        last = audit.links()[-1]
        payload = audit.payload(last.number)
        assert payload is not None
        for _ in range(3):
            audit.append(last.kind, payload, own.moment(own.town.begin + 60))
    assert recount(folder, own) == ()


def test_a_figure_that_was_polished_is_named(folder: Path, week: Month) -> None:
    """A misread less in the figures shows as the file, the category and both numbers."""
    file = folder / "figures.json"
    figures = json.loads(file.read_text("utf-8"))
    line = next(one for one in figures["hits"]["categories"] if one["misread"])
    line["misread"] -= 1
    file.write_text(json.dumps(figures), "utf-8")
    found = {one.where: (one.told, one.counted) for one in recount(folder, week)}
    where = f"hits.categories[{line['category']}].misread"
    assert found[where] == (str(line["misread"]), str(line["misread"] + 1))
    assert set(found) == {"file figures.json", where}


def test_a_page_that_was_touched_is_named(folder: Path, week: Month) -> None:
    """A page that is not the one that was made is named, though every figure is right."""
    page = folder / "report.html"
    page.write_text(page.read_text("utf-8").replace("Misread", "Missed"), "utf-8")
    assert [one.where for one in recount(folder, week)] == ["file report.html"]


def test_a_rewritten_chain_is_named(folder: Path, own: Month) -> None:
    """A chain that was made anew with other counts is named by its head, and so are the counts."""
    with own.chain("bridge-2") as (db, audit):
        rows = [(audit.payload(link.number), link) for link in audit.links()]
        with db.transaction():
            db.execute("DELETE FROM audit_payloads")
            db.execute("DELETE FROM audit")
            for payload, link in rows:
                told = dict(payload or {})
                if link.kind == "hour":
                    told["reads"] = 1
                audit.append(link.kind, told, own.moment_of(link.at))
    where = [one.where for one in recount(folder, own)]
    assert any(one.startswith("row ") and "of bridge-2" in one for one in where)
    assert "times.days[2026-10-02].reads" in where


def test_a_chain_that_is_not_there_is_named(folder: Path, own: Month) -> None:
    """Chains that whoever recounts does not hold are named, not passed over."""
    del own.town.epochs["dispatch"]
    found = recount(folder, own)
    assert ("is not held here", True) in [
        (one.counted, "of dispatch" in one.where) for one in found
    ]


def test_what_is_no_report(tmp_path: Path, week: Month, folder: Path) -> None:
    """A folder without a manifest, or with another's, is refused with a sentence."""
    with pytest.raises(ReportError, match="is this the folder of 'edge report --out'"):
        recount(tmp_path / "nowhere", week)
    manifest = folder / "manifest.json"
    told = json.loads(manifest.read_text())
    told["files"][0]["name"] = "../../etc/passwd"
    manifest.write_text(json.dumps(told))
    with pytest.raises(ReportError, match="names files that are no report's"):
        recount(folder, week)
    manifest.write_text("{}")
    with pytest.raises(ReportError, match="is no manifest of a report"):
        recount(folder, week)


def test_tables_are_the_figures(folder: Path, counted: Report) -> None:
    """Every table can be read by a spreadsheet, and its sums are the page's."""
    with (folder / "days.csv").open(newline="", encoding="utf-8") as file:
        days = list(csv.DictReader(file))
    assert sum(int(one["reads"]) for one in days) == counted.reads()
    with (folder / "hits.csv").open(newline="", encoding="utf-8") as file:
        hits = list(csv.DictReader(file))
    assert sum(int(one["confirmed"]) for one in hits) == counted.hits.total("confirmed") > 0
    assert len(tables(counted)) == len(list(folder.glob("*.csv"))) == 12


def test_a_cell_is_no_formula(week: Month) -> None:
    """A reason that begins like a formula is text in the tables."""
    rows = list(week.acts())
    for row in rows:
        if row.kind == "pause" and row.payload:
            row.payload["reason"] = "=cmd|x"
    made = tables(count(rows, week.since, week.until))["pauses.csv"].decode()
    assert "'=cmd|x" in made
    assert ",=cmd" not in made
