#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A first look: installs what is needed, builds the static release, makes a busybox bundle, shows what thwart plans to do
# with it, does it, and shows what came of it. Leaves the binary in build/ and the bundle in build/try.
#
#   contrib/try.sh [--no-install]
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
build=$top/build
bundle=$build/try
thwart=$build/thwart

step() {
    printf '\n== %s\n' "$*"
}

if [ "${1:-}" != --no-install ]; then
    step "Packages"
    "$top/contrib/install-packages.sh" gcc libc6-dev meson ninja-build pkg-config libseccomp-dev libcap-dev libyajl-dev \
        git jq busybox-static
    echo "all there"
fi

step "Build: $thwart"
[ -f "$build/build.ninja" ] || meson setup "$build" "$top" -Dtests=false >/dev/null
ninja -C "$build" thwart | tail -1
"$thwart" --version

step "Bundle: $bundle"
rm -rf "$bundle"
mkdir -p "$bundle"/rootfs/{bin,dev,etc,proc,sys,tmp}
cp "$(command -v busybox)" "$bundle/rootfs/bin/busybox"
for applet in sh id hostname ls mount cat grep ps; do
    ln -s busybox "$bundle/rootfs/bin/$applet"
done
rootless=()
[ "$(id -u)" = 0 ] || rootless=(--rootless)
"$thwart" spec "${rootless[@]}" --bundle "$bundle"
# shellcheck disable=SC2016 # for the shell in the container
jq '.process.terminal = false | .hostname = "aboard" | .process.args = ["sh", "-c", $script]' --arg script '
    echo "I am $(id -u) on $(hostname), process $$, and I see:"
    ps
    echo "My root:"; ls /
    echo "My capabilities:"; grep -i ^cap /proc/self/status
    echo "Writing to the root:"; echo x >/file || echo "refused"
' <"$bundle/config.json" >"$bundle/config.new"
mv "$bundle/config.new" "$bundle/config.json"
echo "a busybox root file system and the configuration that \"thwart spec\" wrote"

step "What is planned: thwart plan --bundle $bundle"
"$thwart" plan --bundle "$bundle"

# On a hybrid host, and where /sys/fs/cgroup is read-only, a private view with cgroup v2 lets the demonstration run.
run() {
    local id=try-$$
    if [ "$(id -u)" != 0 ] || [ "$(stat -fc %T /sys/fs/cgroup 2>/dev/null)" = cgroup2fs ]; then
        "$thwart" run --bundle "$bundle" "$id"
    else
        # shellcheck disable=SC2016
        unshare --mount --propagation private sh -c \
            'mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec "$0" run --bundle "$1" "$2"' "$thwart" "$bundle" "$id"
    fi
}

step "What came of it: thwart run --bundle $bundle"
run </dev/null

step "What is left: thwart list"
"$thwart" list

step "Done"
echo "The binary is $thwart; the bundle is $bundle."
echo "Try: $thwart --help"
