"""The parts of an alert's payload, in the order in which an officer's unit shows them."""

from typing import Annotated, Literal

from pydantic import Field

from edge.messages.numbered import Numbered
from edge.messages.place import Place
from edge.messages.wire import (
    Count,
    Digest,
    Figures,
    Milliseconds,
    Plate,
    Share,
    Short,
    Text,
    Time,
    Wire,
)
from edge.plates.alphabet import SLOTS
from edge.records import Direction, GateResult, Grade

Slot = Annotated[str, Field(pattern=r"^[0-9A-Z]?$", description="One character; empty is none.")]
# A newer minor adds no value here: an installer's test goes as "other" with handling.test.
ListedFor = Literal["stolen_vehicle", "wanted_person", "missing_person", "other"]


class Times(Wire):
    """When it happened; later stages after earlier ones unless the clock was set in between."""

    captured: Time = Field(description="Sensor time of the first frame whose evidence sufficed.")
    first_readable: Time = Field(description="Sensor time of the first frame of the pass read.")
    detected: Time = Field(description="The plate was found in the frame captured.")
    fused: Time = Field(description="Its reads were added up.")
    matched: Time = Field(description="The list had been searched.")
    stored: Time = Field(description="It was made safe on the unit's disk.")


class Latency(Wire):
    """Milliseconds between the times above, by a clock that never jumps."""

    detect: Milliseconds = Field(description="From captured to detected.")
    fuse: Milliseconds = Field(description="From detected to fused.")
    match: Milliseconds = Field(description="From fused to matched.")
    store: Milliseconds = Field(description="From matched to stored.")
    total: Milliseconds = Field(description="From captured to stored.")


class Other(Wire):
    """Another character that a slot may hold."""

    char: Slot
    p: Share


class Character(Wire):
    """One character slot of the fused read."""

    char: Slot
    p: Share
    others: tuple[Other, ...] = Field(
        max_length=36, description="All other characters of at least 1 %, likeliest first."
    )


class ContestedCharacter(Wire):
    """A character that the reads do not settle."""

    position: int = Field(ge=1, le=SLOTS, description="1 for the first character.")
    expected: Slot = Field(description="What the entry has there.")
    p_expected: Share
    rival: Slot = Field(description="The strongest other character; empty for none at all.")
    p_rival: Share
    decides: bool = Field(description="Without this character the match would not stand.")


class ReadPart(Wire):
    """What was read, before and after the reads of the pass were added up."""

    raw: Plate = Field(description="The single best frame's text, never rewritten.")
    text: Plate = Field(description="Likeliest text of all reads together.")
    confidence: Share = Field(description="Probability of text.")
    reads: Count = Field(description="How many reads were added up.")
    characters: tuple[Character, ...] = Field(max_length=SLOTS)
    jurisdiction: dict[Short, Share] = Field(
        max_length=80,
        description="Probability of the likeliest ten codes (us-ct); empty when not known.",
    )


class MatchPart(Wire):
    """How the read stands against the entry."""

    exact: bool = Field(description="The read's text is the entry's plate.")
    probability: Share = Field(description="Of the entry's plate, given all that was seen.")
    contested: tuple[ContestedCharacter, ...] = Field(max_length=SLOTS)


class VehiclePart(Wire):
    """What the list says of the vehicle; empty is unknown."""

    make: Short
    model: Short
    colour: Short
    type: Short


class EntryPart(Wire):
    """The line of the hotlist."""

    entry_id: Short
    plate: Plate = Field(description="Empty where the list knows only part of the plate.")
    partial: str = Field(
        pattern=r"^[0-9A-Z?*]{0,16}$",
        description="Part of a plate: ? is any one character, * any number; else empty.",
    )
    jurisdiction: Short = Field(description="us-ct; empty when the list does not say.")
    category: ListedFor
    vehicle: VehiclePart
    caution: Text = Field(description="To be shown before anybody walks up to the car.")
    reason: Text
    owner: Short
    entered: Time
    expires: Time


class GatePart(Wire):
    """One of the four gates: text, jurisdiction, vehicle, list."""

    name: Short
    result: GateResult
    sentence: Text = Field(description="For the officer.")


class HandlingPart(Wire):
    """What the town's rules for the entry's category ask of a receiver."""

    siren: bool = Field(description="False: an alarm is shown in silence.")
    caution: bool = Field(description="Show the caution sign, whatever the entry says.")
    recipients: tuple[Short, ...] = Field(max_length=16, description="Roles that may see it.")
    keep_days: float = Field(ge=0.0, le=36_600.0, description="Erase it after so many days.")
    test: bool = Field(description="An installer's test, no police matter: mark it as such.")


class ListPart(Wire):
    """Which list was in force."""

    version: Short
    issued: Time
    entries: Count
    age_s: Milliseconds = Field(description="Seconds from issued to the match.")


class CropPart(Wire):
    """The plate as the camera saw it; the JPEG itself is the letter's picture."""

    width: int = Field(ge=1, le=65535)
    height: int = Field(ge=1, le=65535)
    sha256: Digest


class AlertPayload(Wire):
    """Everything that is known of a hit."""

    grade: Grade = Field(description="alarm may sound, verify never does, none only in retraction.")
    gates: tuple[GatePart, ...] = Field(max_length=8)
    handling: HandlingPart
    revises: Count | None = Field(description="Revision replaced by this one; null for the first.")
    retracts: bool = Field(description="The grade fell or the hit no longer stands: show that.")
    seen_again: bool = Field(description="The same plate alerted a while ago.")
    times: Times
    clock_trusted: bool = Field(description="False: no time here can be believed.")
    latency_ms: Latency
    stage_ms: Figures = Field(description="What each stage took for the frame captured.")
    place: Place
    direction: Direction
    read: ReadPart
    match: MatchPart
    entry: EntryPart
    list: ListPart
    crop: CropPart | None = Field(description="null: the unit had no room for pictures.")
    models: dict[Short, Short] = Field(max_length=8, description="Versions, by what they do.")
    software: Short


class AlertMessage(Numbered):
    """One alert; sent again under the same id until a receipt comes, shown once."""

    kind: str = Field(pattern="^alert$")
    payload: AlertPayload
