#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Class A: a path below an untrusted root. Recipes T01, T02, T05, each with the world outside counted before
# and after, and a peer that is known to fall as the control: a test that nothing fails proves nothing.
load ../suite

setup() {
    base_setup
    outside
}

# without_dev: nothing is mounted on /dev or below.
without_dev() {
    config '.mounts |= map(select(.destination | startswith("/dev") | not))'
}

# attempt: create, start and delete; whatever it says, it must end in time. Sets STATUS.
attempt() {
    STATUS=0
    RT_TIMEOUT=10 rt create --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>"$WORK/err" || STATUS=$?
    [ "$STATUS" != 124 ] && [ "$STATUS" != 137 ] || return 1
    if [ "$STATUS" = 0 ]; then
        rt start "$ID" >/dev/null 2>&1 || true
        eventually has_status stopped
    fi
    rt delete --force "$ID"
    nothing_left
}

# The same with the peer, whose failure is what is wanted.
attempt_control() {
    timeout -k 1 10 "$PEER" run --bundle "$BUNDLE" "$ID-control" </dev/null >/dev/null 2>&1 3>&- || true
    "$PEER" delete --force "$ID-control" >/dev/null 2>&1 3>&- || true
}

# refused_or_inside PATH: a refusal that names the path, or success with the world outside as it was.
refused_or_inside() {
    outside_is_unchanged
    if [ "$STATUS" != 0 ] && ! grep -qF -e "$1" "$WORK/err"; then
        echo "the refusal does not name $1: $(cat "$WORK/err")" >&2
        return 1
    fi
}

# hostile KIND PATH: makes PATH (in the root) what an attacker would.
hostile() {
    local kind=$1 path=$ROOT$2 link
    rm -rf "$path"
    mkdir -p "$(dirname "$path")"
    case $kind in
    absolute) ln -s "$OUT/directory" "$path" ;;
    relative) ln -s "../../../../../../../../../../../../..$OUT/directory" "$path" ;;
    dangling) ln -s "$OUT/directory/not-there-yet" "$path" ;;
    proc) ln -s /proc/self/root "$path" ;;
    chain39 | chain41)
        link=${kind#chain}
        ln -s "$OUT/directory" "$ROOT/chain0"
        local each
        for ((each = 1; each < link; each++)); do ln -s "chain$((each - 1))" "$ROOT/chain$each"; done
        ln -s "/chain$((link - 1))" "$path"
        ;;
    fifo) mkfifo "$path" ;;
    socket) "$SUPPORT/born" -- timeout 0.3 "$SUPPORT/console_listener" "$path" hang 2>/dev/null 3>&- || true ;;
    device) mknod "$path" c 1 7 ;;
    file) echo file >"$path" ;;
    closed) mkdir -m 000 "$path" ;;
    *) return 1 ;;
    esac
}

@test "T01 control: crun 1.8.1 makes devices outside through a symlinked /dev" {
    peer crun
    "$PEER" --version | grep -q 'version 1\.8\.1$' || skip "this crun may be mended"
    without_dev
    hostile absolute /dev
    attempt_control
    outside_was_changed
}

@test "T01 control: runc 1.1.5 changes the world outside through a symlinked /dev" {
    peer runc
    "$PEER" --version | grep -q 'version 1\.1\.5' || skip "this runc may be mended"
    without_dev
    hostile absolute /dev
    attempt_control
    outside_was_changed
}

@test "T01 /dev is hostile, nothing is mounted over it" {
    local kind
    for kind in absolute relative dangling proc chain39 chain41 fifo socket device file closed; do
        without_dev
        hostile "$kind" /dev
        attempt
        refused_or_inside /dev
        rm -rf "${ROOT:?}/dev" "$ROOT"/chain*
    done
}

