#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a required signature costs: `run` of an image in a store of podman's layout, with a policy that asks for a signature and with one
# that asks for none, interleaved run by run. Prints medians; then gpg alone, and the first create of all (nothing remembered).
# Needs root, gpg, python3, jq. usage: tests/bench/trust_create.sh [--runs N] [--thwart PATH] [--others N]
#   --others N   images beside this one in the store (default 40, with 8 layers each: documents of an ordinary host's size)
#
# Targets: warm at most 0.3 ms more than without, and no gpg process; cold at most 1.3 times one bare `gpg --verify`.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
source_root=$(cd "$here/../.." && pwd)
runs=200 others=40
thwart=
while [ $# -gt 0 ]; do
    case $1 in
    --runs) runs=$2 && shift ;;
    --others) others=$2 && shift ;;
    --thwart) thwart=$(realpath "$2") && shift ;;
    -h | --help) sed -n '4,9s/^# \{0,1\}//p' "$0" && exit 0 ;;
    *) echo "$0: unknown argument $1" >&2 && exit 2 ;;
    esac
    shift
done
[ "$(id -u)" -eq 0 ] || { echo "$0: needs root" >&2 && exit 1; }
if [ "${THWART_BENCH_INSIDE:-}" != 1 ]; then
    if [ -z "$thwart" ]; then
        [ -d "$source_root/build-bench" ] || meson setup "$source_root/build-bench" "$source_root" -Dtests=false >/dev/null
        ninja -C "$source_root/build-bench" >/dev/null
        thwart=$source_root/build-bench/thwart
    fi
    THWART_BENCH_INSIDE=1 exec unshare --mount --propagation private "$0" --runs "$runs" --others "$others" --thwart "$thwart"
fi

mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs tmpfs /run
work=$(mktemp -d)
mount -t tmpfs tmpfs "$work"
export GNUPGHOME=$work/gnupg
trap 'gpgconf --kill all; cd / && umount -l "$work" && rmdir "$work"' EXIT
mkdir -m 0700 "$GNUPGHOME"
name=registry.example/demo/app:1

cc -O2 -o "$work/race" "$here/race.c"
printf '#include <unistd.h>\nint main(void) { return 0; }\n' >"$work/true.c"
cc -O2 -static -o "$work/true" "$work/true.c"
gpg --quiet --batch --passphrase '' --quick-generate-key bench@example.test rsa3072 sign 0
gpg --quiet --export bench@example.test >"$work/ring.gpg"
python3 "$source_root/tests/support/image_store.py" make "$work/store" "$name" "$work/true"
# shellcheck disable=SC1091
. "$work/store/facts"
printf '{"critical":{"identity":{"docker-reference":"%s"},"image":{"docker-manifest-digest":"%s"},"type":"atomic container signature"},"optional":{}}' \
    "$name" "$MANIFEST" | gpg --quiet --batch --pinentry-mode loopback --passphrase '' --sign >"$work/sig"
python3 "$source_root/tests/support/image_store.py" sign "$work/store" "$work/sig"
python3 - "$work/store" "$others" <<'END'
import hashlib, json, os, sys
store, others = sys.argv[1], int(sys.argv[2])
def digest(*words):
    return hashlib.sha256(" ".join(map(str, words)).encode()).hexdigest()
def extend(path, new):
    path = os.path.join(store, path)
    records = json.load(open(path)) if os.path.exists(path) else []
    json.dump(new + records, open(path, "w"))
images, layers, containers = [], [], []
for i in range(others):
    parent = ""
    for j in range(8):
        layer = {"id": digest("layer", i, j), "parent": parent, "created": "2026-01-01T00:00:00Z",
                 "compressed-diff-digest": "sha256:" + digest("blob", i, j), "compressed-size": 1234567,
                 "diff-digest": "sha256:" + digest("diff", i, j), "diff-size": 7654321, "compression": 2, "uidset": [0, 1, 33], "gidset": [0, 8, 42]}
        parent = layer["id"]
        layers.append(layer)
    images.append({"id": digest("image", i), "digest": "sha256:" + digest("manifest", i), "names": ["registry.example/other/image%d:latest" % i],
                   "layer": parent, "metadata": "{\"signatures-sizes\":{}}", "big-data-names": ["manifest-sha256:" + digest("manifest", i), "manifest", "sha256:" + digest("image", i)],
                   "big-data-sizes": {"manifest": 1200, "sha256:" + digest("image", i): 6000}, "created": "2026-01-01T00:00:00Z"})
    containers.append({"id": digest("container", i), "names": ["container%d" % i], "image": digest("image", i), "layer": digest("top", i),
                       "metadata": json.dumps({"image-name": "registry.example/other/image%d:latest" % i, "name": "container%d" % i}), "created": "2026-01-01T00:00:00Z", "flags": {"MountLabel": "", "ProcessLabel": ""}})
    layers.append({"id": digest("top", i), "parent": parent, "created": "2026-01-01T00:00:00Z"})
extend("overlay-images/images.json", images)
extend("overlay-layers/layers.json", layers)
extend("overlay-containers/containers.json", containers)
END

merged=$work/store/overlay/$TOP/merged
lowers=
for layer in $LAYERS; do lowers=$work/store/overlay/$layer/diff${lowers:+:$lowers}; done
mount -t overlay overlay -o "lowerdir=$lowers,upperdir=$work/store/overlay/$TOP/diff,workdir=$work/store/overlay/$TOP/work" "$merged"
bundle=$work/store/overlay-containers/$CONTAINER/userdata
"$thwart" spec --bundle "$bundle"
jq --arg root "$merged" '.root.path = $root | .process.terminal = false | .process.args = ["/bin/probe"] | del(.linux.resources.devices)' \
    "$bundle/config.json" >"$bundle/new" && mv "$bundle/new" "$bundle/config.json"
policy() { printf '{"thwart": 1, "name": "%s", "process": {"noNewPrivileges": true}%s}\n' "$1" "$2" >"$work/$1.json"; }
policy without ''
policy with ", \"image\": {\"signature\": {\"keys\": [\"$work/ring.gpg\"]}}"

printf '\n== run, warm: without and with a required signature (%d images in the store), program of %d bytes\n' "$((others + 1))" "$(stat -c %s "$thwart")"
"$thwart" --policy "$work/with.json" run -b "$bundle" bench
strace -qq -f -e trace=execve,execveat -e signal=none -o "$work/trace" "$thwart" --policy "$work/with.json" run -b "$bundle" bench || true
echo "gpg processes of a warm run: $(grep -c 'gpg' "$work/trace" || true)"
"$work/race" "$runs" "without=$thwart --policy $work/without.json run -b $bundle bench" \
    "with=$thwart --policy $work/with.json run -b $bundle bench"

printf '\n== cold: gpg alone, and run with nothing remembered\n'
cat >"$work/cold" <<END
#!/bin/sh
rm -rf /run/thwart/@trust
exec $thwart --policy $work/\$1.json run -b $bundle bench
END
chmod 0755 "$work/cold"
"$work/race" "$((runs / 4 + 5))" "gpg=$(command -v gpg) --batch --quiet --no-default-keyring --keyring $work/ring.gpg --trust-model always --verify $work/sig" \
    "without=$work/cold without" "with=$work/cold with" 2>/dev/null
