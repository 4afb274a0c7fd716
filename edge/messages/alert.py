"""Alerts from the line's records to bytes, and back from bytes to a checked message."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from edge.clock import Moment
from edge.config.unit import UnitSection
from edge.errors import MessageError
from edge.messages.alert_parts import AlertMessage
from edge.messages.envelope import build, head, parse
from edge.messages.jpeg import jpeg_size
from edge.messages.place import place_of
from edge.messages.wire import clip, rfc3339
from edge.plates.alphabet import BLANK, CHARACTERS
from edge.plates.places import likeliest
from edge.records import Alert, AlertId, Category, Entry, Handling, Hit, Sighting

ALERT_LIMIT = 128 * 1024
CROP_MAX = 100 * 1024
_LEAST = 0.01
_PLACES = 10


def build_alert(
    alert: Alert,
    alert_id: AlertId,
    revision: int,
    stored: Moment,
    unit: UnitSection,
    software: str,
) -> bytes:
    """Return the words of one revision of an alert, to be signed and sealed with its picture.

    A free text of the list that is too long is cut visibly; an alert is never lost for it.

    Raises:
        MessageError: the records break the contract (a probability that is no number).
    """
    fields = head("alert", unit.town, alert_id.unit, stored.iso())
    fields.update(epoch=alert_id.epoch, sequence=alert_id.sequence, revision=revision)
    sighting = alert.hit.sighting
    fields["payload"] = {
        "grade": alert.verdict.grade.value,
        "gates": [
            {
                "name": gate.name,
                "result": gate.result.value,
                "sentence": clip(gate.sentence, 400),
            }
            for gate in alert.verdict.gates
        ],
        "handling": _handling(alert.verdict.handling),
        "revises": revision - 1 if revision else None,
        "retracts": alert.retracts,
        "seen_again": alert.seen_again,
        "times": _times(alert.hit, stored),
        "clock_trusted": alert.verdict.clock_trusted,
        "latency_ms": _latency(alert.hit, stored),
        "stage_ms": {name: round(spent, 2) for name, spent in alert.stage_ms.items()},
        "place": place_of(alert, unit),
        "direction": sighting.direction.value,
        "read": _read(sighting),
        "match": _match(alert.hit),
        "entry": _entry(alert.hit.entry),
        "list": {
            "version": clip(alert.hit.list_version.version, 80),
            "issued": rfc3339(alert.hit.list_version.issued),
            "entries": alert.hit.list_version.entries,
            "age_s": round(alert.verdict.list_age_s, 1),
        },
        "crop": _crop(alert.crop_jpeg),
        "models": {name: clip(version, 80) for name, version in alert.models.items()},
        "software": clip(software, 80),
    }
    return build(AlertMessage, fields, ALERT_LIMIT)


def parse_alert(words: bytes) -> AlertMessage:
    """Return the alert in *words*; its picture, which travels beside it, is for :func:`crop_of`.

    Raises:
        MessageError: the bytes do not keep the contract.
    """
    return parse(AlertMessage, words, ALERT_LIMIT)


def crop_of(message: AlertMessage, picture: bytes) -> bytes | None:
    """Return the JPEG of the plate; None when the unit had no room for it, or it was left out.

    Args:
        picture: what came beside the words, may be empty.

    Raises:
        MessageError: it is no JPEG, larger than allowed, or not the one that the words name.
    """
    if not picture:
        return None
    crop = message.payload.crop
    if crop is None:
        raise MessageError("alert message: a picture came with an alert that has none")
    if len(picture) > CROP_MAX:
        raise MessageError(f"alert message: a crop of {len(picture)} bytes is over {CROP_MAX}")
    if hashlib.sha256(picture).hexdigest() != crop.sha256:
        raise MessageError("alert message: the crop is not the one that its digest names")
    if jpeg_size(picture) != (crop.width, crop.height):
        raise MessageError("alert message: the crop does not have the size that is said")
    return picture


def _times(hit: Hit, stored: Moment) -> dict[str, str]:
    sighting = hit.sighting
    return {
        "captured": sighting.last_seen.iso(),
        "first_readable": sighting.first_seen.iso(),
        "detected": sighting.last_detected.iso(),
        "fused": sighting.fused.iso(),
        "matched": hit.matched.iso(),
        "stored": stored.iso(),
    }


def _latency(hit: Hit, stored: Moment) -> dict[str, float]:
    sighting = hit.sighting
    marks = (sighting.last_seen, sighting.last_detected, sighting.fused, hit.matched, stored)
    names = ("detect", "fuse", "match", "store")
    steps = {
        name: _ms(later.since(earlier))
        for name, earlier, later in zip(names, marks[:-1], marks[1:], strict=True)
    }
    return {**steps, "total": _ms(stored.since(sighting.last_seen))}


def _ms(seconds: float) -> float:
    return round(seconds * 1000.0, 2)


def _read(sighting: Sighting) -> dict[str, Any]:
    return {
        "raw": sighting.raw_text,
        "text": sighting.text,
        "confidence": _share(sighting.confidence),
        "reads": sighting.reads,
        "characters": _characters(sighting),
        "jurisdiction": _likeliest(sighting.jurisdiction),
    }


def _characters(sighting: Sighting) -> list[dict[str, Any]]:
    slots = sighting.slots
    if not np.isfinite(slots).all():
        raise MessageError("alert message: the fused read holds a probability that is no number")
    used = np.flatnonzero(slots[:, :BLANK].max(axis=1) >= _LEAST)
    last = int(used[-1]) + 1 if used.size else 0
    characters = []
    for slot in slots[:last]:
        ranked = [(_char(i), _share(slot[i])) for i in np.argsort(-slot, kind="stable")]
        (char, p), *rest = ranked
        others = [{"char": other, "p": q} for other, q in rest if q >= _LEAST]
        characters.append({"char": char, "p": p, "others": others})
    return characters


def _char(index: int) -> str:
    return "" if index == BLANK else CHARACTERS[index]


def _likeliest(jurisdiction: Mapping[str, float]) -> dict[str, float]:
    """Return the few places that matter, likeliest first; a model may know any number of them."""
    told = likeliest(jurisdiction, _LEAST)[:_PLACES]
    return {code: _share(p) for code, p in told}


def _share(p: float) -> float:
    """Round to 4 digits and take off what rounding in float32 adds above 1; NaN stays NaN."""
    rounded = round(float(p), 4)
    return 1.0 if 1.0 < rounded < 1.001 else rounded


def _match(hit: Hit) -> dict[str, Any]:
    return {
        "exact": hit.exact,
        "probability": _share(hit.probability),
        "contested": [
            {
                "position": one.position,
                "expected": one.expected,
                "p_expected": _share(one.p_expected),
                "rival": one.rival,
                "p_rival": _share(one.p_rival),
                "decides": one.decides,
            }
            for one in hit.contested
        ],
    }


def _handling(rules: Handling) -> dict[str, Any]:
    return {
        "siren": rules.siren,
        "caution": rules.caution,
        "recipients": list(rules.recipients),
        "keep_days": rules.keep_days,
        "test": rules.test,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    vehicle = entry.vehicle
    partial = bool(set(entry.plate) & {"?", "*"})
    test = entry.category is Category.TEST
    return {
        "entry_id": clip(entry.entry_id, 80),
        "plate": "" if partial else entry.plate,
        "partial": entry.plate if partial else "",
        "jurisdiction": clip(entry.jurisdiction, 80),
        "category": "other" if test else entry.category.value,
        "vehicle": {
            "make": clip(vehicle.make, 80),
            "model": clip(vehicle.model, 80),
            "colour": clip(vehicle.colour, 80),
            "type": clip(vehicle.type, 80),
        },
        "caution": clip(entry.caution, 400),
        "reason": clip(f"TEST, no police matter. {entry.reason}" if test else entry.reason, 400),
        "owner": clip(entry.owner, 80),
        "entered": rfc3339(entry.entered),
        "expires": rfc3339(entry.expires),
    }


def _crop(jpeg: bytes) -> dict[str, Any] | None:
    if not jpeg:
        return None
    width, height = jpeg_size(jpeg)
    return {
        "width": width,
        "height": height,
        "sha256": hashlib.sha256(jpeg).hexdigest(),
    }
