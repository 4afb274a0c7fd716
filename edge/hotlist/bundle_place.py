"""What lies in the folder of installed lists, and which of it is in force.

``in-force.json`` names the rows and the index of the one list in force; it is replaced by one
rename, last. It is also the memory of the highest sequence: list and memory change together.
``refused.json`` says what was last refused, for people.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from edge.config.unit import Name
from edge.errors import HotlistError
from edge.hotlist.bundle import Digest, Header, Kind, version_name
from edge.hotlist.bundle_check import Dates, Held, dates_after
from edge.keys.parties import Party
from edge.records import ListVersion

POINTER: Final = "in-force.json"
REFUSED: Final = "refused.json"
ROWS: Final = ".csv"
INDEX: Final = ".index"

_FILE = re.compile(r"([a-z0-9][a-z0-9-]{0,31})-(\d{1,16})-[0-9a-f]{12}\.(?:csv|index)")


class InForce(BaseModel):
    """The list in force.

    Attributes:
        complete: when it was last known to be whole: its age counts from here.
        signers: who signed the bundle that made it.
        keys: their public keys, hex, and those of the bundles that it builds on.
        installed: when, by this unit's clock, which may not have been set.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    town: Name
    list: Name
    kind: Kind
    sequence: int
    digest: Digest
    entries: int
    complete: AwareDatetime
    valid_from: AwareDatetime
    expires: AwareDatetime
    signers: Annotated[tuple[Name, ...], Field(strict=False)]
    keys: Annotated[tuple[Digest, ...], Field(strict=False)]
    installed: AwareDatetime

    @property
    def name(self) -> str:
        """Which list this is; its files are called so."""
        return version_name(self.list, self.sequence, self.digest)

    @property
    def version(self) -> ListVersion:
        """What alerts tell of it."""
        return ListVersion(self.name, self.complete, self.entries, self.valid_from, self.expires)


class Refused(BaseModel):
    """What was last refused.

    Attributes:
        file: where it lay.
        why: the word of :class:`~edge.errors.BundleRefused`.
        sentence: for people.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    at: AwareDatetime
    file: str
    why: str
    sentence: str


def in_force(folder: Path) -> InForce | None:
    """Return the list in force; None before the first.

    Raises:
        HotlistError: the folder cannot be read, or the pointer is damaged.
    """
    body = _read(folder / POINTER)
    if body is None:
        return None
    try:
        return InForce.model_validate_json(body)
    except ValidationError:
        raise HotlistError(
            f"{folder / POINTER}: is damaged; install the newest full list again"
        ) from None


def last_refused(folder: Path) -> Refused | None:
    """Return what was last refused; None when nothing was, or nobody can say any more.

    Raises:
        HotlistError: the folder cannot be read.
    """
    body = _read(folder / REFUSED)
    try:
        return None if body is None else Refused.model_validate_json(body)
    except ValidationError:  # it is news for people, written without syncing; a cut may tear it
        return None


def held(folder: Path, town: str, list_name: str) -> Held:
    """Return what a new bundle has to follow.

    Without a sound pointer the files say which sequence was reached; the newest of them may be
    what a cut left, so it may come again.

    Raises:
        HotlistError: the folder cannot be read.
    """
    try:
        now = in_force(folder)
    except HotlistError:
        now = None
    if now is None or now.list != list_name:
        return Held(town, list_name, max(0, _highest(folder, list_name) - 1))
    dates = Dates(now.complete, now.valid_from, now.expires)
    return Held(town, list_name, now.sequence, now.digest, dates, now.keys)


def after(header: Header, before: Held, signers: Sequence[Party], at: datetime) -> InForce:
    """Return what is in force once the bundle with *header* is installed."""
    dates = dates_after(header, before)
    keys = {party.verify_key.raw.hex() for party in signers}
    if header.kind is not Kind.FULL:
        keys.update(before.keys)
    return InForce(
        town=header.town,
        list=header.list,
        kind=header.kind,
        sequence=header.sequence,
        digest=header.result,
        entries=header.entries,
        complete=dates.complete,
        valid_from=dates.valid_from,
        expires=dates.expires,
        signers=tuple(party.name for party in signers),
        keys=tuple(sorted(keys)),
        installed=at,
    )


def strangers(folder: Path, keep: InForce | None) -> list[Path]:
    """Return files of lists that are not in force, and drafts: they may be removed."""
    kept = {keep.name + ROWS, keep.name + INDEX} if keep else set()
    return [
        file
        for file in folder.iterdir()
        if file.name.endswith(".new") or (_FILE.fullmatch(file.name) and file.name not in kept)
    ]


def _highest(folder: Path, list_name: str) -> int:
    try:
        names = [_FILE.fullmatch(file.name) for file in folder.iterdir()]
    except OSError as error:
        raise HotlistError(f"{folder}: cannot be read: {error.strerror}") from error
    return max((int(one[2]) for one in names if one and one[1] == list_name), default=0)


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise HotlistError(f"{file}: cannot be read: {error.strerror}") from error
