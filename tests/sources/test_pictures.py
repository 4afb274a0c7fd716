"""Single pictures and folders."""

import logging
import threading

import cv2
import numpy as np
import pytest
from PIL import Image

from edge.errors import PictureError, SourceError
from edge.sources.open import open_pictures, open_source
from edge.sources.pictures import find_pictures, read_picture
from tests.fakes import FakeClock
from tests.sources.stage import FakeStop, section

NOISE = np.random.default_rng(5).integers(0, 256, (48, 64, 3), dtype=np.uint8)


def write(path, image=NOISE):
    assert cv2.imwrite(str(path), image)
    return path


def shown(folder, clock=None, stop=None, **changes):
    settings = section(kind="pictures", address=str(folder), **{"paced": False} | changes)
    source = open_source(settings, clock or FakeClock())
    return list(source.frames(stop or threading.Event())), source


def test_a_folder_is_shown_by_name_at_its_pace(tmp_path):
    """Pictures come by name, one every 1/fps seconds, other files left alone."""
    for name in ("b.png", "a.JPG", "c.webp", "notes.txt"):
        write(tmp_path / name) if name != "notes.txt" else (tmp_path / name).touch()
    frames, source = shown(tmp_path, fps=4.0)
    assert [one.name for one in frames] == [
        str(tmp_path / name) for name in ("a.JPG", "b.png", "c.webp")
    ]
    times = [one.captured.since(frames[0].captured) for one in frames]
    assert times == [0.0, 0.25, 0.5]
    assert source.state.frames == 3


def test_paced_pictures_wait(tmp_path):
    """Paced, each picture is handed out when it is due."""
    clock = FakeClock()
    for index in range(3):
        write(tmp_path / f"{index}.png")
    stop = FakeStop(clock)
    shown(tmp_path, clock, stop, fps=2.0, paced=True)
    assert stop.waits == [0.5, 0.5]


def test_an_unreadable_picture_is_named_and_keeps_its_place(tmp_path, caplog):
    """A broken picture is warned of by name and counted; number and time of the next are kept."""
    write(tmp_path / "1.png")
    (tmp_path / "2.png").write_bytes(b"no picture")
    write(tmp_path / "3.png")
    with caplog.at_level(logging.WARNING):
        frames, source = shown(tmp_path, fps=1.0)
    assert [one.number for one in frames] == [0, 2]
    assert frames[1].captured.since(frames[0].captured) == 2.0
    assert source.state.damaged == 1
    assert str(tmp_path / "2.png") in str(caplog.records[0].fields["reason"])


def test_only_broken_pictures_are_an_error(tmp_path):
    """A folder in which nothing can be read is not an empty recording."""
    (tmp_path / "1.png").write_bytes(b"no picture")
    with pytest.raises(SourceError, match="no picture in it can be decoded"):
        shown(tmp_path)


def test_an_empty_folder_and_a_missing_one_are_errors(tmp_path):
    """A folder without pictures and a path to nowhere are told apart."""
    with pytest.raises(SourceError, match="no picture in this folder"):
        shown(tmp_path)
    with pytest.raises(SourceError, match="no such picture or folder"):
        shown(tmp_path / "nowhere")


def test_files_and_folders_in_a_row(tmp_path):
    """A list of files and folders is shown in its own order; a lone file needs no known suffix."""
    write(tmp_path / "z.png")
    folder = tmp_path / "folder"
    folder.mkdir()
    write(folder / "a.png")
    lone = write(tmp_path / "lone.png").rename(tmp_path / "lone.dat")
    source = open_pictures([tmp_path / "z.png", folder, lone], section(paced=False), FakeClock())
    names = [one.name for one in source.frames(threading.Event())]
    assert names == [str(tmp_path / "z.png"), str(folder / "a.png"), str(lone)]
    assert find_pictures(lone) == [lone]


@pytest.mark.parametrize(
    "image",
    [
        np.full((1, 1, 3), 200, np.uint8),
        np.full((30, 40), 90, np.uint8),
        np.dstack([NOISE, np.full((48, 64), 128, np.uint8)]),
        np.full((20, 20, 3), 40_000, np.uint16),
    ],
    ids=["1x1", "grey", "alpha", "16 bit"],
)
def test_every_kind_of_picture_becomes_bgr(tmp_path, image):
    """Grey, transparent and 16-bit pictures become (H, W, 3) uint8 without a change of value."""
    picture = read_picture(write(tmp_path / "one.png", image))
    assert picture.shape == (*image.shape[:2], 3)
    assert picture.dtype == np.uint8
    eight_bits = image if image.dtype == np.uint8 else (image >> 8).astype(np.uint8)
    expected = eight_bits[:, :, :3] if image.ndim == 3 else np.dstack([eight_bits] * 3)
    assert np.array_equal(picture, expected)


def test_an_orientation_mark_is_not_obeyed(tmp_path):
    """Boxes are in pixels of the picture as stored, so a mark for the viewer turns nothing."""
    path = tmp_path / "turned.jpg"
    mark = Image.Exif()
    mark[0x0112] = 6
    Image.new("RGB", (40, 20)).save(path, exif=mark)
    assert read_picture(path).shape == (20, 40, 3)


@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_a_cut_picture_is_an_error(tmp_path, suffix):
    """A picture whose file breaks off is refused with its name."""
    path = write(tmp_path / f"cut{suffix}")
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(PictureError, match=f"cut{suffix}"):
        read_picture(path)


def test_a_cut_jpeg_is_an_error(tmp_path):
    """A half JPEG is refused too, though OpenCV would fill its end with grey and say nothing."""
    path = write(tmp_path / "cut.jpg")
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(PictureError, match="breaks off"):
        read_picture(path)


def test_what_cannot_be_opened_is_named(tmp_path):
    """A missing picture, an empty one and a folder are errors with the path and the reason."""
    (tmp_path / "empty.png").touch()
    for name in ("missing.png", "empty.png", ""):
        with pytest.raises(PictureError) as caught:
            read_picture(tmp_path / name)
        assert str(tmp_path / name) in str(caught.value)
