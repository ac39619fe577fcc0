#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The cgroup file system in the container: what of the tree is seen, what of it may be changed, whom it belongs to, and
# that a manager of cgroups (systemd, an engine, this runtime again) works within.
load suite

GROUP_OF_ID=

setup() {
    base_setup
    GROUP_OF_ID=/sys/fs/cgroup/thwart-$ID
}

# view OPTIONS...: the mount that engines write.
view() {
    mount_entry /sys/fs/cgroup cgroup cgroup nosuid noexec nodev relatime "$@"
}

owner() {
    stat -c %u:%g "$GROUP_OF_ID${1:+/$1}"
}

# What a manager does first: a leaf, itself in it.
MANAGE='mkdir /sys/fs/cgroup/leaf && echo 0 >/sys/fs/cgroup/leaf/cgroup.procs && grep -o "0::.*" /proc/self/cgroup'

manages() {
    program /bin/sh -c "$MANAGE"
    rt run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null
    grep -qx '0::/leaf' "$WORK/out"
}

@test "in a cgroup namespace: its root is the container's cgroup, and nothing above is there" {
    view ro
    shell 'probe report; ls -a /sys/fs/cgroup/..; cat /sys/fs/cgroup/cgroup.procs'
    look
    SEEN=$(head -1 <<<"$SEEN")
    mount_at /sys/fs/cgroup .root '"/"'
    grep -qx 1 "$WORK/out"
}

@test "in a cgroup namespace: ro cannot be changed, nor made rw without CAP_SYS_ADMIN" {
    view ro
    shell 'probe mkdir /sys/fs/cgroup/made; mount -o remount,rw /sys/fs/cgroup 2>/dev/null && echo REMOUNTED'
    look
    expect_error mkdir /sys/fs/cgroup/made EROFS
    run ! grep -q REMOUNTED "$WORK/out"
}

@test "rw: root in the container manages the cgroups below its own" {
    view rw
    manages
}

@test "rw, without a user namespace: an ordinary user in the container manages nothing" {
    view rw
    config '.process.user = {uid: 1000, gid: 1000}'
    shell 'probe mkdir /sys/fs/cgroup/made'
    look
    expect_error mkdir /sys/fs/cgroup/made EACCES
}

