"""What a camera, the weather and a codec do to a picture; every function returns a new one.

Parameters are physical where a physical word exists: kilometres an hour, seconds, pixels, decibels.
"""

from functools import cache, lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synth.paint import Image, grain, plus

_POOL_SIZE: Final = 1440
_POOL_SIGMA: Final = 32


def motion_pixels(speed_kmh: float, shutter_s: float, metres_per_pixel: float) -> float:
    """Return how far something moves over the picture while the shutter is open, in pixels."""
    return speed_kmh / 3.6 * shutter_s / metres_per_pixel


@lru_cache(maxsize=512)
def motion_kernel(dx: float, dy: float) -> NDArray[np.float32]:
    """Return the path of a point that moves by (dx, dy) pixels at even speed, summing to 1."""
    reach = max(1, int(np.ceil(max(abs(dx), abs(dy)) / 2)) + 1)
    size = 2 * reach + 1
    kernel = np.zeros((size, size), np.float32)
    steps = max(2, int(np.ceil(np.hypot(dx, dy) * 8)))
    for t in (np.arange(steps) + 0.5) / steps - 0.5:
        x, y = reach + dx * t, reach + dy * t
        x0, y0 = int(np.floor(x)), int(np.floor(y))
        fx, fy = x - x0, y - y0
        kernel[y0, x0] += (1 - fx) * (1 - fy)
        kernel[y0, min(x0 + 1, size - 1)] += fx * (1 - fy)
        kernel[min(y0 + 1, size - 1), x0] += (1 - fx) * fy
        kernel[min(y0 + 1, size - 1), min(x0 + 1, size - 1)] += fx * fy
    kernel /= kernel.sum()
    kernel.flags.writeable = False
    return kernel


def motion_blur(image: Image, dx: float, dy: float) -> Image:
    """Smear the picture along a straight movement of (dx, dy) pixels."""
    if np.hypot(dx, dy) < 0.5:
        return image.copy()
    kernel = motion_kernel(round(dx * 4) / 4, round(dy * 4) / 4)
    return cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REPLICATE)


def rolling_shutter(image: Image, pixels_per_second: float, line_time_s: float) -> Image:
    """Lean the picture as a sensor does that reads its lines one after the other."""
    lean = pixels_per_second * line_time_s
    height, width = image.shape[:2]
    shear = np.array([[1, lean, -lean * height / 2], [0, 1, 0]], np.float32)
    return cv2.warpAffine(image, shear, (width, height), borderMode=cv2.BORDER_REPLICATE)


def defocus(image: Image, radius_px: float) -> Image:
    """Blur as a lens out of focus does, with a disc of *radius_px*."""
    if radius_px < 0.3:
        return image.copy()
    if radius_px < 1.0:
        return cv2.GaussianBlur(image, (0, 0), radius_px * 0.6)
    size = 2 * int(np.ceil(radius_px)) + 1
    ys, xs = np.mgrid[0:size, 0:size] - size // 2
    disc = np.clip(radius_px + 0.5 - np.hypot(xs, ys), 0, 1).astype(np.float32)
    return cv2.filter2D(image, -1, disc / disc.sum(), borderType=cv2.BORDER_REPLICATE)


