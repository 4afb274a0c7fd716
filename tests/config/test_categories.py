"""The rules of each category: every one has some, and a test never wakes a shift."""

from pathlib import Path

import pytest

from edge.config import load
from edge.errors import ConfigError
from edge.records import Category


def site(folder: Path, text: str) -> Path:
    file = folder / "site.toml"
    file.write_text(text, "utf-8")
    return file


def test_every_category_has_rules() -> None:
    """What a list may say, the town has an answer to."""
    assert [name for name, _ in load([]).settings.categories.items()] == list(Category)


def test_one_rule_is_overruled_alone(tmp_path: Path) -> None:
    """A site changes one key of one category and keeps the rest; each key knows its file."""
    file = site(tmp_path, "[categories.other]\nkeep_days = 3.0\n")
    loaded = load([file])
    default = load([]).settings.categories
    assert loaded.settings.categories.other.keep_days == 3.0
    assert loaded.settings.categories.other.recipients == default.other.recipients
    assert loaded.settings.categories.stolen_vehicle == default.stolen_vehicle
    assert loaded.origins["categories.other.keep_days"] == file
    assert loaded.origins["categories.other.siren"] != file


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[categories.test]\nsiren = true\n",
            ":1:2: categories.test: value error, a test has no s",
        ),
        ('[categories.test]\nrecipients = ["officer"]\n', "goes to no shift: take officer out"),
        (
            "[categories.other]\nsirens = true\n",
            ":2:1: categories.other.sirens: no such setting; di",
        ),
        ('[categories.other]\nrecipients = ["all"]\n', ":2:1: categories.other.recipients: "),
        ("[categories.other]\nrecipients = []\n", ":2:1: categories.other.recipients: "),
        ("[categories.others]\nsiren = true\n", "categories.others: no such setting; did you mean"),
        ("[categories.other]\nkeep_days = -1.0\n", ":2:1: categories.other.keep_days: "),
    ],
)
def test_wrong_rules(tmp_path: Path, text: str, expected: str) -> None:
    """The complaint names file, line and key; a test with a siren or a shift is refused."""
    with pytest.raises(ConfigError) as caught:
        load([site(tmp_path, text)])
    assert expected in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path}/site.toml:")
