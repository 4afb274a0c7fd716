"""Exposure by plates: a made-up street and lamp, and what the meter asks of the camera."""

import numpy as np
import pytest

from edge.clock import Moment
from edge.sources.exposure import Exposure
from edge.sources.metering import Light, Limits, PlateMeter, plate_light, scene_light

DAY, NIGHT = Limits(1000, 4.0), Limits(2000, 16.0)
TARGET = (185 / 255) ** 2.2
AUTOMATIC = 0.01  # what the meter takes for a camera that chose by itself


def at(seconds: float) -> Moment:
    return Moment(round(seconds * 1e9), round(seconds * 1e9))


class Street:
    """Light of 1 fills the scale after one second at gain 1."""

    def __init__(self, meter: PlateMeter) -> None:
        self.meter = meter
        self.seconds = 0.0
        self.exposure = Exposure()

    def see(self, scene: float, plate: float | None, times: int = 1) -> float:
        """Show frames half a second apart; return the plate's level in the last of them."""
        level = 0.0
        for _ in range(times):
            self.seconds += 0.5
            strength = (self.exposure.shutter_us or 10_000) / 1e6 * (self.exposure.gain or 1.0)
            self.meter.see_scene(self._light(scene * strength), at(self.seconds))
            if plate is not None:
                level = plate * strength
                self.meter.see_plate(self._light(level), at(self.seconds))
            self.exposure = self.meter.exposure(at(self.seconds))
        return level

    @staticmethod
    def _light(level: float) -> Light:
        return Light(min(level, 1.0), 1.0 if level > 1 else 0.0)


def test_a_plate_comes_to_its_target() -> None:
    """Whatever the scene, after some frames a plate's light parts lie where they should."""
    for scene, plate in ((100.0, 900.0), (600.0, 300.0), (20.0, 600.0)):
        street = Street(PlateMeter(DAY, NIGHT))
        assert street.see(scene, plate, 40) == pytest.approx(TARGET, rel=0.2)


def test_a_burnt_plate_is_exposed_less_until_it_is_none() -> None:
    """At the end of the scale nothing is measured, and the exposure falls all the same."""
    street = Street(PlateMeter(DAY, NIGHT))
    assert street.see(50.0, 20_000.0, 60) == pytest.approx(TARGET, rel=0.25)


def test_the_shutter_stops_at_its_limit_and_gain_goes_on() -> None:
    """What cars' speed allows is never exceeded; the rest is gain; in the dark others hold."""
    street = Street(PlateMeter(DAY, NIGHT))
    street.see(100.0, 200.0, 40)
    assert street.exposure.shutter_us == DAY.shutter_us
    assert 2.0 < street.exposure.gain < DAY.gain
    street.see(0.5, 1.0, 60)
    assert street.exposure == Exposure(
        NIGHT.shutter_us, NIGHT.gain
    )  # those of the day are not enough


def test_without_a_lamp_the_scene_foretells_the_plate() -> None:
    """After a dusk without cars the first plate is exposed as it should be."""
    street = Street(PlateMeter(DAY, NIGHT))
    street.see(2000.0, 3000.0, 30)
    for scene in np.geomspace(2000.0, 200.0, 200):
        street.see(float(scene), None)
    assert street.see(200.0, 300.0) == pytest.approx(TARGET, rel=0.3)


def test_with_a_lamp_a_black_scene_does_not_burn_the_plate() -> None:
    """A lamp that some plates of the dusk have taught is still there when the street is black."""
    street = Street(PlateMeter(DAY, NIGHT))
    lamp = 150.0
    for scene in np.geomspace(2000.0, 2.0, 120):
        street.see(float(scene), None, 2)
        street.see(float(scene), 1.5 * float(scene) + lamp, 1)
    for scene in np.geomspace(2.0, 0.02, 200):  # the street goes black, nobody comes
        street.see(float(scene), None)
    assert street.see(0.02, lamp) == pytest.approx(TARGET, rel=0.35)
    assert street.meter.lamp_share > 0.9
    assert street.exposure.shutter_us <= NIGHT.shutter_us


def test_a_meter_of_the_scene_would_have_burnt_it() -> None:
    """The control: an exposure that follows the scene alone burns that plate a hundredfold."""
    scene, lamp = 0.02, 150.0
    by_scene = 0.18 / scene
    assert lamp * min(by_scene, 0.033 * 16) > 50


def test_an_exposure_does_not_flicker() -> None:
    """Plates that differ a little change nothing; one that differs much changes it by steps."""
    street = Street(PlateMeter(DAY, NIGHT))
    street.see(100.0, 900.0, 40)
    before = street.exposure
    for plate in (880.0, 930.0, 900.0, 915.0):
        street.see(100.0, plate)
    assert street.exposure == before
    street.see(1000.0, None)
    ratio = before.shutter_us * before.gain / (street.exposure.shutter_us * street.exposure.gain)
    assert 1.3 < ratio < 1.7


def test_a_frame_taken_before_the_camera_obeyed_teaches_nothing() -> None:
    """Pictures of the old exposure are not taken for those of the new one."""
    meter = PlateMeter(DAY, NIGHT)
    meter.see_scene(Light(0.2, 0.0), at(0.0))
    first = meter.exposure(at(0.0))
    meter.see_scene(Light(0.9, 0.5), at(0.1))
    meter.see_plate(Light(1.0, 1.0), at(0.1))
    assert meter.exposure(at(0.1)) == first


def test_bracketing_tries_both_sides_when_nobody_comes() -> None:
    """After five minutes without a plate exposures alternate; with one they stop."""
    street = Street(PlateMeter(DAY, NIGHT, bracket_stops=0.5))
    street.see(100.0, 900.0, 40)
    steady = street.exposure
    street.see(100.0, None, 100)
    assert street.exposure == steady
    street.see(100.0, None, 600)
    tried = set()
    for _ in range(9):
        street.see(100.0, None)
        tried.add(street.exposure.shutter_us)
    assert len(tried) >= 3
    assert min(tried) < steady.shutter_us < max(tried)
    street.see(100.0, 900.0, 20)
    assert street.exposure.shutter_us == pytest.approx(steady.shutter_us, rel=0.15)


def test_light_is_linear() -> None:
    """Twice the light is twice the level, whatever the picture's gamma; burnt parts are counted."""
    half = np.full((20, 40, 3), round(255 * 0.25 ** (1 / 2.2)), np.uint8)
    full = np.full((20, 40, 3), round(255 * 0.5 ** (1 / 2.2)), np.uint8)
    assert plate_light(full).level == pytest.approx(2 * plate_light(half).level, rel=0.03)
    burnt = half.copy()
    burnt[:10] = 255
    assert plate_light(burnt).burnt == pytest.approx(0.5)
    assert scene_light(burnt[:, :, 0]).level == pytest.approx(
        0.25, rel=0.03
    )  # of what is not burnt
