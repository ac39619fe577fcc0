#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# How fast are layers held against their signed digests, compared with sha256sum over the same files on all processors? Makes an image of SIZE
# megabytes, pulls it into a store of its own by podman, mounts it, and times both, turn by turn. Needs root, podman, jq, python3 and time.
# usage: tests/bench/trust_layers.sh [--size MEGABYTES] [--layers N] [--runs N] [--compressible] [--program BIND_LAYERS]
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
source_root=$(cd "$here/../.." && pwd)
size=500 layers=4 runs=5 program="" fill=random
while [ $# -gt 0 ]; do
    case $1 in
    --size) size=$2 && shift ;;
    --layers) layers=$2 && shift ;;
    --runs) runs=$2 && shift ;;
    --program) program=$(realpath "$2") && shift ;;
    --compressible) fill=text ;;
    -h | --help) sed -n '3,7s/^# \{0,1\}//p' "$0" && exit 0 ;;
    *) echo "$0: unknown option $1" >&2 && exit 2 ;;
    esac
    shift
done
[ "$(id -u)" -eq 0 ] || { echo "$0: needs root" >&2 && exit 1; }
if [ "${THWART_BENCH_INSIDE:-}" != 1 ]; then
    if [ -z "$program" ]; then
        [ -d "$source_root/build-bench-layers" ] || meson setup "$source_root/build-bench-layers" "$source_root" -Dbuildtype=release >/dev/null
        ninja -C "$source_root/build-bench-layers" tests/support/bind_layers >/dev/null
        program=$source_root/build-bench-layers/tests/support/bind_layers
    fi
    [ "$fill" = random ] || set -- --compressible
    [ "$fill" = text ] || set --
    THWART_BENCH_INSIDE=1 exec unshare --mount --propagation private "$0" --size "$size" --layers "$layers" --runs "$runs" --program "$program" "$@"
fi

work=${TMPDIR:-/tmp}/thwart-layers-$$ # podman wants no capitals in it
mkdir "$work"
trap 'umount "$work/root" "$work/store/overlay" 2>/dev/null || true; rm -rf "$work"' EXIT
python3 - "$work/oci" "$size" "$layers" "$fill" <<'PYTHON'
# An OCI layout: layers of files as a distribution has them, many small and few big, compressed by gzip.
import gzip, hashlib, io, json, os, random, sys, tarfile

path, size, layers, fill = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
chance = random.Random(1)
words = [bytes(chance.choices(range(97, 123), k=chance.randint(2, 12))) for _ in range(4096)]
os.makedirs(path + "/blobs/sha256")


def blob(data, kind):
    digest = hashlib.sha256(data).hexdigest()
    with open(path + "/blobs/sha256/" + digest, "wb") as file:
        file.write(data)
    return {"mediaType": "application/vnd.oci.image." + kind, "digest": "sha256:" + digest, "size": len(data)}


