#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# thwart image: verify says what create does, inspect and trust show what both go by, seal makes what both accept, and the
# verifier answers containerd; each document obeys its schema, each failure is one line and a status of its own.
load suite
load trust

setup_file() {
    trust_setup_file
    KEY_EXPIRES=1d new_key expired --faked-system-time=20240101T000000!
}
teardown_file() { trust_teardown_file; }
setup() {
    trust_setup
    PROJECT=$TESTS/..
    LOOKASIDE=$WORK/lookaside
    GLOBALS=()
}
teardown() { trust_teardown; }

image() {
    rt image "$@"
}

# answers STATUS WORD...: the command's status; its words are in $output, those of standard error in $stderr.
answers() {
    local expected=$1
    shift
    run --separate-stderr -"$expected" rt image "$@"
}

# complains STATUS PATTERN WORD...: that status, nothing on standard output, and one line that has the pattern.
complains() {
    local expected=$1 pattern=$2
    shift 2
    answers "$expected" "$@"
    [ -z "$output" ] || { echo "standard output: $output" >&2 && return 1; }
    [ "$(wc -l <<<"$stderr")" = 1 ] || { echo "not one line: $stderr" >&2 && return 1; }
    [[ $stderr =~ $pattern ]] || { echo "another reason: $stderr" >&2 && return 1; }
}

# valid SCHEMA: standard input obeys docs/SCHEMA.
valid() {
    python3 -c 'import jsonschema' 2>/dev/null || skip "python3-jsonschema is not installed"
    python3 -c '
import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
found = [e.json_path + ": " + e.message[:300] for e in jsonschema.Draft7Validator(schema).iter_errors(json.load(sys.stdin))]
print("\n".join(found), file=sys.stderr)
sys.exit(1 if found else 0)' "$PROJECT/docs/$1"
}

# sealed [OPTION...]: the bundle's root is sealed by the release key.
sealed() {
    image seal "$ROOT" --name "$NAME" --manifest "$TRUST/store/manifest.json" --image-configuration "$TRUST/store/config.json" \
        --key "$(cat "$KEYS/${SIGNER:-release}.fingerprint")" --into "$BUNDLE" "$@"
}

