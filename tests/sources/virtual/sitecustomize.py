"""A real picamera2 on libcamera's virtual camera, with the controls of a sensor added on top.

Python imports this by itself where its folder is on the path. The virtual camera delivers pictures
and time stamps; it has no raw modes and no exposure. What picamera2 makes of a wish for exposure,
and on which requests it sends it, is its own doing; only the last step, into the camera, ends here:
in the file that ``EDGE_CONTROLS`` names, one JSON list a control.
"""

import json
import os
import weakref
from pathlib import Path
from types import SimpleNamespace

import libcamera
import picamera2
from picamera2.allocators import LibcameraAllocator

_SENSOR = {
    "ExposureTime": (60, 66_666, 20_000),
    "AnalogueGain": (1.0, 16.0, 1.0),
}
_MODES = ("ExposureTimeMode", "AnalogueGainMode")
_ours = {getattr(libcamera.controls, name) for name in (*_SENSOR, *_MODES)}
_send = libcamera.Request.set_control
_start = libcamera.Camera.start
STAMPS: list[int] = []


def _note(when: str, control: object, value: object) -> None:
    if file := os.environ.get("EDGE_CONTROLS"):
        with Path(file).open("a") as log:
            log.write(json.dumps([when, getattr(control, "name", ""), value]) + "\n")


def _set_control(request: object, control: object, value: object) -> None:
    _note("running", control, value)
    if control not in _ours:
        _send(request, control, value)


def _start_camera(camera: object, controls: dict) -> None:
    for control, value in controls.items():
        _note("start", control, value)
    _start(camera, {one: value for one, value in controls.items() if one not in _ours})


libcamera.Request.set_control = _set_control
libcamera.Camera.start = _start_camera


class VirtualPicamera2(picamera2.Picamera2):
    """Differs from the real one where the virtual camera does from a sensor."""

    newest: "weakref.ref[VirtualPicamera2]"  # one that is closed must be free to go

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.allocator = LibcameraAllocator(self.camera)
        VirtualPicamera2.newest = weakref.ref(self)
        self._add_controls()

    def configure(self, camera_config: object = None) -> None:
        super().configure(camera_config)
        self._add_controls()  # they are listed anew with each configuration

    def wait(self, job: object, timeout: float | None = None) -> object:
        done = super().wait(job, timeout)
        if hasattr(done, "get_metadata"):
            STAMPS.append(done.get_metadata()["SensorTimestamp"])
            del STAMPS[:-100]
        return done

    def _get_raw_modes(self) -> list[dict]:
        role = libcamera.StreamRole.VideoRecording
        formats = self.camera.generate_configuration([role]).at(0).formats
        return [
            {"format": str(pixel), "size": (size.width, size.height)}
            for pixel in formats.pixel_formats
            for size in formats.sizes(pixel)
        ]

    def _add_controls(self) -> None:
        for name, (least, most, usual) in _SENSOR.items():
            limits = SimpleNamespace(min=least, max=most, default=usual)
            self.camera_ctrl_info[name] = (getattr(libcamera.controls, name), limits)


picamera2.Picamera2 = VirtualPicamera2
