"""Single pictures and folders of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from edge.errors import PictureError, SourceError
from edge.records import Pixels
from edge.sources.recorded import Take

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".ppm", ".pgm"})
_NS = 1_000_000_000
_JPEG = b"\xff\xd8\xff"
_JPEG_SCAN = 0xDA
_JPEG_END = b"\xff\xd9"


class PictureReel:
    """A list of pictures, or all of a folder by name, shown at *fps*.

    A picture that cannot be read keeps its place in time and number.
    """

    def __init__(self, paths: Sequence[Path], fps: float) -> None:
        self._paths = tuple(paths)
        self._interval = _NS / fps
        self._length_ns = 0

    @property
    def name(self) -> str:
        """The only path, or the first and how many."""
        if len(self._paths) == 1:
            return str(self._paths[0])
        return f"{len(self._paths)} paths from {self._paths[0]}" if self._paths else "no pictures"

    @property
    def length_ns(self) -> int:
        """How long the last play was."""
        return self._length_ns

    def play(self) -> Iterator[Take]:
        """Hand out the pictures in order.

        Raises:
            SourceError: a folder has no picture, or a path is neither file nor folder.
        """
        pictures = [picture for path in self._paths for picture in find_pictures(path)]
        self._length_ns = round(len(pictures) * self._interval)
        for index, path in enumerate(pictures):
            yield Take(round(index * self._interval), _read_or_error(path), str(path))


def _read_or_error(path: Path) -> Pixels | PictureError:
    try:
        return read_picture(path)
    except PictureError as error:
        return error


def find_pictures(path: Path) -> list[Path]:
    """Return the pictures of a folder, by name; *path* itself when it is a file.

    Raises:
        SourceError: a folder without pictures, or nothing there.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise SourceError(f"{path}: no such picture or folder")
    found = sorted(
        entry for entry in path.iterdir() if entry.is_file() and entry.suffix.lower() in SUFFIXES
    )
    if not found:
        raise SourceError(f"{path}: no picture in this folder ({', '.join(sorted(SUFFIXES))})")
    return found


def read_picture(path: Path) -> Pixels:
    """Return one picture as stored: ``(H, W, 3)`` uint8, BGR; grey becomes BGR, alpha goes.

    An orientation mark (EXIF) is not obeyed, so that boxes are in pixels of the stored picture.

    Raises:
        PictureError: it cannot be opened or decoded, or its file breaks off.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PictureError(f"{path}: {error.strerror or error}") from error
    if data.startswith(_JPEG) and data.find(_JPEG_END, _first_scan(data)) < 0:
        # OpenCV would fill the missing part with grey and say nothing
        raise PictureError(f"{path}: the file breaks off")
    try:
        image = cv2.imdecode(
            np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
        )
    except cv2.error as error:
        raise PictureError(f"{path}: not a picture ({error.err or error})") from error
    if image is None:
        raise PictureError(f"{path}: not a picture that can be decoded")
    return np.ascontiguousarray(image, dtype=np.uint8)


def _first_scan(data: bytes) -> int:
    """Return where a JPEG's own pixels begin: neither its thumbnail's, nor a film's behind it."""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] != _JPEG_SCAN:
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return place
