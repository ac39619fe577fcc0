#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Sealed trees: whatever is otherwise than in the signed list is named; lists that are none, or not of this image; and
# claims of an author that somebody would widen, forge or keep alive. Each beside what is in order.
load ../suite
load ../trust

# A tree with one of each kind, sealed by the release key.
setup_file() {
    trust_setup_file
    cp -a "$ROOTFS" "$TRUST/tree"
    (
        cd "$TRUST/tree" || exit
        echo "setting = 1" >etc/config
        echo "set-user-id" >bin/set-id && chmod 4755 bin/set-id
        echo "capable" >bin/capable && capability bin/capable 13
        ln etc/config etc/same
        ln -s /etc/config etc/link
        mkfifo var/fifo
        mknod -m 0666 var/null c 1 3
        mkdir -m 0750 var/deep && chown 1000:1000 var/deep && echo deep >var/deep/file
        printf 'odd\n' >"$(printf 'var/a name\twith \\ and\nline end')"
    )
    mkdir "$TRUST/sealed"
    seal "$TRUST/sealed"
}

teardown_file() { trust_teardown_file; }
teardown() { trust_teardown; }

setup() {
    trust_setup
    rm -r "$ROOT"
    cp -a "$TRUST/tree" "$ROOT"
    cp -a "$TRUST/sealed/thwart.image" "$BUNDLE/"
    demand_release bound-walk
}

capability() { python3 -c 'import os, struct, sys; os.setxattr(sys.argv[1], "security.capability", struct.pack("<5I", 0x02000001, 1 << int(sys.argv[2]), 0, 0, 0))' "$@"; }

# seal BUNDLE [OPTION...]: of the tree as it is now.
seal() {
    local into=$1
    shift
    "$THWART" image seal --name "$NAME" --manifest "$TRUST/store/manifest.json" --image-configuration "$TRUST/store/config.json" \
        --key "$(cat "$KEYS/${SEAL_KEY:-release}.fingerprint")" --into "$into" "$@" "$TRUST/tree"
}

# otherwise PATTERN: with what was done to the tree, it is refused with such words.
otherwise() { untrusted "TW0103.*$1"; }

# again: the tree as it was.
again() {
    rm -rf "$ROOT"
    cp -a "$TRUST/tree" "$ROOT"
}

@test "control: the sealed tree runs, twice; what the container then leaves in it is not sealed" {
    runs
    again
    runs
    again
    echo left >"$ROOT/var/left"
    otherwise 'var/left'
}

@test "control: other verifiers accept the seal's signature" {
    gpgv --keyring "$KEYS/release.gpg" --output "$WORK/payload" "$BUNDLE/thwart.image/signature-1"
    [ "$(jq -r '.critical.image["docker-manifest-digest"]' "$WORK/payload")" = "$MANIFEST" ]
    jq -e '.optional["io.thwart.seal"].digest' "$WORK/payload"
    command -v skopeo >/dev/null || skip "skopeo is not installed"
    mkdir "$WORK/dir"
    printf 'Directory Transport Version: 1.1\n' >"$WORK/dir/version"
    cp "$TRUST/store/manifest.json" "$WORK/dir/manifest.json"
    cp "$TRUST/store/config.json" "$WORK/dir/${CONFIG#sha256:}"
    local number
    for number in 1 2 3; do cp "$TRUST/store/layer-$number.tar" "$WORK/dir/$(sha256sum <"$TRUST/store/layer-$number.tar" | cut -d' ' -f1)"; done
    cp "$BUNDLE/thwart.image/signature-1" "$WORK/dir/signature-1"
    printf '{"default": [{"type": "reject"}], "transports": {"dir": {"": [{"type": "signedBy", "keyType": "GPGKeys", "keyPath": "%s", "signedIdentity": {"type": "exactReference", "dockerReference": "%s"}}]}}}' \
        "$KEYS/release.gpg" "$NAME" >"$WORK/policy.json"
    skopeo --policy "$WORK/policy.json" copy -q "dir:$WORK/dir" "dir:$WORK/copied" --remove-signatures
    payload | sign stranger >"$WORK/dir/signature-1"
    run ! skopeo --policy "$WORK/policy.json" copy -q "dir:$WORK/dir" "dir:$WORK/refused" --remove-signatures
}

