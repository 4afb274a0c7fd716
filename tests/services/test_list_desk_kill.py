"""Lists over the broker through the real daemons, killed in the middle; and how long a MB takes."""

import logging
import random
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.brokers import Broker, until
from tests.hotlist.bundles import TOWN, Town
from tests.services.delivering import Process
from tests.services.desk import Served, Unit

pytestmark = [pytest.mark.machine, pytest.mark.timeout(300)]
KILLS = 20
log = logging.getLogger("edge.figures")  # shown by -o log_cli=true -o log_cli_level=INFO


class Street:
    """A desk and a unit's deliver as processes; the list is of a megabyte."""

    def __init__(self, folder: Path, broker: Broker, stage: ExitStack) -> None:
        self.stage, self.folder = stage, folder
        self.served = Served(folder, Town())
        self.unit = Unit(folder / "unit", self.served)
        chance = random.Random(3)
        letters = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
        plates = {"".join(chance.choices(letters, k=7)) for _ in range(130_000)}
        self.blob = self.served.town.full(10, *sorted(plates))
        self.desk_site, self.site = folder / "desk.toml", folder / "site.toml"
        self.desk_site.write_text(
            f'[unit]\ntown = "{TOWN}"\n[keys]\nfolder = "{self.served.keys}"\n'
            + broker.site("list-desk")
        )
        self.site.write_text(
            f'[unit]\ntown = "{TOWN}"\nname = "elm-street"\n'
            f'[keys]\nfolder = "{self.served.keys}"\n[runtime]\nfolder = "{folder}/run"\n'
            f'[store]\nfolder = "{folder}/store"\nreserve_mb = 1\n'
            f'[hotlist]\npath = ""\nfolder = "{folder}/lists"\ninbox = "{self.unit.inbox}"\n'
            "over_mqtt = true\npoll_s = 1.0\n" + broker.site("elm-street")
        )

    def desk(self) -> Process:
        words = ("hotlist", "--config", str(self.desk_site), "serve", str(self.served.folder))
        return self._run("desk", *words)

    def deliver(self) -> Process:
        return self._run("deliver", "run", "--config", str(self.site), "deliver")

    def _run(self, name: str, *words: str) -> Process:
        process = Process(self.folder / name, *words)
        self.stage.callback(process.kill)
        return process

    def begun(self) -> int:
        return sum(self.unit.parts())


def test_killed_again_and_again_the_list_comes_whole(tmp_path: Path):
    """deliver, desk and broker are killed at random while a megabyte travels; no byte is wrong."""
    broker, chance = Broker(tmp_path / "broker").start(), random.Random(5)
    with ExitStack() as stage:
        stage.callback(broker.stop)
        town = Street(tmp_path, broker, stage)
        desk, deliver = town.desk(), town.deliver()
        until(lambda: desk.said("connected to the broker"), 60, "the desk")
        town.served.publish(100, [town.blob])
        kills = 0
        while not town.unit.arrived() and kills < KILLS:
            time.sleep(chance.uniform(0.2, 1.5))
            match chance.choice(("deliver", "deliver", "desk", "broker")):
                case "deliver":
                    deliver.kill()
                    deliver = town.deliver()
                case "desk":
                    desk.kill()
                    desk = town.desk()
                case _:
                    broker.kill()
                    broker.start()
            kills += 1
        until(lambda: bool(town.unit.arrived()), 120, "the whole list")
        (file,) = town.unit.inbox.glob("*.bundle")
        assert file.read_bytes() == town.blob
        assert town.unit.parts() == []
        log.info("%d bytes came whole through %d kills", len(town.blob), kills)


def test_a_megabyte_is_timed(tmp_path: Path):
    """From publishing to the file in the inbox; the time is told, not judged."""
    broker = Broker(tmp_path / "broker").start()
    with ExitStack() as stage:
        stage.callback(broker.stop)
        town = Street(tmp_path, broker, stage)
        desk, deliver = town.desk(), town.deliver()
        until(lambda: desk.said("connected to the broker"), 60, "the desk")
        until(lambda: deliver.said("connected to the broker"), 60, "the unit")
        begun = time.monotonic()
        town.served.publish(100, [town.blob])
        until(lambda: bool(town.unit.arrived()), 120, "the whole list")
        log.info("%d bytes in %.1f s", len(town.blob), time.monotonic() - begun)
        (file,) = town.unit.inbox.glob("*.bundle")
        assert file.read_bytes() == town.blob
