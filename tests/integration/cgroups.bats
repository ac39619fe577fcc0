#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Control groups: where the container lives, from when on, every resource that this machine's controllers allow, and a
# clear refusal for those it lacks. Run in a pure v2 view.
load suite

# The directory that "/" means for the runtime.
TREE_OF_GROUPS=/sys/fs/cgroup

# cgroup_of PID: its directory.
cgroup_of() {
    echo "$TREE_OF_GROUPS$(sed -n 's/^0:://p' "/proc/$1/cgroup")"
}

needs() {
    grep -qw "$1" "$TREE_OF_GROUPS/cgroup.controllers" || skip "the cgroup controller $1 is not on this machine's v2 hierarchy"
}

# limit FILTER FILE EXPECTED: starts a container with these resources and reads the file of its cgroup.
limit() {
    config "$1"
    start_container
    run -0 cat "$(cgroup_of "$PID")/$2"
    if [ "$output" != "$3" ]; then
        echo "$2 is '$output', expected '$3'" >&2
        return 1
    fi
}

@test "init is in its cgroup when create returns" {
    program /bin/probe
    config ".linux.cgroupsPath = \"/$ID-parent/child\""
    create_container
    [ "$(cgroup_of "$PID")" = "$TREE_OF_GROUPS/$ID-parent/child" ]
    grep -qx "$PID" "$TREE_OF_GROUPS/$ID-parent/child/cgroup.procs"
    rt delete --force "$ID"
    [ ! -e "$TREE_OF_GROUPS/$ID-parent/child" ]
    rmdir "$TREE_OF_GROUPS/$ID-parent" 2>/dev/null || [ ! -e "$TREE_OF_GROUPS/$ID-parent" ]
}

@test "without cgroupsPath the cgroup is /thwart-ID, and delete removes it" {
    start_container
    [ "$(cgroup_of "$PID")" = "$TREE_OF_GROUPS/thwart-$ID" ]
    rt delete --force "$ID"
    [ ! -e "$TREE_OF_GROUPS/thwart-$ID" ]
}

@test "a relative cgroupsPath is one place, the same each time" {
    local first
    config ".linux.cgroupsPath = \"$ID-relative/one\""
    start_container
    first=$(cgroup_of "$PID")
    [[ $first == *"$ID-relative/one" ]]
    rt delete --force "$ID"
    start_container
    [ "$(cgroup_of "$PID")" = "$first" ]
    rt delete --force "$ID"
    [ ! -e "$first" ]
    rmdir "${first%/one}" 2>/dev/null || [ ! -e "${first%/one}" ]
}

@test "the program itself is born inside: its children too" {
    config '.linux.cgroupsPath = $p' --arg p "/$ID"
    drop_namespace cgroup
    look
    see .cgroup "\"$(sed -n 's/^0:://p' /proc/self/cgroup | sed 's,^/$,,')/$ID\"" || see .cgroup "\"/$ID\""
}

@test "a cgroup namespace has its root at the container's cgroup" {
    look
    see .cgroup '"/"'
}

@test "exec enters the container's cgroup" {
    start_container
    rt exec "$ID" /bin/probe sleep >/dev/null 2>&1 </dev/null &
    BACKGROUNDS+=($!)
    in_group() { [ "$(wc -l <"$TREE_OF_GROUPS/thwart-$ID/cgroup.procs")" = 2 ]; }
    eventually in_group
}

@test "delete removes cgroups that the container made inside" {
    mount_entry /sys/fs/cgroup cgroup cgroup rw
    all_capabilities
    program /bin/sh -c 'mkdir -p /sys/fs/cgroup/a/b/c; probe sleep'
    start_now
    eventually test -d "$TREE_OF_GROUPS/thwart-$ID/a/b/c"
    rt delete --force "$ID"
    [ ! -e "$TREE_OF_GROUPS/thwart-$ID" ]
}

start_now() {
    create_container
    rt start "$ID"
}

@test "a cgroup that exists and holds foreign processes is not taken over" {
    mkdir "$TREE_OF_GROUPS/$ID-foreign"
    background "$SUPPORT/probe" sleep
    echo "$BACKGROUND" >"$TREE_OF_GROUPS/$ID-foreign/cgroup.procs"
    config '.linux.cgroupsPath = $p' --arg p "/$ID-foreign"
    program /bin/probe sleep
    rt run --bundle "$BUNDLE" --detach "$ID" >/dev/null 2>&1 </dev/null || true
    rt delete --force "$ID"
    local alive=0
    kill -0 "$BACKGROUND" && alive=1
    stop_background
    rmdir "$TREE_OF_GROUPS/$ID-foreign"
    [ "$alive" = 1 ]
}

@test "hugepageLimits" {
    needs hugetlb
    limit '.linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 4194304}]' hugetlb.2MB.max 4194304
}

@test "hugepageLimits of a size that does not exist are refused" {
    config '.linux.resources.hugepageLimits = [{pageSize: "3MB", limit: 4194304}]'
    refused_run '3MB'
}

@test "unified: any file of the controllers, written as it is" {
    needs hugetlb
    limit '.linux.resources.unified = {"hugetlb.2MB.max": "1048576"}' hugetlb.2MB.max 0 ||
        [ "$(cat "$(cgroup_of "$PID")/hugetlb.2MB.max")" = 1048576 ]
}

