"""First boot under a real systemd, behind its walls: whose each file is, and who may read it."""

import re
import shutil
from collections.abc import Iterator

import pytest

from tests.services.cards import HEAD, open_desk, row
from tests.systemd.trees import debian13

pytestmark = [pytest.mark.machine, pytest.mark.timeout(900)]

# A container's /sys is the host's, and read-only: the lamp stands in a folder over it.
LAMP = r"""
mkdir -p /srv/leds/ACT /etc/systemd/system/edge-first-boot.service.d
echo '[none] timer pattern' >/srv/leds/ACT/trigger; echo 255 >/srv/leds/ACT/max_brightness
cat >/etc/systemd/system/edge-first-boot.service.d/lamp.conf <<'UNIT'
[Service]
TemporaryFileSystem=/sys/class
BindPaths=/srv/leds:/sys/class/leds
UNIT
systemctl daemon-reload
"""
PROBE = r"""
systemctl start edge-first-boot  # the one of the boot may not have ended: waits for it
echo "taken at boot: $(systemctl show edge-first-boot -p Result --value)"
stat -c 'file %U %G %a %n' /etc/edge/site.toml /etc/edge/ca.pem /etc/edge/camera.password \
    /var/lib/edge/keys /var/lib/edge/keys/*
echo "card: $(ls /boot/firmware | tr '\n' ' ')"
runuser -u edge-watch -- /opt/edge/bin/edge keys show /var/lib/edge/keys
runuser -u edge-deliver -- /opt/edge/bin/edge keys roster verify /var/lib/edge/keys/roster \
    --trust /var/lib/edge/keys/town.json
echo "deliver reads: $(runuser -u edge-deliver -- cat /etc/edge/camera.password)"
runuser -u edge-watch -- cat /etc/edge/camera.password || echo "watch is refused"
systemctl start edge-first-boot
echo "no card: $? $(systemctl show edge-first-boot -p ConditionResult)"
before=$(md5sum /etc/edge/* /var/lib/edge/keys/* | md5sum)
wrong() {
    systemctl reset-failed edge-first-boot
    systemctl start edge-first-boot; echo "$1: $?"
    after=$(md5sum /etc/edge/* /var/lib/edge/keys/* | md5sum)
    echo "$1 changed: $([ "$before" = "$after" ]; echo $?)"
    echo "$1 lamp: $(cat /srv/leds/ACT/trigger) $(grep -o 255 /srv/leds/ACT/pattern | wc -l)"
    sed "s/^/$1 told: /" /boot/firmware/edge-error.txt
}
printf '[provision]\nversion = 1\nnumber = "2"\n' > /boot/firmware/edge-site.toml
wrong setting
rm /boot/firmware/edge-site.toml
cp -r /srv/other/* /boot/firmware/
wrong foreign
rm -r /boot/firmware/edge-site*
# the same unit's second card, cut as soon as the first of its settings was written
cp -r /srv/second/* /boot/firmware/
systemctl reset-failed edge-first-boot
print() { sed -n 's/^fingerprint: //p' /boot/firmware/edge-unit.txt; }
was=$(print)
systemctl start --no-block edge-first-boot
until grep -q 'Number 2' /etc/edge/site.toml; do
    systemctl is-failed -q edge-first-boot && break
done
systemctl kill -s KILL edge-first-boot
while [ "$(systemctl show edge-first-boot -p ActiveState --value)" = activating ]; do
    sleep 0.2
done
echo "cut: $(systemctl show edge-first-boot -p Result --value)"
systemctl reset-failed edge-first-boot
systemctl start edge-first-boot; echo "gone on with: $?"
echo "card after the cut: $(ls /boot/firmware | tr '\n' ' ')"
echo "number: $(cat /etc/edge/provisioned.json)"
[ "$was" = "$(print)" ] && echo "the same unit: $was"
# what the daemons' own users may do, asked by root; and root in their place
rights() { /opt/edge/bin/edge check 2>&1 | tr -s ' ' | grep -A2 '^[^ ]* rights' | sed "s/^/$1: /"; }
rights good
chown root: /var/lib/edge/keys/identity.key
rights shut
chown edge-watch: /var/lib/edge/keys/identity.key
/opt/edge/bin/edge run watch; echo "watch as root: $?"
# taken down and set up anew without a new start of the machine
systemctl start edge-watch; sleep 1; systemctl stop edge-watch edge-deliver edge-search
/opt/edge/bin/edge provision wipe main-street; echo "wiped: $?"
stat -c 'after wipe %U %G %a %n' /var/lib/edge/inbox /var/lib/edge/lists /var/lib/edge/tuning
rmdir /var/lib/edge/inbox
cp -r /srv/second/* /boot/firmware/
sed -i 's/^number = .*/&\nlists = ["a.bundle"]/' /boot/firmware/edge-site.toml
echo sealed >/boot/firmware/edge-site/a.bundle
systemctl start edge-first-boot; echo "another unit: $?"
stat -c 'anew %U %G %a %n' /var/lib/edge/inbox /var/lib/edge/inbox/a.bundle
systemd-analyze security --no-pager edge-first-boot.service | tail -1
journalctl -b --no-pager -o cat -u edge-first-boot
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Boot a Debian 13 with a card in, and return what the probe said."""
    folder = tmp_path_factory.mktemp("trees")
    tree = debian13(folder / "trixie")
    desk = open_desk(folder)
    secret = folder / "camera.password"
    secret.write_text("0x5ecre7\n")
    head = f"{HEAD},secrets"
    desk.make(
        f"{row('main-street')},camera.password", f"{row('elm-street')},camera.password", head=head
    )
    shutil.copytree(desk.boot("main-street"), tree.folder / "boot/firmware")
    shutil.copytree(desk.boot("elm-street"), tree.folder / "srv/other")
    secret.write_text("an0ther\n")
    desk.make(f"{row('main-street')},camera.password", head=head)
    shutil.copytree(desk.boot("main-street"), tree.folder / "srv/second")
    tree.run("systemctl enable edge-first-boot")
    tree.run(LAMP.replace("systemctl daemon-reload", ""))
    yield tree.boot(PROBE, 400)
    shutil.rmtree(folder)  # a gigabyte


