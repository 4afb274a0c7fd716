"""Make a bundle at the issuer's desk: build, sign, seal."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from edge.errors import BundleRefused, KeysError
from edge.hotlist.bundle import SEALED, Bundle, Header, Kind, assemble, compress, pack
from edge.hotlist.bundle_rows import changed, changes, digest_of
from edge.keys.identity import Identity
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.sealed import seal
from edge.keys.signed import sign


@dataclass(frozen=True, slots=True)
class About:
    """What the issuer says of a bundle.

    Attributes:
        complete: when the list was known to be whole, most often the date of the source's file.
        keys: how many must sign.
    """

    town: str
    list: str
    sequence: int
    issued: datetime
    complete: datetime
    valid_from: datetime
    expires: datetime
    rejects: int = 0
    keys: int = 1


def build_full(rows: Sequence[str], about: About) -> Bundle:
    """Return an unsigned bundle of a whole list, from its canonical rows."""
    body, size = compress(rows)
    return _bundle(Kind.FULL, None, rows, about, body, size)


def build_delta(base: Sequence[str], rows: Sequence[str], about: About) -> Bundle:
    """Return an unsigned bundle that makes *rows* of *base*."""
    body, size = compress(changes(base, rows))
    return _bundle(Kind.DELTA, base, rows, about, body, size)


def build_urgent(base: Sequence[str], row: str, about: About) -> tuple[Bundle, list[str]]:
    """Return an unsigned bundle that adds one entry, and the rows afterwards.

    Raises:
        BundleRefused: an entry of this number is on the list already.
    """
    return _small(Kind.URGENT, base, ["+" + row], replace(about, keys=2))


def build_recovered(
    base: Sequence[str], numbers: Sequence[str], about: About
) -> tuple[Bundle, list[str]]:
    """Return an unsigned bundle that removes entries by their numbers, and the rows afterwards.

    Raises:
        BundleRefused: one of them is not on the list.
    """
    return _small(Kind.RECOVERED, base, ["-" + one for one in sorted(numbers)], about)


def signed(bundle: Bundle, identity: Identity) -> Bundle:
    """Return a bundle with one more signature.

    Raises:
        KeysError: the key is of another town or role, has signed already, or no more are wanted.
    """
    wanted = {Role.LIST_ISSUER, *({Role.SUPERVISOR} if bundle.header.keys == 2 else ())}
    if identity.role not in wanted:
        roles = " or ".join(sorted(wanted))
        raise KeysError(f"{identity.name} is a {identity.role}; only a {roles} signs this list")
    if identity.town != bundle.header.town:
        raise KeysError(f"{identity.name} is of {identity.town}, the list of {bundle.header.town}")
    names = [signer for signer, _ in bundle.signatures]
    if identity.name in names or len(names) == bundle.header.keys:
        raise KeysError(f"is signed by {' and '.join(names)} already; that is all it takes of them")
    signature = sign(SEALED, bundle.payload, identity).signature
    return replace(bundle, signatures=(*bundle.signatures, (identity.name, signature)))


def missing(bundle: Bundle) -> int:
    """Return how many signatures are still wanted."""
    return bundle.header.keys - len(bundle.signatures)


def sealed(bundle: Bundle, roster: Roster, at: datetime) -> bytes:
    """Return a signed bundle as it travels: only the units of the roster open it.

    Raises:
        KeysError: a signature is missing, or there is no unit to seal to.
    """
    if missing(bundle):
        raise KeysError(f"{bundle.header.name} wants {missing(bundle)} more signature(s)")
    units = roster.recipients(Role.UNIT, at)
    if not units:
        raise KeysError(f"no unit is on the roster (number {roster.sequence}) to seal the list to")
    return seal(SEALED, pack(bundle), units)


def _small(
    kind: Kind, base: Sequence[str], steps: list[str], about: About
) -> tuple[Bundle, list[str]]:
    rows = list(changed(base, steps))
    body, size = compress(steps)
    return _bundle(kind, base, rows, about, body, size), rows


def _bundle(
    kind: Kind,
    base: Sequence[str] | None,
    rows: Sequence[str],
    about: About,
    body: bytes,
    size: int,
) -> Bundle:
    try:
        header = Header(
            town=about.town,
            list=about.list,
            kind=kind,
            sequence=about.sequence,
            base=None if base is None else digest_of(base),
            result=digest_of(rows),
            entries=len(rows),
            rejects=about.rejects,
            issued=about.issued,
            complete=about.complete,
            valid_from=about.valid_from,
            expires=about.expires,
            keys=about.keys,
            body_bytes=size,
        )
    except ValueError as error:
        raise BundleRefused("format", f"cannot be built: {error}") from error
    return assemble(header, body)
