#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# In the clean root with the package and an administrator's configuration: removing keeps the configuration, purging leaves
# nothing but his own files, and nothing at all when there are none.
# usage: purge.sh NAMES_OF_BEFORE        what the root held before anything was installed (names.sh)
set -euo pipefail

die() {
    echo "purge.sh: $*" >&2
    exit 1
}

# Records in /run, too.
mkdir -p /tmp/demo/rootfs/bin
cp /bin/busybox /tmp/demo/rootfs/bin/sh
thwart spec --bundle /tmp/demo
sed -i 's/"terminal": *true/"terminal": false/; s/"sh"$/"sh", "-c", "exit 3"/' /tmp/demo/config.json
status=0
thwart run --bundle /tmp/demo short || status=$?
[ "$status" = 3 ] || die "run ended with $status, not with 3"

dpkg --remove thwart
for path in /usr/bin/thwart /usr/libexec/thwart /usr/share/thwart /usr/share/doc/thwart; do
    [ ! -e "$path" ] || die "$path is still there"
done
[ -s /etc/thwart/thwart.json ] || die "the configuration is gone though it was not to be purged"
[ -s /etc/thwart/policies/site.json ] || die "a policy of the administrator's is gone"
dpkg --purge thwart
[ "$(find /etc/thwart -type f)" = /etc/thwart/policies/site.json ] || die "left: $(find /etc/thwart)"

dpkg --install /mnt/thwart.deb
rm /etc/thwart/policies/site.json
dpkg --purge thwart
[ ! -e /run/thwart ] || die "left: $(find /run/thwart)"
"${0%/*}/names.sh" >/tmp/names
diff "$1" /tmp/names || die "that was not there before, or is gone"