@test "contents: changed with the same size and times, grown, emptied, behind a hard link" {
    touch -r "$ROOT/etc/passwd" "$WORK/times"
    printf X | dd of="$ROOT/etc/passwd" conv=notrunc status=none
    touch -r "$WORK/times" "$ROOT/etc/passwd"
    otherwise 'etc/passwd'
    again
    echo more >>"$ROOT/var/deep/file"
    otherwise 'var/deep/file'
    again
    : >"$ROOT/etc/same"
    otherwise 'etc/(config|same)'
}

@test "files added, removed, of another kind; odd names" {
    : >"$ROOT/bin/.wh.probe"
    otherwise 'bin/.wh.probe'
    again
    mkdir "$ROOT/etc/empty"
    otherwise 'etc/empty'
    again
    rm "$ROOT/etc/group"
    otherwise 'etc/group'
    again
    rm "$ROOT/etc/group" && mkdir "$ROOT/etc/group"
    otherwise 'etc/group'
    again
    printf 'evil\n' >"$ROOT/var/"$'a name\twith \\ and\nline end'
    otherwise 'var/a'
    [ "$(wc -l <"$WORK/refused.err")" = 1 ]
    again
    : >"$ROOT/var/"$'a name\twith \\ and\nline end2'
    otherwise 'var/a'
}

@test "modes, owners, set-user-id, capabilities" {
    chmod 4755 "$ROOT/bin/probe"
    otherwise 'bin/probe'
    again
    chmod 0777 "$ROOT/etc"
    otherwise 'etc'
    again
    chown 1000 "$ROOT/etc/passwd"
    otherwise 'etc/passwd'
    again
    capability "$ROOT/bin/probe" 21
    otherwise 'bin/probe'
    again
    capability "$ROOT/bin/capable" 21
    otherwise 'bin/capable'
    again
    python3 -c 'import os, sys; os.removexattr(sys.argv[1], "security.capability")' "$ROOT/bin/capable"
    otherwise 'bin/capable'
    again
    chmod 0777 "$ROOT"
    otherwise '0777'
}

@test "links: another target, a copy in the place of a hard link, a hard link in the place of a file, one that leads out" {
    ln -sfn /etc/passwd "$ROOT/etc/link"
    otherwise 'etc/link'
    again
    cp --remove-destination "$ROOT/etc/config" "$ROOT/etc/same"
    otherwise 'etc/same'
    again
    ln -f "$ROOT/etc/passwd" "$ROOT/etc/group"
    otherwise 'etc/group'
    again
    mv "$ROOT/var" "$WORK/var" && ln -s "$WORK/var" "$ROOT/var"
    otherwise 'var'
}

@test "device nodes and pipes: other numbers, added, in the place of a file" {
    rm "$ROOT/var/null" && mknod -m 0666 "$ROOT/var/null" c 1 5
    otherwise 'var/null'
    again
    mknod "$ROOT/dev/mem" c 1 1
    otherwise 'dev/mem'
    again
    rm "$ROOT/etc/passwd" && mkfifo "$ROOT/etc/passwd"
    RT_TIMEOUT=10 otherwise 'etc/passwd'
    again
    rm "$ROOT/etc/passwd" && ln -s /dev/zero "$ROOT/etc/passwd"
    RT_TIMEOUT=10 otherwise 'etc/passwd'
}

@test "a mount beneath the root, and one over it" {
    echo evil >"$WORK/evil"
    mount --bind "$WORK/evil" "$ROOT/etc/passwd"
    otherwise 'etc/passwd|mount'
    umount "$ROOT/etc/passwd"
    mount -t tmpfs tmpfs "$ROOT/var"
    otherwise 'var|mount'
    umount "$ROOT/var"
    runs
}

@test "the list: edited, missing, torn, a link, of another tree" {
    local list=$BUNDLE/thwart.image/seal
    echo evil >"$ROOT/etc/group"
    sed -i "s|^f 0644 0 0 [0-9]* [0-9a-f]* .*\./etc/group|f 0644 0 0 5 $(sha256sum <"$ROOT/etc/group" | cut -d' ' -f1) ./etc/group|" "$list"
    grep -q "^f 0644 0 0 5 .*etc/group" "$list"
    otherwise 'seal'
    again
    otherwise 'seal'
    cp "$TRUST/sealed/thwart.image/seal" "$list"
    runs
    again
    sed -i '$d' "$list"
    otherwise 'seal'
    : >"$list"
    otherwise 'seal'
    rm "$list"
    otherwise 'seal'
    ln -s "$TRUST/sealed/thwart.image/seal" "$list"
    otherwise 'seal'
    rm "$list"
    mkfifo "$list"
    RT_TIMEOUT=10 otherwise 'seal'
}

