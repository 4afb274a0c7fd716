#!/usr/bin/env bash
# Raspberry Pi OS 12, which has no cloud-init: run once, by the words that `customise` has added to
# cmdline.txt (systemd.run=), before anything else is started. Then the machine starts anew.
set -uo pipefail
boot=$(cd "$(dirname "$0")" && pwd)
bash "$boot/edge-card/start.sh" arm
# whatever came of it: the next start is an ordinary one, or the machine would start for ever
sed 's/ systemd\.[^ ]*//g' "$boot/cmdline.txt" >"$boot/cmdline.new"
sync
mv "$boot/cmdline.new" "$boot/cmdline.txt"
rm -f "$boot/firstrun.sh"
sync
exit 0
