"""A unit whose settings are tuned: the daemon, what starts it again, and the technician's hand."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from edge.clock import SystemClock
from edge.services.trial import TrialFolder
from edge.services.tune import Tuning, open_tuning
from tests.end_to_end.daemons import ROOT, Process
from tests.services.watching import Post, passing

STREET: Mapping[str, Any] = {"paced": True, "fps": 20.0}


class TunedPost(Post):
    """A unit with a tuning file, and a stand-in for systemd: what ends is started again."""

    def __init__(self, folder: Path, **sections: Mapping[str, Any]) -> None:
        super().__init__(folder, **{"source": STREET, **sections})
        passing(folder / "street")
        self.tuning = folder / "tuning.toml"
        self.tuning.write_text("")
        self.files = [self.site, self.tuning]
        self.trials = TrialFolder(self.tuning)
        self.starts = 0
        self._over = threading.Event()
        self._keeper = threading.Thread(target=self._keep)

    def words(self, *words: str) -> list[str]:
        """Return the words of a command with this unit's settings."""
        return [*words, "--config", str(self.site), "--config", str(self.tuning)]

    def process(self, *_: Any, **__: Any) -> Process:
        """Return the daemon, to be started."""
        quiet = {"OMP_NUM_THREADS": "1"}
        return Process("watch", self.words("run", "watch"), self.folder, environment=quiet)

    def health(self) -> dict[str, Any]:
        """Return what watch last said, with no problem of its settings where it says none."""
        said = super().health()
        return {"settings_problem": "", **said} if said else {}

    def hand(self) -> Tuning:
        """Return what tunes it, in this process."""
        return open_tuning(self.files, self.trials, SystemClock("always"))

    def die(self, moment: str) -> None:
        """Try a threshold in a process that is killed at *moment* of the trial."""
        command = [sys.executable, "-m", "tests.services.tuned", *map(str, self.files), moment]
        ended = subprocess.run(command, cwd=ROOT, check=False, timeout=60)
        assert ended.returncode == -signal.SIGKILL

    def __enter__(self) -> Self:
        self.watch = self.process().start()
        self._keeper.start()
        self.await_health(self.watch, "frames", source_state="delivering")
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._keeper.join()
        self.watch.kill()

    def kill(self) -> None:
        """Kill the daemon; it is started again by itself."""
        self.watch.process.send_signal(signal.SIGKILL)

    def hang_up(self, watch: Process) -> None:
        """Ask the daemon to read its settings again."""
        watch.process.send_signal(signal.SIGHUP)

    def _keep(self) -> None:
        while not self._over.wait(0.2):
            if self.watch.process.poll() is not None:
                self.starts += 1
                self.watch = self.process().start()


def die_at(site: Path, tuning: Path, moment: str) -> None:
    """Try a threshold, and kill this process before it is placed, awaited or confirmed."""
    hand = open_tuning([site, tuning], TrialFolder(tuning), SystemClock("always"))

    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    owner = hand if moment == "_await" else hand._trials
    setattr(owner, moment, die)
    hand.save(hand.propose({"gate.motion_level": "4.5"}), "rose", "x")


if __name__ == "__main__":
    die_at(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