@test "a signature without a seal, a stranger's seal, one that is broken, one of another image" {
    local image=$BUNDLE/thwart.image member
    cp "$TRUST/release.sig" "$image/signature-1"
    otherwise 'no signature that counts has a seal'
    # A stranger seals the evil tree, beside the good signature of the image.
    echo evil >"$ROOT/etc/group"
    mkdir "$WORK/evil"
    SEAL_KEY=stranger "$THWART" image seal --name "$NAME" --manifest "$TRUST/store/manifest.json" --image-configuration "$TRUST/store/config.json" \
        --key "$(cat "$KEYS/stranger.fingerprint")" --into "$WORK/evil" "$ROOT"
    cp "$WORK/evil/thwart.image/seal" "$image/seal"
    cp "$WORK/evil/thwart.image/signature-1" "$image/signature-2"
    otherwise 'no signature that counts has a seal'
    demand "{\"signature\": $(signed_by stranger), \"integrity\": \"bound-walk\"}"
    runs # by whom a policy accepts it is sealed well
    again
    demand_release bound-walk
    cp "$TRUST/sealed/thwart.image/seal" "$image/seal"
    rm "$image/signature-2"
    for member in '{"version":2,"digest":"sha256:'"$(printf %064d 1)"'","files":3}' '{"version":1,"files":3}' '{"version":1,"digest":"x","files":3}' '[]' 'null'; do
        payload "$NAME" "$MANIFEST" "{\"io.thwart.seal\":$member}" | sign release >"$image/signature-1"
        untrusted 'TW0101.*seal'
    done
    member=$(gpg --quiet --decrypt "$TRUST/sealed/thwart.image/signature-1" 2>/dev/null | jq -c '.optional["io.thwart.seal"]')
    payload "$NAME" "sha256:$(printf %064d 1)" "{\"io.thwart.seal\":$member}" | sign release >"$image/signature-1"
    untrusted 'TW0101.*about the manifest'
    payload registry.example/other/app:1 "$MANIFEST" "{\"io.thwart.seal\":$member}" | sign release >"$image/signature-1"
    untrusted 'TW0101.*registry.example/other'
    payload "$NAME" "$MANIFEST" "{\"io.thwart.seal\":$member}" | sign release >"$image/signature-1"
    runs
}

@test "state tells what was proven, whatever the bundle's annotations say" {
    config '.annotations = {"io.thwart.trust": "bound-verity", "io.thwart.image.names": "registry.example/evil/app:1"}'
    demand_release manifest-only
    start_container /bin/probe sleep
    [ "$(rt state "$ID" | jq -r '.annotations["io.thwart.trust"] + " " + .annotations["io.thwart.image.names"]')" = "manifest-only $NAME" ]
}

# --- claims ---------------------------------------------------------------------------------------------------------------------

# claimed POLICY [OPTION OF seal...]: the image's author claims this, and its issuer is the release key.
claimed() {
    printf '%s\n' "$1" >"$WORK/claim.json"
    shift
    rm -rf "$BUNDLE/thwart.image"
    seal "$BUNDLE" --claim "$WORK/claim.json" "$@"
    issuer ''
}

# issuer MEMBERS: thwart.json of a host that knows the release key as an issuer.
issuer() {
    printf '{"thwart": 1, "default": "unrestricted", "keyrings": ["%s"], "issuers": [{"name": "release", "fingerprints": ["%s"]%s}]}\n' \
        "$KEYS/release.gpg" "$(cat "$KEYS/release.fingerprint")" "${1:+, $1}" >"$WORK/thwart.json"
    demand_release
}

@test "a claim bounds what the bundle may ask for, and the policy bounds the claim" {
    claimed '{"thwart": 1, "process": {"capabilities": {"allow": ["CHOWN"]}}}' --revision 3
    config '.process.capabilities = {bounding: ["CAP_CHOWN", "CAP_SYS_ADMIN"], effective: ["CAP_CHOWN", "CAP_SYS_ADMIN"], permitted: ["CAP_CHOWN", "CAP_SYS_ADMIN"]}'
    runs
    see .capabilities.bounding '["CAP_CHOWN"]'
    again
    rm "$WORK/thwart.json" # nobody is an issuer: nothing is claimed
    demand_release
    runs
    see .capabilities.bounding '["CAP_CHOWN","CAP_SYS_ADMIN"]'
    again
    issuer ''
    sed -i 's/}$/, "process": {"capabilities": {"allow": ["SYS_ADMIN"]}}}/' "$WORK/signed.json"
    runs
    see .capabilities.bounding '[]'
}

