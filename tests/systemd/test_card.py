"""From a card to a unit whose line steps: a stock system starts it, nobody is at it, no network."""

import json
import logging
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.image.customise import main
from tests.services.cards import open_desk
from tests.systemd.carding import HEAD, ROW, Machine
from tests.systemd.installing import architecture, make_bundle
from tests.systemd.pi_images import card_files, make_image, needs_image_tools
from tests.systemd.trees import Tree

pytestmark = [pytest.mark.machine, pytest.mark.long, pytest.mark.timeout(900), needs_image_tools]
log = logging.getLogger("edge.figures")  # shown by -o log_cli=true -o log_cli_level=INFO
_LIBRARY = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}
_SECRET = "0x5ecre7-0f-the-camera"

PROBE = r"""
for _ in $(seq 600); do
    grep -qE '"frames_seen":[1-9]' /run/edge/watch.json 2>/dev/null && break
    sleep 0.2
done
echo "stepping at $(date +%s.%N)"
echo "watch: $(systemctl is-active edge-watch) by $(stat -c %U /proc/"$(
    systemctl show edge-watch -p MainPID --value)")"
for one in edge-first-boot edge-search edge-deliver edge-tuning; do
    echo "$one: $(systemctl show "$one" -p Result --value) $(systemctl is-active "$one")"
done
echo "health: $(cat /run/edge/watch.json)"
echo "card: $(ls /boot/firmware | tr '\n' ' ')"
echo "cmdline: $(cat /boot/firmware/cmdline.txt)"
echo "service left: $(systemctl is-enabled edge-card 2>&1)"
echo "secrets left: $(grep -rlF "0x5ecre7-0f-the-camera" /boot /var/lib/cloud /root /tmp /var/tmp \
    /var/log | tr '\n' ' ')"
cat /boot/firmware/edge-unit.txt
echo "button: $(systemctl is-enabled edge-service-button) $(
    systemctl show edge-service-button -p ConditionResult --value)"
shown() {
    echo "$1: $(systemctl is-active edge-service-wifi edge-service-page | tr '\n' ' ')" \
        "rules $(nft list tables | grep -c edge_service)" \
        "profile $(ls /run/NetworkManager/system-connections 2>/dev/null | wc -l)" \
        "open $(cat /run/edge-service/open 2>/dev/null | wc -w)"
}
settled() { for _ in $(seq 150); do systemctl is-active -q $1 && return; sleep 0.2; done; }
ended() {
    for _ in $(seq 300); do
        case $(systemctl is-active $1) in inactive | failed) return ;; esac
        sleep 0.2
    done
}
shown before
echo pressed >/run/edge-button/pressed 2>/dev/null || { mkdir -p /run/edge-button
    systemctl restart edge-service-wifi.path; echo pressed >/run/edge-button/pressed; }
settled edge-service-page; shown pressed
page=$(python3 - <<'ASK'
import socket, ssl
context = ssl._create_unverified_context()
with context.wrap_socket(socket.create_connection(("10.42.77.1", 8792), 20)) as page:
    page.sendall(b"GET / HTTP/1.1\r\nHost: 10.42.77.1:8792\r\nConnection: close\r\n\r\n")
    print(page.recv(40).decode().splitlines()[0])
ASK
)
echo "page in the Wi-Fi: $page by $(stat -c %U /proc/"$(
    systemctl show edge-service-page -p MainPID --value)")"
systemctl kill -s KILL --kill-whom=main edge-service-wifi; ended edge-service-wifi
ended edge-service-page; shown killed
systemctl start edge-service-wifi; shown again
began=$(date +%s%N); systemctl stop edge-service-wifi; ended edge-service-page; shown stopped
echo "service access closed in $((($(date +%s%N) - began) / 1000000)) ms"
/opt/edge/bin/edge audit show | grep service-access
sed 's/^/nmcli said: /' /run/nmcli.said
systemctl stop edge-deliver # it has no certificate before the root has let the unit in
/opt/edge/bin/python - <<'CERTIFICATE'
from datetime import UTC, datetime, timedelta
from pathlib import Path
from edge.keys import x509
now, key = datetime.now(UTC), x509.make_tls_key()
until, town = now + timedelta(days=1), x509.make_authority("windsor", now)
made = x509.issue(town, x509.tls_public(key), "main-street", "unit", [], now, until)
Path("/etc/edge/unit.key").write_bytes(key)
Path("/etc/edge/unit.pem").write_bytes(made.pem)
CERTIFICATE
chown edge-deliver /etc/edge/unit.*; chmod 0400 /etc/edge/unit.key
for unit in edge-tuning edge-search edge-deliver edge-watch; do
    systemctl start $unit; said=$?
    began=$(date +%s%N); systemctl stop $unit
    echo "stopped $unit ($said): $(systemctl show $unit -p Result --value)" \
        "$((($(date +%s%N) - began) / 1000000)) ms"
done
systemctl start edge-watch; sleep 1
for _ in 1 2 3 4 5 6 7 8; do systemctl kill -s KILL edge-watch; sleep 0.5; done
for _ in $(seq 100); do systemctl is-active -q edge-watch && break; sleep 0.2; done
echo "killed eight times: $(systemctl is-active edge-watch)"
journalctl -b --no-pager -o cat -u edge-first-boot -u edge-watch -u edge-card -u edge-tuning
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a place for tree and images, gone afterwards."""
    made = tmp_path_factory.mktemp("card")
    yield made
    shutil.rmtree(made)  # gigabytes


