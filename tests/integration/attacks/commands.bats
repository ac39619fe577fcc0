#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Containers and bundles against the commands that work on them: exec, kill, delete, update, pause, resume; and those
# commands, killed at each of their calls.
load ../suite

@test "HOME is not looked for in a file of procfs, to which an image's passwd may link" {
    ln -sf /proc/1/comm "$ROOT/etc/passwd"
    config 'del(.process.env[] | select(startswith("HOME=")))'
    # A line of passwd that fits into the name of a process.
    program /bin/busybox sh -c 'echo -n a::0:0::/x >/proc/self/comm; exec 3</proc/self/comm; read -r line <&3; echo "$line" >/tmp/name; while :; do busybox sleep 1; done'
    mount_entry /tmp tmpfs tmpfs
    create_container
    rt start "$ID"
    eventually rt exec "$ID" /bin/busybox grep -qx a::0:0::/x /proc/1/comm
    rt exec "$ID" /bin/busybox env >"$WORK/environment"
    grep -qx HOME=/ "$WORK/environment" || { grep HOME "$WORK/environment" >&2 && return 1; }
}

@test "exec does not wait in a cgroup that the container has frozen by itself" {
    local own
    config '.linux.cgroupsPath = $p' --arg p "/$ID-freezes"
    start_container
    own=/sys/fs/cgroup/$ID-freezes
    mkdir "$own/inner"
    echo "$PID" >"$own/inner/cgroup.procs"
    echo 1 >"$own/inner/cgroup.freeze"
    eventually grep -q 'frozen 1' "$own/inner/cgroup.events"
    RT_TIMEOUT=5 refused 'frozen' rt exec --cgroup inner "$ID" /bin/busybox true
    # With a controller handed down nothing can be born above: exec goes where init is.
    grep -qw hugetlb "$own/cgroup.controllers" || skip "the cgroup hierarchy has no controller hugetlb"
    echo +hugetlb >"$own/cgroup.subtree_control"
    RT_TIMEOUT=5 refused 'frozen' rt exec "$ID" /bin/busybox true
    echo 0 >"$own/inner/cgroup.freeze"
    rt exec "$ID" /bin/busybox true
}

# A container that has stopped keeps its cgroup until it is deleted. Whoever is let into that would be killed with it.
@test "a cgroup that is on record of a stopped container is not another's: kill and delete of the one leave the other" {
    local other=$ID-b
    IDS+=("$other")
    config 'del(.linux.namespaces[] | select(.type == "pid")) | .linux.cgroupsPath = $p' --arg p "/$ID-shared"
    start_container /bin/busybox true
    eventually has_status stopped
    program /bin/probe sleep
    refused "$ID" rt run -d --bundle "$BUNDLE" "$other"
    rt delete "$ID"
    rt run -d --bundle "$BUNDLE" "$other" </dev/null >"$WORK/container.out" 2>&1
    has_status running "$other"
}

@test "a cgroup that was made anew by another container: kill and delete by the old record leave it alone" {
    local other=$ID-b
    IDS+=("$other")
    config 'del(.linux.namespaces[] | select(.type == "pid")) | .linux.cgroupsPath = $p' --arg p "/$ID-again"
    start_container /bin/busybox true
    eventually has_status stopped
    rmdir "/sys/fs/cgroup/$ID-again"
    program /bin/probe sleep
    rt run -d --bundle "$BUNDLE" "$other" </dev/null >"$WORK/container.out" 2>&1
    rt kill --all "$ID" KILL || true
    rt kill "$ID" KILL || true
    has_status running "$other"
    rt delete --force "$ID"
    has_status running "$other"
}
