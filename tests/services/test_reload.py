"""SIGHUP to the real daemon: other settings between two frames, and none that are wrong."""

from contextlib import ExitStack
from pathlib import Path

from edge.clock import SystemClock
from edge.config import load
from edge.store import open_store
from tests.brokers import until
from tests.services.tuned import TunedPost
from tests.services.watching import PATIENCE_S, started

FRAMES = 300


def acts(post: TunedPost, kind: str) -> list[dict[str, object]]:
    """Return what the unit's chain tells of one kind, in order."""
    section = load(post.files).settings.store
    with open_store(section, "main-street", SystemClock("always")) as store:
        found = [store.audit.intact(number) for number in store.audit.numbers(kind)]
    return [one for one in found if one is not None]


def test_a_reload_loses_no_frame(tmp_path: Path) -> None:
    """A recording read through four reloads: each picture was stepped, once, by one process."""
    post = TunedPost(tmp_path, source={"loop": False, "paced": False})
    first = tmp_path / "street" / "0000.png"
    for number in range(12, FRAMES):
        (tmp_path / "street" / f"{number:04}.png").hardlink_to(first)
    with ExitStack() as stage:
        watch = started(stage, post.process())
        until(lambda: "first frame" in watch.errors(), PATIENCE_S, "the first frame")
        for times, gap in enumerate((1.5, 2.5, 3.5, 4.5), 1):
            post.tuning.write_text(f"[tracking]\nmax_gap_s = {gap}\n[policy]\nrevise_gain = 0.3\n")
            post.hang_up(watch)

            def taken(wanted: int = times) -> bool:
                return watch.errors().count("other settings are in force") >= wanted

            until(taken, PATIENCE_S, "the reload")
        assert watch.wait(3 * PATIENCE_S) == 0, watch.errors()
    health = post.health()
    assert (health["frames_seen"], health["frames_dropped"]) == (FRAMES, 0)
    told = [one["digest"] for one in acts(post, "settings")]
    assert len(set(told)) == 5
    assert told[-1] == health["settings"]
    assert len(acts(post, "started")) == 1


def test_what_is_wrong_or_needs_a_restart_is_told_and_not_done(tmp_path: Path) -> None:
    """File, line and column of a bad value; the setting that waits; mending either clears it."""
    post = TunedPost(tmp_path)
    with post:
        watch = post.watch
        before = post.health()["settings"]
        for text, sentence in (
            ("[gate]\n\n  motion_level = 'low'\n", f"{post.tuning}:3:3: gate.motion_level"),
            ("[gate]\nmotion_levle = 2.0\n", "did you mean 'motion_level'?"),
            ("[gate\n", "is not TOML"),
            ("[reads]\nkeep_s = 9e9\n", "reads.keep_s"),  # beyond the law
            ("[source]\naddress = '/nowhere'\n", "restart edge-watch for source.address"),
        ):
            post.tuning.write_text(text)
            post.hang_up(watch)
            post.await_health(watch, text, settings_problem=sentence, settings=before)
        post.tuning.write_text("")
        post.hang_up(watch)

        post.await_health(watch, "all is well", settings_problem="", settings=before)
        assert post.starts == 0
    assert len(acts(post, "settings")) == 1
