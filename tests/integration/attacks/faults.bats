#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# One call of the runtime fails or is its last: what must hold afterwards. The calls are chosen by strace's injection.
load ../suite

# traced STRACE ARGUMENTS...: LeakSanitizer does not work in a traced process.
traced() {
    ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" timeout --foreground -k 2 20 strace -qq -o /dev/null -e signal=none "$@" 3>&- 4>&-
}

# inject RULE ARGUMENTS...: the runtime with a fault, e.g. inject flock:error=ENOLCK:when=1 create ...
inject() {
    local rule=$1
    shift
    command -v strace >/dev/null || skip "strace is not installed (apt-get install strace)"
    traced -e "inject=$rule" "$THWART" "$@"
}

@test "killed between making an ancestor of its cgroup and telling of it: delete --force leaves none" {
    local rule status
    program /bin/probe sleep
    config '.linux.cgroupsPath = $p' --arg p "/$ID-parent/inner/leaf"
    # mkdirat of the state root's cache is not made here: without a filter there is none.
    for rule in fsetxattr:signal=KILL:when=1 fchmodat:signal=KILL:when=1 fsetxattr:signal=KILL:when=2; do
        status=0
        inject "$rule" create --bundle "$BUNDLE" "$ID" >"$WORK/container.out" 2>&1 </dev/null || status=$?
        [ "$status" != 0 ]
        [ -d "/sys/fs/cgroup/$ID-parent" ] || { echo "$rule: killed too early: $(cat "$WORK/container.out")" >&2 && return 1; }
        rt delete --force "$ID"
        nothing_left
    done
}

@test "a cgroup with another container's processes is refused before anything is on record, and goes on" {
    local other=$ID-b
    IDS+=("$other")
    config '.linux.cgroupsPath = $p' --arg p "/$ID-shared/leaf"
    start_container
    refused 'holds processes' rt create --bundle "$BUNDLE" "$other"
    [ ! -e "/run/thwart/$other" ]
    rt delete --force "$other"
    has_status running
}

@test "a state directory whose lock fails is taken back" {
    local status=0
    program /bin/busybox true
    inject flock:error=ENOLCK:when=1 create --bundle "$BUNDLE" "$ID" >"$WORK/said" 2>&1 </dev/null || status=$?
    [ "$status" = 1 ]
    grep -q 'lock' "$WORK/said"
    nothing_left
}

@test "run and exec do not leave behind what they cannot wait for" {
    local status=0
    program /bin/probe sleep
    inject signalfd4:error=EMFILE:when=1 run --bundle "$BUNDLE" "$ID" >"$WORK/said" 2>&1 </dev/null || status=$?
    [ "$status" = 1 ]
    grep -q 'signals' "$WORK/said"
    nothing_left
    start_container
    status=0
    inject signalfd4:error=EMFILE:when=1 exec "$ID" /bin/busybox sleep 4242 >"$WORK/said" 2>&1 </dev/null || status=$?
    [ "$status" != 0 ]
    [ -z "$(grep -lz '^4242$' /proc/[0-9]*/cmdline 2>/dev/null)" ]
    has_status running
}

@test "a bounding set that cannot be read is an error, not a smaller one" {
    local status=0
    inject prctl:error=ENOMEM:when=20 run --bundle "$BUNDLE" "$ID" >"$WORK/said" 2>&1 </dev/null || status=$?
    [ "$status" = 1 ]
    grep -q 'bounding' "$WORK/said"
    nothing_left
}

@test "start of a container that is stopped gives up, takes nothing away, and works later" {
    program /bin/probe sleep
    config '.hooks.startContainer = [{path: "/bin/true"}]'
    create_container
    kill -STOP "$PID"
    refused 'did not answer' rt start "$ID"
    kill -CONT "$PID"
    has_status created
    rt start "$ID"
    has_status running
}

@test "exec --cgroup does not lead out of the container's cgroup" {
    config '.linux.cgroupsPath = $p' --arg p "/$ID-tree/leaf"
    start_container
    mkdir "/sys/fs/cgroup/$ID-tree/victim"
    refused 'beneath' rt exec --cgroup ../victim "$ID" /bin/busybox true
    refused 'beneath' rt exec --cgroup sub/../../victim "$ID" /bin/busybox true
    rmdir "/sys/fs/cgroup/$ID-tree/victim"
}

@test "a create that is killed before the process is on record takes the process along" {
    local status=0 round
    command -v strace >/dev/null || skip "strace is not installed (apt-get install strace)"
    program /bin/probe sleep
    # As slow as a busy machine, between the birth and the record: the child has built itself long before.
    traced -e inject=clone3:delay_exit=500000:when=1 \
        -e inject=renameat:signal=KILL:when=2 "$THWART" create --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/container.out" 2>&1 3>&- 4>&- || status=$?
    [ "$status" != 0 ]
    [ "$(jq .pid "/run/thwart/$ID/record.json")" = 0 ]
    rt delete --force "$ID"
    nothing_left
    for round in "/proc"/[0-9]*; do
        ! grep -qz -- "$ID" "$round/cmdline" 2>/dev/null || { echo "$round lives on" >&2 && return 1; }
    done
}

