"""Alerts made by hand, as the line would make them, for the store, the messages and delivery."""

import struct
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from edge.clock import Moment
from edge.config.store import StoreSection
from edge.config.unit import UnitSection
from edge.messages import build_alert, parse_alert, seal_letter
from edge.messages.alert_parts import AlertMessage
from edge.messages.letter import Letter, open_own
from edge.plates.alphabet import CLASSES, SLOTS, confidence, decode, encode
from edge.records import (
    Alert,
    AlertId,
    Category,
    Contested,
    Detection,
    Direction,
    Entry,
    Gate,
    GateResult,
    Grade,
    Hit,
    ListVersion,
    Read,
    Sighting,
    Vehicle,
    Verdict,
)
from tests.fakes import START
from tests.keys.cast import keys_of, party_of

UNIT = UnitSection(
    town="windsor",
    name="bridge-2",
    place="Broad Street, northbound",
    latitude=41.85,
    longitude=-72.64,
    heading_deg=12.5,
    jurisdiction="us-ct",
)


def store_section(folder: Path, **changes: Any) -> StoreSection:
    """Return store settings in *folder*: 1 MB of reserve, so that a test's disk is never short."""
    usual = {
        "reserve_mb": 1,
        "budget_mb": 1024,
        "crop_max_kb": 100,
        "keep_unsent_s": 30 * 86_400.0,
        "keep_sent_s": 86_400.0,
    }
    return StoreSection(folder=str(folder), **{**usual, **changes})


def a_jpeg(width: int = 120, height: int = 40, size: int = 2000, seed: int = 0) -> bytes:
    """Return bytes with a JPEG's header and *size* of noise: enough for whoever does not decode."""
    frame = struct.pack(">BBHBHHB", 0xFF, 0xC0, 17, 8, height, width, 3)
    noise = np.random.default_rng(seed).integers(0, 255, size, np.uint8).tobytes()
    comment = noise.replace(b"\xff", b"\x00")[: size - 40]
    return b"\xff\xd8" + frame + bytes(9) + b"\xff\xda" + comment + b"\xff\xd9"


def slots_of(text: str, sure: float = 0.97) -> np.ndarray:
    """Return fused slots that hold *text*, each character with probability *sure*."""
    slots = np.full((SLOTS, CLASSES), (1.0 - sure) / (CLASSES - 1), np.float32)
    slots[np.arange(SLOTS), encode(text)] = sure
    return slots


def a_sighting(text: str = "AB12345", at: Moment = START, jpeg_seed: int = 0) -> Sighting:
    """Return a pass of *text* whose newest frame was captured at *at*."""
    slots = slots_of(text)
    box = (10.0, 20.0, 130.0, 60.0)
    corners = np.array([[10, 20], [130, 20], [130, 60], [10, 60]], np.float32)
    crop = np.random.default_rng(jpeg_seed).integers(0, 255, (40, 120, 3), np.uint8)
    best = Read(
        detection=Detection(corners, box, 0.9),
        slots=slots,
        text=text,
        confidence=0.8,
        crop=crop,
        captured=at,
        detected=at.later(0.03),
    )
    return Sighting(
        track=1,
        slots=slots,
        text=decode(slots),
        raw_text=text,
        confidence=confidence(slots),
        reads=3,
        first_seen=at.later(-0.2),
        last_seen=at,
        last_detected=at.later(0.03),
        fused=at.later(0.035),
        best=best,
        direction=Direction.RECEDING,
        jurisdiction={"us-ct": 0.85, "us-ny": 0.15},
    )


def an_entry(plate: str = "AB12345", **changes: Any) -> Entry:
    """Return a line of a hotlist."""
    entry = Entry(
        entry_id="W-17",
        plate=plate,
        jurisdiction="us-ct",
        category=Category.STOLEN_VEHICLE,
        reason="stolen from Poquonock Avenue",
        owner="Windsor PD",
        entered=datetime(2025, 12, 30, 8, tzinfo=UTC),
        expires=datetime(2026, 2, 1, tzinfo=UTC),
        vehicle=Vehicle(make="Ford", model="F-150", colour="white", type="pick-up"),
        caution="armed",
    )
    return replace(entry, **changes)


def an_alert(text: str = "AB12345", at: Moment = START, **changes: Any) -> Alert:
    """Return an alert about *text*, captured at *at*; *changes* are fields of Alert."""
    sighting = a_sighting(text, at)
    hit = Hit(
        sighting=sighting,
        entry=an_entry(text),
        probability=0.81,
        exact=True,
        contested=(Contested(5, text[4], 0.61, "7", 0.37, decides=True),),
        list_version=ListVersion("town abcdef012345", datetime(2026, 1, 1, 6, tzinfo=UTC), 1200),
        matched=at.later(0.036),
    )
    gates = (
        Gate("text", GateResult.FAIL, "the 5th character is 3 at .61 or 7 at .37"),
        Gate("jurisdiction", GateResult.PASS, "Connecticut, as the entry says, at .85"),
        Gate("vehicle", GateResult.UNKNOWN, "check: a white Ford F-150 pick-up"),
        Gate("list", GateResult.PASS, "the list is 4 hours old"),
    )
    alert = Alert(
        hit=hit,
        verdict=Verdict(Grade.VERIFY, gates, list_age_s=14_400.0, clock_trusted=True),
        crop_jpeg=a_jpeg(),
        stage_ms={"gate": 0.4, "detector": 12.25, "reader": 7.5},
        models={"detector": "detector 1", "reader": "reader 1"},
    )
    return replace(alert, **changes)


def sealed(
    alert: Alert,
    alert_id: AlertId,
    revision: int,
    stored: Moment,
    readers: Sequence[str] = ("archive", "listen", "car-12", "car-13"),
) -> Letter:
    """Return the letter that :data:`UNIT` makes of an alert, for itself and *readers*."""
    words = build_alert(alert, alert_id, revision, stored, UNIT, "0.1.0")
    parties = [party_of(UNIT.name), *map(party_of, readers)]
    return seal_letter("alert", words, alert.crop_jpeg, keys_of(UNIT.name), parties)


def opened(body: bytes, own: str = UNIT.name) -> AlertMessage:
    """Return the alert in a letter's body, as one of the cast finds it."""
    return parse_alert(open_own("alert", Letter(body), keys_of(own))[0])
