"""A daemon that root starts by hand would leave root's files in the place of its own user's."""

import os
import pwd
from pathlib import Path
from typing import Final

from edge.config import Settings
from edge.errors import StoreError

_OF_A_UNIT: Final = {"watch": "edge-watch", "deliver": "edge-deliver", "search": "edge-watch"}


def refuse_root(daemon: str, settings: Settings) -> None:
    """Raise where root starts a daemon of a unit whose store is another user's.

    A database that root has made there could not be written by the unit's own daemon, which would
    then start and end for ever.

    Raises:
        StoreError: and how to start it instead.
    """
    folder = Path(settings.store.folder)
    if daemon not in _OF_A_UNIT or os.geteuid() != 0 or not folder.is_dir():
        return
    owner = folder.stat().st_uid
    if owner == 0:
        return
    user = _OF_A_UNIT[daemon]
    raise StoreError(
        f"{folder}: is {_name(owner)}'s, and what root makes in it the unit could not write any"
        f" more: 'systemctl start edge-{daemon}', or by hand 'runuser -u {user} -g edge --"
        f" edge run {daemon}'"
    )


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
