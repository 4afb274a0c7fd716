"""An alert in words, as `edge listen` shows it. Pure; a hostile text stays a text."""

from datetime import datetime

from edge.clock import Moment
from edge.messages.alert_parts import AlertMessage, AlertPayload, ContestedCharacter
from edge.messages.status import StatusMessage

_UNITS = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s"))


def latency_s(message: AlertMessage, now: Moment) -> float:
    """Return the seconds from sensor time to *now*, by both machines' UTC."""
    captured = datetime.fromisoformat(message.payload.times.captured)
    return now.utc_ns / 1e9 - captured.timestamp()


def is_late(message: AlertMessage, now: Moment, late_s: float) -> bool:
    """Say whether the alert belongs in history: it is older than *late_s*."""
    return latency_s(message, now) > late_s


def describe(message: AlertMessage, now: Moment, late_s: float) -> list[str]:
    """Return the lines that tell an alert, the gravest first."""
    payload = message.payload
    entry, read = payload.entry, payload.read
    lines = [
        _headline(message, now, late_s),
        f"  {entry.plate or entry.partial} ({entry.jurisdiction or 'jurisdiction not said'}), "
        f"{entry.category.replace('_', ' ')}: {entry.reason or 'no reason said'}",
        f"  read {read.text}, sure {_share(read.confidence)}, {read.reads} reads, "
        f"best frame {read.raw}; the entry's plate {_share(payload.match.probability)}",
        f"  {_place(payload)}; {_age(message, now)}",
    ]
    rules = payload.handling
    if entry.caution or (rules and rules.caution):
        lines.insert(1, f"  CAUTION: {entry.caution or 'by the rules of its category'}")
    vehicle = " ".join(filter(None, (entry.vehicle.colour, entry.vehicle.make)))
    vehicle = " ".join(filter(None, (vehicle, entry.vehicle.model, entry.vehicle.type)))
    if vehicle:
        lines.append(f"  to check: {vehicle}")
    lines += [
        f"  gate {gate.name}: {gate.result}: {gate.sentence}"
        for gate in payload.gates
        if gate.result != "pass"
    ]
    lines += [f"  contested: {_contested(one)}" for one in payload.match.contested]
    return [_plain(line) for line in lines]


def describe_status(message: StatusMessage) -> str:
    """Return the line that tells a unit's coming and going."""
    payload = message.payload
    reason = f": {payload.reason}" if payload.reason else ""
    return _plain(f"{message.unit} is {payload.state} since {payload.since}{reason}")


def _headline(message: AlertMessage, now: Moment, late_s: float) -> str:
    payload = message.payload
    marks = ["RETRACTED" if payload.retracts else payload.grade.upper()]
    if payload.handling and payload.handling.test:
        marks.insert(0, "TEST")
    elif payload.grade == "alarm" and payload.handling and not payload.handling.siren:
        marks.append("silent by the rules of its category")
    if message.revision and not payload.retracts:
        marks.append(f"revision {message.revision}")
    if payload.seen_again:
        marks.append("seen again")
    if not payload.clock_trusted:
        marks.append("its time cannot be trusted")
    elif is_late(message, now, late_s):
        marks.append(f"late: from history, {_span(latency_s(message, now))} old")
    number = f"{message.unit} {message.epoch[:8]}/{message.sequence}"
    return f"{payload.times.captured} {', '.join(marks)} [{number}]"


def _place(payload: AlertPayload) -> str:
    place = payload.place
    name = place.name or f"{place.latitude:.5f}, {place.longitude:.5f}"
    return f"{name}, camera heading {place.heading_deg:.0f}, car {payload.direction}"


def _age(message: AlertMessage, now: Moment) -> str:
    spent = latency_s(message, now)
    unit_s = message.payload.latency_ms.total / 1000.0
    return f"{spent:.3f} s from sensor to here, {unit_s:.3f} s of them on the unit"


def _contested(one: ContestedCharacter) -> str:
    rival = one.rival or "nothing"
    decides = ", and it decides the match" if one.decides else ""
    return (
        f"character {one.position}: {one.expected or 'nothing'} at {_share(one.p_expected)}, "
        f"{rival} at {_share(one.p_rival)}{decides}"
    )


def _span(seconds: float) -> str:
    for size, name in _UNITS:
        if seconds >= size:
            return f"{seconds / size:.0f} {name}"
    return "0 s"


def _share(p: float) -> str:
    return f"{p:.2f}".removeprefix("0")


def _plain(line: str) -> str:
    """Return *line* without anything that could move a terminal's cursor."""
    return "".join(c if c.isprintable() else "?" for c in line)
