"""Pictures in memory, as a recording that the line can be shown again and again."""

from collections.abc import Iterator, Sequence
from typing import cast

import cv2
import numpy as np

from edge.errors import PictureError
from edge.records import Pixels
from edge.sources.recorded import Take

_LAST_NS = 200_000_000  # how long the last picture stands


class MemoryReel:
    """JPEG pictures, each with its nanoseconds since the first; see ``Reel``."""

    name = "the last minute"

    def __init__(self, pictures: Sequence[tuple[int, bytes]]) -> None:
        self._pictures = pictures

    @property
    def length_ns(self) -> int:
        """How long it is, the last picture's own time included."""
        return self._pictures[-1][0] + _LAST_NS if self._pictures else 0

    def play(self) -> Iterator[Take]:
        """Hand out the pictures from the beginning."""
        for offset_ns, data in self._pictures:
            yield Take(offset_ns, _decoded(data))


def _decoded(data: bytes) -> Pixels | PictureError:
    # its stub knows no None, which is what it returns of a damaged picture
    image = cast("Pixels | None", cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR))
    if image is None:
        return PictureError("a picture of the last minute cannot be decoded")
    return np.asarray(image, np.uint8)
