"""The schema that editors check a site's file by is the one that the daemons read by."""

import tomllib
from pathlib import Path

import jsonschema
import pytest

from edge.config import load
from edge.config.load import default_file
from edge.config.schema import every_setting, json_schema, restarted_by, unit_of

SCHEMA = json_schema(load([]).settings)


def faults(text: str) -> list[str]:
    checker = jsonschema.Draft202012Validator(SCHEMA)
    return [".".join(map(str, one.path)) for one in checker.iter_errors(tomllib.loads(text))]


def test_it_is_a_schema_and_takes_the_defaults() -> None:
    """It is sound by its own dialect, and default.toml keeps it."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert faults(default_file().read_text("utf-8")) == []


def test_a_file_of_a_site_need_not_be_whole() -> None:
    """What a file leaves out comes from the defaults: nothing is required."""
    assert faults("[unit]\nname = 'pole-1'\n[categories.other]\nsiren = false\n") == []


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[source]\nfps = 0.0\n", "source.fps"),
        ("[source]\nkind = 'radar'\n", "source.kind"),
        ("[source]\nspeed = 1\n", "source"),
        ("[radar]\nx = 1\n", ""),
        ("[categories.other]\nkeep_days = -1.0\n", "categories.other.keep_days"),
        ("[zones]\nignore = [[[0.0, 0.0], [1.0, 1.0]]]\n", "zones.ignore.0"),
    ],
)
def test_what_the_daemons_refuse_an_editor_marks(text: str, where: str) -> None:
    """Wrong values, unknown keys and unknown sections are found at their place."""
    assert where in faults(text)


def test_every_setting_stands_in_it_with_default_and_sentence() -> None:
    """Tables that share a kind have each their own defaults."""
    for setting in every_setting(load([]).settings):
        field = SCHEMA
        for name in setting.path.split("."):
            field = field["properties"][name]
        assert field["description"] == setting.sentence
        assert field.get("x-unit", "") == setting.unit
        assert field["x-reload"] is setting.reload
        if not isinstance(setting.default, tuple | dict):
            assert field["default"] == setting.default


@pytest.mark.parametrize(
    ("path", "unit"),
    [
        ("source.stall_s", "seconds"),
        ("source.shutter_us", "microseconds"),
        ("gps.slow_mps", "metres a second"),
        ("unit.heading_deg", "degrees"),
        ("store.budget_mb", "megabytes"),
        ("tracking.min_reads", ""),
    ],
)
def test_the_name_tells_the_unit(path: str, unit: str) -> None:
    """Units are never guessed: the end of a name says them."""
    assert unit_of(path) == unit


def test_a_wrong_value_says_what_the_setting_is_for(tmp_path: Path) -> None:
    """Whoever mends it needs no manual."""
    file = tmp_path / "site.toml"
    file.write_text("[store]\nreserve_mb = 0\n", "utf-8")
    with pytest.raises(Exception, match="Space kept for alerts and audit"):
        load([file])


def test_what_is_marked_as_reloaded_exists() -> None:
    """A mark with a slip of the pen would leave a setting that never takes force."""
    settings = load([]).settings
    for name in type(settings).model_fields:
        section = getattr(settings, name)
        assert {*section.RELOADED} <= {"*", *type(section).model_fields}, name


def test_a_restart_is_asked_for_by_what_no_running_line_can_take(tmp_path: Path) -> None:
    """Of a threshold, a zone and a camera's address only the last one needs a restart."""
    file = tmp_path / "site.toml"
    file.write_text(
        "[gate]\ndark_level = 3.0\n[zones]\nignore = [[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]]\n"
        "[source]\naddress = '7'\ngain = 2.0\n",
        "utf-8",
    )
    assert restarted_by(load([]).settings, load([file]).settings) == ("source.address",)
