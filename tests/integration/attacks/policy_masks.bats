#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Ways around what a policy hides: masks that cover nothing, places that change their meaning between a mount and its mask,
# file systems of the kernel without a source, and the host's own directories as a root file system.
load ../suite

# bounded SECTIONS: this policy alone.
bounded() {
    printf '{"thwart": 1, "name": "bounds", %s}\n' "$1" >"$WORK/bounds.json"
    GLOBALS=(--policy "$WORK/bounds.json")
}

# Mounts of a test go with it, however it ends.
teardown() {
    [ -z "${MOUNTED:-}" ] || umount "$MOUNTED"
    base_teardown
}

# is_hidden PLACE...: the files of procfs that lie there were read as nothing, and its parameters not written.
is_hidden() {
    local place
    for place; do
        [ "$(outcome read "$place/uptime" .text)" = "" ] || {
            echo "$place/uptime is shown: $SEEN" >&2
            return 1
        }
        expect_error write "$place/sys/kernel/hostname" "${WRITE_ERRORS:-EROFS}" || return 1
    done
}

# looks_at PLACE...: what is_hidden asks about.
looks_at() {
    local place text='probe read /proc/version;'
    for place; do
        text+=" probe read $place/uptime; probe write $place/sys/kernel/hostname x;"
    done
    shell "$text"
}

hidden='"filesystem": {"maskedPaths": ["/proc/uptime"], "readonlyPaths": ["/proc/sys"]}'

@test "a mask or a read-only mount on the root itself hides nothing: what it should cover is covered" {
    bounded "$hidden"
    for root in / // /.; do
        config '.linux.maskedPaths = [$p] | .linux.readonlyPaths = []' --arg p "$root"
        refused_run 'TW0407.*maskedPaths.*mask on / hides nothing'
    done
    # What goes up from the root would cross what is mounted on it.
    looks_at /proc /../proc /dev/../../proc
    for root in / // /./; do
        config '.linux.maskedPaths = [] | .linux.readonlyPaths = [$p]' --arg p "$root"
        look
        is_hidden /proc /../proc /dev/../../proc
    done
}

@test "a read-only root of an ordinary bundle is read-only, with all that is mounted there" {
    config '.linux.readonlyPaths = ["/"]'
    mount_entry /scratch tmpfs tmpfs
    shell 'probe mkdir /x; probe mkdir /scratch/x; probe mkdir /../y'
    look
    expect_error mkdir /x EROFS
    expect_error mkdir /scratch/x EROFS
    expect_error mkdir /../y EROFS
}

@test "a procfs behind a link, whose place is something else when it is masked" {
    bounded "$hidden"
    mkdir -p "$ROOT/place/p" "$ROOT/links"
    ln -s /place "$ROOT/links/here"
    mount_entry /links/here/p proc proc
    mount_entry /links tmpfs tmpfs
    config '.linux.maskedPaths = ["/links/here/p/uptime"] | .linux.readonlyPaths = ["/links/here/p/sys"]'
    looks_at /place/p
    look
    is_hidden /place/p
}

@test "a procfs behind a link that is exchanged all the time" {
    local round
    bounded "$hidden"
    mkdir -p "$ROOT/one/p" "$ROOT/other/p" "$WORK/volume"
    ln -s /one "$WORK/volume/here"
    ln -s /other "$WORK/volume/there"
    background "$SUPPORT/exchange_racer" "$WORK/volume/here" "$WORK/volume/there"
    mount_entry /links bind "$WORK/volume" bind
    mount_entry /links/here/p proc proc
    shell 'for p in /one/p /other/p; do
        if [ -e $p/version ]; then probe read $p/uptime; probe write $p/sys/kernel/hostname x; fi; done'
    for ((round = 0; round < 30; round++)); do
        look
        if [ "$(jq -r 'select(.on == "/one/p/uptime") | .did' <<<"$SEEN")" = read ]; then
            is_hidden /one/p
        else
            is_hidden /other/p
        fi
    done
}

