"""Folders of signed files that are called by their number: the digest of what was signed."""

from pathlib import Path
from typing import Final

from edge.errors import EdgeError
from edge.keys.files import read_public
from edge.keys.signed import Signed, digest, from_bytes

LIMIT: Final = 64 * 1024


def read_numbered(file: Path, kind: str, what: str, error: type[EdgeError]) -> Signed:
    """Return the signed document in *file*, which is called by its number.

    Args:
        what: names the thing in errors: a correction, a grant.

    Raises:
        EdgeError: *error*: it bears another one's number.
        KeysError: it cannot be read, or is of another kind.
    """
    signed = from_bytes(read_public(file, LIMIT), str(file), kind)
    if digest(signed) != file.stem:
        raise error(f"{file}: bears another {what}'s number: it was changed")
    return signed


def find_numbered(
    folder: Path, suffix: str, number: str, what: str, error: type[EdgeError], show: str = ""
) -> Path:
    """Return the one file in *folder* whose number begins with *number*.

    Args:
        show: the command that lists them, where it is not ``edge {what}s show``.

    Raises:
        EdgeError: *error*: none, or several.
    """
    found = [file for file in folder.glob(f"*{suffix}") if file.stem.startswith(number)]
    if len(found) != 1 or not number:
        count = len(found) if number else 0
        raise error(
            f"{count} {what}s in {folder} have a number that begins {number!r}; "
            f"see `{show or f'edge {what}s show'}`"
        )
    return found[0]
