#!/usr/bin/env bash
# On a card that `customise` wrote: from a stock Raspberry Pi OS to a unit that watches, with no
# network and nobody at it.
#   start.sh arm [--now]   once, by cloud-init or firstrun.sh: makes edge-card.service, which does the
#                          rest at each start until it is done, wherever the power was cut
#   start.sh run           by that service: installs from the bundle, then starts the machine anew;
#                          edge-first-boot then takes what is the unit's own
set -uo pipefail
card=$(cd "$(dirname "$0")" && pwd)
boot=${card%/*}
unit=/etc/systemd/system/edge-card.service
log=/var/log/edge-install.log

arm() {
    cat >"$unit.next" <<UNIT || return
[Unit]
Description=edge card, from a stock system to a unit
ConditionPathExists=$card/start.sh
RequiresMountsFor=$boot

[Service]
Type=oneshot
ExecStart=/bin/bash $card/start.sh run
StandardOutput=journal+console
TimeoutStartSec=1h

[Install]
WantedBy=multi-user.target
UNIT
    mv "$unit.next" "$unit" && systemctl daemon-reload && systemctl --quiet enable edge-card && sync
}

# The lamp flashes six times, as when first boot finds that the unit itself cannot.
flash() {
    local led code=''
    modprobe --quiet ledtrig-pattern || true # or it is built in, or blinks fast
    for led in /sys/class/leds/ACT /sys/class/leds/led0; do
        [ -w "$led/trigger" ] || continue
        if grep -q pattern "$led/trigger"; then
            for _ in 1 2 3 4 5; do code+='255 200 255 0 0 300 0 0 '; done
            echo pattern >"$led/trigger"
            echo -1 >"$led/repeat"
            echo "${code}255 200 255 0 0 2000 0 0" >"$led/pattern"
        else
            echo timer >"$led/trigger"
        fi
        return
    done
}

fail() {
    printf 'edge card: %s\n' "$*" >&2
    {
        printf 'This card could not make a unit of the machine: %s\n' "$*"
        printf 'It tries again at each start. What was said last:\n\n'
        tail -n 20 "$log" 2>/dev/null
    } >"$boot/edge-error.txt"
    sync
    flash
    exit 1
}

find_bundle() {
    local arch one
    arch=$(dpkg --print-architecture)
    for one in "$card"/edge-*-"$arch".tar "$boot"/edge-*-"$arch".tar; do
        [ -f "$one" ] && echo "$one" && return
    done
    fail "there is no bundle: copy edge-VERSION-$arch.tar (scripts/bundle $arch) onto the boot partition"
}

run() {
    local bundle roles words=() role
    bundle=$(find_bundle) || exit 1
    roles=$(cat "$card/roles") || fail "$card/roles cannot be read: write the card again"
    for role in $roles; do words+=(--role "$role"); done
    mkdir -p /run/edge-card
    tar --extract --to-stdout --wildcards --file "$bundle" '*/scripts/install' >/run/edge-card/install ||
        fail "$bundle is not a whole bundle: copy it again"
    bash /run/edge-card/install --bundle "$bundle" "${words[@]}" ||
        fail "the installer ended with status $?"
    finish "$bundle"
}

# From here on a start finds no card to work on. What cloud-init keeps of its user-data may hold the
# site's secrets.
finish() {
    ! command -v cloud-init >/dev/null || timeout 120 cloud-init status --wait >/dev/null
    rm -f /var/lib/cloud/instances/*/user-data.txt* /var/lib/cloud/instances/*/cloud-config.txt \
        /var/lib/cloud/instances/*/obj.pkl
    if grep -qs '^write_files:' "$boot/user-data"; then
        printf '#cloud-config\n' >"$boot/user-data"
    fi
    mv "$card" "$boot/edge-card.done" || fail "the boot partition cannot be written"
    rm -rf "$boot/edge-card.done" "$boot/edge-error.txt" "$1"
    systemctl --quiet disable edge-card
    rm -f "$unit"
    sync
    echo "edge card: installed in $SECONDS s; the machine starts anew"
    systemctl --no-block reboot
}

case ${1:-} in
arm)
    arm || fail "edge-card.service could not be made: is the root read-only?"
    [ "${2:-}" != --now ] || systemctl --no-block start edge-card
    ;;
run) run ;;
*) sed -n '2,9s/^# \{0,1\}//p' "$0" ;;
esac
