#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Races container runtimes on the same bundles, interleaved run by run, and prints medians with their ratio to crun and to a C floor that
# only clones, mounts, pivots and executes. Needs root, jq and busybox. usage: tests/bench/run.sh [--runs N] [--thwart PATH] [CASE...]    cases: plain seccomp lifecycle exec parallel memory
#
# Everything happens in a private mount namespace with cgroup v2 at /sys/fs/cgroup and a tmpfs at /run (a state directory on a disk would
# measure the disk).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
source_root=$(cd "$here/../.." && pwd)
runs=60
thwart=
cases=()
while [ $# -gt 0 ]; do
    case $1 in
    --runs) runs=$2 && shift ;;
    --thwart) thwart=$(realpath "$2") && shift ;;
    -h | --help) sed -n '3,10s/^# \{0,1\}//p' "$0" && exit 0 ;;
    -*) echo "$0: unknown option $1" >&2 && exit 2 ;;
    *) cases+=("$1") ;;
    esac
    shift
done
[ ${#cases[@]} -gt 0 ] || cases=(plain seccomp lifecycle exec memory)
[ "$(id -u)" -eq 0 ] || { echo "$0: needs root" >&2 && exit 1; }
if [ "${THWART_BENCH_INSIDE:-}" != 1 ]; then
    if [ -z "$thwart" ]; then
        [ -d "$source_root/build-bench" ] || meson setup "$source_root/build-bench" "$source_root" -Dtests=false >/dev/null
        ninja -C "$source_root/build-bench" >/dev/null
        thwart=$source_root/build-bench/thwart
    fi
    THWART_BENCH_INSIDE=1 exec unshare --mount --propagation private "$0" --runs "$runs" --thwart "$thwart" "${cases[@]}"
fi

mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs tmpfs /run
work=$(mktemp -d)
mount -t tmpfs tmpfs "$work"
trap 'cd / && umount -l "$work" && rmdir "$work"' EXIT

cc -O2 -D_GNU_SOURCE -static -include stdio.h -include string.h -include unistd.h -o "$work/floor" "$here/floor.c"
cc -O2 -o "$work/race" "$here/race.c"
mkdir -p "$work/rootfs/bin"
cp "$(command -v busybox)" "$work/rootfs/bin/busybox"
for applet in true sh sleep cat; do ln -s busybox "$work/rootfs/bin/$applet"; done

runtimes=("$thwart")
for peer in crun runc; do
    path=$(command -v "$peer") && runtimes+=("$path")
done

bundle() { # NAME JQ-FILTER: a bundle from `thwart spec`
    mkdir -p "$work/$1"
    rm -f "$work/$1/config.json"
    "$thwart" spec --bundle "$work/$1"
    jq --arg root "$work/rootfs" '.root.path = $root | .process.terminal = false | .process.args = ["/bin/true"] | .ociVersion = "1.0.2" | '"$2" \
        "$work/$1/config.json" >"$work/$1/new" && mv "$work/$1/new" "$work/$1/config.json"
}

# crun 1.8.1 cannot load a device program without CAP_SYS_RESOURCE while the locked memory limit is low: no rules, for all of them.
same='del(.linux.resources.devices)'
title() { printf '\n== %s\n' "$1"; }

for case in "${cases[@]}"; do
    case $case in
    plain)
        title "run: busybox true, the default configuration"
        bundle plain "$same"
        commands=("floor=$work/floor $work/rootfs /bin/true")
        for runtime in "${runtimes[@]}"; do commands+=("$(basename "$runtime")=$runtime run -b $work/plain bench"); done
        "$work/race" "$runs" "${commands[@]}"
        ;;
    seccomp)
        title "run: the same with the default seccomp profile of Docker"
        bundle plain "$same"
        mkdir -p "$work/seccomp"
        jq -s '.[0] * {linux: {seccomp: .[1].linux.seccomp}}' "$work/plain/config.json" \
            "$source_root/tests/samples/bundles/docker-default.json" >"$work/seccomp/config.json"
        commands=("floor=$work/floor $work/rootfs /bin/true")
        for runtime in "${runtimes[@]}"; do commands+=("$(basename "$runtime")=$runtime run -b $work/seccomp bench"); done
        "$work/race" "$runs" "${commands[@]}"
        ;;
    lifecycle)
        title "create + start + delete"
        bundle lifecycle "$same"
        cc -O2 -D_GNU_SOURCE -o "$work/cycle" "$here/cycle.c"
        commands=()
        for runtime in "${runtimes[@]}"; do commands+=("$(basename "$runtime")=$work/cycle $runtime $work/lifecycle"); done
        "$work/race" "$runs" "${commands[@]}"
        ;;
    exec)
        title "exec of true in a running container"
        bundle exec "$same | .process.args = [\"/bin/sleep\", \"1000\"]"
        commands=()
        for runtime in "${runtimes[@]}"; do
            name=$(basename "$runtime")
            "$runtime" run -d -b "$work/exec" "bench-$name" </dev/null >/dev/null 2>&1
            commands+=("$name=$runtime exec bench-$name /bin/true")
        done
        "$work/race" "$runs" "${commands[@]}"
        for runtime in "${runtimes[@]}"; do "$runtime" delete -f "bench-$(basename "$runtime")"; done
        ;;
    parallel)
        title "200 containers: created, listed, deleted in parallel"
        bundle parallel "$same | .process.args = [\"/bin/sleep\", \"1000\"]"
        for runtime in "${runtimes[@]}"; do
            begin=$(date +%s%N)
            # shellcheck disable=SC2016 # expanded by the inner shell
            seq 200 | xargs -P 8 -I{} sh -c '"$0" create -b "$1" par{} </dev/null >/dev/null 2>&1 || echo "par{} was not created"' \
                "$runtime" "$work/parallel"
            listed=$("$runtime" list -q | wc -l)
            seq 200 | xargs -P 8 -I{} "$runtime" delete -f "par{}"
            echo "$(basename "$runtime"): $listed listed, $((($(date +%s%N) - begin) / 1000000)) ms, $("$runtime" list -q | wc -l) left"
        done
        ;;
    memory)
        title "one run: peak memory of the largest process, page faults, context switches"
        bundle memory "$same"
        for runtime in "${runtimes[@]}"; do
            "$work/race" --usage "$(basename "$runtime")=$runtime run -b $work/memory bench"
        done
        ;;
    *) echo "$0: unknown case $case" >&2 && exit 2 ;;
    esac
done
