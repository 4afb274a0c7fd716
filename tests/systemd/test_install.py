"""The installer in bare trees of both releases, with no network: cut, again, booted, removed."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.config import load
from edge.services.finding import Finding
from edge.services.machine import Machine
from edge.services.security.checks import check_security
from tests.systemd.installing import INSTALL, Bare, architecture, make_bundle
from tests.systemd.trees import Tree

pytestmark = [pytest.mark.machine, pytest.mark.timeout(900)]
ROLES = "--role unit --role console --role archive"
DATA = ("./etc/edge", "./var/lib/edge", "./var/log/edge-install.log")
TOWN = "console archive webhook lists".split()

PROBE = r"""
cat >/srv/walls.py <<'WALLS'
import os, socket
def tried(name, act):
    try:
        act()
        print(name, "let", flush=True)
    except OSError as error:
        print(name, "refused", flush=True)
who = os.environ["WHO"]
tried("raw socket", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
tried("internet", lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM).close())
tried("device", lambda: open("/dev/fuse", "rb").close())
tried("settings", lambda: open("/etc/edge/written", "w").close())
tried("system", lambda: open("/usr/written", "w").close())
tried("home", lambda: os.listdir("/root"))
other = "/var/lib/edge" if "archive" in who else "/var/lib/edge-archive"
tried("others", lambda: os.listdir(other))
WALLS
[ -e /dev/fuse ] || mknod -m 0666 /dev/fuse c 10 229
for one in watch deliver search console archive webhook lists; do
    sed -E 's#^ExecStart=.*#ExecStart=/usr/bin/python3 /srv/walls.py#; s/^Type=.*/Type=oneshot/;
        s/^Restart=.*//; s/^WatchdogSec.*//; s/^(Wants|After)=network.*//' \
        /etc/systemd/system/edge-$one.service >/etc/systemd/system/walls-$one.service
    sed -i "/^Type=/a Environment=WHO=$one" /etc/systemd/system/walls-$one.service
done
cd /etc/systemd/system
sed -E '/^(Protect|Private|Restrict|Device|Inacc|Read|System|IP|User|Group|Supp|Cap|NoNew)/d
    s/WHO=watch/WHO=none/' walls-watch.service >walls-none.service
systemctl daemon-reload
for one in none watch deliver search console archive webhook lists; do
    systemctl start walls-$one
    journalctl -o cat --no-pager -u walls-$one | sed -n "s/ \(let\|refused\)$/: \1/; s/^/$one /p" |
        grep -E ': (let|refused)$'
done
for one in console archive webhook lists; do
    systemctl start edge-$one; echo "start $one: $?"
    pid=$(systemctl show edge-$one -p MainPID --value)
    echo "user of $one: $(stat -c %U /proc/$pid) $(awk '/CapEff/ {print $2}' /proc/$pid/status)"
done
sleep 3
for one in console archive webhook lists; do
    kill -STOP "$(systemctl show edge-$one -p MainPID --value)"
done
sleep 16
for one in console archive webhook lists; do
    echo "stuck $one: $(systemctl show edge-$one -p NRestarts --value)"
    until systemctl is-active -q edge-$one; do sleep 0.5; done
done
for one in console archive webhook lists; do
    began=$(date +%s%N); systemctl stop edge-$one
    echo "stopped $one: $(systemctl show edge-$one -p Result --value)" \
        "$((($(date +%s%N) - began) / 1000000)) ms"
