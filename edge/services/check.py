"""Everything to check before climbing down: one sentence each, and what mends it."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np

from edge.clock import Clock, Moment
from edge.config import Settings
from edge.delivery.events import Connected, Event, Lost
from edge.delivery.mqtt import Link
from edge.errors import EdgeError, MessageError, StoreError
from edge.hotlist.keeper import HotlistKeeper
from edge.messages import Kind, parse_watch, topic
from edge.messages.health import WATCH_FILE, WatchHealth
from edge.policy.freshness import age_s, silence
from edge.records import Frame
from edge.services.check_lists import DESK_MEND, SERVER_MEND, check_desk, check_server
from edge.services.check_swap import check_swap
from edge.services.finding import Finding
from edge.services.law import law_finding
from edge.services.line import model_versions
from edge.services.pause import told_pause
from edge.services.pause_now import standing_pause
from edge.sources.base import Source
from edge.sources.gps import Gps
from edge.sources.open import open_source
from edge.store import open_store
from edge.store.store import DATABASE
from edge.vision.gate import sharpness
from edge.vision.picture import open_picture_reader

_CAMERA_WAIT_S = 15.0
_BROKER_WAIT_S = 10.0
_GPS_WAIT_S = 10.0
_FRESH_S = 5.0  # a watch that wrote its health within this time is running
_SETTLED = 15  # frames after which a camera's exposure has settled
_MOST = 0.9  # a share of dark or blurred frames that no traffic explains
_AHEAD_S = 300.0  # clocks may differ by this much

_LIGHT = "take off the lens cap, switch on the light, or set source.shutter_us to 0"
_FOCUS = "focus the lens, clean the window"
_MENDS = {
    "clock": "install chrony and give it a network, a GPS or a battery-backed clock; until then "
    "every alert is 'verify'",
    "models": "copy both files again from the release (or `edge models add` them); without "
    "detector.card, reader.card in site.toml the packed models run",
    "camera": "look at the cable, the camera's power and source.address",
    "gps": "look at the receiver and its view of the sky, at gpsd (`gpspipe -w -n 5`), gps.port",
    "hotlist": "set hotlist.path to a CSV that `edge hotlist lint` accepts",
    "store": "look at store.folder, at its owner and at its disk",
    "runtime": "set runtime.folder to a folder on tmpfs that the watch daemon may write",
    "broker": "look at delivery.host, delivery.port, the certificates and the network",
    "lists": SERVER_MEND,
    "list desk": DESK_MEND,
}


def check_all(settings: Settings, clock: Clock, told: Callable[[Finding], None]) -> bool:
    """Run every check, call *told* with each answer as it comes, and return whether all passed."""
    checks: dict[str, Callable[[], Finding]] = {
        "law": lambda: law_finding(settings),
        "clock": lambda: _clock(clock),
        "models": lambda: _models(settings, clock),
        "camera": lambda: _camera(settings, clock),
        "gps": lambda: _gps(settings, clock),
        "hotlist": lambda: _hotlist(settings, clock),
        "store": lambda: _store(settings, clock),
        "runtime": lambda: _runtime(settings),
        "swap": check_swap,
        "broker": lambda: _broker(settings, clock),
    }
    if settings.hotlist.manifest_url:
        checks["lists"] = lambda: check_server(settings, clock)
    if settings.hotlist.over_mqtt:
        checks["list desk"] = lambda: check_desk(settings, clock)
    if not settings.gps.enabled:
        del checks["gps"]  # a pole knows where it is
    passed = True
    for name, check in checks.items():
        try:
            finding = check()
        except EdgeError as error:
            finding = Finding(name, passed=False, sentence=str(error), mend=_MENDS[name])
        told(finding)
        passed &= finding.passed
    return passed


def running_watch(settings: Settings, clock: Clock) -> WatchHealth | None:
    """Return the health of the watch that runs on this machine; None when none does.

    Raises:
        MessageError: there is a health file that cannot be understood.
    """
    file = Path(settings.runtime.folder) / WATCH_FILE
    try:
        health = parse_watch(file.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise MessageError(f"{file}: cannot be read: {error.strerror}") from error
    except MessageError as error:
        raise MessageError(f"{file}: {error}") from error
    written = Moment(0, health.made_monotonic_ns)
    fresh = 0 <= clock.now().since(written) < _FRESH_S
    return health if fresh and health.source_state != "ended" else None


def _clock(clock: Clock) -> Finding:
    if clock.trusted():
        return Finding("clock", passed=True, sentence=f"set, {clock.now().iso()}")
    return Finding(
        "clock",
        passed=False,
        sentence=f"nothing has set it since the start; it says {clock.now().iso()}",
        mend=_MENDS["clock"],
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


def _camera(settings: Settings, clock: Clock) -> Finding:
    """Ask the watch that holds the camera, or open it where none runs."""
    try:
        watch = running_watch(settings, clock)
    except MessageError as error:
        mend = f"delete {WATCH_FILE} in runtime.folder; a running watch writes it anew"
        return Finding("camera", passed=False, sentence=str(error), mend=mend)
    try:
        paused = standing_pause(settings, clock)
    except StoreError:
        unknown = "not tried: the store, which knows of pauses, does not open; see below"
        return Finding("camera", passed=True, sentence=unknown)
    if paused is not None:
        return Finding("camera", passed=True, sentence=f"closed, not tried: {told_pause(paused)}")
    if watch is None:
        return _opened(settings, clock)
    if watch.source_state != "delivering":
        reason = watch.source_problem or watch.source_state
        sentence = f"the running watch gets no frames: {reason}"
        return Finding("camera", passed=False, sentence=sentence, mend=_MENDS["camera"])
    seen = f"the running watch sees {watch.frames_per_s:.1f} frames a second"
    for reason, mend in (("dark", _LIGHT), ("blurred", _FOCUS)):
        share = watch.gate_shares.get(reason, 0.0)
        if share > _MOST:
            sentence = f"{seen}, {share:.0%} of all since its start were {reason}"
            return Finding("camera", passed=False, sentence=sentence, mend=mend)
    return Finding("camera", passed=True, sentence=seen)


def _opened(settings: Settings, clock: Clock) -> Finding:
    source = open_source(settings.source, clock)
    frame = _settled(source)
    if frame is None:
        sentence = f"no frame within {_CAMERA_WAIT_S:.0f} s: {source.state.detail}"
        return Finding("camera", passed=False, sentence=sentence, mend=_MENDS["camera"])
    return _judged(frame, settings)


def _settled(source: Source) -> Frame | None:
    """Return one of the first frames: a camera's, once its exposure has had time to settle."""
    stop = threading.Event()
    limit = threading.Timer(_CAMERA_WAIT_S, stop.set)
    limit.start()
    frame = None
    try:
        for number, frame in enumerate(source.frames(stop), 1):  # noqa: B007 - the last one counts
            if number >= (_SETTLED if source.live else 1):
                stop.set()
    finally:
        limit.cancel()
    return frame


