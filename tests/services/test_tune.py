"""Settings are tried on the real daemon; what ends badly ends with the old ones."""

import tomllib
from pathlib import Path

import pytest

from edge.errors import ConfigError, StoreError
from edge.services import tune
from tests.brokers import until
from tests.services.test_reload import acts
from tests.services.tuned import TunedPost
from tests.services.watching import PATIENCE_S


def table(post: TunedPost) -> dict[str, object]:
    return tomllib.loads(post.tuning.read_text())


def told(post: TunedPost) -> list[tuple[object, object]]:
    return [(one["act"], one["version"]) for one in acts(post, "tuned")]


def test_a_good_value_is_kept_and_one_that_stops_the_line_is_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A threshold is taken between two frames; a vanished camera is undone, and frames go on."""
    monkeypatch.setattr(tune, "_BACK_S", PATIENCE_S)
    with TunedPost(tmp_path) as post:
        hand = post.hand()
        kept = hand.save(hand.propose({"gate.motion_level": "4.5"}), "rose", "the tree moves")
        assert kept.kept, kept.sentence
        assert post.starts == 0, post.watch.errors()
        assert table(post) == {"gate": {"motion_level": 4.5}}

        broken = tmp_path / "broken.toml"
        broken.write_text("no card\n")
        proposal = hand.propose({"detector.card": f"'{broken}'"})
        assert [one.restart for one in proposal.changes] == [True]
        undone = hand.save(proposal, "rose", "a better one")
        assert not undone.kept
        assert "frames go on" in undone.sentence, undone.sentence
        assert table(post) == {"gate": {"motion_level": 4.5}}
        until(lambda: post.trials.trial() is None, PATIENCE_S, "the end of the trial")
        assert [(one.number, one.who, one.undone) for one in hand.history()] == [
            (0, "", False),
            (1, "rose", False),
            (2, "rose", True),
        ]
        back = hand.save(hand.propose_back(0), "rose", "as it was")
        assert back.kept, back.sentence
        assert table(post) == {}
    assert told(post) == [
        *(("tried", 1), ("kept", 1), ("tried", 2), ("undone", 2), ("tried", 3), ("kept", 3))
    ]
    assert acts(post, "tuned")[0]["changed"] == [["gate.motion_level", "4.5"]]


@pytest.mark.machine
def test_what_cannot_be_recorded_does_not_happen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a row on the chain no version is placed, and none is kept."""
    with TunedPost(tmp_path) as post:
        hand = post.hand()

        def full(*_: object) -> None:
            raise StoreError("the disk is full")

        monkeypatch.setattr(hand, "_record", full)
        outcome = hand.save(hand.propose({"gate.motion_level": "4.5"}), "rose", "x")
        assert not outcome.kept
        assert "the disk is full" in outcome.sentence
        assert post.tuning.read_text() == ""


@pytest.mark.machine
@pytest.mark.parametrize("moment", ["place", "_await", "confirm"])
def test_a_runner_that_is_killed_leaves_the_old_version(tmp_path: Path, moment: str) -> None:
    """A kill -9 of the engine in the trial: the running daemon goes back by itself."""
    with TunedPost(tmp_path) as post:
        post.die(moment)
        until(lambda: post.trials.trial() is None, PATIENCE_S, "the old version")
        assert post.tuning.read_text() == ""
        assert [one.undone for one in post.hand().history()] == [False, True]
        post.await_health(post.watch, "the old settings", source_state="delivering")
        assert post.starts == 0, post.watch.errors()
    assert told(post)[-1] == ("undone", 1)


@pytest.mark.machine
def test_a_daemon_that_is_killed_in_the_trial_begins_with_the_old_version(tmp_path: Path) -> None:
    """A kill -9 of watch under the new settings: they are not tried a second time."""
    with TunedPost(tmp_path) as post:
        hand = post.hand()
        hand._await = lambda *_: _killed(post)  # type: ignore[method-assign]
        outcome = hand.save(hand.propose({"gate.motion_level": "4.5"}), "rose", "x")
        assert not outcome.kept
        until(lambda: post.trials.trial() is None, PATIENCE_S, "the old version")
        assert post.tuning.read_text() == ""
        assert post.starts >= 1, "it was not killed"


def _killed(post: TunedPost) -> None:
    """Kill the daemon once it has taken the settings, and wait until it has begun again."""
    if post.starts:
        return
    until(lambda: post.trials.taken, PATIENCE_S, "the settings taken")
    post.kill()
    until(lambda: post.tuning.read_text() == "", PATIENCE_S, "the old version")


def test_a_proposal_is_checked_as_the_daemon_would(tmp_path: Path) -> None:
    """A wrong value names its place, what is not the technician's is refused, nothing written."""
    post = TunedPost(tmp_path)
    hand = post.hand()
    for changes, why in (
        ({"gate.motion_level": "'low'"}, "proposal:2:1: gate.motion_level: .* not 'low'"),
        ({"gate.motion_levle": "2.0"}, "did you mean 'motion_level'"),
        ({"gate.motion_level": "low"}, "no value as TOML writes it"),
        ({"reads.keep_s": "5.0"}, "is not tuned here"),
        ({"keys.folder": "'/tmp'"}, "is not tuned here"),
    ):
        with pytest.raises(ConfigError, match=why):
            hand.propose(changes)
    change = hand.propose({"gate.motion_level": "9.5"}).changes
    assert [(one.path, one.new, one.restart) for one in change] == [
        ("gate.motion_level", "9.5", False)
    ]
    assert change[0].sentence.startswith("Mean change")
    assert post.tuning.read_text() == ""
    with pytest.raises(ConfigError, match="does not read now"):
        hand.save(hand.propose({"gate.motion_level": "9.5"}), "rose", "x")
