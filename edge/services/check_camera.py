"""The camera: does it deliver, is the lens free, is it in focus?"""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from edge.clock import Clock, Moment
from edge.config import Settings
from edge.config.zones import EVERYWHERE
from edge.errors import EdgeError, MessageError, StoreError
from edge.messages.health import WATCH_FILE, WatchHealth, parse_watch
from edge.records import Frame
from edge.services.finding import Finding, bad, good, unseen
from edge.services.pause import told_pause
from edge.services.pause_now import standing_pause
from edge.sources.open import open_source
from edge.vision.aim import Aim, measure
from edge.vision.aiming import Colour, advise
from edge.vision.gate import sharpness
from edge.vision.picture import open_picture_reader

CAMERA_MEND: Final = "look at the cable, the camera's power and source.address"
_WAIT_S: Final = 15.0
_FRESH_S: Final = 5.0  # a watch that wrote its health within this time is running
_SETTLED: Final = 15  # frames after which a camera's exposure has settled
_FEW: Final = 5  # as many frames without any change are no accident: a sensor has noise
_MOST: Final = 0.9  # a share of dark or blurred frames that no traffic explains
_LIGHT: Final = "take off the lens cap, switch on the light, or set source.shutter_us to 0"
_FOCUS: Final = "focus the lens, clean the window; `edge aim` measures it on a plate"
_FROZEN: Final = "take the camera's power away and give it back; exchange it if it freezes again"


class CameraCheck:
    """What the camera shows: asked of the watch that holds it, or seen where none runs.

    ``camera`` first; ``focus`` looks at what it saw.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._frames: Sequence[Frame] = ()
        self._unseen = "the camera showed nothing"

    def camera(self) -> Finding:
        """Fail without frames, in the dark, and where they never change.

        Raises:
            EdgeError: the camera cannot be opened.
        """
        settings, clock = self._settings, self._clock
        try:
            watch = running_watch(settings, clock)
        except MessageError as error:
            mend = f"delete {WATCH_FILE} in runtime.folder; a running watch writes it anew"
            return bad("camera", str(error), mend)
        try:
            paused = standing_pause(settings, clock)
        except StoreError:
            self._unseen = "the store, which knows of pauses, does not open"
            return unseen("camera", f"not tried: {self._unseen}; see below")
        if paused is not None:
            self._unseen = f"closed, not tried: {told_pause(paused)}"
            return unseen("camera", self._unseen)
        if watch is not None:
            self._unseen = "the running watch holds the camera; to see for yourself, stop it first"
            return of_watch(watch)
        self._frames, why = _seen(settings, clock)
        if not self._frames:
            return bad("camera", f"no frame within {_WAIT_S:.0f} s: {why}", CAMERA_MEND)
        return _judged(self._frames, settings)

    def focus(self) -> Finding:
        """Fail where a plate in the picture is soft, or nothing in it has a sharp edge.

        Raises:
            EdgeError: the detector cannot be opened.
        """
        if not self._frames:
            return unseen("focus", self._unseen)
        level = self._settings.gate.blur_level
        sharp = max(sharpness(one.image[:, :, 1]) for one in self._frames)
        if sharp < level:
            sentence = f"blurred: nothing in the picture is sharp ({sharp:.1f}, under {level:g})"
            return bad("focus", sentence, _FOCUS)
        aims = self._plates()
        if not aims:
            return good("focus", f"no plate to judge by; edges are sharp ({sharp:.0f})")
        return focus_of(max(aims, key=lambda one: one.width_px))

    def _plates(self) -> list[Aim]:
        settings = self._settings
        try:
            pictures = open_picture_reader(
                settings.detector, settings.reader, EVERYWHERE, self._clock
            )
        except EdgeError:
            return []  # the check of the models says why
        found: list[Aim] = []
        for frame in self._frames[:: max(1, len(self._frames) // 3)]:
            plates = pictures.detector.detect(frame.image)
            found += [measure(frame.image, one.corners) for one in plates]
        return [one for one in found if one.across_px is not None and one.stroke_px is not None]


def focus_of(aim: Aim) -> Finding:
    """Return what a plate's own edges say of the focus."""
    measures = {one.name: one for one in advise(aim)}
    soft = measures["softness"]
    told = f"a plate of {aim.width_px:.0f} px is drawn out by {soft.value or 0.0:.1f} px"
    if soft.colour is Colour.RED:
        return bad("focus", f"{told}, with strokes of {aim.stroke_px or 0.0:.1f} px", _FOCUS)
    return good("focus", told)


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


def of_watch(watch: WatchHealth) -> Finding:
    """Return what a running watch's own word says of the camera."""
    if watch.source_state != "delivering":
        reason = watch.source_problem or watch.source_state
        return bad("camera", f"the running watch gets no frames: {reason}", CAMERA_MEND)
    seen = f"the running watch sees {watch.frames_per_s:.1f} frames a second"
    for reason, mend in (("dark", _LIGHT), ("blurred", _FOCUS)):
        share = watch.gate_shares.get(reason, 0.0)
        if share > _MOST:
            sentence = f"{seen}, {share:.0%} of all since its start were {reason}"
            return bad("camera", sentence, mend)
    return good("camera", seen)


def _seen(settings: Settings, clock: Clock) -> tuple[Sequence[Frame], str]:
    """Return the first frames, once the exposure has settled, and what the source says of itself.

    Raises:
        EdgeError: it cannot be opened, now or ever.
    """
    source = open_source(settings.source, clock)
    stop = threading.Event()
    limit = threading.Timer(_WAIT_S, stop.set)
    limit.start()
    found: list[Frame] = []
    try:
        for frame in source.frames(stop):
            found.append(frame)
            if len(found) >= _SETTLED:
                stop.set()
    finally:
        limit.cancel()
    return (found[-_FEW:] if source.live else found), source.state.detail


def _judged(frames: Sequence[Frame], settings: Settings) -> Finding:
    image = frames[-1].image
    high, wide = image.shape[:2]
    bright = float(np.percentile(image[:, :, 1], 99))
    seen = f"{wide}x{high}, brightest {bright:.0f} of 255"
    if bright < settings.gate.dark_level:
        return bad("camera", f"dark: {seen}", _LIGHT)
    still = all(np.array_equal(one.image, image) for one in frames)
    if len(frames) >= _FEW and still:
        return bad("camera", f"frozen: {len(frames)} frames are the same to the last bit", _FROZEN)
    return good("camera", seen)
