"""Any picture as the three BGR channels that the detector takes."""

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.errors import PictureError


def as_bgr(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return *image* itself when it is ``(H, W, 3)``; grey and BGRA pictures converted.

    Raises:
        PictureError: no pixels, not uint8, or no picture's shape.
    """
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or image.size == 0:
        raise PictureError(f"a picture of {image.dtype} {image.shape} is not one of 8-bit pixels")
    channels = 1 if image.ndim == 2 else image.shape[2]
    if channels == 3:
        return image
    if channels == 1:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), np.uint8)
    if channels == 4:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGRA2BGR), np.uint8)
    raise PictureError(f"a picture of {channels} channels is neither grey, BGR nor BGRA")
