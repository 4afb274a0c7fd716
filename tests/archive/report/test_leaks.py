"""No plate is in a public report, wherever a careless hand has put one."""

from pathlib import Path

import pytest
from jinja2 import Environment, PackageLoader

from edge.archive.report.count import count
from edge.archive.report.page import page
from edge.archive.report.words import blackened, named, versioned
from edge.archive.report.write import write
from edge.messages.acts import ActRow
from scripts.month import Month

PLANTED = "MR20418 ab-53820 GOTCHA"
PLATES = ("MR20418", "53820", "GOTCHA")


@pytest.fixture(scope="module")
def careless(tmp_path_factory: pytest.TempPathFactory) -> Month:
    """Return a week in which every person wrote plates into every text."""
    folder = tmp_path_factory.mktemp("careless")
    return Month(folder, days=7, planted=PLANTED).write()


def test_the_folder_holds_no_plate(careless: Month, tmp_path: Path) -> None:
    """Page, tables, figures and manifest of a careless town hold none of the plates."""
    planted = "".join(str(row.payload) for row in careless.acts())
    assert planted.count("MR20418") > 100  # they are on the chains
    report = count(careless.acts(), careless.since, careless.until, town="windsor")
    write(tmp_path, report, careless.until)
    for file in tmp_path.iterdir():
        text = file.read_text("utf-8").upper()
        assert [plate for plate in PLATES if plate in text] == [], file.name
    assert "the council voted to pause the readers" in (tmp_path / "report.html").read_text()


def test_a_careless_template_would_leak(careless: Month) -> None:
    """Control: the same search finds the plates in a page that shows what was written."""
    raw = Environment(autoescape=True).from_string("{% for one in acts %}{{ one }}{% endfor %}")
    reasons = [row.payload for row in careless.acts() if row.kind in ("pause", "grant", "search")]
    text = raw.render(acts=reasons).upper()
    assert [plate for plate in PLATES if plate in text] == list(PLATES)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a funeral passes", "a funeral passes"),
        ("looking for MR20418 again", "looking ▮▮▮ again"),
        ("looking for AB 12345 again", "looking ▮▮▮ again"),
        ("AB-12345", "▮▮▮"),
        ("ab 12345", "▮▮▮"),
        ("the plate GOTCHA", "the plate ▮▮▮"),
        ("\uff2d\uff32\uff12\uff10\uff14", "▮▮▮"),
        ("a b 1 2 3", "▮▮▮"),
        ("M R 2", "▮▮▮"),
        ("see G O T C H A there", "see ▮▮▮ there"),
        ("Windsor PD asked", "Windsor PD asked"),
        ("٣٤٥", "▮▮▮"),
        ("a\u202eb", "a\ufffdb"),
    ],
    ids=[
        "words", "plate", "two-parts", "dash", "small", "vanity", "full-width", "spaced",
        "letters-apart", "spelled", "police", "other-digits", "turned",
    ],
)  # fmt: skip
def test_words(written: str, shown: str) -> None:
    """Words are blacked out where a plate might stand in them, and only there."""
    assert blackened(written) == shown


def test_names() -> None:
    """What is no name of the house is not shown at all."""
    assert named("bridge-2") == "bridge-2"
    assert named("AB12345") == named("<b>") == "(not a name)"
    assert versioned("town-42-0123456789ab") == "town-42-0123456789ab"
    assert versioned("MR20418-0123456789ab") == "(not a name)"


def test_markup_is_text(careless: Month) -> None:
    """What people wrote cannot become markup, and the page asks nobody for anything."""
    rows = [
        ActRow(one.name, one.epoch, one.number, one.at, one.kind, {**(one.payload or {})})
        for one in careless.acts()
    ]
    for row in rows:
        if row.kind == "pause" and row.payload:
            row.payload["reason"] = "<script>alert()</script> <img src=x>"
    text = page(count(rows, careless.since, careless.until))
    assert "<script" not in text
    assert "<img" not in text
    assert "&lt;script&gt;" in text
    assert "http" not in text
    assert PackageLoader("edge.archive.report").list_templates()
