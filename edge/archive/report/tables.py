"""The report's tables as CSV, for spreadsheets: one file each, made of the same figures."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, Final

from edge.archive.report.count import Report

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def tables(report: Report) -> Mapping[str, bytes]:
    """Return every table by its file's name, UTF-8 with a line of names."""
    times, searches = report.times, report.searches
    return {
        "days.csv": _table(times.days, "day"),
        "units.csv": _table(times.units, "unit", without=("watching", "paused")),
        "outages.csv": _table(times.outages, "unit,since,until,hours,why"),
        "hits.csv": _table(report.hits.categories, "category"),
        "precision.csv": _table(report.hits.precision, "of"),
        "searches.csv": _table(searches.purposes, "purpose"),
        "refusals.csv": _table(searches.refusals, "reason,searches"),
        "lists.csv": _table(report.lists, "list"),
        "grants.csv": _table(report.grants, "who,what,why,since,until,ended"),
        "pauses.csv": _table(report.pauses, "units,since,until,reason,signers,over,how"),
        "chains.csv": _table(report.chains, "name"),
        "acts.csv": _written(("act", "count"), list(asdict(report.rest).items())),
    }


def _table(lines: Sequence[Any], empty: str, without: tuple[str, ...] = ()) -> bytes:
    """Return *lines*, all of one dataclass; *empty* are its names where there is no line."""
    if not lines:
        return _written(empty.split(","), [])
    names = [field.name for field in fields(lines[0]) if field.name not in without]
    return _written(names, [[getattr(line, name) for name in names] for line in lines])


def _written(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8")


def _safe(cell: Any) -> Any:
    """Return *cell* so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
