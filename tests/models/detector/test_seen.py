"""Tests of what the detector learns from, as far as it needs no torch."""

import csv
from pathlib import Path

import numpy as np

from models.detector.augment import view
from models.detector.bait import some_bait, strewn
from models.detector.data import EXTRA, Scene
from models.detector.light import relit

CHECKED = Path(__file__).parents[3] / "models" / "checked" / "no_plates.csv"


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def scene(**changes: object) -> Scene:
    plate = np.array([[[100, 100], [160, 100], [160, 120], [100, 120]]], np.float32)
    fields = {"image": np.full((300, 400, 3), 90, np.uint8), "quads": plate}
    fields |= {"seen": np.ones(1, np.float32), "source": "test", "cornered": False}
    return Scene(**{**fields, **changes})  # type: ignore[arg-type]


def test_every_box_seen_beside_the_labels_has_area_and_a_known_kind() -> None:
    """A turned box or a misspelt kind would teach nothing, silently."""
    for row in rows(EXTRA):
        x0, y0, x1, y1 = (float(row[name]) for name in ("x0", "y0", "x1", "y1"))
        assert 0 <= x0 < x1 <= 1, row
        assert 0 <= y0 < y1 <= 1, row
        assert row["kind"] in {"plate", "loose", "unsure", "none"}, row


def test_pictures_checked_are_a_hundred_and_more_each_once() -> None:
    """The rate of false plates stands on pictures that were looked at."""
    files = [row["file"] for row in rows(CHECKED)]
    assert len(files) >= 100
    assert len(set(files)) == len(files)


def test_bait_never_covers_a_plate() -> None:
    """What is laid over a picture leaves the plates' boxes as they were, and changes the rest."""
    pool, box = some_bait(1, 21), np.array([[20, 60, 180, 140]], np.float32)
    changed = 0
    for seed in range(30):
        image = np.full((256, 256, 3), 90, np.uint8)
        strewn(np.random.default_rng(seed), image, box, pool)
        assert (image[60:140, 20:180] == 90).all()
        changed += int((image != 90).any())
    assert changed > 15


def test_a_view_keeps_plates_apart_from_what_nobody_can_tell() -> None:
    """Unsure places are ignored, bait is aimed at, and neither is learned as a plate."""
    unsure = np.array([[[300, 200], [340, 200], [340, 215], [300, 215]]], np.float32)
    one = scene(aside=unsure, bait=unsure - 150)
    views = [view(np.random.default_rng(seed), one, scene(), 256) for seed in range(20)]
    assert all(len(each.quads) <= 2 for each in views)
    assert any(len(each.ignored) for each in views)


def test_the_same_seed_gives_the_same_light() -> None:
    """Light is drawn from the given generator alone; the picture given is not changed."""
    image = np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)
    before = image.copy()
    some = [relit(np.random.default_rng(7), image) for _ in range(2)]
    assert (some[0] == some[1]).all()
    assert (image == before).all()
