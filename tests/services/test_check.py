"""`edge check`: each fault that an installer can leave behind is found, named, with a mend."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.clock import SystemClock
from edge.keys.parties import to_time
from edge.services.pause_folder import PauseFolder
from edge.store import open_store
from tests.brokers import Broker, Tap
from tests.keys.cast import ROSTER
from tests.services.check_faults import Faults
from tests.services.checking import NAMES, Bench
from tests.services.pausing import order
from tests.services.watching import started

pytestmark = pytest.mark.xdist_group("check")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    one = Broker(tmp_path_factory.mktemp("broker"))
    one.start()
    tap = Tap(one)  # as an archive would, it hears all
    yield one
    tap.close()
    one.stop()


@pytest.fixture
def bench(tmp_path: Path, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr("edge.services.check_camera._WAIT_S", 1.5)
    return Bench(tmp_path, broker)


def test_a_good_unit_passes(bench: Bench) -> None:
    """The control: everything is asked, over real TLS, and all is well; no store is made by it."""
    found = bench.findings()
    assert list(found) == NAMES
    assert [one.sentence for one in found.values() if one.passed is False] == []
    assert [one.name for one in found.values() if one.passed is None] == ["sight", "search"]
    assert "320x192" in found["camera"].sentence
    assert "1 entries" in found["hotlist"].sentence
    assert "over TLS, takes all that we say within" in found["broker"].sentence
    assert not bench.post.store.exists()
    assert not bench.post.run.exists()


FAULTS = [
    ("lens_covered", "camera focus", "dark: 320x192", "lens cap"),
    ("lens_white", "focus", "blurred: nothing", "focus the lens"),
    ("lens_defocused", "focus", "blurred: nothing", "focus the lens"),
    ("camera_frozen", "camera", "frozen: 15 frames", "power away"),
    ("camera_away", "camera", "rtsp://127.0.0.1", "cable"),
    ("no_pictures", "camera", "nowhere: no such picture or folder", "source.address"),
    ("mad_health", "camera", "watch.json", "watch.json"),
    ("no_list", "hotlist", "no list configured", "hotlist.path"),
    ("broken_list", "hotlist", "refused whole", "hotlist.path"),
    ("stale_list", "hotlist", "48.0 h old", "newer list"),
    ("expired_list", "hotlist", "nothing is published", "newer list"),
    ("list_of_tomorrow", "hotlist", "-24.0 h old", "future"),
    ("changed_weight", "models", "reader.onnx: is not the file", "release"),
    ("missing_weight", "models", "detector.onnx", "release"),
    ("foreign_roster", "keys", "roster", "edge keys"),
    ("ended_on_the_roster", "keys", "has ended or is revoked on roster 2", "root sign"),
    ("unknown_receiver", "keys", "does not know archiv", "delivery.receivers"),
    ("own_certificate_ended", "certificates broker", "ended 20", "issue it anew"),
    ("foreign_authority", "broker", "not signed by the CA", "certificates"),
    ("broker_certificate_ended", "broker", "has expired", "certificates"),
    ("wrong_password", "broker", "delivery.user", "delivery.host"),
    (
        "may_not_publish",
        "broker",
        "publish on edge/v1/windsor/main-street/alert",
        "edge broker",
    ),
    (
        "nobody_hears",
        "broker",
        "nobody is there to hear our alerts",
        "archive, a console or `edge listen`",
    ),
    ("no_broker", "broker", "nobody listens there", "delivery.host"),
    ("no_such_host", "broker", "'broker.invalid' of the broker is not known", "delivery.host"),
    ("no_certificate", "certificates broker", "missing.pem", "issue it anew"),
    ("no_receiver", "broker", "no receiver is named", "delivery.receivers"),
    ("read_only", "disk", "is mounted read-only", "remount,rw"),
    ("full_disk", "disk", "MB free, under store.reserve_mb", "make room"),
    ("worn_card", "disk", "100 % of its life", "exchange"),
    ("sick_file_system", "disk", "3 errors", "exchange"),
    ("another_units_store", "store", "belongs to 'elsewhere'", "store.folder"),
    ("broken_tables", "store", "edge.db", "store.folder"),
    ("store_is_a_file", "store", "is no folder", "store.folder"),
    ("runtime_is_a_file", "runtime", "is no folder", "runtime.folder"),
    ("store_open_to_all", "rights", "others may use it (mode 0777)", "chmod 770"),
    ("key_open_to_all", "rights", "others may use it (mode 0644)", "chmod 600"),
    ("swap_on_the_card", "swap", "/var/swap", "swapoff"),
    ("low_voltage", "power", "too low now", "supply"),
    ("low_voltage_by_hwmon", "power", "too low since", "supply"),
    ("hot", "heat", "84 degrees", "heat sink"),
    ("slowed_down", "heat", "was, since the start, slowed down", "heat sink"),
    ("open_port", "ports", "port 5900", "127.0.0.1"),
    ("flat_battery", "clock", "days behind", "hwclock"),
    ("watch_not_enabled", "daemons", "does not start with the machine", "systemctl enable"),
    ("deliver_failed", "daemons", "edge-deliver is failed", "journalctl"),
]


@pytest.mark.parametrize(
    ("fault", "failed", "sentence", "mend"), FAULTS, ids=[row[0] for row in FAULTS]
)
def test_a_fault_is_named_with_its_mend(
    bench: Bench, stage: ExitStack, fault: str, failed: str, sentence: str, mend: str
) -> None:
    """One seeded fault: the check of that name fails with the reason and a mend, no other does."""
    getattr(Faults(bench, stage), fault)()
    found = bench.findings()
    wrong = [one for one in found.values() if one.passed is False]
    for one in wrong:
        sys.stdout.write(f"{fault} -> {one.name} -> {one.sentence}\n")  # pytest -rP: the table
    assert " ".join(one.name for one in wrong) == failed, [one.sentence for one in wrong]
    assert sentence in wrong[0].sentence
    assert mend in wrong[0].mend


def test_a_clock_that_nobody_set(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without chrony or a vouched clock the check says what alerts will be worth."""
    monkeypatch.setattr(SystemClock, "trusted", lambda _self: False)
    found = bench.findings()
    assert not found["clock"].passed
    assert "install chrony" in found["clock"].mend
    bench.board.loaded.add("chrony.service")
    assert "systemctl status chrony" in bench.findings()["clock"].mend


