"""What git tracks: the house tests look at nothing else."""

import fnmatch
import functools
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@functools.cache
def _all() -> tuple[Path, ...]:
    """Return all tracked files that are there; in a tree without git, all files but hidden ones.

    A source archive has no git folder, and its tests hold all the same.
    """
    if (ROOT / ".git").exists():
        command = ["git", "-C", str(ROOT), "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
        listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        names = [Path(name) for name in listed.split("\0") if name]
        return tuple(name for name in names if (ROOT / name).exists())
    files = (file.relative_to(ROOT) for file in ROOT.rglob("*") if file.is_file())
    return tuple(file for file in files if not any(part[0] == "." for part in file.parts))


def tracked(pattern: str = "*") -> list[Path]:
    """Return the tracked files whose path matches; ``*`` crosses folders."""
    return [file for file in _all() if fnmatch.fnmatch(str(file), pattern)]


def read(file: Path) -> str:
    """Return the text of a tracked file."""
    return (ROOT / file).read_text("utf-8")


def texts() -> dict[Path, str]:
    """Return all tracked files that are text."""
    found = {}
    for file in tracked():
        raw = (ROOT / file).read_bytes()
        if b"\0" not in raw[:8192]:
            found[file] = raw.decode("utf-8", "replace")
    return found
