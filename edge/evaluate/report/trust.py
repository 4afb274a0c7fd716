"""Whether the reader knows when it is wrong, and where plates are from."""

from edge.evaluate.calibration import Above, Bin, Reliability
from edge.evaluate.jurisdiction import Jurisdictions, Voice
from edge.evaluate.report import charts
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
from edge.evaluate.report.shelf import NONE, percent, span
from edge.evaluate.results import Evaluation

_WHAT = {"reader": "crops", "pictures": "whole pictures"}
_LABELS = {"stored": "labels as stored", "checked": "labels checked"}
_BOUND = "upper bound, 95 %"


def confidence(evaluation: Evaluation) -> Markup:
    """Return reliability plots, and what lies above each threshold."""
    found = evaluation.details.reliability
    if not found:
        return section("confidence", "Confidence", paragraph("Nothing was read."))
    checked = {one.part for one in found if one.labels == "checked"}
    shown = [one for one in found if (one.labels == "checked") == (one.part in checked)]
    shown.sort(key=lambda one: one.part != "reader")
    return section(
        "confidence",
        "Confidence",
        paragraph(
            "Calibration is fitted on the half ",
            element("em", "choose"), "; the half ", element("em", "report"),
            f" had no part in it. An alarm wants {found[0].alarm:g}.",
        ),
        element("div", *map(_plot, shown), class_="side"),
        _errors(found),
        *(_thresholds(one) for one in shown if one.group in {"all", "report"}),
        element(
            "p",
            "The upper bound is one-sided at 95 % by Clopper and Pearson, as if no plate came "
            "twice; the column of plates tells how many are different. Plates that were missed, or "
            "of which a character was too uncertain, reach no threshold.",
            class_="quiet",
        ),
        folded("Bins of all plots", *map(_bins, shown)),
    )  # fmt: skip


def _title(one: Reliability) -> str:
    return f"{_WHAT[one.part]}, {one.group}, {_LABELS[one.labels]}"


def _plot(one: Reliability) -> Markup:
    held = sum(each.holds for each in one.bins)
    caption = (
        f"{_title(one).capitalize()}: calibration error {percent(one.error)}; {held} of "
        f"{len(one.bins)} bins hold their confidence in the 95 % interval"
        + ("." if held == len(one.bins) else ", the others are squares.")
    )
    return figure(charts.reliability(_title(one), one.bins), caption)


def _errors(found: tuple[Reliability, ...]) -> Markup:
    rows: list[list[Child]] = [
        [
            _WHAT[one.part],
            one.group,
            _LABELS[one.labels],
            percent(one.error),
            f"{sum(each.holds for each in one.bins)} of {len(one.bins)}",
            str(sum(each.total for each in one.bins)),
        ]
        for one in found
    ]
    head = ["reads of", "half", "labels", "calibration error", "bins that hold", "reads"]
    return table("Calibration error: mean distance of confidence and share right.", head, rows)


def _thresholds(one: Reliability) -> Markup:
    head = ["confidence from", "reach it", "share of all", "plates", "wrong", "of these", _BOUND]
    rows = [_above(each, one.alarm) for each in one.above]
    return table(f"From a confidence on: {_title(one)}.", head, rows)


def _above(one: Above, alarm: float) -> list[Child]:
    return [
        f"{one.least:g}" + (" (alarm)" if one.least == alarm else ""),
        f"{one.told} of {one.total}",
        percent(one.told / one.total) if one.total else NONE,
        str(one.plates),
        str(one.wrong),
        f"{100 * one.wrong / one.told:.2f} %" if one.told else NONE,
        f"{100 * one.upper:.2f} %" if one.told else NONE,
    ]


def _bins(one: Reliability) -> Markup:
    head = ["mean confidence", "share right", "95 %, by plate", "right", "holds"]
    return table(_title(one).capitalize(), head, [_bin(each) for each in one.bins])


def _bin(one: Bin) -> list[Child]:
    limits = span(one.low, one.high)
    held = element("span", "yes" if one.holds else "no", class_="good" if one.holds else "bad")
    return [percent(one.mean), percent(one.share), limits, f"{one.right} of {one.total}", held]


def origin(evaluation: Evaluation) -> Markup:
    """Return how often and how rightly the reader says where a plate is from."""
    told = evaluation.details.jurisdictions
    if told is None:
        note = paragraph("This reader does not say where plates are from.")
        return section("jurisdiction", "Jurisdiction", note)
    return section(
        "jurisdiction",
        "Jurisdiction",
        paragraph(
            "The reader speaks where the likeliest state or country has at least this "
            f"probability; the policy wants {told.least:g}. Plates of which the label names no "
            f"state count in neither ({told.vague})."
        ),
        _voices(told),
        _codes(told),
    )


def _voices(told: Jurisdictions) -> Markup:
    head = ["probability from", "speaks", "of plates it knows", "right where it speaks", "95 %"]
    head += ["us, eu ... right", "speaks of strangers"]
    caption = (
        "How often it speaks and how often that is right; strangers are plates of codes that it "
        "does not know."
    )
    return table(caption, head, [_voice(one, told.least) for one in told.voices])


def _voice(one: Voice, policy: float) -> list[Child]:
    strangers = f"{one.strangers} of {one.stranger_total}" if one.stranger_total else NONE
    return [
        f"{one.least:g}" + (" (policy)" if one.least == policy else ""),
        percent(one.spoke / one.total) if one.total else NONE,
        f"{one.spoke} of {one.total}",
        percent(one.right / one.spoke) if one.spoke else NONE,
        span(one.low, one.high) if one.spoke else NONE,
        percent(one.country_right / one.spoke) if one.spoke else NONE,
        strangers,
    ]


def _codes(told: Jurisdictions) -> Markup:
    rows: list[list[Child]] = [
        [
            one.code,
            str(one.total),
            percent(one.spoke / one.total),
            f"{one.right} of {one.spoke}" if one.spoke else NONE,
            one.mistaken_for or NONE,
        ]
        for one in told.codes
    ]
    head = ["code", "plates", "speaks", "right", "taken for"]
    drawn = table(f"By code, from probability {told.least:g} on.", head, rows)
    return join([element("h3", "By state and country"), drawn])
