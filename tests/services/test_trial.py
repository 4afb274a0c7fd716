"""A trial on the disk, cut before each of its changes: the old version or a confirmed new one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from edge.services import trial, tuning_history
from edge.services.trial import Asked, Trial, TrialFolder, load_sound, settle_at_start
from edge.services.tuning_history import MOST, Version, body_of, headed

OLD, NEW = "[gate]\nmotion_level = 3.0\n", "[gate]\nmotion_level = 4.0\n"


class Cut(BaseException):
    """The power is gone."""


@pytest.fixture
def folder(tmp_path: Path) -> TrialFolder:
    folder = TrialFolder(tmp_path / "tuning.toml")
    folder.history.open()
    folder.file.write_text(OLD)
    return folder


def go_through(folder: TrialFolder, *, keep: bool) -> None:
    """Try the new version, and confirm or undo it."""
    back, number = folder.history.number_of(folder.text()), folder.history.next()
    one = Trial(number=number, back=back, digest="", who="rose", why="x")
    folder.begin(one, headed(Version(number, "", "rose", "x"), NEW))
    folder.place(one)
    folder.take()
    if keep:
        assert folder.confirm(one)
    else:
        folder.undo(one, "no frame")


def cutting(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """Let the power go before change number *at*."""
    left = [at]

    def before(do: Callable[..., object]) -> Callable[..., object]:
        def maybe(*words: object, **more: object) -> object:
            left[0] -= 1
            if left[0] < 0:
                raise Cut
            return do(*words, **more)

        return maybe

    for module in (trial, tuning_history):
        monkeypatch.setattr(module, "put", before(module.put))
        monkeypatch.setattr(module, "sync", before(module.sync))
    monkeypatch.setattr(Path, "unlink", before(Path.unlink))


@pytest.mark.parametrize("keep", [True, False], ids=["kept", "undone"])
def test_a_cut_before_each_change_ends_with_a_whole_version(tmp_path: Path, keep: bool) -> None:
    """At the next start the old version is in force, unless the new one was confirmed."""
    ends: list[str] = []
    for at in range(40):
        place = tmp_path / str(at)
        place.mkdir()
        folder = TrialFolder(place / "tuning.toml")
        folder.history.open()
        folder.file.write_text(OLD)
        with pytest.MonkeyPatch.context() as patch:
            cutting(patch, at)
            try:
                go_through(folder, keep=keep)
                whole = True
            except Cut:
                whole = False
        confirmed = folder.trial() is None and folder.file.read_text() != OLD
        settle_at_start(folder)
        ends.append(body_of(folder.file.read_text()))
        assert ends[-1] == (NEW if confirmed else OLD), at
        assert settle_at_start(folder) in ("", "undone")
        if whole:
            break
    else:
        pytest.fail("the cuts never came to an end")
    assert len(ends) > 6, "the cuts did not come"
    assert (ends[-1] == NEW) is keep


def test_without_a_marker_a_cut_leaves_what_was_not_confirmed(folder: TrialFolder) -> None:
    """The control: placed without the marker, nobody knows that it was a trial."""
    folder.file.write_text(NEW)
    assert settle_at_start(folder) == ""
    assert folder.text() == NEW


def test_a_trial_is_tried_once_at_a_start_and_only_while_somebody_runs_it(
    folder: TrialFolder,
) -> None:
    """The first start takes it, a second one means that the first has failed."""
    with folder.alone():
        back, number = folder.history.number_of(folder.text()), folder.history.next()
        one = Trial(number=number, back=back, digest="", who="rose", why="x")
        folder.begin(one, NEW)
        folder.place(one)
        assert settle_at_start(folder) == "tried"
        assert folder.text() == NEW
        assert settle_at_start(folder) == "undone"
    assert folder.text() == OLD
    left = folder.trial()
    assert left is not None
    assert left.undone == "the daemon ended with them"
    folder.settled(left)
    assert folder.trial() is None


def test_history_is_bounded_and_numbers_are_never_given_twice(folder: TrialFolder) -> None:
    """The oldest go; one that was undone keeps its number."""
    for number in range(MOST + 5):
        folder.history.keep(number, headed(Version(number, "", "rose", "x"), NEW))
    kept = folder.history.versions()
    assert [kept[0].number, kept[-1].number, len(kept)] == [5, MOST + 4, MOST]
    folder.history.undo(MOST + 4)
    assert folder.history.next() == MOST + 5
    assert folder.history.versions()[-1].undone


@pytest.mark.parametrize("text", ["[gate\n", "[gate]\nmotion_level = 'low'\n"])
def test_a_bad_tuning_file_never_stops_the_unit(
    folder: TrialFolder, tmp_path: Path, text: str
) -> None:
    """It is left out and told; the site's own file still must be right."""
    site = tmp_path / "site.toml"
    site.write_text("[gate]\nmotion_level = 7.0\n")
    folder.file.write_text(text)
    asked = Asked([site, folder.file], folder, trial.threading.Event())
    loaded, asked = load_sound(asked)
    assert loaded.settings.gate.motion_level == 7.0
    assert str(folder.file) in asked.problem