done
disk=$(ls /var/log/journal 2>/dev/null | wc -l)
echo "journal: $disk on disk, $(ls /run/log/journal | wc -l) in memory"
echo "watchdog of the machine: $(systemctl show -p RuntimeWatchdogUSec --value)"
journalctl -b --no-pager -o cat -u edge-console -u edge-archive -u edge-webhook -u edge-lists
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a place for trees and the bundle, gone afterwards."""
    made = tmp_path_factory.mktemp("install")
    yield made
    shutil.rmtree(made)  # gigabytes


@pytest.fixture(scope="module")
def bundle() -> Path:
    return make_bundle()


@pytest.fixture(scope="module")
def trixie(folder: Path, bundle: Path) -> Bare:
    return Bare(Tree(folder / "trixie"), "trixie").make(bundle)


def test_refusals_say_what_to_do(trixie: Bare, bundle: Path) -> None:
    """A wrong machine, a read-only disk, a cut bundle: a sentence, status 2, no change.

    A full disk is 75, try again later, by which the updater does not blame the release.
    """
    tree = trixie.tree.folder
    (tree / "srv/older").write_text('ID=debian\nVERSION_ID="11"\n')
    (tree / "srv/dpkg").write_text("#!/bin/sh\necho armhf\n")
    (tree / "srv/dpkg").chmod(0o755)
    with bundle.open("rb") as whole:
        (tree / "srv/cut.tar").write_bytes(whole.read(50_000_000))
    told = {
        f"setpriv --reuid=65534 {INSTALL}": ("needs root: sudo", ()),
        INSTALL: (
            "installs on Debian or Raspberry Pi OS 12 and 13",
            _over("older", "/etc/os-release"),
        ),
        f"{INSTALL} ": ("take the 64-bit image", _over("dpkg", "/usr/bin/dpkg")),
        f"{INSTALL}  ": ("mount -o remount,rw /", ("--read-only",)),
        f"{INSTALL}   ": ("/opt has 50 MB free", ("--tmpfs=/opt:size=50M",)),
        "bash /srv/install --bundle /srv/cut.tar": ("is not a whole bundle", ()),
        "bash /srv/install --role pole": ("unit, console or archive", ()),
    }
    for words, (sentence, options) in told.items():
        status = 75 if "free" in sentence else 2
        assert sentence in trixie.offline(words, *options, status=status), words
    assert trixie.files() - trixie.before <= {DATA[2]}


def test_a_changed_bundle_is_refused(trixie: Bare) -> None:
    """A bundle with one other byte installs nothing: the manifest says so."""
    words = (
        "mkdir /srv/open; tar -xf /srv/bundle.tar -C /srv/open --strip-components=1;"
        "echo >>/srv/open/systemd/edge-watch.service; bash /srv/open/scripts/install; said=$?;"
        "rm -rf /srv/open; exit $said"
    )
    assert "differ from its manifest" in trixie.offline(words, status=2)


def test_a_dry_run_does_nothing(trixie: Bare) -> None:
    """Each act is said, none is done."""
    said = trixie.offline(f"{INSTALL} {ROLES} --dry-run")
    assert "file: /etc/systemd/system/edge-watch.service" in said
    assert "enabled at each start: edge-archive" in said
    assert trixie.files() - trixie.before <= {DATA[2]}


def test_cut_anywhere_a_second_run_ends_right(trixie: Bare) -> None:
    """Cut in the wheels and between two files; then whole; then nothing is left to do."""
    trixie.cut("environment:", 3)
    assert not (trixie.tree.folder / "opt/edge").is_symlink()
    trixie.offline(f"{INSTALL} {ROLES}")
    (trixie.tree.folder / "etc/systemd/system/edge-deliver.service").unlink()
    trixie.cut("edge-deliver.service", 0)
    said = trixie.offline(f"{INSTALL} {ROLES}")
    assert "environment: /opt/edge-" in said
    assert " stands" in said
    whole = trixie.files()
    again = trixie.offline(f"{INSTALL} {ROLES}")
    assert "file:" not in again
    assert "link:" not in again
    assert trixie.files() == whole
    assert "edge 0." in trixie.offline("/opt/edge/bin/edge --version")
    asked = "systemctl is-enabled edge-watch edge-search edge-archive edge-console"
    assert trixie.offline(asked).split()[:4] == ["enabled"] * 4


def test_nothing_is_left_open(trixie: Bare) -> None:
    """The check of security finds no fault in what was installed; sticks are refused or let."""
    site = trixie.tree.folder / "etc/edge/site.toml"
    site.write_text("hotlist = { sticks = [] }\nupdate = { sticks = [] }\n")
    trixie.offline(f"{INSTALL} {ROLES}")
    found: list[Finding] = []
    machine = Machine(trixie.tree.folder, ask=lambda _: "")
    assert check_security(load([site]).settings, found.append, machine)
    passed = {one.name for one in found if one.word == "pass"}
    unseen = {one.name for one in found if one.passed is None}
    assert not [one for one in found if one.warns]
    assert {"files", "kernel", "usb storage", "telemetry", "users", "services"} <= passed
    assert unseen <= {"ports", "root", "swap", "firmware"}, "they need a machine that runs"
    trixie.offline("udevadm verify /etc/udev/rules.d/*edge*")
    site.unlink()
    said = trixie.offline(f"{INSTALL} {ROLES}")
    assert "removed: /etc/udev/rules.d/71-edge-usb.rules" in said


def test_a_card_with_two_sides_gets_raucs_part(trixie: Bare) -> None:
    """Only where it is said: settings, handlers that run, units; again, nothing is left to do."""
    tree = trixie.tree.folder
    assert not (tree / "etc/rauc").exists()
    trixie.offline(f"{INSTALL} {ROLES} --sides")
    assert (
        f"compatible=edge-plates-{architecture()}\n" in (tree / "etc/rauc/system.conf").read_text()
    )
    for name in ("tryboot", "installed", "tried"):
        assert os.access(tree / f"usr/lib/rauc/edge-{name}", os.X_OK)
    for name in ("update", "update-settle"):
        assert (tree / f"etc/systemd/system/edge-{name}.service.d/sides.conf").exists()
    asked = "systemctl is-enabled edge-try.timer edge-try-tables"
    assert trixie.offline(asked).split() == ["enabled", "enabled"]
    assert trixie.offline("readlink /opt/edge.next") == trixie.offline("readlink /opt/edge")
    assert "file:" not in trixie.offline(f"{INSTALL} {ROLES} --sides")


@pytest.fixture(scope="module")
def said(trixie: Bare) -> str:
    """Boot what was installed, and return what its daemons did and were refused."""
    trixie.with_town()
    for one in TOWN:
        short = trixie.tree.folder / f"etc/systemd/system/edge-{one}.service.d/short.conf"
        short.parent.mkdir()
        short.write_text("[Service]\nWatchdogSec=6\n")
    trixie.offline(
        "systemctl disable edge-watch edge-deliver edge-search edge-archive edge-console"
    )
    try:
        return trixie.tree.boot(PROBE, 300)
    finally:
        for one in TOWN:
            shutil.rmtree(trixie.tree.folder / f"etc/systemd/system/edge-{one}.service.d")


@pytest.mark.parametrize("one", TOWN)
def test_the_towns_daemons_run_as_themselves(said: str, one: str) -> None:
    """Ready, as a user of its own, no right; stuck, killed and back; ended within 5 s."""
    assert f"start {one}: 0" in said, said
    assert re.search(rf"user of {one}: edge-{one} 0+$", said, re.MULTILINE), said
    assert f"stuck {one}: 1" in said, said
    ended = re.search(rf"stopped {one}: success (\d+) ms", said)
    assert ended, said
    assert int(ended[1]) < 5000


@pytest.mark.parametrize("one", ["watch", "deliver", "search", *TOWN])
def test_walls_stand(said: str, one: str) -> None:
    """Sockets, devices, settings and others' folders are refused; the control gets them all."""
    for what in ("raw socket", "device", "settings", "system", "home", "others"):
        assert f"none {what}: let" in said, said
        # a systemd in a container sets no device rules of control groups, and that is all that
        # keeps watch, which needs cameras, from other devices; the others have a /dev of their own
        if (one, what) == ("watch", "device"):
            continue
        assert f"{one} {what}: refused" in said, said
    outside = "refused" if one in {"watch", "search"} else "let"
    assert f"{one} internet: {outside}" in said, said


