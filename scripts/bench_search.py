"""How long a search over the alerts that a unit holds takes, from the folder to the outbox.

Each letter is opened with the unit's own key, so the time goes with their number, whatever is
asked for; judging, recording and sealing are a fixed part. Kept reads: ``scripts/bench reads``.
"""

import os
import time
from pathlib import Path
from typing import Any, Final
from unittest import mock

from rich.console import Console
from rich.table import Table

from tests.alerts import a_jpeg
from tests.fakes import START
from tests.services.searching import Searched, a_bundle, a_query

_QUERIES: Final = {
    "a whole plate, one hit": ("AB00007", ""),
    "part of a plate, ten hits": ("AB0001?", ""),
    "a wide part, with a supervisor": ("AB00*", "sue"),
    "a plate that was never seen": ("XY12345", ""),
    "refused: too wide": ("A*", "sue"),
}


def measure(folder: Path, alerts: int) -> dict[str, Any]:
    """Return seconds by kind of search, over a tenth of the alerts and over all of them."""
    unit = Searched(folder)
    found: dict[str, Any] = {"alerts": alerts, "search": {}}
    held = 0
    for wanted in (alerts // 10, alerts):
        with mock.patch.object(os, "fsync", return_value=None):
            for number in range(held, wanted):
                picture = a_jpeg(size=8000, seed=number)
                unit.saw(f"AB{number:05}", START.later(-1800.0), crop_jpeg=picture)
        held = wanted
        found["search"][str(held)] = _searches(unit, held)
    found["store_mb"] = round(unit.store.budget.used() / 1e6, 1)
    unit.close()
    return found


def _searches(unit: Searched, held: int) -> dict[str, Any]:
    told = {}
    for number, (name, (pattern, supervisor)) in enumerate(_QUERIES.items()):
        nonce = f"{held:08x}{number:08x}".ljust(32, "0")
        query = a_query(pattern=pattern, nonce=nonce)
        unit.lay(a_bundle(query, supervisor=supervisor))
        began, spent = time.perf_counter(), time.process_time()
        assert unit.desk.step() == 1, unit.desk.problem
        told[name] = {
            "s": round(time.perf_counter() - began, 4),
            "cpu_s": round(time.process_time() - spent, 4),
            "hits": unit.acts()[-1]["hits"],
        }
    return told


def show(found: dict[str, Any], console: Console) -> None:
    """Print the figures."""
    console.print(
        f"{found['alerts']} alerts with their pictures, a store of {found['store_mb']} MB"
    )
    table = Table("letters", "search", "seconds", "of processor", "hits")
    for held, searches in found["search"].items():
        for name, one in searches.items():
            table.add_row(held, name, f"{one['s']:.3f}", f"{one['cpu_s']:.3f}", str(one["hits"]))
    console.print(table)
