"""Sealed bytes: only those named when it was sealed can open them, and they all find the same.

A fresh content key encrypts the payload (AES-256-GCM); a fresh X25519 key wraps it for each
recipient (HKDF-SHA-256, AES-256-GCM). The head lists the wrapped keys by the recipients' key ids,
not by names, and names kind and town; all of it is bound to the content, so no recipient can be
taken out, put in or swapped. A commitment to the content key keeps a sender from making one blob
that opens to different things for different people. Sealing tells nobody who sealed: sign first.

A pair is a sealed payload with a companion beside it, a picture, that may be lost: its key comes
from the payload's, so it costs no second round of wrapping, and it opens beside that payload alone.
"""

import hashlib
import secrets
import struct
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from edge.errors import KeysError
from edge.keys import canonical
from edge.keys.crypto import OpeningKey, SealingKey, decrypt, derive, encrypt, same
from edge.keys.identity import Identity
from edge.keys.parties import Name, Party

_MAGIC = b"EDGEBOX\1"
_LONGEST_HEAD = 2_000_000
_MOST_RECIPIENTS = 10_000
_WRAP = b"edge-plates sealed key 1"
_CONTENT = b"edge-plates sealed content 1"
_COMMIT = b"edge-plates sealed commitment 1"
_COMPANION = b"edge-plates sealed companion 1"


class _Wrapped(canonical.Row):
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    key: str


class _Head(canonical.Row):
    v: Literal[1]
    kind: Name
    town: Name
    ephemeral: str
    commitment: str
    recipients: Annotated[list[_Wrapped], Field(min_length=1, max_length=_MOST_RECIPIENTS)]


def seal(kind: str, payload: bytes, recipients: Sequence[Party]) -> bytes:
    """Return *payload* for *recipients* alone, as one piece of bytes.

    Raises:
        KeysError: nobody to seal to, more than one town, or a recipient without a sealing key.
    """
    return seal_pair(kind, payload, b"", recipients)[0]


def seal_pair(
    kind: str, payload: bytes, companion: bytes, recipients: Sequence[Party]
) -> tuple[bytes, bytes]:
    """Return *payload* as :func:`seal` does, and *companion*, which only its recipients open.

    An empty companion stays empty.

    Raises:
        KeysError: as :func:`seal`.
    """
    keys, town = _sealing_keys(recipients)
    content, ephemeral = secrets.token_bytes(32), OpeningKey.make()
    wrapped = [
        {"id": key.id, "key": canonical.to_text(_wrap(content, ephemeral, key, kind, town))}
        for key in keys
    ]
    head = canonical.encode(
        {
            "v": 1,
            "kind": kind,
            "town": town,
            "ephemeral": canonical.to_text(ephemeral.public.raw),
            "commitment": canonical.to_text(derive(content, b"", _COMMIT)),
            "recipients": wrapped,
        }
    )
    box = encrypt(derive(content, b"", _CONTENT), payload, canonical.parts(_CONTENT, head))
    sealed = _MAGIC + struct.pack(">I", len(head)) + head + box
    if not companion:
        return sealed, b""
    return sealed, encrypt(derive(content, b"", _COMPANION), companion, _beside(sealed))


def open_sealed(kind: str, blob: bytes, own: Identity) -> bytes:
    """Return what was sealed to *own* as *kind*.

    Raises:
        KeysError: it is not sealed to this identity, is of another kind or town, or was changed.
    """
    return open_pair(kind, blob, b"", own)[0]


