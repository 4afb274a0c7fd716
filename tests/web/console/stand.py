"""A console without a broker: a real store, real keys, real letters; only time is made."""

from dataclasses import dataclass, replace
from pathlib import Path

from edge.clock import Moment
from edge.config import load
from edge.config.console import ConsoleSection
from edge.delivery.events import Received
from edge.keys.files import make_folder, write
from edge.keys.officers import OfficerFolder
from edge.keys.password import Cost, lock_identity
from edge.messages.letter import Letter, pack
from edge.messages.topics import Kind, parse_topic, topic
from edge.records import Alert, AlertId, Fix
from edge.services.intake import Intake, Reply
from edge.services.keyring import Keyring
from edge.services.spreading import Spreading
from edge.store.console import ConsoleStore
from edge.web.console.acts import Acts
from edge.web.console.claims import ClaimDesk
from edge.web.console.contract import Session
from edge.web.console.desk import ConsoleDesk, Parts
from edge.web.console.looking import Looking
from edge.web.console.memory import Memory
from edge.web.console.officers import ConsoleOfficers
from edge.web.console.surroundings import Surroundings
from tests.alerts import UNIT, sealed
from tests.fakes import START, FakeClock
from tests.keys.cast import keys_of, roster_of, rosters_of

EPOCH = "ab" * 16
PASSWORD = "three dry words"
CHEAP = Cost(passes=1, lanes=1, memory_kb=128)
OFFICERS = ("dana", "erin", "sue")
DAYS = 90.0


class Sent:
    """Notes what is spread, and sends nothing."""

    def __init__(self) -> None:
        self.orders: list[tuple[bytes, ...]] = []

    def send(self, _kind: str, documents: tuple[bytes, ...]) -> tuple[str, ...]:
        self.orders.append(tuple(documents))
        return ()


class Car:
    """Where the car is; moved by tests."""

    def __init__(self) -> None:
        self.fix: Fix | None = None

    def newest(self) -> Fix | None:
        return self.fix

    def drive(self, at: Moment, kmh: float) -> None:
        self.fix = Fix(41.86, -72.64, 90.0, kmh / 3.6, 5.0, at)


@dataclass
class Stand:
    """One console of the town's cast."""

    name: str
    clock: FakeClock
    store: ConsoleStore
    desk: ConsoleDesk
    officers: ConsoleOfficers
    intake: Intake
    claims: ClaimDesk
    spreading: Spreading
    sent: Sent
    car: Car

    def log_in(self, name: str = "dana") -> Session:
        session = self.officers.session(self.officers.log_in(name, PASSWORD).token)
        assert session is not None
        return session

    def hear(self, alert: Alert, sequence: int = 1, revision: int = 0) -> Reply | None:
        """Let an alert of the bridge come, as it was stored there just after its frame."""
        number = AlertId(UNIT.name, EPOCH, sequence)
        stored = alert.hit.sighting.last_seen.later(0.1)
        payload = pack(sealed(alert, number, revision, stored))
        return self.take(topic(UNIT.town, UNIT.name, Kind.ALERT), payload)

    def take(self, where: str, payload: bytes) -> Reply | None:
        return self.intake.take(parse_topic(where), Received(where, payload, 1, retained=False))

    def outcomes(self) -> list[tuple[str, bytes]]:
        """Return topic and bytes of the outcomes that wait to be sent."""
        where = topic(UNIT.town, self.name, Kind.VERDICT)
        rows = self.store.outbox.pending(self.clock.now(), 100)
        return [(where, pack(Letter(row.body, row.picture))) for row in reversed(rows)]


def section(folder: Path) -> ConsoleSection:
    return load([]).settings.console.model_copy(update={"folder": str(folder)})


def officers_folder(folder: Path) -> OfficerFolder:
    """Put the cast's officers into a console's folder, with one cheap password for all."""
    make_folder(folder)
    for name in OFFICERS:
        blob = lock_identity(keys_of(name), PASSWORD, CHEAP)
        write(folder / f"{name}.officer", blob, private=True)
    return OfficerFolder(folder, CHEAP)


def stand(folder: Path, name: str = "car-12", clock: FakeClock | None = None) -> Stand:
    """Return a console with everything loaded; close its store."""
    clock = clock or FakeClock(START.later(1.0))
    rosters = rosters_of(roster_of())
    rosters._clock = clock
    keyring = Keyring(keys_of(name), rosters)
    store = ConsoleStore(folder / name, name, clock).open()
    memory, car, around = Memory(store), Car(), Surroundings()

    def listed(text: str) -> bool:
        return text in memory.plates()

    claims = ClaimDesk(store, rosters, clock, DAYS, listed)
    place = Looking(section(folder), memory, clock, car)
    desk = ConsoleDesk(
        Parts(
            name=name,
            section=section(folder),
            store=store,
            acts=Acts(name, rosters, clock, DAYS, listed),
            claims=claims,
            memory=memory,
            around=around,
            clock=clock,
            looking=place,
        )
    )
    desk.load()
    sent = Sent()
    spreading = Spreading(store, sent, rosters, name, clock)
    officers = ConsoleOfficers(
        officers_folder(folder / f"{name}-officers"), store, rosters, clock, 900.0
    )
    intake = Intake(keyring, store, desk, claims, [spreading.health], clock)
    return Stand(name, clock, store, desk, officers, intake, claims, spreading, sent, car)


def later(alert: Alert, seconds: float) -> Alert:
    """Return *alert* as of a frame *seconds* later."""
    sighting = alert.hit.sighting

    def moved(moment: Moment) -> Moment:
        return moment.later(seconds)

    shifted = replace(
        sighting,
        first_seen=moved(sighting.first_seen),
        last_seen=moved(sighting.last_seen),
        last_detected=moved(sighting.last_detected),
        fused=moved(sighting.fused),
    )
    return replace(
        alert, hit=replace(alert.hit, sighting=shifted, matched=moved(alert.hit.matched))
    )