def _judged(frame: Frame, settings: Settings) -> Finding:
    high, wide = frame.image.shape[:2]
    luma = frame.image[:, :, 1]
    bright, sharp = float(np.percentile(luma, 99)), sharpness(luma)
    seen = f"{wide}x{high}, brightest {bright:.0f} of 255, sharpness {sharp:.0f}"
    if bright < settings.gate.dark_level:
        return Finding("camera", passed=False, sentence=f"dark: {seen}", mend=_LIGHT)
    if sharp < settings.gate.blur_level:
        return Finding("camera", passed=False, sentence=f"blurred: {seen}", mend=_FOCUS)
    return Finding("camera", passed=True, sentence=seen)


def _gps(settings: Settings, clock: Clock) -> Finding:
    gps, never, began = Gps(settings.gps, clock), threading.Event(), clock.now()
    gps.start()
    try:
        while gps.problem and clock.now().since(began) < _GPS_WAIT_S:
            never.wait(0.1)
    finally:
        gps.stop()
    fix = gps.newest()
    if gps.problem or fix is None:
        return Finding("gps", passed=False, sentence=gps.problem, mend=_MENDS["gps"])
    error = "of unknown error" if fix.error_m is None else f"within {fix.error_m:.0f} m"
    return Finding("gps", passed=True, sentence=f"the receiver tells a place, {error}")


