"""Find plates in raw bytes, whatever they were written as: a disk's free space has no files.

Texts are looked for in every form that a program may write one in, packed members are unpacked,
pictures and films are carved by their signatures and decoded.
"""

import base64
import struct
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

_WINDOW = 4 << 20  # no picture and no packed member of ours is larger
_FILM = 16 << 20
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF", b"BM", b"II*\0", b"MM\0*")
_PACKED = {b"\x1f\x8b\x08": 31, **{b"\x78" + bytes([level]): 15 for level in (1, 94, 156, 218)}}
_LEAST = 4  # pixels a side
_FRAMES = 200  # of a film


def forms(plate: str) -> dict[str, bytes]:
    """Return *plate* as programs write it, by what that is called."""
    breaks = [at for at, (a, b) in enumerate(pairwise(plate), 1) if a.isdigit() != b.isdigit()]
    texts = {"plain": plate, "lower": plate.lower()}
    for name, mark in (("dash", "-"), ("space", " "), ("dot", ".")):
        for at in breaks:
            texts[f"{name} at {at}"] = plate[:at] + mark + plate[at:]
            texts[f"lower {name} at {at}"] = texts[f"{name} at {at}"].lower()
        texts[f"{name} between all"] = mark.join(plate)
    texts["a list"] = '","'.join(plate)
    texts["a spaced list"] = '", "'.join(plate)
    texts["percent"] = "".join(f"%{ord(one):02X}" for one in plate)
    texts["percent lower"] = texts["percent"].lower()
    for name, text in (("hex", plate), ("hex of lower", plate.lower())):
        texts[name] = text.encode().hex()
        texts[f"upper {name}"] = text.encode().hex().upper()
    found = {name: text.encode() for name, text in texts.items()}
    for name, text in (("plain", plate), ("lower", plate.lower())):
        for code in ("utf-16-le", "utf-16-be", "utf-32-le"):
            found[f"{name}, {code}"] = text.encode(code)
        for shift in range(3):
            found[f"{name}, base64 after {shift}"] = _inner64(text.encode(), shift)
    return found


def texts(raw: bytes, plates: Iterable[str]) -> Iterator[str]:
    """Yield what was found of *plates* in *raw*, packed members included."""
    wanted = {plate: forms(plate) for plate in plates}
    for where, part in (("", raw), *unpacked(raw)):
        for plate, written in wanted.items():
            for name, form in written.items():
                at = part.find(form)
                if at >= 0:
                    yield f"{plate} ({name}) {where}at {at}"


def unpacked(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield what gzip and zlib have packed anywhere in *raw*."""
    for start, bits in _PACKED.items():
        for at in _starts(raw, start):
            part = _unpack(raw[at : at + _WINDOW], bits)
            if len(part) >= _LEAST:
                yield f"packed at {at}, ", part


def pictures(raw: bytes) -> Iterator[Picture]:
    """Yield every picture that begins anywhere in *raw*, and every frame of every film."""
    for start in _PICTURES:
        for at in _starts(raw, start):
            if start == b"BM" and not _is_bitmap(raw, at):
                continue
            picture = cv2.imdecode(
                np.frombuffer(raw[at : at + _WINDOW], np.uint8), cv2.IMREAD_COLOR
            )
            if picture is not None and min(picture.shape[:2]) >= _LEAST:
                yield np.asarray(picture, np.uint8)
    for start, before in ((b"ftyp", 4), (b"\x1aE\xdf\xa3", 0), (b"\0\0\0\x01\x67", 0)):
        for at in _starts(raw, start):
            yield from _film(raw[max(0, at - before) : at + _FILM])


def _film(body: bytes) -> Iterator[Picture]:
    """Decode what may be a film: MP4, Matroska, or bare H.264."""
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        file.write(body)
        file.flush()
        film = cv2.VideoCapture(file.name)
        try:
            for _ in range(_FRAMES):
                whole, frame = film.read()
                if not whole:
                    return
                yield np.asarray(frame, np.uint8)
        finally:
            film.release()


def _starts(raw: bytes, start: bytes) -> Iterator[int]:
    at = raw.find(start)
    while at >= 0:
        yield at
        at = raw.find(start, at + 1)


def _unpack(body: bytes, bits: int) -> bytes:
    """Return what can be unpacked before the first error: the rest may have been written over."""
    stream, found = zlib.decompressobj(bits), bytearray()
    for at in range(0, len(body), 4096):
        try:
            found += stream.decompress(body[at : at + 4096], _WINDOW)
        except zlib.error:
            break
        if stream.eof or len(found) >= _WINDOW:
            break
    return bytes(found)


def _is_bitmap(raw: bytes, at: int) -> bool:
    if len(raw) < at + 18:
        return False
    size, rest, offset, header = struct.unpack_from("<IIII", raw, at + 2)
    return rest == 0 and header in (12, 40, 108, 124) and offset < size < _WINDOW


def _inner64(text: bytes, shift: int) -> bytes:
    """Return the base64 digits that depend on *text* alone, *shift* bytes after a group's start."""
    whole = base64.b64encode(b"\0" * shift + text)
    first = -(-shift * 8 // 6)
    last = (shift + len(text)) * 8 // 6
    return whole[first:last]
