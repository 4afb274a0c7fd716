"""Records that could not be taken: where and why, without what stands in them.

An agency's record is personal data; the file of rejects holds line, column and reason, and the
value and the record itself only if that is asked for.
"""

import csv
from collections import Counter
from pathlib import Path
from typing import Any

from edge.hotlist.importing.layouts import Record


class FieldError(ValueError):
    """One field cannot be taken; the sentence does not repeat what stands there."""

    def __init__(self, column: str, sentence: str, value: str = "") -> None:
        super().__init__(sentence)
        self.column = column
        self.value = value


class Rejects:
    """Writes rejects as they come.

    Attributes:
        count: lines that were rejected.
        reasons: how often each column and reason.
    """

    def __init__(self, file: Any, *, keep_rows: bool) -> None:
        self.count = 0
        self.reasons: Counter[tuple[str, str]] = Counter()
        self._keep_rows = keep_rows
        self._rows = csv.writer(file, lineterminator="\n")
        head = ["line", "column", "reason"]
        self._rows.writerow([*head, "value", "record"] if keep_rows else head)

    def add(self, record: Record, column: str, reason: str, value: str = "") -> None:
        """Take one record; it counts for all the lines that it takes."""
        self.count += record.lines
        self.reasons[column, reason] += 1
        kept = [value, record.text] if self._keep_rows else []
        self._rows.writerow([record.line, column, reason, *kept])

    def summary(self, path: Path) -> list[str]:
        """Return the commonest reasons as sentences."""
        lines = [
            f"{path}: {count} x {column + ': ' if column else ''}{reason}"
            for (column, reason), count in self.reasons.most_common(10)
        ]
        rest = len(self.reasons) - len(lines)
        return [*lines, f"... and {rest} more reasons"] if rest else lines
