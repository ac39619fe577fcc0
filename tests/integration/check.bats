#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# thwart check: what create would say of many targets; its statuses, what it searches, baselines and waivers. The forms
# of its reports are compared in tests/golden/check.
load suite

setup() {
    base_setup
    PROJECT=$(cd "$TESTS/.." && pwd)
    SAMPLES=$PROJECT/tests/golden/check/samples
    POLICY=$PROJECT/tests/golden/check/site.json
    mkdir "$WORK/scratch"
    cd "$WORK/scratch" || return 1
}

configuration() {
    printf '{"thwart": 1, "default": "unrestricted", "policies": [], "waivers": [%s]}\n' "${1:-}" >"$WORK/thwart.json"
}

# says STATUS ARGUMENTS...: check them under the policy of the samples alone; the report is in $output.
says() {
    local wanted=$1
    shift
    [ -e "$WORK/thwart.json" ] || configuration
    run rt check --configuration "$WORK/thwart.json" --policy "$POLICY" "$@"
    [ "$status" = "$wanted" ] || {
        echo "status $status and not $wanted: $output" >&2
        return 1
    }
}

# layout ARGUMENTS...: tests/support/image_layout.py
layout() {
    python3 "$TESTS/support/image_layout.py" "$@"
}

@test "statuses: 0 conforms, 1 findings, 2 invalid, and --fail-on" {
    says 0 "$SAMPLES/conforms"
    says 1 "$SAMPLES/refused.json"
    says 2 "$SAMPLES/deep/broken.json"
    says 2 "$SAMPLES/refused.json" "$SAMPLES/deep/broken.json"
    says 2 nothing.json
    says 0 "$SAMPLES/narrowed"
    says 1 --fail-on warning "$SAMPLES/narrowed"
    says 0 --fail-on warning "$SAMPLES/conforms"
    says 2 --policy "$PWD/nothing.json" "$SAMPLES/conforms"
    says 2 --host --host-facts facts.json "$SAMPLES/conforms"
}

@test "a policy of what the host lacks is status 3, on another host too" {
    jq -n '{thwart: 1, name: "locked", description: "of a test", landlock: {abi: 1, read: ["/"], execute: ["/"]}}' >locked.json
    rt features --host-facts >here.json
    jq '.landlockAbi = 0' here.json >without.json
    jq '.landlockAbi = 6' here.json >with.json
    grep -q '"landlockAbi": 0' without.json || grep -q '"landlockAbi":0' without.json
    says 3 --policy "$PWD/locked.json" --host-facts without.json "$SAMPLES/conforms"
    [[ $output == *"cannot be enforced"* ]]
    says 0 --policy "$PWD/locked.json" --host-facts with.json "$SAMPLES/conforms"
    # Without facts no host is meant.
    says 0 --policy "$PWD/locked.json" "$SAMPLES/conforms"
}

@test "an image that is not proven is status 4" {
    jq -n '{thwart: 1, name: "pinned", description: "of a test", image: {digests: ["sha256:" + ("0" * 64)]}}' >pinned.json
    cp -r "$SAMPLES/conforms" bundle
    mkdir bundle/rootfs
    says 4 --policy "$PWD/pinned.json" bundle
    [[ $output == *TW0102* ]]
}

@test "it says what create says" {
    local reason
    jq '.mounts += [{"destination": "/x", "type": "bind", "source": "/etc/shadow", "options": ["bind"]}]' "$BUNDLE/config.json" >config.json
    cp config.json "$BUNDLE/config.json"
    says 1 --format json "$BUNDLE"
    reason=$(jq -r '[.results[0].findings[].finding | select(.rule == "TW0403") | .reason][0]' <<<"$output")
    [ -n "$reason" ]
    GLOBALS=(--configuration "$WORK/thwart.json" --policy "$POLICY")
    run rt create --bundle "$BUNDLE" "$ID"
    [ "$status" -ne 0 ]
    [[ $output == *"$reason"* ]]
}

@test "an ordinary user needs nothing of the host" {
    chmod -R a+rX "$WORK"
    AS_USER=1
    says 1 "$SAMPLES/refused.json"
}

@test "standard input" {
    configuration
    rt check --configuration "$WORK/thwart.json" --policy "$POLICY" - <"$SAMPLES/conforms/config.json"
    run rt check --configuration "$WORK/thwart.json" --policy "$POLICY" --format json - <"$SAMPLES/refused.json"
    [ "$status" = 1 ]
    [ "$(jq -r '.results[0].name, .results[0].findings[0].file' <<<"$output" | uniq)" = stdin ]
}

@test "folders: by content, in order, without links, .git and rootfs; and one without targets fails" {
    mkdir -p tree/b/rootfs tree/.git tree/a "tree/a b"
    cp "$SAMPLES/conforms/config.json" tree/b/config.json
    cp "$SAMPLES/refused.json" tree/b/rootfs/inner.json
    cp "$SAMPLES/refused.json" tree/.git/x.json
    cp "$SAMPLES/conforms/config.json" "tree/a b/any name.json"
    cp "$SAMPLES/policies/advice.json" tree/a/policy.json
    echo '{"scripts": {"ociVersion": 1}}' >tree/a/package.json
    echo 'no json' >tree/a/notes.json
    ln -s ../../tree/.git/x.json tree/a/link.json
    ln -s .. tree/a/circle
    says 0 --format json tree
    [ "$(jq -r '.results[].name' <<<"$output")" = $'tree/a/policy.json\ntree/a b/any name.json\ntree/b/config.json' ]
    mkdir empty
    says 2 empty
    [[ $output == *"neither a bundle"* ]]
    # Of two the empty one alone is told.
    says 2 --format json tree empty
    [ "$(jq -r '.results[] | select(.outcome == "invalid") | .name' <<<"$output")" = empty ]
    # A folder that is a bundle is that alone.
    cp "$SAMPLES/refused.json" tree/b/more.json
    says 0 tree/b
}

