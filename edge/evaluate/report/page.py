"""HTML by small pure functions: whatever is not markup already is escaped."""

import html
import re
from collections.abc import Iterable, Sequence
from typing import Final

_EMPTY: Final = frozenset({"meta", "img", "br", "line", "rect", "circle", "polyline"})


_TAG: Final = re.compile(r"<[^>]*>")


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


Child = str | Markup


def element(tag: str, *children: Child, **attributes: str | float) -> Markup:
    """Return an element; an underscore ends names that Python has too (``class_``).

    Other underscores become dashes: ``text_anchor``.
    """
    names = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
    told = "".join(f' {name}="{html.escape(_number(v))}"' for name, v in names.items())
    if tag in _EMPTY and not children:
        return Markup(f"<{tag}{told}/>")
    return Markup(f"<{tag}{told}>{join(children)}</{tag}>")


def join(parts: Iterable[Child], between: str = "") -> Markup:
    """Return *parts* in a row."""
    return Markup(between.join(_escaped(part) for part in parts))


def _escaped(part: Child) -> str:
    return part if isinstance(part, Markup) else html.escape(part, quote=False)


def _number(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def paragraph(*children: Child) -> Markup:
    """Return a paragraph."""
    return element("p", *children)


def table(caption: Child, head: Sequence[str], rows: Iterable[Sequence[Child]]) -> Markup:
    """Return a table whose first column names the row; it scrolls on a narrow screen.

    Columns whose cells are all numbers, or begin with one, stand to the right.
    """
    cells = [list(row) for row in rows]
    right = [all(_numeric(row[i]) for row in cells) for i in range(len(head))]
    titles = join(
        element("th", title, scope="col", **_aligned(right[i])) for i, title in enumerate(head)
    )
    body = join(_row(row, right) for row in cells)
    drawn = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", titles)),
        element("tbody", body),
    )
    return wide(drawn)


def wide(what: Markup) -> Markup:
    """Return *what* so that it scrolls by itself where the screen is narrower."""
    return element("div", what, class_="wide", tabindex="0", role="group")


def _row(row: Sequence[Child], right: Sequence[bool]) -> Markup:
    first = element("th", row[0], scope="row", **_aligned(right[0]))
    rest = join(element("td", c, **_aligned(right[i])) for i, c in enumerate(row[1:], start=1))
    return element("tr", first, rest)


def _aligned(right: bool) -> dict[str, str | float]:
    return {"class_": "n"} if right else {}


def _numeric(cell: Child) -> bool:
    words = _TAG.sub("", cell) if isinstance(cell, Markup) else cell
    return words in {"", "-"} or words.lstrip("+-.< ")[:1].isdigit()


def section(name: str, title: str, *children: Child) -> Markup:
    """Return a titled part of the page that can be linked to."""
    return element(
        "section", element("h2", title, id=f"{name}-title"), *children,
        id=name, aria_labelledby=f"{name}-title",
    )  # fmt: skip


def folded(title: str, *children: Child) -> Markup:
    """Return children under a title that opens them; print shows them."""
    return element("details", element("summary", title), *children)


def figure(drawing: Markup, caption: str) -> Markup:
    """Return a drawing with the sentence that explains it."""
    return element("figure", drawing, element("figcaption", caption))
