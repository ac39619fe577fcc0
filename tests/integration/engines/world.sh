#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A world of its own for one engine on one runtime: mount, PID, network, IPC, UTS and cgroup namespaces, a pure cgroup
# v2 view, and scratch in the places that engines write to. Started by run.sh:
#
#   world.sh RESULTS PROGRAMS RUNTIME-FILE ENGINE RUNTIME-NAME
#
# ENGINE.sh is sourced in there, and finds:
#   RUNTIME, RUNTIME_PATH   the runtime's name (thwart, crun, runc) and its file
#   WORLD                   a directory of this world; WORLD/tmp is TMPDIR and anybody may write there
#   SUPPORT                 the support programs (probe...)
#   ROOTFS                  a root file system of busybox and the probe, read only by habit
#   IMAGE, IMAGE_ARCHIVE    its name, and the archive to load it from (docker-archive and oci-archive in one file)
#   ROOTFS_ARCHIVE          the plain tar of the root file system, to be imported
#   CONTROLLERS             the cgroup controllers here, with a blank around each: " memory pids "
#   TEST_USER, TEST_UID     an ordinary user with subordinate ids from TEST_SUBID
# and the functions of case.sh, images.sh, policies.sh and exact_grant.sh.
# shellcheck disable=SC2015 # "A && B || die": die ends the shell
set -uo pipefail

die() {
    echo "world.sh: $*" >&2
    exit 1
}

outside() {
    local here
    here=$(cd "$(dirname "$0")" && pwd)
    exec unshare --mount --pid --fork --kill-child --uts --ipc --net --propagation private \
        -- "$here/world.sh" --inside "$here" "$@"
}

# The group of this world; what is enabled for it is all that engines can give to their containers.
# The cgroup namespace is entered while this shell is in it, so that it becomes the root of the view.
inside() {
    local root=/mnt/cgroup group controller
    mount -t proc proc /proc || die "cannot mount proc"
    mount -t tmpfs -o mode=755 tmpfs /mnt || die "cannot mount tmpfs"
    mkdir /mnt/cgroup
    mount -t cgroup2 cgroup2 "$root" || die "cannot mount cgroup2 (the machine has no cgroup v2 for us)"
    group=$root/$group_word.$5-on-$6
    for controller in $(<"$root/cgroup.controllers"); do
        echo "+$controller" >"$root/cgroup.subtree_control" || echo "cannot enable $controller for groups below"
    done
    mkdir "$group" && echo $$ >"$group/cgroup.procs" || die "cannot enter the group $group"
    exec unshare --cgroup -- "$1/world.sh" --rooted "$@"
}

