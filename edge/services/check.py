"""Everything to check before climbing down: one sentence each, and what mends it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.clock import Clock, Moment
from edge.config import Settings
from edge.delivery.events import Connected, Lost
from edge.delivery.mqtt import Link
from edge.errors import EdgeError, MessageError
from edge.hotlist.keeper import HotlistKeeper
from edge.messages import Kind, parse_watch, topic
from edge.messages.health import WATCH_FILE, WatchHealth
from edge.records import Frame
from edge.services.line import model_versions
from edge.sources.open import open_source
from edge.store import open_store
from edge.vision.gate import sharpness
from edge.vision.picture import open_picture_reader

_CAMERA_WAIT_S = 15.0
_BROKER_WAIT_S = 10.0
_FRESH_S = 5.0  # a watch that wrote its health within this time is running


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's answer.

    Attributes:
        sentence: what was found.
        mend: what to do about it; empty when it passed.
    """

    name: str
    passed: bool
    sentence: str
    mend: str = ""


def check_all(settings: Settings, clock: Clock, told: Callable[[Finding], None]) -> bool:
    """Run every check, call *told* with each answer as it comes, and return whether all passed."""
    watch = running_watch(settings, clock)
    checks: dict[str, Callable[[], Finding]] = {
        "clock": lambda: _clock(clock),
        "models": lambda: _models(settings, clock),
        "camera": lambda: _camera_of(watch) if watch else _camera(settings, clock),
        "hotlist": lambda: _hotlist(settings, clock),
        "store": lambda: _store(settings, clock),
        "broker": lambda: _broker(settings, clock),
    }
    passed = True
    for name, check in checks.items():
        try:
            finding = check()
        except EdgeError as error:
            finding = Finding(name, passed=False, sentence=str(error), mend="see the sentence")
        told(finding)
        passed &= finding.passed
    return passed


def running_watch(settings: Settings, clock: Clock) -> WatchHealth | None:
    """Return the health of the watch that runs on this machine; None when none does."""
    file = Path(settings.runtime.folder) / WATCH_FILE
    try:
        health = parse_watch(file.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MessageError(f"{file}: cannot be read: {error.strerror}") from error
    written = Moment(0, health.made_monotonic_ns)
    return health if 0 <= clock.now().since(written) < _FRESH_S else None


def _clock(clock: Clock) -> Finding:
    if clock.trusted():
        return Finding("clock", passed=True, sentence=f"set, {clock.now().iso()}")
    return Finding(
        "clock",
        passed=False,
        sentence=f"nothing has set it since the start; it says {clock.now().iso()}",
        mend="install chrony and give it a network, a GPS or a battery-backed clock; until then "
        "every alert is 'verify'",
    )


def _models(settings: Settings, clock: Clock) -> Finding:
    pictures = open_picture_reader(settings.detector, settings.reader, settings.zones, clock)
    image = np.full((720, 1280, 3), 96, np.uint8)
    began = clock.now()
    pictures.read(Frame(image, began))
    spent_ms = clock.now().since(began) * 1000
    named = ", ".join(model_versions(pictures).values())
    return Finding(
        "models", passed=True, sentence=f"{named}; an empty frame took {spent_ms:.0f} ms"
    )


def _camera_of(watch: WatchHealth) -> Finding:
    if watch.source_state == "delivering":
        sentence = f"the running watch sees {watch.frames_per_s:.1f} frames a second"
        return Finding("camera", passed=True, sentence=sentence)
    return Finding(
        "camera",
        passed=False,
        sentence=f"the running watch gets no frames: {watch.source_problem or watch.source_state}",
        mend="look at the cable, the camera's power and source.address",
    )


def _camera(settings: Settings, clock: Clock) -> Finding:
    source = open_source(settings.source, clock)
    stop = threading.Event()
    limit = threading.Timer(_CAMERA_WAIT_S, stop.set)
    limit.start()
    try:
        frame = next(iter(source.frames(stop)), None)
    finally:
        limit.cancel()
        stop.set()
    if frame is None:
        return Finding(
            "camera",
            passed=False,
            sentence=f"no frame within {_CAMERA_WAIT_S:.0f} s: {source.state.detail}",
            mend="look at the cable, the camera's power and source.address",
        )
    return _judged(frame, settings)


def _judged(frame: Frame, settings: Settings) -> Finding:
    high, wide = frame.image.shape[:2]
    luma = frame.image[:, :, 1]
    bright, sharp = float(np.percentile(luma, 99)), sharpness(luma)
    seen = f"{wide}x{high}, brightest {bright:.0f} of 255, sharpness {sharp:.0f}"
    if bright < settings.gate.dark_level:
        mend = "take off the lens cap, switch on the light, or set source.shutter_us to 0"
        return Finding("camera", passed=False, sentence=f"dark: {seen}", mend=mend)
    if sharp < settings.gate.blur_level:
        mend = "focus the lens, clean the window"
        return Finding("camera", passed=False, sentence=f"blurred: {seen}", mend=mend)
    return Finding("camera", passed=True, sentence=seen)


def _hotlist(settings: Settings, clock: Clock) -> Finding:
    keeper = HotlistKeeper(settings.hotlist, clock)
    keeper.refresh()
    if keeper.current is None:
        return Finding(
            "hotlist",
            passed=False,
            sentence=keeper.problem,
            mend="set hotlist.path to a CSV that `edge hotlist lint` accepts",
        )
    version = keeper.current.version
    age_s = clock.now().utc_ns / 1e9 - version.issued.timestamp()
    sentence = f"{version.version}, {version.entries} entries, {age_s / 3600:.1f} h old"
    if age_s >= settings.policy.verify_list_age_s:
        mend = "install a newer list: with this one nothing is an alarm"
        return Finding("hotlist", passed=False, sentence=sentence, mend=mend)
    return Finding("hotlist", passed=True, sentence=sentence)


def _store(settings: Settings, clock: Clock) -> Finding:
    with open_store(settings.store, settings.unit.name, clock) as store:
        store.check()
        room, waiting = store.room(), store.outbox.depth()
    sentence = f"sound, {room.free_mb} MB free, {waiting} alerts without a receipt"
    if room.problem:
        mend = "make room on the data partition"
        return Finding("store", passed=False, sentence=f"{sentence}; {room.problem}", mend=mend)
    return Finding("store", passed=True, sentence=sentence)


def _broker(settings: Settings, clock: Clock) -> Finding:
    section = settings.delivery.model_copy(update={"session_expiry_s": 0})
    unit = settings.unit
    receipts = topic(unit.town, unit.name, Kind.RECEIPT)
    link = Link(section, f"{unit.name}-check", [receipts], clock)
    link.start()
    try:
        event = link.take(_BROKER_WAIT_S)
    finally:
        link.stop()
    where = f"{section.host}:{section.port}"
    match event:
        case Connected(refused=()):
            how = "TLS" if section.tls else "plain"
            return Finding("broker", passed=True, sentence=f"{where} lets us in over {how}")
        case Connected(refused=refused):
            sentence = f"{where} does not let us hear {', '.join(refused)}"
            mend = "give this unit its own receipt topic in the broker's access rules"
        case Lost(sentence=sentence):
            mend = "look at delivery.host, port, certificates and the network"
        case _:
            sentence = f"{where} has not answered within {_BROKER_WAIT_S:.0f} s"
            mend = "look at delivery.host, delivery.port and the network"
    return Finding("broker", passed=False, sentence=sentence, mend=mend)
