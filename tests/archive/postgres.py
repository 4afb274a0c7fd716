"""A real PostgreSQL for tests: made in a folder of its own, on a free port, gone afterwards.

``EDGE_POSTGRESQL`` names the folder of its programs where it is not Debian's. The server refuses
to run as root, so root lends it the user ``postgres``, as Debian's package makes it.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.brokers import free_port, until

SERVER_USER: Final = "postgres"
OWNER: Final = "edge"
PASSWORD: Final = "a password: with/odd@signs"


def find() -> Path | None:
    """Return the folder with the server's programs, the newest if there are several."""
    named = os.environ.get("EDGE_POSTGRESQL")
    if named:
        return Path(named)
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return found[-1].parent if found else None


@dataclass
class Postgres:
    """One server; ``start`` and ``stop`` it, and ``make`` as many databases as there are tests.

    Attributes:
        fsync: ``on`` as in earnest; tests that lose no power spare the disk.
    """

    programs: Path
    fsync: str = "off"
    port: int = field(default_factory=free_port)
    _made: int = 0

    def start(self) -> "Postgres":
        self.folder = Path(tempfile.mkdtemp(prefix="edge-pg-"))
        secret = self.folder / "secret"
        secret.write_text(PASSWORD)
        if os.geteuid() == 0:
            shutil.chown(self.folder, SERVER_USER)
            shutil.chown(secret, SERVER_USER)
        self._run(
            *("initdb", "-D", str(self.folder / "data"), "-U", OWNER, "--no-sync"),
            *("--auth=scram-sha-256", f"--pwfile={secret}", "--no-locale", "-E", "UTF8"),
        )
        options = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": self.folder,
            "fsync": self.fsync,
            "max_connections": 20,
            "shared_buffers": "16MB",
        }
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        log = (self.folder / "log").open("wb")
        with log:
            self.process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.folder / "data", *words],
                stdout=log,
                stderr=log,
                **_who(),
            )
        until(self._answers, what=f"PostgreSQL's start ({self.folder / 'log'})")
        return self

    def make(self) -> str:
        """Return the URL of a new, empty database, without the password."""
        self._made += 1
        name = f"archive{self._made}"
        self.say(f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, name: str, user: str = OWNER) -> str:
        return f"postgresql+psycopg://{user}@127.0.0.1:{self.port}/{name}"

    def say(self, statement: str, database: str = "postgres") -> str:
        """Run a statement as the server's owner and return what psql prints."""
        where = ("-h", "127.0.0.1", "-p", str(self.port), "-U", OWNER, "-d", database)
        return self._run("psql", "-XAtq", *where, "-c", statement)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGQUIT)  # at once: nothing in it is needed any more
        self.process.wait(30)
        shutil.rmtree(self.folder)

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError((self.folder / "log").read_text())
        command = [str(self.programs / "pg_isready"), "-q", "-h", "127.0.0.1"]
        return subprocess.run([*command, "-p", str(self.port)], check=False).returncode == 0

    def _run(self, program: str, *words: str) -> str:
        done: subprocess.CompletedProcess[str] = subprocess.run(
            [self.programs / program, *words],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, "PGPASSWORD": PASSWORD},
            cwd="/",
            **_who(),
        )
        assert done.returncode == 0, f"{program}: {done.stderr}"
        return done.stdout


def _who() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    return {"user": SERVER_USER, "group": SERVER_USER, "extra_groups": []}
