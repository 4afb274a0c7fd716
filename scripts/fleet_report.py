"""What the fleet's figures say: losses, latencies by window, and how fast all came back. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scripts.fleet_party import Told

NS = 1_000_000_000
WINDOW_S = 5
BACK_MS = 1_000.0  # the p99 is back from here down, or from what it was before


@dataclass(frozen=True)
class Run:
    """When things were done, in ns of the monotonic clock; None where they were not."""

    begun: int
    ended: int
    disturbed: int | None
    what: str


def report(
    run: Run, units: Sequence[Told], consoles: Sequence[Told], listeners: int
) -> dict[str, Any]:
    """Return the run's figures."""
    stored = {key: at for told in units for key, at in told.stored.items()}
    shown = [row for told in consoles for row in told.shown]
    times = Counter((console, unit, number) for console, unit, number, _ in shown)
    heard = Counter((unit, number) for _, unit, number, _ in shown)
    latencies = [
        (stored[unit, number], (at - stored[unit, number]) / 1e6) for _, unit, number, at in shown
    ]
    seconds = (run.ended - run.begun) / NS
    figures = {
        "alerts": len(stored),
        "alerts_per_s": round(len(stored) / seconds, 1),
        "deliveries": len(shown),
        "alerts_lost": sum(1 for key in stored if key not in heard),
        "deliveries_missing": len(stored) * listeners - len(times),
        "shown_twice": sum(1 for count in times.values() if count > 1),
        "delivered_again": sum(told.again for told in consoles),
        "refused": sum(told.refused for told in (*units, *consoles)),
        "without_receipt": sum(told.waiting for told in units),
        "published": sum(told.published for told in units),
        "receipts": sum(told.receipts for told in units),
        "letter_bytes": max(told.bytes_each for told in units),
        "latency_ms": percentiles([ms for at, ms in latencies if before(run, at)]),
    }
    if run.disturbed is not None:
        usual = figures["latency_ms"].get("p99", 0.0)
        figures["after"] = recovery(run, latencies, max(BACK_MS, usual))
        figures["storm"] = storm(run.disturbed, [*units, *consoles])
    return figures


def before(run: Run, at: int) -> bool:
    return run.disturbed is None or at < run.disturbed - 2 * NS


def percentiles(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)
    if not ordered:
        return {}
    marks = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))
    return {
        name: round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)
        for name, share in marks
    }


def recovery(run: Run, latencies: Sequence[tuple[int, float]], back_ms: float) -> dict[str, Any]:
    """Return the latencies by when the alert was stored after the disturbance."""
    assert run.disturbed is not None
    windows: dict[int, list[float]] = {}
    for at, ms in latencies:
        if at >= run.disturbed:
            windows.setdefault((at - run.disturbed) // (WINDOW_S * NS), []).append(ms)
    table = {
        f"{index * WINDOW_S}-{(index + 1) * WINDOW_S} s": percentiles(windows[index])
        for index in sorted(windows)
    }
    late = [index for index in windows if percentiles(windows[index])["p99"] > back_ms]
    back = (max(late) + 1) * WINDOW_S if late else 0
    return {"what": run.what, "p99_back_within_s": back, "windows": table}


def storm(disturbed: int, told: Sequence[Told]) -> dict[str, Any]:
    """Return how those whose connection was lost came back."""
    lost: dict[str, int] = {}
    for one in told:
        for name, at in one.downs:
            if at >= disturbed - NS:
                lost.setdefault(name, at)
    ups: dict[str, list[int]] = {}
    for one in told:
        for name, at in one.ups:
            ups.setdefault(name, []).append(at)
    came = {
        name: min(after) for name, at in lost.items() if (after := [x for x in ups[name] if x > at])
    }
    seconds = sorted((at - disturbed) / NS for at in came.values())
    rates = Counter((at - disturbed) // NS for name in lost for at in ups[name] if at > disturbed)
    needed = -(-99 * len(lost) // 100)
    return {
        "cut": len(lost),
        "came_back": len(came),
        "half_back_s": round(seconds[len(lost) // 2], 2) if len(seconds) > len(lost) // 2 else None,
        "99_percent_back_s": round(seconds[needed - 1], 2) if 0 < needed <= len(seconds) else None,
        "connects_peak_per_s": max(rates.values(), default=0),
    }