# The sources may lie below the places that are about to be covered: take copies first.
take_copies() {
    local here=$1 results=$2 programs=$3 runtime=$4 helper
    mkdir -p /mnt/world/{bin,support,scripts,results}
    cp "$here"/*.sh "$here"/*.py "$here"/*.jq "$here/../../support/console_page.py" "$here/../../../docs/tutorial-signed-images.md" /mnt/world/scripts/
    cp "$programs"/{probe,console_listener,seccomp_listener,born,datagram_listener} /mnt/world/support/ || die "support programs are missing"
    cp -a "$results/rootfs" "$results/image.tar" "$results/rootfs.tar" /mnt/world/
    if [ "$RUNTIME" = thwart ]; then
        cp "$runtime" /mnt/world/bin/thwart || die "cannot copy the runtime"
        for helper in "$(dirname "$runtime")"/thwart-*; do
            [ ! -f "$helper" ] || [ ! -x "$helper" ] || cp "$helper" /mnt/world/bin/
        done
    fi
    mount --bind "$results" /mnt/world/results || die "cannot bind the results"
}

cover() {
    local place
    mount -t tmpfs -o mode=755 tmpfs /run
    mkdir -p "$WORLD" /run/lock /run/user
    mkdir /mnt/results-of && mount --move /mnt/world/results /mnt/results-of || die "cannot move the results"
    cp -a /mnt/world/. "$WORLD/"
    rm -rf /mnt/world
    mount --move /mnt/results-of "$WORLD/results" || die "cannot move the results"
    # A new sysfs has this network's devices, and no control groups yet. The old one goes first: podman unmounts what
    # mountinfo lists below /sys/kernel, and what is covered cannot be unmounted.
    umount --recursive --lazy /sys || echo "the machine's /sys stays below the new one"
    mount -t sysfs sysfs /sys || die "cannot mount sysfs"
    mount -t cgroup2 cgroup2 /sys/fs/cgroup || die "cannot mount the view of cgroup v2"
    [ ! -d /sys/kernel/security ] || mount -t securityfs securityfs /sys/kernel/security || echo "no securityfs here"
    umount /mnt/cgroup && umount /mnt || die "cannot leave /mnt"
    for place in /tmp /var/tmp /dev/shm; do
        mount -t tmpfs -o mode=1777 tmpfs "$place" || die "cannot cover $place"
    done
    [ ! -d /dev/mqueue ] || mount -t mqueue mqueue /dev/mqueue
    for place in /var/lib/containers /var/lib/containerd /var/lib/docker /var/lib/cni /opt/containerd; do
        mkdir -p "$place" && mount -t tmpfs -o mode=711 tmpfs "$place" || die "cannot cover $place"
    done
    for place in fuse net/tun; do
        [ -c "/dev/$place" ] || continue
        mkdir -p "$WORLD/dev"
        cp -a "/dev/$place" "$WORLD/dev/" && chmod 0666 "$WORLD/dev/${place##*/}" && mount --bind "$WORLD/dev/${place##*/}" "/dev/$place"
    done
}

# Engines enable controllers for the groups below the root, which the kernel allows when no process is in it.
settle_groups() {
    local controller
    mkdir /sys/fs/cgroup/init && echo $$ >/sys/fs/cgroup/init/cgroup.procs || die "cannot enter a leaf group"
    for controller in $(</sys/fs/cgroup/cgroup.controllers); do
        echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control || die "cannot enable $controller in the view"
    done
    CONTROLLERS=" $(cat /sys/fs/cgroup/cgroup.controllers) "
}

# The whole of /etc is a copy: a file bound over a single one would vanish when somebody outside replaces it.
make_etc() {
    mkdir -p "$WORLD/etc"
    cp -a /etc/. "$WORLD/etc/" && mount --bind "$WORLD/etc" /etc || die "cannot copy /etc"
    sed -i '/^\(thwart-test\|dockremap\):/d' /etc/passwd /etc/group
    {
        echo "$TEST_USER:x:$TEST_UID:$TEST_UID::$WORLD/home:/bin/sh"
        echo "dockremap:x:4712:4712::/:/bin/false"
    } >>/etc/passwd
    printf '%s:x:%s:\ndockremap:x:4712:\n' "$TEST_USER" "$TEST_UID" >>/etc/group
    printf '%s:%s:65536\ndockremap:300000:65536\ncontainers:500000:655360\n' "$TEST_USER" "$TEST_SUBID" | tee /etc/subgid >/etc/subuid
    install -d -o "$TEST_UID" -g "$TEST_UID" -m 0700 "/run/user/$TEST_UID" "$WORLD/home"
    rm -rf /etc/containers /etc/cni /etc/containerd /etc/docker /etc/thwart
    # The engines' suites ask for all that runtimes can do. Cases of policies write their own.
    mkdir -p /etc/thwart
    echo '{"thwart": 1, "default": "unrestricted"}' >/etc/thwart/thwart.json
    mkdir -p /etc/containers/registries.conf.d /etc/cni/net.d
    echo '{"default":[{"type":"insecureAcceptAnything"}]}' >/etc/containers/policy.json
    echo 'unqualified-search-registries=[]' >/etc/containers/registries.conf
    printf '[storage]\ndriver="%s"\nrunroot="/run/containers/storage"\ngraphroot="/var/lib/containers/storage"\n' \
        "$(grep -qw overlay /proc/filesystems && echo overlay || echo vfs)" >/etc/containers/storage.conf
    write_containers_conf
}

