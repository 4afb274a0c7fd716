"""Bytes of an agency's file to lines of text, or to records of a fixed number of bytes.

A line that cannot be decoded is one broken line, not the end of the file; only UTF-16, where one
lost byte shifts all that follow, is refused whole.
"""

import codecs
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from edge.errors import HotlistError
from edge.hotlist.importing.mapping import FileForm

_LONGEST = 65_536
_CHUNK = 1 << 20
_ENDS = "\x1a \0\r\n\x85"  # what transfers leave behind the last record


class Line(NamedTuple):
    """One line or fixed record.

    Attributes:
        number: from 1.
        text: without its line break; empty when it cannot be decoded.
        problem: why it cannot be taken; empty when it can.
    """

    number: int
    text: str
    problem: str = ""


def lines(file: BinaryIO, path: Path, form: FileForm) -> Iterator[Line]:
    """Yield all lines of *file*.

    Raises:
        HotlistError: this is no such file at all: lines without an end, UTF-16 without its mark.
    """
    if not form.line_breaks:
        yield from _blocks(file, form)
    elif form.encoding == "utf-16":
        yield from _wide(file, path)
    else:
        for number, raw in enumerate(_raw(file, form.encoding), start=1):
            if len(raw) >= _LONGEST:
                raise HotlistError(
                    f"{path}:{number}: has {_LONGEST} bytes and more; are form and encoding of "
                    "the map right?"
                )
            yield _decoded(number, raw, form.encoding)


def _raw(file: BinaryIO, encoding: str) -> Iterator[bytes]:
    if encoding != "cp037":
        while raw := file.readline(_LONGEST):
            yield raw
        return
    rest = b""
    while chunk := file.read(_CHUNK):
        *whole, rest = (rest + chunk.replace(b"\x15", b"\x25")).split(b"\x25")
        yield from whole
        if len(rest) >= _LONGEST:
            break
    if rest:
        yield rest


def _decoded(number: int, raw: bytes, encoding: str) -> Line:
    if number == 1 and encoding == "utf-8":
        raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        return Line(number, raw.decode(encoding).rstrip("\r\n"))
    except UnicodeDecodeError as error:
        return Line(number, "", f"is not {encoding} (byte {error.start + 1} of the line)")


def _blocks(file: BinaryIO, form: FileForm) -> Iterator[Line]:
    length = form.record_length or 1
    number = 0
    while raw := file.read(length):
        number += 1
        line = _decoded(number, raw, form.encoding)
        if len(raw) < length:
            if not line.problem and not line.text.strip(_ENDS):
                return
            line = Line(number, "", f"has {len(raw)} bytes, a record has {length}: is it cut off?")
        yield line


def _wide(file: BinaryIO, path: Path) -> Iterator[Line]:
    mark = file.read(2)
    if mark not in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise HotlistError(
            f"{path}:1: has no byte order mark, so this is not UTF-16 as the map says"
        )
    encoding = "utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be"
    text = io.TextIOWrapper(file, encoding, newline="\n")
    number = 0
    try:
        while line := text.readline(_LONGEST):
            number += 1
            if len(line) == _LONGEST:
                raise HotlistError(f"{path}:{number}: has {_LONGEST} characters and more")
            yield Line(number, line.rstrip("\r\n"))
    except UnicodeDecodeError:
        raise HotlistError(f"{path}:{number + 1}: is not UTF-16 from here on") from None
    finally:
        text.detach()