@test "T01 the targets of mounts are hostile: each of the usual places" {
    local place kind
    for place in /dev/pts /dev/shm /etc /run /tmp /sys /proc; do
        for kind in absolute relative dangling proc chain41 fifo device file closed; do
            rm -rf "${ROOT:?}"
            cp -a "$ROOTFS" "$ROOT"
            cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
            case $place in
            /dev/*) config '.mounts |= map(select((.destination | startswith("/dev") | not) or .destination == $p))' --arg p "$place" ;;
            /etc | /run | /tmp) mount_entry "$place" tmpfs tmpfs ;;
            esac
            hostile "$kind" "$place"
            attempt
            refused_or_inside "$place"
        done
    done
}

@test "T01 a parent of the target is hostile: directories, files and devices are made inside or not at all" {
    local kind
    echo source >"$WORK/source"
    for kind in absolute relative dangling proc chain41 fifo file; do
        rm -rf "${ROOT:?}"
        cp -a "$ROOTFS" "$ROOT"
        cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
        hostile "$kind" /vol
        mount_entry /vol/a/b tmpfs tmpfs
        mount_entry /vol/c/file bind "$WORK/source" bind
        config '.linux.devices = [{path: "/vol/d/node", type: "c", major: 1, minor: 3}] | .process.cwd = "/vol/e/work"'
        attempt
        refused_or_inside /vol
    done
}

@test "T01 masked and read-only paths and the links in /dev are hostile" {
    local kind
    for kind in absolute relative dangling proc; do
        rm -rf "${ROOT:?}"
        cp -a "$ROOTFS" "$ROOT"
        cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
        without_dev
        hostile "$kind" /masked
        hostile "$kind" /fixed
        hostile "$kind" /dev/fd
        hostile "$kind" /dev/ptmx
        hostile "$kind" /dev/stdin
        config '.linux.maskedPaths = ["/masked", "/masked/file"] | .linux.readonlyPaths = ["/fixed", "/fixed/file"]'
        attempt
        outside_is_unchanged
    done
}

@test "T01 a tmpfs with copy-up over a tree of links, nodes and sockets copies nothing from outside" {
    mkdir "$ROOT/data"
    ln -s "$OUT/file" "$ROOT/data/link"
    ln -s "$OUT/directory" "$ROOT/data/dirlink"
    ln "$ROOT/etc/passwd" "$ROOT/data/hard"
    mkfifo "$ROOT/data/fifo"
    mknod "$ROOT/data/node" c 1 7
    mount_entry /data tmpfs tmpfs tmpcopyup
    program /bin/probe stat /data/link /data/dirlink /data/hard
    RT_TIMEOUT=10 look
    see '[.[:2][].type]' '["symlink","symlink"]'
    outside_is_unchanged
}

@test "T02 control: crun 1.8.1 makes /dev/console outside through a symlink" {
    peer crun
    "$PEER" --version | grep -q 'version 1\.8\.1$' || skip "this crun may be mended"
    console_bundle "$OUT/made-by-console"
    background "$SUPPORT/console_listener" "$WORK/console.sock" accept >/dev/null 2>"$WORK/console.err"
    eventually grep -q listening "$WORK/console.err"
    timeout -k 1 10 "$PEER" create --bundle "$BUNDLE" --console-socket "$WORK/console.sock" "$ID-control" </dev/null >/dev/null 2>&1 3>&- || true
    "$PEER" delete --force "$ID-control" >/dev/null 2>&1 3>&- || true
    outside_was_changed
}

# console_bundle TARGET: a terminal, only devpts mounted, /dev/console a symlink.
console_bundle() {
    config '.process.terminal = true | .mounts |= map(select((.destination | startswith("/dev") | not) or .destination == "/dev/pts"))'
    rm -rf "${ROOT:?}/dev"
    mkdir -p "$ROOT/dev/pts"
    ln -s "$1" "$ROOT/dev/console"
    program /bin/probe report
}

console_attempt() {
    rm -f "$WORK/console.sock"
    background "$SUPPORT/console_listener" "$WORK/console.sock" accept >"$WORK/console" 2>"$WORK/console.err"
    eventually grep -q listening "$WORK/console.err"
    STATUS=0
    RT_TIMEOUT=10 rt create --bundle "$BUNDLE" --console-socket "$WORK/console.sock" "$ID" </dev/null >"$WORK/out" 2>"$WORK/err" || STATUS=$?
    if [ "$STATUS" = 0 ]; then
        rt start "$ID"
        eventually grep -q '"clocks"' "$WORK/console"
        SEEN=$(tr -d '\r' <"$WORK/console")
        # When it starts, the descriptor is a slave of a devpts, and equals /dev/console.
        see_that '.terminal.rdev_of_0 | test("^1(3[6-9]|4[0-3]):")'
        see_that '.terminal.console_rdev == .terminal.rdev_of_0'
    fi
    rt delete --force "$ID"
    stop_background
}

@test "T02 /dev/console is a symlink to an existing file, a dangling one, and the root is read-only" {
    local target
    for target in "$OUT/file" "$OUT/made-by-console" "../../../../../../../../../..$OUT/file" /proc/sys/kernel/hostname; do
        cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
        console_bundle "$target"
        console_attempt
        refused_or_inside /dev/console
        config '.root.readonly = true'
        console_attempt
        refused_or_inside /dev/console
    done
}

@test "T02 /dev/pts is a directory of the attacker whose 0 is a symlink into procfs" {
    mkdir "$WORK/pts"
    ln -s /proc/sys/kernel/hostname "$WORK/pts/0"
    ln -s /proc/self/comm "$WORK/pts/1"
    mknod "$WORK/pts/ptmx" c 5 2
    config '.process.terminal = true | .mounts |= map(select(.destination != "/dev/pts"))'
    mount_entry /dev/pts bind "$WORK/pts" rbind
    program /bin/probe report
    local before
    before=$(uname -n)
    console_attempt
    [ "$before" = "$(uname -n)" ]
    [ "$STATUS" = 0 ] || grep -qiE 'pts|ptmx|terminal|console' "$WORK/err"
}

@test "T05 /proc and /sys are not directories: links, and names that mean them" {
    local kind place
    for place in proc sys; do
        for kind in absolute relative dangling; do
            rm -rf "${ROOT:?}"
            cp -a "$ROOTFS" "$ROOT"
            mkdir "$ROOT/evil"
            cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
            rm -rf "${ROOT:?}/$place"
            case $kind in
            absolute) ln -s /evil "$ROOT/$place" ;;
            relative) ln -s evil "$ROOT/$place" ;;
            dangling) ln -s nowhere "$ROOT/$place" ;;
            esac
            refused_run "$place"
        done
    done
}

@test "T05 destinations with .. and doubled slashes end at the same checked place" {
    local destination
    mkdir "$ROOT/evil"
    for destination in /proc/../proc //proc /proc/. /evil/../proc; do
        cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
        rm -rf "${ROOT:?}/proc"
        ln -s /evil "$ROOT/proc"
        config '(.mounts[] | select(.destination == "/proc")).destination = $d' --arg d "$destination"
        refused_run proc
        rm "$ROOT/proc"
        mkdir "$ROOT/proc"
        if rt run --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>"$WORK/err"; then
            SEEN=$(cat "$WORK/out")
            mount_at /proc .type '"proc"'
        else
            [[ $destination == *..* ]] && grep -qF "$destination" "$WORK/err"
        fi
    done
}

@test "T05 a proc mount whose parent is a volume, and an /etc/mtab-like link through it" {
    mkdir -p "$WORK/volume"
    ln -s "$OUT/directory" "$WORK/volume/proc"
    mount_entry /vol bind "$WORK/volume" rbind
    mount_entry /vol/proc proc proc
    attempt
    outside_is_unchanged
}

@test "the root itself is a symlink, a file, or missing" {
    mv "$ROOT" "$WORK/real-root"
    ln -s "$WORK/real-root" "$ROOT"
    program /bin/probe
    rt run --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$WORK/err" || grep -qE 'root' "$WORK/err"
    rm "$ROOT"
    echo file >"$ROOT"
    refused_run root
    rm "$ROOT"
    refused_run root
    outside_is_unchanged
}

@test "the program's path leads outside by links: it is resolved inside" {
    ln -s "$OUT/file" "$ROOT/bin/outward"
    ln -s ../../../../../../../../../../../bin/probe "$ROOT/bin/upward"
    program /bin/outward
    run rt run --bundle "$BUNDLE" "$ID"
    [ "$status" != 0 ]
    program /bin/upward
    look
    see .pid 1
    outside_is_unchanged
}
