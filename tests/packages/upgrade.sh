#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# In the clean root: newer packages come; the administrator's files stay, a container that runs goes on and ends under the
# newer program.
# usage: upgrade.sh NEWER.deb NEWER_WITH_ANOTHER_CONFIGURATION.deb
set -euo pipefail

die() {
    echo "upgrade.sh: $*" >&2
    exit 1
}
version() { dpkg-query --show --showformat='${Version}' thwart; }

echo '{"thwart": 1, "default": "unrestricted"}' >/etc/thwart/thwart.json
echo '{"thwart": 1, "name": "site", "namespaces": {"private": ["pid"]}}' >/etc/thwart/policies/site.json
before=$(cat /etc/thwart/thwart.json /etc/thwart/policies/site.json)
kept() { [ "$(cat /etc/thwart/thwart.json /etc/thwart/policies/site.json)" = "$before" ] || die "the configuration is another after $1"; }

cd "$(mktemp -d)"
mkdir -p demo/rootfs/bin
cp /bin/busybox demo/rootfs/bin/sh
thwart spec --bundle demo
# It waits for a line that never comes.
sed -i 's/"terminal": *true/"terminal": false/; s/"sh"$/"sh", "-c", "read line"/' demo/config.json
mkfifo asleep
thwart run --detach --bundle demo lives <>asleep >/dev/null 2>&1
[ "$(thwart state lives | sed -n 's/.*"status": *"\([a-z]*\)".*/\1/p')" = running ] || die "no container runs: $(thwart state lives)"

old=$(version)
dpkg --install "$1"
[ "$(version)" != "$old" ] || die "$1 is no newer package"
kept "an upgrade"
dpkg --force-confold --install "$2"
kept "an upgrade that brings another configuration"
[ -e /etc/thwart/thwart.json.dpkg-dist ] || die "the other configuration is not beside the administrator's"

[ "$(thwart state lives | sed -n 's/.*"status": *"\([a-z]*\)".*/\1/p')" = running ] || die "the container did not survive: $(thwart state lives)"
thwart kill lives KILL
thwart delete --force lives
[ -z "$(thwart list --quiet)" ] || die "left: $(thwart list)"
