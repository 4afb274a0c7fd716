"""A page as a browser sees it: its elements, words and what it would fetch."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "img", "br", "line", "rect", "circle", "polyline"}
_FETCHES = ("src", "href", "srcset", "data", "action", "poster", "xlink:href")


@dataclass
class Page(HTMLParser):
    """What was parsed; an element closed out of turn fails at once."""

    text: str
    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute twice in {tag}"
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self.open.pop() == tag, f"{tag} is closed out of turn"

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data

    def all(self, tag: str) -> list[dict[str, str]]:
        """Attributes of each element of one kind."""
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def fetched(self) -> list[str]:
        """Addresses that a browser, or a click, would ask for; not data within the page."""
        asked = [
            value for _, attributes in self.elements for name, value in attributes.items()
            if name in _FETCHES and not value.startswith(("data:image/jpeg;base64,", "#"))
        ]  # fmt: skip
        return [*asked, *(["css"] if "url(" in self.text or "@import" in self.text else [])]

    def row(self, first: str) -> list[str]:
        """Return the first table row that begins so."""
        return next(row for row in self.rows if row and row[0] == first)