@test "the report is the same with any number of workers" {
    local i
    mkdir many
    for i in $(seq 100 299); do
        cp "$SAMPLES/refused.json" "many/$i.json"
        [ $((i % 3)) = 0 ] || cp "$SAMPLES/narrowed/config.json" "many/$i.json"
        [ $((i % 7)) != 0 ] || cp "$SAMPLES/deep/broken.json" "many/$i.json"
    done
    says 2 --jobs 1 --format json many
    printf '%s\n' "$output" >one
    says 2 --jobs 7 --format json many
    printf '%s\n' "$output" >seven
    cmp one seven
    [ "$(jq '.results | length' one)" = 200 ]
    [ "$(jq -r '.results[].name' one | sort -c && echo ordered)" = ordered ]
}

@test "a baseline: what is in it does not count, what is new does, and lines may move" {
    cp "$SAMPLES/refused.json" config.json
    says 1 --format json config.json
    printf '%s\n' "$output" >known.json
    says 0 --baseline known.json config.json
    [[ $output == *"(3 known)"* ]]
    # A line above, and an element in front.
    jq '.annotations = {"a": "b"} | .mounts = [{"destination": "/run", "type": "bind", "source": "/data/x", "options": ["bind", "ro"]}] + .mounts' config.json >more.json
    mv more.json config.json
    says 0 --baseline known.json config.json
    jq '.mounts += [{"destination": "/new", "type": "bind", "source": "/srv/new", "options": ["bind"]}]' config.json >more.json
    mv more.json config.json
    says 1 --baseline known.json config.json
    [[ $output == *"/srv/new"* ]]
    [[ $output != *"docker.sock"* ]]
    # What cannot be judged has never been seen.
    echo '{"ociVersion": "1.0.2", ' >config.json
    says 2 --format json config.json
    printf '%s\n' "$output" >known.json
    says 2 --baseline known.json config.json
    says 2 --baseline config.json "$SAMPLES/conforms"
    echo '{}' >no.json
    says 2 --baseline no.json "$SAMPLES/conforms"
    [[ $output == *"no report of thwart check"* ]]
}

@test "waivers that are proposed let pass what they were proposed for" {
    cp "$SAMPLES/refused.json" config.json
    says 1 --propose-waivers config.json
    printf '%s\n' "$output" >waivers.json
    jq -e '.waivers | length == 3' waivers.json
    rt policy check waivers.json
    configuration "\"$PWD/waivers.json\""
    says 0 config.json
    [[ $output == *"(3 waived)"* ]]
    says 2 --propose-waivers --format json config.json
}

@test "image layouts, as folders and as archives, by the image's own configuration" {
    layout one 'web={"User": "0", "Cmd": ["httpd"], "Volumes": {"/data": {}}}' 'app={"User": "1000:1000", "Env": ["A=b"], "WorkingDir": "/srv"}'
    tar -cf one.tar -C one .
    jq -n '{thwart: 1, name: "user", description: "of a test", process: {user: {root: "deny"}, environment: {deny: ["SECRET"]}}}' >user.json
    POLICY=$PWD/user.json
    says 1 --format json one
    [ "$(jq -r '.results[] | "\(.name) \(.kind) \(.outcome)"' <<<"$output")" = $'one (web) layout findings\none (app) layout conforms' ]
    # The place is in the image's configuration.
    local file line
    read -r file line < <(jq -r '.results[0].findings[0] | "\(.file) \(.line)"' <<<"$output")
    [[ $(sed -n "${line}p" "$file") == *'"User": "0"'* ]]
    says 1 --format json one.tar
    [ "$(jq -r '.results[] | "\(.name) \(.outcome)"' <<<"$output")" = $'one.tar (web) findings\none.tar (app) conforms' ]
    # Found in a folder, and what lies in it is no target.
    mkdir tree
    mv one tree/
    says 1 --format json tree
    [ "$(jq '.results | length' <<<"$output")" = 2 ]
    # Of several platforms this one.
    PLATFORMS=1 layout several 'x={"User": "7"}'
    says 0 several
    layout named 'x={"User": "www"}'
    says 0 named
    [[ $output == *user-by-name* ]]
    layout secret 'x={"User": "7", "Env": ["SECRET=x"]}'
    says 1 secret
    [[ $output == *TW0207* ]]
}

@test "image layouts that are broken" {
    local blob
    layout one 'x={"User": "7"}'
    blob=$(grep -rl '"architecture"' one/blobs)
    echo ' ' >>"$blob"
    says 2 one
    [[ $output == *"other contents"* ]]
    rm "$blob"
    says 2 one
    jq '.manifests[0].digest = "sha256:../../../../etc/passwd"' one/index.json >index && mv index one/index.json
    says 2 one
    [[ $output == *"no SHA-256 digest"* ]]
    echo '{"manifests": []}' >one/index.json
    says 2 one
    head -c 3000 /dev/urandom >noise.tar
    says 2 noise.tar
}

@test "the progress line is for terminals only" {
    local i
    mkdir many
    for i in $(seq 1 20); do cp "$SAMPLES/conforms/config.json" "many/$i.json"; done
    configuration
    rt check --configuration "$WORK/thwart.json" --policy "$POLICY" many 2>errors >/dev/null
    [ ! -s errors ]
}