@test "user namespace, rw: the cgroup belongs to the container's root, with what the kernel delegates and no more" {
    local file
    user_namespace
    view rw
    start_container
    [ "$(owner)" = 300000:300000 ]
    for file in cgroup.procs cgroup.threads cgroup.subtree_control; do
        [ "$(owner "$file")" = 300000:300000 ]
    done
    # Limits stay root's: who could write them would lift them.
    for file in "$GROUP_OF_ID"/*.max "$GROUP_OF_ID"/cgroup.{max.depth,max.descendants,type,freeze}; do
        [ ! -e "$file" ] || [ "$(stat -c %u:%g "$file")" = 0:0 ]
    done
    [ "$(stat -c %u /sys/fs/cgroup/cgroup.procs)" = 0 ]
}

@test "user namespace, rw: a manager works within" {
    user_namespace
    view rw
    manages
}

@test "user namespace, rw: exec finds init where it has moved, and delete removes what was made" {
    user_namespace
    view rw
    program /bin/sh -c "$MANAGE && exec probe sleep"
    create_container
    rt start "$ID" >/dev/null
    eventually grep -q . "$GROUP_OF_ID/leaf/cgroup.procs"
    rt exec "$ID" /bin/busybox true
    rt delete --force "$ID"
    [ ! -e "$GROUP_OF_ID" ]
}

@test "user namespace, ro: nothing is handed over" {
    user_namespace
    view ro
    start_container
    [ "$(owner)" = 0:0 ]
    [ "$(owner cgroup.procs)" = 0:0 ]
}

@test "user namespace without a cgroup mount: nothing is handed over" {
    user_namespace
    start_container
    [ "$(owner)" = 0:0 ]
}

@test "user namespace without a cgroup namespace: the host's tree, and nothing of it is handed over" {
    user_namespace
    drop_namespace cgroup
    view rw
    shell "probe mkdir /sys/fs/cgroup/made; probe mkdir /sys/fs/cgroup/thwart-$ID/made; probe write /sys/fs/cgroup/cgroup.procs 0; probe report"
    look
    expect_error mkdir /sys/fs/cgroup/made "EACCES EPERM"
    expect_error mkdir "/sys/fs/cgroup/thwart-$ID/made" "EACCES EPERM"
    expect_error write /sys/fs/cgroup/cgroup.procs "EACCES EPERM"
    SEEN=$(tail -1 "$WORK/out" | grep -q '"mounts"' && tail -1 "$WORK/out" || grep '"mounts"' "$WORK/out")
    mount_at /sys/fs/cgroup .type '"cgroup2"'
}

@test "without a cgroup namespace: the host's tree as it is, rw when it is asked for" {
    drop_namespace cgroup
    view rw
    shell "test -d /sys/fs/cgroup/thwart-$ID && grep -qx 0::/thwart-$ID /proc/self/cgroup && mkdir /sys/fs/cgroup/thwart-$ID/made && echo as-it-is"
    look
    grep -qx as-it-is "$WORK/out"
}

@test "the options of the host's own mount are left alone" {
    local before
    before=$(grep ' - cgroup2 ' /proc/self/mountinfo | sed 's/.* - //' | sort)
    view rw
    look
    [ "$(grep ' - cgroup2 ' /proc/self/mountinfo | sed 's/.* - //' | sort)" = "$before" ]
}

@test "a cgroup namespace that is joined with its user namespace" {
    local first=$ID
    user_namespace
    view ro
    start_container
    another_id second
    new_bundle "$WORK/second"
    chown -R -h 300000:300000 "$ROOT"
    drop_namespace cgroup
    add_namespace user "/proc/$PID/ns/user"
    add_namespace cgroup "/proc/$PID/ns/cgroup"
    view ro
    ID=$OTHER
    look
    see .namespaces.cgroup "$(stat -Lc %i "/proc/$PID/ns/cgroup")"
    mount_at /sys/fs/cgroup .type '"cgroup2"'
    ID=$first
}

# --- this runtime within --------------------------------------------------------------------------------------------------

# runtime_within: the container has the runtime, a bundle for it, and what a privileged container has. The libraries are for
# builds that are linked to them.
runtime_within() {
    local each
    cp "$THWART" "$ROOT/bin/thwart"
    mkdir -p "$ROOT/inner"
    cp -a "$ROOTFS" "$ROOT/inner/rootfs"
    cp "$TESTS/support/base-config.json" "$ROOT/inner/config.json"
    all_capabilities
    config '.process.capabilities |= map_values(. + ["CAP_SYS_RESOURCE", "CAP_BPF", "CAP_SETFCAP", "CAP_SYS_ADMIN"] | unique) | .process.noNewPrivileges = false
            | del(.linux.maskedPaths, .linux.readonlyPaths) | (.mounts[] | select(.destination == "/sys").options) -= ["ro"]'
    view rw
    mount_entry /run tmpfs tmpfs mode=755
    for each in lib lib64; do
        [ ! -d "/usr/$each" ] || mount_entry "/$each" bind "/usr/$each" rbind ro
    done
    chown -R -h --reference="$ROOT" "$ROOT/inner" "$ROOT/bin/thwart"
}

# look_within: runs both; what the inner container saw.
look_within() {
    program /bin/sh -c "${1:-exec thwart run --bundle /inner inner}"
    look
    see .hostname '"inside"'
    see .pid 1
}

@test "within a privileged container: a container" {
    runtime_within
    look_within
    see .cgroup '"/"'
}

@test "within a privileged container: device rules of the inner one hold" {
    runtime_within
    local rules expected
    # To open the kernel's log for writing takes no right but the rule's.
    for rules in '[]' '[{allow: true, type: "c", major: 1, minor: 11, access: "rwm"}]'; do
        jq ".linux.resources.devices = [{allow: false, access: \"rwm\"}] + $rules
            | .process.args = [\"/bin/sh\", \"-c\", \"mknod /tmp/log c 1 11 && : >/tmp/log && echo opened\"]
            | .process.capabilities |= map_values([\"CAP_MKNOD\"])" "$TESTS/support/base-config.json" >"$ROOT/inner/config.json"
        rm -f "$ROOT/inner/rootfs/tmp/log"
        program /bin/sh -c 'thwart --policy unrestricted run --bundle /inner inner'
        expected=opened
        [ "$rules" != '[]' ] || expected='not permitted'
        rt run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>&1 </dev/null || [ "$rules" = '[]' ]
        grep -q "$expected" "$WORK/out"
    done
}

@test "within a privileged container of a user namespace: a container" {
    user_namespace
    runtime_within
    look_within
}

@test "within a privileged container of a user namespace: life and exec, and nothing is left" {
    user_namespace
    runtime_within
    jq '.process.args = ["/bin/probe", "sleep"]' "$TESTS/support/base-config.json" >"$ROOT/inner/config.json"
    shell 'thwart run --detach --bundle /inner inner </dev/null >/dev/null 2>&1 && thwart state inner | grep -o running && thwart exec inner /bin/busybox echo word
        thwart pause inner && thwart resume inner && thwart kill inner KILL && sleep 0.5 && thwart delete inner && thwart list -q | wc -l'
    look
    [ "$(cat "$WORK/out")" = $'running\nword\n0' ]
}

@test "within a container, from a leaf of the delegated cgroup: controllers are passed on, and a limit holds" {
    grep -qw hugetlb /sys/fs/cgroup/cgroup.controllers || skip "the cgroup controller hugetlb is not on this machine's v2 hierarchy"
    user_namespace
    runtime_within
    # The outer's own limit has the controller enabled for its cgroup.
    config '.linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 8388608}]'
    jq '.linux.cgroupsPath = "/inner" | .linux.resources.unified = {"hugetlb.2MB.max": "2097152"}
        | .mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro", "nosuid", "nodev", "noexec"]}]
        | .process.args = ["/bin/cat", "/sys/fs/cgroup/hugetlb.2MB.max"]' "$ROOT/inner/config.json" >"$WORK/inner.json"
    cp "$WORK/inner.json" "$ROOT/inner/config.json"
    program /bin/sh -c 'mkdir /sys/fs/cgroup/leaf && echo 0 >/sys/fs/cgroup/leaf/cgroup.procs && exec thwart run --bundle /inner inner'
    look
    [ "$(cat "$WORK/out")" = 2097152 ]
}
