"""A release from the town's web server to the updater, under a real systemd, behind all walls."""

import shutil
from collections.abc import Iterator

import pytest

from edge.services.update_listing import write_index
from tests.certificates import Authority
from tests.keys.cast import ISSUED, keys_folder
from tests.services.releasing import ARCH
from tests.services.updating import make_release, updating_roster
from tests.systemd.trees import debian13

pytestmark = [pytest.mark.machine, pytest.mark.timeout(900)]

SERVER = """
import http.server, ssl
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/srv/ca/server.pem", "/srv/ca/server.key")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 8443), http.server.SimpleHTTPRequestHandler)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""
# what the process could do there, asked as it: each must be refused
WALLS = """
import os, socket
def tried(name, act):
    try:
        act()
        print("wall", name, "let", flush=True)
    except OSError:
        print("wall", name, "refused", flush=True)
tried("store", lambda: os.listdir("/var/lib/edge"))
tried("keys", lambda: os.listdir("/var/lib/edge/keys"))
tried("programs", lambda: open("/opt/written", "w").close())
tried("updater", lambda: open("/var/lib/edge-update/written", "w").close())
tried("inbox", lambda: open("/var/lib/edge-update/inbox/x.update", "w").close())
tried("settings", lambda: open("/etc/edge/written", "w").close())
tried("raw socket", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
tried("own folder", lambda: open("/var/lib/edge-update/fetched/.own", "w").close())
"""
PROBE = r"""
mv /opt/edge /opt/edge-0.1; touch /opt/edge-0.1/.edge-{venv,stamp}  # as scripts/install leaves it
for link in edge edge.kept; do ln -sfn /opt/edge-0.1 /opt/$link; done
systemd-sysusers; systemd-tmpfiles --create --prefix=/var/lib --prefix=/etc/edge --prefix=/run
chown -R edge-watch:edge /var/lib/edge/keys; chmod 0750 /var/lib/edge/keys
chmod 0644 /var/lib/edge/keys/roster /var/lib/edge/keys/town.json
chown root:edge /etc/edge/site.toml /etc/edge/authority.pem
chmod 0640 /etc/edge/site.toml /etc/edge/authority.pem
cd /srv/units && (python3 /srv/server.py &) && cd /
for i in $(seq 300); do
    python3 -c 'import socket; socket.create_connection(("127.0.0.1", 8443))' && break
    sleep 0.2
done 2>/dev/null
systemctl start edge-update-fetch.service; echo "timely: $? $(ls /var/lib/edge-update/fetched)"
mkdir -p /etc/systemd/system/edge-update-fetch.service.d
cat >/etc/systemd/system/edge-update-fetch.service.d/now.conf <<'NOW'
[Service]
ExecStart=
ExecStart=/opt/edge.kept/bin/edge run --config /etc/edge/site.toml fetch --now
ExecStartPost=/usr/bin/python3 /srv/walls.py
NOW
systemctl daemon-reload
systemctl start edge-update-fetch.service; echo "fetch: $?"
stat -c 'file %U %G %a %n' /var/lib/edge-update/fetched /var/lib/edge-update/fetched/*
touch -d '5 minutes ago' /var/lib/edge-update/fetched/*.update
systemctl start edge-update.service; echo "update: $?"
systemctl start edge-update-fetch.service; echo "again: $? $(ls /var/lib/edge-update/fetched)"
/opt/edge.kept/bin/edge update status
journalctl -b --no-pager -o cat -u edge-update-fetch -u edge-update
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Boot a Debian 13 with a web server of releases in it, and return what came of them."""
    folder = tmp_path_factory.mktemp("fetch") / "trixie"
    tree = debian13(folder)
    srv, etc = folder / "srv", folder / "etc/edge"
    make_release(srv / "units", 3, "90.0", arch=ARCH)
    write_index(srv / "units", ISSUED)
    authority = Authority(srv / "ca")
    authority.issue("server", hosts=("127.0.0.1",))
    etc.mkdir(parents=True, exist_ok=True)
    shutil.copy(authority.file, etc / "authority.pem")
    keys_folder(folder / "var/lib/edge/keys", "main-street", roster=updating_roster())
    (etc / "site.toml").write_text(
        'unit = { town = "windsor", name = "main-street" }\n'
        '[update]\nfetch_url = "https://127.0.0.1:8443/"\nfetch_leave_mb = 1.0\n'
        'fetch_ca_file = "/etc/edge/authority.pem"\n'
    )
    (srv / "server.py").write_text(SERVER)
    (srv / "walls.py").write_text(WALLS)
    yield tree.boot(PROBE, 300)
    shutil.rmtree(folder)  # a gigabyte


def test_it_waits_for_its_moment(said: str) -> None:
    """Started by its timer it ends at once and well, and nothing is loaded yet."""
    assert "timely: 0 state.json\n" in said, said


def test_a_release_comes_and_everybody_may_read_it(said: str) -> None:
    """Loaded with the town's CA by a user of its own, who owns that folder."""
    assert "fetch: 0" in said, said
    name = f"edge-90.0-{ARCH}-3.update"
    assert f"file edge-fetch edge-fetch 644 /var/lib/edge-update/fetched/{name}" in said, said
    assert "file edge-fetch edge-fetch 755 /var/lib/edge-update/fetched\n" in said, said


def test_the_updater_takes_it_up(said: str) -> None:
    """Root without a capability reads it, believes its signature and begins to make it ready."""
    assert "90.0 (number 3) is being made ready" in said, said
    assert "signed by upton" in said, said


def test_what_was_taken_is_deleted_and_not_loaded_again(said: str) -> None:
    """The next run leaves the memory alone there, and says why nothing comes."""
    assert "again: 0 state.json\n" in said, said
    assert "fetch https://127.0.0.1:8443/: last asked" in said, said
    assert "nothing is fetched: 90.0 (number 3)" in said, said


@pytest.mark.parametrize(
    "wall", ["store", "keys", "programs", "updater", "inbox", "settings", "raw socket"]
)
def test_walls_stand(said: str, wall: str) -> None:
    """It reads no store and no key, and writes its own folder alone, which is the control."""
    assert f"wall {wall} refused" in said, said
    assert "wall own folder let" in said, said
