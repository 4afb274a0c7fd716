"""Which TLS certificates a town has given out, so that they can be revoked by their numbers."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from edge.keys import canonical, files
from edge.keys.parties import Name, from_time, to_time
from edge.keys.x509 import Certificate

FILE = "certificates.json"


@dataclass(frozen=True, slots=True)
class Issued:
    """One certificate that was given out.

    Attributes:
        unit: the role, or ``server``.
        revoked: None while it counts.
    """

    name: str
    unit: str
    serial: int
    until: datetime
    revoked: datetime | None = None


class Ledger:
    """The certificates of the town whose root's folder is *folder*."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE

    def all(self) -> tuple[Issued, ...]:
        """Return every certificate that was given out, in order.

        Raises:
            KeysError: the ledger is damaged.
        """
        table = canonical.read(_Table, files.read_public(self._file), str(self._file))
        return tuple(row.issued() for row in table.issued)

    def start(self) -> None:
        """Begin an empty ledger."""
        self._write(())

    def add(self, name: str, unit: str, certificate: Certificate) -> None:
        """Note a certificate before it is handed out."""
        one = Issued(name, unit, certificate.serial, certificate.until)
        self._write((*self.all(), one))

    def live(self, name: str, now: datetime) -> tuple[Issued, ...]:
        """Return the certificates of *name* that count at *now*."""
        return tuple(one for one in self.all() if one.name == name and _counts(one, now))

    def revoke(self, name: str, now: datetime) -> None:
        """Mark every certificate of *name* that counts as revoked."""
        marked = (
            replace(one, revoked=now) if one.name == name and _counts(one, now) else one
            for one in self.all()
        )
        self._write(tuple(marked))

    def revoked(self) -> Iterator[tuple[int, datetime]]:
        """Return number and moment of each revocation, for the authority's list."""
        return ((one.serial, one.revoked) for one in self.all() if one.revoked is not None)

    def _write(self, issued: tuple[Issued, ...]) -> None:
        table = _Table(v=1, issued=[_Line.of(one) for one in issued])
        files.write(self._file, canonical.write(table))


class _Line(canonical.Row):
    name: Name
    unit: Name
    serial: Annotated[str, Field(pattern=r"^[0-9a-f]{1,40}$")]
    until: str
    revoked: str | None

    @classmethod
    def of(cls, one: Issued) -> "_Line":
        revoked = to_time(one.revoked) if one.revoked else None
        serial = f"{one.serial:x}"
        until = to_time(one.until)
        return cls(name=one.name, unit=one.unit, serial=serial, until=until, revoked=revoked)

    def issued(self) -> Issued:
        revoked = from_time(self.revoked) if self.revoked else None
        return Issued(self.name, self.unit, int(self.serial, 16), from_time(self.until), revoked)


class _Table(canonical.Row):
    v: Literal[1]
    issued: list[_Line]


def _counts(one: Issued, now: datetime) -> bool:
    return one.revoked is None and one.until > now