@test "claims: not of an issuer, expired, not yet, an old revision, beyond the ceiling, not a claim" {
    local claim='{"thwart": 1, "process": {"capabilities": {"allow": ["CHOWN"]}}}'
    claimed "$claim" --revision 3
    runs
    again
    sed -i "s/$(cat "$KEYS/release.fingerprint")/$(cat "$KEYS/second.fingerprint")/" "$WORK/thwart.json"
    untrusted 'TW0104.*issuer'
    issuer '"leastRevision": 4'
    untrusted 'TW0104.*revision'
    issuer "\"leastRevision\": {\"$REPOSITORY\": 4}"
    untrusted 'TW0104.*revision'
    issuer '"leastRevision": {"registry.example/other": 4}'
    runs
    again
    mkdir "$WORK/policies"
    printf '{"thwart": 1, "name": "ceiling", "process": {"capabilities": {"allow": ["KILL"]}}}' >"$WORK/policies/ceiling.json"
    issuer '"ceiling": "restricted"'
    refused_run 'ceiling|restricted'
    claimed "$claim" --revision 3 --expires 2024-01-01
    untrusted 'TW0104'
    claimed "$claim" --revision 3 --not-before 2099-01-01
    untrusted 'TW0104'
    rm -r "$BUNDLE/thwart.image"
    cp -a "$TRUST/sealed/thwart.image" "$BUNDLE/"
    local member
    for member in '{"version":1,"revision":0,"policy":{"thwart":1}}' '{"version":1,"policy":{"thwart":1}}' '{"version":1,"revision":1,"policy":[]}' '{"version":1,"revision":1,"policy":{"thwart":1},"more":1}'; do
        payload "$NAME" "$MANIFEST" "{\"io.thwart.claim\":$member}" | sign release >"$BUNDLE/thwart.image/signature-1"
        untrusted 'TW0101.*claim'
    done
    payload "$NAME" "$MANIFEST" '{"io.thwart.claim":{"version":1,"revision":1,"policy":{"thwart":1,"mode":"audit"}}}' | sign release >"$BUNDLE/thwart.image/signature-1"
    refused_run 'mode.*cannot be claimed'
    payload "$NAME" "$MANIFEST" '{"io.thwart.claim":{"version":1,"revision":1,"policy":{"thwart":1,"when":{"image":["nothing"]}}}}' | sign release >"$BUNDLE/thwart.image/signature-1"
    refused_run 'when.*cannot be claimed'
}

@test "a claim that was widened after it was signed, one in an annotation, one of a stranger" {
    claimed '{"thwart": 1, "process": {"capabilities": {"allow": []}}}' --revision 3
    config '.process.capabilities = {bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"]}'
    runs
    see .capabilities.bounding '[]'
    again
    # The author's own payload, flat, with another list in it.
    gpg --quiet --decrypt "$BUNDLE/thwart.image/signature-1" 2>/dev/null | sign release --compress-algo none >"$WORK/flat.sig"
    cp "$WORK/flat.sig" "$BUNDLE/thwart.image/signature-1"
    runs
    see .capabilities.bounding '[]'
    again
    python3 - "$WORK/flat.sig" "$BUNDLE/thwart.image/signature-1" <<'PYTHON'
import sys
data = open(sys.argv[1], "rb").read()
wide = data.replace(b'"revision":3', b'"revision":9')
assert wide != data
open(sys.argv[2], "wb").write(wide)
PYTHON
    untrusted 'TW0101.*does not fit'
    cp -a "$TRUST/sealed/thwart.image/." "$BUNDLE/thwart.image/"
    config '.annotations = {"io.thwart.claim": "{\"thwart\": 1}"}'
    refused_run 'io.thwart.claim'
}

# --- what is remembered -----------------------------------------------------------------------------------------------------------

