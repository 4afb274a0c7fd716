"""The one door to ``cryptography``: Ed25519, X25519, HKDF-SHA-256, AES-256-GCM, scrypt, Argon2id.

ChaCha20-Poly1305 is for streams alone, whose records are numbered.

Nothing is invented here, and nothing can be chosen: a format that needs another algorithm gets
another version. (Certificates go through the second half of the door, ``x509``.)
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from functools import cached_property

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from edge.errors import KeysError

KEY_BYTES = 32
_NONCE = bytes(12)  # every key below encrypts once, so its nonce need not vary


def _sized(raw: bytes, what: str) -> None:
    if len(raw) != KEY_BYTES:
        raise KeysError(f"{what} has {len(raw)} bytes, not {KEY_BYTES}: it is damaged")


@dataclass(frozen=True)
class VerifyKey:
    """The public half of a :class:`SigningKey`, 32 raw bytes."""

    raw: bytes

    def __post_init__(self) -> None:
        _sized(self.raw, "a key to check signatures")

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Say whether *signature* is this key's over *message*."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):  # ValueError: the bytes are no key at all
            return False
        return True


@dataclass(frozen=True)
class SigningKey:
    """An Ed25519 private key, 32 raw bytes; never shown."""

    raw: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _sized(self.raw, "a signing key")

    @classmethod
    def make(cls) -> "SigningKey":
        """Return a new random key."""
        return cls(secrets.token_bytes(KEY_BYTES))

    @cached_property
    def public(self) -> VerifyKey:
        """The half that others may have."""
        return VerifyKey(self._key.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of signature over *message*."""
        return self._key.sign(message)

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.raw)


@dataclass(frozen=True)
class SealingKey:
    """The public half of an :class:`OpeningKey`, 32 raw bytes."""

    raw: bytes

    def __post_init__(self) -> None:
        _sized(self.raw, "a key to seal with")

    @cached_property
    def id(self) -> str:
        """Names the key on an envelope without naming its holder: 16 hex digits."""
        return hashlib.sha256(b"edge-plates sealing key\0" + self.raw).hexdigest()[:16]


@dataclass(frozen=True)
class OpeningKey:
    """An X25519 private key, 32 raw bytes; never shown."""

    raw: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _sized(self.raw, "an opening key")

    @classmethod
    def make(cls) -> "OpeningKey":
        """Return a new random key."""
        return cls(secrets.token_bytes(KEY_BYTES))

    @cached_property
    def public(self) -> SealingKey:
        """The half that others may have."""
        return SealingKey(self._key.public_key().public_bytes_raw())

    def agree(self, other: SealingKey) -> bytes:
        """Return the secret that this key shares with *other*.

        Raises:
            KeysError: *other* is one of the few points that everybody shares a secret with.
        """
        try:
            return self._key.exchange(X25519PublicKey.from_public_bytes(other.raw))
        except ValueError:
            raise KeysError(f"the sealing key {other.id} is no sound key: make another") from None

    @cached_property
    def _key(self) -> X25519PrivateKey:
        return X25519PrivateKey.from_private_bytes(self.raw)


def public_half(private: memoryview) -> SealingKey:
    """Return the public half of the X25519 key whose 32 bytes *private* shows; none are kept."""
    return SealingKey(X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw())


def agree(private: memoryview, other: SealingKey) -> bytes:
    """Return the secret that the key in *private* shares with *other*; no copy of it is kept.

    Raises:
        KeysError: *other* is one of the few points that everybody shares a secret with.
    """
    key = X25519PrivateKey.from_private_bytes(private)
    try:
        return key.exchange(X25519PublicKey.from_public_bytes(other.raw))
    except ValueError:
        raise KeysError(f"the sealing key {other.id} is no sound key: make another") from None


def ratchet(chain: bytes) -> tuple[bytes, bytes]:
    """Return a key for one message, and the chain for those that follow.

    HMAC-SHA-256 with one constant each, as in the symmetric ratchet of Signal: whoever has the
    later chain finds no earlier key.
    """
    return hmac.digest(chain, b"\1", "sha256"), hmac.digest(chain, b"\2", "sha256")


def derive(secret: bytes, salt: bytes, purpose: bytes) -> bytes:
    """Return a key for *purpose* (HKDF-SHA-256)."""
    return HKDF(hashes.SHA256(), KEY_BYTES, salt, purpose).derive(secret)


def stretch(passphrase: str, salt: bytes, cost: int) -> bytes:
    """Return a key from a passphrase (scrypt, N = *cost*, r = 8: 128 MiB of memory at 2**17)."""
    return Scrypt(salt=salt, length=KEY_BYTES, n=cost, r=8, p=1).derive(passphrase.encode("utf-8"))


def stretch_password(password: str, salt: bytes, passes: int, lanes: int, memory_kb: int) -> bytes:
    """Return a key from a password (Argon2id, RFC 9106)."""
    return Argon2id(
        salt=salt, length=KEY_BYTES, iterations=passes, lanes=lanes, memory_cost=memory_kb
    ).derive(password.encode("utf-8"))


def encrypt(key: bytes, plain: bytes, bound: bytes) -> bytes:
    """Return *plain* encrypted and bound to *bound*; *key* must never encrypt anything else."""
    return AESGCM(key).encrypt(_NONCE, plain, bound)


def decrypt(key: bytes, sealed: bytes, bound: bytes) -> bytes | None:
    """Return what was encrypted; None when key, content or *bound* is not the one it was."""
    try:
        return AESGCM(key).decrypt(_NONCE, sealed, bound)
    except InvalidTag:
        return None


def encrypt_numbered(key: bytes, number: int, plain: bytes, bound: bytes) -> bytes:
    """Return *plain* as record *number* of a stream (ChaCha20-Poly1305), bound to *bound*.

    *key* must never encrypt another record of that number.
    """
    return ChaCha20Poly1305(key).encrypt(number.to_bytes(12), plain, bound)


def decrypt_numbered(key: bytes, number: int, sealed: bytes, bound: bytes) -> bytes | None:
    """Return what was encrypted as record *number*; None when it is not that, or was changed."""
    try:
        return ChaCha20Poly1305(key).decrypt(number.to_bytes(12), sealed, bound)
    except InvalidTag:
        return None


def same(one: bytes, other: bytes) -> bool:
    """Compare secrets without telling by the time taken where they differ."""
    return hmac.compare_digest(one, other)


def fingerprint(*keys: VerifyKey | SealingKey) -> str:
    """Return 30 digits in groups of five, to be compared over the telephone; some 100 bits."""
    uses = {VerifyKey: b"verify", SealingKey: b"seal"}
    told = b"".join(uses[type(key)] + key.raw for key in keys)
    number = int.from_bytes(hashlib.sha256(b"edge-plates fingerprint\0" + told).digest())
    digits = f"{number % 10**30:030d}"
    return " ".join(digits[start : start + 5] for start in range(0, 30, 5))


def weak(key: VerifyKey) -> bool:
    """Say whether *key* is one of the points under which anybody can make a signature hold."""
    return int.from_bytes(key.raw, "little") & (2**255 - 1) in _SMALL_ORDER


_P = 2**255 - 19
# y of the points of order 1, 2, 4 and 8, and of their second spellings
_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER = {0, 1, _P - 1, _P, _P + 1, _ORDER_8, _P - _ORDER_8}
