"""Tests of ``edge read`` through the root command, on small real models."""

import json
import math
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge.cli import main
from tests.vision import graphs

KEYS = {"image", "plates", "ms", "stage_ms"}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Settings that name a detector of bright rectangles and a reader of one text."""
    models = tmp_path / "models"
    models.mkdir()
    detector = graphs.write(models, "detector", graphs.bright_detector())
    slots = graphs.distribution("AB12", 0.97)
    slots[0, [10, 11]] = [0.6, 0.376]  # A, or perhaps B
    slots[0, 12:] = slots[0, :10] = 0.024 / 35
    reader = graphs.write(models, "reader", graphs.slots_reader(slots))
    file = tmp_path / "site.toml"
    file.write_text(f'[detector]\ncard = "{detector}"\n[reader]\ncard = "{reader}"\n', "utf-8")
    return file


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with a street that has a plate, and below it an empty street, grey."""
    folder = tmp_path / "pictures"
    (folder / "below").mkdir(parents=True)
    street = np.zeros((384, 640, 3), np.uint8)
    cv2.imwrite(str(folder / "below" / "empty.PNG"), street[:, :, 0])
    street[100:140, 200:300] = 255
    cv2.imwrite(str(folder / "plate.jpg"), street)
    (folder / "notes.txt").write_text("not a picture", "utf-8")
    return folder


def lines(out: str) -> list[dict[str, Any]]:
    def refuse(word: str) -> None:
        raise AssertionError(f"{word} in JSON")

    return [json.loads(line, parse_constant=refuse) for line in out.splitlines()]