# aside FILE...: signatures of MANIFEST in the lookaside, which thwart.json names.
aside() {
    local each number=0 folder
    folder=$LOOKASIDE/${REPOSITORY#*/}@sha256=${MANIFEST#sha256:}
    mkdir -p "$folder"
    for each; do
        number=$((number + 1))
        cp "$each" "$folder/signature-$number"
    done
    printf '{"thwart": 1, "policies": ["%s"], "imageStores": {"lookaside": "%s"}}\n' "$WORK/policies" "$LOOKASIDE" >"$WORK/thwart.json"
    mkdir -p "$WORK/policies"
    chmod -R go-w "$WORK/thwart.json" "$WORK/policies"
    GLOBALS=(--configuration "$WORK/thwart.json")
}

# --- verify --------------------------------------------------------------------------------------------------------------

@test "verify: as policies ask, what create would do" {
    plain "$TRUST/release.sig"
    demand_release
    answers 0 verify --bundle "$BUNDLE"
    [ "${lines[0]}" = trusted ]
    [[ $output == *"$MANIFEST"* && $output == *"$(cat "$KEYS/release.fingerprint")"* && $output == *"$NAME"* ]]
    runs
    demand "{\"signature\": $(signed_by second)}"
    answers 4 verify --bundle "$BUNDLE"
    [ "${lines[0]}" = 'not trusted' ]
    [[ $output == *TW0101* ]]
    untrusted TW0101
    # As an option of its own it says the same.
    GLOBALS=()
    answers 4 verify --bundle "$BUNDLE" --policy "$WORK/signed.json"
}

@test "verify: files of layers are named" {
    stacked
    mounted
    demand_release bound-layers
    answers 0 verify --bundle "$BUNDLE"
    [[ $output == *bound-layers* ]]
    answers 0 verify --rootfs "$ROOT"
    # A byte of a file, with its time kept.
    local file
    file=$(find "${LAYER[0]}" -type f | LC_ALL=C sort | head -1)
    touch -r "$file" "$WORK/time"
    printf X | dd of="$file" bs=1 seek=3 conv=notrunc status=none
    touch -r "$WORK/time" "$file"
    answers 4 verify --bundle "$BUNDLE"
    [[ $output == *"${file##*/}"* ]]
    image verify --bundle "$BUNDLE" --format json | jq -e --arg f "${file##*/}" \
        '.conforms == false and .trust.level == "manifest-only" and any(.trust.differences[]; .path | endswith($f))'
}

@test "verify: what a runtime makes to mount on is no difference to it, as it is none to create" {
    stacked
    mkdir "$UPPER/nowhere"
    mounted
    mount_entry /nowhere tmpfs tmpfs
    demand_release bound-layers
    answers 0 verify --bundle "$BUNDLE"
    runs
    # A root alone has no mounts to be made for.
    answers 4 verify --rootfs "$ROOT"
    [[ $output == *'nowhere is in it'* ]]
    # What create refuses it refuses.
    echo more >"$UPPER/nowhere/file"
    answers 4 verify --bundle "$BUNDLE"
    untrusted 'upper directory is not empty'
}

@test "verify: keys of the command line, and no policy else" {
    local release second stranger
    plain "$TRUST/release.sig"
    release=$(cat "$KEYS/release.fingerprint") second=$(cat "$KEYS/second.fingerprint") stranger=$(cat "$KEYS/stranger.fingerprint")
    answers 0 verify --bundle "$BUNDLE" --key "$KEYS/release.gpg"
    answers 0 verify --bundle "$BUNDLE" --key "$KEYS/second.gpg" --key "$KEYS/release.gpg" --fingerprint "$release"
    answers 4 verify --bundle "$BUNDLE" --key "$KEYS/second.gpg" --key "$KEYS/release.gpg" --fingerprint "$second"
    answers 4 verify --bundle "$BUNDLE" --key "$KEYS/release.gpg" --key "$KEYS/second.gpg" --require 2
    payload | sign second >"$WORK/second.sig"
    plain "$TRUST/release.sig" "$WORK/second.sig"
    answers 0 verify --bundle "$BUNDLE" --key "$KEYS/release.gpg" --key "$KEYS/second.gpg" --require 2
    answers 4 verify --bundle "$BUNDLE" --key "$KEYS/release.gpg" --fingerprint "$release" --fingerprint "$stranger"
    answers 0 verify --bundle "$BUNDLE" --key "$KEYS/release.gpg" --identity 'registry.example/**'
    answers 0 verify --bundle "$BUNDLE" --key "$KEYS/release.gpg" --identity matchExact
    answers 4 verify --bundle "$BUNDLE" --key "$KEYS/release.gpg" --identity 'registry.example/other/**'
    answers 0 verify --bundle "$BUNDLE" --key "$KEYS/release.gpg" --max-age 1d
    answers 4 verify --bundle "$BUNDLE" --key "$KEYS/release.gpg" --level bound-walk
    # A relative path is what it is here.
    cd "$KEYS"
    answers 0 verify --bundle "$BUNDLE" --key release.gpg
}

@test "verify: a signature and a manifest alone" {
    local manifest=$TRUST/store/manifest.json key=$KEYS/release.gpg
    answers 0 verify --signature "$TRUST/release.sig" --manifest "$manifest" --name "$NAME" --key "$key"
    answers 0 verify --signature "$TRUST/release.sig" --digest "$MANIFEST" --name "$NAME" --key "$key"
    answers 4 verify --signature "$TRUST/release.sig" --manifest "$manifest" --name "$REPOSITORY:2" --key "$key"
    answers 4 verify --signature "$TRUST/release.sig" --digest "sha256:$(printf %064d 7)" --name "$NAME" --key "$key"
    complains 4 'not sha256:0*7' verify --manifest "$manifest" --digest "sha256:$(printf %064d 7)" --name "$NAME" --key "$key"
    # Rules about files are left out: there are none.
    demand_release bound-layers
    answers 0 verify --signature "$TRUST/release.sig" --manifest "$manifest" --name "$NAME"
    aside "$TRUST/release.sig"
    answers 0 verify --digest "$MANIFEST" --name "$NAME" --key "$key"
}

@test "verify: the document obeys its schema, met and not" {
    plain "$TRUST/release.sig"
    demand_release
    image verify --bundle "$BUNDLE" --format json >"$WORK/met.json"
    valid thwart-image-verify.schema.json <"$WORK/met.json"
    jq -e --arg m "$MANIFEST" '.conforms and .trust.manifest == $m and .trust.level == "manifest-only" and (.findings | length) == 0' "$WORK/met.json"
    jq -e --arg n "$NAME" '.trust.signatures | length == 1 and .[0].counts and .[0].name == $n' "$WORK/met.json"
    demand_release bound-walk
    run -4 rt image verify --bundle "$BUNDLE" --format json
    valid thwart-image-verify.schema.json <<<"$output"
    jq -e '.conforms == false and .findings[0].rule == "TW0103"' <<<"$output"
    jq '.trust.level = "much"' "$WORK/met.json" >"$WORK/wrong.json"
    run ! valid thwart-image-verify.schema.json <"$WORK/wrong.json"
}

@test "policy explain looks as create does, and shows the image" {
    plain "$TRUST/release.sig"
    demand_release
    rt policy explain --bundle "$BUNDLE" --format json >"$WORK/explained.json"
    valid thwart-explain.schema.json <"$WORK/explained.json"
    jq -e --arg m "$MANIFEST" '.trust == "manifest-only" and .image.manifest == $m and .image.requirements[0].met' "$WORK/explained.json"
    rt policy explain --bundle "$BUNDLE" | grep -q '^level *manifest-only'
    rm "$BUNDLE"/thwart.image/signature-1
    run -1 rt policy explain --bundle "$BUNDLE"
    [[ $output == *TW0101* && $output == *'not met'* ]]
    # Nobody asks: nothing is said.
    GLOBALS=()
    rt policy explain --bundle "$BUNDLE" --format json | jq -e '.trust == "none" and has("image") == false'
}

# --- inspect ---------------------------------------------------------------------------------------------------------------

@test "inspect: the documents of a bundle, and the layers of a store" {
    plain "$TRUST/release.sig"
    image inspect --bundle "$BUNDLE" --format json >"$WORK/bundle.json"
    valid thwart-image-inspect.schema.json <"$WORK/bundle.json"
    jq -e --arg m "$MANIFEST" --arg n "$NAME" '.image.store == "bundle" and .image.manifest == $m and .image.names == [$n] and (.image.signatures | length) == 1' \
        "$WORK/bundle.json"
    image inspect --bundle "$BUNDLE" | grep -q "$MANIFEST"
    stacked
    mounted
    image inspect --bundle "$BUNDLE" --format json >"$WORK/store.json"
    valid thwart-image-inspect.schema.json <"$WORK/store.json"
    jq -e --arg m "$MANIFEST" --arg l "${LAYER[0]}" '.image.store == "containers-storage" and .image.manifest == $m and (.image.layers | length) == 3
        and .image.layers[0].directory == $l and (.image | has("layersBroken") | not)' "$WORK/store.json"
    image inspect --bundle "$BUNDLE" | tr -d ' \n' | grep -qF "${LAYER[0]}"
    image inspect --rootfs "$ROOT" --format json | jq -e '.image.store == "containers-storage" and (has("bundle") | not)'
}

@test "inspect: no image is an answer, and status 1" {
    run -1 rt image inspect --bundle "$BUNDLE" --format json
    valid thwart-image-inspect.schema.json <<<"$output"
    jq -e '.notFound | contains("no store")' <<<"$output"
    plain "$TRUST/release.sig"
    mv "$BUNDLE/thwart.image" "$WORK/documents"
    run -1 rt image inspect --bundle "$BUNDLE"
    run -0 rt image inspect --bundle "$BUNDLE" --image "$WORK/documents"
}

# --- trust -----------------------------------------------------------------------------------------------------------------

@test "trust: policies, their keyrings and keys, scopes of documents" {
    aside
    printf '{"default": [{"type": "reject"}], "transports": {"docker": {"registry.example": [{"type": "signedBy", "keyType": "GPGKeys", "keyPath": "%s"}]}}}\n' \
        "$KEYS/second.gpg" >"$WORK/policy.json"
    printf '{"thwart": 1, "name": "web", "image": {"signature": %s, "integrity": "bound-layers"}}\n' "$(signed_by release)" >"$WORK/policies/web.json"
    printf '{"thwart": 1, "name": "scoped", "mode": "audit", "image": {"signature": {"trust": "%s"}}}\n' "$WORK/policy.json" >"$WORK/policies/scoped.json"
    chmod go-w "$WORK/policy.json" "$WORK"/policies/*
    image trust --format json >"$WORK/trust.json"
    valid thwart-image-trust.schema.json <"$WORK/trust.json"
    jq -e --arg f "$(cat "$KEYS/release.fingerprint")" 'any(.keyrings[]; any(.keys[]; .fingerprint == $f and .status == "good") and .usedBy == ["policy web"])' "$WORK/trust.json"
    jq -e '(.policies | map(.name) | sort) == ["scoped", "web"] and (.policies[] | select(.name == "scoped") | .mode) == "audit"' "$WORK/trust.json"
    jq -e '.documents[0].scopes | length == 2 and (.[0] | contains("reject")) and (.[1] | contains("registry.example"))' "$WORK/trust.json"
    image trust | grep -q "^policy  web"
    # Of one image: the one scope that it falls under.
    image trust --for "$NAME" --format json >"$WORK/for.json"
    valid thwart-image-trust.schema.json <"$WORK/for.json"
    jq -e --arg n "$NAME" '.for == $n and (.documents[0].scopes | length == 1 and (.[0] | contains("registry.example")))' "$WORK/for.json"
    image trust --for busybox --format json | jq -e '.for == "docker.io/library/busybox" and (.documents[0].scopes[0] | contains("the default: reject"))'
    image trust --for "$NAME@$MANIFEST" --format json | jq -e --arg l "$LOOKASIDE" '.lookaside | contains($l)'
}

@test "trust: what is broken is shown, and is the status" {
    run -0 rt image trust --keyring "$KEYS/expired.gpg" --format json
    valid thwart-image-trust.schema.json <<<"$output"
    jq -e '.keyrings[0].keys[0] | .status == "expired" and .expires == "2024-01-02"' <<<"$output"
    cp "$KEYS/release.gpg" "$WORK/open.gpg"
    chmod 0666 "$WORK/open.gpg"
    run -4 rt image trust --keyring "$WORK/open.gpg" --keyring "$KEYS/release.gpg"
    [[ $(tr -s ' \n' ' ' <<<"$output") == *'could be changed by others'* && $output == *"$(cat "$KEYS/release.fingerprint")"* ]]
    run -2 rt image trust --keyring "$WORK/nothing.gpg"
    [[ $(tr -s ' \n' ' ' <<<"$output") == *'does not exist'* ]]
}

# --- seal ------------------------------------------------------------------------------------------------------------------

@test "seal: what it makes runs by bound-walk, and any change is named" {
    sealed
    gpg --verify "$BUNDLE/thwart.image/signature-1" 2>"$WORK/gpg"
    grep -q 'Good signature' "$WORK/gpg"
    demand_release bound-walk
    answers 0 verify --bundle "$BUNDLE"
    runs
    echo more >"$ROOT/added"
    answers 4 verify --bundle "$BUNDLE"
    [[ $output == *'/added'* ]]
    untrusted 'TW0103.*/added'
    rm "$ROOT/added"
    runs
}

@test "seal: other verifiers accept it" {
    command -v skopeo >/dev/null || skip "skopeo is not installed"
    sealed
    gpg --quiet --export "release@example.test" | GNUPGHOME=$WORK/peer bash -c 'mkdir -m 0700 "$GNUPGHOME" && gpg --quiet --batch --import && gpgconf --kill all' 2>"$WORK/gpg"
    GNUPGHOME=$WORK/peer skopeo standalone-verify "$TRUST/store/manifest.json" "$NAME" "$(cat "$KEYS/release.fingerprint")" "$BUNDLE/thwart.image/signature-1"
    # Those of others are no seal, and none of ours without one.
    jq -e . <(gpg --quiet --decrypt "$BUNDLE/thwart.image/signature-1" 2>/dev/null) | jq -e '.optional["io.thwart.seal"].version == 1 and (.optional | keys) == ["creator", "io.thwart.seal", "timestamp"]'
}

@test "seal: a second signer adds a signature; another list is not written over" {
    sealed
    SIGNER=second sealed
    [ -e "$BUNDLE/thwart.image/signature-2" ]
    answers 0 verify --bundle "$BUNDLE" --key "$KEYS/release.gpg" --key "$KEYS/second.gpg" --require 2 --level bound-walk
    echo more >"$ROOT/added"
    run -2 sealed
    [[ $output == *'the list of other files'* ]]
    [ ! -e "$BUNDLE/thwart.image/signature-3" ]
    [ -z "$(find "$BUNDLE/thwart.image" -name '*.new*')" ]
}

@test "seal: to files of one's own, with a claim" {
    printf '{"thwart": 1, "name": "needs", /* little */ "process": {"noNewPrivileges": true}}\n' >"$WORK/claim.json"
    image seal "$ROOT" --name "$NAME" --digest "$MANIFEST" --key "$(cat "$KEYS/release.fingerprint")" --home "$GNUPGHOME" \
        --output "$WORK/signature" --list "$WORK/list" --claim "$WORK/claim.json" --revision 3 --not-before 2026-01-01 --expires 2099-12-31
    gpg --quiet --decrypt "$WORK/signature" 2>/dev/null >"$WORK/payload"
    jq -e '.optional["io.thwart.claim"] | .version == 1 and .revision == 3 and .nbf == "2026-01-01" and .exp == "2099-12-31" and .policy.process.noNewPrivileges' "$WORK/payload"
    [ "$(jq -r '.optional["io.thwart.seal"].digest' "$WORK/payload")" = "sha256:$(sha256sum <"$WORK/list" | cut -d' ' -f1)" ]
    answers 0 verify --signature "$WORK/signature" --digest "$MANIFEST" --name "$NAME" --key "$KEYS/release.gpg"
    # A mistake is told before anything is signed.
    printf '{"thwart": 1, "name": "needs", "lifecycle": {"exec": "deny"}}\n' >"$WORK/claim.json"
    complains 2 'lifecycle' seal "$ROOT" --name "$NAME" --digest "$MANIFEST" --key "$(cat "$KEYS/release.fingerprint")" \
        --output "$WORK/other" --list "$WORK/other-list" --claim "$WORK/claim.json" --revision 3
    [ ! -e "$WORK/other" ]
}

# --- containerd's verifier ---------------------------------------------------------------------------------------------------

# pull NAME DIGEST [MEDIA-TYPE [DESCRIPTOR-DIGEST]]: as containerd calls every file of its bin_dir: three options, a pipe each, the
# descriptor in JSON; at most 32 KiB are read, within 10 s. The reason is in $reason; the status is the answer.
pull() {
    local status=0
    # The configuration that the host has is the test's.
    printf '#!/bin/sh\nexec "%s" --configuration "%s" --root "%s" image verifier "$@"\n' "$THWART" "$WORK/thwart.json" "$WORK/states" >"$BIN/thwart"
    chmod 755 "$BIN/thwart"
    reason=$(python3 - "$BIN" "$@" <<'END'
import json, os, subprocess, sys
folder, name, digest = sys.argv[1:4]
media = sys.argv[4] if len(sys.argv) > 4 else "application/vnd.oci.image.manifest.v1+json"
described = sys.argv[5] if len(sys.argv) > 5 else digest
descriptor = json.dumps({"mediaType": media, "digest": described, "size": 1234}) + "\n"
reasons = []
for entry in sorted(os.listdir(folder)):
    done = subprocess.run(
        [os.path.join(folder, entry), "-name", name, "-digest", digest, "-stdin-media-type", "application/vnd.oci.descriptor.v1+json"],
        input=descriptor.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=10)
    if len(done.stdout) > 1 << 15 or done.stdout.count(b"\n") != 1:
        sys.exit(99)
    reasons.append(done.stdout.decode().strip())
    if done.returncode != 0:
        print(reasons[-1])
        sys.exit(done.returncode)
print(", ".join(reasons))
END
    ) || status=$?
    echo "$reason"
    return $status
}

pull_world() {
    aside "$TRUST/release.sig"
    BIN=$WORK/bin
    mkdir "$BIN"
    printf '{"thwart": 1, "name": "pull", "image": {"signature": {"keys": ["%s"]}, "integrity": "bound-layers"}}\n' "$KEYS/release.gpg" >"$WORK/policies/pull.json"
    chmod go-w "$WORK/policies/pull.json"
}

@test "verifier: what is signed is let in, and the reason says by whom" {
    pull_world
    pull "$NAME" "$MANIFEST"
    [[ $reason == *"$(cat "$KEYS/release.fingerprint")"* ]]
}

@test "verifier: everything else is not" {
    pull_world
    run -4 pull "$REPOSITORY:2" "$MANIFEST"
    [[ $output == *TW0101*"does not fit $REPOSITORY:2"* ]]
    local other
    other=sha256:$(printf %064d 7)
    run -4 pull "$NAME" "$other"
    [[ $output == *'no signature was found'* && $output != *index* ]]
    run -4 pull "$NAME" "$other" application/vnd.oci.image.index.v1+json
    [[ $output == *'no signature was found'*index* ]]
    # What is described is not what is asked about.
    run -4 pull "$NAME" "$MANIFEST" application/vnd.oci.image.manifest.v1+json "$other"
    # A keyring that others could change decides nothing.
    cp "$KEYS/release.gpg" "$WORK/open.gpg"
    chmod 0666 "$WORK/open.gpg"
    printf '{"thwart": 1, "name": "pull", "image": {"signature": {"keys": ["%s"]}}}\n' "$WORK/open.gpg" >"$WORK/policies/pull.json"
    run -4 pull "$NAME" "$MANIFEST"
    [[ $output == *'could be changed by others'* ]]
    echo '{' >"$WORK/policies/pull.json"
    run -2 pull "$NAME" "$MANIFEST"
}

@test "verifier: a policy that thwart.json names for it alone" {
    pull_world
    mkdir "$WORK/shelf"
    mv "$WORK/policies/pull.json" "$WORK/shelf/pull.json"
    printf '{"thwart": 1, "policies": ["%s"], "shipped": "%s", "default": "pull", "imageStores": {"lookaside": "%s"}}\n' "$WORK/policies" "$WORK/shelf" \
        "$LOOKASIDE" >"$WORK/thwart.json"
    printf '{"thwart": 1, "name": "nobody", "image": {"signature": {"keys": ["%s"]}}}\n' "$KEYS/stranger.gpg" >"$WORK/shelf/nobody.json"
    chmod -R go-w "$WORK/shelf"
    pull "$NAME" "$MANIFEST"
    sed -i 's/"default"/"imageVerifier": ["nobody"], "default"/' "$WORK/thwart.json"
    run -4 pull "$NAME" "$MANIFEST"
    [[ $output == *nobody* ]]
    sed -i 's/"nobody"/"missing"/' "$WORK/thwart.json"
    run -2 pull "$NAME" "$MANIFEST"
    [[ $output == *missing* ]]
}

@test "verifier: by the name of a link, and by the script of contrib" {
    pull_world
    ln -s "$THWART" "$WORK/thwart-image-verifier"
    descriptor() {
        printf '{"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "%s", "size": 1}\n' "$MANIFEST"
    }
    # Without a policy of the host nobody asks for anything.
    run -0 bash -c "$(declare -f descriptor); MANIFEST=$MANIFEST; descriptor | '$WORK/thwart-image-verifier' -name '$NAME' -digest '$MANIFEST' -stdin-media-type application/vnd.oci.descriptor.v1+json"
    [[ $output == *'no policy asks'* ]]
    run -2 "$WORK/thwart-image-verifier" -name "$NAME" </dev/null
    run -0 "$WORK/thwart-image-verifier" --help
    [[ $output == *stdin-media-type* ]]
    # The script names a policy that has to be there.
    run -2 bash -c "$(declare -f descriptor); MANIFEST=$MANIFEST; descriptor | THWART='$THWART' '$PROJECT/contrib/containerd/thwart-image-verifier' -name '$NAME' -digest '$MANIFEST' -stdin-media-type application/vnd.oci.descriptor.v1+json"
    [[ $output == *pull* ]]
}

@test "verifier: what is no descriptor, and one that never comes" {
    pull_world
    ask() {
        rt image verifier -name "$NAME" -digest "$MANIFEST" -stdin-media-type "${1:-application/vnd.oci.descriptor.v1+json}" 2>"$WORK/err"
    }
    run -2 ask <<<'{'
    run -2 ask <<<'{"digest": 7}'
    run -2 ask application/json <<<'{}'
    run -3 ask < <(head -c 2000000 /dev/zero | tr '\0' ' ')
    [ "${#lines[@]}" = 1 ]
    mkfifo "$WORK/silence"
    exec 9<>"$WORK/silence"
    run -3 ask <"$WORK/silence"
    exec 9>&-
    [[ $output == *'no answer within'* ]]
}

# --- what is kept and told ---------------------------------------------------------------------------------------------------

@test "state, record and events say what was proven; a bundle cannot" {
    plain "$TRUST/release.sig"
    printf '{"thwart": 1, "events": {"sink": "file", "file": "%s"}}\n' "$WORK/events.json" >"$WORK/thwart.json"
    chmod go-w "$WORK/thwart.json"
    demand_release
    config '.annotations = {"io.thwart.trust": "bound-verity", "io.thwart.image.names": "evil", "org.example": "kept"}'
    create_container
    rt state "$ID" | jq -e --arg m "$MANIFEST" --arg n "$NAME" --arg k "$(cat "$KEYS/release.fingerprint")" '.annotations |
        .["io.thwart.trust"] == "manifest-only" and .["io.thwart.image.manifest"] == $m and .["io.thwart.image.names"] == $n and
        .["io.thwart.image.keys"] == $k and .["org.example"] == "kept"'
    jq -e --arg m "$MANIFEST" '.trust == "manifest-only" and .image.manifest == $m' "/run/thwart/$ID/record.json"
    rt delete --force "$ID"
    jq -e --arg m "$MANIFEST" --arg k "$(cat "$KEYS/release.fingerprint")" 'select(.action == "create") | .trust == "manifest-only" and .image.manifest == $m and .image.keys == [$k]' \
        "$WORK/events.json"
    rm "$BUNDLE"/thwart.image/signature-1
    untrusted TW0101
    tail -1 "$WORK/events.json" | jq -e '.effect == "refused" and .trust == "none" and (.image.reason | contains("no signature"))'
    while IFS= read -r line; do valid thwart-decision.schema.json <<<"$line" || return 1; done <"$WORK/events.json"
}

@test "--image: the documents lie elsewhere" {
    plain "$TRUST/release.sig"
    mv "$BUNDLE/thwart.image" "$WORK/documents"
    demand_release
    untrusted TW0101
    rt run --bundle "$BUNDLE" --image "$WORK/documents" "$ID" </dev/null >"$WORK/out"
    rt create --bundle "$BUNDLE" --image "$WORK/documents" "$ID" </dev/null >"$WORK/out"
    rt delete --force "$ID"
    rt plan --bundle "$BUNDLE" --image "$WORK/documents" | grep -q 'trust *manifest-only'
    rt policy explain --bundle "$BUNDLE" --image "$WORK/documents" --format json | jq -e '.trust == "manifest-only"'
    (cd "$WORK" && rt policy explain --bundle "$BUNDLE" --image documents >"$WORK/out")
    refused 'nowhere' rt run --bundle "$BUNDLE" --image "$WORK/nowhere" "$ID"
}

# --- mistakes ----------------------------------------------------------------------------------------------------------------

@test "mistakes are one line, with a status of their own" {
    local manifest=$TRUST/store/manifest.json key
    key=$(cat "$KEYS/release.fingerprint")
    complains 2 'did you mean verify' veryfy
    complains 2 'so nothing would be verified' verify --bundle "$BUNDLE"
    complains 2 'does not exist' verify --bundle "$WORK/nowhere"
    complains 2 'does not exist' verify --rootfs "$WORK/nowhere" --key "$KEYS/release.gpg"
    complains 2 'without --bundle' verify --rootfs "$ROOT" --bundle "$BUNDLE"
    complains 2 'go without --bundle' verify --name "$NAME" --digest "$MANIFEST" --bundle "$BUNDLE"
    complains 2 'manifest' verify --signature "$TRUST/release.sig" --key "$KEYS/release.gpg"
    complains 2 'is none' verify --signature "$TRUST/release.sig" --digest sha256:7 --key "$KEYS/release.gpg"
    complains 2 'fingerprint' verify --bundle "$BUNDLE" --key "$KEYS/release.gpg" --fingerprint 0123
    complains 2 'none of' verify --bundle "$BUNDLE" --key "$KEYS/release.gpg" --level high
    plain "$TRUST/release.sig"
    complains 2 'does not exist' verify --bundle "$BUNDLE" --key "$WORK/nothing.gpg"
    cp "$KEYS/release.gpg" "$WORK/open.gpg"
    chmod 0666 "$WORK/open.gpg"
    complains 4 'could be changed by others' verify --bundle "$BUNDLE" --key "$WORK/open.gpg"
    complains 2 'no name of an image' trust --for 'UPPER/Case:'
    complains 2 'without --for' trust --for "$NAME" --keyring "$KEYS/release.gpg"
    complains 2 'too few' seal
    complains 2 '--name' seal "$ROOT" --digest "$MANIFEST" --key "$key" --into "$BUNDLE"
    complains 2 '--key' seal "$ROOT" --digest "$MANIFEST" --name "$NAME" --into "$BUNDLE"
    complains 2 'either' seal "$ROOT" --digest "$MANIFEST" --manifest "$manifest" --name "$NAME" --key "$key" --into "$BUNDLE"
    complains 2 'where to' seal "$ROOT" --digest "$MANIFEST" --name "$NAME" --key "$key"
    complains 2 'tag nor digest' seal "$ROOT" --digest "$MANIFEST" --name "$REPOSITORY" --key "$key" --output "$WORK/s" --list "$WORK/l"
    complains 2 'private key' seal "$ROOT" --digest "$MANIFEST" --name "$NAME" --key "$(printf %040d 7)" --output "$WORK/s" --list "$WORK/l2"
    complains 2 '--revision' seal "$ROOT" --digest "$MANIFEST" --name "$NAME" --key "$key" --output "$WORK/s" --list "$WORK/l3" --claim "$WORK/open.gpg"
    complains 2 'image-configuration' seal "$ROOT" --manifest "$manifest" --name "$NAME" --key "$key" --into "$WORK"
}

@test "without thwart-gpg the host cannot tell, and says so" {
    mkdir "$WORK/alone"
    cp "$THWART" "$WORK/alone/thwart"
    plain "$TRUST/release.sig"
    THWART=$WORK/alone/thwart
    run -3 rt image verify --bundle "$BUNDLE" --key "$KEYS/release.gpg"
    [[ $output == *thwart-gpg* ]]
    run -3 rt image trust --keyring "$KEYS/release.gpg"
    # What needs no keys needs no gpg.
    run -0 rt image inspect --bundle "$BUNDLE"
}
