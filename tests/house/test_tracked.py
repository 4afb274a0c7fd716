"""What may lie in the sources: no pictures of real cars, no secrets of the workshop."""

import re
import tomllib

from tests.house.tree import ROOT, read, texts, tracked

PICTURES = {
    ".png",
    ".jpg",
    ".jpeg",
    ".webp",
    ".bmp",
    ".gif",
    ".tif",
    ".tiff",
    ".svg",
    ".mp4",
    ".avi",
}
TOP_LEVEL = {"edge", "models", "configs", "scripts", "systemd", "tests", ".ci"}
TOP_FILES = {"pyproject.toml", "README.md", "LICENSE", ".gitignore"}

# put together here, so that this file does not contain what it looks for
REGISTRIES = [
    "pypi" + r"\.org",
    "python" + r"hosted\.org",
    "npm" + r"js\.org",
    "debian" + r"\.org",
    "docker" + r"\.io",
    "--index" + "-url",
]
MACHINES = [r"(?<![\w}])/" + "(work|root)/", "/opt/" + "(wheels|pypi)", r"\.py" + "env/"]


def test_the_top_level_is_fixed() -> None:
    """Folders and files at the top are those that the design names, and the locks."""
    top = {file.parts[0] for file in tracked()}
    strange = {name for name in top - TOP_LEVEL - TOP_FILES if not name.startswith("lock-")}
    assert strange == set()


def test_every_picture_is_listed_as_rendered() -> None:
    """A picture is tracked only when tests/house/pictures.toml says how it was rendered."""
    listed = tomllib.loads(read(ROOT / "tests/house/pictures.toml"))["rendered"]
    found = {str(file) for file in tracked() if file.suffix.lower() in PICTURES}
    assert found == set(listed)
    assert all(listed.values()), "each says by which command it was rendered"


def test_no_address_of_a_registry_is_in_the_sources() -> None:
    """Where packages come from is the business of the machine that installs."""
    assert _hits(REGISTRIES) == []


def test_no_path_of_a_workshop_is_in_the_sources() -> None:
    """Nothing names the machine on which it was made; ../shared alone may be named."""
    assert _hits(MACHINES) == []


def test_nothing_is_left_to_do() -> None:
    """No notes to oneself: what is missing is said in the open, not in a comment."""
    marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X:", "NotImplemented" + "Error"]
    assert _hits(marks, only=".py") == []


def test_no_file_is_large() -> None:
    """Weights are the largest things here; nothing is beyond 8 MB."""
    large = [str(file) for file in tracked() if (ROOT / file).stat().st_size > 8_000_000]
    assert large == []


def _hits(words: list[str], only: str = "") -> list[str]:
    pattern = re.compile("|".join(words))
    return [
        f"{file}:{number}: {line.strip()[:80]}"
        for file, text in texts().items()
        if str(file).endswith(only) and "licences" not in file.parts
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]
