# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What every suite stands on: a bundle for each test, the runtime under test, and assertions on what the probe saw.
#
# Variables for tests:  THWART  the runtime          BUNDLE  this test's bundle       ID    this test's container id
#                       ROOT    $BUNDLE/rootfs       WORK    a scratch directory      SEEN  the probe's report (JSON)
# Variables set by tests: GLOBALS=(OPTION...) go before the command (--policy FILE);
#                       AS_USER=1 runs the runtime as the test user; RT_TIMEOUT seconds (default 20).
bats_require_minimum_version 1.5.0

if [ -z "${SUPPORT:-}" ] || [ -z "${ROOTFS:-}" ]; then
    echo "these suites run in the private view: tests/run.sh integration, or tests/support/private_view.sh" >&2
    exit 1
fi

SUITE=$(basename "${BATS_TEST_FILENAME:-suite}" .bats)
TESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# The same in every process of a suite, different between suites and runs: names of containers and cgroups.
TAG=t$(printf %s "${BATS_RUN_TMPDIR:-}/$SUITE" | cksum | cut -d' ' -f1)
USER_RUNTIME_DIR=/run/user/${TEST_UID:-0}

# jq 1.6 needs 20 ms to start, gojq 3: with hundreds of questions a suite that is most of its time. gojq sorts keys always,
# and has no word for it.
if command -v gojq >/dev/null; then
    jq() {
        local word words=()
        for word; do
            case $word in
            -S) continue ;;
            -cS) word=-c ;;
            esac
            words+=("$word")
        done
        command gojq "${words[@]}"
    }
fi

# --- before and after ------------------------------------------------------------------------------------------------

setup_file() {
    base_setup_file
}

base_setup_file() {
    census >"$BATS_FILE_TMPDIR/before"
}

teardown_file() {
    base_teardown_file
}

base_teardown_file() {
    local round
    # A killed process needs a moment until the kernel lets go of its cgroup.
    for round in 1 2 3 4 5 6 7 8 9 10; do
        census >"$BATS_FILE_TMPDIR/after"
        cmp -s "$BATS_FILE_TMPDIR/before" "$BATS_FILE_TMPDIR/after" && break
        sleep 0.1
    done
    if ! diff "$BATS_FILE_TMPDIR/before" "$BATS_FILE_TMPDIR/after" >&2; then
        echo "census: something was left behind by $SUITE (round $round)" >&2
        return 1
    fi
}

census() {
    "$TESTS/support/census.sh" "$TAG"
}

setup() {
    base_setup
}

base_setup() {
    WORK=$BATS_TEST_TMPDIR
    chmod 0755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$WORK" 2>/dev/null || true
    ID=$TAG-$BATS_TEST_NUMBER
    IDS=("$ID")
    AS_USER=${AS_USER:-}
    new_bundle "$WORK/bundle"
}

teardown() {
    base_teardown
}

