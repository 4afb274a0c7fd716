"""One way to write a document as bytes, so that a signature means one thing.

JSON, UTF-8, keys sorted, no spaces, no numbers but whole ones. What is parsed must be what would
be written: a second spelling of the same content is refused, so nobody can make two files that
say the same and differ.
"""

import base64
import binascii
import json
import struct
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from edge.errors import KeysError


class Row(BaseModel):
    """A part of a document: unknown fields are refused, nothing is converted."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


SomeRow = TypeVar("SomeRow", bound=Row)


def write(row: Row) -> bytes:
    """Return the canonical bytes of *row*."""
    return encode(row.model_dump(mode="json"))


def read(model: type[SomeRow], body: bytes, what: str) -> SomeRow:
    """Return the row in *body*, which errors call *what*.

    Raises:
        KeysError: not canonical, or not as *model* says.
    """
    fields = decode(body, what)
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
    where = ".".join(str(step) for step in first["loc"])
    raise KeysError(f"{what}: {where}: {first['msg'].lower()[:200]}")


def encode(value: dict[str, Any]) -> bytes:
    """Return the canonical bytes of *value*, which holds no floats."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode("utf-8")


def decode(body: bytes, what: str) -> dict[str, Any]:
    """Return the object in *body*.

    Raises:
        KeysError: no JSON object, or not in canonical form.
    """
    try:
        value = json.loads(body.decode("utf-8"))
        same = isinstance(value, dict) and encode(value) == body
    except (ValueError, RecursionError):  # also what UTF-8 cannot say
        raise KeysError(f"{what}: is damaged, or no such file: fetch it again") from None
    if not same:
        raise KeysError(f"{what}: is not in canonical form; it was changed since it was made")
    found: dict[str, Any] = value
    return found


def parts(*fields: bytes) -> bytes:
    """Return *fields* one after the other, each behind its length: no two lists give the same."""
    return b"".join(struct.pack(">Q", len(field)) + field for field in fields)


def to_text(raw: bytes) -> str:
    """Return *raw* as base64."""
    return base64.b64encode(raw).decode("ascii")


def from_text(text: object, what: str) -> bytes:
    """Return the bytes that :func:`to_text` wrote.

    Raises:
        KeysError: it is not the one base64 spelling of anything.
    """
    if isinstance(text, str):
        try:
            raw = base64.b64decode(text.encode("ascii"), validate=True)
        except (UnicodeEncodeError, binascii.Error):
            raw = b""
        if raw and to_text(raw) == text:
            return raw
    raise KeysError(f"{what}: holds something that is not base64; fetch it again")
