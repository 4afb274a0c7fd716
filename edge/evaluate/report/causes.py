"""What makes a read wrong: characters that look alike, width, angle, light."""

from edge.evaluate import finding, reading, whole
from edge.evaluate.characters import Characters, Pair, Taken
from edge.evaluate.report.charts import matrix
from edge.evaluate.report.page import (
    Child,
    Markup,
    element,
    figure,
    folded,
    join,
    paragraph,
    section,
    table,
    wide,
)
from edge.evaluate.report.shelf import NONE, Shelf, percent, ranges, span
from edge.evaluate.results import Evaluation

_COMMONEST = 20


def letters(evaluation: Evaluation) -> Markup:
    """Return which characters are taken for which."""
    told = evaluation.details.characters
    if not told.total:
        return section("characters", "Characters", paragraph("No crops were read."))
    return section(
        "characters",
        "Characters",
        paragraph(
            f"{told.edits} of {told.total} characters on crops were wrong, missing or too many "
            f"({percent(told.edits / told.total)}); each read is aligned with its label by the "
            "fewest edits."
        ),
        figure(
            wide(matrix("What was taken for what", told.taken)),
            "Rows: what stands on the plate. Columns: what was read. ∅ is no character: a column "
            "of lost ones, a row of ones too many.",
        ),
        table(
            "Characters that look alike, whether taken for each other or not.",
            ["pair", "first read as second", "second read as first", "in all", "of characters"],
            [_pair(one) for one in told.pairs],
        ),
        _commonest(told),
    )


def _pair(one: Pair) -> list[Child]:
    both, standing = one.one_as_other + one.other_as_one, one.ones + one.others
    share = percent(both / standing) if standing else NONE
    return [
        f"{one.one} / {one.other}",
        f"{one.one_as_other} of {one.ones}",
        f"{one.other_as_one} of {one.others}",
        str(both),
        share,
    ]


def _commonest(told: Characters) -> Markup:
    rows = [_taken(one) for one in told.taken[:_COMMONEST]]
    return table(
        f"The {len(rows)} commonest mistakes.",
        ["on the plate", "read as", "times", "of its characters"],
        rows,
    )


def _taken(one: Taken) -> list[Child]:
    share = percent(one.count / one.of) if one.of else NONE
    return [one.true or "nothing", one.read or "nothing", str(one.count), share]


_SCALES = (
    ("width", "Width", "Width of the plate in pixels of the stored picture."),
    ("tilt", "Tilt", "How far the plate's upper and lower edges are from level."),
    ("lean", "Lean", "How far its sides are from standing upright on them: seen from the side."),
    ("light", "Light", "Mean grey of the plate, 0 black to 255 white."),
    ("contrast", "Contrast", "Grey levels between its darkest and its brightest twentieth."),
)
_PARTS = (
    ("pictures", whole.READ, "Whole pictures: of the plates found, read exactly."),
    ("reader", reading.EXACT, "Crops read exactly; stored crops are at most 160 px wide."),
    ("detector", finding.RECALL, "Scenes: plates found, measured on the labelled box."),
)


def conditions(shelf: Shelf) -> Markup:
    """Return accuracy against width, angle and light."""
    parts: list[Markup] = []
    for by, title, what in _SCALES:
        drawn = [
            chart
            for part, name, caption in _PARTS
            if (chart := ranges(shelf, part, name, by, f"{title}: {caption}", caption)) is not None
        ]
        if drawn:
            parts += [element("h3", title), paragraph(what), *drawn]
    note = "Dots are shares, lines their 95 % intervals with plates resampled. Tilt and lean are "
    return section(
        "conditions",
        "Width, angle, light",
        paragraph(note, "by the detector's own corners."),
        *(parts or [paragraph("Nothing was measured.")]),
        folded("The same as a table", _table(shelf)) if parts else join([]),
    )


def _table(shelf: Shelf) -> Markup:
    rows: list[list[Child]] = []
    for by, title, _ in _SCALES:
        for part, name, _ in _PARTS:
            found = shelf.pick(part, name, by, "checked") or shelf.pick(part, name, by)
            for one in found:
                low, high = one.low_plates or 0.0, one.high_plates or 0.0
                limits = span(low, high)
                counts = [str(one.hits), str(one.total), str(one.plates)]
                rows.append([title, one.group, part, percent(one.value), limits, *counts])
    head = ["scale", "range", "part", "share", "95 %", "right", "of", "plates"]
    return table("By checked labels where there are some.", head, rows)