@test "what was found out before: forged, of another boot, in a folder that others may enter" {
    local entry key
    plain "$TRUST/release.sig"
    demand_release
    runs
    entry=$(find /run/thwart/@trust -type f | head -1)
    [ -n "$entry" ]
    payload | sign stranger >"$WORK/stranger.sig"
    plain "$WORK/stranger.sig"
    untrusted 'TW0101.*not in the keyrings'
    # The verdict on the good signature under the name of the one on the bad.
    for key in /run/thwart/@trust/*; do [ "$key" = "$entry" ] || cp "$entry" "$key"; done
    untrusted 'TW0101.*not in the keyrings'
    # Another boot's, or a byte of it otherwise.
    plain "$TRUST/release.sig"
    for key in /run/thwart/@trust/*; do sed -i 's/good/evil/g; s/0/1/' "$key"; done
    runs
    chmod 0777 /run/thwart/@trust
    plain "$WORK/stranger.sig"
    untrusted 'TW0101.*not in the keyrings'
    rm -rf /run/thwart/@trust
    ln -s "$WORK" /run/thwart/@trust
    plain "$TRUST/release.sig"
    runs
    [ "$(find "$WORK" -maxdepth 1 -newer "$WORK/stranger.sig" -type f -regex '.*/[0-9a-f]+' | wc -l)" = 0 ]
    rm /run/thwart/@trust
}

@test "what was found out before ends with the key that it came from" {
    plain "$TRUST/release.sig"
    cp "$KEYS/release.gpg" "$WORK/ring.gpg"
    demand "{\"signature\": {\"keys\": [\"$WORK/ring.gpg\"], \"identity\": \"**\"}}"
    runs
    runs
    cp "$KEYS/stranger.gpg" "$WORK/ring.gpg"
    untrusted 'TW0101.*not in the keyrings'
    cp "$KEYS/release.gpg" "$WORK/ring.gpg"
    chmod 0666 "$WORK/ring.gpg"
    refused_run 'changed by others'
    chmod 0644 "$WORK/ring.gpg"
    runs
    rm "$WORK/ring.gpg"
    refused_run 'ring.gpg'
}

@test "a file system that is a program says the signed fs-verity digests and shows other contents" {
    [ -c /dev/fuse ] || skip "no /dev/fuse"
    mkdir -p "$WORK/other/etc"
    echo "setting = 6" >"$WORK/other/etc/config"
    rm -rf "$ROOT" && mkdir "$ROOT"
    python3 "$TESTS/support/lying_fuse.py" "$TRUST/tree" "$WORK/other" "$ROOT" 3>&-
    [ "$(cat "$ROOT/etc/config")" = "setting = 6" ]
    demand_release bound-verity
    otherwise 'verity: .*not of those whose fs-verity the kernel'
    demand_release bound-walk
    otherwise '/etc/config'
}

@test "the root's folder is swapped without end while it is looked at and mounted: only what was sealed runs" {
    cp -a "$TRUST/tree" "$WORK/other"
    echo "setting = 6" >"$WORK/other/etc/config"
    demand_release bound-walk
    program /bin/busybox cat /etc/config
    # Whatever is mounted has its place in both.
    config '.root.readonly = true | .linux.maskedPaths = [] | .linux.readonlyPaths = []
        | .mounts = [{destination: "/proc", type: "proc", source: "proc"}, {destination: "/dev", type: "tmpfs", source: "tmpfs"}]'
    [ "$(rt run --bundle "$BUNDLE" "$ID" </dev/null)" = "setting = 1" ]
    rt delete --force "$ID"
    background "$SUPPORT/exchange_racer" "$ROOT" "$WORK/other" 40000 >"$WORK/swaps"
    local round
    for ((round = 0; round < ${RACE_ROUNDS:-120}; round++)); do
        rt run --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/ran" 2>/dev/null || true
        ! grep "setting = 6" "$WORK/ran" || { echo "in round $round" >&2 && return 1; }
    done
    rt delete --force "$ID"
    stop_background
    [ "$(cat "$WORK/swaps")" -gt "${RACE_ROUNDS:-120}" ]
}

@test "once per boot: what was proven while something was mounted over a file that nobody signed is nothing to others" {
    mkdir "$WORK/lower" "$WORK/upper" "$WORK/work"
    cp -a "$TRUST/tree/." "$WORK/lower"
    : >"$WORK/lower/etc/preload"
    : >"$WORK/mounted"
    mount -t overlay overlay -o "lowerdir=$WORK/lower,upperdir=$WORK/upper,workdir=$WORK/work" "$ROOT"
    demand "{\"signature\": $(signed_by release), \"integrity\": {\"value\": \"bound-walk\", \"reread\": \"once-per-boot\"}}"
    otherwise '/etc/preload'
    cp "$BUNDLE/config.json" "$WORK/before.json"
    mount_entry /etc/preload bind "$WORK/mounted" bind
    runs
    cp "$WORK/before.json" "$BUNDLE/config.json"
    otherwise '/etc/preload'
}
