"""Cards made by hand, one of every state that a screen can show."""

from dataclasses import replace
from typing import Any

from edge.web.console.cards import (
    AnswerLine,
    Card,
    CharacterLine,
    Details,
    GateLine,
    Pass,
    Question,
    Stage,
    Tone,
)

EPOCH = "0123456789abcdef0123456789abcdef"
AT = "2026-11-22T21:14:05.120Z"
BY_CHARACTER = Question(
    kind="character",
    position=6,
    choices=("1", "7", "neither", "unsure"),
    sentence="Character 6 of the plate: what do you read?",
)
BY_MATCH = Question(
    kind="match",
    position=None,
    choices=("match", "differs", "unsure"),
    sentence="The unit read BK40317. Does the picture say so?",
    read="BK40317",
)
BY_TYPING = Question(
    kind="type",
    position=None,
    choices=("unsure",),
    sentence="What do you read?",
    typing=True,
)


def number(sequence: int, unit: str = "bridge-2") -> str:
    """Return the number of an alert."""
    return f"{unit}/{EPOCH}/{sequence}"


def card(sequence: int, **changes: Any) -> Card:
    """Return an alarm that has just come and asks for one character; *changes* are laid over it."""
    unit = changes.get("unit", "bridge-2")
    name = number(sequence, unit)
    made = Card(
        key=f"k{sequence}",
        number=name,
        unit=unit,
        revision=0,
        stage=Stage.BLIND,
        tone=Tone.ALARM,
        siren=True,
        caution=True,
        crop=f"/crops/{name}",
        place="Broad Street, northbound",
        latitude=41.85,
        longitude=-72.64,
        heading_deg=12.5,
        direction="receding",
        at=AT,
        age_s=4.0,
        distance_m=430.0,
        bearing_deg=48.0,
        question=BY_CHARACTER,
    )
    return replace(made, **changes)


def details(**changes: Any) -> Details:
    """Return what the list says of BK40317, read with a doubt at its sixth character."""
    read = [CharacterLine(char, 0.99) for char in "BK403"]
    read += [CharacterLine("1", 0.61, (("7", 0.37),)), CharacterLine("7", 0.97)]
    made = Details(
        plate="BK40317",
        partial="",
        jurisdiction="us-ct",
        category="stolen_vehicle",
        reason="Taken from the Main Street garage in the night of 20 November",
        caution="Driver may be armed",
        owner="Windsor PD",
        entry_id="W-2026-1187",
        entered="2026-11-21T06:00:00Z",
        expires="2026-12-21T00:00:00Z",
        vehicle="white Ford F-150 pick-up",
        gates=(
            GateLine("text", "pass", "The plate's text is 94 % certain."),
            GateLine("jurisdiction", "pass", "Reads as a Connecticut plate, 97 %."),
            GateLine("vehicle", "unknown", "The camera does not know make or colour: look."),
            GateLine("list", "pass", "The list is 2 h old, the entry one day."),
        ),
        read_raw="BK40377",
        read_text="BK40317",
        characters=tuple(read),
        contested=("6th character: 1 at 61 %, 7 at 37 %, and it decides the match.",),
        list_version="town 7f3a91c20b4d",
        list_age_s=7_400.0,
        checks=(
            "Is it a white Ford F-150 pick-up?",
            "Is the sixth character a 1?",
            "Is it a Connecticut plate?",
        ),
        software="edge 0.5.0, reader 3, detector-int8 2",
    )
    return replace(made, **changes)


def sure(text: str, **changes: Any) -> Details:
    """Return what the list says of *text*, read without a doubt."""
    read = tuple(CharacterLine(char, 0.99) for char in text)
    usual: dict[str, Any] = {"plate": text, "read_raw": text, "read_text": text}
    usual |= {"characters": read, "contested": (), "caution": ""}
    return details(**{**usual, **changes})


def other_answer(**changes: Any) -> AnswerLine:
    """Return what an officer in another car said."""
    made = AnswerLine(
        console="car-12",
        officer="R. Diaz",
        answer="",
        agreed=None,
        urgent=False,
        outcome="responding",
        note="",
        at="2026-11-22T21:14:09Z",
        own=False,
    )
    return replace(made, **changes)


def verify(sequence: int, **changes: Any) -> Card:
    """Return a silent card."""
    usual: dict[str, Any] = {
        "tone": Tone.VERIFY,
        "siren": False,
        "caution": False,
        "question": BY_MATCH,
        "place": "Route 5 at Depot Street",
        "unit": "route-5",
        "age_s": 41.0,
        "distance_m": 2_300.0,
        "bearing_deg": 170.0,
        "direction": "approaching",
    }
    return card(sequence, **{**usual, **changes})


def history(sequence: int, **changes: Any) -> Card:
    """Return a card that came too late."""
    usual: dict[str, Any] = {
        "tone": Tone.HISTORY,
        "stage": Stage.HISTORY,
        "siren": False,
        "caution": False,
        "question": None,
        "late": True,
        "age_s": 3_120.0,
        "place": "Airport Road, lane 2",
        "unit": "airport-1",
        "distance_m": 6_100.0,
        "bearing_deg": 290.0,
    }
    return card(sequence, **{**usual, **changes})


def retracted(sequence: int, **changes: Any) -> Card:
    """Return a card that its unit took back."""
    usual: dict[str, Any] = {
        "tone": Tone.RETRACTED,
        "stage": Stage.HISTORY,
        "siren": False,
        "question": None,
        "revision": 1,
        "age_s": 95.0,
        "withdrawn": "Better frames read another plate: the hit no longer stands.",
    }
    return card(sequence, **{**usual, **changes})


def seen_again(sequence: int, **changes: Any) -> Card:
    """Return a silent card that two earlier passes have joined."""
    earlier = (
        Pass(number(sequence - 1), "Depot Street", "2026-11-22T20:58:00Z"),
        Pass(number(sequence - 2), "Broad Street", "2026-11-22T20:31:00Z"),
    )
    return verify(sequence, seen_again=2, passes=earlier, **changes)
