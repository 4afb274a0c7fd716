"""What a server of releases offers, and which of it a unit fetches.

The index is not signed and proves nothing. It spares a unit the loading of what its updater would
refuse: by the same rule, asked of what the index says, before a byte is on its way.
"""

from typing import Annotated, Final, Literal

from pydantic import Field

from edge.errors import KeysError, UpdateError
from edge.keys import canonical
from edge.policy.updates import Host, Release, Vouched, admit, steps

INDEX: Final = "index.json"
LARGEST: Final = 1_000_000  # bytes of an index
MOST: Final = 500  # releases in one

_Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_File = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,119}\.update$")]


class Listed(canonical.Row):
    """One file on the server, and what stands in its signed part."""

    file: _File = Field(description="Beside the index.")
    size: Annotated[int, Field(ge=1)] = Field(description="Bytes of the file.")
    sha256: _Digest = Field(description="Of the file.")
    number: _Digest = Field(description="Of the signed release.")
    signers: Annotated[list[str], Field(max_length=2)]
    release: Release = Field(description="As it was signed, but for the list of its files.")

    @property
    def title(self) -> str:
        """What a person calls it."""
        return f"{self.release.version} (number {self.release.sequence})"


class Index(canonical.Row):
    """All releases on the server."""

    v: Literal[1]
    made: _Time
    releases: Annotated[list[Listed], Field(max_length=MOST)]


def read_index(body: bytes, what: str) -> Index:
    """Return the index in *body*, which errors call *what*.

    Raises:
        UpdateError: it is damaged, or no index of releases.
    """
    try:
        return canonical.read(Index, body, what)
    except KeysError as error:
        raise UpdateError(f"{error} ('edge update index FOLDER' writes it)") from error


def wanted(index: Index, host: Host, taken: str) -> tuple[Listed | None, str]:
    """Return what this unit fetches; where there is nothing, why.

    The highest number that fits is what the town wants: what stands below one that is here already
    is not. To let units go back, the desk takes the newer file off the server.

    Args:
        taken: number of the release that the updater took last; empty before the first.
    """
    whys = []
    own = [one for one in index.releases if one.release.arch == host.arch]
    for one in sorted(own, key=lambda one: one.release.sequence, reverse=True):
        if one.number in (taken, host.kept) and one.number not in host.failed:
            return None, f"{one.title} is here already"
        unfit = _unfit(one, host)
        if not unfit:
            return one, ""
        whys.append(f"{one.title}: {unfit}")
    return None, whys[0] if whys else f"the index names no release for {host.arch}"


def _unfit(one: Listed, host: Host) -> str:
    """Return why this unit does not fetch *one*."""
    release = one.release
    if release.town != host.town:
        return f"it is for {release.town}, and this unit is of {host.town}"
    vouched = Vouched(release, one.number, tuple(one.signers))
    try:
        admit(vouched, host)
    except UpdateError as error:
        return str(error)
    here, there = steps(host.version), steps(release.version)
    if not vouched.approved and (there < here or (there == here and not host.newest)):
        return f"{host.version} is in force already"
    return ""
