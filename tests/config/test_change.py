"""One setting changed for a trial."""

import pytest

from edge.config import load
from edge.config.change import changed
from edge.errors import ConfigError

SETTINGS = load([]).settings


def test_one_setting_is_changed_and_nothing_else() -> None:
    """The original stays as it was; tables within a section are reached too."""
    trial = changed(SETTINGS, "detector.min_score", "0.5")
    assert trial.detector.min_score == 0.5
    assert trial.model_copy(update={"detector": SETTINGS.detector}) == SETTINGS
    quiet = changed(SETTINGS, "categories.other.siren", "false")
    assert not quiet.categories.other.siren
    drawn = changed(SETTINGS, "zones.ignore", "[[[0.0, 0.0], [1.0, 0.0], [1.0, 0.5]]]")
    assert drawn.zones.ignore == (((0.0, 0.0), (1.0, 0.0), (1.0, 0.5)),)


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("detector.min_scores", "0.5", "no such setting"),
        ("radar.x", "1", "no such setting"),
        ("detector", "1", "detector: "),
        ("detector.min_score", "high", "no value as TOML writes it"),
        ("detector.min_score", "1.5", "less than or equal to 1"),
        ("source.fps.more", "1", "no such setting"),
    ],
)
def test_what_cannot_be_is_refused(path: str, text: str, said: str) -> None:
    """The sentence names the setting and what is wrong with it."""
    with pytest.raises(ConfigError) as caught:
        changed(SETTINGS, path, text)
    assert str(caught.value).startswith(path)
    assert said in str(caught.value)