def _hotlist(settings: Settings, clock: Clock) -> Finding:
    keeper = HotlistKeeper(settings.hotlist, clock)
    keeper.refresh()
    if keeper.current is None:
        mend = _MENDS["hotlist"]
        return Finding("hotlist", passed=False, sentence=keeper.problem, mend=mend)
    version, now = keeper.current.version, clock.now()
    old_s = age_s(version, now)
    sentence = f"{version.version}, {version.entries} entries, {old_s / 3600:.1f} h old"
    silent = silence(version, settings.policy, now, clock_trusted=clock.trusted())
    if silent:
        mend = "install a newer list"
        return Finding("hotlist", passed=False, sentence=silent, mend=mend)
    if old_s >= settings.policy.verify_list_age_s:
        mend = "install a newer list: with this one nothing is an alarm"
        return Finding("hotlist", passed=False, sentence=sentence, mend=mend)
    if old_s < -_AHEAD_S:
        mend = "it is dated in the future: set the clock, or ask the list's owner"
        return Finding("hotlist", passed=False, sentence=sentence, mend=mend)
    return Finding("hotlist", passed=True, sentence=sentence)


def _store(settings: Settings, clock: Clock) -> Finding:
    """Look at the store; make none: one made by root would lock the daemons out."""
    folder = Path(settings.store.folder)
    problem = _unwritable(folder)
    if problem:
        return Finding("store", passed=False, sentence=problem, mend=_MENDS["store"])
    if not (folder / DATABASE).exists():
        return Finding("store", passed=True, sentence=f"none in {folder} yet; watch makes it")
    with open_store(settings.store, settings.unit.name, clock) as store:
        store.check()
        room, waiting = store.room(), store.outbox.depth()
    sentence = f"sound, {room.free_mb} MB free, {waiting} alerts without a receipt"
    if room.problem or not room.pictures:
        reason = room.problem or "too little for pictures"
        mend = "make room on the data partition"
        return Finding("store", passed=False, sentence=f"{sentence}; {reason}", mend=mend)
    return Finding("store", passed=True, sentence=sentence)


def _runtime(settings: Settings) -> Finding:
    folder = Path(settings.runtime.folder)
    problem = _unwritable(folder)
    if problem:
        return Finding("runtime", passed=False, sentence=problem, mend=_MENDS["runtime"])
    return Finding("runtime", passed=True, sentence=f"{folder} takes the health of the line")


def _unwritable(folder: Path) -> str:
    """Return why this user cannot write in *folder*, or make it; empty when all is well."""
    place = folder
    while not os.path.lexists(place):
        place = place.parent
    if not place.is_dir():
        return f"{place}: is no folder"
    if not os.access(place, os.W_OK | os.X_OK):
        return f"{place}: cannot be written by this user"
    return ""


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
    return _answered(event, settings)


def _answered(event: Event | None, settings: Settings) -> Finding:
    section = settings.delivery
    where = f"{section.host}:{section.port}"
    mend = _MENDS["broker"]
    match event:
        case Connected(refused=()):
            how = "TLS" if section.tls else "plain"
            sentence = f"{where} lets us in over {how}"
            if section.receivers:
                return Finding("broker", passed=True, sentence=sentence)
            sentence += ", but no receiver is named: no alert can leave the outbox"
            mend = "name in delivery.receivers who confirms alerts: an archive, a console"
        case Connected(refused=refused):
            sentence = f"{where} does not let us hear {', '.join(refused)}"
            mend = "give this unit its own receipt topic in the broker's access rules"
        case Lost(sentence=sentence):
            sentence = f"{where}: {sentence}"
        case _:
            sentence = f"{where} has not answered within {_BROKER_WAIT_S:.0f} s"
    return Finding("broker", passed=False, sentence=sentence, mend=mend)
