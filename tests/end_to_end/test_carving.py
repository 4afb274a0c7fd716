"""The search of raw bytes finds what is hidden there: else to find nothing would prove nothing."""

import base64
import gzip
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.end_to_end.carving import forms, pictures, texts

PLATE = "BK47219"
NOISE = np.random.default_rng(5).bytes(200_000)


def hidden(body: bytes) -> bytes:
    """Return *body* amid noise, at no round offset."""
    return NOISE[:70_001] + body + NOISE[70_001:]


@pytest.mark.parametrize("name", sorted(forms(PLATE)))
def test_each_form_is_found(name: str) -> None:
    """Each way of writing a plate is found amid noise, and is told by its name."""
    assert any(f"{PLATE} ({name})" in one for one in texts(hidden(forms(PLATE)[name]), [PLATE]))


@pytest.mark.parametrize("before", range(4))
def test_base64_at_any_place(before: int) -> None:
    """Wherever the plate stands in what was encoded, standard or for URLs."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        body = encode(b"x" * before + PLATE.encode() + b"\xff\xfe??")
        assert list(texts(hidden(body), [PLATE]))


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress], ids=["gzip", "zlib"])
def test_packed_and_torn(pack: object) -> None:
    """A packed log is unpacked; one whose end was written over as well."""
    body = pack(b"a line of the log\n" * 50 + PLATE.encode() + NOISE[:9000])  # type: ignore[operator]
    assert list(texts(hidden(body), [PLATE]))
    assert list(texts(hidden(body[: len(body) // 2]), [PLATE]))


@pytest.mark.parametrize("kind", [".png", ".jpg", ".bmp", ".tiff", ".webp"])
def test_pictures_are_carved(kind: str) -> None:
    """A picture amid noise is decoded, each pixel where it was."""
    picture = np.full((40, 120, 3), 37, np.uint8)
    picture[10:30, 20:100] = 200
    body = cv2.imencode(kind, picture)[1].tobytes()
    found = [one for one in pictures(hidden(body)) if one.shape == picture.shape]
    assert any(abs(int(one[20, 60, 0]) - 200) < 9 for one in found)


def test_films_are_carved(tmp_path: Path) -> None:
    """A film amid noise gives its frames."""
    file = tmp_path / "film.mp4"
    film = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"mp4v"), 5.0, (64, 48))
    for _ in range(5):
        film.write(np.full((48, 64, 3), 180, np.uint8))
    film.release()
    frames = [one for one in pictures(hidden(file.read_bytes())) if one.shape == (48, 64, 3)]
    assert len(frames) >= 5


def test_noise_holds_nothing() -> None:
    """The control: where nothing is hidden nothing is found."""
    assert list(texts(NOISE, [PLATE])) == []
    assert list(pictures(NOISE)) == []
