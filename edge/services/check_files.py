"""The store, the folder of health, and who may read what: rights and owners of files."""

import os
import stat
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from edge.clock import Clock
from edge.config import Settings
from edge.services.check_disk import existing
from edge.services.check_users import locked_out
from edge.services.finding import Finding, bad, good, unseen
from edge.services.machine import Machine
from edge.store import open_store
from edge.store.store import DATABASE

STORE_MEND: Final = "look at store.folder, at its owner and at its disk"
RUNTIME_MEND: Final = "set runtime.folder to a folder on tmpfs that the watch daemon may write"
_KEYS: Final = "*.key"


def check_store(settings: Settings, clock: Clock) -> Finding:
    """Look at the store; make none: one made by root would lock the daemons out.

    Raises:
        StoreError: it is damaged, or another unit's.
    """
    folder = Path(settings.store.folder)
    problem = _unwritable(folder)
    if problem:
        return bad("store", problem, STORE_MEND)
    if not (folder / DATABASE).exists():
        return good("store", f"none in {folder} yet; watch makes it")
    with open_store(settings.store, settings.unit.name, clock) as store:
        store.check()
        room, waiting = store.room(), store.outbox.depth()
        used, begun = store.budget.used(), store.audit.links(limit=1)
    sentence = f"sound, {room.free_mb} MB free, {waiting} alerts without a receipt"
    if room.problem or not room.pictures:
        reason = room.problem or "too little for pictures"
        return bad("store", f"{sentence}; {reason}", "make room on the data partition")
    pace = _pace(used, begun[0].at if begun else "", settings, clock)
    return good("store", sentence + pace)


def check_runtime(settings: Settings) -> Finding:
    """Fail where watch cannot tell its health."""
    folder = Path(settings.runtime.folder)
    problem = _unwritable(folder)
    if problem:
        return bad("runtime", problem, RUNTIME_MEND)
    return good("runtime", f"{folder} takes the health of the line")


def check_rights(settings: Settings, machine: Machine) -> Finding:
    """Fail where a secret or the store is open to others, or a daemon is locked out of its own."""
    keys = Path(settings.keys.folder)
    if keys.exists() and not os.access(keys, os.R_OK | os.X_OK):
        return unseen("rights", f"{keys}: this user may not look into it", "run this check as root")
    for file, forbidden in _private(settings):
        try:
            found = file.stat()
        except FileNotFoundError:
            continue  # whoever needs it says so
        except OSError as error:
            return bad("rights", f"{file}: {error.strerror}", "run this check as root")
        mode = stat.S_IMODE(found.st_mode)
        if mode & forbidden:
            right = f"{mode & ~forbidden:o}"
            who = "others" if mode & forbidden & 0o007 else "its group"
            sentence = f"{file}: {who} may use it (mode {mode:04o})"
            return bad("rights", sentence, f"chmod {right} {file}; new keys if others were here")
    locked = locked_out(settings, machine)
    if locked is not None:
        return locked
    strange = _foreign(Path(settings.store.folder))
    if strange is not None:
        folder = strange.parent
        sentence = (
            f"{strange}: is of another owner and group than its folder: a daemon cannot use it"
        )
        return bad("rights", sentence, f"chown --reference={folder} {strange}")
    return good("rights", "keys, passwords and the store are open to their owners alone")


def _private(settings: Settings) -> Iterator[tuple[Path, int]]:
    """Yield what others may not use, and the rights that would let them."""
    keys = Path(settings.keys.folder)
    yield keys, 0o027
    yield from ((file, 0o077) for file in sorted(keys.glob(_KEYS)))
    if (store := Path(settings.store.folder)).is_dir():
        yield store, 0o007
    named = (
        (settings.delivery.key_file, 0o007),
        (settings.delivery.password_file, 0o077),
        (settings.hotlist.manifest_key_file, 0o007),
        (settings.webhook.secret_file, 0o077),
    )
    yield from ((Path(file), forbidden) for file, forbidden in named if file)


def _foreign(folder: Path) -> Path | None:
    """Return a file of the store that the folder's owner and group have no right to."""
    if not folder.is_dir():
        return None
    home = folder.stat()
    for file in sorted(folder.glob(f"{DATABASE}*")):
        found = file.stat()
        if found.st_uid != home.st_uid and found.st_gid != home.st_gid:
            return file
    return None


def _pace(used: int, begun: str, settings: Settings, clock: Clock) -> str:
    """Return when the store's budget is used up at the pace so far; empty where that is far off."""
    if not begun or not clock.trusted():
        return ""
    from_day, to_day = begun[:10], clock.now().iso()[:10]
    days = (_day(to_day) - _day(from_day)) or 1
    left = settings.store.budget_mb * 1024 * 1024 - used
    rate = used / days
    if rate <= 0 or left / rate > 3650:
        return ""
    return f"; at the pace so far its budget lasts {max(0.0, left / rate):.0f} days more"


def _day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def _unwritable(folder: Path) -> str:
    """Return why this user cannot write in *folder*, or make it; empty when all is well."""
    place = existing(folder)
    if not place.is_dir():
        return f"{place}: is no folder"
    if not os.access(place, os.W_OK | os.X_OK):
        return f"{place}: cannot be written by this user"
    return ""
