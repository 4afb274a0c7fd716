"""Updates under a real systemd: kept, taken back, refused, and cut by the power in the middle."""

import itertools
import json
import logging
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest

from tests.brokers import until
from tests.systemd.installing import Bare, end_with_all, make_bundle
from tests.systemd.updates import make_unit, no_broker, no_watch, release, variant, wheel

pytestmark = [pytest.mark.machine, pytest.mark.long, pytest.mark.timeout(1500)]
log = logging.getLogger("edge.figures")

PROBE = r"""
where() {
    echo "where $1: $(readlink /opt/edge) $(readlink /opt/edge.kept)" \
        "$(sed 's/.*"phase":"\([a-z]*\)".*/\1/' /var/lib/edge-update/state.json)"
}
began() {
    systemctl start mosquitto edge-reads-sweep edge-search edge-watch edge-deliver
    for i in $(seq 240); do
        grep -q '"source_state":"delivering"' /run/edge/watch.json &&
            systemctl show edge-deliver -p StatusText --value | grep -q '^connected' && break
        sleep 0.5
    done
}
bring() { cp --preserve=timestamps "/srv/$1.update" /var/lib/edge-update/inbox/; }
run() {
    bring "$1"
    at=$(date +%s%N)
    systemctl start edge-update.service
    echo "run $1: status $? after $((($(date +%s%N) - at) / 1000000)) ms"
    where "$1"
}
"""
FIRST = r"""
began
bash /srv/beside/scripts/install --beside
run good
sleep 3; echo "watch: $(cat /run/edge/watch.json)"
run broken
run forged
ls /var/lib/edge-update/inbox
cat /var/lib/edge-update/inbox/*.why.txt
/opt/edge/bin/edge update status
echo "state: $(cat /var/lib/edge-update/state.json)"
pid=$(systemctl show edge-watch -p MainPID --value)
echo "watch runs: $(systemctl is-active edge-watch) $(readlink /proc/$pid/exe)"
bring lost
systemctl --no-block start edge-update.service
for i in $(seq 600); do
    grep -q '"phase":"trial"' /var/lib/edge-update/state.json && break
    sleep 0.2
done
where lost
journalctl -b --no-pager -o cat -u edge-update -u 'edge-update-test@*'
sync
touch /srv/cut-me
sleep 600
"""
SECOND = r"""
systemctl start edge-update-settle
where second
began
echo "watch runs: $(systemctl is-active edge-watch) $(cut -c1-3000 /run/edge/watch.json)"
systemctl start edge-update.service
where end
journalctl -b --no-pager -o cat -u edge-update-settle -u edge-update
sleep 3; echo "chain: $(/opt/edge/bin/python - <<'ASK'
import sqlite3
store = sqlite3.connect("/var/lib/edge/edge.db")
print(store.execute("SELECT count(*) FROM audit WHERE kind = 'update'").fetchone()[0])
ASK
)"
"""


@dataclass
class Said:
    """What the two starts of the machine said."""

    first: str
    second: str


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Said]:
    """Install, update, break, forge; cut the power in a trial, and start again."""
    folder = tmp_path_factory.mktemp("update")
    bundle = make_bundle()
    unit = make_unit(folder / "tree", bundle)
    srv = unit.tree.folder / "srv"
    for number, (name, version, patch) in enumerate(
        (("good", "0.90.1", None), ("broken", "0.90.2", no_watch), ("lost", "0.90.3", no_broker))
    ):
        tar = variant(folder, bundle, wheel(folder, version, patch), version, light=True)
        release(tar, number + 5, srv / f"{name}.update")
        if name == "good":
            release(tar, 20, srv / "forged.update", forged=True)
    unit.offline("mkdir /srv/beside; tar -xf /srv/bundle.tar -C /srv/beside --strip-components=1")
    first = cut_boot(unit, PROBE + FIRST)
    (unit.tree.folder / "etc/systemd/system/multi-user.target.wants/probe.service").unlink()
    yield Said(first, unit.tree.boot(PROBE + SECOND, 420))
    shutil.rmtree(folder)