@test "procfs in places that no mount of the bundle names: below a source, below the root file system, with both" {
    bounded "$hidden"
    mkdir -p "$WORK/tree/p" "$ROOT/opt/p" "$ROOT/opt/tree" "$ROOT/opt/again"
    MOUNTED=$WORK/tree/p
    mount -t proc proc "$MOUNTED"
    looks_at /opt/tree/p
    mount_entry /opt/tree bind "$WORK/tree" rbind
    look
    is_hidden /opt/tree/p
    umount "$MOUNTED"
    MOUNTED=$ROOT/opt/p
    mount -t proc proc "$MOUNTED"
    config '.mounts |= .[:-1]'
    # The container's own root as a source: its mounts come along, those of the bundle as well.
    mount_entry /opt/again bind "$ROOT" rbind
    looks_at /opt/p /opt/again/opt/p /opt/again/proc
    look
    is_hidden /opt/p /opt/again/opt/p /opt/again/proc
}

@test "the host's root, with its mounts, and read-only words that a remount takes back" {
    bounded "$hidden"
    mount_entry /host bind / rbind
    looks_at /host/proc
    look
    is_hidden /host/proc
    config '.mounts |= .[:-1]'
    mount_entry /host bind /proc rbind rro
    config '.mounts += [{destination: "/host", options: ["remount", "rrw"]}]'
    looks_at /host
    look
    is_hidden /host
}

@test "a part of procfs by another name, and one over the other" {
    bounded "$hidden"
    MOUNTED=$WORK/alias
    mkdir "$MOUNTED"
    mount --bind /proc/sys "$MOUNTED"
    mount_entry /opt/kernel bind "$MOUNTED/kernel" bind rw
    mount_entry /opt/twice proc proc
    mount_entry /opt/twice proc proc
    mount_entry /opt/gone/p proc proc
    mount_entry /opt/gone tmpfs tmpfs
    config '.linux.maskedPaths = ["//proc/./uptime/", "/opt//twice/uptime"]'
    shell 'probe write /opt/kernel/hostname x; probe read /opt/twice/uptime; probe write /opt/twice/sys/kernel/hostname x
           probe read /proc/uptime; probe write /proc/sys/kernel/hostname x; probe read /opt/gone/p/uptime'
    look
    expect_error write /opt/kernel/hostname EROFS
    is_hidden /opt/twice /proc
    expect_error read /opt/gone/p/uptime ENOENT
}

@test "in a user namespace, and for an ordinary user, the same files are masked" {
    bounded "$hidden"
    mount_entry /opt/host bind /proc rbind
    looks_at /proc /opt/host
    user_namespace
    WRITE_ERRORS="EROFS EACCES" # the parameter is the host's root's
    look
    is_hidden /proc /opt/host
    new_bundle "$WORK/rootless"
    mount_entry /opt/second proc proc
    looks_at /proc /opt/second
    another_id rootless
    ID=$OTHER
    rootless
    look
    is_hidden /proc /opt/second
}

@test "what is in audit mode is told and left as it is" {
    bounded '"mode": "audit", "filesystem": {"maskedPaths": ["/proc/uptime"]}'
    mount_entry /opt/proc bind /proc rbind ro
    shell 'probe read /proc/uptime; probe read /opt/proc/uptime'
    look
    [ "$(outcome read /proc/uptime .text)" != "" ]
    [ "$(outcome read /opt/proc/uptime .text)" != "" ]
}

@test "the kernel's files bound beside their usual place are masked there, too" {
    bounded '"filesystem": {"mounts": {"sources": [{"path": "/proc", "access": "ro"}]}, "maskedPaths": ["/proc/uptime"]}'
    mount_entry /opt/proc bind /proc rbind rro
    mount_entry /opt/uptime bind /proc/uptime bind ro
    mount_entry /opt/version bind /proc/version bind ro
    shell 'probe read /opt/proc/uptime; probe read /opt/uptime; probe read /opt/version'
    look
    [ "$(outcome read /opt/proc/uptime .text)" = "" ]
    [ "$(outcome read /opt/uptime .text)" = "" ]
    [ "$(outcome read /opt/version .text)" != "" ]
}

