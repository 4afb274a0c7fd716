"""A party's application to the root: its public halves, signed by itself.

It is made where the private keys are and carried to the root, who compares the fingerprint by
voice before believing it. The signature shows that the applicant has the private key; it shows
nothing about who the applicant is.
"""

from dataclasses import dataclass
from typing import Literal

from edge.errors import KeysError
from edge.keys import canonical
from edge.keys.crypto import SealingKey, VerifyKey, fingerprint
from edge.keys.identity import Identity
from edge.keys.parties import Name, RoleName
from edge.keys.roles import Role
from edge.keys.signed import from_bytes, holds, sign, to_bytes

KIND = "party-request"


@dataclass(frozen=True, slots=True)
class Request:
    """What a party asks to be put on the roster with.

    Attributes:
        tls: its TLS public key, DER.
    """

    name: str
    role: Role
    town: str
    verify_key: VerifyKey
    sealing_key: SealingKey | None
    tls: bytes

    @property
    def fingerprint(self) -> str:
        """The same thirty digits as the party's own (:attr:`Party.fingerprint`)."""
        keys = (self.verify_key, self.sealing_key) if self.sealing_key else (self.verify_key,)
        return fingerprint(*keys)


class _Row(canonical.Row):
    v: Literal[1]
    name: Name
    role: RoleName
    town: Name
    verify: str
    sealing: str | None
    tls: str


def make_request(identity: Identity, tls: bytes) -> bytes:
    """Return the application of *identity*, whose TLS public key is *tls*."""
    row = _Row(
        v=1,
        name=identity.name,
        role=identity.role,
        town=identity.town,
        verify=canonical.to_text(identity.signing.public.raw),
        sealing=canonical.to_text(identity.opening.public.raw) if identity.opening else None,
        tls=canonical.to_text(tls),
    )
    return to_bytes(sign(KIND, canonical.write(row), identity))


def read_request(blob: bytes, what: str) -> Request:
    """Return the application in *blob*.

    Raises:
        KeysError: it is none, or is not signed with the key that it names.
    """
    signed = from_bytes(blob, what, KIND)
    row = canonical.read(_Row, signed.payload, what)
    verify = VerifyKey(canonical.from_text(row.verify, what))
    if signed.signer != row.name or not holds(signed, verify, row.town):
        raise KeysError(f"{what}: is not signed with its own key: make it again")
    sealing = SealingKey(canonical.from_text(row.sealing, what)) if row.sealing else None
    tls = canonical.from_text(row.tls, what)
    return Request(row.name, row.role, row.town, verify, sealing, tls)
