# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2317,SC2154,SC2153,SC2016,SC2119,SC2120
# The cases of checkpoint and restore, for resources.sh. CRIU takes seconds for each in this machine, so that a case
# looks at several things, and later ones restore what earlier ones have dumped.

all_cases() {
    run_case "a counter goes on where it was; everything around it is as before" goes_on
    run_case "images under another id, with pipes, in the foreground" another_id
    run_case "images with more than the configuration grants are refused, and nothing is left" beyond_grant
    run_case "images with a volume that is writable, where a read-only one is granted, are refused" writable_volume
    run_case "images with a procfs that is not granted are refused" another_procfs
    run_case "images of the host's network are refused where one is joined" host_network
    run_case "hooks: when the namespaces exist, and when the program runs; one that fails ends it" hooks
    run_case "images that are broken: one line, and nothing is left" broken_images
    run_case "pre-dump, then a dump upon it; the container runs on" pre_dump
    run_case "paused before, paused after a dump that fails; dumped while paused" paused
    run_case "a terminal, by the console socket" terminal
    run_case "a TCP connection, and a network namespace by its path" connection
    run_case "images of runc" images_of_runc
    run_case "podman: checkpoint, restore, export, import under another name" podman_cases
}

images=$work/images

rt() {
    timeout --foreground -k 2 60 "$thwart" "$@"
}

# The directory behind /out stands in the templates by a path that all cases share.
out=$work/out-directory