@pytest.fixture(scope="module")
def site(folder: Path) -> Path:
    """Return a site that looks at pictures with small models, and has a secret."""
    desk = open_desk(folder)
    (folder / "camera.password").write_text(_SECRET)
    desk.make(ROW.format(name="main-street"), head=HEAD)
    return desk.boot("main-street") / "edge-site.toml"


@pytest.fixture(scope="module")
def machine(folder: Path) -> Machine:
    return Machine(Tree(folder / "trixie")).make()


def card(folder: Path, site: Path, release: int) -> Path:
    """Return what lies on the boot partition of an image that was customised."""
    place = folder / f"image-{release}"
    place.mkdir()
    image = make_image(place, release, library=_LIBRARY[architecture()], boot_mib=512)
    assert main([str(image), str(site), "--bundle", str(make_bundle())]) == 0
    card_files(image, place / "files")
    image.unlink()
    return place / "files"


def check_unit(said: str) -> float:
    """Hold what a probe said against what a unit is; return when its line had stepped."""
    assert "watch: active by edge-watch" in said, said
    health = json.loads(re.search(r"^health: (.*)$", said, re.MULTILINE)[1])  # type: ignore[index]
    assert health["frames_seen"] > 0
    assert "edge-first-boot: success" in said, said
    assert "edge-tuning: success inactive" in said, "a page that nobody has started is served"
    assert "edge-card" not in re.search(r"^card: .*$", said, re.MULTILINE)[0]  # type: ignore[index]
    assert "systemd." not in re.search(r"^cmdline: .*$", said, re.MULTILINE)[0]  # type: ignore[index]
    assert "service left: not-found" in said, said
    assert "secrets left: \n" in said, said
    assert "name:        main-street" in said, said
    return float(re.search(r"^stepping at ([\d.]+)$", said, re.MULTILINE)[1])  # type: ignore[index]


@pytest.fixture(scope="module")
def by_cloud_init(machine: Machine, folder: Path, site: Path) -> tuple[str, float]:
    """Start a card of release 13; return what its probe said, and when it was switched on."""
    machine.insert(card(folder, site, 13))
    machine.probe(PROBE)
    began = time.time()
    return machine.run(600), began


def test_a_card_with_cloud_init_becomes_a_unit(by_cloud_init: tuple[str, float]) -> None:
    """Installed, started anew, its site taken, its line steps; nothing is left over."""
    said, began = by_cloud_init
    log.info("card to stepping, cloud-init: %.0f s", check_unit(said) - began)


