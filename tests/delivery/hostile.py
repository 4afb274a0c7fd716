"""What an outsider at the broker tries: it reads every topic, and writes to every topic."""

import base64
from collections.abc import Iterable
from dataclasses import replace

from edge.clock import Moment
from edge.keys.crypto import SigningKey
from edge.keys.identity import Identity
from edge.keys.roles import Role
from edge.messages import Letter, build_alert, build_outcome, pack, seal_letter, unpack
from edge.messages.opening import LETTER_LIMIT
from edge.messages.outcome import AlertRef, BlindPart, Outcome, OutcomePayload
from edge.records import Alert, AlertId
from tests.alerts import UNIT, an_alert, sealed
from tests.keys.cast import keys_of, party_of

EPOCH = "cd" * 16
OTHER_UNIT = "main-street"
READERS = ("archive", "car-12", "car-13")


def secrets_of(alert: Alert) -> dict[str, bytes]:
    """Return what nobody at the broker may find, by name."""
    entry = alert.hit.entry
    return {
        "plate": entry.plate.encode(),
        "entry": entry.entry_id.encode(),
        "reason": entry.reason.encode(),
        "category": entry.category.value.encode(),
        "owner": entry.owner.encode(),
        "make": entry.vehicle.model.encode(),
        "crop": alert.crop_jpeg[200:264],
    }


def found_in(pieces: Iterable[bytes], secrets: dict[str, bytes]) -> set[str]:
    """Return which secrets stand in *pieces*: as they are, in UTF-16, or in base64."""
    whole = b"\n".join(pieces)
    found = set()
    for name, secret in secrets.items():
        forms = [secret, secret.decode("latin-1").encode("utf-16-le")]
        for shift in range(3):  # base64 looks another way at each of three places
            code = base64.b64encode(bytes(shift) + secret)
            part = code[4 if shift else 0 : len(code) - 4]
            forms += [part] if len(part) >= 8 else []  # shorter ones turn up by chance
        if any(form in whole for form in forms):
            found.add(name)
    return found


def plain(alert: Alert, alert_id: AlertId, revision: int, stored: Moment) -> Letter:
    """Return an alert as a unit without keys would have sent it: the control."""
    words = build_alert(alert, alert_id, revision, stored, UNIT, "0.1.0")
    return Letter(words, alert.crop_jpeg)


def letter(sequence: int, at: Moment, unit: str = UNIT.name, by: Identity | None = None) -> bytes:
    """Return an alert of *unit* on the wire, signed by *by* instead of the unit."""
    section = UNIT.model_copy(update={"name": unit})
    words = build_alert(an_alert(at=at), AlertId(unit, EPOCH, sequence), 0, at, section, "0.1.0")
    readers = [party_of(name) for name in READERS]
    return pack(seal_letter("alert", words, an_alert().crop_jpeg, by or keys_of(unit), readers))


def forgeries(at: Moment) -> dict[str, tuple[str, bytes]]:
    """Return alerts that nobody may believe, by what is wrong: the topic's unit and the bytes."""
    true = pack(sealed(an_alert(at=at), AlertId(UNIT.name, EPOCH, 90), 0, at))
    other = unpack(letter(91, at), "it", LETTER_LIMIT)
    parts = unpack(true, "it", LETTER_LIMIT)
    thief = replace(keys_of(UNIT.name), signing=SigningKey.make())
    changed = bytearray(true)
    changed[len(true) // 2] ^= 1
    return {
        "another key in the unit's name": (UNIT.name, letter(1, at, by=thief)),
        "a console that speaks as the unit": (UNIT.name, letter(2, at, by=keys_of("car-13"))),
        "another unit that speaks as this one": (UNIT.name, letter(3, at, by=keys_of(OTHER_UNIT))),
        "a revoked unit": (OTHER_UNIT, letter(4, at, unit=OTHER_UNIT)),
        "a changed byte": (UNIT.name, bytes(changed)),
        "another alert's picture": (UNIT.name, pack(Letter(parts.body, other.picture))),
        "another unit's topic": (OTHER_UNIT, true),
        "no seal": (UNIT.name, pack(plain(an_alert(), AlertId(UNIT.name, EPOCH, 5), 0, at))),
        "not sealed to us": (UNIT.name, _sealed_to("car-12", at)),
        "garbage": (UNIT.name, b"\xff" * 300),
    }


def an_outcome(by: str = "dana", officer: str = "dana", console: str = "car-12") -> bytes:
    """Return an outcome on the wire, signed by *by* in the name of *officer*."""
    payload = OutcomePayload(
        alert=AlertRef(unit=UNIT.name, epoch=EPOCH, sequence=7, revision=0),
        outcome=Outcome.CONFIRMED,
        blind=BlindPart(asked="5th: 3 or 7?", answered="3", agreed=True, urgent=False),
        note="AB12345 stands in the drive",
        officer=officer,
        console=console,
        at="2026-01-01T10:00:20.000Z",
        clock_trusted=True,
        claim=None,
    )
    words = build_outcome("windsor", AlertId(console, EPOCH, 1), 0, payload)
    readers = [party_of(name) for name in ("archive", "car-12", "car-13", "sue")]
    role = Role.OFFICER if by in {"dana", "erin"} else None
    return pack(seal_letter("verdict", words, b"", keys_of(by, role), readers))


def _sealed_to(name: str, at: Moment) -> bytes:
    return pack(sealed(an_alert(at=at), AlertId(UNIT.name, EPOCH, 6), 0, at, readers=[name]))
