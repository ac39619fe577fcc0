#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs a command in another root directory: mount, PID, UTS, IPC and network namespaces of its own, fresh /proc, /dev, /run,
# /tmp and a cgroup v2 view. Nothing of this is seen outside, and it ends with the command; there is no network.
# usage: in_root.sh ROOT SHARED COMMAND...        SHARED (a directory, or "none") is /mnt there, read-only
set -euo pipefail

die() {
    echo "in_root.sh: $*" >&2
    exit 1
}

make_dev() {
    local node
    mount -t tmpfs -o mode=755,nosuid tmpfs dev
    for node in null:3 zero:5 full:7 random:8 urandom:9; do mknod -m 666 "dev/${node%:*}" c 1 "${node#*:}"; done
    mknod -m 666 dev/tty c 5 0
    mkdir dev/pts dev/shm
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
    mount -t tmpfs -o mode=1777 tmpfs dev/shm
    ln -s pts/ptmx dev/ptmx
    ln -s /proc/self/fd dev/fd
}

inside() {
    local root=$1 shared=$2 own
    shift 2
    mount --bind "$root" "$root"
    cd "$root"
    [ "$shared" = none ] || mount --bind -o ro "$shared" mnt
    mount -t proc proc proc
    mount -t sysfs sysfs sys
    mount -t cgroup2 cgroup2 sys/fs/cgroup || die "cannot mount cgroup2 (the machine has no cgroup v2 for us)"
    make_dev
    mount -t tmpfs -o mode=755 tmpfs run
    mount -t tmpfs -o mode=1777 tmpfs tmp
    pivot_root . .
    umount -l .
    # As in tests/support/private_view.sh: in a cgroup that has processes, controllers reach only leaves.
    own=$(sed -n 's/^0:://p' /proc/self/cgroup)
    if [ -e "/sys/fs/cgroup$own/cgroup.type" ]; then
        mkdir -p "/sys/fs/cgroup$own/thwart-tests"
        echo $$ >"/sys/fs/cgroup$own/thwart-tests/cgroup.procs"
    fi
    cd /
    # As pid 1 this shell collects what is orphaned to it, and ends last.
    local status=0
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive "$@" </dev/null || status=$?
    exit "$status"
}

if [ "${1:-}" = --inside ]; then
    shift
    inside "$@"
else
    [ $# -ge 3 ] || die "usage: in_root.sh ROOT SHARED COMMAND..."
    [ "$(id -u)" = 0 ] || die "needs root"
    shared=$2
    [ "$shared" = none ] || shared=$(realpath -e "$shared")
    exec unshare --mount --pid --fork --kill-child --uts --ipc --net --propagation private \
        -- "$(realpath -e "$0")" --inside "$(realpath -e "$1")" "$shared" "${@:3}"
fi
