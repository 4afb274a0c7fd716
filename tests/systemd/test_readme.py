"""What README.md and the broker's file say, typed on a fresh system: a unit, an alert."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.clip import chosen_listed, traffic_clip
from tests.house.tree import ROOT, read
from tests.systemd.installing import INSTALL, Bare, make_bundle
from tests.systemd.trees import Tree

_SECTION = read(Path("README.md")).partition("## Point it at a camera")[2].partition("\n## ")[0]
_PHRASE = "--passphrase-file /srv/phrase"
_WHAT_DIFFERS = {  # a bundle for want of a network; nobody types; one alert is enough
    r"^clone=\$PWD$": "clone=/srv",
    r"^scripts/install\b": INSTALL,
    r"^apt install mosquitto$": "dpkg -s mosquitto",
    r"^(edge keys (?:root|certificate|backup|roster sign)\b.*)$": rf"\1 {_PHRASE}",
    r"^(edge check .*)$": r"\1 --json || true",  # a container has no lamp and a port of the host
    r"^(systemctl status .*)$": r"\1 --no-pager",
    r"^(edge listen .*)$": r"timeout 240 \1 --count 1 --jsonl",
}
_PACKAGES = "python3,systemd-sysv,dbus,udev,mosquitto"


def blocks(kind: str) -> list[str]:
    """Return the section's blocks of that kind."""
    return re.findall(rf"```{kind}\n(.*?)```", _SECTION, flags=re.S)


def typed(block: str) -> str:
    """Return a block as this test types it."""
    lines = [re.sub(r"\s+#.*$", "", line) for line in block.splitlines()]
    for shipped, here in _WHAT_DIFFERS.items():
        lines = [re.sub(shipped, here, line) for line in lines]
    return "\n".join(lines)


def broker_lines() -> list[str]:
    """Return what the head of the shipped mosquitto.conf says is to be typed."""
    head = (ROOT / "configs/broker/mosquitto.conf").read_text().partition("\nlistener")[0]
    return [re.sub(r"\s+#.*$", "", one) for one in re.findall(r"^#   (\S.*)$", head, flags=re.M)]


def test_the_brokers_file_says_the_same() -> None:
    """Its head has the lines of the README's block, which is typed below."""
    lines = [re.sub(r"\s+#.*$", "", one) for one in blocks("bash")[1].splitlines()]
    said = [
        one.replace("cp mosquitto.conf", "cp $clone/configs/broker/mosquitto.conf")
        for one in broker_lines()
    ]
    assert sorted(["apt install mosquitto", *said]) == sorted(lines)


def test_the_plates_that_the_readme_names_are_those_of_the_demo() -> None:
    """A first try needs a listed plate that really drives by."""
    for text, _ in chosen_listed(5):
        assert text in _SECTION


def test_what_differs_is_found_in_what_is_shipped() -> None:
    """The control: no line of the README slips past what the test must change."""
    lines = [re.sub(r"\s+#.*$", "", one) for one in "".join(blocks("bash")).splitlines()]
    for shipped in _WHAT_DIFFERS:
        assert any(re.search(shipped, line) for line in lines), shipped


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Bare]:
    """Return a Debian 13 tree with Debian's own broker and the bundle in it."""
    made = Bare(Tree(tmp_path / "tree"), "trixie")
    made.packages = _PACKAGES
    yield made.make(make_bundle())
    shutil.rmtree(tmp_path / "tree")


@pytest.mark.machine
@pytest.mark.timeout(900)
def test_the_readme_leads_to_a_unit_that_watches(bare: Bare) -> None:
    """Installed, keys, broker, list, settings as written: the listed car is printed."""
    srv = bare.tree.folder / "srv"
    clip = traffic_clip(5, 2)
    shutil.copy(clip.video, srv / "clip.mp4")
    (srv / "configs/broker").mkdir(parents=True)
    shutil.copy(ROOT / "configs/broker/mosquitto.conf", srv / "configs/broker")
    (srv / "phrase").write_text("five words drawn by dice\n")
    (srv / "phrase").chmod(0o600)
    keys, broker, hotlist, start, check = map(typed, blocks("bash"))
    (settings,) = blocks("toml")
    source = 'source = { kind = "video", address = "/srv/clip.mp4", loop = true }'
    settings, count = re.subn(r"(?m)^source = .*$", source, settings)
    assert count == 1
    (srv / "site.toml").write_text(settings + 'clock = { trust = "always" }\n')
    said = bare.tree.boot(
        "\n".join(
            [
                "set -ex; trap 'echo failed; journalctl -b --no-pager | tail -80' ERR",
                *(keys, broker, hotlist),
                "install -m 0644 /srv/site.toml /etc/edge/",
                *(start, check),
                "echo walked",
            ]
        ),
        600,
    )
    assert "\nwalked" in said, said
    assert '"event":"alert"' in said.replace(" ", ""), said
    assert '"C92141"' in said, said
    checks = [json.loads(one) for one in re.findall(r'^(\{"name": .*\})\s*$', said, re.M)]
    assert {"broker", "camera", "hotlist", "keys"} <= {
        one["name"] for one in checks if one["passed"]
    }