def test_a_running_watch_is_asked_and_left_alone(bench: Bench, stage: ExitStack) -> None:
    """Where watch holds the camera, its own health answers, and its store is only read."""
    bench.settings()
    watch = started(stage, bench.post.process())
    bench.post.await_health(watch, "frames", source_state="delivering")
    found = bench.findings()
    assert "the running watch sees" in found["camera"].sentence
    assert found["camera"].passed
    assert "sound" in found["store"].sentence
    watch.stop()
    assert "320x192" in bench.findings()["camera"].sentence


def test_a_running_watch_without_frames(bench: Bench, stage: ExitStack) -> None:
    """A watch that waits for its camera makes the camera's check fail with watch's own reason."""
    bench.sections["source"] = {"kind": "v4l2", "address": "/dev/video-none"}
    bench.settings()
    watch = started(stage, bench.post.process())
    bench.post.await_health(watch, "the reason", source_problem="/dev/video-none")
    camera = bench.findings()["camera"]
    assert not camera.passed
    assert "the running watch gets no frames: /dev/video-none" in camera.sentence


def test_a_running_watch_in_the_dark(bench: Bench, stage: ExitStack) -> None:
    """Frames that come but are dark are no working camera."""
    Faults(bench, stage).lens_covered()
    bench.sections["gate"] = {"enabled": True}
    bench.settings()
    watch = started(stage, bench.post.process())
    bench.post.await_health(watch, "frames", source_state="delivering", gate_shares={"dark": 1.0})
    camera = bench.findings()["camera"]
    assert not camera.passed
    assert "100% of all since its start were dark" in camera.sentence


@pytest.mark.parametrize("stored", [False, True], ids=["before-the-store", "with-a-store"])
def test_a_paused_camera_is_not_opened(bench: Bench, stored: bool) -> None:
    """Who checks a paused unit takes no picture either: what would be opened is not even there."""
    clock = SystemClock("always")
    now = datetime.fromtimestamp(clock.now().utc_ns // 10**9, UTC)
    signed = order(since=to_time(now), until=to_time(now + timedelta(days=9)))
    settings = bench.settings()
    if stored:
        open_store(settings.store, "main-street", clock).close()
    pauses = Path(settings.keys.folder) / "pauses"
    PauseFolder(pauses).put_pause(signed, ROSTER, now)
    shutil.rmtree(bench.post.folder / "street")
    found = bench.findings()
    assert found["camera"].passed is None
    assert "closed, not tried: paused by the town until" in found["camera"].sentence
    shutil.rmtree(pauses)
    assert bench.findings()["camera"].passed is False, "the control: without the order it is tried"