use_out() {
    mkdir -p "$out"
    rm -rf "${out:?}"/*
}

# counting: the bundle of a program that counts in memory and shows the number at /out/count.
counting() {
    use_out
    TEMPLATE=${TEMPLATE:-checkpoint} bundle '{}' /bin/sh -c \
        'i=0; while :; do i=$((i + 1)); echo $i >/out/new; busybox mv /out/new /out/count; echo said $i; sleep 0.1; done'
}

count() {
    local number=0
    [ ! -e "$out/count" ] || read -r number <"$out/count"
    echo "${number:-0}"
}

beyond() {
    [ "$(count)" -gt "$1" ]
}

# running [OPTIONS]: a container of the counter with a pipe for what it says, past 3.
running() {
    counting
    rt run -d --bundle "$BUNDLE" "$@" "$ID" > >(cat >"$work/said") 2>&1 </dev/null || fail "run: $(<"$work/said")"
    eventually beyond 3
}

status_is() {
    local seen
    seen=$(rt state "${2:-$ID}") || fail "no state of ${2:-$ID}"
    [[ $seen == *"\"status\":\"$1\""* || $seen == *"\"status\": \"$1\""* ]] || fail "expected $1: $seen"
}

checkpoint() {
    rt checkpoint "$@" "$ID" >"$work/out" 2>"$work/err" || fail "checkpoint: $(<"$work/err")"
}

# restore [OPTIONS]: detached, with another pipe; PID.
restore() {
    rt restore -d --bundle "$BUNDLE" --pid-file "$work/pid" "$@" "$ID" > >(cat >"$work/said") 2>"$work/err" </dev/null ||
        fail "restore: $(<"$work/err")"
    PID=$(<"$work/pid")
}

# One line that names what CRIU says and where.
one_line() {
    local lines
    mapfile -t lines <"$work/err"
    [ "${#lines[@]}" = 1 ] || fail "not one line: $(<"$work/err")"
    [[ ${lines[0]} == *"$1"* ]] || fail "expected $1: ${lines[0]}"
}

# What the kernel says of the process: credentials, filter, root, masks.
described() {
    local key value text
    # In one go: it changes while it is read.
    text=$(<"/proc/$PID/status")
    while IFS=$':\t' read -r key value; do
        case $key in Cap* | NoNewPrivs | Seccomp | Seccomp_filters) echo "$key ${value##*$'\t'}" ;; esac
    done <<<"$text"
    sed 's/^.* \(\/[^ ]*\) \(r[ow]\)[^ ]*.* - \([^ ]*\).*$/\1 \2 \3/' "/proc/$PID/mountinfo" | sort
}

goes_on() {
    local before
    running --pid-file "$work/pid"
    PID=$(<"$work/pid")
    described >"$work/before"
    has "$work/before" "NoNewPrivs 1"
    has "$work/before" "Seccomp 2"
    has "$work/before" "/ ro overlay"
    checkpoint --image-path "$images" --work-path "$work/logs"
    status_is stopped
    [ -e "$work/logs/dump.log" ] || fail "no log at --work-path"
    [ ! -e "$images/dump.log" ] || fail "a log with the images"
    before=$(count)
    [ "$before" -gt 3 ]
    rt delete "$ID"
    restore --image-path "$images" --work-path "$work/logs"
    eventually beyond "$((before + 2))"
    status_is running
    is "$groups/$ID/pids.max" 30
    has "/proc/$PID/cgroup" "0::/$ID"
    described >"$work/after"
    cmp -s "$work/before" "$work/after" || fail "another: $(diff "$work/before" "$work/after")"
    OUT=$(rt exec "$ID" /bin/cat /out/count) || fail "exec"
    [ "$OUT" -ge "$before" ] || fail "exec sees $OUT"
    rt pause "$ID"
    status_is paused
    rt resume "$ID"
    rt kill "$ID" KILL
    stopped() { status_is stopped; }
    eventually stopped
    rt delete "$ID"
}

# The pipe of before is replaced by the one that is here now.
another_id() {
    local status=0
    counting
    ID=other-$ID
    (
        # The program counts as soon as CRIU lets it go, before the runtime knows it as running: until then it cannot be killed.
        eventually beyond 5
        eventually rt kill "$ID" KILL
    ) &
    rt restore --bundle "$BUNDLE" --image-path "$images" "$ID" </dev/null 2>"$work/err" | cat >"$work/said" ||
        status=${PIPESTATUS[0]}
    wait
    [ "$status" = 137 ] || fail "status $status: $(<"$work/err")"
    [[ $(<"$work/said") == *"said "* ]] || fail "nothing came through the pipe: $(<"$work/said")"
    ! rt state "$ID" 2>/dev/null || fail "not deleted at the end"
}

beyond_grant() {
    TEMPLATE=checkpoint-incapable counting
    ! rt restore -d --bundle "$BUNDLE" --image-path "$images" "$ID" >"$work/out" 2>"$work/err" </dev/null ||
        fail "restored with capabilities that are not granted"
    one_line "capabilities beyond process/capabilities"
    ! rt state "$ID" 2>/dev/null || fail "a record is left"
    [ "$(count)" = 0 ] || fail "it ran: $(count)"
    [ -z "$(find /tmp "$images" -maxdepth 1 -name '.criu*')" ] || fail "criu left $(find /tmp "$images" -maxdepth 1 -name '.criu*')"
}

# not_restored TEMPLATE WORDS [OPTIONS]: refused before anything ran, and nothing is left.
not_restored() {
    local template=$1 words=$2
    shift 2
    TEMPLATE=$template counting
    [ "$template" != checkpoint-network ] || sed -i "s|@NETWORK@|$work/other-network|" "$BUNDLE/config.json"
    ! rt restore -d --bundle "$BUNDLE" "$@" "$ID" >"$work/out" 2>"$work/err" </dev/null || fail "$template: restored"
    one_line "$words"
    ! rt state "$ID" 2>/dev/null || fail "a record is left"
    [ "$(count)" = 0 ] || fail "it ran: $(count)"
}

writable_volume() {
    not_restored checkpoint-closed "has not all of ro" --image-path "$images"
}

another_procfs() {
    TEMPLATE=checkpoint-procfs running
    checkpoint --image-path "$work/with-procfs"
    rt delete "$ID"
    not_restored checkpoint "/mnt (proc) is not one of" --image-path "$work/with-procfs"
}

host_network() {
    TEMPLATE=checkpoint-host-network running
    checkpoint --image-path "$work/with-network"
    rt delete "$ID"
    touch "$work/other-network"
    unshare --net="$work/other-network" true
    not_restored checkpoint-network "do not join the network namespace" --image-path "$work/with-network"
    umount "$work/other-network"
}

hooks() {
    rm -f "$work"/hook-*
    TEMPLATE=checkpoint-hooks counting
    touch "$work/hook-fails"
    ! rt restore -d --bundle "$BUNDLE" --image-path "$images" "$ID" >"$work/out" 2>"$work/err" </dev/null ||
        fail "restored although a hook failed"
    one_line "createRuntime"
    one_line "never"
    [ "$(count)" = 0 ] || fail "it ran: $(count)"
    ! rt state "$ID" 2>/dev/null || fail "a record is left"
    rm "$work/hook-fails"
    restore --image-path "$images"
    [[ $(<"$work/hook-create") == *'"status":"created"'* ]] || fail "createRuntime was told $(<"$work/hook-create")"
    [[ $(<"$work/hook-poststart") == *'"status":"running"'*"\"pid\":$PID"* ]] || fail "poststart was told $(<"$work/hook-poststart")"
    eventually beyond 1
}

broken_images() {
    counting
    cp -R "$images" "$work/broken"
    rm "$work/broken/pstree.img"
    ! rt restore -d --bundle "$BUNDLE" --image-path "$work/broken" "$ID" >"$work/out" 2>"$work/err" </dev/null ||
        fail "restored without a process tree"
    one_line "(see $work/broken/restore.log)"
    ! rt state "$ID" 2>/dev/null || fail "a record is left"
    ! rt restore -d --bundle "$BUNDLE" --image-path "$work/nowhere" "$ID" >"$work/out" 2>"$work/err" </dev/null ||
        fail "restored from nowhere"
    one_line "$work/nowhere"
}

pre_dump() {
    local before
    running
    checkpoint --pre-dump --image-path "$work/first"
    status_is running
    checkpoint --leave-running --parent-path ../first --image-path "$work/second"
    status_is running
    [ -L "$work/second/parent" ] || fail "the second images do not refer to the first"
    before=$(count)
    eventually beyond "$((before + 2))"
    rt delete --force "$ID"
    before=$(count)
    restore --image-path "$work/second"
    # It goes on from the dump, not from its end.
    eventually beyond 4
    ! rt checkpoint --parent-path ../third --image-path "$work/fourth" "$ID" >"$work/out" 2>"$work/err" ||
        fail "a parent that is not there"
    one_line "--parent-path"
    status_is running
}

# What it says goes to a file this time: a restore goes on writing to the same, which has to be as long as it was.
paused() {
    local before
    counting
    rm -f "$work/file"
    rt run -d --bundle "$BUNDLE" "$ID" >"$work/file" 2>&1 </dev/null || fail "run: $(<"$work/file")"
    eventually beyond 3
    # Nobody listens there.
    ! rt checkpoint --page-server 127.0.0.1:1 --image-path "$work/unsent" "$ID" >"$work/out" 2>"$work/err" ||
        fail "dumped to nobody"
    one_line "(see $work/unsent/dump.log)"
    status_is running
    before=$(count)
    eventually beyond "$before"
    rt pause "$ID"
    ! rt checkpoint --page-server 127.0.0.1:1 --image-path "$work/unsent" "$ID" >"$work/out" 2>"$work/err" ||
        fail "dumped to nobody"
    status_is paused
    checkpoint --image-path "$work/paused"
    status_is stopped
    before=$(count)
    rt delete "$ID"
    rt restore -d --bundle "$BUNDLE" --image-path "$work/paused" "$ID" >>"$work/file" 2>&1 </dev/null ||
        fail "restore: $(tail -1 "$work/file")"
    eventually beyond "$before"
    has "$work/file" "said $((before + 1))"
}

# listen [SIZE TEXT]: stands where an engine listens; what the container writes is in $work/console.
listen() {
    rm -f "$work/socket"
    "$stage/bin/console_listener" "$work/socket" accept "$@" >"$work/console" 2>"$work/console.err" &
    eventually grep -q listening "$work/console.err"
}

wrote() {
    [[ $(<"$work/console") == *"$1"* ]]
}

terminal() {
    TEMPLATE=checkpoint-terminal bundle '{}' /bin/sh -c \
        'n=0; while :; do read line; n=$((n + 1)); echo "line $n: $line"; done'
    listen 24x80 $'one\n'
    rt run -d --bundle "$BUNDLE" --console-socket "$work/socket" "$ID" 2>"$work/err" || fail "run: $(<"$work/err")"
    eventually wrote "line 1: one"
    checkpoint --image-path "$work/tty"
    rt delete "$ID"
    ! rt restore -d --bundle "$BUNDLE" --image-path "$work/tty" "$ID" >"$work/out" 2>"$work/err" ||
        fail "restored with nobody for the terminal"
    one_line "--console-socket"
    wait
    listen 24x80 $'two\n'
    restore --image-path "$work/tty" --console-socket "$work/socket"
    eventually wrote "line 2: two"
    rt delete --force "$ID"
    wait
}

received() {
    [ -e "$out/received" ] && [ "$(wc -l <"$out/received")" -gt "$1" ]
}

connection() {
    local lines namespace=$work/network
    use_out
    touch "$namespace"
    unshare --net="$namespace" ip link set lo up
    TEMPLATE=checkpoint-network bundle '{}' /bin/sh -c \
        'busybox sleep 1000 | busybox nc -l -p 99 >/out/received & sleep 1
         i=0; while :; do i=$((i + 1)); echo $i; sleep 0.1; done | busybox nc 127.0.0.1 99'
    sed -i "s|@NETWORK@|$namespace|" "$BUNDLE/config.json"
    rt run -d --bundle "$BUNDLE" "$ID" > >(cat >"$work/said") 2>&1 </dev/null || fail "run: $(<"$work/said")"
    eventually received 3
    ! rt checkpoint --image-path "$work/tcp" "$ID" >"$work/out" 2>"$work/err" || fail "dumped without a word on TCP"
    one_line "tcp-established"
    status_is running
    checkpoint --tcp-established --image-path "$work/tcp"
    rt delete "$ID"
    lines=$(wc -l <"$out/received")
    restore --tcp-established --image-path "$work/tcp"
    eventually received "$((lines + 2))"
    [ "$(stat -Lc %i "/proc/$PID/ns/net")" = "$(stat -c %i "$namespace")" ] || fail "another network namespace"
    # No number is lost, none comes twice.
    lines=$(wc -l <"$out/received")
    [ "$(busybox seq 1 "$lines")" = "$(busybox head -n "$lines" "$out/received")" ] || fail "lines are lost or doubled"
    rt delete --force "$ID"
    umount "$namespace"
}

images_of_runc() {
    local before
    command -v runc >/dev/null || skip_case "runc is not here"
    counting
    # It wants a path without links.
    sed -i "s|\"rootfs\"|\"$stage/rootfs\"|" "$BUNDLE/config.json"
    runc --root "$work/runc" run -d --bundle "$BUNDLE" "$ID" > >(cat >"$work/said") 2>&1 </dev/null || fail "runc: $(<"$work/said")"
    eventually beyond 3
    runc --root "$work/runc" checkpoint --image-path "$work/of-runc" "$ID" >"$work/out" 2>&1 || fail "runc: $(<"$work/out")"
    runc --root "$work/runc" delete --force "$ID"
    before=$(count)
    restore --image-path "$work/of-runc"
    eventually beyond "$before"
}

skip_case() {
    echo "$*"
    exit 77
}

podman_cases() {
    command -v podman >/dev/null || skip_case "podman is not here"
    local before
    cat >"$work/containers.conf" <<CONF
[engine]
cgroup_manager="cgroupfs"
events_logger="file"
runtime="thwart"
runtime_supports_json=["thwart"]
[engine.runtimes]
thwart=["$thwart"]
CONF
    export CONTAINERS_CONF=$work/containers.conf
    podman_here() {
        podman --root "$work/podman" --runroot "$work/podman-run" --storage-driver vfs "$@" >"$work/out" 2>"$work/err" ||
            fail "podman $1 $2: $(<"$work/err")"
    }
    tar -C "$stage/rootfs" -c . | podman_here import - localhost/counter:1
    use_out
    podman_here run -d --name one --network none -v "$out:/out" localhost/counter:1 /bin/sh -c \
        'i=0; while :; do i=$((i + 1)); echo $i >/out/new; busybox mv /out/new /out/count; sleep 0.1; done'
    eventually beyond 3
    podman_here container checkpoint one
    before=$(count)
    podman_here container restore one
    eventually beyond "$((before + 2))"
    podman_here container checkpoint --export "$work/one.tar" one
    podman_here rm --force one
    before=$(count)
    podman_here container restore --import "$work/one.tar" --name two
    eventually beyond "$((before + 2))"
    podman_here rm --force --time 0 two
    # Podman's own.
    rmdir "$groups/libpod_parent/conmon" "$groups/libpod_parent"
}
