"""What may break around the watch daemon, and what it says and does: real processes, real files."""

import signal
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import cv2
import pytest

from tests.brokers import until
from tests.services.watching import PATIENCE_S, PLATE, Post, Systemd, scene, sentence, started
from tests.vision import graphs

pytestmark = [pytest.mark.timeout(120), pytest.mark.xdist_group("faults")]


def truncated(post: Post) -> str:
    weights = post.models / "detector.onnx"
    weights.write_bytes(weights.read_bytes()[:-100])
    return "detector.onnx: is not the file that detector.toml promises"


def broken_off(post: Post) -> str:
    weights = post.models / "reader.onnx"
    weights.write_bytes(weights.read_bytes()[:200])
    graphs.write_card(post.models, "reader")
    return "reader.onnx: cannot be loaded"


def foreign(post: Post) -> str:
    (post.models / "reader.onnx").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(500))
    graphs.write_card(post.models, "reader")
    return "reader.onnx: cannot be loaded"


def lying(post: Post) -> str:
    graphs.write(post.models, "reader", graphs.fixed_reader(PLATE))
    card = post.models / "detector.toml"
    card.write_text(card.read_text().replace("[1, 384, 640, 3]", "[1, 320, 320, 3]"))
    return "detector.onnx: its card promises the input 'image' uint8 (1, 320, 320, 3)"


def mad(post: Post) -> str:
    graphs.write(post.models, "detector", graphs.not_finite(graphs.bright_detector()))
    return "detector.onnx: gave numbers that are not finite"


def missing(post: Post) -> str:
    post.cards["reader"].unlink()
    return "reader.toml: cannot be read: No such file or directory"


@pytest.mark.parametrize("fault", [truncated, broken_off, foreign, lying, mad, missing])
def test_a_broken_model_ends_with_a_sentence(post: Post, fault: Callable[[Post], str]) -> None:
    """A model that is not as its card says never reads: status 2 and what is wrong with which."""
    expected = fault(post)
    assert expected in sentence(post.process().start())


def test_a_hotlist_broken_at_the_start_and_mended(stage: ExitStack, post: Post) -> None:
    """Without a good list watch runs, health says why; a good one comes into force by itself."""
    post.hotlist.write_text("entry_id,plate\nE1,")
    watch = started(stage, post.process())
    said = post.await_health(
        watch, "the refusal", source_state="delivering", list_problem="list.csv"
    )
    assert said["list"] is None
    assert post.alerts() == []
    post.replace_list(PLATE)
    post.await_health(watch, "the good list", list_problem="")
    until(post.alerts, PATIENCE_S, "an alert from the good list")


def test_a_broken_newer_list_leaves_the_last_good_one(stage: ExitStack, post: Post) -> None:
    """A newer list that is wrong is refused, health says where; alerts go on from the old one."""
    watch = started(stage, post.process())
    before = post.await_health(watch, "the list", source_state="delivering")["list"]
    post.hotlist.write_text(post.hotlist.read_text() + "E2,??,us-ct,stolen_vehicle\n")
    said = post.await_health(watch, "the refusal", list_problem="list.csv:3")
    assert said["list"]["version"] == before["version"]
    count = len(post.alerts())
    until(lambda: len(post.alerts()) > count, PATIENCE_S, "an alert from the old list")
    post.hotlist.unlink()
    said = post.await_health(watch, "the loss", list_problem="No such file")
    assert said["list"]["version"] == before["version"]
    assert watch.errors().count("the hotlist is refused, the last good one holds") == 2


def test_sigterm_ends_at_once_and_well(stage: ExitStack, post: Post, systemd: Systemd) -> None:
    """SIGTERM: announced, health says ended, status 0 within 5 s; no core could have been left."""
    watch = started(stage, post.process(**systemd.environment))
    until(lambda: systemd.fed() > 3, PATIENCE_S, "finished steps that feed the watchdog")
    limits = Path(f"/proc/{watch.process.pid}/limits").read_text()
    core = next(line for line in limits.splitlines() if "core file" in line)
    assert core.split()[4:6] == ["1", "1"]
    watch.process.send_signal(signal.SIGTERM)
    assert watch.process.wait(5) == 0, watch.errors()
    assert post.health()["source_state"] == "ended"
    assert post.health()["stopped_by"] == ""
    said = systemd.listen()
    assert said.index("READY=1") < said.index("WATCHDOG=1") < said.index("STOPPING=1")


