"""Finding the line of a key in a TOML file."""

from pathlib import Path

import pytest

from edge.config.lines import line_of, spot_of

TEXT = """\
# head
[unit]          # who
town = "a"
[ source ]
kind = "rtsp"
gate.level = 3

[[policy]]
other = 1
"""


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (["unit"], 2),
        (["unit", "town"], 3),
        (["unit", "name"], 2),
        (["source", "kind"], 5),
        (["source", "gate", "level"], 6),
        (["nothing"], 1),
        (["source", "kind", "0"], 5),
        (["policy"], 8),
        (["policy", "other"], 9),
    ],
)
def test_the_line_of_a_key_or_of_its_section(tmp_path: Path, key: list[str], line: int) -> None:
    """A key gets its own line, a missing one its section's, an unknown section the first."""
    file = tmp_path / "x.toml"
    file.write_text(TEXT, "utf-8")
    assert line_of(file, key) == line


@pytest.mark.parametrize(
    ("text", "key", "spot"),
    [
        ("[unit]\n  town = 1\n", ["unit", "town"], "2:3"),
        ("  [ unit ]\n", ["unit", "town"], "1:5"),
        ('unit = { town = "a", name = "b" }\n', ["unit", "name"], "1:22"),
        ("a = { b = { c = 1 } }\n", ["a", "b", "c"], "1:13"),
        ("[a]\nb = { c = 1 }\n", ["a", "b", "x"], "2:1"),
    ],
)
def test_the_column_is_that_of_the_key(
    tmp_path: Path, text: str, key: list[str], spot: str
) -> None:
    """An editor that jumps to line and column stands on the name to be mended."""
    file = tmp_path / "x.toml"
    file.write_text(text, "utf-8")
    assert str(spot_of(file, key)) == spot
