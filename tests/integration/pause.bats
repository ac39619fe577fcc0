#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# pause and resume: what stands still, in which states it is possible and how that is told, and that nothing which ends a
# container waits for a frozen one.
load suite

group() {
    echo "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$PID/cgroup")"
}

# A container that counts in a file as long as it runs, with a child that does the same in another.
start_counting() {
    start_container /bin/sh -c 'count() { while :; do echo >>"$1"; usleep 2000; done; }; count /child & count /init'
    eventually test -s "$ROOT/child"
    eventually test -s "$ROOT/init"
}

counts() {
    wc -l <"$ROOT/init"
    wc -l <"$ROOT/child"
}

has_processes() {
    [ "$(rt ps --format json "$ID" | jq length)" = "$1" ]
}

goes_on() {
    local before=$1
    [ "$(counts)" != "$before" ]
}

@test "pause: every process stands still until resume, and state says so" {
    local before
    start_counting
    rt pause "$ID"
    has_status paused
    before=$(counts)
    sleep 0.2
    [ "$(counts)" = "$before" ]
    rt list --format json | jq -e --arg id "$ID" '.[] | select(.id == $id).status == "paused"'
    rt resume "$ID"
    has_status running
    eventually goes_on "$before"
}

@test "pause and resume say nothing: engines show their output to people" {
    start_container
    [ -z "$(rt pause "$ID" 2>&1)" ]
    [ -z "$(rt resume "$ID" 2>&1)" ]
}

@test "processes in cgroups below are paused too" {
    start_container
    mkdir "$(group)/below"
    rt exec --cgroup below --detach "$ID" /bin/sleep 1000
    rt pause "$ID"
    grep -qx 'frozen 1' "$(group)/below/cgroup.events"
    rt resume "$ID"
    grep -qx 'frozen 0' "$(group)/below/cgroup.events"
}

@test "a created container can be paused; it starts after resume, not before" {
    program /bin/probe sleep
    create_container
    rt pause "$ID"
    has_status paused
    refused 'it is paused' rt start "$ID"
    rt resume "$ID"
    has_status created
    rt start "$ID"
    has_status running
}

@test "what is not possible is told in the words that engines know" {
    refused 'does not exist' rt pause "$ID"
    refused 'does not exist' rt resume "$ID"
    start_container
    refused 'container not paused' rt resume "$ID"
    rt pause "$ID"
    refused 'paused already' rt pause "$ID"
    refused 'it is paused' rt exec "$ID" /bin/true
    refused 'it is paused' rt delete "$ID"
    has_status paused
    rt resume "$ID"
    rt kill "$ID" KILL
    eventually has_status stopped
    refused 'container not running' rt pause "$ID"
    refused 'container not running' rt resume "$ID"
}

@test "a container without a cgroup is refused, and runs on" {
    program /bin/probe sleep
    rt --cgroup-manager disabled create --bundle "$BUNDLE" --pid-file "$WORK/pid" "$ID" </dev/null >/dev/null 2>&1
    rt start "$ID"
    refused 'no cgroup' rt pause "$ID"
    has_status running
    refused 'container not paused' rt resume "$ID"
}

@test "SIGKILL ends a paused container at once; then it can be deleted" {
    start_counting
    rt pause "$ID"
    rt kill "$ID" KILL
    eventually has_status stopped
    [ ! -d "/proc/$PID" ] || grep -q '^State:.Z' "/proc/$PID/status"
    rt delete "$ID"
    nothing_left
}

@test "kill --all KILL ends a paused container whose PID namespace is shared" {
    drop_namespace pid
    start_counting
    rt pause "$ID"
    rt kill --all "$ID" KILL
    eventually has_status stopped
    eventually grep -qx 'populated 0' "/sys/fs/cgroup/thwart-$ID/cgroup.events"
    rt delete "$ID"
    nothing_left
}

@test "another signal waits in a paused container and arrives at resume" {
    start_container /bin/sh -c 'trap "echo got >/seen; exit 0" TERM; echo ready >/ready; while :; do usleep 2000; done'
    eventually test -s "$ROOT/ready"
    rt pause "$ID"
    rt kill "$ID" TERM
    sleep 0.1
    has_status paused
    [ ! -e "$ROOT/seen" ]
    rt resume "$ID"
    eventually has_status stopped
    grep -qx got "$ROOT/seen"
}

@test "delete --force takes a paused container away" {
    start_counting
    rt pause "$ID"
    rt delete --force "$ID"
    nothing_left
    [ ! -d "/proc/$PID" ]
}

@test "pause and kill at once: the container ends, whoever is first" {
    local round status
    for round in $(seq 15); do
        start_container
        together quiet rt kill "$ID" KILL
        status=0
        rt pause "$ID" >"$WORK/paused" 2>&1 || status=$?
        wait_together
        [ "$status" = 0 ] || grep -q 'container not running' "$WORK/paused"
        eventually has_status stopped
        rt delete "$ID"
        nothing_left
    done
}

@test "pause and delete --force at once: nothing is left, and nobody waits for a time-out" {
    local round status
    for round in $(seq 15); do
        start_container
        together rt delete --force "$ID"
        status=0
        rt pause "$ID" >"$WORK/paused" 2>&1 || status=$?
        wait_together
        [ "$status" = 0 ] || grep -qE 'container not running|does not exist' "$WORK/paused" || {
            cat "$WORK/paused" >&2
            return 1
        }
        nothing_left
    done
}

@test "exec --ignore-paused runs its command when the container is resumed" {
    start_container
    rt pause "$ID"
    together rt exec --ignore-paused "$ID" /bin/sh -c 'echo ran >/ran'
    sleep 0.3
    [ ! -e "$ROOT/ran" ]
    has_status paused
    rt resume "$ID"
    wait_together
    grep -qx ran "$ROOT/ran"
}

@test "exec --ignore-paused ends with an error when the paused container is killed" {
    start_container
    rt pause "$ID"
    background rt exec --ignore-paused "$ID" /bin/true 2>"$WORK/exec.err"
    eventually has_processes 2
    rt kill --all "$ID" KILL
    run wait "$BACKGROUND"
    [ "$status" = 255 ]
    [ -s "$WORK/exec.err" ]
    eventually has_status stopped
    rt delete "$ID"
    nothing_left
}

@test "exec --ignore-paused in a running container is exec" {
    start_container
    [ "$(rt exec --ignore-paused "$ID" /bin/echo out)" = out ]
}
