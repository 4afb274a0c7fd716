"""Software for units: what an updater signs, and whether this unit may take it.

One key signs a release. Releases are numbered: a unit never takes a number that is not newer than
the newest that it kept. To go back to an older version takes a second key, over that very release.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field

from edge.errors import UpdateError
from edge.keys import canonical
from edge.keys.identity import Identity
from edge.keys.parties import Name, to_time
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.signed import Signed, digest, payload_of, sign

RELEASE: Final = "update"
APPROVAL: Final = "update-approval"
SIGNERS: Final = frozenset({Role.UPDATER})
_OTHER_KIND: Final = {
    True: "it is an environment (scripts/bundle), and this card has two sides, which take whole"
    " systems (scripts/rauc-bundle)",
    False: "it is a whole system (scripts/rauc-bundle), and this machine has no second side: it"
    " takes an environment (scripts/bundle)",
}
SECONDS: Final = frozenset({Role.UPDATER, Role.SUPERVISOR})

_Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Version = Annotated[str, Field(pattern=r"^\d{1,6}(\.\d{1,6}){1,3}$")]
_Word = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,31}$")]


class Release(canonical.Row):
    """What an updater signs: which files, for which machines, and in which order."""

    v: Literal[1]
    town: Name
    version: _Version
    sequence: Annotated[int, Field(ge=1)] = Field(description="Counts up with each release.")
    arch: _Word = Field(description="As Debian calls it: arm64, amd64.")
    pythons: Annotated[list[_Version], Field(max_length=8)] = Field(
        description="That it has wheels for. None: a whole system, which brings its own."
    )
    least: _Version = Field(description="The lowest version that may take it by itself.")
    digest: _Digest = Field(description="SHA-256 of the bundle.")
    size: Annotated[int, Field(ge=1)] = Field(description="Bytes of the bundle.")
    files: dict[str, _Digest] = Field(description="Every file in the bundle, and its SHA-256.")
    made: _Time

    @property
    def system(self) -> bool:
        """It is a whole system for the other side of a card, not an environment."""
        return not self.pythons


class Approval(canonical.Row):
    """What the second signs, where a unit shall go back: that very release, by its digest."""

    v: Literal[1]
    release: _Digest
    made: _Time


@dataclass(frozen=True, slots=True)
class Vouched:
    """A release with all signatures that it needs.

    Attributes:
        number: SHA-256 of the signed release, hex.
        signers: who signed, and who approved where there was a second.
    """

    release: Release
    number: str
    signers: tuple[str, ...]

    @property
    def approved(self) -> bool:
        """A second key agreed to this very release."""
        return len(self.signers) > 1


@dataclass(frozen=True, slots=True)
class Host:
    """What a unit is, as far as a release must fit it.

    Attributes:
        version: of edge, in force.
        python: ``3.11``.
        newest: the highest number that was kept here; 0 before the first.
        kept: number (digest) of the release in force; empty where it came otherwise.
        failed: numbers of those that were tried and taken back.
        sides: its card has two sides, and takes whole systems.
    """

    town: str
    arch: str
    python: str
    version: str
    newest: int = 0
    kept: str = ""
    failed: Collection[str] = ()
    sides: bool = False


def sign_release(release: Release, signer: Identity) -> Signed:
    """Return *release* signed.

    Raises:
        UpdateError: *signer* is no updater, or of another town.
    """
    if signer.role not in SIGNERS or signer.town != release.town:
        raise UpdateError(
            f"{signer.name} is {signer.role} of {signer.town}: only an updater of {release.town}"
            " signs software"
        )
    return sign(RELEASE, canonical.write(release), signer)


def sign_approval(release: Signed, signer: Identity, at: datetime) -> Signed:
    """Return the second word on a signed release.

    Raises:
        UpdateError: *signer* signed the first, or has another role.
    """
    if signer.role not in SECONDS:
        raise UpdateError(f"{signer.name} is {signer.role}: an updater or a supervisor approves")
    if signer.name == release.signer:
        raise UpdateError(f"{signer.name} has signed it: somebody else approves")
    row = Approval(v=1, release=digest(release), made=to_time(at))
    return sign(APPROVAL, canonical.write(row), signer)


def read_release(signed: Signed, approval: Signed | None, roster: Roster, at: datetime) -> Vouched:
    """Return what was signed.

    Raises:
        KeysError: a signature does not hold, or whoever made it may not.
        UpdateError: it is of another town, or the approval is another release's or the same key's.
    """
    party = roster.check(signed, SIGNERS, at)
    payload = payload_of(signed, RELEASE, UpdateError)
    release, number = canonical.read(Release, payload, "the release"), digest(signed)
    if release.town != roster.town:
        raise UpdateError(f"the release is for {release.town}, and this unit is of {roster.town}")
    if approval is None:
        return Vouched(release, number, (party.name,))
    second = roster.check(approval, SECONDS, at)
    word = canonical.read(Approval, payload_of(approval, APPROVAL, UpdateError), "the approval")
    if word.release != number:
        raise UpdateError("the approval is of another release: approve this one")
    if second.name == party.name:
        raise UpdateError(f"both words are {party.name}'s: the second must be somebody else's")
    return Vouched(release, number, (party.name, second.name))


def admit(one: Vouched, host: Host) -> None:
    """Raise UpdateError unless this unit may take *one* by itself."""
    release = one.release
    if release.arch != host.arch:
        raise UpdateError(f"it is for {release.arch}, and this machine is {host.arch}")
    if release.system != host.sides:
        raise UpdateError(_OTHER_KIND[host.sides])
    if not release.system and host.python not in release.pythons:
        raise UpdateError(
            f"it has wheels for Python {' and '.join(release.pythons)}, and this system has"
            f" {host.python}"
        )
    if steps(host.version) < steps(release.least):
        raise UpdateError(
            f"it takes over from {release.least} on, and {host.version} is in force: bring"
            f" {release.least} first, or install by hand (scripts/install)"
        )
    if one.number == host.kept:
        raise UpdateError(f"{release.version} (number {release.sequence}) is in force already")
    if one.number in host.failed:
        raise UpdateError(
            f"{release.version} (number {release.sequence}) was tried here and taken back: 'edge"
            " update stage --again' tries it once more"
        )
    if release.sequence <= host.newest and not one.approved:
        raise UpdateError(
            f"it is number {release.sequence}, and {host.newest} was in force: to go back takes a"
            " second key over this release ('edge update approve')"
        )


def steps(version: str) -> tuple[int, ...]:
    """Return a version's numbers, to be compared; words behind them (``rc1``) do not count."""
    found = []
    for part in version.split("."):
        if not part.isdigit():
            break
        found.append(int(part))
    return tuple(found)
