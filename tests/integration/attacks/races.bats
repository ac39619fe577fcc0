#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Class A, while it happens: names below an untrusted root or volume are swapped without end while containers are made.
# Recipes T06, T07. Every test takes a processor for the swapping alone.
load ../suite

setup() {
    base_setup
    outside
}

# race: a volume with `a` (a directory) and `b` (a link outside), swapped without end while containers are made.
race() {
    # Everything inside is made before the swapping begins: later, these names lead outside for this test as well.
    mkdir -p "$WORK/volume/a/sub"
    ln -s "$OUT/directory" "$WORK/volume/b"
    mount_entry /vol bind "$WORK/volume" rbind
    background "$SUPPORT/exchange_racer" "$WORK/volume/a" "$WORK/volume/b" >"$WORK/swaps"
}

rounds() {
    echo "${RACE_ROUNDS:-120}"
}

@test "T06 directories and files made below a swapped name never appear outside" {
    race
    echo source >"$WORK/source"
    mount_entry /vol/a/x/y tmpfs tmpfs
    mount_entry /vol/a/z/file bind "$WORK/source" bind
    config '.process.cwd = "/vol/a/w/d" | .linux.devices = [{path: "/vol/a/n/node", type: "c", major: 1, minor: 3}]'
    program /bin/busybox true
    local round
    for ((round = 0; round < $(rounds); round++)); do
        rt run --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 || true
        outside_is_unchanged || { echo "in round $round" >&2 && return 1; }
    done
    rt delete --force "$ID"
    stop_background
    [ "$(cat "$WORK/swaps")" -gt 1000 ]
}

@test "T06 control: runc 1.1.5 makes directories outside in some rounds" {
    peer runc
    "$PEER" --version | grep -q 'version 1\.1\.5' || skip "this runc may be mended"
    race
    mount_entry /vol/a/x/y tmpfs tmpfs
    program /bin/busybox true
    local round
    for ((round = 0; round < 300; round++)); do
        "$PEER" run --bundle "$BUNDLE" "$ID-control" </dev/null >/dev/null 2>&1 3>&- || true
        outside_was_changed && return 0
    done
    skip "the race was not won in 300 rounds: the control shows nothing on this machine"
}

@test "T07 a swapped mount target or source: the mounts seen are those of the bundle, the host's stay" {
    race
    mount_entry /vol/a tmpfs first
    mount_entry /second bind "$WORK/volume/a" rbind
    program /bin/probe report
    local round before
    before=$(sed 's/^[0-9]* [0-9]* //' /proc/self/mountinfo | sort)
    for ((round = 0; round < $(rounds); round++)); do
        if rt run --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>/dev/null; then
            SEEN=$(cat "$WORK/out")
            # Every mount point is one of the bundle's (what the link's text says, taken inside the root, is one of them);
            # a host's root never appears as a mount.
            see_that '([.mounts[].point | select(startswith("/run/thwart-tests/") | not)] | unique)
                - ["/","/dev","/dev/mqueue","/dev/pts","/dev/shm","/proc","/sys","/vol","/vol/a","/vol/b","/second"] == []'
            see_that '[.mounts[] | select(.root == "/" and (.type == "ext4" or .type == "overlay" or .type == "xfs" or .type == "btrfs"))] == []'
        fi
        outside_is_unchanged || { echo "in round $round" >&2 && return 1; }
    done
    rt delete --force "$ID"
    [ "$before" = "$(sed 's/^[0-9]* [0-9]* //' /proc/self/mountinfo | sort)" ]
}

@test "T07 the two-mount attack: the second takes its source below the first's target" {
    # CVE-2021-30465: what is mounted by the first entry under a swapped name becomes the second's source.
    race
    mount_entry /vol/a tmpfs first
    mount_entry /vol/a/inner bind /vol/a rbind
    program /bin/probe report
    local round
    for ((round = 0; round < 40; round++)); do
        rt run --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>/dev/null || true
        outside_is_unchanged
    done
    rt delete --force "$ID"
}