def test_a_recording_that_ends(post: Post) -> None:
    """At the end of a recording the last pass is ended and told; status 0, health says ended."""
    post.configure(source={"loop": False})
    watch = post.process().start()
    assert watch.wait(PATIENCE_S) == 0, watch.errors()
    said = post.health()
    assert (said["source_state"], said["frames_seen"], said["sightings"]) == ("ended", 12, 1)
    assert {one.payload.entry.plate for one in post.alerts()} == {PLATE}


@pytest.mark.parametrize("which", ["store", "run"])
def test_a_folder_that_is_a_file(post: Post, which: str) -> None:
    """Where the store or the runtime folder cannot be made, the sentence names it and the mend."""
    (post.folder / which).write_text("in the way")
    said = sentence(post.process().start())
    assert str(post.folder / which) in said
    assert "that this user may write" in said


def test_unexpected_exceptions_end_the_process(post: Post) -> None:
    """A bug in the grabber's or the lists' thread, or in one that nobody expected, is no sleep."""
    for where in ("grabber", "lists", "stranger"):
        crash = Path(__file__).with_name("crashing_watch.py")
        watch = post.process((*post.process().program[:1], str(crash), where)).start()
        assert watch.wait(PATIENCE_S) == 1, watch.errors()
        said = watch.errors()
        assert "Traceback" in said
        assert f"RuntimeError: a bug in the {where}" in said
        if where != "stranger":
            assert post.health()["stopped_by"].startswith("an unexpected RuntimeError")
        watch.complaints.unlink()


def test_kill_leaves_a_store_that_opens(stage: ExitStack, post: Post) -> None:
    """After kill -9 in the middle of alerts the next start goes on with the next number."""
    watch = started(stage, post.process())
    until(lambda: len(post.alerts()) >= 5, PATIENCE_S, "five alerts")
    watch.kill()
    before = [one.sequence for one in post.alerts()]
    again = started(stage, post.process())
    until(lambda: len(post.alerts()) > len(before), PATIENCE_S, "an alert after the restart")
    assert again.stop() == 0, again.errors()
    after = [one.sequence for one in post.alerts()]
    assert after[: len(before)] == before
    assert set(range(1, max(after) + 1)) == set(after)


def test_a_crash_in_a_library_leaves_words_and_no_core(stage: ExitStack, post: Post) -> None:
    """A segmentation fault tells in the journal where it happened, and writes no memory to disk."""
    watch = started(stage, post.process())
    post.await_health(watch, "frames", source_state="delivering")
    watch.process.send_signal(signal.SIGSEGV)
    assert watch.wait(PATIENCE_S) == -signal.SIGSEGV
    assert "Fatal Python error: Segmentation fault" in watch.errors()
    assert "in _loop" in watch.errors()
    assert not [file for file in post.folder.rglob("core*") if file.is_file()]


def test_pictures_of_every_kind(post: Post) -> None:
    """1x1, grey and 4K go down the line; what cannot be decoded is said; the rest goes on."""
    folder = post.folder / "odd"
    folder.mkdir()
    cv2.imwrite(str(folder / "0.png"), scene()[:1, :1])
    cv2.imwrite(str(folder / "1.png"), scene(60)[:, :, 0])
    cv2.imwrite(str(folder / "2.jpg"), scene(900, (3840, 2160)))
    (folder / "3.png").write_bytes(b"not a picture")
    whole = (folder / "2.jpg").read_bytes()
    (folder / "4.jpg").write_bytes(whole[: len(whole) // 2])
    cv2.imwrite(str(folder / "5.png"), scene(300))
    cv2.imwrite(str(folder / "6.png"), scene()[:, :1])
    for enabled in (True, False):
        post.configure(source={"address": str(folder), "loop": False}, gate={"enabled": enabled})
        watch = post.process().start()
        assert watch.wait(PATIENCE_S) == 0, watch.errors()
        assert post.health()["frames_seen"] == 5
    said = watch.errors()
    assert said.count("3.png: not a picture") == said.count("4.jpg: the file breaks off") == 2


def test_an_address_that_fits_no_camera(post: Post) -> None:
    """An address that does not fit its kind is refused at once, never tried for ever."""
    post.configure(source={"kind": "rtsp", "address": "camera.local/live"})
    assert "source.address: an rtsp source wants" in sentence(post.process().start())
