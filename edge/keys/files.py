"""Files of keys: private ones readable by their owner alone, all written whole or not at all."""

import os
import stat
from pathlib import Path

from edge.disk import sync
from edge.errors import KeysError

CREDENTIALS = "CREDENTIALS_DIRECTORY"  # where systemd puts what LoadCredential= names
_MOST = 8_000_000


def read_public(file: Path, limit: int = _MOST) -> bytes:
    """Return the bytes of *file*.

    Raises:
        KeysError: it cannot be read, or is larger than *limit*.
    """
    try:
        with file.open("rb") as opened:
            body = opened.read(limit + 1)
    except OSError as error:
        raise KeysError(f"{file}: cannot be read: {error.strerror}") from None
    if len(body) > limit:
        raise KeysError(f"{file}: has more than {limit} bytes; this is not what it should be")
    return body


def read_private(folder: Path, name: str) -> bytes:
    """Return the private file *name*: systemd's credential of that name, or the one in *folder*.

    systemd guards its credentials itself (and shows an access list as group rights), so rights are
    looked at in *folder* alone.

    Raises:
        KeysError: it is missing, or others than its owner may read or exchange it.
    """
    credentials = os.environ.get(CREDENTIALS)
    if credentials and (Path(credentials) / name).exists():
        return read_public(Path(credentials) / name)
    file = folder / name
    _guard(file)
    mode = folder.stat().st_mode
    if mode & 0o022 and not mode & stat.S_ISVTX:
        raise KeysError(
            f"{folder}: others than its owner may write there (mode {stat.S_IMODE(mode):o}), and so"
            " exchange keys: chmod 700 it, and compare the fingerprints"
        )
    return read_public(file)


def write(file: Path, body: bytes, *, private: bool = False) -> None:
    """Put *body* in the place of *file*: after a power cut, the old or the new one is there.

    Raises:
        KeysError: it cannot be written; the old file is as it was.
    """
    scratch = file.with_name(f".{file.name}.new")
    try:
        scratch.unlink(missing_ok=True)
        mode = 0o600 if private else 0o644
        with os.fdopen(os.open(scratch, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as out:
            os.fchmod(out.fileno(), mode)
            out.write(body)
            out.flush()
            os.fsync(out.fileno())
        scratch.replace(file)
        sync(file.parent)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise KeysError(f"{file}: cannot be written: {error.strerror}") from None


def hand_over(file: Path) -> None:
    """Give what root wrote to the owner of its folder, who alone uses it; nothing for others.

    Raises:
        KeysError: it cannot be given.
    """
    if os.geteuid() != 0:
        return
    try:
        home = file.parent.stat()
        os.chown(file, home.st_uid, home.st_gid)
    except OSError as error:
        raise KeysError(
            f"{file}: cannot be given to its folder's owner: {error.strerror}"
        ) from None


def move(folder: Path, place: Path) -> None:
    """Put *folder* at *place*, where nothing or an empty folder is.

    Raises:
        KeysError: it cannot be.
    """
    try:
        folder.rename(place)
        sync(place.absolute().parent)
    except OSError as error:
        raise KeysError(f"{place}: cannot be made: {error.strerror}") from None


def make_folder(folder: Path, *, private: bool = True) -> None:
    """Make *folder*, which only its owner may enter unless it is not *private*.

    One that is there may let its group read: a unit's sending half reads root and roster beside
    the keys, each of which is a file for its owner alone. A folder above it that is missing is made
    alike: officers' keys are often the first that comes into a console's or the archive's folder.

    Raises:
        KeysError: it cannot be made, or others may enter it or its group write there.
    """
    try:
        folder.parent.mkdir(mode=0o700 if private else 0o755, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700 if private else 0o755, parents=True, exist_ok=True)
    except OSError as error:
        raise KeysError(f"{folder}: cannot be made: {error.strerror}") from None
    if private:
        _guard(folder, 0o027)


def _guard(file: Path, forbidden: int = 0o077) -> None:
    try:
        found = file.stat()
    except OSError as error:
        raise KeysError(f"{file}: cannot be read: {error.strerror}") from None
    mode = stat.S_IMODE(found.st_mode)
    if mode & forbidden:
        wanted = "700" if stat.S_ISDIR(found.st_mode) else "600"
        raise KeysError(
            f"{file}: others than its owner may use it (mode {mode:o}), so it may be known to them:"
            f" chmod {wanted} it, and make new keys if this machine is shared"
        )
