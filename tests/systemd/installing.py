"""Bare trees of both releases with the offline bundle in them, and what was done to them."""

import atexit
import contextlib
import functools
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.brokers import until
from tests.house.tree import ROOT
from tests.keys.cast import keys_folder
from tests.systemd.trees import Tree

_PACKAGES = "python3,systemd-sysv,dbus,udev"
INSTALL = "bash /srv/install --bundle /srv/bundle.tar"
_NSPAWN = "Attempted to remove disk file system"  # its own word, now and then, at its end
# what has a life of its own
_MEMORY = "-path ./proc -o -path ./dev -o -path ./sys -o -path ./run -o -path ./tmp"


def architecture() -> str:
    """Return what Debian calls this machine."""
    words = ["dpkg", "--print-architecture"]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


@functools.cache
def make_bundle() -> Path:
    """Make the bundle for this machine, by the script that is shipped; once for all tests."""
    folder = Path(tempfile.mkdtemp(prefix="edge-bundle."))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    words = [str(ROOT / "scripts/bundle"), architecture(), str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("edge-*.tar"))


@dataclass
class Bare:
    """A tree with Python and systemd, and nothing of ours but the bundle and the script."""

    tree: Tree
    release: str
    before: set[str] = field(default_factory=set)
    packages: str = _PACKAGES

    def make(self, bundle: Path) -> "Bare":
        """Build it; the bundle lies there once, on the same disk."""
        folder = self.tree.folder
        make = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={self.packages}"]
        subprocess.run([*make, self.release, str(folder)], check=True, capture_output=True)
        (folder / "srv/bundle.tar").hardlink_to(bundle)
        shutil.copy(ROOT / "scripts/install", folder / "srv/install")
        self.offline("true")  # what a first start makes is not the installer's
        self.before = self.files()
        return self

    def command(self, words: str, *options: str) -> list[str]:
        """Return the command for shell words in it, without any network."""
        return [
            *("systemd-nspawn", "--quiet", f"--directory={self.tree.folder}", "--register=no"),
            *("--keep-unit", "--pipe", "--private-network", *options, "bash", "-c", words),
        ]

    def offline(self, words: str, *options: str, status: int = 0) -> str:
        """Run shell words in it without a network, and return what they said."""
        done = subprocess.run(
            self.command(words, *options),
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == status, done.stdout + done.stderr
        said = done.stderr.splitlines(keepends=True)
        return done.stdout + "".join(one for one in said if not one.startswith(_NSPAWN))

    def cut(self, sign: str, after_s: float) -> str:
        """Install, and cut the power *after_s* seconds after a line with *sign*."""
        words = self.command(INSTALL)
        said = []
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                said.append(line)
                if sign in line:
                    break
            try:
                process.wait(after_s)
            except subprocess.TimeoutExpired:
                end_with_all(process)
        return "".join(said)

    def files(self) -> set[str]:
        """Return every path in it, but for what lives in memory."""
        words = ["find", ".", "(", *_MEMORY.split(), ")", "-prune", "-o", "-print"]
        done = subprocess.run(
            words, cwd=self.tree.folder, check=True, capture_output=True, text=True
        )
        return {line for line in done.stdout.splitlines() if not line.startswith("./srv")}

    def with_town(self) -> None:
        """Give the town's daemons their keys and settings; there is no broker to be reached."""
        etc = self.tree.folder / "etc/edge"
        for name, party in (
            ("console", "car-12"),
            ("archive", "archive"),
            ("webhook", "bristol-pd"),
        ):
            keys_folder(self.tree.folder / f"var/lib/edge-{name}/keys", party)
            unit = f'[unit]\ntown = "windsor"\nname = "{party}"\n'
            keys = f'[keys]\nfolder = "/var/lib/edge-{name}/keys"\n'
            (etc / f"{name}.toml").write_text(unit + keys)
        keys_folder(self.tree.folder / "var/lib/edge-lists/keys", None)
        with (etc / "webhook.toml").open("a") as file:
            file.write('[webhook]\nurl = "http://127.0.0.1:9/"\n')
            file.write('secret_file = "/etc/edge/webhook.secret"\n')
        (etc / "webhook.secret").write_text("s" * 40)
        (etc / "webhook.secret").chmod(0o600)
        (etc / "lists.toml").write_text(
            '[unit]\ntown = "windsor"\n[keys]\nfolder = "/var/lib/edge-lists/keys"\n'
        )
        self.offline(
            "for one in console archive webhook; do chown -R edge-$one: /var/lib/edge-$one; done;"
            "chown -R edge-lists: /var/lib/edge-lists/keys;"
            "chown edge-webhook: /etc/edge/webhook.secret; chmod 0644 /etc/edge/*.toml"
        )


def end_with_all(process: subprocess.Popen[Any]) -> None:
    """Kill a container with all that runs in it: a power cut leaves no pip that writes on."""
    inside = _below(process.pid)
    process.kill()
    for pid in inside:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait(30)
    until(lambda: not any(_lives(pid) for pid in inside), what="the end of all processes")


def _below(pid: int) -> list[int]:
    found = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, file.read_text().split()):
            found += [child, *_below(child)]
    return found


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