def cut_boot(unit: Bare, probe: str) -> str:
    """Boot *unit* and cut its power when the probe asks for it; return what it had said."""
    mark, run = unit.tree.folder / "srv/cut-me", subprocess.run
    found: list[subprocess.Popen[bytes]] = []

    def start(words: list[str], *, env: dict[str, str], **_: object) -> None:
        if words[0] != "script":
            run(words, check=True, capture_output=True)
            return
        null = subprocess.DEVNULL
        found.append(subprocess.Popen(words, env=env, stdin=null, stdout=null, stderr=null))
        until(mark.exists, 900, what="the trial that is to be cut")
        end_with_all(found[0])

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(subprocess, "run", start)
        return unit.tree.boot(probe, 900)


def told_times(said: str) -> None:
    """Log how long an update took: of the updater's run, and from the switch to its end."""
    for name, took in re.findall(r"^run (\w+): status \d+ after (\d+) ms$", said, re.MULTILINE):
        log.info("edge-update.service, %s: %.0f s", name, int(took) / 1000)
    state = re.search(r"^state: (.*)$", said, re.MULTILINE)
    assert state, said
    acts = [
        (one["act"], one["version"], datetime.fromisoformat(one["at"]))
        for one in json.loads(state[1])["acts"]
    ]
    for (act, _, began), (end, version, at) in itertools.pairwise(acts):
        if act == "switched":
            log.info("%s: %s %.0f s after the switch", version, end, (at - began).total_seconds())


def test_a_version_that_works_is_kept(said: Said) -> None:
    """Made beside, tried, switched to, ten seconds well: both links, and watch is the new one."""
    assert "where good: /opt/edge-0.90.1 /opt/edge-0.90.1 kept" in said.first, said.first
    found = re.search(r"^watch: (.*)$", said.first, re.MULTILINE)
    assert found, said.first
    health = json.loads(found[1])
    assert health["software"] == "0.90.1"
    assert health["update"]["phase"] == "kept"
    told_times(said.first)


def test_the_installer_makes_beside_and_switches_nothing(said: Said) -> None:
    """Out of the bundle, by the updater's word: it names the side, and that is all."""
    assert re.search(r"^side:/opt/edge-\d", said.first, re.MULTILINE), said.first


def test_a_version_that_does_not_start_is_taken_back(said: Said) -> None:
    """Its daemon ends at once, again and again: the version before runs on."""
    assert "where broken: /opt/edge-0.90.1 /opt/edge-0.90.1 back" in said.first, said.first
    assert re.search(r"back 0\.90\.2 \(number 6\), signed by upton: ", said.first), said.first
    assert "watch runs: active" in said.first, said.first


def test_another_key_is_refused(said: Said) -> None:
    """A forged release changes nothing, lies beside, and the reason with it."""
    assert "where forged: /opt/edge-0.90.1 /opt/edge-0.90.1 back" in said.first, said.first
    assert "forged.update.refused" in said.first, said.first
    assert "the signature of upton does not hold" in said.first, said.first


def test_a_cut_in_a_trial_ends_with_the_version_before(said: Said) -> None:
    """The power goes while a version without a broker is on trial: it never becomes the one."""
    assert "where lost: /opt/edge-0.90.3 /opt/edge-0.90.1 trial" in said.first, said.first
    for when in ("second", "end"):
        assert f"where {when}: /opt/edge-0.90.1 /opt/edge-0.90.1 back" in said.second, said.second
    assert "the machine started 1 times during the trial" in said.second, said.second
    assert '"software":"0.90.1"' in said.second, said.second


def test_the_chain_has_every_act(said: Said) -> None:
    """Staged, switched, kept; staged, switched, back; refused; staged, switched, back."""
    assert "chain: 10" in said.second, said.second
