"""The Pi's camera through the real picamera2 and libcamera, on libcamera's virtual camera.

Not seen here: a sensor's exposure (the last step into the camera is a fake), the ISP's RGB, and the
board's devices.
"""

import json
import logging
import os
import re
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.keys.parties import to_time
from edge.keys.signed import digest, to_bytes
from edge.policy.pauses import Pause, sign_pause
from edge.services.pause_folder import FOLDER
from tests.brokers import until
from tests.end_to_end.daemons import Process
from tests.keys.cast import keys_of
from tests.services.watching import Post, started
from tests.sources.virtual_sandbox import DEVICES, sandboxed, told
from tests.sources.virtual_tree import PYTHON, VirtualTree
from tests.systemd.installing import _below

pytestmark = [pytest.mark.machine, pytest.mark.long, pytest.mark.timeout(900)]
log = logging.getLogger("edge.figures")  # shown by -o log_cli=true -o log_cli_level=INFO


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualTree]:
    """Return a tree with a camera, gone afterwards."""
    folder = tmp_path_factory.mktemp("camera") / "trixie"
    yield VirtualTree(folder).make()
    shutil.rmtree(folder)  # a gigabyte


def test_frames_colours_and_times(tree: VirtualTree) -> None:
    """Both streams, in their sizes; the sensor's time to the microsecond; no buffer shared."""
    found = tree.probe("frames")
    seen = found["seen"]
    assert len(seen) == 30
    for one in seen:
        assert (one["shape"], one["low"], one["contiguous"]) == ([720, 1280, 3], [180, 320], True)
        blue, _, red = one["top"]
        assert (blue > 180, red < 80) == (True, True), "channels are swapped, or rows are"
        assert (one["bottom"][2] > 180, one["bottom"][0] < 80) == (True, True)
        assert one["apart"] <= 3, "the small stream shows another picture"
        assert one["off_us"] < 1000, "the frame is not stamped by its sensor"
        assert one["age_s"] >= 0
    moments = [one["at_ns"] for one in seen]
    assert moments == sorted(set(moments))
    assert found["same"], "a frame changed after its buffer went back to the camera"
    assert found["different"] == 8, "the camera shows eight pictures"


def test_exposure_reaches_the_camera(tree: VirtualTree) -> None:
    """A shutter before the start and while frames come is manual, none is automatic again."""
    sent = tree.probe("exposure")["sent"]
    at_start = {name: value for when, name, value in sent if when == "start"}
    assert (at_start["ExposureTime"], at_start["ExposureTimeMode"]) == (1000, 1)
    assert (at_start["AnalogueGain"], at_start["AnalogueGainMode"]) == (2.0, 1)
    later = [(name, value) for when, name, value in sent if when == "running"]
    assert set(later[:4]) == {
        ("ExposureTime", 250),
        ("ExposureTimeMode", 1),
        ("AnalogueGain", 4.0),
        ("AnalogueGainMode", 1),
    }
    assert set(later[4:]) == {("ExposureTimeMode", 0), ("AnalogueGainMode", 0)}


def test_late_silent_gone_and_back(tree: VirtualTree) -> None:
    """A camera that comes late, falls silent or goes is told and comes back; nothing piles up."""
    found = tree.probe("lost")
    assert all("libcamera finds 0 cameras" in one for one in found["late"])
    (silent,) = found["silent"]
    # stopped between two requests it is silent; in the middle of one libcamera refuses the next
    for one in (silent, found["gone"][0]):
        assert re.search(r"no picture for 1 s|Failed to queue request", one)
    assert "libcamera finds 0 cameras" in found["gone"][-1]
    assert found["reopened"] == 2
    before, after = found["before"], found["after"]
    log.info("twenty times opened and closed: %s to %s", before, after)
    assert after["fds"] <= before["fds"] + 8, "descriptors pile up"
    assert after["threads"] <= before["threads"]


def test_a_busy_camera_is_waited_for(tree: VirtualTree) -> None:
    """Who comes second is told that it is taken, and has it once the first has let go."""
    details = tree.probe("busy")["details"]
    assert "resource busy" in details[0]