@pytest.mark.parametrize("unit", ["tuning", "search", "deliver", "watch"])
def test_a_daemon_ends_within_five_seconds(by_cloud_init: tuple[str, float], unit: str) -> None:
    """Stopped, with no broker reachable: ended by itself, not killed."""
    said = by_cloud_init[0]
    ended = re.search(rf"^stopped edge-{unit} \(0\): success (\d+) ms$", said, re.MULTILINE)
    assert ended, said  # after five seconds systemd kills it, and says so
    log.info("edge-%s: stopped in %s ms", unit, ended[1])


def test_service_access_opens_and_leaves_nothing(by_cloud_init: tuple[str, float]) -> None:
    """A press opens Wi-Fi, walls and page; killed or stopped, all of it is gone, on the record."""
    said = by_cloud_init[0]
    nothing = "inactive inactive  rules 0 profile 0 open 0"
    assert f"before: {nothing}" in said, said
    assert "pressed: active active  rules 1 profile 1 open 1" in said, said
    assert re.search(r"^page in the Wi-Fi: HTTP/1.1 \d+ .* by edge-tuning$", said, re.MULTILINE)
    assert re.search(r"^killed: failed (inactive|failed)  rules 0 profile 0 open 0$", said, re.M)
    assert re.search(r"^again: active \w+  rules 1 profile 1 open 1$", said, re.MULTILINE), said
    assert f"stopped: {nothing}" in said, said
    acts = re.findall(r"service-access act=(\w+) .*why=\"(.*)\"$", said, re.MULTILINE)
    assert acts == [
        ("opened", ""),
        ("closed", "its process ended: signal"),
        ("opened", ""),
        ("closed", "it was ended by hand"),
    ]


def test_no_number_of_kills_leaves_a_unit_dead(by_cloud_init: tuple[str, float]) -> None:
    """Killed eight times within seconds, watch is back."""
    assert "killed eight times: active" in by_cloud_init[0]


def test_a_card_with_firstrun_is_cut_and_becomes_a_unit(
    machine: Machine, by_cloud_init: tuple[str, float], folder: Path, site: Path
) -> None:
    """Without cloud-init, the power cut while it installs: the next start ends it."""
    assert by_cloud_init
    tree = machine.tree
    tree.run("bash /srv/install --uninstall --purge; rm -f /srv/said")
    tree.run("touch /etc/cloud/cloud-init.disabled")
    machine.insert(card(folder, site, 12))
    machine.probe(PROBE)
    before, began = machine.starts, time.time()
    wheels = tree.folder / "opt"
    machine.run_and_cut(lambda: any(wheels.glob("edge-*/lib/python3*/site-packages/numpy")), 300)
    assert (machine.boot / "edge-card").is_dir()
    assert not (tree.folder / "opt/edge").exists()
    said = machine.run(600)
    took = check_unit(said) - began
    log.info("card to stepping, firstrun, cut once: %.0f s", took)
    assert machine.starts - before == 4, "firstrun; cut; installed; unit"


def test_cloud_init_takes_the_user_data(machine: Machine, site: Path, folder: Path) -> None:
    """Its own schema knows every line: that of a card, and that for the Imager; not a wrong one."""
    srv = machine.tree.folder / "srv"
    shutil.copy(folder / "image-13/files/user-data", srv / "card")
    (srv / "wrong").write_text("#cloud-config\nruncmd: 7\n")
    with pytest.MonkeyPatch.context() as patched:
        lines: list[str] = []
        patched.setattr("builtins.print", lambda text, end="\n": lines.append(text + end))
        assert main(["--user-data", str(site)]) == 0
    (srv / "imager").write_text("".join(lines))
    for name in ("card", "imager"):
        machine.tree.run(f"cloud-init schema --config-file /srv/{name}")
    machine.tree.run("! cloud-init schema --config-file /srv/wrong")
