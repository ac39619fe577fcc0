#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What an image's author claims, as it bounds a container: beside the issuer's ceiling, kept for the commands that come later,
# and by every signature that the host knows. Attacks on claims are in attacks/trust_seals.bats.
load suite
load trust

setup_file() { trust_setup_file; }
teardown_file() { trust_teardown_file; }
teardown() { trust_teardown; }

setup() {
    trust_setup
    plain
    mkdir "$WORK/site"
    all_capabilities
}

# issuers MEMBERS: thwart.json of a host that knows the release key, with these members for its issuer.
issuers() {
    printf '{"thwart": 1, "default": "unrestricted", "policies": ["%s"], "waivers": [], "keyrings": ["%s", "%s"], "issuers": [{"name": "release", "fingerprints": ["%s"]%s}%s]}\n' \
        "$WORK/site" "$KEYS/release.gpg" "$KEYS/second.gpg" "$(cat "$KEYS/release.fingerprint")" "${1:+, $1}" "${2:+, $2}" >"$WORK/thwart.json"
    GLOBALS=(--configuration "$WORK/thwart.json")
}

# claims NUMBER KEY REVISION POLICY-MEMBERS: signature-NUMBER of the bundle's image carries this claim; REVISION 0: none.
claims() {
    local optional='{}'
    [ "$3" = 0 ] || optional="{\"io.thwart.claim\": {\"version\": 1, \"revision\": $3, \"policy\": {\"thwart\": 1, $4}}}"
    payload "$NAME" "$MANIFEST" "$optional" | sign "$2" >"$BUNDLE/thwart.image/signature-$1"
}

# only CAPABILITY...: the member of a policy.
only() {
    printf '"process": {"capabilities": {"allow": [%s]}}' "$(printf '"%s",' "$@" | sed 's/,$//')"
}

applied() {
    rt state "$ID" | jq -r '.annotations["io.thwart.policies"] // "" | gsub("@sha256:[0-9a-f]{64}"; "")'
}

@test "a claim is one of the container's policies, and exec is bounded by it when the image's signature is long gone" {
    issuers ''
    claims 1 release 1 "$(only CHOWN KILL)"
    start_container
    [ "$(applied)" = claim-by-release,unrestricted ]
    rm -r "$BUNDLE/thwart.image"
    look_exec --cap CAP_KILL --cap CAP_SYS_ADMIN "$ID" /bin/probe report
    see .capabilities.bounding '["CAP_CHOWN","CAP_KILL"]'
    printf '{"thwart": 1, "name": "later", %s}' "$(only KILL)" >"$WORK/later.json"
    rt update --policy "$WORK/later.json" "$ID"
    [ "$(applied)" = claim-by-release,later,unrestricted ]
    look_exec --cap CAP_KILL "$ID" /bin/probe report
    see .capabilities.effective '["CAP_KILL"]'
}

@test "findings quote the claim" {
    issuers ''
    claims 1 release 1 '"process": {"user": {"uids": ["1000-2000"]}}'
    run -1 rt run --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *"claim-by-release"*"claim:$NAME:"* ]]
    run rt policy explain --bundle "$BUNDLE"
    [[ $output == *"claim-by-release"*"claim:$NAME:"* ]]
}

@test "the ceiling bounds what the claim does not speak of; what asks for more is refused whole" {
    printf '{"thwart": 1, "name": "top", "when": {"annotations": {"nobody": "has this"}}, %s, "filesystem": {"rootReadonly": true}}' \
        "$(only CHOWN KILL)" >"$WORK/site/top.json"
    issuers '"ceiling": "top"'
    claims 1 release 1 "$(only CHOWN)"
    config '.root.readonly = false'
    look
    see .capabilities.bounding '["CAP_CHOWN"]'
    see_that '[.mounts[] | select(.point == "/")][-1].options | startswith("ro")'
    claims 1 release 1 "$(only CHOWN SYS_ADMIN)"
    run ! rt run --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *'asks for more than its issuer'*'"top"'*'refused whole'*CAP_SYS_ADMIN* ]]
    rm "$WORK/site/top.json"
    run ! rt run --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *'there is no policy "top"'* ]]
}

@test "every signature counts: one without a claim before it, several issuers, the newest of one" {
    issuers ''
    claims 1 release 0
    claims 2 release 1 "$(only CHOWN KILL)"
    look
    see .capabilities.bounding '["CAP_CHOWN","CAP_KILL"]'
    claims 3 second 1 "$(only KILL SETUID)"
    run ! rt run --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *TW0104*'none of the issuers'* ]]
    issuers '' "{\"name\": \"second\", \"fingerprints\": [\"$(cat "$KEYS/second.fingerprint")\"]}"
    look
    see .capabilities.bounding '["CAP_KILL"]'
    claims 3 release 2 "$(only SETUID)"
    look
    see .capabilities.bounding '["CAP_SETUID"]'
}
