"""The picture of a plate that travels with an alert."""

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.errors import PictureError

_QUALITIES = (92, 85, 75, 60, 45)


def encode(image: NDArray[np.uint8], max_bytes: int) -> bytes:
    """Return *image* as JPEG of at most *max_bytes*: lower quality first, then half the size.

    Args:
        image: ``(H, W, 3)`` uint8, BGR.

    Raises:
        PictureError: the image is empty, or not even a few pixels fit.
    """
    if image.size == 0:
        raise PictureError("a crop without pixels cannot be stored")
    while min(image.shape[:2]) >= 1:
        for quality in _QUALITIES:
            done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
            if not done:
                raise PictureError(f"a crop of {image.shape[1]}x{image.shape[0]} is no JPEG")
            if len(data) <= max_bytes:
                return bytes(data)
        image = image[::2, ::2]
        if max(image.shape[:2]) <= 2:
            break
    raise PictureError(f"no JPEG of the crop fits into {max_bytes} bytes")
