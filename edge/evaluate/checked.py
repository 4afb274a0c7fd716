"""What was found out by looking: labels that are wrong, and pictures without unlabelled plates.

Two lists beside the models, both optional: ``labels.csv`` (``file,verdict,accepts,note``) and
``no_plates.csv`` (``file,note``). They name pictures as the data's own CSV files do, with or
without the folder ``plates``, ``pictures`` or ``scenes`` before it. Number plates are personal
data: a corrected text is there only as :func:`token`.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from edge.errors import TruthError
from edge.evaluate.truth import Row, read_rows

_FOLDERS = ("plates/", "pictures/", "scenes/")
_HEX = 16
_VERDICTS = ("wrong", "illegible")


@dataclass(frozen=True, slots=True)
class Checked:
    """What the two lists say.

    Attributes:
        accepts: by file, tokens of the right texts where the stored label is wrong.
        illegible: files that nobody can read: left out, and counted as left out.
        bare: files in which every plate is labelled, so that a further find is a false one.
    """

    accepts: dict[str, frozenset[str]] = field(default_factory=dict)
    illegible: frozenset[str] = frozenset()
    bare: frozenset[str] = frozenset()

    def touches(self, file: str) -> bool:
        """Say whether the label of *file* was corrected or struck out."""
        return file in self.accepts or file in self.illegible

    def right(self, file: str, truth: str, reads: Iterable[str]) -> bool | None:
        """Say whether one of *reads* is the plate's text; None where nobody can know."""
        if file in self.illegible:
            return None
        if file not in self.accepts:
            return truth in set(reads)
        return any(token(file, read) in self.accepts[file] for read in reads)


def token(file: str, text: str) -> str:
    """Return what stands for *text* in a list: only who knows the text can make it."""
    return hashlib.sha256(f"{file}:{text}".encode()).hexdigest()[:_HEX]


def load_checked(folder: Path) -> Checked:
    """Return what the lists in *folder* say; one of them may be missing.

    Raises:
        TruthError: both are missing, or a line is wrong.
    """
    labels, bare = folder / "labels.csv", folder / "no_plates.csv"
    if not labels.is_file() and not bare.is_file():
        raise TruthError(
            f"{folder}: has neither labels.csv nor no_plates.csv; name the folder with --checked"
        )
    accepts: dict[str, frozenset[str]] = {}
    illegible: set[str] = set()
    columns = ("file", "verdict", "accepts", "note")
    for row in read_rows(labels, columns) if labels.is_file() else ():
        file, right = named(row), _accepted(row)
        if right:
            accepts[file] = accepts.get(file, frozenset()) | {right}
        else:
            illegible.add(file)
        if file in accepts and file in illegible:
            raise row.error("this file is both 'wrong' and 'illegible'")
    rows = read_rows(bare, ("file", "note")) if bare.is_file() else ()
    return Checked(accepts, frozenset(illegible), frozenset(named(row) for row in rows))


def named(row: Row) -> str:
    """Return the file that a row names, as the data's CSV files name it."""
    file = row.fields["file"]
    for folder in _FOLDERS:
        file = file.removeprefix(folder)
    if not file:
        raise row.error("column 'file' must name a picture")
    return file


def _accepted(row: Row) -> str:
    """Return the token of the right text, empty where nobody can read it."""
    verdict, accepts = row.fields["verdict"], row.fields["accepts"]
    if verdict not in _VERDICTS:
        raise row.error(f"column 'verdict' must be 'wrong' or 'illegible', not {verdict!r}")
    if verdict == "illegible":
        if accepts:
            raise row.error("an illegible plate accepts no text; leave 'accepts' empty")
        return ""
    if len(accepts) != _HEX or set(accepts) - set("0123456789abcdef"):
        raise row.error(
            f"column 'accepts' must be {_HEX} hex digits, the start of "
            f"sha256('file:text'), not {accepts!r}"
        )
    return accepts
