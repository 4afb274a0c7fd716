"""Exposure steered by the plate, not the scene: what shutter and gain the next plate needs.

A camera that meters the scene burns plates out at night, when the lamp beside the lens lights them
and nothing else, and drowns them at dusk under a bright sky. What a plate sends back is the sum of
two parts: a share of the light of the scene, and the lamp's, which is always the same::

    plate = a * scene + b        (both per second of shutter and per unit of gain)

Each plate that is seen corrects *a* and *b*. Between cars the scene alone tells what the next plate
will be like, so that the first one after a quiet hour of dusk is exposed as it should be.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from edge.clock import Moment
from edge.records import Pixels
from edge.sources.exposure import Exposure

_GAMMA: Final = 2.2  # of 8-bit pictures
_BURNT: Final = 250  # grey levels; nothing above can be told apart
_BURNT_SHARE: Final = 0.2  # of a plate: its light is at least what was measured
_BURNT_AT_LEAST: Final = 1.8  # and is taken for so much more
_SHARE: Final = 2.0  # of the scene's light, before any plate: a white plate on a grey street
_LAMP: Final = 0.05  # of the first scene's light: how much of a lamp is thought likely
_BLINDED: Final = 0.5  # of a frame: then it is the scene that is burnt
_SHAKEN: Final = 4.0
_PLATES_DIFFER: Final = 0.25  # in their light, white or coloured, clean or dirty
_SHARE_DRIFT: Final = 0.03  # how much *a* may change from one plate to the next
_LAMP_DRIFT: Final = 0.04  # how much of a plate's light may have been switched on or off since
_DARK: Final = 1.3  # more light than the limits of the day let in is wanted: it is night
_STEP: Final = 1.6  # an exposure changes by no more at once: pictures may not flicker
_ENOUGH: Final = 1.12  # and not at all for less
_SETTLE_S: Final = 0.4  # from asking a camera until its pictures are exposed so
_LONELY_S: Final = 300.0  # without a plate: bracketing begins


@dataclass(frozen=True, slots=True)
class Light:
    """How bright something is in a picture.

    Attributes:
        level: 0..1, linear: twice the light is twice the level.
        burnt: share of it that is at the end of the scale, 0..1.
    """

    level: float
    burnt: float


@dataclass(frozen=True, slots=True)
class Limits:
    """How far the exposure may go by day or by night.

    Attributes:
        shutter_us: longest shutter, by the speed of cars.
        gain: largest gain, by its noise.
    """

    shutter_us: int
    gain: float


def plate_light(crop: Pixels) -> Light:
    """Return how bright the light parts of a plate are: those that fill most of it.

    Args:
        crop: ``(h, w, 3)`` uint8 BGR, a plate with little around it.
    """
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    level = float(np.percentile(grey, 70))
    return Light((level / 255) ** _GAMMA, float(np.mean(grey >= _BURNT)))


def scene_light(luma: Pixels) -> Light:
    """Return how bright a frame is on the whole, but for what is burnt: headlights, the sun.

    Args:
        luma: ``(h, w)`` uint8, small: all of it is looked at.
    """
    burnt = luma >= _BURNT
    share = float(burnt.mean())
    kept = luma if share > _BLINDED else luma[~burnt]
    return Light(float(((kept.astype(np.float32) / 255) ** _GAMMA).mean()), share)


class PlateMeter:
    """Tells the exposure under which the next plate will be neither drowned nor burnt.

    Args:
        day, night: limits; those of the night hold while those of the day leave plates too dark.
        target: where a plate's light parts should lie, grey levels of 255.
        bracket_stops: without a plate for five minutes, exposures alternate by so many stops;
            0 for never.
    """

    def __init__(
        self, day: Limits, night: Limits, target: float = 185.0, bracket_stops: float = 0.0
    ) -> None:
        self._day = day
        self._night = night
        self._target = (target / 255) ** _GAMMA
        self._bracket_stops = bracket_stops
        self._parts = np.array([_SHARE, 0.0])  # a and b
        self._doubt = np.zeros((2, 2))  # their covariance
        self._scene: float | None = None
        self._asked = Exposure()
        self._asked_at: Moment | None = None
        self._seen_at: Moment | None = None
        self._turn = 0

    @property
    def lamp_share(self) -> float:
        """Share of the next plate's light that does not come from the scene, 0..1."""
        if self._scene is None:
            return 0.0
        share, lamp = self._parts
        return float(lamp / max(share * self._scene + lamp, 1e-12))

    def see_scene(self, light: Light, at: Moment) -> None:
        """Take how bright a frame was that was exposed as last asked."""
        if not self._settled(at):
            return
        first = self._scene is None
        self._scene = max(light.level, 1e-5) / _strength(self._asked)
        if first:
            self._doubt = np.diag([_SHARE**2, (_LAMP * self._scene) ** 2])
            self._seen_at = at

    def see_plate(self, light: Light, at: Moment) -> None:
        """Take how bright a plate was in such a frame; after its scene."""
        if self._scene is None or not self._settled(at):
            return
        strength = _strength(self._asked)
        if light.burnt > _BURNT_SHARE:  # what is known is wrong by an unknown factor
            self._doubt = self._doubt * _SHAKEN
            self._learn(light.level * _BURNT_AT_LEAST / strength, self._scene)
        else:
            self._learn(max(light.level, 1e-5) / strength, self._scene)
        self._seen_at = at

    def _learn(self, plate: float, scene: float) -> None:
        """Correct *a* and *b* by one plate, as far as each is in doubt (a Kalman filter).

        By day the scene's part is much the larger, so that *a* is corrected; by night *b* is.
        """
        looks = np.array([scene, 1.0])
        drift = np.array([_SHARE_DRIFT * self._parts[0], _LAMP_DRIFT * (looks @ self._parts)])
        self._doubt = self._doubt + np.diag(drift**2)
        spread = looks @ self._doubt @ looks + (_PLATES_DIFFER * plate) ** 2
        gain = self._doubt @ looks / spread
        self._parts = np.maximum(self._parts + gain * (plate - looks @ self._parts), 0.0)
        self._doubt = self._doubt - np.outer(gain, looks @ self._doubt)

    def exposure(self, at: Moment) -> Exposure:
        """Return what to ask of the camera now; the same as before while that is good enough."""
        if not self._settled(at):
            return self._asked
        if self._scene is None:
            wanted = _strength(Exposure(self._day.shutter_us, 1.0))
        else:
            share, lamp = self._parts
            wanted = self._target / max(share * self._scene + lamp, 1e-6)
        wanted *= self._bracket(at)
        if self._asked_at is not None:
            ratio = wanted / _strength(self._asked)
            if 1 / _ENOUGH < ratio < _ENOUGH:
                return self._asked
            wanted = _strength(self._asked) * min(max(ratio, 1 / _STEP), _STEP)
        self._asked, self._asked_at = self._split(wanted), at
        return self._asked

    def _settled(self, at: Moment) -> bool:
        return self._asked_at is None or at.since(self._asked_at) >= _SETTLE_S

    def _split(self, strength: float) -> Exposure:
        """Return shutter and gain for *strength*: the shutter first, for gain is noise."""
        most_by_day = self._day.shutter_us / 1e6 * self._day.gain
        limits = self._night if strength > _DARK * most_by_day else self._day
        shutter_s = min(strength, limits.shutter_us / 1e6)
        gain = min(max(strength / shutter_s, 1.0), limits.gain)
        return Exposure(max(1, round(shutter_s * 1e6)), round(gain, 2))

    def _bracket(self, at: Moment) -> float:
        lonely = self._seen_at is not None and at.since(self._seen_at) > _LONELY_S
        if not lonely or not self._bracket_stops:
            return 1.0
        self._turn = (self._turn + 1) % 3
        return float(2.0 ** (self._bracket_stops * (self._turn - 1)))


def _strength(exposure: Exposure) -> float:
    """Return seconds of shutter times gain; 1/100 s where the camera chose by itself."""
    return (exposure.shutter_us or 10_000) / 1e6 * (exposure.gain or 1.0)
