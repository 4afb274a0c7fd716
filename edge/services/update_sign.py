"""At the desk: a bundle becomes a release that units take, and a second key lets them go back."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from edge.errors import UpdateError
from edge.keys.identity import Identity
from edge.keys.parties import to_time
from edge.keys.roster import Roster
from edge.policy.updates import (
    Release,
    Vouched,
    read_release,
    sign_approval,
    sign_release,
)
from edge.services.update_file import (
    SUFFIX,
    UpdateFile,
    bundle_facts,
    read_update,
    write_update,
)
from edge.services.update_system import is_system, system_facts

_PYTHONS: Final = {"lock-debian12.txt": "3.11", "lock-debian13.txt": "3.13"}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person decides about a release; the rest stands in the bundle.

    Attributes:
        sequence: counts up with each release of a town.
        least: the lowest version that may take it by itself.
    """

    bundle: Path
    sequence: int
    least: str


def sign_update(wish: Wish, signer: Identity, at: datetime, out: Path | None = None) -> Path:
    """Return the file that units take, beside the bundle unless *out* names it.

    Raises:
        UpdateError: the bundle is none or damaged, or *signer* may not.
    """
    system = is_system(wish.bundle)
    facts = system_facts if system else bundle_facts
    version, arch, files, digest, size = facts(wish.bundle)
    pythons = [python for lock, python in _PYTHONS.items() if lock in files]
    if not (system or pythons):
        raise UpdateError(f"{wish.bundle}: has wheels for no Python: make it again")
    try:
        release = Release(
            v=1,
            town=signer.town,
            version=version,
            sequence=wish.sequence,
            arch=arch,
            pythons=pythons,
            least=wish.least,
            digest=digest,
            size=size,
            files=files,
            made=to_time(at),
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise UpdateError(
            f"{first['loc'][0]}: {first['input']!r}: {first['msg'].lower()}"
        ) from None
    signed = sign_release(release, signer)
    kind = "-system" if system else ""
    place = out or wish.bundle.with_name(f"edge-{version}-{arch}{kind}-{wish.sequence}{SUFFIX}")
    with wish.bundle.open("rb") as bundle:
        write_update(place, signed, None, bundle)
    return place


def approve_update(file: Path, signer: Identity, at: datetime) -> None:
    """Put a second key's word into *file*.

    Raises:
        UpdateError: it is no such file, or *signer* has signed it already or may not.
    """
    found = read_update(file)
    approval = sign_approval(found.signed, signer, at)
    with file.open("rb") as bundle:
        bundle.seek(found.start)
        write_update(file, found.signed, approval, bundle)


def verified(file: Path, roster: Roster, at: datetime) -> tuple[UpdateFile, Vouched]:
    """Return what *file* holds, signatures and size proven; its bundle is proven when copied.

    Raises:
        KeysError: a signature does not hold, or whoever made it may not.
        UpdateError: it is no such file, or the bundle in it is cut short.
    """
    found = read_update(file)
    vouched = read_release(found.signed, found.approval, roster, at)
    if found.size < vouched.release.size:
        raise UpdateError(
            f"{file}: has {found.size} of {vouched.release.size} bytes: it is being copied, or was"
            " cut short"
        )
    return found, vouched