def test_one_object_a_picture_in_order(
    site: Path, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder gives all its pictures, those below too, by path; a plate is told in full."""
    assert main(["read", "--jsonl", "--config", str(site), str(pictures)]) == 0
    captured = capsys.readouterr()
    empty, full = lines(captured.out)
    assert captured.err == ""
    assert empty["image"].endswith("below/empty.PNG")
    assert empty["plates"] == []
    assert set(full) == KEYS
    (plate,) = full["plates"]
    assert plate["text"] == "AB12"
    assert plate["confidence"] == pytest.approx(0.6 * 0.97**9, abs=1e-4)
    assert plate["box"] == pytest.approx([200, 100, 300, 140], abs=2)
    assert np.array(plate["corners"]).shape == (4, 2)
    assert "".join(one["char"] for one in plate["characters"]) == plate["text"]
    assert plate["characters"][0] == {
        "char": "A",
        "p": 0.6,
        "others": [{"char": "B", "p": 0.376}],
    }
    assert plate["characters"][1]["others"] == []


def test_times_are_told_by_stage(
    site: Path, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole time holds the decoding and every stage."""
    main(["read", "--jsonl", "--config", str(site), str(pictures / "plate.jpg")])
    (told,) = lines(capsys.readouterr().out)
    assert set(told["stage_ms"]) == {"decode", "detect", "rectify", "read"}
    assert all(math.isfinite(ms) and ms >= 0 for ms in told["stage_ms"].values())
    assert told["ms"] >= sum(told["stage_ms"].values()) - 0.1


def test_a_bad_one_does_not_stop_the_rest(
    site: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Missing, empty, cut-off and foreign files are errors in their places, and status 1."""
    whole = (pictures / "plate.jpg").read_bytes()
    for name, data in (("cut.jpg", whole[:-300]), ("empty.jpg", b""), ("text.jpg", b"hello")):
        (tmp_path / name).write_bytes(data)
    bare = tmp_path / "bare"
    bare.mkdir()
    names = ["gone.jpg", "cut.jpg", "empty.jpg", "text.jpg", "bare", "pictures/plate.jpg"]
    paths = [str(tmp_path / name) for name in names]
    assert main(["read", "--jsonl", "--config", str(site), *paths]) == 1
    told = lines(capsys.readouterr().out)
    assert [one["image"] for one in told] == paths
    assert ["error" in one for one in told] == [True] * 5 + [False]
    assert not any("plates" in one for one in told[:5])
    assert all(str(tmp_path) in one["error"] for one in told[:5])


@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "bmp", "tif"])
@pytest.mark.parametrize("shape", [(384, 640, 3), (2160, 3840), (1, 1, 3), (200, 300, 4)])
def test_any_picture_is_read(
    site: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    extension: str,
    shape: tuple[int, ...],
) -> None:
    """Colour, grey and transparent pictures of every format and size give an object."""
    file = tmp_path / f"x.{extension}"
    image = np.full(shape, 255, np.uint8)
    if extension in ("jpg", "bmp") and shape[-1] == 4:
        image = np.ascontiguousarray(image[..., :3])
    assert cv2.imwrite(str(file), image)
    assert main(["read", "--jsonl", "--config", str(site), str(file)]) == 0
    (told,) = lines(capsys.readouterr().out)
    for plate in told["plates"]:
        x1, y1, x2, y2 = plate["box"]
        assert 0 <= x1 < x2 <= shape[1]
        assert 0 <= y1 < y2 <= shape[0]


def test_boxes_are_in_the_stored_pixels(
    site: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A camera's orientation mark turns no box: they fit the file's own pixels."""
    data = (pictures / "plate.jpg").read_bytes()
    tiff = (
        b"II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\0\0\0\0"
    )
    mark = b"Exif\x00\x00" + tiff
    file = tmp_path / "turned.jpg"
    file.write_bytes(data[:2] + b"\xff\xe1" + (len(mark) + 2).to_bytes(2, "big") + mark + data[2:])
    assert cv2.imread(str(file)).shape == (640, 384, 3)
    main(["read", "--jsonl", "--config", str(site), str(file)])
    (told,) = lines(capsys.readouterr().out)
    assert told["plates"][0]["box"] == pytest.approx([200, 100, 300, 140], abs=2)


def test_a_film_behind_a_picture_does_not_matter(
    site: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A phone's picture with a short film appended is whole, whatever bytes the film has."""
    file = tmp_path / "motion.jpg"
    film = b"ftyp" + b"\xff\xd9" + b"\xff\xda" + bytes(999)
    file.write_bytes((pictures / "plate.jpg").read_bytes() + film)
    assert main(["read", "--jsonl", "--config", str(site), str(file)]) == 0
    assert len(lines(capsys.readouterr().out)[0]["plates"]) == 1


def test_people_get_a_table(
    site: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --jsonl a table tells the plates, the empty pictures and the errors."""
    odd = tmp_path / "[bold]gone.jpg"
    assert main(["read", "--config", str(site), str(pictures), str(odd)]) == 1
    captured = capsys.readouterr()
    assert "AB12" in captured.out
    assert "no plate" in captured.out
    assert "[bold]gone.jpg" in captured.out.replace("\n", "")
    assert f"edge: {odd}: No such file" in captured.err


def test_a_name_of_odd_bytes_is_told(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file name that is no UTF-8 breaks neither the lines nor the table."""
    odd = str(tmp_path) + "/gone\udcff.jpg"
    assert main(["read", "--jsonl", "--config", str(site), odd]) == 1
    assert lines(capsys.readouterr().out)[0]["image"] == odd
    assert main(["read", "--config", str(site), odd]) == 1
    assert "gone?.jpg" in capsys.readouterr().out.replace("\n", "")


def test_progress_only_on_a_terminal(
    site: Path,
    pictures: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A bar appears on a terminal's standard error, and never among the lines."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    main(["read", "--jsonl", "--config", str(site), str(pictures)])
    captured = capsys.readouterr()
    assert "reading" in captured.err
    assert len(lines(captured.out)) == 2


def test_a_broken_model_ends_the_command(
    site: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A damaged model is told once, with its path, and nothing is printed as read."""
    (tmp_path / "models" / "reader.onnx").write_bytes(b"broken")
    assert main(["read", "--jsonl", "--config", str(site), str(pictures)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "reader.onnx" in captured.err
