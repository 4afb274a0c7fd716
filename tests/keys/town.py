"""A town with a root, for tests: makes parties and their roster in one line each."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge.keys.crypto import SigningKey
from edge.keys.identity import Identity, make_identity
from edge.keys.parties import Party, Revocation
from edge.keys.roles import Role
from edge.keys.roster import Roster, sign_roster

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class Town:
    """Parties are valid from a day before NOW until a year later, unless told otherwise."""

    name: str = "windsor"
    root: SigningKey = field(default_factory=SigningKey.make)
    sequence: int = 1
    parties: list[Party] = field(default_factory=list)
    revoked: list[Revocation] = field(default_factory=list)

    def add(
        self,
        role: Role,
        name: str,
        since: datetime = NOW - DAY,
        until: datetime = NOW + 365 * DAY,
    ) -> Identity:
        identity = make_identity(name, role, self.name)
        self.parties.append(identity.party(since, until))
        return identity

    def revoke(self, identity: Identity, at: datetime = NOW, reason: str = "stolen") -> None:
        self.revoked.append(Revocation(identity.name, identity.signing.public, at, reason))
        self.sequence += 1

    def roster(self, issued: datetime = NOW) -> Roster:
        return Roster(self.name, self.sequence, issued, tuple(self.parties), tuple(self.revoked))

    def party(self, identity: Identity) -> Party:
        return next(one for one in self.parties if one.verify_key == identity.signing.public)

    def write(self, file: Path, issued: datetime = NOW) -> Path:
        """Write the signed roster and return *file*."""
        file.write_bytes(sign_roster(self.roster(issued), self.root))
        return file


def elsewhere(identity: Identity, town: str) -> Identity:
    """Return the same keys in another town's name."""
    return replace(identity, town=town)
