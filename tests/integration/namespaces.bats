#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Namespaces: new, shared with the host, joined by path. What counts is the inode that the program stands in.
load suite

host_namespace() {
    stat -Lc %i "/proc/self/ns/$1"
}

# holder FLAGS...: a process in new namespaces that sleeps; its pid in HOLDER.
holder() {
    background unshare "$@" -- "$SUPPORT/probe" sleep
    HOLDER=$BACKGROUND
    eventually grep -q probe "/proc/$HOLDER/comm"
}

# kernel_name OF: the specification's word as the name under /proc/PID/ns.
kernel_name() {
    case $1 in
    network) echo net ;;
    mount) echo mnt ;;
    *) echo "$1" ;;
    esac
}

@test "every namespace asked for is new" {
    look
    local kind
    for kind in pid net ipc uts mnt cgroup; do
        see_that '.namespaces[$k] != $h' --arg k "$kind" --argjson h "$(host_namespace "$kind")"
    done
    see '.namespaces.user' "$(host_namespace user)"
    see '.namespaces.time' "$(host_namespace time)"
}

@test "namespaces that are not asked for are the host's" {
    local kind name
    for kind in network ipc uts cgroup; do
        name=$(kernel_name "$kind")
        cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
        drop_namespace "$kind"
        [ "$kind" != uts ] || config 'del(.hostname)'
        [ "$kind" != network ] || config '(.mounts[] | select(.destination == "/sys")) |=
            {destination: "/sys", type: "bind", source: "/sys", options: ["rbind", "ro"]}'
        look
        see ".namespaces.$name" "$(host_namespace "$name")"
    done
}

@test "the host's PID namespace: the program has a host pid and sees other processes" {
    drop_namespace pid
    look
    see '.namespaces.pid' "$(host_namespace pid)"
    see_that '.pid > 1'
}

@test "in a new PID namespace the program is process 1 and its own session leader" {
    look
    see .pid 1
    see .sid 1
    see .pgid 1
    see .ppid 0
}

@test "a new network namespace has the loopback interface only" {
    look
    see .interfaces '["lo"]'
}

@test "hostname and domainname are the container's own" {
    config '.hostname = "first.example" | .domainname = "second.example"'
    look
    see .hostname '"first.example"'
    see .domainname '"second.example"'
    see '.sysctl["kernel/hostname"]' '"first.example"'
    [ "$(uname -n)" != first.example ]
}

@test "a hostname without a UTS namespace never becomes the host's" {
    local before after
    before=$(uname -n)
    drop_namespace uts
    config '.hostname = "stolen"'
    refused 'hostname|uts' rt run --bundle "$BUNDLE" "$ID"
    after=$(uname -n)
    [ "$before" = "$after" ]
}

@test "a hostname longer than the kernel takes is refused by name" {
    config '.hostname = ("h" * 65)'
    refused_run hostname
}

@test "network, ipc and uts namespaces are joined by path" {
    holder --net --ipc --uts
    local kind name
    for kind in network ipc uts; do
        name=$(kernel_name "$kind")
        drop_namespace "$kind"
        add_namespace "$kind" "/proc/$HOLDER/ns/$name"
    done
    config 'del(.hostname)'
    look
    for kind in net ipc uts; do
        see ".namespaces.$kind" "$(stat -Lc %i "/proc/$HOLDER/ns/$kind")"
    done
}

@test "a cgroup namespace is joined by path" {
    holder --cgroup
    drop_namespace cgroup
    add_namespace cgroup "/proc/$HOLDER/ns/cgroup"
    look
    see .namespaces.cgroup "$(stat -Lc %i "/proc/$HOLDER/ns/cgroup")"
}

@test "a PID namespace is joined by path: the program is born in it" {
    start_container
    local first=$ID first_pid=$PID
    another_id second
    new_bundle "$WORK/second"
    drop_namespace pid
    add_namespace pid "/proc/$first_pid/ns/pid"
    ID=$OTHER
    look
    ID=$first
    see .namespaces.pid "$(stat -Lc %i "/proc/$first_pid/ns/pid")"
    see_that '.pid > 1'
}

@test "a mount namespace is joined by path: the program sees its mounts" {
    holder --mount
    nsenter -t "$HOLDER" -m mount -t tmpfs marker-of-the-holder "$WORK/bundle/rootfs/mnt"
    drop_namespace mount
    add_namespace mount "/proc/$HOLDER/ns/mnt"
    config '.mounts = []'
    refused_or_joined
}

