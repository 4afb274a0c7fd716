"""The page's first parts: what was found, what was read, by whom it was seen."""

from edge.evaluate import bare, finding, reading, whole
from edge.evaluate.calibration import Reliability
from edge.evaluate.figures import Figure
from edge.evaluate.report.charts import curve
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
)
from edge.evaluate.report.shelf import NONE, Shelf, groups, interval, of, percent
from edge.evaluate.results import Evaluation


def summary(evaluation: Evaluation, shelf: Shelf) -> Markup:
    """Return the few numbers that a hurried reader wants."""
    wanted = (
        ("capture rate", "plates of whole pictures that were found", "pictures", whole.CAPTURED),
        ("read rate", "of those found, read exactly", "pictures", whole.READ),
        ("both", "plates of whole pictures read exactly", "pictures", whole.EXACT),
        ("reader alone", "crops read exactly", "reader", reading.EXACT),
        (
            "detector alone",
            f"plates of {finding.READABLE_PX:.0f} px and more found",
            "detector",
            finding.RECALL,
        ),
    )
    cards = [
        _card(title, what, one)
        for title, what, part, name in wanted
        if (one := shelf.best(part, name)) is not None
    ]
    cards += [_alarm_card(one) for one in evaluation.details.reliability if _is_chief(one)][-1:]
    false = shelf.best("detector", bare.FOUND)
    cards += [_mean_card(false)] if false is not None else []
    counted = evaluation.details.counted
    checked = (
        f"By labels checked by eye: {counted.crops_wrong} wrong ones corrected, "
        f"{counted.crops_left_out} plates left out that nobody can read."
        if counted.crops_wrong or counted.crops_left_out
        else "By the labels as stored; none was checked by eye."
    )
    return section(
        "summary", "In one look",
        element("ul", *cards, class_="numbers"),
        paragraph(checked, " The range below each number is its 95 % interval."),
    )  # fmt: skip


def _card(title: str, what: str, one: Figure) -> Markup:
    told = f"{interval(one)} % · {of(one)} {what}"
    return element("li", title, element("strong", percent(one.value)), told)


def _is_chief(one: Reliability) -> bool:
    return (one.part, one.group) == ("reader", "all")  # by checked labels if there are: the last


def _alarm_card(one: Reliability) -> Markup:
    at = next(each for each in one.above if each.least == one.alarm)
    wrong = f"{100 * at.wrong / at.told:.2f} %" if at.told else NONE
    told = (
        f"at most {100 * at.upper:.2f} % · {at.wrong} of {at.told}; {at.told} of {at.total} crops"
    )
    title = f"wrong from confidence {one.alarm:g} on"
    return element("li", title, element("strong", wrong), told, " are so sure")


def _mean_card(one: Figure) -> Markup:
    low, high = one.low_plates or 0.0, one.high_plates or 0.0
    told = f"{low:.3f} to {high:.3f} · {one.hits} on {one.total} pictures checked to have no others"
    return element("li", "false plates a picture", element("strong", f"{one.value:.3f}"), told)


def capture(evaluation: Evaluation, shelf: Shelf) -> Markup:
    """Return capture rate and read rate apart, and their product."""
    if not evaluation.details.counted.pictures:
        return _none("capture", "Capture rate and read rate", "pictures/pictures.csv")
    names = (
        (whole.CAPTURED, "Capture rate: the labelled plate was found."),
        (whole.READ, "Read rate: of the plates found, read exactly."),
        (whole.EXACT, "Their product: labelled plates read exactly, end to end."),
    )
    return section(
        "capture",
        "Capture rate and read rate",
        paragraph(
            "Whole pictures go through detector and reader as in the unit. A plate that was not "
            "found and one that was misread are different faults, so they are counted apart."
        ),
        _product(shelf),
        *(groups(shelf, "pictures", name, caption) for name, caption in names),
    )


def _product(shelf: Shelf) -> Markup:
    rows: list[list[Child]] = []
    for by in ("", "half", "place"):
        parts = [
            {one.group: one for one in shelf.pick("pictures", name, by)}
            for name in (whole.CAPTURED, whole.READ, whole.EXACT)
        ]
        for group, product in parts[2].items():
            found, read = parts[0].get(group), parts[1].get(group)
            rows.append([group, *(percent(x.value) if x else NONE for x in (found, read, product))])
    head = ["group", "capture rate", "times read rate", "is read exactly"]
    return table("Labels as stored.", head, rows)


def crops(evaluation: Evaluation, shelf: Shelf) -> Markup:
    """Return how well the reader reads crops."""
    if not evaluation.details.counted.crops:
        return _none("reader", "The reader on crops", "plates/plates.csv")
    others = ("character error rate", "told (sure enough)", "exact of those told")
    rows: list[list[Child]] = [
        [one.name, f"{one.value:.4f}", of(one)]
        for start in (*others, "exact with borders")
        if (one := shelf.begins("reader", start)) is not None
    ]
    return section(
        "reader",
        "The reader on crops",
        paragraph("Plates that were cut out beforehand, read as stored."),
        groups(shelf, "reader", reading.EXACT, "Whole plate read exactly."),
        table("Beside it, by the labels as stored.", ["figure", "value", "of"], rows),
    )


def detector(evaluation: Evaluation, shelf: Shelf) -> Markup:
    """Return how well the detector finds plates, and what it finds that is none."""
    if not evaluation.details.counted.scenes:
        return _none("detector", "The detector on scenes", "scenes/scenes.csv")
    points = [
        (one["false_a_picture"], one["recall"], f"{one['min_score']:g}")
        for one in evaluation.details.detector_curve
    ]
    drawn = curve(
        "Recall over false finds",
        points,
        "finds beside the labels, a picture (root scale)",
        "recall",
    )
    return section(
        "detector",
        "The detector on scenes",
        groups(
            shelf, "detector", finding.RECALL, f"R{finding.RECALL[1:]} (IoU 0.5).", "pictures"
        ),
        figure(
            drawn,
            "Recall of readable plates over finds beside the labels; the numbers are min_score. "
            "Many plates in the background have no label, so most of these finds are plates.",
        ),
        _false(shelf),
        folded("Precision", groups(shelf, "detector", "precision (some plates are unlabelled)",
                                   "Finds that show a labelled plate, of all finds.")),
    )  # fmt: skip


def _false(shelf: Shelf) -> Markup:
    rows: list[list[Child]] = []
    for name in (bare.FOUND, bare.READ, finding.FALSE):
        for by in ("", "source"):
            rows += [
                [
                    name,
                    one.group,
                    f"{one.value:.3f}",
                    f"{one.low_plates or 0.0:.3f} to {one.high_plates or 0.0:.3f}",
                    str(one.hits),
                    str(one.total),
                ]
                for one in shelf.pick("detector", name, by)
            ]
    head = ["what", "group", "a picture", "95 %, by picture", "finds", "pictures"]
    unchecked = shelf.best("detector", bare.FOUND) is None
    note = "No picture is listed as checked to have no unlabelled plate." if unchecked else ""
    return join(
        [
            element("h3", "False plates"),
            paragraph(note),
            table("Finds that show no labelled plate.", head, rows),
        ]
    )


def _none(name: str, title: str, file: str) -> Markup:
    return section(name, title, paragraph(f"The data has no dev line in {file}."))
