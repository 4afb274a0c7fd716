"""Write the lock files, or say whether they still match pyproject.toml.

A lock is made once for each Debian release, since picamera2 and its friends come from the system
and bear only the numpy that they were built against. The first lines of a lock carry a digest of
what was asked for, so that staleness shows without a network.
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MACHINES = ("x86_64", "aarch64")


@dataclass(frozen=True)
class Lock:
    """One lock file: for which Debian, which Python, and whether it has the tools for tests."""

    debian: int
    python: str
    glibc: str
    constraints: tuple[str, ...]
    dev: bool

    @property
    def file(self) -> Path:
        """Where it lies."""
        return ROOT / f"lock-debian{self.debian}{'-dev' if self.dev else ''}.txt"

    def asked(self, project: dict[str, object]) -> list[str]:
        """Return what pyproject.toml asks for, in order."""
        part = project["project"]
        assert isinstance(part, dict)
        return sorted({*part["dependencies"], *(part["optional-dependencies"]["dev"] * self.dev)})

    def digest(self, project: dict[str, object]) -> str:
        """Return the digest of what is asked for and of the constraints."""
        inputs = [self.asked(project), list(self.constraints), self.python, self.glibc]
        return hashlib.sha256(json.dumps(inputs).encode()).hexdigest()

    def header(self, project: dict[str, object]) -> str:
        """Return the first lines of the file."""
        also = " and what tests and demo need" if self.dev else ""
        return (
            f"# For Debian {self.debian} (Python {self.python}), x86_64 and aarch64: "
            f"what edge runs with{also}.\n"
            f"# Written by scripts/lock, do not edit. Asked for: {self.digest(project)}\n"
        )


_TWELVE = (12, "3.11", "2_36", ("numpy<2", "opencv-python-headless<4.12"))
_THIRTEEN = (13, "3.13", "2_40", ("numpy>=2.2,<2.3",))
LOCKS = [Lock(*release, dev=dev) for release in (_TWELVE, _THIRTEEN) for dev in (False, True)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--check", action="store_true", help="only say whether the locks are fresh")
    options = parser.parse_args()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    if not options.check:
        for lock in LOCKS:
            lock.file.write_text(lock.header(project) + _resolve(lock, project), "utf-8")
            print(f"wrote {lock.file.name}")
        return 0
    wrong = [sentence for lock in LOCKS for sentence in _faults(lock, project)]
    print("\n".join(wrong) or f"{len(LOCKS)} locks match pyproject.toml")
    return 1 if wrong else 0


def _faults(lock: Lock, project: dict[str, object]) -> list[str]:
    if not lock.file.exists():
        return [f"{lock.file.name}: is missing; run scripts/lock"]
    text = lock.file.read_text("utf-8")
    if not text.startswith(lock.header(project)):
        return [f"{lock.file.name}: pyproject.toml has changed since; run scripts/lock"]
    bare = [line for line in text.splitlines() if re.match(r"\w", line) and "==" not in line]
    return [f"{lock.file.name}: not pinned: {line}" for line in bare]


def _resolve(lock: Lock, project: dict[str, object]) -> str:
    """Return pinned requirements with the hashes of all wheels; the same on both machines.

    Raises:
        SystemExit: the two machines would get different versions.
    """
    found = {machine: _compile(lock, project, machine) for machine in MACHINES}
    first, second = found.values()
    if first != second:
        raise SystemExit(f"{lock.file.name}: {' and '.join(MACHINES)} resolve differently")
    return first


def _compile(lock: Lock, project: dict[str, object], machine: str) -> str:
    constraints = ROOT / ".cache" / f"constraints-{lock.debian}.txt"
    constraints.parent.mkdir(exist_ok=True)
    constraints.write_text("\n".join(lock.constraints) + "\n", "utf-8")
    command = [
        *(sys.executable, "-m", "uv", "pip", "compile", "-", "--quiet", "--upgrade"),
        *("--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url"),
        *("--python-version", lock.python, "--constraints", str(constraints)),
        *("--only-binary", ":all:"),
        *("--python-platform", f"{machine}-manylinux_{lock.glibc}"),
    ]
    asked = "\n".join(lock.asked(project))
    run = subprocess.run(
        command, input=asked, capture_output=True, text=True, cwd=ROOT, check=False
    )
    if run.returncode:
        raise SystemExit(f"{lock.file.name}: {run.stderr.strip()}")
    lines = [line for line in run.stdout.splitlines() if not line.startswith(("#", "--"))]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
