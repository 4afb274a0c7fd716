"""Who can see what, on a real mosquitto with dynamic security: before a rogue rule, and after."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from edge.cli import main
from edge.clock import Moment, SystemClock
from edge.config import Settings, load
from edge.delivery.brokers.mosquitto import Watcher, write_dynsec
from edge.errors import ConfigError, DeliveryError
from edge.keys.identity import load_identity
from edge.keys.parties import to_time
from edge.keys.roles import Role
from edge.policy.grants import Grant
from edge.policy.who import Drift, Sight, Thing, Word
from edge.services.archive import Hall, open_archive, open_guests
from edge.services.archive_guests import Stepping
from edge.services.broker import broker_access
from edge.services.grants import FOLDER, GrantFolder
from edge.services.keyring import open_keyring
from edge.services.who import look
from tests.broker.town import CONFIGS, NOW, PHRASE, PaperTown, ShippedBroker, shipped
from tests.broker.tries import Client
from tests.brokers import beside, free_port, mosquitto
from tests.fakes import FakeClock

PARTIES = {
    "main-street": Role.UNIT,
    "car-1": Role.CONSOLE,
    "archive": Role.ARCHIVE,
    "ada": Role.AUDITOR,
    "sue": Role.SUPERVISOR,
    "next-town": Role.PARTNER,
    "stolen": Role.UNIT,
}
SECRET = "what only the archive knows"
PLUGIN = Path("/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so")


class Watched:
    """A town with one grant, its broker, and the settings of who watches it."""

    def __init__(self, folder: Path) -> None:
        self.paper = PaperTown(folder, PARTIES)
        self.keys = self.paper.town.folder
        self.number = self._grant()
        rules = self.rules = folder / "dynsec.json"
        access = broker_access(self.keys, NOW)
        rules.write_text(write_dynsec(access, Watcher("edge-watcher", SECRET)))
        self.port = free_port()
        self.broker: ShippedBroker = shipped(self.paper, folder / "broker", "")
        self._add_watcher_conf()
        self.password = folder / "watcher.password"
        self.password.touch(mode=0o600)
        self.password.write_text(SECRET + "\n")
        self.site = folder / "site.toml"
        self.site.write_text(
            f'[keys]\nfolder = "{self.keys}"\n'
            f'[delivery]\nhost = "localhost"\nport = {self.broker.port}\ntls = true\n'
            f'ca_file = "{self.keys / "authority.pem"}"\n'
            f'[sharing]\nbroker = "dynsec"\nport = {self.port}\nuser = "edge-watcher"\n'
            f'password_file = "{self.password}"\n'
        )

    @property
    def settings(self) -> Settings:
        return load([self.site]).settings

    def look(self) -> Sight:
        return look(self.settings, SystemClock("always"))

    def drift(self) -> list[Drift]:
        return list(self.look().drift)

    def thing(self, what: str) -> Thing:
        (found,) = [one for one in self.look().things if one.what.startswith(what)]
        return found

    def subscribes(self, name: str, pattern: str) -> int:
        client = Client(self.broker.port, name, self.paper.context(name))
        code = client.subscribe(pattern)
        client.close()
        return code

    def ctrl(self, *words: str) -> None:
        """Change the running broker's rules, as whoever got hold of the watcher's password can."""
        login = ["-h", "localhost", "-p", str(self.port), "-u", "edge-watcher", "-P", SECRET]
        ca = ["--cafile", str(self.keys / "authority.pem")]
        run = [beside("mosquitto_ctrl"), *login, *ca, "dynsec", *words]
        subprocess.run(run, check=True, capture_output=True, env={**os.environ, "LC_ALL": "C"})

    def end_grant(self) -> None:
        ender = load_identity(self.paper.folder / "ada")
        GrantFolder(self.keys / FOLDER).end(self.number, ender, "over", NOW)

    def _grant(self) -> str:
        folder, roster = GrantFolder(self.keys / FOLDER), self.paper.town.roster()
        grant = Grant(
            v=1,
            town="windsor",
            who="next-town",
            categories=["stolen_vehicle"],
            why="agreement 17",
            since=to_time(NOW),
            until=to_time(NOW + timedelta(days=30)),
        )
        number = folder.add(grant, load_identity(self.paper.folder / "sue"), roster, NOW)
        folder.approve(number, load_identity(self.paper.folder / "ada"), roster, NOW)
        return number

    def _add_watcher_conf(self) -> None:
        """Add the shipped file, with this machine's paths and port."""
        text, paper = (CONFIGS / "watcher.conf").read_text(), self.keys / "certificates"
        plugin = next(Path(mosquitto()).parents[1].rglob(PLUGIN.name), PLUGIN)
        for key, value in {
            "plugin": plugin,
            "plugin_opt_config_file": self.rules,
            "listener": f"{self.port} 127.0.0.1",
            "cafile": self.keys / "authority.pem",
            "certfile": paper / "broker.pem",
            "keyfile": paper / "broker.key",
        }.items():
            text, count = re.subn(rf"(?m)^{key} .*$", f"{key} {value}", text)
            assert count == 1, key
        conf = self.broker.folder / "broker.conf"
        conf.write_text("\n".join([conf.read_text(), text]))


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    one = Watched(tmp_path)
    one.broker.start()
    yield one
    one.broker.stop()