# The specification lets a runtime prepare a root file system in a mount namespace that it joins.
refused_or_joined() {
    if rt run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null; then
        SEEN=$(cat "$WORK/out")
        see .pid 1
        [ "$(nsenter -t "$HOLDER" -m stat -fc %T "$WORK/bundle/rootfs/mnt")" = tmpfs ]
    else
        grep -qi mount "$WORK/err"
    fi
}

@test "a namespace path of another type is refused, and the type is named" {
    holder --net
    drop_namespace ipc
    add_namespace ipc "/proc/$HOLDER/ns/net"
    refused_run ipc
}

@test "a namespace path that is missing, a plain file, a directory or a fifo is refused quickly" {
    local path
    touch "$WORK/file"
    mkfifo "$WORK/fifo"
    drop_namespace uts
    config 'del(.hostname)'
    for path in "$WORK/missing" "$WORK/file" "$WORK" "$WORK/fifo" relative/path; do
        config '.linux.namespaces |= map(select(.type != "uts"))'
        add_namespace uts "$path"
        RT_TIMEOUT=5 refused_run 'uts|namespace'
    done
}

@test "a namespace twice in the list is refused" {
    add_namespace uts
    refused_run 'namespace|uts'
}

@test "a namespace of unknown type is refused" {
    add_namespace flavour
    refused_run flavour
}

@test "a time namespace shifts the clocks by its offsets" {
    local here
    here=$("$SUPPORT/probe" | jq .clocks.monotonic)
    add_namespace time
    config '.linux.timeOffsets = {monotonic: {secs: 100000, nanosecs: 5}, boottime: {secs: 200000}}'
    look
    see_that '.clocks.monotonic - $h >= 100000 and .clocks.monotonic - $h < 100100' --argjson h "$here"
    see_that '.clocks.boottime - .clocks.monotonic >= 99999'
    see_that '.namespaces.time != $h' --argjson h "$(host_namespace time)"
}

@test "a time namespace without offsets keeps the clocks" {
    local here
    here=$("$SUPPORT/probe" | jq .clocks.boottime)
    add_namespace time
    look
    see_that '(.clocks.boottime - $h) < 100' --argjson h "$here"
    see_that '.namespaces.time != $h' --argjson h "$(host_namespace time)"
}

@test "a time namespace is joined by path" {
    # The namespace is for children: unshare itself stays outside, and its `time_for_children` names it.
    background unshare --time --boottime 5000 -- "$SUPPORT/probe" sleep
    eventually grep -q probe "/proc/$BACKGROUND/comm"
    add_namespace time "/proc/$BACKGROUND/ns/time_for_children"
    look
    see .namespaces.time "$(stat -Lc %i "/proc/$BACKGROUND/ns/time_for_children")"
    see_that '.clocks.boottime - .clocks.monotonic >= 4999'
}

@test "time offsets without a time namespace are refused" {
    config '.linux.timeOffsets = {monotonic: {secs: 1}}'
    refused_run time
}

@test "exec stands in all namespaces of the container" {
    start_container
    look_exec "$ID" /bin/probe
    local kind
    for kind in pid net ipc uts mnt cgroup user time; do
        see ".namespaces.$kind" "$(stat -Lc %i "/proc/$PID/ns/$kind")"
    done
}

@test "a network device is moved into the container under its new name" {
    busybox ip link add thwart0 type dummy 2>/dev/null || skip "this kernel makes no dummy network devices"
    config '.linux.netDevices = {thwart0: {name: "inside0"}}'
    program /bin/probe
    look
    see '.interfaces | sort' '["inside0","lo"]'
    run busybox ip link show thwart0
    [ "$status" != 0 ]
}

@test "a network device that is missing is refused by name" {
    config '.linux.netDevices = {nosuch9: {}}'
    refused_run nosuch9
}

@test "exec from elsewhere: namespaces that the configuration does not name are those of the container" {
    local kind
    drop_namespace network
    drop_namespace uts
    config 'del(.hostname)'
    program /bin/probe sleep
    unshare --net --uts -- "$THWART" create --bundle "$BUNDLE" --pid-file "$WORK/pid" "$ID" </dev/null >"$WORK/container.out" 2>&1 3>&- 4>&-
    PID=$(cat "$WORK/pid")
    rt start "$ID"
    for kind in net uts mnt pid ipc; do
        [ "$(rt exec "$ID" /bin/busybox readlink "/proc/self/ns/$kind")" = "$(readlink "/proc/$PID/ns/$kind")" ] ||
            { echo "$kind is another" >&2 && return 1; }
    done
    [ "$(readlink /proc/self/ns/net)" != "$(readlink "/proc/$PID/ns/net")" ]
}
