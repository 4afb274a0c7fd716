"""The unit's own Wi-Fi: what stands before it is on the air, and what is left when it is gone."""

import json
import ssl
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from edge.config import Settings, load
from edge.errors import ServiceError, StoreError
from edge.services.service_key import make_key, read_key, wifi_code, wifi_name
from edge.services.service_page import PAGE, served_at
from edge.services.service_wifi import MARK, OPEN, ServiceWifi
from edge.store import open_store
from tests.fakes import FakeClock

KEY = "abcde-fghjk-mnpqr-23456"


class Commands:
    """NetworkManager and nftables, as far as their command lines go."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.fails = ""

    def __call__(self, words: Sequence[str], said: str) -> None:
        line = " ".join(words)
        self.said.append(f"{line} < {said.splitlines()[0]}" if said else line)
        if self.fails and self.fails in line:
            raise ServiceError(f"{line}: Wi-Fi is disabled")


class Unit:
    """A unit with service access, its store made by an earlier start of watch."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        site = folder / "site.toml"
        site.write_text(
            '[unit]\nname = "main-street"\ntown = "windsor"\n[service]\nwifi = true\n'
            f'[store]\nfolder = "{folder}/store"\nreserve_mb = 8\n'
        )
        self.settings: Settings = load([site]).settings
        self.clock = FakeClock()
        self.commands = Commands()
        (folder / "store").mkdir()
        (folder / "run").mkdir()
        with open_store(self.settings.store, "main-street", self.clock):
            pass

    def wifi(self) -> ServiceWifi:
        run, profiles = self.folder / "run", self.folder / "profiles"
        return ServiceWifi(self.settings, self.clock, run, profiles, self.commands)

    def acts(self) -> list[dict[str, str]]:
        with open_store(self.settings.store, "main-street", self.clock) as store:
            rows = [store.audit.intact(one) for one in store.audit.numbers("service-access")]
        return [row for row in rows if row is not None]

    def traces(self) -> set[str]:
        folders = (self.folder / "run", self.folder / "profiles")
        found = {one.name for place in folders if place.exists() for one in place.iterdir()}
        return found - {"page.toml", "page.pem", "page.key", "why"}  # gone with the service


@pytest.fixture
def unit(tmp_path: Path) -> Iterator[Unit]:
    return Unit(tmp_path)


def test_walls_and_record_come_before_the_air(unit: Unit) -> None:
    """Rules first, then the chain, then NetworkManager; closed, the other way about."""
    wifi = unit.wifi()
    wifi.open(KEY)
    assert unit.commands.said == [
        "nft -f - < table inet edge_service",
        "nmcli radio wifi on",
        f"nmcli connection load {unit.folder}/profiles/edge-service.nmconnection",
        "nmcli --wait 30 connection up edge-service",
    ]
    (opened,) = unit.acts()
    assert opened["act"] == "opened"
    assert opened["until"] == unit.clock.now().later(1800).iso()
    profile = unit.folder / "profiles/edge-service.nmconnection"
    assert profile.stat().st_mode & 0o777 == 0o600
    assert f"psk={KEY}\n" in profile.read_text()
    assert "ssid=edge-main-street\n" in profile.read_text()
    unit.commands.said.clear()
    wifi.close("success")
    assert unit.commands.said == [
        "nmcli connection down edge-service",
        "nmcli connection reload",
        "nft -f - < table inet edge_service",
    ]
    assert unit.traces() == set()
    assert [one["act"] for one in unit.acts()] == ["opened", "closed"]


