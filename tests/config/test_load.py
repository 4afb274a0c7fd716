"""Reading the settings: three files, one truth, errors that name the place."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config import load
from edge.config.load import default_file
from edge.errors import ConfigError, EdgeError


def site(folder: Path, text: str, name: str = "site.toml") -> Path:
    file = folder / name
    file.write_text(text, "utf-8")
    return file


def complaint(file: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load([file])
    return str(caught.value)


def test_the_defaults_alone_are_valid() -> None:
    """A unit with no file of its own has every setting, each from default.toml."""
    loaded = load([])
    assert loaded.settings.source.kind == "picamera"
    assert set(loaded.origins.values()) == {default_file()}


def test_a_later_file_wins_key_by_key(tmp_path: Path) -> None:
    """The tuning file overrules the site's file for its own keys and for no other."""
    first = site(tmp_path, '[unit]\ntown = "windsor"\nname = "pole-1"\n')
    second = site(tmp_path, '[unit]\nname = "pole-2"\n', "tuning.toml")
    loaded = load([first, second])
    assert (loaded.settings.unit.town, loaded.settings.unit.name) == ("windsor", "pole-2")
    assert loaded.origins["unit.town"] == first
    assert loaded.origins["unit.name"] == second
    assert loaded.origins["unit.place"] == default_file()


def test_an_inline_table_is_a_section_too(tmp_path: Path) -> None:
    """A section may be written on one line, as the README does."""
    file = site(tmp_path, 'unit = { town = "windsor", name = "broad-street-1" }\n')
    assert load([file]).settings.unit.name == "broad-street-1"


def test_an_unknown_key_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    """A misspelt key names file, line and the key that was probably meant."""
    file = site(tmp_path, "# site\n[tracking]\nmin_reads = 3\nmax_gaps_s = 2.0\n")
    assert complaint(file) == (
        f"{file}:4:1: tracking.max_gaps_s: no such setting; did you mean 'max_gap_s'?"
    )


def test_an_unknown_section_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    """A section that nobody reads is an error, not a silent no-op."""
    file = site(tmp_path, "[zzzz]\nx = 1\n")
    said = complaint(file)
    assert said.startswith(f"{file}:1:2: zzzz: no such setting; known are ")
    assert "tracking" in said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[source]\nfps = "fast"\n', ":2:1: source.fps: input should be a valid number"),
        ("[source]\n\nfps = -1.0\n", ":3:1: source.fps: input should be greater than 0"),
        ("[source]\nwidth = 640.5\n", ":2:1: source.width: input should be a valid integer"),
        ('[unit]\ntown = "New Haven"\n', ":2:1: unit.town: string should match pattern"),
        ("[gate]\nenabled = 1\n", ":2:1: gate.enabled: input should be a valid boolean"),
        ("[zones]\nignore = [[[0.0, 0.0], [1.0, 1.0]]]\n", ":2:1: zones.ignore: "),
        ("[zones]\nignore = [[[0.0, 0.0], [1.0, 1.0], [1.0, 1.5]]]\n", ":2:1: zones.ignore: "),
        ('# one\nunit = { town = "New Haven" }\n', ":2:10: unit.town: string should match pattern"),
        ('unit.town = "New Haven"\n', ":1:1: unit.town: string should match pattern"),
        ("[[gate]]\nenabled = true\n", ":1:3: 'gate' stands outside a [section]"),
        ("fps = 3\n", ":1:1: 'fps' stands outside a [section]"),
    ],
)
def test_a_wrong_value_names_its_line(tmp_path: Path, text: str, expected: str) -> None:
    """Nothing is converted in silence; the complaint starts with file, line and key."""
    file = site(tmp_path, text)
    assert complaint(file).startswith(f"{file}{expected}")


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """A person who mends a file sees every fault in one go, one a line."""
    file = site(tmp_path, "[gate]\ndark_level = -1.0\n[source]\nfps = 0.0\nspeed = 3\n")
    lines = complaint(file).splitlines()
    assert [line.removeprefix(f"{file}:").split(":")[0] for line in sorted(lines)] == [
        "2",
        "4",
        "5",
    ]


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    """A file given by hand that is not there is an error, never an empty file."""
    missing = tmp_path / "nowhere.toml"
    assert complaint(missing) == f"{missing}: cannot be read: No such file or directory"


def test_what_is_not_toml_says_where(tmp_path: Path) -> None:
    """A syntax error keeps the parser's line and column."""
    file = site(tmp_path, "[unit]\ntown = \n")
    assert complaint(file).startswith(f"{file}: is not TOML: ")
    assert "line 2" in complaint(file)


def test_what_is_not_text_is_refused(tmp_path: Path) -> None:
    """A binary file, or one in Latin-1, is named as such."""
    file = tmp_path / "site.toml"
    file.write_bytes(b'[unit]\nplace = "Gen\xe8ve"\n')
    assert complaint(file) == f"{file}: is not UTF-8 text (byte 19)"


def test_settings_are_frozen() -> None:
    """Nobody changes a setting behind the others' backs."""
    settings = load([]).settings
    with pytest.raises(Exception, match="frozen"):
        settings.source.fps = 3.0  # type: ignore[misc]


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    """Whatever stands in the file, the answer is settings or an EdgeError, never a traceback."""
    file = tmp_path_factory.mktemp("config") / "site.toml"
    file.write_text(text, "utf-8", newline="")
    try:
        said = str(load([file]).origins["unit.name"])
    except EdgeError as error:
        said = str(error)
    assert said.startswith((str(file), str(default_file())))


def test_settings_that_this_user_may_not_look_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is closed to this user is a sentence, not a fault of the program."""

    def closed(*_: object) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "exists", closed)
    with pytest.raises(ConfigError, match="may not look there; run this as root"):
        load()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("heading_deg = 95,0  # east", "write 95.0, with a decimal point, not a comma"),
        ("latitude = -41,85", "write -41.85, with"),
        ("heading_deg = [95,0", ""),
        ('place = "95,0', ""),
    ],
)
def test_a_decimal_comma_is_told(tmp_path: Path, line: str, told: str) -> None:
    """What half of the world writes is no TOML, and the parser's words do not say so."""
    file = tmp_path / "site.toml"
    file.write_text(f'[unit]\nname = "a"\n{line}\n', "utf-8")
    sentence = complaint(file)
    assert sentence.startswith(f"{file}: is not TOML: ")
    assert told in sentence
    assert bool(told) is ("decimal point" in sentence)
