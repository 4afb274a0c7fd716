"""The page as a whole, and the folder that it lies in."""

import json
from importlib import resources
from pathlib import Path
from typing import Final

from edge.errors import TruthError
from edge.evaluate import sheet
from edge.evaluate.report import about, causes, scores, tiles, trust
from edge.evaluate.report.page import Markup, element, join, paragraph
from edge.evaluate.report.shelf import Shelf
from edge.evaluate.results import Evaluation

PAGE: Final = "report.html"
_TITLE: Final = "How well plates are found and read"
_PARTS: Final = {
    "summary": "In one look",
    "before": "Before and after",
    "capture": "Capture and read rate",
    "reader": "Reader",
    "detector": "Detector",
    "characters": "Characters",
    "conditions": "Width, angle, light",
    "confidence": "Confidence",
    "jurisdiction": "Jurisdiction",
    "sheets": "What went wrong",
    "machine": "Machine, models",
    "method": "Method",
}


def page(evaluation: Evaluation) -> str:
    """Return the report as HTML that needs nothing from elsewhere."""
    details, shelf = evaluation.details, Shelf(evaluation.figures)
    models = ", ".join(f"{m['name']} {m['version']} ({m['sha256'][:12]})" for m in details.models)
    body = element(
        "body",
        element(
            "header",
            element("h1", _TITLE),
            paragraph(f"{details.made[:16].replace('T', ' ')} UTC · {models} · {details.data}"),
            _contents(compared=details.comparison is not None),
        ),
        element(
            "main",
            scores.summary(evaluation, shelf),
            about.before(evaluation),
            scores.capture(evaluation, shelf),
            scores.crops(evaluation, shelf),
            scores.detector(evaluation, shelf),
            causes.letters(evaluation),
            causes.conditions(shelf),
            trust.confidence(evaluation),
            trust.origin(evaluation),
            tiles.sheets(evaluation.sheets),
            about.conditions(details),
            about.method(details),
        ),
    )
    return f"<!doctype html>\n{element('html', _head(), body, lang='en')}\n"


def _head() -> Markup:
    style = resources.files("edge.evaluate.report").joinpath("style.css").read_text("utf-8")
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", _TITLE),
        element("style", Markup(style)),
    )


def _contents(*, compared: bool) -> Markup:
    links = [
        element("li", element("a", title, href=f"#{name}"))
        for name, title in _PARTS.items()
        if compared or name != "before"
    ]
    return element("nav", element("ul", join(links)), aria_label="Contents")


def write(folder: Path, evaluation: Evaluation) -> None:
    """Write ``report.html``, ``figures.json`` and the contact sheets into *folder*, which is made.

    Raises:
        TruthError: something cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        told = json.dumps(evaluation.told(), indent=1, allow_nan=False)
        (folder / "figures.json").write_text(told + "\n", "utf-8")
        (folder / PAGE).write_text(page(evaluation), "utf-8")
    except OSError as error:
        raise TruthError(f"{error.filename}: cannot be written: {error.strerror}") from error
    for name, each in evaluation.sheets.items():
        sheet.write(folder / f"{name}.jpg", each)
