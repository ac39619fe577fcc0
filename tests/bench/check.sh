#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# thwart check: bundles a second of processor time, how soon the first result is there, and memory by number of targets, under three
# policies. Samples of engines and one of them again and again, in memory (TMPDIR, default /dev/shm).
# usage: tests/bench/check.sh THWART [TARGETS] [RUNS]
set -euo pipefail
export LC_ALL=C NO_COLOR=1

thwart=$(realpath "$1")
targets=${2:-2000}
runs=${3:-5}
samples=$(cd "$(dirname "$0")/../samples/bundles" && pwd)
work=$(mktemp -d -p "${TMPDIR:-/dev/shm}")
trap 'rm -rf "$work"' EXIT
policies=(--policy baseline --policy restricted --policy web-service)
printf '{"thwart": 1, "default": "baseline", "policies": [], "waivers": []}\n' >"$work/thwart.json"

mkdir "$work/one" "$work/mixed"
for ((i = 0; i < targets; i++)); do cp "$samples/podman-default.json" "$work/one/$i.json"; done
for ((i = 0; i < targets; )); do
    for file in "$samples"/*.json; do
        ((i < targets)) || break
        cp "$file" "$work/mixed/$((i += 1)).json"
    done
done

# check FOLDER JOBS: "SECONDS_OF_PROCESSORS SECONDS KILOBYTES"
check() {
    python3 - "$thwart" "$work/thwart.json" "$1" "$2" "${policies[@]}" <<'END'
import resource
import subprocess
import sys
import time

command = [sys.argv[1], "check", "--configuration", sys.argv[2], "--jobs", sys.argv[4], *sys.argv[5:], sys.argv[3]]
begin = time.monotonic()
process = subprocess.Popen(command, stdout=subprocess.PIPE)
process.stdout.read(1)
first = time.monotonic() - begin
while process.stdout.read(1 << 20):
    pass
process.wait()
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, time.monotonic() - begin, used.ru_maxrss, first * 1000)
END
}

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

echo "$targets targets, medians of $runs; $(nproc) processors, load $(cut -d' ' -f1 /proc/loadavg)"
for folder in one mixed; do
    for jobs in 1 "$(nproc)"; do
        for ((i = 0; i < runs; i++)); do check "$work/$folder" "$jobs"; done >"$work/figures"
        cpu=$(cut -d' ' -f1 "$work/figures" | median)
        wall=$(cut -d' ' -f2 "$work/figures" | median)
        peak=$(cut -d' ' -f3 "$work/figures" | median)
        first=$(cut -d' ' -f4 "$work/figures" | median)
        awk -v n="$targets" -v c="$cpu" -v w="$wall" -v p="$peak" -v f="$first" -v k="$folder" -v j="$jobs" 'BEGIN {
            printf "%-6s jobs %d: %.0f a second of a processor, %.0f a second; first result after %.1f ms; at most %d kB\n", k, j, n / c, n / w, f, p }'
    done
done

# Ten times as many targets: the same memory.
mkdir "$work/many"
for ((i = 0; i < 10; i++)); do cp -r "$work/mixed" "$work/many/$i"; done
echo "memory, kB: $(check "$work/mixed" 1 | cut -d' ' -f3) for $targets targets, $(check "$work/many" 1 | cut -d' ' -f3) for $((10 * targets))"