def contents(length):
    if fill == "random":
        return chance.randbytes(length)
    line = b" ".join(chance.choices(words, k=length // 6 + 1))
    return (line * 2)[:length].ljust(length)


def layer(number, left):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as archive:
        count = 0
        while left > 0:
            if count % 50 == 0:
                entry = tarfile.TarInfo("layer%d/folder%d" % (number, count // 50))
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(entry)
            length = min(left, chance.choice([500, 2000, 6000, 15000, 40000, 120000, 1500000]))
            entry = tarfile.TarInfo("layer%d/folder%d/file%d" % (number, count // 50, count))
            entry.size, entry.mode = length, 0o644
            archive.addfile(entry, io.BytesIO(contents(length)))
            left -= length
            count += 1
    return data.getvalue()


diff_ids, blobs = [], []
for number in range(layers):
    # The lowest is as big as all others together, as base images are.
    share = size * 2**20 // 2 if number == 0 and layers > 1 else size * 2**20 // (2 * (layers - 1) or 1)
    tar = layer(number, share)
    diff_ids.append("sha256:" + hashlib.sha256(tar).hexdigest())
    blobs.append(blob(gzip.compress(tar, 1), "layer.v1.tar+gzip"))
configuration = blob(json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": diff_ids}}).encode(), "config.v1+json")
manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": configuration, "layers": blobs}
entry = dict(blob(json.dumps(manifest).encode(), "manifest.v1+json"), annotations={"org.opencontainers.image.ref.name": "bench"})
with open(path + "/index.json", "w") as file:
    json.dump({"schemaVersion": 2, "manifests": [entry]}, file)
with open(path + "/oci-layout", "w") as file:
    file.write('{"imageLayoutVersion": "1.0.0"}')
with open(path + "/layers", "w") as file:
    for diff_id, one in zip(diff_ids, blobs):
        file.write("%s %s\n" % (diff_id, one["digest"][7:]))
PYTHON

podman --root "$work/store" --runroot "$work/run" --storage-driver overlay pull -q "oci:$work/oci:bench" >/dev/null
records=() blobs=() lowers=
while read -r diff_id blob; do
    id=$(jq -r --arg diff_id "$diff_id" '.[] | select(."diff-digest" == $diff_id).id' "$work/store/overlay-layers/layers.json")
    directory=$work/store/overlay/$id/diff
    records+=("$diff_id" "$directory" "$work/store/overlay-layers/$id.tar-split.gz")
    blobs+=("$diff_id" "$directory" "$work/oci/blobs/sha256/$blob")
    lowers=$directory${lowers:+:$lowers}
done <"$work/oci/layers"
mkdir "$work/root" "$work/upper" "$work/work"
mount -t overlay overlay -o "lowerdir=$lowers,upperdir=$work/upper,workdir=$work/work" "$work/root"
files=$(find "$work/store/overlay" -type f -path '*/diff/*' | wc -l)
bytes=$(find "$work/store/overlay" -type f -path '*/diff/*' -printf '%s\n' | awk '{sum += $1} END {printf "%d", sum}')

# milliseconds of the median run, and peak memory: NAME COMMAND...
race() {
    local name=$1 i
    shift
    for ((i = 0; i < runs; i++)); do
        /usr/bin/time -a -o "$work/$name" -f '%e %U %S %M' "$@" >"$work/said" 2>&1 || { cat "$work/said" >&2 && exit 1; }
    done
}
median() {
    sort -n "$work/$1" | awk -v bytes="$bytes" '{wall[NR] = $1; work[NR] = $2 + $3; if ($4 > most) most = $4} END {
        middle = int((NR + 1) / 2)
        printf "%.2f s, %.0f MB/s; %.2f s of all processors; peak %d kB\n", wall[middle], bytes / 1e6 / wall[middle], work[middle], most}'
}
export digested=$work/store/overlay
for ((turn = 0; turn < 2; turn++)); do
    # shellcheck disable=SC2016 # the inner shell's
    race sha256sum sh -c 'find "$digested" -type f -path "*/diff/*" -print0 | xargs -0 -P "$(nproc)" -n 64 sha256sum'
    race records "$program" "$work/root" "$work/upper" - "${records[@]}"
    race blobs "$program" "$work/root" "$work/upper" - "${blobs[@]}"
done
echo "$((bytes / 1000000)) MB in $files files of $layers layers, $(nproc) processors, $fill contents"
for name in sha256sum records blobs; do
    printf '%-10s %s\n' "$name" "$(median "$name")"
done
awk -v sha="$(sort -n "$work/sha256sum" | awk '{w[NR] = $1} END {print w[int((NR + 1) / 2)]}')" -v own="$(sort -n "$work/records" | awk '{w[NR] = $1} END {print w[int((NR + 1) / 2)]}')" \
    'BEGIN {printf "throughput of records to sha256sum: %.2f\n", sha / own}'