def test_the_card_is_taken_at_boot(said: str) -> None:
    """Behind all walls: done, erased but for who the unit is, and each file its reader's."""
    assert "taken at boot: success" in said, said
    assert "card: edge-unit.txt" in said, said
    for line in (
        "root edge 640 /etc/edge/site.toml",
        "root edge 640 /etc/edge/ca.pem",
        "edge-deliver edge 400 /etc/edge/camera.password",
        "edge-watch edge 750 /var/lib/edge/keys",
        "edge-watch edge 600 /var/lib/edge/keys/identity.key",
        "edge-watch edge 600 /var/lib/edge/keys/tls.key",
        "edge-watch edge 640 /var/lib/edge/keys/roster",
    ):
        assert f"file {line}" in said, said
    assert "main-street, unit of windsor" in said
    printed = re.search(r"^fingerprint: ([\d ]{35,})$", said, re.MULTILINE)
    assert printed, "the journal and the console tell who the unit is"
    assert f"the same unit: {printed[1]}" in said, said


def test_who_needs_a_file_reads_it_and_nobody_else(said: str) -> None:
    """Watch opens its keys, deliver the roster and the secret; watch not the secret."""
    assert "signed by the root with the fingerprint" in said, said
    assert "deliver reads: 0x5ecre7" in said, said
    assert "watch is refused" in said, said


def test_a_second_start_does_nothing(said: str) -> None:
    """Without a card the unit is not even started."""
    assert "no card: 0 ConditionResult=no" in said, said


@pytest.mark.parametrize(("what", "flashes"), [("setting", 2), ("foreign", 4)])
def test_a_wrong_card_is_told_and_changes_nothing(said: str, what: str, flashes: int) -> None:
    """It fails, the files are as they were; text beside it and lamp say the same class."""
    assert f"{what}: 1" in said, said
    assert f"{what} changed: 0" in said, said
    assert f"{what} told: The lamp flashes {flashes} times" in said, said
    # each flash is a level and the jump to it
    assert f"{what} lamp: pattern {2 * flashes}" in said, said
    assert f"{what} told: edge-site.toml was not taken. The unit goes on with the settings" in said


def test_a_cut_start_is_gone_on_with(said: str) -> None:
    """Killed after its settings were written: the next start ends it, and it is the same unit."""
    assert re.search(r"cut: (signal|success)", said), said
    assert "gone on with: 0" in said, said
    assert "card after the cut: edge-unit.txt" in said, said
    assert '"number":2' in said, said


def test_wiped_and_set_up_anew_without_a_reboot(said: str) -> None:
    """Its folders stay the daemons' own; an inbox that is missing is made so behind the walls."""
    assert "wiped: 0" in said, said
    for name in ("inbox", "lists", "tuning"):
        assert re.search(rf"after wipe edge-watch edge 27[57]0 /var/lib/edge/{name}\n", said), said
    assert "another unit: 0" in said, said
    assert "anew edge-watch edge 2770 /var/lib/edge/inbox\n" in said, said
    assert "anew edge-watch edge 660 /var/lib/edge/inbox/a.bundle\n" in said, said


def test_rights_are_judged_by_the_daemons_users(said: str) -> None:
    """A unit as its card makes it passes; a key that root took away is told, with the chown."""
    assert re.search(r"^good: pass rights", said, re.MULTILINE), said
    assert re.search(r"^shut: FAIL rights .*identity\.key: edge-watch may", said, re.MULTILINE), (
        said
    )


def test_root_starts_no_watch_in_the_units_place(said: str) -> None:
    """Its store belongs to the unit's own user, and stays so."""
    assert "watch as root: 2" in said, said
    assert "'systemctl start edge-watch'" in said, said