@test "unified: core files too" {
    limit '.linux.resources.unified = {"cgroup.max.descendants": "7"}' cgroup.max.descendants 7
}

@test "unified: a file that does not exist, and a name that leaves the cgroup, are refused" {
    config '.linux.resources.unified = {"nosuch.file": "1"}'
    refused_run 'nosuch'
    config '.linux.resources.unified = {"../cgroup.procs": "1"}'
    refused_run 'unified|cgroup.procs'
    config '.linux.resources.unified = {"sub/cgroup.procs": "1"}'
    refused_run 'unified|cgroup.procs'
}

@test "memory: limit, reservation, swap" {
    needs memory
    config '.linux.resources.memory = {limit: 67108864, reservation: 33554432, swap: 134217728}'
    start_container
    local group
    group=$(cgroup_of "$PID")
    [ "$(cat "$group/memory.max")" = 67108864 ]
    [ "$(cat "$group/memory.low")" = 33554432 ]
    [ "$(cat "$group/memory.swap.max" 2>/dev/null || echo 67108864)" = 67108864 ]
}

@test "memory: a program that takes more than its limit is killed, and run says so by its status" {
    needs memory
    config '.linux.resources.memory = {limit: 16777216, swap: 16777216}'
    program /bin/probe memory 64
    run rt run --bundle "$BUNDLE" "$ID"
    [ "$status" = 137 ]
}

@test "cpu: quota, period, shares, weight" {
    needs cpu
    config '.linux.resources.cpu = {quota: 50000, period: 100000, shares: 512}'
    start_container
    local group
    group=$(cgroup_of "$PID")
    [ "$(cat "$group/cpu.max")" = "50000 100000" ]
    [ "$(cat "$group/cpu.weight")" -ge 19 ]
    [ "$(cat "$group/cpu.weight")" -le 60 ]
}

@test "cpuset: cpus and mems" {
    needs cpuset
    limit '.linux.resources.cpu = {cpus: "0", mems: "0"}' cpuset.cpus 0
}

@test "pids: the limit holds" {
    needs pids
    config '.linux.resources.pids = {limit: 10}'
    program /bin/probe children 30
    look
    see_that '.started < 10'
    see .error '"EAGAIN"'
}

@test "io: weight" {
    needs io
    config '.linux.resources.blockIO = {weight: 500}'
    start_container
    grep -q 'default' "$(cgroup_of "$PID")/io.weight" || grep -q . "$(cgroup_of "$PID")/io.bfq.weight"
}

@test "rdma" {
    needs rdma
    config '.linux.resources.rdma = {nosuch0: {hcaHandles: 1}}'
    refused_run 'rdma'
}

@test "a limit whose controller is missing is refused, and the controller is named" {
    local filter controller
    while read -r controller filter; do
        grep -qw "$controller" "$TREE_OF_GROUPS/cgroup.controllers" && continue
        cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
        config ".linux.resources = $filter"
        refused_run "$controller"
        run ! grep -qi 'no such file or directory' "$WORK/refused.err"
    done <<'END'
memory {"memory": {"limit": 67108864}}
cpu {"cpu": {"shares": 512}}
cpuset {"cpu": {"cpus": "0"}}
pids {"pids": {"limit": 10}}
io {"blockIO": {"weight": 500}}
rdma {"rdma": {"mlx5_1": {"hcaHandles": 3}}}
END
}

@test "zeros mean unset, and need no controller" {
    # Not so for pids: there the specification has 0 as a limit.
    config '.linux.resources = {cpu: {shares: 0, quota: 0, period: 0, cpus: "", mems: ""}, blockIO: {weight: 0, leafWeight: 0},
              memory: {limit: 0, reservation: 0, swap: 0, kernel: 0, kernelTCP: 0, disableOOMKiller: false}}'
    look
    see .pid 1
}

@test "--cgroup-manager disabled: no cgroup is made" {
    program /bin/probe
    rt --cgroup-manager disabled run --bundle "$BUNDLE" "$ID" >"$WORK/out" </dev/null
    SEEN=$(cat "$WORK/out")
    see .pid 1
    [ ! -e "$TREE_OF_GROUPS/thwart-$ID" ]
}

@test "the systemd manager is refused clearly where no systemd can be asked" {
    local words='systemd cannot be reached.*cgroup-manager=cgroupfs'
    rt --version | grep -q +SYSTEMD || words='without libsystemd'
    refused "$words" rt --systemd-cgroup create --bundle "$BUNDLE" "$ID"
    nothing_left
    refused "$words" rt --cgroup-manager systemd run --bundle "$BUNDLE" "$ID"
    nothing_left
    # What only systemd understands is refused by the other manager, and the other way round.
    config '.linux.cgroupsPath = "machine.slice:thwart:c1"'
    refused 'form.*--systemd-cgroup' rt create --bundle "$BUNDLE" "$ID"
    refused 'cgroup-manager|sideways' rt --cgroup-manager sideways create --bundle "$BUNDLE" "$ID"
}

@test "network class and priority are refused or reported on v2, never silently dropped" {
    config '.linux.resources.network = {classID: 1048577, priorities: [{name: "lo", priority: 500}]}'
    rt run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null || grep -qiE 'network|net_cls|classID' "$WORK/err"
    [ -s "$WORK/err" ] || rt plan --bundle "$BUNDLE" | grep -qiE 'network|classID'
}
