#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# How fast a root is compared with its seal, against sha256sum of the same files on all processors, in turn, warm; and memory by number
# of files. Needs TOOL, the build's tests/support/trust_walk_tool, and 1.5 GB at TMPDIR (default /tmp).
# usage: tests/bench/trust_walk.sh TOOL [FOLDER] [RUNS]    FOLDER: the root; default: 500 MB copied from /usr
set -euo pipefail
export LC_ALL=C

tool=$(realpath "$1")
folder=${2:-}
runs=${3:-7}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
processors=$(nproc)

if [ -z "$folder" ]; then
    folder=$work/root
    mkdir "$folder"
    # Files as they are in images: of all sizes, until there are 500 MB.
    (cd /usr && find bin sbin lib/x86_64-linux-gnu lib/python3* share -xdev -type f -size -40960k -printf '%s %p\n' 2>/dev/null || true) |
        awk '{ total += $1; if (total < 500000000) { sub(/^[0-9]+ /, ""); print } }' >"$work/chosen"
    (cd /usr && cpio -pdm --quiet "$folder" <"$work/chosen" 2>/dev/null) || true
fi
bytes=$(find "$folder" -type f -printf '%s\n' | awk '{ n += $1 } END { print n }')
files=$(find "$folder" | wc -l)
echo "root: $files files, $((bytes / 1000000)) MB; $processors processors; load $(cut -d' ' -f1 /proc/loadavg)"

now_ms() { echo $(($(date +%s%N) / 1000000)); }
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
by_sums() { (cd "$folder" && find . -type f -print0 | xargs -0 -P "$processors" -n 128 sha256sum >/dev/null); }
by_walk() { "$tool" compare "$folder" "$work/list" 2>"$work/words"; }
by_one() { "$tool" compare "$folder" "$work/list" 1 2>/dev/null; }
by_seal() { "$tool" seal "$folder" >/dev/null 2>&1; }

"$tool" seal "$folder" >"$work/list"
by_sums
for ((run = 0; run < runs; run++)); do
    for way in sums walk one seal; do
        begin=$(now_ms)
        "by_$way"
        echo $(($(now_ms) - begin)) >>"$work/$way"
    done
done
sums=$(median <"$work/sums")
for way in sums walk one seal; do
    time=$(median <"$work/$way")
    echo "$way: median $time ms, $((bytes / 1000 / (time + 1))) MB/s, $(awk -v a="$sums" -v b="$time" 'BEGIN { printf "%.2f", a / b }') × sha256sum on all processors"
done
cat "$work/words"

for count in 1000 10000 100000; do
    many=$work/many-$count
    mkdir "$many"
    (cd "$many" && seq "$count" | awk '{ print int($1 / 500) "/" $1 }' >"$work/names" && cut -d/ -f1 "$work/names" | sort -u | xargs mkdir && xargs touch <"$work/names")
    "$tool" seal "$many" 2>/dev/null >"$work/list-many"
    begin=$(now_ms)
    words=$("$tool" compare "$many" "$work/list-many" 2>&1)
    echo "$count empty files, list of $(($(stat -c %s "$work/list-many") / 1000)) kB: $words, $(($(now_ms) - begin)) ms"
    rm -rf "$many"
done
