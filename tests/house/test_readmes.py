"""What an installer meets is explained: every file of these folders stands in its README."""

import fnmatch
import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, read, tracked

FOLDERS = ("systemd", "scripts", "configs")


def unnamed(text: str, paths: list[Path]) -> list[str]:
    """Return the paths that no word in backticks names, itself or by a pattern."""
    words = re.findall(r"`([^`\n]+)`", text)
    return [
        str(path)
        for path in paths
        if not any(fnmatch.fnmatch(name, word) for word in words for name in _names(path))
    ]


def _names(path: Path) -> tuple[str, ...]:
    return (path.name, str(path), f"{path.parent}/")


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_is_named_in_its_readme(folder: str) -> None:
    """Every file by its name or a pattern; a folder with a README of its own by its name."""
    inside = [file.relative_to(folder) for file in tracked(f"{folder}/*")]
    own = {path.parent for path in inside if path.name == "README.md"} - {Path()}
    told = [p for p in inside if p != Path("README.md") and not any(o in p.parents for o in own)]
    text = read(Path(folder) / "README.md")
    assert len(told) > 5
    assert unnamed(text, told) == []
    assert all(f"`{one}/`" in text for one in own)


def test_a_file_that_is_not_named_is_found() -> None:
    """The control: a file more, and the test would fail."""
    text = (ROOT / "systemd/README.md").read_text("utf-8")
    assert unnamed(text, [Path("edge-nobody-told.service")]) == ["edge-nobody-told.service"]
