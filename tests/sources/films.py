"""Small video files, made with PyAV."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

TICKS = 90_000


def write_film(
    path: Path, ticks: Sequence[int], *, size: tuple[int, int] = (162, 90), front: bool = False
) -> Path:
    """Write one picture per entry of *ticks* (1/90000 s), each ten grey levels brighter.

    Args:
        front: put the index before the pictures, so that a cut file can still be opened.
    """
    options = {"movflags": "faststart"} if front else {}
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream("libx264", rate=30, options={"g": "1", "bf": "0"})
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, TICKS)
        for index, tick in enumerate(ticks):
            picture = np.full((size[1], size[0], 3), level(index), np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = tick, Fraction(1, TICKS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def level(index: int) -> int:
    """The grey of the picture with that number."""
    return 20 + 10 * (index % 20)
