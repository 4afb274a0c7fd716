"""A signed document: what it is, what it says, who says so.

The signature covers kind, town, signer and payload, each behind its length and all behind words
of our own: a signature made for one kind, one town or one name holds for no other. Whether the
signer may sign such a thing is the roster's to say (:meth:`edge.keys.roster.Roster.check`).
"""

import hashlib
import struct
from dataclasses import dataclass
from typing import Literal

from edge.errors import EdgeError, KeysError
from edge.keys import canonical
from edge.keys.crypto import SigningKey, VerifyKey
from edge.keys.identity import Identity
from edge.keys.parties import Name

_DOMAIN = b"edge-plates signed document 1"
_MAGIC = b"EDGESIG\1"
_LONGEST_HEAD = 1_000
SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True)
class Signed:
    """A document with its signature, not yet checked.

    Attributes:
        kind: what it is, ``roster``, ``list-manifest``; a checker names the kind that it wants.
        signer: the name that the roster knows.
        signature: 64 bytes.
    """

    kind: str
    payload: bytes
    signer: str
    signature: bytes


def sign(kind: str, payload: bytes, identity: Identity) -> Signed:
    """Return *payload* signed by *identity* as a document of *kind*."""
    return sign_with(identity.signing, kind, payload, identity.name, identity.town)


def sign_with(key: SigningKey, kind: str, payload: bytes, signer: str, town: str) -> Signed:
    """Return *payload* signed with a bare key; everybody but the root uses :func:`sign`."""
    return Signed(kind, payload, signer, key.sign(_covered(kind, town, signer, payload)))


def holds(signed: Signed, key: VerifyKey, town: str) -> bool:
    """Say whether the signature is *key*'s, made in *town*; not whether *key* may sign this."""
    covered = _covered(signed.kind, town, signed.signer, signed.payload)
    return key.verify(covered, signed.signature)


def to_bytes(signed: Signed) -> bytes:
    """Return the document as one file: a head of JSON, then the payload as it is."""
    head = canonical.encode(
        {
            "v": 1,
            "kind": signed.kind,
            "signer": signed.signer,
            "signature": canonical.to_text(signed.signature),
        }
    )
    return _MAGIC + struct.pack(">I", len(head)) + head + signed.payload


def digest(signed: Signed) -> str:
    """Return the SHA-256 of the document as a file, hex: its number where it needs one."""
    return hashlib.sha256(to_bytes(signed)).hexdigest()


def payload_of(signed: Signed, kind: str, error: type[EdgeError] = KeysError) -> bytes:
    """Return what a document of *kind* says; its signature is the roster's to check.

    Raises:
        EdgeError: *error*: it is of another kind.
    """
    if signed.kind != kind:
        raise error(f"this is a {signed.kind}, and a {kind} is wanted")
    return signed.payload


def from_bytes(blob: bytes, what: str, kind: str) -> Signed:
    """Return the document in *blob*, not yet checked.

    Args:
        what: names the file or message in errors.
        kind: the one that is wanted.

    Raises:
        KeysError: it is not a signed document of that kind.
    """
    start = len(_MAGIC) + 4
    if not blob.startswith(_MAGIC) or len(blob) < start:
        raise KeysError(f"{what}: is not a signed document of this version of edge")
    (length,) = struct.unpack(">I", blob[len(_MAGIC) : start])
    if length > _LONGEST_HEAD or len(blob) < start + length:
        raise KeysError(f"{what}: is cut short or damaged; fetch it again")
    head = canonical.read(_Head, blob[start : start + length], what)
    if head.kind != kind:
        raise KeysError(f"{what}: is of kind {head.kind}, and kind {kind} is wanted")
    signature = canonical.from_text(head.signature, what)
    return Signed(kind, blob[start + length :], head.signer, signature)


class _Head(canonical.Row):
    v: Literal[1]
    kind: Name
    signer: Name
    signature: str


def _covered(kind: str, town: str, signer: str, payload: bytes) -> bytes:
    fields = (kind.encode("utf-8"), town.encode("utf-8"), signer.encode("utf-8"), payload)
    return canonical.parts(_DOMAIN, *fields)
