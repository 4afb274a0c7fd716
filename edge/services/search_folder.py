"""The folder in which searches wait, and what the searching process says of itself beside health.

Deliver lays ``DIGEST.search`` down; the searching process makes ``TOKEN.taken`` of it before it
looks, and removes that after its answer is on the disk.
"""

from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.clock import Moment
from edge.messages.search import SEARCH_LIMIT

SUFFIX: Final = ".search"
TAKEN: Final = ".taken"
MOST: Final = 64  # files that wait
MOST_BYTES: Final = 32 * SEARCH_LIMIT
_WORD: Final = "search.json"
_SILENT_S: Final = 30.0
_AHEAD_NS: Final = 1_000_000_000


class Word(BaseModel):
    """What the searching process last said of itself; counts alone.

    Attributes:
        answered, refused: since it started.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    made_monotonic_ns: int
    answered: int = Field(ge=0)
    refused: int = Field(ge=0)
    problem: str = Field(max_length=400)


def write_word(word: Word, runtime: Path) -> None:
    """Put *word* on tmpfs, for deliver to tell.

    Raises:
        OSError: it cannot be written.
    """
    draft = runtime / f"{_WORD}.new"
    draft.write_bytes(word.model_dump_json().encode())
    draft.replace(runtime / _WORD)


def read_word(runtime: Path, now: Moment) -> Word | None:
    """Return what the process said of late; None where it does not report."""
    try:
        word = Word.model_validate_json((runtime / _WORD).read_bytes())
    except (OSError, ValidationError):
        return None
    age_ns = now.monotonic_ns - word.made_monotonic_ns
    return word if -_AHEAD_NS <= age_ns <= _SILENT_S * 1e9 else None


def lying(folder: Path, suffix: str = SUFFIX) -> list[tuple[Path, int]]:
    """Return the files of a kind that wait in *folder* with their sizes, the oldest first.

    Raises:
        OSError: the folder cannot be read; one that is not there holds nothing.
    """
    found = []
    for file in folder.glob(f"*{suffix}"):
        try:
            status = file.stat()
        except FileNotFoundError:
            continue  # taken up meanwhile
        found.append((status.st_mtime_ns, file, status.st_size))
    return [(file, size) for _, file, size in sorted(found)]
