"""What happens in a small town in a month, act by act: traffic, hits, words, searches, mishaps.

Made of one seed, with the models of the chain's acts; no plate is drawn anywhere. Times are seconds
since 1970. ``scripts/month.py`` puts it on real chains.
"""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from edge.messages import acts_car, acts_town, acts_unit
from edge.messages.acts import Act, act_row

HOUR, DAY = 3600.0, 86_400.0
UNITS = ("bridge-2", "main-street", "river-road", "route-5")
CONSOLES = ("car-12", "car-13", "dispatch")
_SHARE = {"bridge-2": 1.0, "main-street": 0.7, "river-road": 0.25, "route-5": 1.4}
_PURPOSES = ("stolen-vehicle", "missing-person", "wanted-person", "crash", "crime")
_OFFICERS = ("dana", "erin", "felix", "grace")
_REFUSED = ("purpose", "window-too-long", "needs-supervisor", "case-number", "unknown-officer")
_CATEGORIES = ("stolen_vehicle", "wanted_person", "missing_person", "other")
_ALARM_WORDS = (
    ("confirmed", 74), ("stale", 8), ("misread", 4), ("wrong-vehicle", 3),
    ("wrong-jurisdiction", 2), ("no-contact", 14), ("", 5),
)  # fmt: skip
_VERIFY_WORDS = (
    ("confirmed", 38), ("stale", 8), ("misread", 18), ("wrong-vehicle", 8),
    ("wrong-jurisdiction", 9), ("no-contact", 14), ("", 12),
)  # fmt: skip


@dataclass(order=True)
class Event:
    """Somebody's act at a time."""

    at: float
    name: str
    kind: str
    payload: dict = field(compare=False)  # type: ignore[type-arg]


