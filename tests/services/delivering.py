"""The real daemons as processes, over a real broker and a real store."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edge.clock import Clock, SystemClock
from edge.messages.topics import Kind, topic
from edge.records import AlertId
from edge.store.store import Store, open_store
from tests.alerts import UNIT, an_alert, sealed, store_section
from tests.brokers import Broker, until
from tests.keys.cast import keys_folder

RECEIVER = "archive"
CLOCK = SystemClock("always")
RECEIPT = topic(UNIT.town, UNIT.name, Kind.RECEIPT)
ALERT = topic(UNIT.town, UNIT.name, Kind.ALERT)


class Process:
    """``python -m edge ...`` with its output in files."""

    def __init__(
        self,
        folder: Path,
        *words: str,
        program: Sequence[str] = (sys.executable, "-m", "edge"),
        **environment: str,
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.out, self.err = folder / "out", folder / "err"
        with self.out.open("ab") as out, self.err.open("ab") as err:
            self.child = subprocess.Popen(
                [*program, *words],
                stdout=out,
                stderr=err,
                env={**os.environ, **environment},
            )

    def kill(self) -> None:
        self.child.kill()
        self.child.wait(30)

    def stop(self) -> int:
        self.child.send_signal(signal.SIGTERM)
        return self.child.wait(30)

    def said(self, text: str) -> bool:
        return text in self.out.read_text() or text in self.err.read_text()


class Site:
    """A unit's settings, store and daemons, and a receiver, in one folder."""

    def __init__(self, folder: Path, broker: Broker, **delivery: Any) -> None:
        self.folder = folder
        self.broker = broker
        self.run = folder / "run"
        self.run.mkdir()
        self.config = folder / "site.toml"
        self.keys = keys_folder(folder / "keys", None)
        self.configure(**delivery)
        self.listen_config = folder / "listen.toml"
        self.listen_config.write_text(
            f'[unit]\ntown = "{UNIT.town}"\n' + broker.site(RECEIVER, **delivery)
        )
        self._processes: list[Process] = []

    def configure(self, **delivery: Any) -> None:
        """Write the unit's settings."""
        wanted = {"receivers": [RECEIVER], **delivery}
        self.config.write_text(
            f'[unit]\ntown = "{UNIT.town}"\nname = "{UNIT.name}"\n'
            f'[keys]\nfolder = "{self.keys}"\n'
            f'[store]\nfolder = "{self.folder}/store"\nreserve_mb = 1\n'
            f'[runtime]\nfolder = "{self.run}"\n' + self.broker.site(UNIT.name, **wanted)
        )

    def deliver(self, **environment: str) -> Process:
        words = ("run", "--config", str(self.config), "deliver")
        return self._keep(Process(self.folder / "deliver", *words, **environment))

    def listen(self, *more: str, name: str = RECEIVER, **environment: str) -> Process:
        keys = keys_folder(self.folder / f"{name}.keys", name)
        words = ("listen", "--config", str(self.listen_config), "--keys", str(keys))
        state = str(self.folder / "state")
        words = (*words, "--state", state, *more)
        return self._keep(Process(self.folder / "listen", *words, **environment))

    @contextmanager
    def store(self, clock: Clock = CLOCK) -> Iterator[Store]:
        with open_store(store_section(self.folder / "store"), UNIT.name, clock) as opened:
            yield opened

    def alert(self, count: int = 1) -> list[AlertId]:
        """Commit alerts as watch would."""
        with self.store() as store:
            return [store.commit_alert(an_alert(at=CLOCK.now()), sealed) for _ in range(count)]

    def depth(self) -> int:
        with self.store() as store:
            return store.outbox.depth()

    def attempts(self) -> list[int]:
        """Return how often each row without a receipt has been taken by the broker."""
        with self.store() as store:
            rows = store.outbox.pending(CLOCK.now().later(3000), 1000)
            return [row.attempts for row in rows]

    def shown(self) -> list[int]:
        """Return the sequences that `edge listen --jsonl` printed, in order.

        One that it recovered after a kill, and says so, is left out if it stands there already.
        """
        text = (self.folder / "listen" / "out").read_text()
        events = [json.loads(line) for line in text.splitlines() if line.endswith("}")]
        shown: list[int] = []
        for event in events:
            if event["event"] == "alert":
                sequence = event["alert"]["sequence"]
                if sequence not in shown or not event["recovered"]:
                    shown.append(sequence)
        return shown

    def settled(self, count: int) -> None:
        """Wait until *count* alerts are shown and the outbox is empty; hold that all are once."""
        until(lambda: len(self.shown()) >= count, 40, f"{count} alerts shown")
        until(lambda: self.depth() == 0, 40, "an empty outbox")
        assert sorted(self.shown()) == list(range(1, count + 1))

    def close(self) -> None:
        for process in self._processes:
            if process.child.poll() is None:
                process.kill()

    def _keep(self, process: Process) -> Process:
        self._processes.append(process)
        return process
