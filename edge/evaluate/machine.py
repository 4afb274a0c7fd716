"""What an evaluation ran on, so that its times can be compared."""

import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import edge

_PACKAGES: Final = ("onnxruntime", "opencv-python-headless", "opencv-python", "numpy")
_CPUINFO: Final = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine and what was installed on it.

    Attributes:
        cores: how many this process may use.
        versions: by name, of edge, Python and the libraries that do the work.
    """

    cpu: str
    cores: int
    system: str
    versions: dict[str, str]


def this_machine() -> Machine:
    """Return what is known of this machine."""
    versions = {"edge": edge.__version__, "Python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue  # OpenCV has two packages, and one of them is enough
    return Machine(_cpu(_CPUINFO), len(os.sched_getaffinity(0)), platform.platform(), versions)


def _cpu(cpuinfo: Path) -> str:
    """Return the processor's name as Linux tells it, or its architecture alone."""
    if cpuinfo.is_file():
        for line in cpuinfo.read_text("utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() in {"model name", "Model"}:
                return value.strip()
    return platform.machine()
