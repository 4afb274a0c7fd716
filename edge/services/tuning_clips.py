"""Recordings of this unit on which settings may be compared: those in one folder, by their names.

A name is looked up among what lies there; nothing that a browser sends is ever taken for a path.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.config.settings import Settings
from edge.errors import ConfigError

_VIDEOS: Final = frozenset({".mkv", ".mp4", ".avi", ".mov"})
_TRUTH: Final = "truth.jsonl"
_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Recording:
    """One of them.

    Attributes:
        file: a video, or a folder of pictures.
        truth: what is on it; None where nobody wrote that down.
    """

    name: str
    file: Path
    truth: Path | None


def folder_of(settings: Settings) -> Path:
    """Return where they lie: ``tuning.clips``, or where ``edge record`` puts its clips."""
    named = settings.tuning.clips
    return Path(named) if named else Path(settings.store.folder) / "clips"


def recordings(folder: Path) -> tuple[Recording, ...]:
    """Return what lies in *folder*, by name; none where there is no such folder.

    Raises:
        ConfigError: it may not be read.
    """
    try:
        return tuple(_recordings(sorted(folder.iterdir())))[:_MOST]
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise ConfigError(f"tuning.clips: {folder}: cannot be read: {error.strerror}") from error


def recording(folder: Path, name: str) -> Recording:
    """Return the one of that name.

    Raises:
        ConfigError: there is none.
    """
    found = next((one for one in recordings(folder) if one.name == name), None)
    if found is None:
        raise ConfigError(f"{name!r}: there is no such recording in {folder}")
    return found


def _recordings(found: list[Path]) -> Iterator[Recording]:
    for file in found:
        if file.is_symlink():
            continue  # it may lead anywhere
        if file.is_dir():
            yield _in_folder(file)
        elif file.suffix.lower() in _VIDEOS:
            yield Recording(file.name, file, _there(file.with_suffix(".jsonl")))


def _in_folder(folder: Path) -> Recording:
    """Return a folder's one video, or its pictures."""
    videos = [one for one in folder.iterdir() if one.suffix.lower() in _VIDEOS]
    file = videos[0] if len(videos) == 1 and not videos[0].is_symlink() else folder
    return Recording(folder.name, file, _there(folder / _TRUTH))


def _there(file: Path) -> Path | None:
    return file if file.is_file() and not file.is_symlink() else None
