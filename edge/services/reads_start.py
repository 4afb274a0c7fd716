"""Kept reads, built from the settings: their keys for search, their sweep before all others."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from edge.clock import Clock
from edge.config import Settings
from edge.errors import StoreError
from edge.keys.crypto import VerifyKey
from edge.keys.roles import Role
from edge.log import Log
from edge.messages.acts import act_row
from edge.messages.acts_unit import Reads
from edge.services.keyring import Keyring
from edge.services.reads_keys import KeyHolder, Record
from edge.services.reads_slots import FOLDER, holder_lives
from edge.services.reads_wrap import SUFFIX as WRAPPED
from edge.services.reads_wrap import Wrapper
from edge.store.reads import ReadsFolder

_log: Final = Log("edge.reads")


def open_holder(
    settings: Settings, keyring: Keyring, record: Record, clock: Clock
) -> KeyHolder | None:
    """Return what holds the keys of kept reads, to be started; None where none are kept.

    What was kept before that was decided is deleted.

    Raises:
        StoreError: the folder of reads cannot be emptied.
    """
    if settings.reads.keep_s <= 0:
        sweep_reads(settings, record)
        return None
    runtime, own = Path(settings.runtime.folder), keyring.identity
    keeper = None
    if settings.reads.survive_reboot:
        keeper = Wrapper(settings.reads, runtime, own, keyring.rosters, clock)
    return KeyHolder(settings.reads, runtime, own, record, clock, keeper=keeper)


def signers(keyring: Keyring) -> Collection[VerifyKey]:
    """Return this unit's keys, the present one and those that the roster has of it."""
    own = keyring.identity
    listed = {
        one.verify_key
        for one in keyring.rosters.roster.parties
        if (one.name, one.role) == (own.name, Role.UNIT)
    }
    return listed | {own.signing.public}


def sweep_reads(settings: Settings, record: Record) -> int:
    """Delete the reads that nobody holds keys for, and return how many that were.

    At the start of the machine nobody does. While a key holder lives it does this itself, and
    nothing is touched.

    Raises:
        StoreError: the folder cannot be read or emptied, or it cannot be recorded: the files are
            gone all the same.
    """
    folder = ReadsFolder(Path(settings.reads.folder))
    if not folder.folder.is_dir() or holder_lives(Path(settings.runtime.folder) / FOLDER):
        return 0
    wrapped = sorted(folder.folder.glob(f"*{WRAPPED}"))
    slots = folder.slots()
    if settings.reads.keep_s > 0 and settings.reads.survive_reboot:
        slots -= {one.stem for one in wrapped}  # the archive has the key, or has it no more
    else:
        _unlink(wrapped)
    count = sum(folder.count(slot) for slot in slots)
    for slot in slots:
        folder.delete(slot)
    if count:
        _log.warning("reads whose keys are gone have been deleted", number=count)
        record("reads", act_row("reads", Reads(act="lost", hour="", count=count)))
    return count


def _unlink(files: Sequence[Path]) -> None:
    for file in files:
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"{file}: cannot be deleted: {error.strerror}") from error


def record_nothing(_kind: str, _payload: object) -> None:
    """Stand in for a chain where there is no store yet: nothing can have been kept.

    Raises:
        StoreError: something was kept all the same, and cannot be recorded.
    """
    raise StoreError(
        "reads were deleted that no chain tells of: store.folder has no store; was it moved?"
    )