def open_pair(kind: str, blob: bytes, companion: bytes, own: Identity) -> tuple[bytes, bytes]:
    """Return what was sealed to *own* as *kind*, and its companion, empty where there is none.

    Raises:
        KeysError: as :func:`open_sealed`; or the companion was changed, or is another payload's.
    """
    head, raw, box = _split(kind, blob)
    if (head.kind, head.town) != (kind, own.town):
        raise KeysError(
            f"sealed {kind}: is a sealed {head.kind} for {head.town}, and {own.name} of {own.town}"
            f" wants a sealed {kind}"
        )
    content = _content_key(head, own)
    if not same(derive(content, b"", _COMMIT), canonical.from_text(head.commitment, kind)):
        raise KeysError(f"sealed {kind}: was changed, or made to open differently for others")
    plain = decrypt(derive(content, b"", _CONTENT), box, canonical.parts(_CONTENT, raw))
    if plain is None:
        raise KeysError(f"sealed {kind}: was changed on the way; fetch it again")
    if not companion:
        return plain, b""
    beside = decrypt(derive(content, b"", _COMPANION), companion, _beside(blob))
    if beside is None:
        raise KeysError(f"sealed {kind}: what stands beside it was changed, or is not its own")
    return plain, beside


def sealed_to(kind: str, blob: bytes) -> tuple[str, ...]:
    """Return the ids of the keys that can open *blob* (:attr:`SealingKey.id`)."""
    head, _, _ = _split(kind, blob)
    return tuple(one.id for one in head.recipients)


def _beside(sealed: bytes) -> bytes:
    return canonical.parts(_COMPANION, hashlib.sha256(sealed).digest())


def _sealing_keys(recipients: Sequence[Party]) -> tuple[list[SealingKey], str]:
    towns = {party.town for party in recipients}
    if len(towns) != 1:
        raise KeysError(f"sealed to {'nobody' if not towns else 'parties of several towns'}")
    keys: dict[str, SealingKey] = {}
    for party in recipients:
        if party.sealing_key is None:
            raise KeysError(f"{party.name} ({party.role}) has no key that things can be sealed to")
        keys[party.sealing_key.id] = party.sealing_key
    return [keys[one] for one in sorted(keys)], towns.pop()


def _wrap(content: bytes, ephemeral: OpeningKey, key: SealingKey, kind: str, town: str) -> bytes:
    wrapping = _wrapping(ephemeral.agree(key), ephemeral.public, key, kind, town)
    return encrypt(wrapping, content, _WRAP)


def _wrapping(
    secret: bytes, ephemeral: SealingKey, recipient: SealingKey, kind: str, town: str
) -> bytes:
    told = canonical.parts(_WRAP, kind.encode(), town.encode(), ephemeral.raw, recipient.raw)
    return derive(secret, hashlib.sha256(told).digest(), _WRAP)


def _content_key(head: _Head, own: Identity) -> bytes:
    ephemeral = SealingKey(canonical.from_text(head.ephemeral, f"sealed {head.kind}"))
    wrapped = {one.id: one.key for one in head.recipients}
    for opening in (own.opening, *own.earlier):
        if opening is None or opening.public.id not in wrapped:
            continue
        secret = opening.agree(ephemeral)
        wrapping = _wrapping(secret, ephemeral, opening.public, head.kind, head.town)
        box = canonical.from_text(wrapped[opening.public.id], f"sealed {head.kind}")
        content = decrypt(wrapping, box, _WRAP)
        if content is None or len(content) != 32:
            raise KeysError(f"sealed {head.kind}: was changed on the way; fetch it again")
        return content
    raise KeysError(
        f"sealed {head.kind}: is not sealed to {own.name}: is it on the newest roster, or revoked?"
    )


def _split(kind: str, blob: bytes) -> tuple[_Head, bytes, bytes]:
    what, start = f"sealed {kind}", len(_MAGIC) + 4
    if not blob.startswith(_MAGIC) or len(blob) < start:
        raise KeysError(f"{what}: is not sealed as this version of edge seals")
    (length,) = struct.unpack(">I", blob[len(_MAGIC) : start])
    if length > _LONGEST_HEAD or len(blob) < start + length:
        raise KeysError(f"{what}: is cut short or damaged; fetch it again")
    raw = blob[start : start + length]
    head = canonical.read(_Head, raw, what)
    return head, raw, blob[start + length :]