@dataclass
class Town:
    """The month as it is made up.

    Attributes:
        days: how many; the mishaps lie at shares of it, so that a short one has them too.
        planted: put into every text that a person writes; a test looks for it.
    """

    begin: float
    days: int
    seed: int = 1
    planted: str = ""

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.end = self.begin + self.days * DAY
        self.epochs = {name: digest(f"{self.seed} epoch {name}")[:32] for name in UNITS + CONSOLES}
        self.pause = self._span(0.70, 38 * HOUR)
        self.outage = self._span(0.42, 30 * HOUR)
        self.update = self._span(0.62, 0.2 * HOUR)
        self.night = self._span(0.20, 9 * HOUR)  # one unit pauses, and lapses
        self.sequences = dict.fromkeys(UNITS + CONSOLES, 0)

    def events(self) -> list[Event]:
        """Return everything, in order of time."""
        every = [*self._starts(), *self._lists(), *self._law(), *self._searches(), *self._people()]
        for unit in UNITS:
            every += self._hours(unit)
        every += self._mishaps()
        return sorted(every)

    def note(self, words: str) -> str:
        """Return what a person wrote, with what is planted in it."""
        return f"{words} {self.planted}".strip()

    def _span(self, share: float, length: float) -> tuple[float, float]:
        since = self.begin + round(share * self.days * 24) * HOUR + 0.3 * HOUR
        return since, since + min(length, self.days * DAY * 0.06)

    def _starts(self) -> Iterator[Event]:
        for name in UNITS + CONSOLES:
            process = "watch" if name in UNITS else "console"
            started = acts_unit.Started(
                process=process, software="0.6.0", settings=digest(name), roster=4, new_epoch=True
            )
            yield event(self.begin - 40 * DAY, name, "started", started)
        since, until = self.update
        yield event(since, "main-street", "ended", acts_unit.Ended(process="watch"))
        again = acts_unit.Started(
            process="watch", software="0.6.1", before="0.6.0", settings=digest("new"), roster=4
        )
        yield event(until, "main-street", "started", again)
        # the power went without a word
        back = acts_unit.Started(process="watch", software="0.6.0", settings=digest("x"), roster=4)
        yield event(self.outage[1], "route-5", "started", back)
        changed = acts_unit.SettingsAct(
            digest=digest("new"),
            before=digest("main-street"),
            changed=(("detector.min_score", self.note("0.42")),),
        )
        yield event(until + 1, "main-street", "settings", changed)

    def _lists(self) -> Iterator[Event]:
        for day in range(-1, self.days):
            for name, issuer, entries in (
                ("town", "issuer", 812),
                ("state", "state-police", 48_210),
            ):
                issued = self.begin + day * DAY + 5 * HOUR
                version = f"{name}-{day + 40}-{digest(f'{self.seed} {name} {day}')[:12]}"
                grown = (
                    entries + self.random.randrange(-20, 40) + day * (2 if name == "town" else 9)
                )
                for unit in UNITS:
                    yield from self._install(unit, name, issuer, version, grown, issued, day)

    def _install(
        self, unit: str, name: str, issuer: str, version: str, entries: int, issued: float, day: int
    ) -> Iterator[Event]:
        at = issued + 60 * (2 + UNITS.index(unit))
        if self._away(unit, at):
            return
        refused = name == "town" and unit == "river-road" and day == self.days // 3
        why = self.note("its base is not the list in force") if refused else ""
        told = acts_unit.ListAct(
            list=name,
            version=version,
            sequence=day + 40,
            issuer=issuer,
            entries=entries,
            issued_at=iso(issued),
            expires_at=iso(issued + 3 * DAY),
            act="refused" if refused else "installed",
            why=why,
        )
        yield event(at, unit, "list", told)

    def _law(self) -> Iterator[Event]:
        grants = (
            ("bristol-pd", ("stolen_vehicle", "missing_person"), -30.0, 0.55, "shared patrols"),
            ("coventry-pd", ("search",), -10.0, 3.0, "hit and run inquiry with Coventry"),
        )
        for who, what, since, share, why in grants:
            number, until = digest(who), self.begin + share * self.days * DAY
            for unit in UNITS:
                grant = acts_town.GrantAct(
                    number=number,
                    who=who,
                    what=what,
                    why=self.note(why),
                    since=iso(self.begin + since * DAY),
                    until=iso(until),
                    act="in-force",
                )
                yield event(self.begin + since * DAY + 60, unit, "grant", grant)
                if until < self.end:
                    ended = grant.model_copy(update={"act": "ended"})
                    yield event(until + 30, unit, "grant", ended)
        yield from self._pause(
            UNITS, self.pause, "lifted", "the council voted to pause the readers"
        )
        yield from self._pause(("river-road",), self.night, "lapsed", "a funeral passes")
        refused = acts_town.Pause(
            act="refused", number=digest("no"), reason=self.note("only one key"), signers=("sue",)
        )
        yield event(self.night[1] + DAY / 2, "bridge-2", "pause", refused)

    def _pause(
        self, units: tuple[str, ...], span: tuple[float, float], how: str, why: str
    ) -> Iterator[Event]:
        since, until = span
        order = acts_town.Pause(
            act="begun",
            number=digest(f"{self.seed} {why}"),
            scope=", ".join(units),
            since=iso(since),
            until=iso(until if how == "lapsed" else until + 20 * DAY),
            reason=self.note(why),
            signers=("sue",),
        )
        for unit in units:
            yield event(since, unit, "pause", order)
            over = order.model_copy(update={"act": how})
            if how == "lifted":
                over = over.model_copy(update={"signers": ("ada", "sue")})
            yield event(until, unit, "pause", over)

    def _away(self, unit: str, at: float) -> bool:
        if unit == "route-5" and self.outage[0] <= at < self.outage[1]:
            return True
        return unit == "main-street" and self.update[0] <= at < self.update[1]

    def _still(self, unit: str, since: float, until: float) -> list[tuple[float, float, str]]:
        """Return the counted parts of an hour, and why each ends."""
        cuts = [(*self.pause, "pause")]
        if unit == "river-road":
            cuts.append((*self.night, "pause"))
        if unit == "route-5":
            cuts.append((*self.outage, "lost"))
        if unit == "main-street":
            cuts.append((*self.update, "end"))
        for low, high, why in cuts:
            if low < until and since < high:
                before = [(since, low, why)] if since < low and why != "lost" else []
                return before + ([(high, until, "hour")] if high < until else [])
        return [(since, until, "hour")]

    def _hours(self, unit: str) -> Iterator[Event]:
        # two days before and half a day after, so that the edges of the month are whole
        for number in range(-48, self.days * 24 + 12):
            since = self.begin + number * HOUR
            for start, end, why in self._still(unit, since, since + HOUR):
                yield from self._hour(unit, start, end, why)

    def _hour(self, unit: str, since: float, until: float, why: str) -> Iterator[Event]:
        rng, clock = self.random, datetime.fromtimestamp(since, UTC)
        busy = (0.05, 0.12, 1.0, 0.8, 0.9, 0.5)[clock.hour // 4] * (
            0.7 if clock.weekday() > 4 else 1
        )
        blind = unit == "river-road" and 50 <= (since - self.begin) / HOUR < 53
        passes = (
            0 if blind else round(rng.gauss(260, 30) * busy * _SHARE[unit] * (until - since) / HOUR)
        )
        hits = sum(rng.random() < 0.0005 for _ in range(passes))
        tests = sum(rng.random() < 0.00002 for _ in range(passes))
        grades = [rng.choice(("alarm", "alarm", "verify")) for _ in range(hits)]
        for place, grade in enumerate([*grades, *["verify"] * tests]):
            at = since + rng.random() * (until - since - 2)
            category = rng.choices(_CATEGORIES, (60, 20, 8, 12))[0] if place < hits else "test"
            yield from self._alert(unit, at, grade, category)
        told = acts_unit.Hour(
            since=iso(since),
            until=iso(until),
            frames=0 if blind else round((until - since) * 15),
            passes=passes,
            reads=max(0, passes - rng.randrange(0, passes // 20 + 1)),
            hits=hits,
            alarms=grades.count("alarm"),
            verifies=grades.count("verify"),
            watched_s=0.0 if blind else until - since,
            paused_s=0.0,
            why=why,
        )
        yield event(until, unit, "hour", told)

    def _alert(self, unit: str, at: float, grade: str, category: str) -> Iterator[Event]:
        rng = self.random
        self.sequences[unit] += 1
        number = self.sequences[unit]
        alert = acts_unit.AlertAct(
            sequence=number,
            revision=0,
            digest=digest(f"{self.seed} {unit} {number}"),
            clock_trusted=True,
            grade=grade,
            category=category,
            list="state-40-0123456789ab",
            owner=self.note("State Police"),
            retracts=False,
            seen_again=False,
            corrected=False,
            test=category == "test",
        )
        yield event(at, unit, "alert", alert)
        if rng.random() < 0.2:  # a better look at the same car
            later = {"revision": 1, "grade": "alarm", "retracts": False}
            if grade == "alarm" and rng.random() < 0.3:
                later = {"revision": 1, "grade": "verify", "retracts": True}
            yield event(at + 1.2, unit, "alert", alert.model_copy(update=later))
        receipt = acts_unit.Receipt(
            sequence=number,
            revision=0,
            digest=alert.digest,
            receiver="archive",
            received_at=iso(at + 2),
        )
        yield event(at + 2, unit, "receipt", receipt)
        if category != "test":
            yield from self._said(f"{unit}/{self.epochs[unit]}/{number}", unit, at, grade)

    def _said(self, alert: str, unit: str, at: float, grade: str) -> Iterator[Event]:
        rng = self.random
        words, weights = zip(*(_ALARM_WORDS if grade == "alarm" else _VERIFY_WORDS), strict=True)
        word = rng.choices(words, weights)[0]
        console, officer = rng.choice(CONSOLES), rng.choice(_OFFICERS)
        for name in CONSOLES:
            yield event(at + 1, name, "came", acts_car.Came(alert=alert, revision=0, mark=""))
        said = [("answered", at + 9)] + ([(word, at + 15 * 60)] if word else [])
        if word == "confirmed" and rng.random() < 0.06:
            said.insert(1, ("misread", at + 10 * 60))  # said first, and put right
        for outcome, when in said:
            self.sequences[console] += 1
            told = acts_car.OutcomeAct(
                sequence=self.sequences[console],
                revision=0,
                digest=digest(f"{alert} {outcome}"),
                clock_trusted=True,
                alert=alert,
                alert_revision=0,
                act="answer" if outcome == "answered" else "outcome",
                officer=officer,
                session=digest(console)[:16],
                outcome=outcome,
                agreed=True,
                urgent=False,
            )
            yield event(when, console, "outcome", told)
        if word == "misread":
            purged = acts_town.Purged(alert=alert, outcome=self.note("misread"), officer=officer)
            yield event(at + 20 * 60, unit, "purged", purged)

    def _searches(self) -> Iterator[Event]:
        rng = self.random
        for number in range(round(self.days * 1.4)):
            at = self.begin + rng.random() * (self.days * DAY - 2 * HOUR)
            purpose = rng.choices(_PURPOSES, (40, 12, 22, 14, 12))[0]
            refused = rng.choice(_REFUSED) if rng.random() < 0.16 else ""
            wide = not refused and rng.random() < 0.15
            query = acts_town.SearchAct(
                query=digest(f"{self.seed} query {number}"),
                officer=rng.choice(_OFFICERS),
                supervisor="sue" if wide else "",
                via=rng.choice(CONSOLES),
                purpose=self.note("curiosity") if refused == "purpose" else purpose,
                case=self.note(f"26-{1000 + number}"),
                window_s=DAY * (7 if wide else 1),
                since=iso(at - DAY * (7 if wide else 1)),
                until=iso(at),
                share=2e-5 if wide else 1e-9,
                whole=not wide,
                refused=refused,
                sentence=self.note("Refused: see the law profile.") if refused else "",
            )
            for unit in UNITS:
                found = 0 if refused else int(rng.random() < 0.25)
                late = unit == "route-5" and self.outage[0] <= at < self.outage[1]
                when = self.outage[1] + 60 if late else at + rng.random()
                answer = query.model_copy(update={"hits": found, "late": late})
                yield event(when, unit, "search", answer)

    def _people(self) -> Iterator[Event]:
        for day in range(self.days):
            for console, officer in zip(CONSOLES, _OFFICERS, strict=False):
                at, session = self.begin + day * DAY + 7 * HOUR, digest(f"{console} {day}")[:16]
                told = acts_car.LogIn(officer=officer, role="officer", session=session)
                yield event(at, console, "log-in", told)
                out = acts_car.LogOut(officer=officer, session=session, why="timed out")
                yield event(at + 9 * HOUR, console, "log-out", out)
            gone = acts_car.Erased(alerts=3)
            yield event(self.begin + day * DAY + 3 * HOUR, "dispatch", "erased", gone)
        wrong = acts_car.LogInRefused(officer=self.note("dana"), why=self.note("wrong"), in_a_row=1)
        yield event(self.begin + DAY, "car-12", "log-in-refused", wrong)
        check = acts_town.Supervision(
            since=iso(self.begin),
            until=iso(self.begin + DAY),
            searches=9,
            findings=1,
            auditor="ada",
        )
        yield event(self.begin + 1.5 * DAY, "bridge-2", "supervision", check)

    def _mishaps(self) -> Iterator[Event]:
        at = self.begin + self.days * DAY * 0.5
        clock = acts_unit.Clock(before=iso(at), after=iso(at + 4), offset_s=4.2, trusted=True)
        yield event(at, "bridge-2", "clock", clock)
        hold = acts_town.Hold(
            act="begun", number=digest("hold"), alert="bridge-2/1", case=self.note("26-1187"),
            until=iso(at + 30 * DAY), signers=("sue", "dana"),
        )  # fmt: skip
        yield event(at + 60, "bridge-2", "hold", hold)
        for unit in UNITS:
            asked = acts_town.Subject(
                act="exported",
                number=digest("asked"),
                items=int(unit == "bridge-2"),
                signers=("ada",),
            )
            yield event(at + 120, unit, "subject", asked)
            yield event(at + 180, unit, "retention", acts_unit.Retention(erased=6))
        drift = acts_town.Sharing(act="drift", who="bridge", what=self.note("may subscribe to all"))
        yield event(at + 240, "bridge-2", "sharing", drift)


def event(at: float, name: str, kind: str, act: Act) -> Event:
    return Event(at, name, kind, act_row(kind, act))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def iso(at: float) -> str:
    whole, part = divmod(round(at * 1000), 1000)
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}.{part:03d}Z"
