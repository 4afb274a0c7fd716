"""What the record costs: rows appended with a sync each, exported and verified as files.

Export and verify are the real commands in processes of their own, so that their memory is theirs.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from edge.clock import SystemClock
from edge.config.store import StoreSection
from edge.messages.acts import act_row
from edge.store import Store, open_store
from tests.alerts import UNIT, store_section
from tests.keys.cast import keys_folder, keys_of
from tests.messages.chains import a_head, an_hour

_SYNCED: Final = 2000  # rows appended one by one
_BATCH: Final = 5000  # rows in a transaction, to fill the store
_STARTER: Final = """
import resource, subprocess, sys, time
began = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss)
"""
_EVERY: Final = 50  # rows between two signed heads, as watch keeps them


def measure(folder: Path, rows: int) -> dict[str, Any]:
    """Return rates and sizes of a chain of *rows*."""
    section = store_section(folder / "store")
    with open_store(section, UNIT.name, SystemClock("always")) as store:
        found: dict[str, Any] = {"rows": rows, "append_per_s": _append(store)}
        with _timed("fill", found):
            _fill(store, rows)
        with _timed("verify_store", found):
            broken = store.audit.verify()
        if broken is not None:
            raise SystemExit(broken.reason)
    database = folder / "store" / "edge.db"
    found["database_mb"] = round(database.stat().st_size / 1e6, 1)
    return found | _commands(folder, section)


def show(found: dict[str, Any], console: Console) -> None:
    """Print the figures."""
    table = Table(title=f"a chain of {found['rows']} rows")
    for name in ("", "seconds", "CPU s", "rows/CPU s", "MB", "peak MB"):
        table.add_column(name, justify="left" if not name else "right")
    synced = f"{found['append_per_s']:.0f}"
    table.add_row("append, a sync each (rows/s)", "", "", synced, "", "")
    for name in ("fill", "verify_store", "export", "verify"):
        seconds = found[f"{name}_s"]
        peak = str(found.get(f"{name}_peak_mb", ""))
        size = {"export": found["file_mb"], "fill": found["database_mb"]}.get(name, "")
        spent = found[f"{name}_cpu_s"]
        rate = f"{found['rows'] / spent:.0f}"
        row = (f"{seconds:.1f}", f"{spent:.1f}", rate, str(size), peak)
        table.add_row(name.replace("_", " "), *row)
    console.print(table)


@contextmanager
def _timed(name: str, found: dict[str, Any]) -> Iterator[None]:
    """Note seconds, and seconds of processor, of the block."""
    began, spent = time.perf_counter(), time.process_time()
    yield
    found[f"{name}_s"] = round(time.perf_counter() - began, 2)
    found[f"{name}_cpu_s"] = round(time.process_time() - spent, 2)


def _append(store: Store) -> float:
    began = time.perf_counter()
    for number in range(_SYNCED):
        store.record("hour", act_row("hour", an_hour(number)))
    return round(_SYNCED / (time.perf_counter() - began), 1)


def _fill(store: Store, rows: int) -> None:
    """Append without a sync each, as fast as hashing and the database go."""
    done = _SYNCED
    clock, payload = SystemClock("always"), act_row("hour", an_hour(1))
    while done < rows:
        with store._db.transaction():  # noqa: SLF001 - the product has no need to append in bulk
            for _ in range(min(_BATCH, rows - done)):
                link = store.audit.append("hour", payload, clock.now())
                done += 1
                if link.number % _EVERY == 0 or done == rows:
                    head = a_head([link], keys_of(UNIT.name), store.epoch)
                    store._db.execute(  # noqa: SLF001
                        "INSERT INTO signed_heads VALUES (?, ?)", (link.number, head)
                    )


def _commands(folder: Path, section: StoreSection) -> dict[str, Any]:
    keys = keys_folder(folder / "keys", UNIT.name)
    site, file = folder / "site.toml", folder / "bridge-2.chain.jsonl"
    site.write_text(
        f'[unit]\ntown = "{UNIT.town}"\nname = "{UNIT.name}"\n[keys]\nfolder = "{keys}"\n'
        f'[store]\nfolder = "{section.folder}"\n'
    )
    found: dict[str, Any] = _run("export", "--config", str(site), "export", str(file))
    root = str(keys / "town.json")
    found |= _run("verify", "verify", str(file), "--root", root)
    return found | {"file_mb": round(file.stat().st_size / 1e6, 1)}


def _run(name: str, *words: str) -> dict[str, float]:
    """Return seconds, seconds of processor and peak memory of one command.

    A small process starts it: the kernel would count this one's memory from before the exec.
    """
    command = [sys.executable, "-c", _STARTER, sys.executable, "-m", "edge", "audit", *words]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return {
        f"{name}_s": round(float(told[-3]), 2),
        f"{name}_cpu_s": round(float(told[-2]), 2),
        f"{name}_peak_mb": round(int(told[-1]) / 1e3, 1),
    }
