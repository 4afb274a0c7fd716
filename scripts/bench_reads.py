"""How long a search over kept reads takes, in the largest store that a shipped profile allows.

Twenty-one days at 30,000 reads a day, sealed in batches of ten seconds to keys of an hour, on the
disk as watch leaves them; searched as the search process does.
"""

import os
import random
import string
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from unittest import mock

from rich.console import Console
from rich.table import Table

from edge.clock import Moment
from edge.plates.pattern import read_pattern
from edge.records import KeptRead
from edge.services.reads_keys import KeyHolder
from tests.services.keeping import Pole

DAYS: Final = 21
A_DAY: Final = 30_000
_PLACES: Final = ("us-ct", "us-ma", "us-ny", "")
_BATCHES: Final = 360  # in an hour


def measure(folder: Path, days: int = DAYS, a_day: int = A_DAY) -> dict[str, Any]:
    """Return seconds by kind of search, and what keeping costs."""
    pole = Pole(folder, 21 * 86_400.0, more={"budget_mb": 4096})
    holder, chance = pole.holder(), random.Random(5)
    holder.open()
    began = time.perf_counter()
    total, last = _fill(pole, holder, chance, days, a_day)
    filled_s = time.perf_counter() - began
    end = pole.clock.now()
    kept = pole.kept(holder)

    def search(what: str, hours: float) -> Callable[[], int]:
        pattern, since = read_pattern(what), end.later(-3600.0 * hours)
        return lambda: len(list(kept.find(pattern, since, end)))

    whole = 24.0 * days
    searches = {
        "a whole plate, all days": search(last, whole),
        "the same again": search(last, whole),
        "a pattern, all days": search("AB?12*", whole),
        "a wide pattern, all days": search("A*", whole),
        "a whole plate, the last day": search(last, 24.0),
        "a whole plate, the last hour": search(last, 1.0),
    }
    found: dict[str, Any] = {
        "reads": total,
        "megabytes": round(holder.folder.used() / 1e6, 1),
        "fill_reads_per_s": round(total / filled_s),
        "batch_ms": _batch_ms(holder, pole),
        "search": {},
    }
    for name, act in searches.items():
        began, spent = time.perf_counter(), time.process_time()
        number = act()
        found["search"][name] = {
            "s": round(time.perf_counter() - began, 3),
            "cpu_s": round(time.process_time() - spent, 3),
            "found": number,
        }
    holder.stop()
    return found


def show(found: dict[str, Any], console: Console) -> None:
    """Print the figures."""
    console.print(
        f"{found['reads']} kept reads in {found['megabytes']} MB; a batch of ten seconds is sealed "
        f"and synced in {found['batch_ms']} ms"
    )
    table = Table("search", "seconds", "of processor", "found")
    for name, one in found["search"].items():
        table.add_row(name, f"{one['s']:.2f}", f"{one['cpu_s']:.2f}", str(one["found"]))
    console.print(table)


def _fill(
    pole: Pole, holder: KeyHolder, chance: random.Random, days: int, a_day: int
) -> tuple[int, str]:
    """Keep reads hour by hour, and return how many, and the last one's text."""
    total, text, owed = 0, "", 0.0
    with mock.patch.object(os, "fdatasync", return_value=None):  # the disk is measured apart
        for _ in range(24 * days):
            holder.step()
            now = pole.clock.now()
            slot = next(one.slot for one in reversed(holder.living) if _covers(one.slot, now))
            file = holder.folder.begin(slot.key, pole.own.signing)
            for batch in range(_BATCHES):
                owed += a_day / 24 / _BATCHES
                texts = [_text(chance) for _ in range(int(owed))]
                owed -= len(texts)
                if texts:
                    at = now.later(batch * 3600 / _BATCHES)
                    file.append([_read(one, at, chance) for one in texts])
                    total, text = total + len(texts), texts[-1]
            file.close()
            pole.clock.advance(3600.0)
    return total, text


def _covers(slot: Any, now: Moment) -> bool:
    return bool(slot.since_ns <= now.monotonic_ns < slot.until_ns)


def _batch_ms(holder: KeyHolder, pole: Pole) -> float:
    """Return the milliseconds to seal and sync one batch, the median of fifty."""
    file = holder.folder.begin(holder.living[-1].slot.key, pole.own.signing)
    batch = [_read("AB12345", pole.clock.now(), random.Random(1)) for _ in range(4)]
    spent = []
    for _ in range(50):
        began = time.perf_counter()
        file.append(batch)
        spent.append(time.perf_counter() - began)
    file.close()
    return round(sorted(spent)[25] * 1000, 3)


def _text(chance: random.Random) -> str:
    return "".join(chance.choices(string.ascii_uppercase, k=2)) + f"{chance.randrange(100_000):05}"


def _read(text: str, at: Moment, chance: random.Random) -> KeptRead:
    return KeptRead(at, text, chance.choice(_PLACES), 0.97, "approaching")