@test "a delegate masks by names: kernel files beside their usual place are refused" {
    peer crun
    bounded "$hidden"
    GLOBALS+=(--delegate "$PEER" --delegate-root "$WORK/delegate")
    mount_entry /opt/proc proc proc
    refused_run 'TW0407.*/opt/proc.*delegate'
    config '.mounts |= .[:-1] | del(.linux.resources)'
    looks_at /proc
    look
    is_hidden /proc
}

@test "sysfs, and the host's cgroups where the container has no namespace of them, are read-only" {
    bounded '"filesystem": {"mounts": {"sources": []}}'
    drop_namespace cgroup
    config '.mounts |= map(select(.type != "sysfs" and (.type // "" | startswith("cgroup") | not)))'
    mount_entry /sys sysfs sysfs rw
    mount_entry /sys/fs/cgroup cgroup cgroup rw
    program /bin/probe report
    look
    for place in /sys /sys/fs/cgroup; do
        see_that "[.mounts[] | select(.point == \"$place\")] | last | .options | test(\"(^|,)ro(,|$)\")"
    done
}

@test "sysfs and cgroups are writable where a source says so, or where they are the container's own" {
    bounded '"filesystem": {"mounts": {"sources": [{"path": "/sys", "access": "rw"}]}}'
    config '.mounts |= map(select(.type != "sysfs"))'
    mount_entry /sys sysfs sysfs rw
    program /bin/probe report
    look
    see_that '[.mounts[] | select(.point == "/sys")] | last | .options | test("(^|,)rw(,|$)")'
    bounded '"filesystem": {"mounts": {"sources": []}}'
    config '.mounts |= map(select(.type // "" | startswith("cgroup") | not))'
    drop_namespace cgroup
    add_namespace cgroup
    mount_entry /sys/fs/cgroup cgroup cgroup rw
    look
    see_that '[.mounts[] | select(.point == "/sys/fs/cgroup")] | last | .options | test("(^|,)rw(,|$)")'
    see_that '[.mounts[] | select(.point == "/sys")] | last | .options | test("(^|,)ro(,|$)")'
}

@test "file systems of the host that have no source: refused, unless their type or their place is allowed" {
    bounded '"filesystem": {"mounts": {"sources": [{"path": "/**", "access": "rw"}]}}'
    for type in debugfs tracefs securityfs configfs bpf pstore binfmt_misc; do
        mount_entry /opt/it "$type" "$type" ro
        refused_run "TW0403.*$type is the host's"
        config '.mounts |= .[:-1]'
    done
    bounded '"filesystem": {"mounts": {"deny": ["/dev"]}}'
    mount_entry /opt/it devtmpfs devtmpfs ro
    refused_run 'TW0403.*devtmpfs, which is /dev, is denied'
    config '.mounts |= .[:-1]'
    bounded '"filesystem": {"mounts": {"types": ["proc", "tmpfs", "devpts", "mqueue", "sysfs", "cgroup", "bpf"], "sources": []}}'
    mount_entry /opt/it bpf bpf rw
    program /bin/probe report
    look
    see_that '[.mounts[] | select(.point == "/opt/it")] | last | .options | test("(^|,)ro(,|$)")'
}

@test "the host's own directories are no root file system" {
    GLOBALS=(--policy baseline)
    for directory in / /usr /usr/local/bin /etc/security /root /home /var/spool /bin /usr/../etc/security; do
        config '.root.path = $d' --arg d "$directory"
        refused_run 'TW0403.*root file system'
    done
    ln -s /etc/security "$WORK/link"
    config '.root.path = $d' --arg d "$WORK/link"
    refused_run 'TW0403.*root file system'
}

@test "other names of the host's directories, and places of images" {
    mkdir "$WORK/alias"
    MOUNTED=$WORK/alias
    mount --bind /etc "$MOUNTED"
    GLOBALS=(--policy baseline)
    config '.root.path = $d' --arg d "$MOUNTED"
    refused_run 'TW0403.*root file system.*/etc'
    bounded '"filesystem": {"mounts": {"sources": []}}'
    for directory in /home/somebody /var/lib/docker /run/user/1000 /run/containerd /var/log/pods/x ../../../../../../usr; do
        config '.root.path = $d' --arg d "$directory"
        refused_run 'TW0403.*root file system'
    done
    program /bin/probe report
    config '.root.path = $d' --arg d "$ROOT"
    look
}