def test_nothing_grows(tree: VirtualTree) -> None:
    """From frame 2,000 to 20,000: memory by less than 8 MB, descriptors not at all."""
    found = tree.probe("growth")
    for row in found["rows"]:
        log.info("%s", row)
    log.info("20,000 frames in %.0f s", found["seconds"])
    first, last = found["rows"][1], found["rows"][-1]
    assert last["frames"] == 20_000
    assert last["rss_kb"] - first["rss_kb"] < 8192
    assert last["fds"] <= first["fds"] + 8  # some are on their way between two requests
    assert last["threads"] == first["threads"]


class Pole:
    """The watch daemon in the tree, with keys and settings of this machine's folder."""

    def __init__(self, tree: VirtualTree, folder: Path) -> None:
        self.post = Post(folder / "unit")
        self.controls = tree.folder / "srv/controls"
        self.camera = {"kind": "picamera", "address": "0", "fps": 10.0, "loop": False}
        self.configure()
        self._program = tree.command(PYTHON, "-m", "edge", binds=(folder,))

    def configure(self, **source: Any) -> None:
        self.post.configure(source={**self.camera, **source})

    def start(self, stage: ExitStack) -> Process:
        words = ["run", "watch", "--config", str(self.post.site)]
        return started(stage, Process("watch", words, self.post.folder, program=self._program))

    def sent(self) -> list[list[Any]]:
        """Return the controls that reached the camera so far."""
        lines = self.controls.read_text().splitlines() if self.controls.exists() else []
        return [json.loads(line) for line in lines]

    def reload(self, watch: Process) -> None:
        os.kill(self.pid(watch), signal.SIGHUP)

    def threads(self, watch: Process) -> int:
        """Return how many threads libcamera and picamera2 have in the daemon."""
        names = Path(f"/proc/{self.pid(watch)}/task").glob("*/comm")
        return sum(
            "CameraManag" in one.read_text() or "IPAProxy" in one.read_text() for one in names
        )

    def pid(self, watch: Process) -> int:
        """Return the daemon's number, which is the container's last."""
        return next(
            one
            for one in reversed(_below(watch.process.pid))
            if b"watch" in Path(f"/proc/{one}/cmdline").read_bytes()
        )

    def pause(self) -> Path:
        """Have the town order the unit to read nothing."""
        now = datetime.now(UTC).replace(microsecond=0)
        times = {"since": now, "until": now + timedelta(days=1), "made": now}
        pause = Pause(
            v=1,
            town="windsor",
            units=["main-street"],
            reason="vote of 12 May",
            **{name: to_time(one) for name, one in times.items()},
        )
        signed = sign_pause(pause, keys_of("sue"))
        folder = self.post.folder / "keys" / FOLDER
        folder.mkdir(exist_ok=True)
        file = folder / f"{digest(signed)}.pause"
        file.write_bytes(to_bytes(signed))
        return file


def test_the_daemon_reads_retunes_and_lets_go(tree: VirtualTree, tmp_path: Path) -> None:
    """Camera to alert; another shutter by SIGHUP while frames come; a pause closes the camera."""
    pole = Pole(tree, tmp_path)
    with ExitStack() as stage:
        watch = pole.start(stage)
        pole.post.await_health(watch, "frames from the camera", source_state="delivering")
        until(pole.post.alerts, 60, "an alert")
        pole.configure(shutter_us=500)
        pole.reload(watch)
        until(lambda: ["running", "ExposureTime", 500] in pole.sent(), 60, "the new shutter")
        assert ["running", "ExposureTimeMode", 1] in pole.sent()
        assert pole.threads(watch) >= 1
        seen = pole.post.health()["frames_seen"]
        until(lambda: pole.post.health()["frames_seen"] > seen, 60, "frames after it")
        pole.pause()
        until(lambda: pole.post.health().get("paused"), 60, "the pause")
        until(lambda: pole.threads(watch) == 0, 60, "the camera's end")
        assert watch.process.poll() is None, watch.errors()


def test_behind_the_walls_of_its_unit(tree: VirtualTree) -> None:
    """Frames come with all of edge-watch.service in force, and of devices only cameras do."""
    said = sandboxed(tree)
    assert "start watch: 0" in said, said
    assert '"source_state":"delivering"' in said.replace(": ", ":"), said
    assert "no word about device rules" in said, said
    free, walls = told(said, "free"), told(said, "walls")
    for path, (_, allowed) in DEVICES.items():
        assert free[path] != "EPERM", f"the control: {path} is open to who has no walls"
        assert (walls[path] != "EPERM") == allowed, path
