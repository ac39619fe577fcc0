#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What create asks about an image before it decides: nothing where no policy asks; what was found out before is not found out
# again, and outlives nothing that it came from.
load suite
load trust

setup_file() { trust_setup_file; }
teardown_file() { trust_teardown_file; }
setup() {
    trust_setup
    plain "$TRUST/release.sig"
    STATES=$WORK/states
    GLOBALS=()
}
teardown() { trust_teardown; }

# asks WHAT: the policy for this test, states in a directory of its own.
asks() {
    demand "$1"
    GLOBALS+=(--root "$STATES")
}

# traced: runs the container; what was executed and opened is in $WORK/trace.
traced() {
    command -v strace >/dev/null || skip "strace is not installed (apt-get install strace)"
    ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" timeout --foreground -k 2 30 \
        strace -qq -f -o "$WORK/trace" -e signal=none -e trace=execve,execveat,open,openat,openat2 \
        "$THWART" "${GLOBALS[@]}" run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null 3>&- 4>&-
}

starts_gpg() {
    traced || { cat "$WORK/err" >&2; return 1; }
    grep -q 'gpg' <(grep -E 'exec(ve|veat)\(' "$WORK/trace")
}

starts_no_gpg() {
    traced || { cat "$WORK/err" >&2; return 1; }
    ! grep -E 'exec(ve|veat)\(.*gpg' "$WORK/trace"
}

entries() {
    find "$STATES/@trust" -type f ! -name '.*' | wc -l
}

# --- nothing asked ---------------------------------------------------------------------------------------------------

@test "no policy asks: no process is started, no store is opened, nothing is remembered" {
    printf '{"thwart": 1, "name": "plain", "process": {"noNewPrivileges": true}}\n' >"$WORK/plain.json"
    GLOBALS=(--policy "$WORK/plain.json" --root "$STATES")
    starts_no_gpg
    run -1 grep -E 'thwart\.image|registries\.d|sigstore|@trust|mountinfo.*@trust' "$WORK/trace"
    [ ! -e "$STATES/@trust" ]
    [ "$(rt state "$ID" 2>/dev/null | jq -r '.annotations["io.thwart.trust"] // ""')" = "" ]
}

# --- asked -----------------------------------------------------------------------------------------------------------

@test "a signature is asked for: accepted once, and not asked of gpg again" {
    asks "{\"signature\": $(signed_by release)}"
    starts_gpg
    [ "$(entries)" = 1 ]
    starts_no_gpg
    [ "$(entries)" = 1 ]
}

@test "no signature, another key, another name, another digest: refused with the reason" {
    plain
    asks "{\"signature\": $(signed_by release)}"
    untrusted 'no signature was found'
    payload | sign stranger >"$WORK/stranger.sig"
    plain "$WORK/stranger.sig"
    untrusted 'not in the keyrings'
    payload registry.example/demo/other:1 | sign release >"$WORK/other.sig"
    plain "$WORK/other.sig"
    untrusted 'does not fit'
    payload "$NAME" "sha256:$(printf '%064d' 7)" | sign release >"$WORK/digest.sig"
    plain "$WORK/digest.sig"
    untrusted 'it is about the manifest'
    plain "$WORK/stranger.sig" "$WORK/other.sig" "$TRUST/release.sig"
    runs
}

@test "what was remembered is of these bytes: another keyring, signature or manifest is asked about anew" {
    asks "{\"signature\": $(signed_by release)}"
    starts_gpg
    # The same path, another ring: the key is gone.
    cp "$KEYS/release.gpg" "$WORK/kept.gpg"
    cp "$KEYS/stranger.gpg" "$WORK/ring.gpg"
    demand "{\"signature\": {\"require\": 1, \"keys\": [\"$WORK/ring.gpg\"], \"identity\": {\"type\": \"exactRepository\", \"dockerRepository\": \"$REPOSITORY\"}}}"
    GLOBALS+=(--root "$STATES")
    untrusted 'not in the keyrings'
    cat "$KEYS/release.gpg" >"$WORK/ring.gpg"
    runs
    cat "$KEYS/stranger.gpg" >"$WORK/ring.gpg"
    untrusted 'not in the keyrings'
    # A byte of the signature.
    cat "$KEYS/release.gpg" >"$WORK/ring.gpg"
    python3 - "$BUNDLE/thwart.image/signature-1" <<'END'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[-3] ^= 1
open(sys.argv[1], "wb").write(data)
END
    untrusted 'policy denied'
    plain "$TRUST/release.sig"
    runs
    # A blank more in the manifest.
    echo >>"$BUNDLE/thwart.image/manifest.json"
    untrusted 'it is about the manifest'
}

