"""The one door to fpdf2: labels on sheets of A4, three by eight, 70 x 37 mm each, to stick on."""

from collections.abc import Sequence
from typing import Final

from fpdf import FPDF

from edge.services.label_code import code_rows
from edge.services.labels import Label, plain
from edge.services.service_key import wifi_name

_COLUMNS, _ROWS = 3, 8
_WIDE, _HIGH = 70.0, 37.0
_TOP: Final = (297.0 - _ROWS * _HIGH) / 2
_CODE_MM: Final = 25.0
_EDGE: Final = 4.0


def label_sheet(labels: Sequence[Label]) -> bytes:
    """Return the labels as a PDF."""
    paper = FPDF("portrait", "mm", "A4")
    paper.set_auto_page_break(False)
    paper.set_title("Labels of units")
    inside = [label for label in labels if label.wifi]
    drawn = [(_label, one) for one in labels] + [(_inside, one) for one in inside]
    for number, (draw, label) in enumerate(drawn):
        place = number % (_COLUMNS * _ROWS)
        if place == 0:
            paper.add_page()
        row, column = divmod(place, _COLUMNS)
        draw(paper, label, column * _WIDE, _TOP + row * _HIGH)
    return bytes(paper.output())


def _label(paper: FPDF, label: Label, left: float, top: float) -> None:
    at, wide = _frame(paper, label.code, left, top)
    digits = label.fingerprint.split(" ")
    _line(paper, at, top + 5, wide, "helvetica", "B", 11, label.name)
    _line(paper, at, top + 10, wide, "helvetica", "", 7, f"{label.role} of {label.town}")
    _line(paper, at, top + 14, wide, "helvetica", "", 7, plain(label.place))
    for number in range(0, len(digits), 2):
        text = "  ".join(digits[number : number + 2])
        _line(paper, at, top + 19.5 + number * 2, wide, "courier", "B", 9, text)


def _inside(paper: FPDF, label: Label, left: float, top: float) -> None:
    """Draw the sticker for the inside of the case: its key opens the unit's Wi-Fi, once pressed."""
    at, wide = _frame(paper, label.joins, left, top)
    _line(paper, at, top + 5, wide, "helvetica", "B", 11, label.name)
    _line(paper, at, top + 10, wide, "helvetica", "", 7, "INSIDE the case: service Wi-Fi")
    _line(paper, at, top + 14, wide, "helvetica", "", 7, "hold the button, then join")
    _line(paper, at, top + 20, wide, "helvetica", "B", 8, wifi_name(label.name))
    for number, part in enumerate((label.wifi[:12], label.wifi[12:])):
        _line(paper, at, top + 25 + number * 4, wide, "courier", "B", 10, part)


def _frame(paper: FPDF, code: str, left: float, top: float) -> tuple[float, float]:
    """Draw edge and QR code; return where text begins, and how wide it may be."""
    paper.set_draw_color(200)
    paper.set_line_width(0.1)
    paper.rect(left, top, _WIDE, _HIGH)
    _code(paper, code_rows(code), left + _EDGE, top + (_HIGH - _CODE_MM) / 2)
    return left + _EDGE + _CODE_MM + 3, _WIDE - 2 * _EDGE - _CODE_MM - 3


def _line(
    paper: FPDF, left: float, top: float, wide: float, font: str, style: str, size: float, text: str
) -> None:
    """Write one line, smaller where it is too long for the label."""
    paper.set_font(font, style, size)
    drawn = paper.get_string_width(text)
    if drawn > wide:
        size = max(4.5, size * wide / drawn)
        paper.set_font(font, style, size)
    while paper.get_string_width(text) > wide:
        text = f"{text[:-4]}..."
    paper.text(left, top + size * 0.27, text)


def _code(paper: FPDF, rows: Sequence[Sequence[bool]], left: float, top: float) -> None:
    """Draw a QR code; neighbours in a row are one rectangle, so that no hair line parts them."""
    size = _CODE_MM / len(rows)
    paper.set_fill_color(0)
    for number, row in enumerate(rows):
        start = 0
        while start < len(row):
            end = start
            while end < len(row) and row[end]:
                end += 1
            if end > start:
                box = (left + start * size, top + number * size, (end - start) * size, size)
                paper.rect(*box, style="F")
            start = end + 1
