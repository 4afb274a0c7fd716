"""Pictures of plates for pages: rendered, tilted and blurred a little, as a camera gives them."""

from functools import cache

import cv2
import numpy as np

from models.synth.plates import render_plate


@cache
def crop(text: str, jurisdiction: str = "us-ct", seed: int = 3, blur: float = 1.1) -> bytes:
    """Return a JPEG of a rendered plate; the same for the same words."""
    rng = np.random.default_rng(seed)
    plate = render_plate(rng, jurisdiction, text, clean=True).image
    high, wide = plate.shape[:2]
    rim = 26
    ground = np.full((high + 2 * rim, wide + 2 * rim, 3), (58, 52, 48), np.uint8)
    ground[rim:-rim, rim:-rim] = plate
    tilt = rng.uniform(-0.03, 0.03)
    turn = np.array([[1.0, tilt, 0.0], [tilt * 0.6, 1.0, 0.0]])
    seen = cv2.warpAffine(
        ground, turn, ground.shape[1::-1], borderMode=cv2.BORDER_REPLICATE, flags=cv2.INTER_AREA
    )
    seen = cv2.GaussianBlur(seen, (0, 0), blur)
    noise = rng.normal(0.0, 1.5, seen.shape)
    seen = np.clip(seen * 0.86 + noise, 0, 255).astype(np.uint8)
    done, jpeg = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, 82])
    assert done
    return bytes(jpeg)
