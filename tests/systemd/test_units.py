"""The units under a real systemd, with all their walls up."""

import re
import shutil
from collections.abc import Iterator

import pytest

from tests.systemd.trees import debian13, with_recording

pytestmark = [pytest.mark.machine, pytest.mark.timeout(900)]

PROBE = r"""
systemctl start edge-search; echo "start search: $?"
systemctl start edge-watch; echo "start watch: $?"
systemctl start edge-deliver; echo "start deliver: $?"
sleep 3
stat -c 'file %U %G %a %n' /run/edge/watch.json /var/lib/edge /var/lib/edge/edge.db
pid=$(systemctl show edge-watch -p MainPID --value)
echo "rights: $(grep CapEff /proc/$pid/status)"
for unit in edge-watch edge-deliver; do
    main=$(systemctl show $unit -p MainPID --value)
    echo "memory of $unit: core $(awk '/Max core/ {print $5}' /proc/$main/limits)" \
        "swap $(systemctl show $unit -p MemorySwapMax --value)" \
        "owner of its memory $(stat -c %U /proc/$main/mem)"
done
echo "networks: $(tail -n +3 /proc/$pid/net/dev | wc -l)"
python3 - <<'ASK' > /srv/ask.sh
import re
unit = open("/etc/systemd/system/edge-watch.service").read()
print("-p 'SystemCallFilter=" + re.search("^SystemCallFilter=(.*)$", unit, re.M)[1] + "'")
ASK
eval systemd-run --quiet --wait --pipe -p User=edge-watch $(cat /srv/ask.sh) \
    /opt/edge/bin/python -c "'import ctypes; \
print(\"clock asked:\", ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512)) >= 0)'"
python3 - <<'ASK' > /srv/page.sh
import re
unit = open("/etc/systemd/system/edge-tuning.service").read()
for name in ("ProtectSystem", "ReadWritePaths", "InaccessiblePaths"):
    print(f"-p '{name}=" + re.search(f"^{name}=(.*)$", unit, re.M)[1] + "'", end=" ")
ASK
cat > /srv/page.py <<'PAGE'
import sqlite3
import sys
from edge.messages.acts_unit import Minute
from edge.services.act_door import by_watch
base = sqlite3.connect("/var/lib/edge/edge.db", isolation_level=None)
try:
    base.execute("BEGIN")
    base.execute("CREATE TABLE planted (x)")
    base.execute("ROLLBACK")
    print(sys.argv[1], "writes the store")
except sqlite3.OperationalError:
    print(sys.argv[1], "does not write the store")
by_watch(None)("minute", Minute(act="kept", officer="tess"))
open("/var/lib/edge/tuning/draft", "w").close()
print(sys.argv[1], "has its act recorded, and its settings written")
PAGE
page() { eval systemd-run --quiet --wait --pipe -p User=edge-tuning -p Group=edge "$2" \
    /opt/edge/bin/python /srv/page.py "'$1'"; }
page 'the page' "$(cat /srv/page.sh)"; page 'the control' ''
search=$(systemctl show edge-search -p MainPID --value)
echo "search: $(grep CapEff /proc/$search/status) $(tail -n +3 /proc/$search/net/dev | wc -l)"
echo "locked: $(grep 'Max locked memory' /proc/$search/limits)"
stat -c 'file %U %G %a %n' /run/edge/search.json /var/lib/edge/search
systemctl stop edge-search; echo "search ended: $(systemctl show edge-search -p Result --value)"
kill -STOP "$pid"; sleep 9
echo "stuck: $(systemctl show edge-watch -p ActiveState -p NRestarts --value | tr '\n' ' ')"
cat /run/edge/watch.json; echo
systemctl stop edge-watch edge-deliver
echo "stop: $(systemctl show edge-watch edge-deliver -p Result --value | tr '\n' ' ')"
journalctl -b --no-pager -o cat -u edge-watch -u edge-deliver
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Boot a Debian 13 with both units and return what the probe said."""
    folder = tmp_path_factory.mktemp("trees") / "trixie"
    tree = debian13(folder)
    with_recording(tree)
    yield tree.boot(PROBE, 120)
    shutil.rmtree(folder)  # a gigabyte


def test_both_daemons_start_behind_all_walls(said: str) -> None:
    """Ready under every restriction of their units: no right, no network, models loaded."""
    assert "start watch: 0" in said, said
    assert "start deliver: 0" in said, said
    assert "the first frame has gone down the line" in said
    assert re.search(r"rights: CapEff:\s+0+$", said, re.MULTILINE)
    assert "networks: 1" in said, "watch sees more than its own loopback"
    assert "Traceback" not in said


def test_memory_stays_in_memory(said: str) -> None:
    """No core file, no swap, and no other process of the same user may look at it."""
    for unit in ("edge-watch", "edge-deliver"):
        assert f"memory of {unit}: core 1 swap 0 owner of its memory root" in said, said


def test_searches_are_answered_behind_the_same_walls(said: str) -> None:
    """The searching process starts, reports and ends, with no right and no network."""
    assert "start search: 0" in said, said
    assert re.search(r"search: CapEff:\s+0+ 1$", said, re.MULTILINE), said
    assert re.search(r"locked: Max locked memory\s+4194304 ", said), said
    assert re.search(r"file edge-watch edge 6[46]0 /run/edge/search.json", said), said
    assert "search ended: success" in said, said


def test_both_share_the_store_and_nobody_else_sees_it(said: str) -> None:
    """The store belongs to the group of both; the world has no right on it."""
    assert re.search(r"file edge-watch edge 660 /var/lib/edge/edge.db", said), said
    assert re.search(r"file edge-watch edge 2770 /var/lib/edge$", said, re.MULTILINE)
    assert re.search(r"file edge-watch edge 6[46]0 /run/edge/watch.json", said)


def test_the_page_has_its_acts_recorded_and_writes_no_store(said: str) -> None:
    """Behind its walls it writes its own folder alone; without them, as the control, the store."""
    for who, writes in (("the page", "does not write"), ("the control", "writes")):
        assert f"{who} {writes} the store" in said, said
        assert f"{who} has its act recorded, and its settings written" in said, said


def test_the_kernel_may_be_asked_for_the_clock(said: str) -> None:
    """The filter of system calls lets adjtimex(2) through, for reading."""
    assert "clock asked: True" in said, said


def test_a_stuck_watch_is_killed_and_starts_again(said: str) -> None:
    """A stopped process does not feed the watchdog; systemd kills it and starts it again."""
    assert "Watchdog timeout" in said, said
    assert re.search(r"stuck: (active 1|1 active)", said), said


def test_both_end_cleanly(said: str) -> None:
    """SIGTERM ends both with success."""
    assert re.search(r"stop: success\s+success", said), said