@test "rules are judged anew: the same signature under a stricter policy" {
    asks "{\"signature\": $(signed_by release)}"
    runs
    demand "{\"signature\": {\"require\": 1, \"keys\": [\"$KEYS/release.gpg\"], \"identity\": {\"type\": \"exactReference\", \"dockerReference\": \"$REPOSITORY:2\"}}}"
    GLOBALS+=(--root "$STATES")
    untrusted 'does not fit'
}

@test "the level that is wanted is not reached: refused, and it says why" {
    asks "{\"signature\": $(signed_by release), \"integrity\": \"bound-layers\"}"
    untrusted 'no stack of layers'
}

@test "gpg is missing: refused, and it says so; a policy on trial lets pass" {
    mkdir -p "$WORK/alone"
    cp "$THWART" "$WORK/alone/thwart"
    THWART=$WORK/alone/thwart
    asks "{\"signature\": $(signed_by release)}"
    run -1 rt run --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *thwart-gpg* ]]
    printf '{"thwart": 1, "name": "signed", "mode": "audit", "image": {"signature": %s}}\n' "$(signed_by release)" >"$WORK/signed.json"
    look
}

@test "a keyring that others could change is not taken" {
    cp "$KEYS/release.gpg" "$WORK/ring.gpg"
    chmod 0666 "$WORK/ring.gpg"
    asks "{\"signature\": {\"require\": 1, \"keys\": [\"$WORK/ring.gpg\"]}}"
    run -1 rt run --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *"could be changed by others"* ]]
}

# --- attacks on what is remembered -----------------------------------------------------------------------------------

@test "entries that are torn, links, of somebody else or of another boot are not believed, and gpg is asked again" {
    local entry other
    asks "{\"signature\": $(signed_by release)}"
    runs
    entry=$(find "$STATES/@trust" -type f)
    cp "$entry" "$WORK/entry"
    # Torn.
    head -c -1 "$WORK/entry" >"$entry"
    starts_gpg
    # A byte of its payload: what was signed, changed.
    python3 - "$entry" <<'END'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
at = data.index(b"docker-reference")
data[at] ^= 1
open(sys.argv[1], "wb").write(data)
END
    starts_gpg
    # A link to the very bytes.
    rm "$entry"
    ln -s "$WORK/entry" "$entry"
    starts_gpg
    [ ! -L "$entry" ]
    rm "$entry"
    ln "$WORK/entry" "$entry"
    starts_gpg
    # Of another owner; writable by others.
    cat "$WORK/entry" >"$entry"
    starts_no_gpg
    chown "$TEST_UID" "$entry"
    starts_gpg
    chmod 0622 "$entry"
    starts_gpg
    # Under another key's name.
    other=$STATES/@trust/$(printf '%064d' 0)
    cp "$entry" "$other"
    rm "$entry"
    payload registry.example/demo/app:9 | sign release >"$WORK/nine.sig"
    plain "$WORK/nine.sig"
    rt run --bundle "$BUNDLE" "$ID" </dev/null >/dev/null
    entry=$(find "$STATES/@trust" -type f ! -name "${other##*/}")
    cp "$WORK/entry" "$entry"
    starts_gpg
    # Of another boot: its id, and a digest that fits.
    python3 - "$entry" <<'END'
import hashlib, sys
data = bytearray(open(sys.argv[1], "rb").read())
data[16] = ord("0") if data[16] != ord("0") else ord("1")
data[88:120] = bytes(32)
data[88:120] = hashlib.sha256(data).digest()
open(sys.argv[1], "wb").write(data)
END
    starts_gpg
}

@test "a directory of entries that others may enter is not used" {
    asks "{\"signature\": $(signed_by release)}"
    runs
    chmod 0755 "$STATES/@trust"
    starts_gpg
    starts_gpg
    grep -q "not remembered: .*@trust is not ours alone.*chmod 0700" "$WORK/err"
    chmod 0700 "$STATES/@trust"
    starts_no_gpg
    run ! grep 'not remembered' "$WORK/err"
}

@test "what holds until a key expires is forgotten then; and when the clock is set back" {
    local entry
    asks "{\"signature\": $(signed_by release)}"
    runs
    entry=$(find "$STATES/@trust" -type f)
    # since and until are the two numbers before the answer: moved past now, with a digest that fits.
    times() {
        python3 - "$entry" "$1" "$2" <<'END'
import hashlib, struct, sys, time
data = bytearray(open(sys.argv[1], "rb").read())
struct.pack_into("<qq", data, 136, int(time.time()) + int(sys.argv[2]), int(time.time()) + int(sys.argv[3]))
data[88:120] = bytes(32)
data[88:120] = hashlib.sha256(data).digest()
open(sys.argv[1], "wb").write(data)
END
    }
    times -100 100
    starts_no_gpg
    times -100 -1
    starts_gpg
    times 50 100
    starts_gpg
}

