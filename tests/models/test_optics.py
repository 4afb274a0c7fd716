"""The table of distance, lens and plate pixels: hand arithmetic, and the renderer's own camera."""

import math

import numpy as np
import pytest

from models.synth.camera import Camera
from scripts.optics import (
    DISTANCES_M,
    LENSES_MM,
    PLATES,
    SENSORS,
    Mount,
    main,
    power_table,
    shutter_us,
    table,
)
from tests.house.tree import ROOT


def test_by_hand() -> None:
    """12 mm on 3.45 um is 3478 px of 1456, 3058 of 1280; a foot 10 m away is 93 of them."""
    mount = Mount(SENSORS["gs"], 12.0, angle_deg=0.0)
    assert SENSORS["gs"].focal_px(12.0, 1456) == pytest.approx(12 / 0.00345)
    assert mount.plate_px(PLATES["us"], 10.0) == pytest.approx(93.2, abs=0.1)
    assert mount.view_m(10.0) == pytest.approx(4.19, abs=0.01)  # 5.023 mm of sensor, 10 m, 12 mm
    assert mount.character_px(PLATES["uk"], 10.0) == pytest.approx(24.2, abs=0.1)
    assert mount.reach_m(PLATES["us"]) == pytest.approx(9.32, abs=0.01)
    turned = Mount(SENSORS["gs"], 12.0, angle_deg=60.0)
    assert turned.plate_px(PLATES["us"], 10.0) == pytest.approx(93.2 / 2, abs=0.1)


@pytest.mark.parametrize("name", SENSORS)
@pytest.mark.parametrize("angle_deg", [0.0, 20.0, 35.0])
def test_as_the_renderer_projects(name: str, angle_deg: float) -> None:
    """At each distance and lens a plate is as wide as the renderer draws it, within 2 %."""
    plate = PLATES["us"]
    half, turn = plate.wide / 2000, math.radians(angle_deg)
    for lens in LENSES_MM:
        mount = Mount(SENSORS[name], lens, angle_deg)
        focal_px = SENSORS[name].focal_px(lens, 1280)
        camera = Camera(1280, 720, focal_px, height_m=0.6)
        for distance in DISTANCES_M:
            across, along = half * math.cos(turn), half * math.sin(turn)
            ends = np.array([(-across, 0.6, distance - along), (across, 0.6, distance + along)])
            drawn = np.ptp(camera.project(ends)[:, 0])
            assert mount.plate_px(plate, distance) == pytest.approx(drawn, rel=0.02)


def test_the_shutter_of_the_field() -> None:
    """1/(11 x km/h) s: 1/1000 at 90 km/h and a little."""
    assert shutter_us(90) == pytest.approx(1010, abs=1)


@pytest.mark.parametrize("plate", ["us", "eu"])
def test_the_page_repeats_the_table(plate: str) -> None:
    """HARDWARE.md says what the script computes; the control is another angle."""
    page = (ROOT / "systemd/HARDWARE.md").read_text("utf-8")
    assert table(SENSORS["gs"], PLATES[plate], 20.0, 1280) in page
    assert table(SENSORS["gs"], PLATES[plate], 25.0, 1280) not in page


def test_the_page_repeats_the_power_budget() -> None:
    """So does the power budget; its sum is right."""
    page = (ROOT / "systemd/HARDWARE.md").read_text("utf-8")
    assert power_table(0.1) in page
    assert "| together | 7.9 | 9.4 |" in power_table(0.1)  # 4.59 + 1.275 + 2, and 1.5 of lamp


def test_it_prints_what_was_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """Sensor, plate and angle are told above the table."""
    main(["--sensor", "hq", "--plate", "uk", "--angle", "30"])
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("HQ Camera (IMX477), 1280 pixels wide; UK")
    assert len(said) == 3 + len(DISTANCES_M)
    main(["--power", "1"])
    assert "100% of the night's time | 0.0 | 15.0" in capsys.readouterr().out