def test_the_machine_is_watched_and_its_journal_is_in_memory(said: str) -> None:
    """Both drop-ins are taken."""
    assert "journal: 0 on disk, 1 in memory" in said, said
    assert "watchdog of the machine: 14s" in said, said


def test_nothing_is_left_but_data(trixie: Bare) -> None:
    """Uninstalled without a word about data, settings and stores stay; purged, they go too."""
    trixie.offline("rm -f /etc/systemd/system/walls-*; bash /srv/install --uninstall")
    left = {one for one in trixie.files() - trixie.before if not one.startswith(DATA)}
    assert not [one for one in left if "rauc" in one], left
    assert {one for one in left if "edge" in one} == set(), left
    assert (trixie.tree.folder / "var/lib/edge-archive/keys").is_dir()
    trixie.offline("bash /srv/install --uninstall --purge")
    assert {one for one in trixie.files() - trixie.before if "edge" in one} == set()
    assert "edge-" not in (trixie.tree.folder / "etc/passwd").read_text()


def test_debian_12_installs_and_parts_the_same(folder: Path, bundle: Path) -> None:
    """Python 3.11 and its own lock: installed, again, purged."""
    bookworm = Bare(Tree(folder / "bookworm"), "bookworm").make(bundle)
    assert "for Debian 12" in bookworm.offline(INSTALL)
    assert "file:" not in bookworm.offline(INSTALL)
    assert "edge 0." in bookworm.offline("edge --version")
    bookworm.offline("bash /srv/install --uninstall --purge")
    assert {one for one in bookworm.files() - bookworm.before if "edge" in one} == set()


def _over(name: str, target: str) -> tuple[str, ...]:
    return (f"--bind-ro=+/srv/{name}:{target}",)