def test_its_time_ends_it(unit: Unit) -> None:
    """Held for thirty minutes by the clock, fed all the while; the record says why it closed."""
    wifi, fed = unit.wifi(), []

    def feed() -> None:
        fed.append(unit.clock.now())
        unit.clock.advance(60)

    class Never(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:  # noqa: ARG002 - as an Event has it
            return False

    wifi.open(KEY)
    wifi.hold(Never(), feed)
    assert len(fed) == 30
    wifi.close("success")
    assert unit.acts()[-1]["why"] == "its time was over"


def test_ended_by_hand_or_killed_the_record_says_so(unit: Unit) -> None:
    """A stop tells why; a killed process could not, and systemd's word stands there."""
    stop = threading.Event()
    stop.set()
    wifi = unit.wifi()
    wifi.open(KEY)
    wifi.hold(stop, lambda: None)
    wifi.close("success")
    assert unit.acts()[-1]["why"] == "it was ended by hand"
    (unit.folder / "run/why").unlink()
    wifi.open(KEY)
    unit.wifi().close("signal")
    assert unit.acts()[-1]["why"] == "its process ended: signal"


def test_a_power_cut_is_told_at_the_next_start(unit: Unit) -> None:
    """Memory is gone, the mark beside the store is not: one row closes it, and only one."""
    unit.wifi().open(KEY)
    unit.wifi().settle()
    assert [one["act"] for one in unit.acts()] == ["opened"], "it is open: nothing to settle"
    for one in (*(unit.folder / "run").iterdir(), *(unit.folder / "profiles").iterdir()):
        one.unlink()
    unit.wifi().settle()
    unit.wifi().settle()
    assert [one["act"] for one in unit.acts()] == ["opened", "closed"]
    assert unit.acts()[-1]["why"] == "the power was cut, or the machine started anew"


@pytest.mark.parametrize("fails", ["nft", "radio", "load", "up"])
def test_what_cannot_be_opened_is_closed_again(unit: Unit, fails: str) -> None:
    """Whatever fails: nothing is on the air, no profile with a key is left, the record is whole."""
    unit.commands.fails = fails
    with pytest.raises(ServiceError, match="Wi-Fi is disabled"):
        unit.wifi().open(KEY)
    assert not (unit.folder / "run" / OPEN).exists()
    unit.commands.fails = ""
    unit.wifi().close("exit-code")
    assert unit.traces() == set()
    acts = [one["act"] for one in unit.acts()]
    assert acts == ([] if fails == "nft" else ["opened", "closed"])


def test_the_walls_stand_while_the_air_may_be_open(unit: Unit) -> None:
    """An access point that does not go down keeps its walls, and the failure is told."""
    wifi = unit.wifi()
    wifi.open(KEY)
    unit.commands.fails = "connection down"
    unit.commands.said.clear()
    with pytest.raises(ServiceError, match="Wi-Fi is disabled"):
        wifi.close("success")
    assert not any(one.startswith("nft") for one in unit.commands.said)
    unit.commands.fails = ""
    wifi.close("success")
    assert unit.commands.said[-1].startswith("nft"), "the control: else they go"


def test_nothing_opens_without_a_record(unit: Unit) -> None:
    """No store, no opening: nothing of it reaches NetworkManager. Nor where it is not wanted."""
    for one in (unit.folder / "store").iterdir():
        one.unlink()
    with pytest.raises(StoreError, match="start edge-watch once"):
        unit.wifi().open(KEY)
    assert not any(one.startswith("nmcli") for one in unit.commands.said)
    off = unit.settings.service.model_copy(update={"wifi": False})
    unit.settings = unit.settings.model_copy(update={"service": off})
    with pytest.raises(ServiceError, match="has no service access"):
        unit.wifi().open(KEY)


def test_the_page_is_at_that_address_with_a_certificate_of_its_own(unit: Unit) -> None:
    """TLS of the moment, for that address alone; remote tunnels do not lead there."""
    unit.wifi().open(KEY)
    section = served_at(unit.settings, unit.folder / "run" / PAGE).tuning
    assert section.address == "10.42.77.1"
    assert not section.remote
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(section.certificate_file, section.key_file)
    assert unit.settings.tuning.address == "127.0.0.1", "the control: it is not its usual place"
    (unit.folder / "run" / PAGE).chmod(0o600)  # it is read-only, for its owner too
    (unit.folder / "run" / PAGE).write_text("address = 7\n")
    with pytest.raises(ServiceError, match="says not where the page is"):
        served_at(unit.settings, unit.folder / "run" / PAGE)


def test_a_key_is_long_plain_and_checked(tmp_path: Path) -> None:
    """Twenty letters that nobody mistakes; a phone's camera joins by them; another text is told."""
    keys = {make_key() for _ in range(50)}
    assert len(keys) == 50
    for one in keys:
        assert not set(one) & set("01oil")
        (tmp_path / "key").write_text(f"{one}\n")
        assert read_key(tmp_path / "key") == one
    assert wifi_code("main-street", KEY) == f"WIFI:T:WPA;S:edge-main-street;P:{KEY};;"
    assert len(wifi_name("a" * 60)) == 32
    (tmp_path / "key").write_text("password")
    with pytest.raises(ServiceError, match="is no key"):
        read_key(tmp_path / "key")
    with pytest.raises(ServiceError, match="cannot be read"):
        read_key(tmp_path / "none")


def test_the_mark_says_until_when(unit: Unit) -> None:
    """Beside the store, for whoever looks at a unit that lost its power."""
    unit.wifi().open(KEY)
    mark = (unit.folder / "store" / MARK).read_text().strip()
    assert mark == unit.acts()[0]["until"]
    assert json.dumps(mark)
