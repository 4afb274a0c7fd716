"""How well checks on searches find misuse, and how often they name honest officers: a made-up year.

python -m scripts.misuse [SEEDS]: half years of 40 officers each; one more misuses it, in each of
several ways. Prints shares, by check and by way, and the week whose report names it first.
"""

import random
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from statistics import median

from edge.policy.supervision import gather
from edge.policy.supervision_checks import check
from tests.policy.searching import PURPOSES, SHIFTS, START, WEEKS, Record, half_year, plant_chief

Plant = Callable[[Record, int], object]


def plant(plates: int, searches: int, cases: str, *, late: bool = False) -> Plant:
    """Return what adds an officer with *searches* for *plates* cars, under *cases* numbers."""

    def add(record: Record, seed: int) -> None:
        draw = random.Random(seed)
        record.groups["chief"], record.shifts["chief"] = "patrol", (SHIFTS["day"],)
        for number in range(searches):
            day = START + timedelta(days=draw.uniform(0, WEEKS * 7 - 1))
            at = day.replace(hour=draw.choice((19, 23) if late else (8, 12)))
            case = "26-00001" if cases == "one" else f"26-{number:05d}"
            plate = f"EX{number % plates:04d}"
            record.add("chief", at, plate, draw.choice(PURPOSES), case)

    return add


WAYS: dict[str, Plant] = {
    "228 searches, 2 plates, a case each": plant_chief,
    "228 searches, 2 plates, one case": plant(2, 228, "one"),
    "24 searches, 1 plate, a case each": plant(1, 24, "each"),
    "8 searches, 1 plate, one case": plant(1, 8, "one"),
    "5 searches, 1 plate, a case each": plant(1, 5, "each"),
    "2 searches, 1 plate, one case": plant(1, 2, "one"),
    "60 searches, 60 plates, one case": plant(60, 60, "one"),
    "60 searches, 60 plates, a case each": plant(60, 60, "each"),
    "60 searches, 60 plates, off duty": plant(60, 60, "each", late=True),
}


def week_of(record: Record) -> int | None:
    """Return the week whose report names the chief first."""
    asked = gather(record.rows, record.opened)
    for week in range(1, WEEKS + 1):
        until = START + timedelta(weeks=week)
        known = [one for one in asked if one.at < until]
        found = check(known, record.staff, until - timedelta(weeks=1), until).findings
        if any(one.officer == "chief" for one in found):
            return week
    return None


def main(seeds: int) -> None:
    checks: Counter[str] = Counter()
    named = weekly = 0
    for seed in range(seeds):
        record = half_year(seed)
        asked = gather(record.rows, record.opened)
        found = check(asked, record.staff, START, START + timedelta(weeks=WEEKS)).findings
        checks.update(one.check.value for one in found)
        named += len({one.officer for one in found})
        for week in range(1, WEEKS + 1):
            until = START + timedelta(weeks=week)
            known = [one for one in asked if one.at < until]
            weekly += len(check(known, record.staff, until - timedelta(weeks=1), until).findings)
    honest = 40 * seeds
    print(f"honest officers named in half a year: {named} of {honest} ({named / honest:.1%})")
    print(f"  by check: {dict(checks)}")
    print(f"  questions about honest officers in a weekly report: {weekly / seeds / WEEKS:.2f}")
    for way, add in WAYS.items():
        weeks = []
        for seed in range(seeds):
            record = half_year(seed)
            add(record, seed)
            weeks.append(week_of(record))
        told = [week for week in weeks if week is not None]
        when = f", in week {median(told):.0f} (median)" if told else ""
        print(f"{way}: found in {len(told)} of {seeds}{when}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
