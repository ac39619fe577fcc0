#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs a command in a world of its own: mount, PID, UTS, IPC and network namespaces, a pure cgroup v2 view, an empty
# /run and a test user that exists nowhere else. Whatever a test leaves behind, or a runtime under attack does to "the
# host", stays in there and ends with it.
#
#   private_view.sh PROGRAMS RUNTIME COMMAND...
#
# PROGRAMS is the directory with the built support programs, RUNTIME the binary under test. The command finds:
#   THWART          a copy of the runtime that an ordinary user can run
#   SUPPORT         copies of the support programs
#   ROOTFS          a root file system with busybox and the probe, to be copied
#   TEST_UID        the test user's id; its subordinate ids start at TEST_SUBID
set -euo pipefail

die() {
    echo "private_view.sh: $*" >&2
    exit 1
}

outside() {
    local here runtime programs
    here=$(cd "$(dirname "$0")" && pwd)
    [ "$(id -u)" = 0 ] || die "needs root"
    programs=$(realpath -e "$1")
    runtime=$(realpath -e "$2")
    shift 2
    # A container-like machine may hand out a cgroup with processes in it, where v2 allows no controllers below:
    # then the tests stand in a leaf of their own. At the root of a real hierarchy nothing is touched.
    exec unshare --mount --pid --fork --kill-child --uts --ipc --net --propagation private \
        -- "$here/private_view.sh" --inside "$programs" "$runtime" "$@"
}

# The whole of /etc is a copy: a file bound over a single one would vanish when somebody outside replaces it.
make_users() {
    cp -a /etc/. "$world/etc/"
    mount --bind "$world/etc" /etc
    sed -i '/^thwart-test:/d' /etc/passwd /etc/group
    echo "thwart-test:x:$TEST_UID:$TEST_UID::$world/home:/bin/sh" >>/etc/passwd
    echo "thwart-test:x:$TEST_UID:" >>/etc/group
    echo "thwart-test:$TEST_SUBID:65536" | tee /etc/subgid >/etc/subuid
    install -d -o "$TEST_UID" -g "$TEST_UID" -m 0700 /run/user/"$TEST_UID" "$world/home"
}

# Most suites ask for all that an OCI runtime can do, which the default policy is there to refuse. Suites of policies name
# their own (--policy, --configuration).
make_configuration() {
    rm -rf /etc/thwart
    mkdir -p /etc/thwart
    echo '{"thwart": 1, "default": "unrestricted"}' >/etc/thwart/thwart.json
}

make_rootfs() {
    local busybox directory
    busybox=$(command -v busybox) || die "busybox is missing (apt-get install busybox-static)"
    for directory in bin dev etc proc run sys tmp root var mnt; do
        mkdir -p "$ROOTFS/$directory"
    done
    cp "$busybox" "$ROOTFS/bin/busybox"
    # By its own shell: there ln is no program to be started 270 times.
    # shellcheck disable=SC2016 # expanded by that shell
    "$busybox" ash -c 'cd "$1" && for applet in $("$0" --list); do [ "$applet" = busybox ] || ln -s busybox "$applet" || exit; done' \
        "$busybox" "$ROOTFS/bin"
    cp "$SUPPORT/probe" "$ROOTFS/bin/probe"
    echo root:x:0:0:root:/root:/bin/sh >"$ROOTFS/etc/passwd"
    echo root:x:0: >"$ROOTFS/etc/group"
    chmod 1777 "$ROOTFS/tmp"
}

enter_cgroup_leaf() {
    local own
    own=$(sed -n 's/^0:://p' /proc/self/cgroup)
    [ -e "/sys/fs/cgroup$own/cgroup.type" ] || return 0
    mkdir -p "/sys/fs/cgroup$own/thwart-tests"
    echo $$ >"/sys/fs/cgroup$own/thwart-tests/cgroup.procs"
}

inside() {
    local programs=$1 runtime=$2 program
    shift 2
    mount -t proc proc /proc
    world=/run/thwart-tests
    export TEST_UID=4711 TEST_SUBID=200000
    export SUPPORT=$world/support ROOTFS=$world/rootfs THWART=$world/bin/thwart TMPDIR=$world/tmp

    # The sources may lie below the places that are about to be covered: take copies first.
    mount -t tmpfs -o mode=755 tmpfs /mnt
    for program in probe console_listener seccomp_listener exchange_racer born datagram_listener; do
        [ -x "$programs/$program" ] || die "$programs/$program is not built"
        cp "$programs/$program" /mnt/
    done
    cp "$runtime" /mnt/runtime
    # Its helper programs are built beside it, those that are.
    mkdir /mnt/helpers
    for program in thwart-systemd thwart-criu thwart-gpg; do
        [ ! -x "${runtime%/*}/$program" ] || cp "${runtime%/*}/$program" /mnt/helpers/
    done
    mount -t tmpfs -o mode=755 tmpfs /run
    mkdir -p "$world"/{bin,etc,support,tmp,sanitizer} "$ROOTFS"
    chmod 1777 "$world/tmp" "$world/sanitizer"
    cp /mnt/runtime "$THWART"
    cp -r /mnt/helpers/. "$world/bin/"
    rm -r /mnt/runtime /mnt/helpers
    cp /mnt/* "$SUPPORT/"
    umount /mnt

    if [ -d /dev/shm ]; then
        mount -t tmpfs -o mode=1777 tmpfs /dev/shm
    fi
    # On a pure v2 machine it is there already, and the kernel refuses to mount it a second time on the same place.
    [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || mount -t cgroup2 cgroup2 /sys/fs/cgroup ||
        die "cannot mount cgroup2 (the machine has no cgroup v2 for us)"
    enter_cgroup_leaf
    make_users
    make_configuration
    make_rootfs
    busybox ip link set lo up || die "cannot raise the loopback interface"
    export ASAN_OPTIONS="log_path=$world/sanitizer/report:${ASAN_OPTIONS:-}"
    export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1:log_path=$world/sanitizer/report:${UBSAN_OPTIONS:-}"
    unset XDG_RUNTIME_DIR LISTEN_FDS NOTIFY_SOCKET

    # As pid 1 this shell collects what is orphaned to it, and ends last.
    local status=0
    "$@" </dev/null || status=$?
    exit "$status"
}

if [ "${1:-}" = --inside ]; then
    shift
    inside "$@"
else
    [ $# -ge 3 ] || die "usage: private_view.sh PROGRAMS RUNTIME COMMAND..."
    outside "$@"
fi
