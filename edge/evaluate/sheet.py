"""Contact sheets: what went wrong, as one picture that a person looks through."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from edge.errors import TruthError
from edge.records import Pixels
from edge.vision.colour import as_bgr

_COLUMNS: Final = 8
_WIDTH: Final = 176  # of a tile's picture
_HEIGHT: Final = 88
_LINE: Final = 16  # pixels of height of a line of text
_PAPER: Final = 32
_INK: Final = (225, 225, 225)


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """A crop and the lines of text under it; *weight* orders the sheet, largest first.

    Attributes:
        file: what it shows, as :attr:`edge.evaluate.marks.Mark.file` has it.
    """

    image: Pixels
    lines: tuple[str, ...]
    weight: float = 0.0
    file: str = ""


def cut(image: Pixels, box: Sequence[float], margin: float = 0.4) -> Pixels:
    """Return a copy of the part of *image* about *box* with *margin* of its size; never empty."""
    high, wide = image.shape[:2]
    x1, y1, x2, y2 = box
    grow_x, grow_y = margin * (x2 - x1), margin * (y2 - y1)
    left, top = (int(np.clip(v, 0, m - 1)) for v, m in ((x1 - grow_x, wide), (y1 - grow_y, high)))
    right = int(np.clip(np.ceil(x2 + grow_x), left + 1, wide))
    bottom = int(np.clip(np.ceil(y2 + grow_y), top + 1, high))
    return image[top:bottom, left:right].copy()


def draw(tiles: Sequence[Tile], limit: int = 240) -> Pixels:
    """Return a sheet of at most *limit* tiles, ``(H, W, 3)`` uint8, BGR."""
    shown = sorted(tiles, key=lambda tile: -tile.weight)[:limit]
    lines = max((len(tile.lines) for tile in shown), default=1)
    columns = max(1, min(_COLUMNS, len(shown)))
    rows = max(1, -(-len(shown) // columns))
    pitch_x, pitch_y = _WIDTH + 8, _HEIGHT + lines * _LINE + 10
    sheet = np.full((rows * pitch_y, columns * pitch_x, 3), _PAPER, np.uint8)
    for index, tile in enumerate(shown):
        y, x = index // columns * pitch_y, index % columns * pitch_x
        _place(sheet[y : y + pitch_y, x : x + pitch_x], tile)
    return sheet


def _place(cell: Pixels, tile: Tile) -> None:
    image = as_bgr(tile.image)
    scale = min(_WIDTH / image.shape[1], _HEIGHT / image.shape[0])
    width, height = (max(1, round(length * scale)) for length in image.shape[1::-1])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    cell[4 : 4 + height, 4 : 4 + width] = cv2.resize(image, (width, height), interpolation=how)
    for number, line in enumerate(tile.lines):
        place = (4, _HEIGHT + 4 + (number + 1) * _LINE - 3)
        cv2.putText(cell, line, place, cv2.FONT_HERSHEY_SIMPLEX, 0.42, _INK, 1, cv2.LINE_AA)


def write(file: Path, tiles: Sequence[Tile]) -> None:
    """Write a sheet as JPEG; no tiles, no file.

    Raises:
        TruthError: the file cannot be written.
    """
    if not tiles:
        return
    try:
        file.write_bytes(_jpeg(draw(tiles), 88))
    except OSError as error:
        raise TruthError(f"{file}: cannot be written: {error.strerror}") from error


def small_jpeg(tile: Tile) -> bytes:
    """Return a tile's picture as a JPEG that fits a page: at most twice a sheet's tile."""
    image = as_bgr(tile.image)
    scale = min(1.0, 2 * _WIDTH / image.shape[1], 2 * _HEIGHT / image.shape[0])
    width, height = (max(1, round(length * scale)) for length in image.shape[1::-1])
    if scale < 1:
        image = np.asarray(
            cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8
        )
    return _jpeg(image, 80)


def _jpeg(image: Pixels, quality: int) -> bytes:
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise TruthError("a contact sheet cannot be written as JPEG")
    return data.tobytes()
