"""A line of ``authorized_keys``: which key it is, as ``ssh-keygen -lf`` says it."""

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass
from typing import Final

from edge.errors import HostUnreadable

_KINDS: Final = ("ssh-", "ecdsa-", "sk-")
_BITS: Final = {
    "ssh-ed25519": 256,
    "sk-ssh-ed25519@openssh.com": 256,
    "ecdsa-sha2-nistp256": 256,
    "sk-ecdsa-sha2-nistp256@openssh.com": 256,
    "ecdsa-sha2-nistp384": 384,
    "ecdsa-sha2-nistp521": 521,
}


class Unreadable(HostUnreadable):
    """The line is no key."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One key that opens a log-in."""

    kind: str
    bits: int
    fingerprint: str
    comment: str


def parse(line: str) -> PublicKey:
    """Return the key of a line, whose options may stand before it.

    Raises:
        Unreadable: it is none.
    """
    words = line.split()
    at = next((n for n, word in enumerate(words) if word.startswith(_KINDS)), len(words))
    if at + 1 >= len(words):
        raise Unreadable("no kind of key is named, or nothing follows it")
    try:
        blob = base64.b64decode(words[at + 1], validate=True)
        fields = _fields(blob)
    except (binascii.Error, struct.error) as error:
        raise Unreadable(f"its body is damaged: {error}") from error
    if not fields or fields[0] != words[at].encode():
        raise Unreadable("its body is of another kind than its name")
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    comment = " ".join(words[at + 2 :])
    return PublicKey(words[at], _bits(words[at], fields), f"SHA256:{digest}", comment)


def _fields(blob: bytes) -> list[bytes]:
    fields = []
    while blob:
        (length,) = struct.unpack(">I", blob[:4])
        if length > len(blob) - 4:
            raise struct.error("a field is longer than the key")
        fields.append(blob[4 : 4 + length])
        blob = blob[4 + length :]
    return fields


def _bits(kind: str, fields: list[bytes]) -> int:
    at = {"ssh-rsa": 2, "ssh-dss": 1}.get(kind)
    if at is None or at >= len(fields):
        return _BITS.get(kind, 0)
    return int.from_bytes(fields[at], "big").bit_length()
