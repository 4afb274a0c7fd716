"""The command line and the fonts that the renderer carries."""

import json
from pathlib import Path

import cv2
import pytest

from models.synth.__main__ import main
from models.synth.glyphs import FANCY_FACES, FONTS, SERIAL_FACES


@pytest.mark.parametrize("what", ["plates", "crops", "scenes"])
def test_pictures_with_truth(what: str, tmp_path: Path) -> None:
    """Each command writes its pictures and one line of truth for each."""
    assert main([what, "--seed", "3", "--count", "2", "--out", str(tmp_path)]) == 0
    lines = [json.loads(line) for line in (tmp_path / "truth.jsonl").read_text().splitlines()]
    assert len(lines) == 2
    for line in lines:
        assert cv2.imread(str(tmp_path / line["image"])) is not None


def test_sheets(tmp_path: Path) -> None:
    """Contact sheets of plates, crops and scenes are written."""
    assert main(["sheet", "--count", "3", "--out", str(tmp_path)]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"plates.png", "crops.png", "scenes.png"}


def test_every_font_has_a_licence_and_all_are_small() -> None:
    """Each font file is named in the fonts' README, each package has its licence text, < 1 MB."""
    readme = (FONTS / "README.md").read_text()
    files = sorted(FONTS.glob("*.ttf"))
    assert {f.stem for f in files} == set(SERIAL_FACES) | set(FANCY_FACES)
    assert sum(f.stat().st_size for f in files) < 1_000_000
    for file in files:
        row = next(line for line in readme.splitlines() if line.startswith(f"| {file.name} |"))
        package = row.split("@fontsource/")[1].split()[0]
        text = (FONTS / "licences" / f"{package}.txt").read_text()
        assert "Open Font License" in text or "Apache License" in text
