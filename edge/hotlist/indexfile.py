"""A list as one file that is opened in place: checked whole, then mapped, not loaded.

The file is a header, a description and the parts of a :class:`~edge.hotlist.index.Hotlist`::

    8 bytes   magic
    4 + 4     version of this format; length of the description, little-endian
    8         length of the file
    32        SHA-256 of the file with zeros in this place
    ...       description in JSON: the list's version, its pools, how long each part is
    ...       keys, rows and words, each from a multiple of 64 bytes on

It is made here from a list that has been checked, so the digest finds what a disk or a power cut
did to it; against forgery stands the signature of the bundle that it was made of. A file that is
in use is replaced by a rename, never written in place: a mapped page that vanishes ends the
process.
"""

import hashlib
import json
import mmap
import os
import struct
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np

from edge.disk import sync
from edge.errors import HotlistError
from edge.hotlist.index import POOLED, Hotlist, row_type
from edge.records import ListVersion

FORMAT: Final = 1

_MAGIC: Final = b"EDGELIST"
_HEAD: Final = struct.Struct("<8sIIQ32s")
_ALIGN: Final = 64
_CHUNK: Final = 1 << 20
_NO_DIGEST: Final = bytes(32)
_DATES: Final = ("issued", "valid_from", "expires")
_MEND: Final = "install the list again"


def write_index(hotlist: Hotlist, file: Path) -> None:
    """Write a list's index file, whole and safe on the disk, or leave the old one.

    Raises:
        HotlistError: it cannot be written; an older file of the name is untouched.
    """
    fresh = file.with_name(f".{file.name}.new")
    try:
        try:
            with fresh.open("wb") as out:
                _write(hotlist, out)
                out.flush()
                os.fsync(out.fileno())
            fresh.replace(file)
        finally:
            fresh.unlink(missing_ok=True)
        sync(file.parent)
    except OSError as error:
        raise HotlistError(f"{file}: cannot be written: {error.strerror}; see the disk") from error


def open_index(file: Path) -> Hotlist:
    """Return the list of an index file, after a look at every byte of it.

    The file stays mapped as long as the list is in use; it may be renamed over or unlinked.

    Raises:
        HotlistError: it cannot be read, is truncated, damaged, or of another version.
    """
    try:
        with file.open("rb") as source:
            described, start = _checked(file, source)
            mapped = mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise HotlistError(f"{file}: cannot be read: {error.strerror}; {_MEND}") from error
    return _hotlist(mapped, described, start)


def _write(hotlist: Hotlist, out: BinaryIO) -> None:
    parts = [hotlist.keys.tobytes(), hotlist.rows.tobytes(), bytes(hotlist.words)]
    described = json.dumps(_described(hotlist), sort_keys=True).encode()
    size = _aligned(_HEAD.size + len(described)) + sum(_aligned(len(part)) for part in parts)
    head = (_MAGIC, FORMAT, len(described), size)
    digest = hashlib.sha256(_HEAD.pack(*head, _NO_DIGEST))
    out.write(_HEAD.pack(*head, _NO_DIGEST))
    for piece in (described, *parts):
        padding = bytes(_aligned(out.tell() + len(piece)) - out.tell() - len(piece))
        for some in (piece, padding):
            digest.update(some)
            out.write(some)
    out.seek(0)
    out.write(_HEAD.pack(*head, digest.digest()))


def _described(hotlist: Hotlist) -> dict[str, Any]:
    version = hotlist.version
    return {
        "version": version.version,
        "entries": version.entries,
        **{name: _iso(getattr(version, name)) for name in _DATES},
        "pools": hotlist.pools,
        "rows": len(hotlist),
        "words": len(hotlist.words),
    }


def _checked(file: Path, source: BinaryIO) -> tuple[dict[str, Any], int]:
    """Return the description of a file that is what it says, and where its parts begin."""
    head = source.read(_HEAD.size)
    if len(head) < _HEAD.size or not head.startswith(_MAGIC):
        raise HotlistError(f"{file}: is no index of a hotlist; {_MEND}")
    magic, version, length, size, wanted = _HEAD.unpack(head)
    if version != FORMAT:
        raise HotlistError(
            f"{file}: is an index of version {version}, this program reads {FORMAT}; {_MEND}"
        )
    there = os.fstat(source.fileno()).st_size
    if there != size:
        raise HotlistError(f"{file}: has {there} bytes instead of {size}, it was cut off; {_MEND}")
    digest = hashlib.sha256(_HEAD.pack(magic, version, length, size, _NO_DIGEST))
    text = source.read(length)
    digest.update(text)
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
    if digest.digest() != wanted:
        raise HotlistError(f"{file}: is damaged, its digest is another; {_MEND}")
    described: dict[str, Any] = json.loads(text)
    return described, _aligned(_HEAD.size + length)


def _hotlist(mapped: mmap.mmap, described: Mapping[str, Any], start: int) -> Hotlist:
    pools = {name: tuple(described["pools"][name]) for name in POOLED}
    kind, count = row_type(pools), described["rows"]
    keys = np.frombuffer(mapped, np.uint64, count, start)
    start += _aligned(keys.nbytes)
    rows = np.frombuffer(mapped, kind, count, start)
    start += _aligned(rows.nbytes)
    version = ListVersion(
        version=described["version"],
        issued=datetime.fromisoformat(described["issued"]),
        entries=described["entries"],
        valid_from=_moment(described["valid_from"]),
        expires=_moment(described["expires"]),
    )
    words = memoryview(mapped)[start : start + described["words"]]
    return Hotlist(version, keys.copy(), rows, pools, words)  # a search waits for no slow card


def _aligned(size: int) -> int:
    return -(-size // _ALIGN) * _ALIGN


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
