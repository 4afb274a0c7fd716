"""Contact sheets as part of the page: pictures with words that can be read and searched."""

import base64
from collections.abc import Mapping, Sequence
from typing import Final

from edge.evaluate.report.page import Markup, element, join, paragraph, section
from edge.evaluate.sheet import Tile, small_jpeg

SHOWN: Final = 96  # more are on the sheet beside the page
_TITLES: Final = {
    "wrong-reads": "Crops read wrong, the surest first",
    "wrong-pictures": "Whole pictures: plates missed, then misread, the surest first",
    "missed-plates": "Scenes: plates missed, the widest first",
    "false-plates": "Scenes: finds beside the labels, the surest first (many are plates)",
    "false-plates-checked": "False plates on pictures checked to have no others",
}


def sheets(all_tiles: Mapping[str, Sequence[Tile]]) -> Markup:
    """Return all sheets, each with as many tiles as a page can bear."""
    parts = [_sheet(name, tiles) for name, tiles in all_tiles.items()]
    note = "Number plates are personal data: hand this page to nobody who may not see them."
    return section("sheets", "What went wrong, to look at", paragraph(note), *parts)


def _sheet(name: str, tiles: Sequence[Tile]) -> Markup:
    title = element("h3", f"{_TITLES.get(name, name)}: {len(tiles)}")
    if not tiles:
        return join([title, paragraph("None.")])
    more = f" The first {SHOWN} stand here." if len(tiles) > SHOWN else ""
    link = element("a", f"{name}.jpg", href=f"{name}.jpg")
    return join([title, paragraph("Also beside this page: ", link, ".", more), grid(tiles)])


def grid(tiles: Sequence[Tile]) -> Markup:
    """Return the heaviest tiles with their words."""
    ranked = sorted(tiles, key=lambda tile: -tile.weight)[:SHOWN]
    return element("ul", *map(_tile, ranked), class_="tiles")


def _tile(tile: Tile) -> Markup:
    data = base64.b64encode(small_jpeg(tile)).decode("ascii")
    image = element("img", src=f"data:image/jpeg;base64,{data}", alt="; ".join(tile.lines))
    return element("li", image, "\n".join(tile.lines))
