"""Tests of the report, parsed as a browser would."""

import base64
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.errors import TruthError
from edge.evaluate.checked import Checked, token
from edge.evaluate.compare import load_earlier
from edge.evaluate.report.charts import Bar, intervals, matrix, reliability
from edge.evaluate.report.page import Markup, element, join, table
from edge.evaluate.report.write import page, write
from edge.evaluate.results import Evaluation
from edge.evaluate.run import evaluate
from edge.evaluate.sheet import Tile
from tests.evaluate import data
from tests.evaluate.pages import Page
from tests.fakes import FakeClock
from tests.vision import graphs

CHECKED = Checked(
    accepts={"one/b.webp": frozenset({token("one/b.webp", "AB12")})},
    bare=frozenset({"two/b.webp"}),
)


@pytest.fixture
def outcome(tmp_path: Path) -> Evaluation:
    """An evaluation with everything in it: checked labels, places, an earlier one to compare."""
    folder = data.write(tmp_path / "data")
    before = evaluate(folder, data.sections(tmp_path, graphs.fixed_reader("XY99")), FakeClock())
    write(tmp_path / "before", before)
    file = tmp_path / "before" / "figures.json"
    reader = graphs.placed_reader("AB12", [0.8, 0.1, 0.1])
    fields = graphs.jurisdictions("us-ny", "eu-de", "unknown")
    sections = data.sections(tmp_path, reader, **fields)
    earlier = (file, load_earlier(file))
    return evaluate(folder, sections, FakeClock(), checked=CHECKED, earlier=earlier)


def test_the_page_needs_nothing_from_elsewhere(outcome: Evaluation) -> None:
    """No script, style sheet or picture but those within; links only to the sheets beside it."""
    told = Page(page(outcome))
    sheets = {f"{name}.jpg" for name, tiles in outcome.sheets.items() if tiles}
    assert set(told.fetched) == sheets
    assert not {"script", "link", "iframe", "object", "embed"} & {tag for tag, _ in told.elements}
    assert "http" not in told.text


def test_headings_tables_and_links_make_sense(outcome: Evaluation) -> None:
    """One title, sections that the contents link to, a name for every table, chart and picture."""
    told = Page(page(outcome))
    tags = [tag for tag, _ in told.elements]
    assert tags.count("h1") == 1
    assert told.all("html")[0]["lang"] == "en"
    assert "width=device-width" in told.text
    sections = [attributes["id"] for attributes in told.all("section")]
    links = [a["href"][1:] for a in told.all("a") if a["href"].startswith("#")]
    assert links == sections
    assert tags.count("caption") == tags.count("table")
    assert all(attributes["alt"] for attributes in told.all("img"))
    assert tags.count("svg") == sum(a.get("role") == "img" for _, a in told.elements)
    identities = [a["id"] for _, a in told.elements if "id" in a]
    assert len(identities) == len(set(identities))


def test_figures_stand_on_the_page(outcome: Evaluation) -> None:
    """Both kinds of labels, capture and read rate, what was before, places, and the machine."""
    told = Page(page(outcome))
    words = " ".join(told.words)
    assert ["all", "66.7 %", "50.0 %", "33.3 %"] in told.rows
    assert "1 wrong ones corrected, 0 plates left out" in words
    assert ["reader", "2", "1", "0", "1"] in told.rows
    assert "2000 resamples" in words
    assert ["us-ny", "1", "100.0 %", "1 of 1", "-"] in told.rows
    assert told.row("detector.min_score")[1] == "0.4"
    assert told.row("sha256")[1] == outcome.details.models[0]["sha256"]
    assert [row[0] for row in told.rows if row[0] in {"decode", "detect", "rectify", "read"}]
    assert "Clopper" in words


def test_what_went_wrong_is_shown(outcome: Evaluation) -> None:
    """Each tile is a JPEG within the page, with its words as text beside it."""
    told = Page(page(outcome))
    images = told.all("img")
    lost = 1  # was right before and stands in the comparison too
    assert len(images) == sum(len(tiles) for tiles in outcome.sheets.values()) + lost
    for image in images:
        raw = base64.b64decode(image["src"].partition(",")[2], validate=True)
        assert cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR) is not None
    assert any("missed" in word for word in told.words)


