#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# ps: the list of pids as engines read it (standard output and standard error as one), with and without a cgroup; and the
# table, which is the host's ps.
load suite

# The pids as an engine gets them, space separated and ordered.
listed() {
    rt ps --format json "$ID" >"$WORK/ps" 2>&1
    jq -r 'sort | map(tostring) | join(" ")' "$WORK/ps"
}

# The container has so many processes.
has_processes() {
    [ "$(listed | wc -w)" = "$1" ]
}

group_processes() {
    sort -n "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$PID/cgroup")/cgroup.procs" | paste -sd' '
}

@test "json: one array of host pids in one line, and no other word" {
    start_container
    [ "$(rt ps --format json "$ID" 2>&1)" = "[$PID]" ]
    [ "$(rt --debug ps -f json "$ID" 2>&1)" = "[$PID]" ]
}

@test "json: children and processes of exec are in it" {
    start_container /bin/sh -c 'sleep 1000 & exec sleep 1000'
    rt exec --detach --pid-file "$WORK/exec.pid" "$ID" /bin/sleep 1000
    eventually has_processes 3
    [ "$(listed)" = "$(group_processes)" ]
    [[ " $(listed) " == *" $(cat "$WORK/exec.pid") "* ]]
}

@test "json: processes in cgroups below are in it" {
    start_container
    mkdir "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$PID/cgroup")/below"
    rt exec --cgroup below --detach --pid-file "$WORK/exec.pid" "$ID" /bin/sleep 1000
    [ "$(listed)" = "$(printf '%s\n' "$PID" "$(cat "$WORK/exec.pid")" | sort -n | paste -sd' ')" ]
}

@test "a created and a paused container have their processes, a stopped one has none" {
    program /bin/probe sleep
    create_container
    [ "$(listed)" = "$PID" ]
    rt start "$ID"
    rt pause "$ID"
    [ "$(listed)" = "$PID" ]
    rt resume "$ID"
    rt kill "$ID" KILL
    eventually has_status stopped
    [ "$(rt ps --format json "$ID" 2>&1)" = "[]" ]
}

@test "what has outlived the first process is listed" {
    drop_namespace pid
    start_container /bin/sh -c 'sleep 1000 & echo $! >/left'
    eventually has_status stopped
    [[ " $(listed) " == *" $(cat "$ROOT/left") "* ]]
}

@test "without a cgroup: by the PID namespace, and those below it" {
    all_capabilities
    program /bin/sh -c 'unshare -p -f sleep 1000 & sleep 1000'
    rt --cgroup-manager disabled create --bundle "$BUNDLE" --pid-file "$WORK/pid" "$ID" </dev/null >/dev/null 2>&1
    PID=$(cat "$WORK/pid")
    [ "$(listed)" = "$PID" ]
    rt start "$ID"
    # The first sleep (the shell became it), unshare, and the sleep in a namespace of its own.
    eventually has_processes 3
    for each in $(listed); do
        grep -qE '^NSpid:([[:space:]]+[0-9]+){2,3}$' "/proc/$each/status"
    done
    background sleep 1000
    [[ " $(listed) " != *" $BACKGROUND "* ]]
    rt kill "$ID" KILL
    eventually has_status stopped
    [ "$(rt ps --format json "$ID" 2>&1)" = "[]" ]
}

@test "with neither a cgroup nor a PID namespace of its own it is refused" {
    drop_namespace pid
    program /bin/probe sleep
    rt --cgroup-manager disabled create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    refused 'neither a cgroup nor a PID namespace' rt ps --format json "$ID"
}

@test "an ordinary user's container is listed" {
    rootless
    start_container
    [ "$(listed)" = "$PID" ]
}

@test "an unknown container is refused" {
    refused 'does not exist' rt ps --format json "$ID"
    refused 'does not exist' rt ps "$ID"
}

@test "table: ps -ef, the container's lines only" {
    start_container /bin/sh -c 'sleep 1000 & exec sleep 1001'
    eventually has_processes 2
    run -0 rt ps "$ID"
    [ "$(head -1 <<<"$output")" = "$(ps -ef | head -1)" ]
    [ "$(sed 1d <<<"$output" | awk '{print $2}' | paste -sd' ')" = "$(group_processes)" ]
    [[ $output == *'sleep 1001'* ]]
}

@test "table: options behind the id are ps's, whatever they look like" {
    start_container /bin/sleep 1000
    run -0 rt ps --format table "$ID" -o comm,pid,args
    [ "${#lines[@]}" = 2 ]
    [[ ${lines[1]} =~ ^sleep\ +$PID\ /bin/sleep\ 1000$ ]]
    run -0 rt ps "$ID" aux
    [[ ${lines[0]} == USER* ]]
    [ "${#lines[@]}" = 2 ]
    refused 'no column PID' rt ps "$ID" -o comm
    refused 'ps failed with status 1' rt ps "$ID" --no-such-option
}

@test "table: a stopped container has the heading" {
    start_container
    rt kill "$ID" KILL
    eventually has_status stopped
    run -0 rt ps "$ID"
    [ "${#lines[@]}" = 1 ]
}

@test "table: no program of the caller's PATH is run" {
    mkdir "$WORK/evil"
    printf '#!/bin/sh\necho ran >%s\necho PID\n' "$WORK/ran" >"$WORK/evil/ps"
    chmod +x "$WORK/evil/ps"
    start_container
    PATH=$WORK/evil:$PATH run -0 rt ps "$ID"
    [ "${#lines[@]}" = 2 ]
    [ ! -e "$WORK/ran" ]
}

@test "table: a host without ps is told so; json needs none" {
    start_container
    cat >"$WORK/hidden" <<'END'
mount -t tmpfs tmpfs /usr/bin || exit 99
[ -L /bin ] || mount -t tmpfs tmpfs /bin || exit 99
"$@"
END
    cp "$(command -v busybox)" "$WORK/busybox"
    refused 'this host has no program ps' timeout 20 unshare --mount "$WORK/busybox" sh "$WORK/hidden" "$THWART" ps "$ID" 3>&-
    [ "$(timeout 20 unshare --mount "$WORK/busybox" sh "$WORK/hidden" "$THWART" ps --format json "$ID" 3>&-)" = "[$PID]" ]
}

@test "a wrong format is refused" {
    run -2 rt ps --format yaml "$ID"
    [[ $output == *table*json* ]]
}
