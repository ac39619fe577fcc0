# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Many containers at once: each by an engine's process of its own, all started before the first is waited for. Nothing
# may fail, and nothing may be left. No time is asserted but the bound of each case.
# shellcheck disable=SC2034 # read by run.sh and case.sh
PACKAGES=(podman conmon containerd crun busybox-static jq)
# shellcheck disable=SC2034
COMMANDS=(podman conmon containerd ctr busybox jq)
# shellcheck disable=SC2034
PEERS=(crun)
# shellcheck disable=SC2034
LEFT_ALLOWED='^mount [^ ]* on /(var/lib|run)/containers/|^cgroup (libpod_parent|default)$|^shared /dev/shm/libpod|^mount nsfs on /run/netns'

MANY=50
LIMIT=180
export CONTAINERD_ADDRESS=/run/containerd-stress/socket

engine_setup() {
    podman load -q -i "$IMAGE_ARCHIVE" || return
    # podman makes its storage, locks and lists of names with the first container.
    podman run --rm --network none "$IMAGE" true || return
    mkdir -p "$WORLD"/{together,logs} "${CONTAINERD_ADDRESS%/*}"
    cat >"$WORLD/containerd.toml" <<CONF
version = 2
root = "/var/lib/containerd"
state = "${CONTAINERD_ADDRESS%/*}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "$CONTAINERD_ADDRESS"
CONF
    containerd --config "$WORLD/containerd.toml" >"$WORLD/logs/containerd" 2>&1 &
    daemon=$!
    await 20 ctr version || { cat "$WORLD/logs/containerd" && return 1; }
    ctr image import "$IMAGE_ARCHIVE" || return
    shares=()
    [[ $CONTROLLERS == *" cpu "* ]] || shares=(--cpu-shares 0)
}

engine_teardown() {
    kill "$daemon"
    wait "$daemon"
}

# at_once COUNT FUNCTION: FUNCTION 1, FUNCTION 2, ... beside each other. Fails with the words of those that failed.
at_once() {
    local count=$1 function=$2 each pids=() failed=0
    for ((each = 1; each <= count; each++)); do
        "$function" "$each" >"$WORLD/together/$each" 2>&1 </dev/null &
        pids+=($!)
    done
    for ((each = 1; each <= count; each++)); do
        wait "${pids[each - 1]}" && continue
        failed=$((failed + 1))
        [ "$failed" -gt 3 ] || echo "$function $each: $(head -c 600 "$WORLD/together/$each")" >&2
    done
    echo "$failed of $count failed"
    [ "$failed" = 0 ]
}

many() {
    check "$1" -t "$LIMIT" -o '^0 of' -- at_once "$MANY" "$2"
}

# What stands while they run.
groups_with_processes() {
    find /sys/fs/cgroup -path "$1" -name cgroup.procs -exec grep -l . {} + | wc -l
}

# --- podman -------------------------------------------------------------------------------------------------------------------

podman_run() {
    podman run -d --name "s$1" --network none "$IMAGE" sh -c "trap 'exit 0' TERM; echo ready $1; while :; do sleep 1; done"
}
podman_answers() {
    [ "$(podman exec "s$1" cat /proc/1/comm)" = sh ]
}
podman_stop() {
    podman stop -t 20 "s$1"
}
podman_remove() {
    podman rm "s$1"
}
podman_force() {
    podman rm -f -t 0 "s$1"
}
podman_exec_into_one() {
    [ "$(podman exec one sh -c "echo word $1; exit 0")" = "word $1" ]
}
podman_passing() {
    podman run --rm --network none "$IMAGE" sh -c "exit 0"
}

podman_cases() {
    many "podman: $MANY are run at once" podman_run
    check "podman: all of them run" -o "^$MANY\$" -- sh -c 'podman ps -q | wc -l'
    check "podman: each has a group of its own" -o "^$MANY\$" -- groups_with_processes '*/libpod-*'
    many "podman: each answers, at once" podman_answers
    many "podman: all are stopped at once" podman_stop
    check "podman: none was killed" -o "^$MANY\$" -- sh -c 'podman ps -a --filter exited=0 --format "{{.Names}}" | wc -l'
    many "podman: all are removed at once" podman_remove
    many "podman: $MANY again, with the names of before" podman_run
    many "podman: all are removed by force at once" podman_force
    many "podman: $MANY that end by themselves" podman_passing
    check "podman: none is left" -o '^0$' -- sh -c 'podman ps -aq | wc -l'
    check_nothing_left_of podman
    check "podman: a container for many commands" -- podman run -d --name one --network none "$IMAGE" sleep 1000
    check "podman: 20 exec at once in one container" -t "$LIMIT" -o '^0 of' -- at_once 20 podman_exec_into_one
    check "podman: it is gone" -- podman rm -f -t 0 one
    check "podman: one name, made and removed again and again" -t "$LIMIT" -- same_name
}

same_name() {
    local round
    for ((round = 1; round <= 15; round++)); do
        podman run -d --name again --network none "$IMAGE" sleep 1000 && podman rm -f -t 0 again || return
    done
}

# --- containerd -----------------------------------------------------------------------------------------------------------------

ctr_run() {
    ctr run -d --null-io --runc-binary "$RUNTIME_PATH" "${shares[@]}" "$IMAGE" "s$1" sleep 1000
}
ctr_answers() {
    [ "$(ctr task exec --exec-id "e$1" "s$1" cat /proc/1/comm)" = sleep ]
}
ctr_kill() {
    ctr task kill -s KILL "s$1" && await 60 sh -c 'ctr task ls | grep -Eq "^s$1 .* STOPPED"' - "$1"
}
ctr_remove() {
    ctr task delete "s$1" && ctr container delete "s$1"
}
ctr_force() {
    ctr task delete --force "s$1" && ctr container delete "s$1"
}
ctr_exec_into_one() {
    [ "$(ctr task exec --exec-id "one$1" s1 echo "word $1")" = "word $1" ]
}

ctr_cases() {
    many "ctr: $MANY are run at once" ctr_run
    check "ctr: all of them run" -o "^$MANY\$" -- sh -c 'ctr task ls | grep -c RUNNING'
    check "ctr: each has a group of its own" -o "^$MANY\$" -- groups_with_processes '*/default/s*'
    many "ctr: each answers, at once" ctr_answers
    check "ctr: 20 exec at once in one container" -t "$LIMIT" -o '^0 of' -- at_once 20 ctr_exec_into_one
    many "ctr: all are killed at once" ctr_kill
    many "ctr: all are removed at once" ctr_remove
    many "ctr: $MANY again, with the names of before" ctr_run
    many "ctr: all are removed by force at once" ctr_force
    check "ctr: none is left" -o '^0$' -- sh -c 'ctr container ls -q | wc -l'
    check_nothing_left_of ctr
}

# As at the end, but with the daemon, which is there since before.
check_nothing_left_of() {
    check "$1: nothing is left: groups, processes, mounts, state" -t 60 -- nothing_left
}

engine_cases() {
    podman_cases
    ctr_cases
}