def test_what_was_right_before_is_shown(tmp_path: Path) -> None:
    """A read that was lost since stands in the comparison with its picture."""
    folder = data.write(tmp_path / "data")
    right = evaluate(folder, data.sections(tmp_path, graphs.fixed_reader("AB12")), FakeClock())
    write(tmp_path / "out", right)
    file = tmp_path / "out/figures.json"
    wrong = evaluate(
        folder,
        data.sections(tmp_path, graphs.fixed_reader("XY99")),
        FakeClock(),
        earlier=(file, load_earlier(file)),
    )
    told = Page(page(wrong))
    assert "Right before, wrong now" in told.words
    row = next(row for row in told.rows if row[:2] == ["reader: whole plate exact", "all"])
    assert (row[3], row[4], row[-1]) == ("0.5", "0", "-50.00 points")


def test_results_are_written(outcome: Evaluation, tmp_path: Path) -> None:
    """The folder gets page, figures with models and settings, and a sheet for each fault."""
    write(tmp_path / "new" / "out", outcome)
    told = json.loads((tmp_path / "new/out/figures.json").read_text("utf-8"))
    assert len(told["figures"]) == len(outcome.figures)
    assert [model["name"] for model in told["models"]] == ["detector", "reader"]
    assert told["settings"]["detector"]["min_score"] == 0.4
    assert told["outcomes"]["reader"] == {"one/a.webp": True, "one/b.webp": False}
    assert Page((tmp_path / "new/out/report.html").read_text("utf-8")).all("h1")
    links = set(Page(page(outcome)).fetched)
    assert {file.name for file in (tmp_path / "new/out").glob("*.jpg")} == links


def test_a_folder_that_cannot_be_made_is_told(outcome: Evaluation, tmp_path: Path) -> None:
    """A file in the way of the folder is an error with its path."""
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(TruthError, match="cannot be written"):
        write(tmp_path / "file", outcome)


@pytest.mark.parametrize("kept", ["plates", "scenes", "pictures"])
def test_a_page_of_a_part_is_a_page(tmp_path: Path, kept: str) -> None:
    """What the data does not have is said; the page still parses and has all its sections."""
    folder = data.write(tmp_path / "data")
    for name in {"plates", "scenes", "pictures"} - {kept}:
        (folder / name / f"{name}.csv").unlink()
    sections = data.sections(tmp_path, graphs.fixed_reader("AB12"))
    told = Page(page(evaluate(folder, sections, FakeClock())))
    assert len(told.all("section")) == 11
    assert sum("The data has no dev line in" in word for word in told.words) == 2


def test_labels_cannot_break_the_page(outcome: Evaluation) -> None:
    """Markup in a file's name is words on the page, in text and in attributes."""
    evil = Tile(np.zeros((4, 4, 3), np.uint8), ("<script>\"&'</script>",), 1.0, "x")
    told = Page(page(replace(outcome, sheets={**outcome.sheets, "<b>": [evil]})))
    assert not told.all("script")
    assert told.all("img")[-1]["alt"] == evil.lines[0]
    assert element("p", "<", Markup("<b>")) == "<p>&lt;<b></p>"
    assert join(["a<", "b"], ", ") == "a&lt;, b"


def test_numbers_stand_to_the_right() -> None:
    """Columns of numbers are aligned, columns of words are not, and no rows make no error."""
    told = Page(table("t", ["name", "share", "note"], [["a", "1 %", "x"], ["b", "-", "2"]]))
    assert [a.get("class") for a in told.all("th")[:3]] == [None, "n", None]
    assert Page(table("t", ["name"], [])).rows == [["name"]]


def test_empty_drawings_are_drawings() -> None:
    """Nothing to draw gives axes, not an error."""
    drawings = (intervals("a", []), reliability("b", []), matrix("c", []))
    assert [Page(one).all("svg")[0]["role"] for one in drawings] == ["img"] * 3
    bar = Page(intervals("a", [Bar("under 40 px", 1.0, 0.95, 1.0, "note")]))
    assert "under 40 px" in bar.words