base_teardown() {
    local each failed=0 report
    stop_background
    [ -z "${NULL_NODE:-}" ] || umount /dev/null
    for each in "${IDS[@]}"; do
        if ! rt delete --force "$each" >"$WORK/delete.log" 2>&1; then
            echo "delete --force $each failed: $(cat "$WORK/delete.log")" >&2
            failed=1
        fi
    done
    for report in /run/thwart-tests/sanitizer/*; do
        [ -e "$report" ] || continue
        echo "the sanitizer reported:" >&2
        head -60 "$report" >&2
        rm -f "$report"
        failed=1
    done
    chmod -R u+rwX "$WORK" 2>/dev/null || true
    return $failed
}

# --- bundles -----------------------------------------------------------------------------------------------------------

# new_bundle DIRECTORY: a root file system and the base configuration; sets BUNDLE and ROOT.
new_bundle() {
    BUNDLE=$1
    ROOT=$BUNDLE/rootfs
    mkdir -p "$BUNDLE"
    cp -a "$ROOTFS" "$ROOT"
    cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
}

# config FILTER [JQ OPTIONS]: edits the configuration.
config() {
    local filter=$1
    shift
    jq "$filter" "$@" <"$BUNDLE/config.json" >"$BUNDLE/config.new" || return 1
    mv "$BUNDLE/config.new" "$BUNDLE/config.json"
}

# program ARGUMENTS...: what the container runs.
program() {
    config '.process.args = $ARGS.positional' --args -- "$@"
}

# shell TEXT: the container runs a shell on it; `probe` is in its PATH. Ends with 0: the outcomes that were printed
# are what counts.
shell() {
    program /bin/sh -c "$1"$'\ntrue'
}

# mount_entry DESTINATION TYPE SOURCE [OPTION...]: appended to the mounts. "-" for no type.
mount_entry() {
    local destination=$1 type=$2 source=$3
    shift 3
    config '.mounts += [{destination: $d, source: $s, options: $ARGS.positional}
            + (if $t == "-" then {} else {type: $t} end)]' \
        --arg d "$destination" --arg t "$type" --arg s "$source" --args -- "$@"
}

add_namespace() {
    config '.linux.namespaces += [{type: $t} + (if $p == "" then {} else {path: $p} end)]' \
        --arg t "$1" --arg p "${2:-}"
}

drop_namespace() {
    config '.linux.namespaces |= map(select(.type != $t))' --arg t "$1"
}

# user_namespace: container ids 0...65535 are host ids 300000...; the root file system is handed to them.
user_namespace() {
    add_namespace user
    config '.linux.uidMappings = [{containerID: 0, hostID: 300000, size: 65536}]
            | .linux.gidMappings = .linux.uidMappings'
    chown -R -h 300000:300000 "$ROOT"
}

all_capabilities() {
    config '.process.capabilities |= (($ARGS.positional) as $c
            | {bounding: $c, effective: $c, permitted: $c})' --args -- \
        CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_KILL CAP_SETGID CAP_SETUID CAP_SETPCAP \
        CAP_NET_BIND_SERVICE CAP_NET_ADMIN CAP_NET_RAW CAP_SYS_CHROOT CAP_SYS_PTRACE CAP_SYS_ADMIN CAP_MKNOD \
        CAP_AUDIT_WRITE CAP_SETFCAP CAP_SYS_NICE CAP_DAC_READ_SEARCH
}

# rootless: this test's bundle belongs to the test user, who runs the runtime with a user namespace of one id.
rootless() {
    AS_USER=1
    add_namespace user
    config '.linux.uidMappings = [{containerID: 0, hostID: $u, size: 1}]
            | .linux.gidMappings = .linux.uidMappings
            | (.mounts[] | select(.destination == "/dev/pts").options) -= ["gid=5"]' --argjson u "$TEST_UID"
    chown -R -h "$TEST_UID:$TEST_UID" "$WORK"
}

# rootless_range: as rootless, with the user's subordinate ids mapped from 1 on (newuidmap, newgidmap).
rootless_range() {
    rootless
    config '.linux.uidMappings += [{containerID: 1, hostID: $s, size: 65536}]
            | .linux.gidMappings = .linux.uidMappings' --argjson s "$TEST_SUBID"
}

# --- the runtime ---------------------------------------------------------------------------------------------------------

# as_user COMMAND...: as the test user, with an environment of its own.
as_user() {
    setpriv --reuid="$TEST_UID" --regid="$TEST_UID" --clear-groups --inh-caps=-all --bounding-set=-all \
        env -i PATH="$PATH" HOME=/run/thwart-tests/home XDG_RUNTIME_DIR="$USER_RUNTIME_DIR" \
        ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" UBSAN_OPTIONS="${UBSAN_OPTIONS:-}" "$@"
}

# as_user_mapped COMMAND...: as as_user, with no_new_privs off so that newuidmap may gain its rights.
# (The bounding set must keep CAP_SETUID and CAP_SETGID for it.)
as_user_mapped() {
    setpriv --reuid="$TEST_UID" --regid="$TEST_UID" --clear-groups --inh-caps=-all \
        env -i PATH="$PATH" HOME=/run/thwart-tests/home XDG_RUNTIME_DIR="$USER_RUNTIME_DIR" \
        ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" UBSAN_OPTIONS="${UBSAN_OPTIONS:-}" "$@"
}

# rt ARGUMENTS...: the runtime under test, bounded in time; bats' own descriptors stay here.
rt() {
    if [ -n "${AS_USER:-}" ]; then
        as_user_mapped timeout --foreground -k 2 "${RT_TIMEOUT:-20}" "$THWART" ${GLOBALS[@]+"${GLOBALS[@]}"} "$@" 3>&- 4>&-
    else
        timeout --foreground -k 2 "${RT_TIMEOUT:-20}" "$THWART" ${GLOBALS[@]+"${GLOBALS[@]}"} "$@" 3>&- 4>&-
    fi
}

# peer NAME: the path of crun or runc in PEER, or the test is skipped. Its bundles cannot ask for resources: crun 1.8.1
# insists on raising RLIMIT_MEMLOCK for the device program.
peer() {
    PEER=$(command -v "$1") || skip "control $1 is not installed"
}

# control ARGUMENTS...: the peer in place of the runtime.
control() {
    timeout --foreground -k 2 "${RT_TIMEOUT:-20}" "$PEER" "$@" 3>&- 4>&-
}

# another_id SUFFIX: a further container id of this test, deleted at its end; in OTHER.
another_id() {
    OTHER=$ID-$1
    IDS+=("$OTHER")
}

# background COMMAND...: started, and ended after the test; its pid is in BACKGROUND.
background() {
    "$@" 3>&- 4>&- &
    BACKGROUND=$!
    BACKGROUNDS+=("$BACKGROUND")
}

stop_background() {
    local each round
    for each in "${BACKGROUNDS[@]:-}"; do
        [ -n "$each" ] || continue
        kill "$each" 2>/dev/null || true
        for ((round = 0; round < 40; round++)); do
            kill -0 "$each" 2>/dev/null || break
            sleep 0.05
        done
        # Some (unshare --fork) do not listen.
        kill -KILL "$each" 2>/dev/null || true
        wait "$each" 2>/dev/null || true
    done
    BACKGROUNDS=()
}

# together COMMAND...: starts it beside the test; wait_together waits for all of them (bats has children of its own, for
# which a bare `wait` would wait too). wait_together fails when one of them failed.
together() {
    "$@" 3>&- 4>&- </dev/null &
    TOGETHER+=($!)
}

wait_together() {
    local each failed=0
    for each in "${TOGETHER[@]:-}"; do
        [ -z "$each" ] || wait "$each" || failed=1
    done
    TOGETHER=()
    return $failed
}

# quiet COMMAND...: without its words.
quiet() {
    "$@" >/dev/null 2>&1
}

# eventually COMMAND...: succeeds as soon as the command does, within about ten seconds.
eventually() {
    local round
    for ((round = 0; round < 200; round++)); do
        "$@" 2>/dev/null && return 0
        sleep 0.05
    done
    echo "never came true: $*" >&2
    return 1
}

# --- running containers ----------------------------------------------------------------------------------------------

# look [RUN OPTIONS...]: runs the container to its end; the probe's report is in SEEN. Anything but success fails.
look() {
    local status=0
    rt run --bundle "$BUNDLE" "$@" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null || status=$?
    if [ "$status" != 0 ]; then
        echo "run: status $status: $(cat "$WORK/err")" >&2
        cat "$WORK/out" >&2
        return 1
    fi
    SEEN=$(cat "$WORK/out")
}

# look_exec EXEC ARGUMENTS...: the same for a command in the running container.
look_exec() {
    local status=0
    rt exec "$@" >"$WORK/out" 2>"$WORK/err" </dev/null || status=$?
    if [ "$status" != 0 ]; then
        echo "exec: status $status: $(cat "$WORK/err")" >&2
        return 1
    fi
    SEEN=$(cat "$WORK/out")
}

# start_container [PROGRAM...]: created and started in the background of this test (default: a sleeping probe).
start_container() {
    [ $# = 0 ] || program "$@"
    [ $# != 0 ] || program /bin/probe sleep
    create_container
    rt start "$ID"
}

create_container() {
    rt create --bundle "$BUNDLE" --pid-file "$WORK/pid" "$@" "$ID" </dev/null >"$WORK/container.out" 2>"$WORK/container.err" ||
        {
            echo "create: $(cat "$WORK/container.err")" >&2
            return 1
        }
    PID=$(cat "$WORK/pid")
}

status_of() {
    rt state "${1:-$ID}" | jq -r .status
}

has_status() {
    [ "$(status_of "${2:-$ID}" 2>/dev/null)" = "$1" ]
}

# --- assertions ---------------------------------------------------------------------------------------------------------

# see FILTER EXPECTED: the value of a jq filter on SEEN, compared as JSON.
see() {
    if ! jq -e --argjson expected "$2" "($1) == \$expected" <<<"$SEEN" >/dev/null; then
        echo "saw $1 = $(jq -c "$1" <<<"$SEEN")" >&2
        echo "expected     $2" >&2
        return 1
    fi
}

# see_that FILTER [JQ OPTIONS]: the filter is true of SEEN.
see_that() {
    local filter=$1
    shift
    if ! jq -e "$@" "$filter" <<<"$SEEN" >/dev/null; then
        echo "not so: $filter" >&2
        jq -c . <<<"$SEEN" | head -c 4000 >&2
        return 1
    fi
}

# Asserts on the outcome lines that `probe` commands print: outcome DID ON FIELD.
outcome() {
    jq -rs --arg d "$1" --arg o "$2" "map(objects | select(.did == \$d and .on == \$o)) | last | $3" <<<"$SEEN"
}

expect_error() {
    local got
    got=$(outcome "$1" "$2" .error)
    if [[ " $3 " != *" $got "* ]]; then
        echo "$1 $2: error $got, expected one of: $3" >&2
        return 1
    fi
}

expect_success() {
    expect_error "$1" "$2" null
}

# mount_at POINT FILTER EXPECTED: a fact on the last mount on a point in SEEN.
mount_at() {
    see "[.mounts[] | select(.point == \"$1\")] | last | $2" "$3"
}

# refused PATTERN COMMAND...: the command fails, within its time, and says something that matches (case-blind).
refused() {
    local pattern=$1 status=0 text
    shift
    "$@" >"$WORK/refused.out" 2>"$WORK/refused.err" </dev/null || status=$?
    text=$(cat "$WORK/refused.err")
    if [ "$status" = 0 ]; then
        echo "not refused: $* said: $(head -c 300 "$WORK/refused.out")" >&2
        return 1
    fi
    if [ "$status" -ge 124 ] && [ "$status" != 126 ] && [ "$status" != 127 ] && [ "$status" != 255 ]; then
        echo "ended with $status (time-out or signal): $* said: $text" >&2
        return 1
    fi
    if ! grep -qiE -e "$pattern" <<<"$text"; then
        echo "refused with other words: $text" >&2
        echo "expected to match: $pattern" >&2
        return 1
    fi
}

# refused_run PATTERN: running the bundle is refused and leaves nothing: no state, no cgroup.
refused_run() {
    refused "$1" rt run --bundle "$BUNDLE" "$ID" || return 1
    nothing_left
}

# nothing_left [ID]: neither state nor cgroup nor process of the container.
nothing_left() {
    local id=${1:-$ID} left
    left=$(find /run/thwart "$USER_RUNTIME_DIR/thwart" -mindepth 1 -name "*$id*" 2>/dev/null || true)
    left+=$(find /sys/fs/cgroup -type d -name "*$id*" 2>/dev/null || true)
    if [ -n "$left" ]; then
        echo "left behind: $left" >&2
        return 1
    fi
}

# --- a device of the host ------------------------------------------------------------------------------------------------

# private_null OWNER: /dev/null is a node of this test, with this owner; whatever happens to it, the machine's stays.
private_null() {
    mknod -m 0666 "$WORK/null" c 1 3 && chown "$1" "$WORK/null" && mount --bind "$WORK/null" /dev/null || return
    NULL_NODE=$WORK/null
    NULL_BEFORE=$(null_facts)
}

null_facts() {
    stat -c '%u:%g %a %t:%T' "$NULL_NODE"
}

null_is_unchanged() {
    local now
    now=$(null_facts)
    if [ "$now" != "$NULL_BEFORE" ]; then
        echo "/dev/null was $NULL_BEFORE, is $now" >&2
        return 1
    fi
}

# --- a place outside ---------------------------------------------------------------------------------------------------

# outside: F-OUT, a directory that no container may change; its census in OUT_BEFORE.
outside() {
    OUT=$WORK/outside
    mkdir -p "$OUT/directory/deeper"
    echo content >"$OUT/file"
    echo deeper >"$OUT/directory/deeper/file"
    mkfifo "$OUT/fifo"
    mknod "$OUT/ptmx" c 5 2
    touch "$OUT/empty"
    chmod 0755 "$OUT" "$OUT/directory"
    OUT_BEFORE=$(outside_census)
}

outside_census() {
    find "$OUT" -printf '%P %y %m %U:%G %T@ %s %l\n' | sort
    find "$OUT" -type f -exec sha256sum {} + | sort
}

outside_is_unchanged() {
    local now
    now=$(outside_census)
    if [ "$now" != "$OUT_BEFORE" ]; then
        echo "the world outside has changed:" >&2
        diff <(echo "$OUT_BEFORE") <(echo "$now") >&2
        return 1
    fi
}

outside_was_changed() {
    [ "$(outside_census)" != "$OUT_BEFORE" ]
}
