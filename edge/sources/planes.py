"""Camera buffers to BGR pictures and luma."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.errors import SourceUnsupported
from edge.records import Pixels

Raw = NDArray[np.uint8]

# libcamera names a format by its bytes from the last to the first: RGB888 lies as B, G, R
_TO_BGR: dict[str, int | None] = {
    "RGB888": None,
    "BGR888": cv2.COLOR_RGB2BGR,
    "XRGB8888": cv2.COLOR_BGRA2BGR,
    "XBGR8888": cv2.COLOR_RGBA2BGR,
    "YUV420": cv2.COLOR_YUV2BGR_I420,
    "YVU420": cv2.COLOR_YUV2BGR_YV12,
    "NV12": cv2.COLOR_YUV2BGR_NV12,
    "NV21": cv2.COLOR_YUV2BGR_NV21,
    "YUYV": cv2.COLOR_YUV2BGR_YUYV,
    "UYVY": cv2.COLOR_YUV2BGR_UYVY,
}
_LUMA_FIRST = frozenset({"YUV420", "YVU420", "NV12", "NV21"})


def bgr_converter(pixel_format: str, size: tuple[int, int]) -> Callable[[Raw], Pixels]:
    """Return what turns an array of picamera2's ``make_array`` into a BGR picture.

    Args:
        pixel_format: libcamera's name for it.
        size: width and height of the picture; rows of the array may be longer by padding.

    Raises:
        SourceUnsupported: the format is none that can be converted.
    """
    if pixel_format not in _TO_BGR:
        known = ", ".join(_TO_BGR)
        raise SourceUnsupported(
            f"the camera gives pictures as {pixel_format}, which cannot be converted ({known} can)"
        )
    code = _TO_BGR[pixel_format]
    width, height = size

    def convert(raw: Raw) -> Pixels:
        image = raw if code is None else cv2.cvtColor(raw, code)
        return np.ascontiguousarray(image[:height, :width], dtype=np.uint8)

    return convert


def luma_cutter(pixel_format: str, size: tuple[int, int]) -> Callable[[Raw], Pixels] | None:
    """Return what cuts the luma plane ``(h, w)`` out of an array; None without such a plane."""
    if pixel_format not in _LUMA_FIRST:
        return None
    width, height = size

    def cut(raw: Raw) -> Pixels:
        return np.ascontiguousarray(raw[:height, :width])

    return cut
