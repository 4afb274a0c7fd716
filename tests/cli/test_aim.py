"""``edge aim`` on rendered pictures, with the shipped detector."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.cli import main
from models.synth.scenes import render_scene


def scene(file: Path, seed: int) -> Path:
    rendered = render_scene(np.random.default_rng(seed), 1280, 720)
    cv2.imwrite(str(file), rendered.image)
    return file


def test_each_plate_is_a_line_with_its_findings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every plate that the detector finds is measured and judged as a whole."""
    file = scene(tmp_path / "street.png", 3)
    main(["aim", str(file), "--jsonl", "--speed", "50"])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines
    for line in lines:
        assert line["image"] == str(file)
        names = [one["name"] for one in line["findings"]]
        assert names[:3] == ["plate width", "character height", "stroke"]
        colours = {one["colour"] for one in line["findings"]}
        assert line["colour"] in colours
        assert (line["colour"] == "red") == ("red" in colours)


def test_a_picture_without_a_plate_is_no_success(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing to measure is told and is status 1: it is not a camera that is well aimed."""
    file = tmp_path / "wall.png"
    cv2.imwrite(str(file), np.full((480, 640, 3), 120, np.uint8))
    assert main(["aim", str(file)]) == 1
    assert "no plate is found" in capsys.readouterr().out


def test_a_person_gets_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal each measure stands with its colour and what to do."""
    main(["aim", str(scene(tmp_path / "street.png", 3))])
    shown = capsys.readouterr().out
    assert "plate width" in shown
    assert "what to do" in shown


def test_one_plate_is_picked_by_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The N-th from the left alone is measured and judged; a number that is none is told."""
    file = scene(tmp_path / "street.png", 3)
    main(["aim", str(file), "--jsonl"])
    every = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["plate"] for one in every] == list(range(1, len(every) + 1))
    last = len(every)
    main(["aim", str(file), "--jsonl", "--plate", str(last)])
    assert json.loads(capsys.readouterr().out) == every[-1]
    assert main(["aim", str(file), "--plate", str(last + 1)]) == 1
    assert f"has no plate {last + 1}" in capsys.readouterr().out