# What a machine without the pids controller, or without CAP_SYS_RESOURCE, cannot give is not asked of it.
write_containers_conf() {
    local pids=''
    [[ $CONTROLLERS == *" pids "* ]] || pids='pids_limit=0'
    cat >/etc/containers/containers.conf <<CONF
[containers]
$pids
default_ulimits=["nofile=1024:1024","nproc=4096:4096"]
netns="none"
log_driver="k8s-file"
[engine]
cgroup_manager="cgroupfs"
events_logger="file"
runtime="$RUNTIME"
runtime_supports_json=["thwart","crun","runc"]
runtime_supports_nocgroup=["thwart","crun"]
[engine.runtimes]
$RUNTIME=["$RUNTIME_PATH"]
CONF
}

rooted() {
    local here=$1 results=$2 programs=$3 runtime=$4 engine=$5
    export RUNTIME=$6 WORLD=/run/thwart-engines TEST_USER=thwart-test TEST_UID=4711 TEST_SUBID=200000
    export SUPPORT=$WORLD/support ROOTFS=$WORLD/rootfs IMAGE=$image_name IMAGE_ARCHIVE=$WORLD/image.tar
    export ROOTFS_ARCHIVE=$WORLD/rootfs.tar CONTROLLERS RUNTIME_PATH=$runtime
    ENGINE_PATIENCE=${ENGINE_PATIENCE:-1}
    [ "$RUNTIME" != thwart ] || RUNTIME_PATH=$WORLD/bin/thwart
    take_copies "$here" "$results" "$programs" "$runtime"
    cover
    mkdir -p "$WORLD"/{tmp,cases,root}
    chmod 1777 "$WORLD/tmp"
    export TMPDIR=$WORLD/tmp HOME=$WORLD/root
    unset XDG_RUNTIME_DIR XDG_CONFIG_HOME LISTEN_FDS NOTIFY_SOCKET CONTAINERS_CONF DBUS_SESSION_BUS_ADDRESS
    unset results programs runtime here tab image_name group_word ENGINE_PEERS ENGINE_JOBS ENGINE_TIMEOUT ENGINE_LOGS
    settle_groups
    make_etc
    hostname thwart-host
    busybox ip link set lo up || die "cannot raise the loopback interface"
    mount --make-rshared /
    cd "$WORLD" || die "cannot enter $WORLD"
    RESULTS_FILE=$WORLD/results/$engine-on-$RUNTIME.tsv

    # As pid 1 this shell collects what is orphaned to it, and ends last.
    # shellcheck source=/dev/null
    . "$WORLD/scripts/case.sh"
    # shellcheck source=/dev/null
    . "$WORLD/scripts/images.sh"
    # shellcheck source=/dev/null
    . "$WORLD/scripts/policies.sh"
    # shellcheck source=/dev/null
    . "$WORLD/scripts/exact_grant.sh"
    # shellcheck source=/dev/null
    . "$WORLD/scripts/$engine.sh"
    engine_setup || die "the engine cannot be set up"
    take_census >"$WORLD/census.before"
    engine_cases
    # The engine's daemons end before what is left is counted.
    ! declare -F engine_teardown >/dev/null || engine_teardown
    check_nothing_left
}

case ${1:-} in
--inside)
    shift
    inside "$@"
    ;;
--rooted)
    shift
    rooted "$@"
    ;;
*)
    [ $# = 5 ] || die "usage: world.sh RESULTS PROGRAMS RUNTIME-FILE ENGINE RUNTIME-NAME"
    outside "$@"
    ;;
esac
