"""What is shown after the answer: the entry, the four gates, the reads, and what to check."""

from collections.abc import Iterator

from edge.messages.alert_parts import AlertMessage, ContestedCharacter, VehiclePart
from edge.web.console.cards import CharacterLine, Details, GateLine
from edge.web.console.told import to_ns

_DAY_S = 86_400


def details(message: AlertMessage, now_ns: int | None) -> Details:
    """Return everything that an alert says of the entry and of the read.

    Args:
        now_ns: the present; None when this machine's clock cannot be believed.
    """
    payload = message.payload
    entry = payload.entry
    return Details(
        plate=entry.plate,
        partial=entry.partial,
        jurisdiction=entry.jurisdiction,
        category=entry.category,
        reason=entry.reason,
        caution=entry.caution,
        owner=entry.owner,
        entry_id=entry.entry_id,
        entered=entry.entered,
        expires=entry.expires,
        vehicle=vehicle_words(entry.vehicle),
        gates=tuple(GateLine(g.name, g.result.value, g.sentence) for g in payload.gates),
        read_raw=payload.read.raw,
        read_text=payload.read.text,
        characters=tuple(
            CharacterLine(one.char, one.p, tuple((o.char, o.p) for o in one.others))
            for one in payload.read.characters
        ),
        contested=tuple(_in_doubt(one) for one in payload.match.contested),
        list_version=payload.list.version,
        list_age_s=payload.list.age_s,
        checks=tuple(_checks(message, now_ns)),
        software=", ".join((payload.software, *sorted(payload.models.values()))),
    )


def vehicle_words(vehicle: VehiclePart) -> str:
    """Return "white Ford F-150 pick-up", as far as the list says; empty for nothing."""
    words = (vehicle.colour, vehicle.make, vehicle.model, vehicle.type)
    return " ".join(word for word in words if word)


def _in_doubt(one: ContestedCharacter) -> str:
    decides = ": the match hangs on it" if one.decides else ""
    return (
        f"Character {one.position} is {_char(one.expected)} at {one.p_expected:.0%} or "
        f"{_char(one.rival)} at {one.p_rival:.0%}{decides}."
    )


def _char(text: str) -> str:
    return text or "none"


def _checks(message: AlertMessage, now_ns: int | None) -> Iterator[str]:
    """Yield what an officer can compare with own eyes, the most telling first."""
    payload = message.payload
    entry = payload.entry
    vehicle = vehicle_words(entry.vehicle)
    if entry.partial:
        yield (
            f"The list knows only part of the plate ({entry.partial}): many cars have such a plate."
        )
    else:
        yield f"Compare each character: the list says {entry.plate}."
    for one in payload.match.contested:
        yield _in_doubt(one)
    if vehicle:
        yield f"The list says {vehicle}: is this one?"
    else:
        yield "The list does not say which vehicle: ask dispatch for make, model and colour."
    if entry.jurisdiction:
        yield f"The list says a plate of {entry.jurisdiction.upper()}: is this one?"
    else:
        yield "The list does not say whose plate it is: other places have plates with this text."
    yield from _of_time(message, now_ns)


def _of_time(message: AlertMessage, now_ns: int | None) -> Iterator[str]:
    payload = message.payload
    if not payload.clock_trusted:
        yield "The unit's clock was not set: the time of this alert is not to be believed."
    if payload.list.age_s >= _DAY_S:
        days = payload.list.age_s / _DAY_S
        yield f"The unit's list was {days:.0f} days old: the entry may have been taken off since."
    if now_ns is not None and to_ns(payload.entry.expires) <= now_ns:
        yield "The entry has ended since: it counts no more."