@test "a cgroup file system that may not be mounted: the container's own cgroup, never the host's tree" {
    local call ran=0
    config '.linux.cgroupsPath = $p' --arg p "/$ID-own/leaf"
    mount_entry /sys/fs/cgroup cgroup cgroup ro nosuid nodev noexec
    program /bin/busybox ls -d /sys/fs/cgroup/"$ID-own"
    command -v strace >/dev/null || skip "strace is not installed (apt-get install strace)"
    # Which of the calls makes this one is a matter of the configuration: each in turn.
    for call in 1 2 3 4 5 6 7 8 9; do
        traced -f -e "inject=fsmount:error=EPERM:when=$call" \
            "$THWART" run --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>&1 3>&- 4>&- || true
        [ "$(grep -cx "/sys/fs/cgroup/$ID-own" "$WORK/out")" = 0 ] || { echo "call $call shows the host's tree" >&2 && return 1; }
        if grep -q 'No such file' "$WORK/out"; then ran=1; fi
        rt delete --force "$ID"
    done
    # It did look, in some of them.
    [ "$ran" = 1 ]
}

@test "a failure in the container is told although something of the runtime's is unread" {
    program /bin/probe sleep
    # Fails after the record is written and told of, before that is read; and is gone when the runtime listens.
    config '.hooks.createContainer = [{path: "/bin/sh", args: ["sh", "-c", "sleep 0.2; exit 1"]}]'
    local status=0
    inject poll:delay_enter=700000 create --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/container.out" 2>&1 || status=$?
    [ "$status" = 1 ]
    grep -q 'createContainer' "$WORK/container.out"
    nothing_left
}

@test "an id that is only claimed in one state root: delete --force there does not touch the container of another" {
    start_container
    install -d -m 0700 "$WORK/other" "$WORK/other/$ID"
    rt --root "$WORK/other" delete --force "$ID"
    [ ! -e "$WORK/other/$ID" ]
    has_status running
}

@test "few descriptors: create works or fails in one line, and leaves nothing" {
    local limit status
    program /bin/probe sleep
    config 'del(.process.rlimits) | .linux.cgroupsPath = $p' --arg p "/$ID-few/inner/leaf"
    for limit in 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 22 24; do
        status=0
        # shellcheck disable=SC2016
        timeout --foreground -k 2 20 sh -c 'ulimit -n "$1" && shift && exec "$@"' sh "$limit" \
            "$THWART" create --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/container.out" 2>&1 3>&- 4>&- || status=$?
        [ "$status" -le 1 ] || { echo "with $limit: status $status" >&2 && return 1; }
        if [ "$status" = 1 ]; then
            [ "$(wc -l <"$WORK/container.out")" = 1 ] || { echo "with $limit: $(cat "$WORK/container.out")" >&2 && return 1; }
            [ ! -e "/run/thwart/$ID" ] || { echo "with $limit: state is left" >&2 && return 1; }
        fi
        rt delete --force "$ID"
        nothing_left
    done
    [ "$status" = 0 ]
}

# killed_at CALL K ARGUMENTS...: the runtime dies where it makes the K-th call of that name. 1: it makes fewer.
killed_at() {
    local call=$1 k=$2 status=0
    shift 2
    inject "$call:signal=KILL:when=$k" "$@" </dev/null >"$WORK/said" 2>&1 || status=$?
    [ "$status" != 0 ] || return 1
}

asks_for() {
    echo "{\"hugepageLimits\": [{\"pageSize\": \"2MB\", \"limit\": $1}]}" >"$WORK/asked.json"
}

@test "update, killed at each call that matters: the next one sets things right, and nothing is in its way" {
    local call k=0 limits
    config '.linux.cgroupsPath = $p | .linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 4194304}]' --arg p "/$ID-killed"
    start_container
    limits=/sys/fs/cgroup/$ID-killed/hugetlb.2MB.max
    for call in write renameat flock fstatfs; do
        for k in 1 2 3 4 5 6 7 8; do
            asks_for 6291456
            killed_at "$call" "$k" update --resources "$WORK/asked.json" "$ID" || break
            has_status running
            # What counts is one of the two, whole.
            jq -e '.linux.resources.hugepageLimits[0].limit | . == 4194304 or . == 6291456' "/run/thwart/$ID/config.json" >"$WORK/said"
            rt exec "$ID" /bin/busybox true
            asks_for 4194304
            rt update --resources "$WORK/asked.json" "$ID" 2>"$WORK/said"
            [ "$(cat "$limits")" = 4194304 ] || { echo "$call $k: $(cat "$limits")" >&2 && return 1; }
            [ ! -e "/run/thwart/$ID/config.json.next" ] || { echo "$call $k: still half done" >&2 && return 1; }
        done
        # It was killed at one at least, and came to an end when there were no more.
        [ "$k" -gt 1 ] && [ "$k" -lt 8 ] || { echo "$call: $k" >&2 && return 1; }
    done
    asks_for 6291456
    killed_at renameat 2 update --resources "$WORK/asked.json" "$ID"
    [ -e "/run/thwart/$ID/config.json.next" ]
    rt delete --force "$ID"
    nothing_left
}

@test "pause and resume, killed at each call: it is one or the other, can be resumed, and deleted while frozen" {
    local command call k=0
    config '.linux.cgroupsPath = $p' --arg p "/$ID-killed"
    start_container
    for command in pause resume; do
        for call in openat write poll pread64; do
            # A runtime that is not static opens some files more.
            for ((k = 1; k < 60; k++)); do
                [ "$command" = pause ] || rt pause "$ID"
                killed_at "$call" "$k" "$command" "$ID" || break
                case $(status_of "$ID") in
                paused) rt resume "$ID" ;;
                running) ;;
                *) echo "$command, $call $k: $(status_of "$ID")" >&2 && return 1 ;;
                esac
                rt exec "$ID" /bin/busybox true
            done
            [ "$k" -lt 60 ] || { echo "$command: $call without an end" >&2 && return 1; }
            [ "$command" != pause ] || rt resume "$ID"
        done
    done
    killed_at write 1 pause "$ID"
    rt delete --force "$ID"
    nothing_left
}