def noise(rng: np.random.Generator, image: Image, gain_db: float, coarse: bool = False) -> Image:
    """Add shot and read noise of a small sensor at *gain_db*: 0 is daylight, 30 and more is night.

    Args:
        coarse: noise in grains of two pixels, as a denoiser and a scaler leave it.
    """
    height, width = image.shape[:2]
    pool = _noise_pool(coarse, bool(rng.random() < 0.6))
    tall, wide = pool.shape[:2]
    if height > tall or width > wide:
        pool = np.tile(pool, (height // tall + 1, width // wide + 1, 1))
        tall, wide = pool.shape[:2]
    y, x = int(rng.integers(tall - height + 1)), int(rng.integers(wide - width + 1))
    part = pool[y : y + height, x : x + width]
    strength = 10 ** (gain_db / 34) / _POOL_SIGMA
    return cv2.addWeighted(image, 1.0, part, strength, 0.0, dtype=cv2.CV_8U)


@cache
def _noise_pool(coarse: bool, grey: bool) -> NDArray[np.int8]:
    """Return a fixed large field of noise, of which every picture gets a part: drawing is slow."""
    rng = np.random.default_rng(20_240_229)
    step = 2 if coarse else 1
    raw = rng.standard_normal((_POOL_SIZE // step, _POOL_SIZE // step, 3)).astype(np.float32)
    if grey:  # most sensors' noise is mostly grey after the codec
        raw = (raw[..., :1] * 3 + raw) / np.sqrt(16).astype(np.float32)
    if coarse:
        raw = cv2.resize(raw, (_POOL_SIZE, _POOL_SIZE), interpolation=cv2.INTER_LINEAR)
    return np.clip(raw * _POOL_SIGMA, -127, 127).astype(np.int8)


def exposure(image: Image, stops: float, gamma: float = 1.0) -> Image:
    """Expose by *stops* more or less, then apply *gamma* (over 1 darkens the middle)."""
    ramp = (np.arange(256, dtype=np.float32) / 255) ** gamma * 2.0**stops * 255
    return cv2.LUT(image, np.clip(ramp, 0, 255).astype(np.uint8))


def contrast(image: Image, low: float, high: float) -> Image:
    """Press black up to *low* and white down to *high*: fog, weak light, a veiled lens."""
    ramp = low + np.arange(256, dtype=np.float32) / 255 * (high - low)
    return cv2.LUT(image, np.clip(ramp, 0, 255).astype(np.uint8))


def tint(image: Image, blue: float, green: float, red: float) -> Image:
    """Multiply the channels: sodium lamps, blue dusk, a wrong white balance."""
    gains = np.array([blue, green, red], np.float32)[:, None] * np.arange(256, dtype=np.float32)
    table = np.clip(gains, 0, 255).astype(np.uint8).T[None]
    return cv2.LUT(image, np.ascontiguousarray(table))


def infrared(image: Image, red_share: float = 0.6) -> Image:
    """Return the picture as a night unit sees it: three equal channels, red seen best."""
    other = (1 - red_share) / 2
    grey = cv2.transform(image, np.array([[other, other, red_share]], np.float32))
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)


def glare(image: Image, x: float, y: float, radius: float, strength: float) -> Image:
    """Add a lamp's bloom round (x, y): a bright core and a wide veil."""
    height, width = image.shape[:2]
    step = 4 if radius > 16 else 1
    ys = (np.arange(0, height, step, dtype=np.float32)[:, None] + step / 2 - y) / radius
    xs = (np.arange(0, width, step, dtype=np.float32)[None, :] + step / 2 - x) / radius
    distance = xs * xs + ys * ys
    light = (np.exp(-distance * 2) + 0.35 / (1 + distance * 3)) * np.float32(255 * strength)
    if step > 1:
        light = cv2.resize(light, (width, height), interpolation=cv2.INTER_LINEAR)
    return plus(image, light.astype(np.float32))


def bloom(image: Image, strength: float, reach_px: float) -> Image:
    """Let bright areas flow over their edges, as light does on a sensor near its limit."""
    soft = cv2.GaussianBlur(image, (0, 0), max(0.8, reach_px * 2))
    return cv2.addWeighted(image, 1.0, soft, strength, 0.0)


def rain_streaks(
    rng: np.random.Generator, image: Image, mm_per_hour: float, shutter_s: float
) -> Image:
    """Draw falling rain: more of it with *mm_per_hour*, longer streaks with *shutter_s*."""
    height, width = image.shape[:2]
    layer = np.zeros((height, width), np.uint8)
    length = float(np.clip(8.0 * shutter_s * height / 4.0, 2, height / 4))
    slant = rng.normal(0, 0.15)
    for _ in range(int(mm_per_hour * width * height / 90_000)):
        x, y = rng.uniform(0, width), rng.uniform(-length, height)
        long = length * rng.uniform(0.5, 1.5)
        end = (round(x + slant * long), round(y + long))
        cv2.line(layer, (round(x), round(y)), end, int(rng.integers(30, 110)), 1, cv2.LINE_AA)
    return cv2.add(image, cv2.cvtColor(layer, cv2.COLOR_GRAY2BGR))


def lens_drops(rng: np.random.Generator, image: Image, drops: int, radius_px: float) -> Image:
    """Put water drops on the lens: each blurs and shifts what lies behind it."""
    out = image.copy()
    soft = cv2.blur(image, (int(radius_px) | 1, int(radius_px) | 1))
    height, width = image.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    for _ in range(drops):
        at = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
        axes = (
            max(1, int(radius_px * rng.uniform(0.4, 1))),
            max(1, int(radius_px * rng.uniform(0.5, 1.2))),
        )
        cv2.ellipse(mask, at, axes, 0, 0, 360, 255, -1)
    alpha = cv2.blur(mask, (3, 3))[..., None].astype(np.float32) / 255
    out[:] = np.clip(out + (soft.astype(np.float32) * 1.08 - out) * alpha, 0, 255)
    return out


def haze(rng: np.random.Generator, image: Image, amount: float) -> Image:
    """Lay a patchy pale veil over the picture, *amount* 0..1."""
    height, width = image.shape[:2]
    veil = np.clip(amount * (1 + 0.4 * grain(rng, height, width, max(16, width // 8))), 0, 1)
    return (image + (205 - image.astype(np.float32)) * veil[..., None]).astype(np.uint8)


def low_resolution(image: Image, factor: float) -> Image:
    """Lose detail as a camera with *factor* times fewer pixels across; the size stays."""
    if factor <= 1.05:
        return image.copy()
    height, width = image.shape[:2]
    small = (max(2, round(width / factor)), max(2, round(height / factor)))
    few = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
    return cv2.resize(few, (width, height), interpolation=cv2.INTER_LINEAR)


def jpeg(image: Image, quality: int) -> Image:
    """Return the picture after one JPEG round trip."""
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(quality)])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


def video_codec(image: Image, quality: int) -> Image:
    """Lose what a video codec at a low bit rate loses: fine colour, weak texture, clean blocks."""
    luma = cv2.cvtColor(image, cv2.COLOR_BGR2YCrCb)
    height, width = image.shape[:2]
    small = cv2.resize(
        luma[..., 1:], (max(1, width // 4), max(1, height // 4)), interpolation=cv2.INTER_AREA
    )
    luma[..., 1:] = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    smooth = cv2.medianBlur(np.ascontiguousarray(luma[..., 0]), 3)
    weak = np.abs(smooth.astype(np.int16) - luma[..., 0]) < 14 - quality // 8
    luma[..., 0] = np.where(weak, smooth, luma[..., 0])
    return jpeg(cv2.cvtColor(luma, cv2.COLOR_YCrCb2BGR), quality)
