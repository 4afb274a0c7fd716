"""The forecast beside a replay by the real matcher and gates, at full size.

    .venv/bin/python -m scripts.forecast_replay --reads 100000 --entries 500000 --home us-ct

Innocent cars, and listed ones, are simulated by chance with the packed table of confusion; see
``tests/hotlist/simulate.py``. Rates are for a million cars, with the 95 % interval of the replay.
"""

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from time import perf_counter

import numpy as np

from edge.config import load
from edge.hotlist.forecast import Forecast, forecast
from edge.hotlist.forecast_reader import load_confusion
from tests.fakes import START
from tests.hotlist.simulate import Counts, Replay, random_list

RULES = {
    "alarm": "these settings: alarm",
    "told": "these settings: alarm or verify",
    "exact": "exact text and place",
    "exact_anywhere": "exact text, any place",
}


def main() -> int:
    """Print one line a rule; 1 when one with enough events is off by more than a factor of two."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--reads", type=int, default=100_000)
    parser.add_argument("--entries", type=int, default=500_000)
    parser.add_argument("--true-hits", type=int, default=5_000)
    parser.add_argument("--home", default="us-ct")
    parser.add_argument("--listed-home", type=float, default=0.2, help="share of entries")
    parser.add_argument(
        "--unsaid", type=float, default=0.0, help="entries without jurisdiction, below 1"
    )
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    settings, table = load([]).settings, load_confusion()
    rng = np.random.default_rng(options.seed)
    hotlist = random_list(rng, options.entries, options.home, options.listed_home, options.unsaid)
    began = perf_counter()
    now = datetime.fromtimestamp(START.utc_ns / 1e9, UTC)
    found = forecast(hotlist, settings.hotlist, settings.policy, options.home, table, now)
    print(f"forecast of {len(hotlist)} entries in {perf_counter() - began:.1f} s")
    replay = Replay(hotlist, settings, options.home, table, options.seed + 1)
    counts = replay.innocent(options.reads)
    hits = replay.listed(np.random.default_rng(options.seed + 2), options.true_hits)
    off = False
    print(f"a million innocent cars at {options.home}, {options.reads} replayed")
    for rule, line, ratio, enough in _compared(found, counts):
        print(f"  {RULES[rule]:34s} {line}")
        off = off or (enough and not 0.5 < ratio < 2.0)
    for name, told in (("alarm", found.true_alarm), ("told", found.true_told)):
        share = getattr(hits, name) / hits.reads
        print(f"  listed home cars, {name}: forecast {told:.3f}, replay {share:.3f}")
    return int(off)


def _compared(found: Forecast, counts: Counts) -> Iterator[tuple[str, str, float, bool]]:
    for rule in RULES:
        expected, seen = getattr(found, rule).total * 1e6, getattr(counts, rule)
        scale = 1e6 / counts.reads
        spread = 1.96 * np.sqrt(max(seen, 1))
        line = (
            f"forecast {expected:8.1f}, replay {seen * scale:8.1f} "
            f"({max(0.0, seen - spread) * scale:.1f} to {(seen + spread) * scale:.1f})"
        )
        yield rule, line, seen * scale / expected if expected else 1.0, seen >= 15


if __name__ == "__main__":
    raise SystemExit(main())