@test "a key that expires soon: its answer is kept until then, one of a key that has none for ever" {
    local until now
    KEY_EXPIRES=2d new_key soon
    payload | sign soon >"$WORK/soon.sig"
    plain "$WORK/soon.sig"
    asks "{\"signature\": $(signed_by soon)}"
    runs
    until=$(python3 -c 'import struct,sys; print(struct.unpack_from("<q", open(sys.argv[1], "rb").read(), 144)[0])' "$(find "$STATES/@trust" -type f)")
    now=$(date +%s)
    [ "$until" -gt "$((now + 86400))" ]
    [ "$until" -le "$((now + 2 * 86400 + 60))" ]
}

@test "at most so many entries" {
    local number
    asks "{\"signature\": $(signed_by release)}"
    mkdir -p "$STATES"
    mkdir -m 0700 "$STATES/@trust"
    for ((number = 1; number <= 700; number++)); do
        printf x >"$STATES/@trust/$(printf '%064d' "$number")"
    done
    find "$STATES/@trust" -type f -exec touch -d '2 hours ago' {} +
    runs
    [ "$(entries)" = 512 ]
    starts_no_gpg
}

# --- elsewhere than in create ----------------------------------------------------------------------------------------

@test "a delegate is handed what is signed, and never called for what is not" {
    mkdir -p "$WORK/bin"
    printf '#!/bin/sh\necho "$*" >>%q\n' "$WORK/called" >"$WORK/bin/delegate"
    chmod 0755 "$WORK/bin" "$WORK/bin/delegate"
    demand "{\"signature\": $(signed_by release)}"
    GLOBALS+=(--delegate "$WORK/bin/delegate")
    rt create --bundle "$BUNDLE" "$ID" </dev/null
    grep -q create "$WORK/called"
    rt delete --force "$ID"
    rm "$WORK/called"
    plain
    run -1 rt create --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *'no signature was found'* ]]
    [ ! -e "$WORK/called" ] || run -1 grep create "$WORK/called"
}

@test "plan and policy explain look at the image as create does" {
    demand "{\"signature\": $(signed_by release)}"
    rt plan --bundle "$BUNDLE" | grep -q 'manifest-only'
    rt policy explain --bundle "$BUNDLE" --policy "$WORK/signed.json" | grep -q 'granted\|manifest-only'
    plain
    run rt policy explain --bundle "$BUNDLE" --policy "$WORK/signed.json"
    [[ $output == *'no signature was found'* ]]
}

# --- in a store ------------------------------------------------------------------------------------------------------

@test "an image in a store: the engine's name counts, by the mount's own word or by the table of mounts" {
    stacked
    mounted
    program /bin/probe report
    demand "{\"signature\": {\"keys\": [\"$KEYS/release.gpg\"]}}"
    GLOBALS+=(--root "$STATES")
    runs
    # Something beneath it is looked up in the table.
    mount -t tmpfs tmpfs "$MERGED/srv"
    runs
    umount "$MERGED/srv"
    # The store's name is another one: the default rule wants the signed one.
    sed -i "s,$NAME,registry.example/demo/app:2,g" "$STORE"/overlay-images/images.json "$STORE"/overlay-containers/*.json
    untrusted 'does not fit registry.example/demo/app:2'
}

@test "once per boot: layers that were read are believed until the store says otherwise; always reads them again" {
    stacked
    mkdir "$UPPER/etc"
    ln -s /proc/mounts "$UPPER/etc/mtab"
    mounted
    program /bin/probe report
    demand "{\"signature\": $(signed_by release), \"integrity\": {\"value\": \"bound-layers\", \"reread\": \"once-per-boot\"}}"
    GLOBALS+=(--root "$STATES")
    runs
    [ "$(entries)" = 2 ]
    # Deep in a layer: its top folder is as it was.
    echo evil >>"${LAYER[0]}/usr/lib/data"
    runs
    demand_release bound-layers
    GLOBALS+=(--root "$STATES")
    untrusted 'usr/lib/data'
}

# --- without root ----------------------------------------------------------------------------------------------------

@test "an ordinary user: the same, with what is remembered in the user's own directory" {
    rootless
    chmod -R go-w "$KEYS"
    asks "{\"signature\": $(signed_by release)}"
    GLOBALS=(--policy "$WORK/signed.json")
    chown "$TEST_UID" "$WORK/signed.json"
    runs
    [ "$(find "$USER_RUNTIME_DIR/thwart/@trust" -type f | wc -l)" -ge 1 ]
    plain
    untrusted 'no signature was found'
}