def test_a_rogue_rule_is_named_and_a_clean_broker_is_clean(
    watched: Watched, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before: nothing, status 0. After each change of the running broker: who, what, status 1."""
    verb = ["who-can-see", "--config", str(watched.site)]
    assert main(verb) == 0
    clean = capsys.readouterr().out
    assert "possible and not granted: nothing" in clean
    assert f"grant {watched.number[:12]}" in clean
    assert "tells how many are connected, and not who" in clean
    stolen = watched.thing("alerts and pictures: stolen")
    assert {one.name for one in stolen.openers or ()} == {
        *("archive", "car-1", "next-town", "main-street", "stolen")
    }
    assert stolen.receivers == ("archive", "car-1", "next-town")
    wanted = watched.thing("alerts and pictures: wanted")
    assert "next-town" not in {one.name for one in wanted.openers or ()}

    assert watched.subscribes("car-1", "#") >= 0x80
    watched.ctrl("addRoleACL", "client-car-1", "subscribePattern", "#", "allow")
    watched.ctrl("addRoleACL", "client-car-1", "publishClientReceive", "#", "allow")
    assert watched.subscribes("car-1", "#") < 0x80, "the rule is real"
    (found,) = watched.drift()
    assert (found.word, found.who) == (Word.WIDE, "car-1")
    assert main(verb) == 1
    assert "wide: car-1 may read #" in capsys.readouterr().out

    watched.ctrl("createRole", "guests")
    right = ("publishClientReceive", "edge/v1/windsor/+/alert", "allow")
    watched.ctrl("addRoleACL", "guests", *right)
    watched.ctrl("createClient", "spy", "-p", "x")
    assert Word.STRANGER in {one.word for one in watched.drift()}, "a user nobody knows"
    watched.ctrl("addClientRole", "spy", "guests")
    assert [(one.word, one.who) for one in watched.drift()] == [
        (Word.WIDE, "car-1"),
        (Word.STRANGER, "spy"),
    ]
    assert "spy" in (watched.thing("alerts and pictures: stolen").receivers or ())
    watched.ctrl("createGroup", "anybody")
    watched.ctrl("addGroupRole", "anybody", "guests")
    watched.ctrl("setAnonymousGroup", "anybody")
    assert watched.drift()[0].word is Word.EVERYBODY
    assert main([*verb, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert {one["word"] for one in told["drift"]} == {"everybody", "wide", "stranger"}


def test_rules_that_stay_after_a_revocation_or_a_grants_end_are_named(watched: Watched) -> None:
    """Roster and grants move on, the broker was not told: each is named with its reason."""
    broker = ["broker", "--config", str(watched.site)]
    check = [*broker, "check", str(watched.rules), "--format", "dynsec"]
    assert main(check) == 0
    assert main([*broker, "acl", "--format", "dynsec"]) == 0
    assert watched.drift() == []
    watched.end_grant()
    watched.paper.town.revoke("stolen", "from a car", PHRASE, NOW)
    found = {one.word: one for one in watched.drift()}
    assert set(found) == {Word.REVOKED, Word.UNGRANTED}
    assert "revoked" in found[Word.REVOKED].sentence
    assert "from a car" in found[Word.REVOKED].sentence
    assert found[Word.UNGRANTED].who == "next-town"
    assert "no grant of it is in force" in found[Word.UNGRANTED].sentence
    partner = watched.thing("alerts and pictures: stolen")
    assert "next-town" not in {one.name for one in partner.openers or ()}, "it opens nothing"
    assert "next-town" in (partner.receivers or ()), "and still receives the sealed bytes"
    assert main(check) == 1


def test_a_broker_that_does_not_answer_is_an_error_and_never_clean(watched: Watched) -> None:
    """Gone, another password, a password that others may read: each ends in a sentence."""
    broker = watched.broker
    broker.stop()
    with pytest.raises(DeliveryError):
        watched.look()
    broker.start()
    watched.password.write_text("wrong\n")
    with pytest.raises(DeliveryError):
        watched.look()
    watched.password.chmod(0o644)
    with pytest.raises(ConfigError, match=r"sharing\.password_file|delivery\.password_file"):
        watched.look()


def test_the_archive_sees_it_and_records_it(watched: Watched, tmp_path: Path) -> None:
    """As the archive runs it: a rogue rule is a problem and a row on its chain, and so its end."""
    keys = watched.paper.folder / "archive"
    for name in ("town.json", "roster"):
        shutil.copy(watched.keys / name, keys / name)
    shutil.copytree(watched.keys / FOLDER, keys / FOLDER)
    more = tmp_path / "archive.toml"
    more.write_text(
        f'[keys]\nfolder = "{keys}"\n[archive]\nfolder = "{tmp_path / "hall"}"\n'
        "[sharing]\nevery_s = 10.0\n"
    )
    settings, clock = load([watched.site, more]).settings, FakeClock(Moment(_ns(NOW), 0))
    keyring = open_keyring(keys, clock, {Role.ARCHIVE})
    with open_archive(settings, keyring, clock) as store:
        guests = open_guests(Hall(settings, keyring, store, clock))
        (watch,) = [one for one in guests if isinstance(one, Stepping)]

        def problems() -> tuple[str, ...]:
            clock.advance(10.0)
            watch.step(clock.now())
            watch.stop()
            watch.step(clock.now())
            return watch.problems

        assert problems() == ()
        watched.ctrl("addRoleACL", "client-car-1", "publishClientReceive", "#", "allow")
        assert problems() == ("possible and not granted: " + watched.drift()[0].sentence,)
        watched.ctrl("removeRoleACL", "client-car-1", "publishClientReceive", "#")
        assert problems() == ()
        rows = [row.payload for row in store.acts(["sharing"]) if row.payload]
    assert [(row["act"], row["who"]) for row in rows] == [("drift", "car-1"), ("settled", "car-1")]


def _ns(at: datetime) -> int:
    return int(at.timestamp()) * 10**9


def test_a_list_of_many_pages_is_read_to_its_end(watched: Watched) -> None:
    """Each of 450 users that nobody knows is named: none is lost between two pages."""
    watched.broker.stop()
    rules = json.loads(watched.rules.read_text())
    for number in range(450):
        name = f"x-{number:03d}"
        right = {"acltype": "publishClientReceive", "topic": f"a/{number}", "allow": True}
        rules["clients"].append({"username": name, "roles": [{"rolename": name}]})
        rules["roles"].append({"rolename": name, "acls": [right]})
    watched.rules.write_text(json.dumps(rules))
    watched.broker.start()
    found = watched.drift()
    assert [one.who for one in found] == [f"x-{number:03d}" for number in range(450)]
    assert found[7].sentence.startswith("x-007 may read a/7: ")
