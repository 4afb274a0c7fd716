"""A town's officers who search through half a year, as rows of chains; one of them may misuse it.

Made up, but not homogeneous: officers search from once a fortnight to twice a day, patrol and
detectives for other purposes, on day, evening and night shifts; cases have one to six plates, and
the plates of an open case are asked for again. So an exact test alone would call honest officers
out of the ordinary.
"""

import hashlib
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from edge.messages.acts import ActRow, act_row
from edge.messages.acts_town import SearchAct
from edge.policy.supervision import Opened, Shift, Staff

START = datetime(2026, 5, 25, tzinfo=UTC)  # a Monday
WEEKS = 26
PURPOSES = ("stolen-vehicle", "missing-person", "violent-crime", "traffic-crime", "other")
MIXES = {"patrol": (45, 10, 10, 30, 5), "detectives": (25, 15, 45, 5, 10)}
SHIFTS = {
    "day": Shift(time(6), time(14, 30), frozenset(range(7))),
    "evening": Shift(time(14), time(22, 30), frozenset(range(7))),
    "night": Shift(time(22), time(6, 30), frozenset(range(7))),
}


@dataclass
class Record:
    """Rows of chains, and what an auditor would open."""

    rows: list[ActRow] = field(default_factory=list)
    opened: dict[str, Opened] = field(default_factory=dict)
    shifts: dict[str, tuple[Shift, ...]] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)

    @property
    def staff(self) -> Staff:
        return Staff(shifts=self.shifts, groups=self.groups)

    def add(
        self,
        officer: str,
        at: datetime,
        plate: str,
        purpose: str,
        case: str,
        hits: int = 0,
        refused: str = "",
        supervisor: str = "",
        household: bool = False,
    ) -> str:
        """Put one search on the chains of two units, and return its digest."""
        made = f"{officer} {at.isoformat()} {plate} {len(self.rows)}"
        query = hashlib.sha256(made.encode()).hexdigest()
        for number, unit in enumerate(("bridge-2", "main-street")):
            act = SearchAct(
                query=query,
                officer=officer,
                supervisor=supervisor,
                via="dispatch",
                purpose=purpose,
                case=case,
                window_s=86_400.0,
                share=0.0,
                whole=True,
                over="hits",
                hits=hits if number == 0 else 0,
                refused=refused,
            )
            told = f"{at + timedelta(seconds=2):%Y-%m-%dT%H:%M:%S.000Z}"
            row = ActRow(
                unit, "ab" * 16, len(self.rows) + 1, told, "search", act_row("search", act)
            )
            self.rows.append(row)
        mac = hashlib.sha256(b"the auditor's key" + plate.encode()).hexdigest()
        approved = at + timedelta(minutes=4) if supervisor else None
        self.opened[query] = Opened(mac, household, at, approved)
        return query


def half_year(seed: int, officers: int = 40) -> Record:
    """Return what honest officers search in half a year."""
    draw, record = random.Random(seed), Record()
    for number in range(officers):
        name = f"officer-{number:02d}"
        group = "detectives" if number % 4 == 0 else "patrol"
        shift = "day" if group == "detectives" else draw.choice(list(SHIFTS))
        record.groups[name], record.shifts[name] = group, (SHIFTS[shift],)
        a_week = min(14.0, 0.5 * draw.paretovariate(1.2) + 0.5)
        mix = [draw.gammavariate(share / 5, 1.0) + 0.01 for share in MIXES[group]]
        late = draw.uniform(0.0, 0.06)  # overtime
        luck = draw.uniform(0.15, 0.35)
        for at, plate, purpose, case in _cases(draw, a_week, mix, SHIFTS[shift], late):
            refused = "case" if draw.random() < 0.03 else ""
            hits = int(draw.random() < luck) if not refused else 0
            supervisor = f"sergeant-{number % 3}" if draw.random() < 0.1 else ""
            record.add(name, at, plate, purpose, case, hits, refused, supervisor)
    return record


def _cases(
    draw: random.Random, a_week: float, mix: list[float], shift: Shift, late: float
) -> Iterator[tuple[datetime, str, str, str]]:
    """Return one officer's searches, case by case."""
    due = a_week * WEEKS
    while due > 0:
        opened = START + timedelta(days=draw.uniform(0, WEEKS * 7 - 21))
        case = f"26-{draw.randrange(100_000):05d}"
        purpose = draw.choices(PURPOSES, mix)[0]
        for _ in range(min(6, 1 + int(draw.expovariate(1.2)))):
            plate = f"{draw.randrange(10**6):06d}"
            for _ in range(min(7, 1 + int(draw.expovariate(0.9)))):
                day = opened + timedelta(days=draw.uniform(0, 14))
                yield _on_shift(draw, day, shift, late), plate, purpose, case
                due -= 1


def _on_shift(draw: random.Random, day: datetime, shift: Shift, late: float) -> datetime:
    begins = day.replace(hour=shift.begins.hour, minute=0, second=0, microsecond=0)
    hours = draw.uniform(8.6, 11.0) if draw.random() < late else draw.uniform(0.1, 8.3)
    return begins + timedelta(hours=hours)


def plant_chief(record: Record, seed: int, name: str = "chief") -> Mapping[str, str]:
    """Add one who searched 228 times for two plates under reasons of his own making."""
    draw = random.Random(seed)
    record.groups[name], record.shifts[name] = "patrol", (SHIFTS["day"],)
    queries = {}
    for number in range(228):
        at = START + timedelta(days=draw.uniform(0, WEEKS * 7 - 1))
        at = at.replace(hour=draw.choice((7, 9, 11, 13, 19, 21, 23, 1)))
        plate = "EX0001" if draw.random() < 0.6 else "NEW002"
        purpose = draw.choices(PURPOSES, (30, 30, 20, 15, 5))[0]
        case = f"26-{draw.randrange(100_000):05d}"
        queries[record.add(name, at, plate, purpose, case, int(draw.random() < 0.1))] = plate
        assert number < 228
    return queries
