#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Signatures that are none, of something else, by somebody else, of another time; keyrings that others could change; and
# what surrounds gpg. Each is refused with its reason, beside one that is in order.
load ../suite
load ../trust

setup_file() {
    trust_setup_file
    local old=--faked-system-time=20240101T000000!
    KEY_EXPIRES=1d new_key expired "$old"
    payload | sign expired "$old" >"$TRUST/expired.sig"
    new_key revoked
    payload | sign revoked >"$TRUST/revoked.sig"
    sed -i 's/^:-----BEGIN/-----BEGIN/' "$GNUPGHOME/openpgp-revocs.d/$(fingerprint_of revoked).rev"
    gpg --quiet --batch --import "$GNUPGHOME/openpgp-revocs.d/$(fingerprint_of revoked).rev" 2>/dev/null
    export_key revoked
    # Primary keys that only certify, each with a subkey that signs.
    local name
    for name in company rival; do
        gpg --quiet --batch --passphrase '' --quick-generate-key "$name@example.test" ed25519 cert 0
        gpg --quiet --batch --passphrase '' --quick-add-key "$(fingerprint_of "$name")" ed25519 sign 0
        export_key "$name"
        payload | sign "$name" >"$TRUST/$name.sig"
    done
}

teardown_file() { trust_teardown_file; }
setup() { trust_setup; }
teardown() { trust_teardown; }

# refused_signature PATTERN: the bundle has this signature (standard input) and no other.
refused_signature() {
    cat >"$WORK/attack.sig"
    plain "$WORK/attack.sig"
    untrusted "TW0101.*$1"
}

@test "control: what the release key has signed runs, by every kind of identity" {
    local identity
    plain "$TRUST/release.sig"
    for identity in '"registry.example/demo/*"' '{"type": "matchExact"}' '{"type": "matchRepository"}' '{"type": "matchRepoDigestOrExact"}' \
        "{\"type\": \"exactReference\", \"dockerReference\": \"$NAME\"}" "{\"type\": \"exactRepository\", \"dockerRepository\": \"$REPOSITORY\"}" \
        '{"type": "remapIdentity", "prefix": "registry.example/demo", "signedPrefix": "registry.example/demo"}'; do
        demand "{\"signature\": {\"keys\": [\"$KEYS/release.gpg\"], \"identity\": $identity}}"
        runs
    done
}

@test "nobody has signed it, or nothing is beside it" {
    demand_release
    plain
    untrusted 'TW0101.*no signature was found'
    rm -r "$BUNDLE/thwart.image"
    untrusted 'TW0101'
}

@test "tag swap: another tag's signature, under the name that the image goes by" {
    plain "$TRUST/release.sig"
    demand "{\"signature\": {\"keys\": [\"$KEYS/release.gpg\"]}}"
    runs
    payload "$REPOSITORY:2" | sign release | refused_signature "$REPOSITORY:2"
    demand "{\"signature\": {\"keys\": [\"$KEYS/release.gpg\"], \"identity\": {\"type\": \"matchExact\"}}}"
    payload "$REPOSITORY:2" | sign release | refused_signature "$REPOSITORY:2"
}

@test "digest swap: a good signature of another manifest" {
    demand_release
    payload "$NAME" "sha256:$(printf %064d 7)" | sign release | refused_signature 'is about the manifest sha256:0*7'
    payload "$NAME" "sha512:$(printf %0128d 7)" | sign release | refused_signature 'manifest|digest'
    payload "$NAME" "${MANIFEST%?}" | sign release | refused_signature 'is no digest'
}

@test "a borrowed name: annotations and files say that it is the trusted image" {
    demand_release
    payload registry.example/evil/app:1 | sign release >"$WORK/evil.sig"
    plain "$WORK/evil.sig"
    config '.annotations = {"org.opencontainers.image.ref.name": $n, "io.kubernetes.cri-o.ImageName": $n, "io.kubernetes.cri.image-name": $n,
        "io.kubernetes.cri-o.ImageRef": $m, "io.thwart.trust.level": "bound-layers"}' --arg n "$NAME" --arg m "$MANIFEST"
    untrusted 'TW0101.*registry.example/evil/app'
    plain
    untrusted 'TW0101.*no signature'
}

@test "a signature of the same manifest under another repository" {
    demand_release
    payload registry.example/other/app:1 | sign release | refused_signature 'registry.example/other/app'
    payload demo/app:1 | sign release | refused_signature 'docker.io/demo/app'
    payload "$REPOSITORY.evil:1" | sign release | refused_signature 'app.evil'
    payload "registry.example/demo/app/../evil:1" | sign release | refused_signature 'signed name|docker-reference'
    payload "Registry.example/demo/app:1" | sign release | refused_signature 'Registry.example'
    payload '' | sign release | refused_signature 'name|reference'
}

@test "a name that matches everything is no name: patterns are the policy's, not the signer's" {
    demand_release
    payload 'registry.example/demo/*' | sign release | refused_signature 'signed name|docker-reference'
}

@test "a second message behind the good one, and one before it" {
    demand_release
    payload registry.example/evil/app:1 | sign release >"$WORK/evil.sig"
    cat "$TRUST/release.sig" "$WORK/evil.sig" | refused_signature 'goes on behind|more than one'
    cat "$WORK/evil.sig" "$TRUST/release.sig" | refused_signature 'goes on behind|more than one'
    cat "$TRUST/release.sig" "$TRUST/release.sig" | refused_signature 'goes on behind|more than one'
    payload | sign release --compress-algo none >"$WORK/flat.sig"
    plain "$WORK/flat.sig"
    runs
    cat "$WORK/flat.sig" "$WORK/flat.sig" | refused_signature 'goes on behind|more than one'
}

@test "two signatures in one message" {
    demand "{\"signature\": $(signed_by release second)}"
    payload | gpg --quiet --batch --yes --pinentry-mode loopback --passphrase '' -u release@example.test -u second@example.test --sign |
        refused_signature 'more than one'
}

@test "trailing data, a message that is cut off, nothing at all" {
    local length
    demand_release
    { cat "$TRUST/release.sig" && printf 'x'; } | refused_signature 'behind|begins no'
    { cat "$TRUST/release.sig" && head -c 3 /dev/zero; } | refused_signature 'behind|begins no'
    length=$(stat -c %s "$TRUST/release.sig")
    head -c $((length - 1)) "$TRUST/release.sig" | refused_signature 'cut off|unpack|compressed'
    head -c $((length / 2)) "$TRUST/release.sig" | refused_signature 'cut off|unpack|compressed'
    printf '' | refused_signature 'empty'
}

@test "forms that are no signed message: clear text, armor, detached, not signed, encrypted to everybody" {
    demand_release
    payload | gpg --quiet --batch -u release@example.test --clearsign | refused_signature 'no binary OpenPGP message'
    payload | sign release --armor | refused_signature 'no binary OpenPGP message'
    payload | gpg --quiet --batch -u release@example.test --detach-sign | refused_signature 'detached'
    payload | gpg --quiet --batch --store | refused_signature 'no signature'
    payload | gpg --quiet --batch --passphrase known --pinentry-mode loopback --symmetric | refused_signature 'packet'
    payload | refused_signature 'no binary OpenPGP message'
}

@test "one byte of the payload or of the signature flipped" {
    local length at
    demand_release
    payload | sign release --compress-algo none >"$WORK/flat.sig"
    plain "$WORK/flat.sig"
    runs
    length=$(stat -c %s "$WORK/flat.sig")
    for at in 60 $((length - 5)); do
        { head -c "$at" "$WORK/flat.sig" && printf '\377' && tail -c +$((at + 2)) "$WORK/flat.sig"; } | refused_signature 'does not fit|gpg|digest|member|JSON'
    done
}

@test "a key that is not in the ring" {
    demand_release
    payload | sign stranger | refused_signature 'not in the keyrings'
}

@test "a key of the ring that the policy does not list" {
    local listed
    listed=$(cat "$KEYS/second.fingerprint")
    demand "{\"signature\": {\"keys\": [\"$KEYS/release.gpg\", \"$KEYS/second.gpg\"], \"fingerprints\": [\"$listed\"], \"identity\": \"**\"}}"
    payload | sign second >"$WORK/second.sig"
    plain "$WORK/second.sig"
    runs
    payload | sign release | refused_signature 'none of those listed'
}

@test "subkeys: the own one counts as its primary, another key's does not" {
    demand "{\"signature\": {\"keys\": [\"$KEYS/company.gpg\", \"$KEYS/rival.gpg\"], \"fingerprints\": [\"$(cat "$KEYS/company.fingerprint")\"], \"identity\": \"**\"}}"
    plain "$TRUST/company.sig"
    runs
    plain "$TRUST/rival.sig"
    untrusted 'TW0101.*none of those listed'
}

@test "a stranger's subkey bound to a trusted primary by the stranger himself" {
    # The keyring's primary, and behind it the rival's subkey with a binding that the primary never made.
    cat "$KEYS/company.gpg" >"$WORK/joined.gpg"
    gpg --export-options export-minimal --export rival@example.test >"$WORK/rival.gpg"
    gpgsplit -p "$WORK/part." "$WORK/rival.gpg" 2>/dev/null || skip "gpgsplit is not installed"
    cat "$WORK"/part.*.public_subkey "$(find "$WORK" -name 'part.*.sig' | sort | tail -1)" >>"$WORK/joined.gpg"
    demand "{\"signature\": {\"keys\": [\"$WORK/joined.gpg\"], \"identity\": \"**\"}}"
    plain "$TRUST/company.sig"
    runs
    plain "$TRUST/rival.sig"
    untrusted 'TW0101'
}

@test "expired key, revoked key, expired signature" {
    demand "{\"signature\": $(signed_by expired revoked release)}"
    refused_signature 'key has expired' <"$TRUST/expired.sig"
    refused_signature 'key was revoked' <"$TRUST/revoked.sig"
    payload | sign release --faked-system-time 20240102T000000 --default-sig-expire 1d --ignore-time-conflict | refused_signature 'expired|older than its key|TW0101'
    plain "$TRUST/release.sig"
    runs
}

@test "a signature from the future, and one that is too old" {
    local soon
    demand_release
    soon=$(date -u -d '+2 days' +%Y%m%dT%H%M%S)
    payload | sign release --faked-system-time "$soon" | refused_signature 'still to come'
    demand "{\"signature\": {\"keys\": [\"$KEYS/release.gpg\"], \"identity\": \"**\", \"maxAge\": \"1h\"}}"
    plain "$TRUST/release.sig"
    runs
    new_key old --faked-system-time=20240101T000000!
    payload | sign old --faked-system-time=20240102T000000! >"$WORK/old.sig"
    demand "{\"signature\": {\"keys\": [\"$KEYS/old.gpg\"], \"identity\": \"**\", \"maxAge\": \"90d\"}}"
    refused_signature 'days are allowed' <"$WORK/old.sig"
    demand "{\"signature\": {\"keys\": [\"$KEYS/old.gpg\"], \"identity\": \"**\"}}"
    plain "$WORK/old.sig"
    runs
}

@test "a weak digest: SHA-1" {
    gpg --quiet --batch --passphrase '' --quick-generate-key weak@example.test rsa2048 sign 0
    export_key weak
    demand "{\"signature\": $(signed_by weak)}"
    payload | sign weak --digest-algo SHA1 --allow-weak-digest-algos | refused_signature 'weak'
    payload | sign weak --digest-algo SHA256 >"$WORK/strong.sig"
    plain "$WORK/strong.sig"
    runs
}

@test "keyrings: a link, one that the group may write, one in a folder that others may write, another's" {
    plain "$TRUST/release.sig"
    mkdir -m 0755 "$WORK/rings"
    cp "$KEYS/release.gpg" "$WORK/rings/ring.gpg"
    demand "{\"signature\": {\"keys\": [\"$WORK/rings/ring.gpg\"], \"identity\": \"**\"}}"
    runs
    chmod 0664 "$WORK/rings/ring.gpg"
    refused_run 'ring.gpg.*changed by others'
    chmod 0644 "$WORK/rings/ring.gpg"
    chown "$TEST_UID" "$WORK/rings/ring.gpg"
    refused_run 'ring.gpg.*changed by others'
    chown 0 "$WORK/rings/ring.gpg"
    chmod 0775 "$WORK/rings"
    refused_run 'ring.gpg.*changed by others'
    chmod 0755 "$WORK/rings"
    runs
    mv "$WORK/rings/ring.gpg" "$WORK/rings/real.gpg"
    ln -s real.gpg "$WORK/rings/ring.gpg"
    refused_run 'ring.gpg.*symbolic link'
    rm "$WORK/rings/ring.gpg"
    refused_run 'ring.gpg'
    mkdir "$WORK/rings/ring.gpg"
    refused_run 'ring.gpg.*no regular file'
}

@test "keyrings: with a private key, a keybox, empty, not one at all" {
    plain "$TRUST/release.sig"
    demand "{\"signature\": {\"keys\": [\"$WORK/ring.gpg\"], \"identity\": \"**\"}}"
    gpg --quiet --batch --pinentry-mode loopback --passphrase '' --export-secret-keys release@example.test >"$WORK/ring.gpg"
    chmod 0644 "$WORK/ring.gpg"
    refused_run 'ring.gpg.*private key'
    cp "$GNUPGHOME/pubring.kbx" "$WORK/ring.gpg"
    refused_run 'ring.gpg.*keybox'
    : >"$WORK/ring.gpg"
    refused_run 'ring.gpg.*no key'
    echo 'no keys here' >"$WORK/ring.gpg"
    refused_run 'ring.gpg'
    cp "$TRUST/release.sig" "$WORK/ring.gpg"
    refused_run 'ring.gpg.*no keyring'
    gpg --quiet --batch --yes --armor --output "$WORK/ring.gpg" --export release@example.test
    runs
}

@test "two of three: one key's two signatures are one, and so is one key in two keyrings" {
    payload | sign release >"$WORK/again.sig"
    payload | sign second >"$WORK/second.sig"
    demand "{\"signature\": {\"require\": 2, \"keys\": [\"$KEYS/release.gpg\", \"$KEYS/second.gpg\", \"$KEYS/stranger.gpg\"], \"identity\": \"**\"}}"
    plain "$TRUST/release.sig" "$WORK/second.sig"
    runs
    plain "$TRUST/release.sig" "$WORK/again.sig"
    untrusted 'TW0101.*1 of 2 keys.*counted already'
    plain "$TRUST/release.sig" "$TRUST/release.sig"
    untrusted 'TW0101.*1 of 2 keys'
    cat "$KEYS/release.gpg" "$KEYS/release.gpg" >"$WORK/twice.gpg"
    demand "{\"signature\": {\"require\": 2, \"keys\": [\"$WORK/twice.gpg\", \"$KEYS/release.gpg\"], \"identity\": \"**\"}}"
    plain "$TRUST/release.sig" "$WORK/again.sig"
    untrusted 'TW0101.*1 of 2 keys'
}

@test "all fingerprints of a list must have signed; several requirements hold together" {
    local release second
    release=$(cat "$KEYS/release.fingerprint") second=$(cat "$KEYS/second.fingerprint")
    payload | sign second >"$WORK/second.sig"
    demand "{\"signature\": {\"keys\": [\"$KEYS/release.gpg\", \"$KEYS/second.gpg\"], \"fingerprints\": [\"$release\", \"$second\"], \"identity\": \"**\"}}"
    plain "$TRUST/release.sig" "$WORK/second.sig"
    runs
    plain "$TRUST/release.sig"
    untrusted "TW0101.*not $second"
    demand "{\"signature\": [$(signed_by release), $(signed_by second)]}"
    untrusted 'TW0101'
    plain "$TRUST/release.sig" "$WORK/second.sig"
    runs
}

@test "payloads: an unknown critical member, another type, a key twice, a member missing, more behind it" {
    local good
    demand_release
    good=$(payload)
    sed 's/"type":/"extra":1,"type":/' <<<"$good" | sign release | refused_signature 'has no member "extra"'
    sed 's/"optional"/"also":{},"optional"/' <<<"$good" | sign release | refused_signature 'has no member "also"'
    sed 's/atomic container signature/cosign container image signature/' <<<"$good" | sign release | refused_signature 'type of signature'
    sed "s/\"type\":/\"image\":{\"docker-manifest-digest\":\"$MANIFEST\"},\"type\":/" <<<"$good" | sign release | refused_signature 'image.*(twice|duplicate|again)|(twice|duplicate|again).*image'
    sed 's/,"optional":{}//' <<<"$good" | sign release | refused_signature 'lacks "optional"'
    sed 's/"optional":{}/"optional":null/' <<<"$good" | sign release | refused_signature 'optional'
    sed 's/"optional":{}/"optional":{"timestamp":1.5}/' <<<"$good" | sign release | refused_signature 'whole number'
    { echo "$good" && echo '{}'; } | sign release | refused_signature 'JSON|behind|after|text'
    printf '[%s]' "$good" | sign release | refused_signature 'must be an object'
    printf 'no JSON' | sign release | refused_signature 'expected a value'
    printf '' | sign release | refused_signature 'expected a value|empty'
    sed 's/"optional":{}/"optional":{"anything":{"else":[1]},"creator":"somebody"}/' <<<"$good" | sign release >"$WORK/more.sig"
    plain "$WORK/more.sig"
    runs
}

@test "a payload that unpacks to more than memory has" {
    demand_release
    { payload && head -c 200000000 /dev/zero; } | sign release --compress-algo zlib >"$WORK/bomb.sig"
    [ "$(stat -c %s "$WORK/bomb.sig")" -lt 400000 ]
    refused_signature 'more than|too|unpack' <"$WORK/bomb.sig"
    { payload && head -c 50000000 /dev/zero; } | sign release --compress-algo bzip2 | refused_signature 'more than|too|unpack'
}

@test "the manifest or the configuration beside the signature is another" {
    demand_release
    plain "$TRUST/release.sig"
    sed -i 's/"schemaVersion":2/"schemaVersion": 2/' "$BUNDLE/thwart.image/manifest.json"
    untrusted 'TW010[12].*manifest'
    plain "$TRUST/release.sig"
    sed -i 's/"amd64"/"arm64"/' "$BUNDLE/thwart.image/config.json"
    untrusted 'configuration'
    plain "$TRUST/release.sig"
    rm "$BUNDLE/thwart.image/manifest.json"
    untrusted 'manifest.json'
}

@test "a digest that the policy lists, and one that it does not" {
    plain
    demand "{\"digests\": [\"$MANIFEST\"]}"
    runs
    demand "{\"digests\": [\"sha256:$(printf %064d 0)\"]}"
    untrusted "TW0102.*$MANIFEST"
    demand "{\"digests\": [\"$MANIFEST\"]}"
    sed -i 's/"schemaVersion":2/"schemaVersion": 2/' "$BUNDLE/thwart.image/manifest.json"
    untrusted 'TW0102'
}

@test "policy.json: reject, a scope that wants another key, accept anything" {
    plain "$TRUST/release.sig"
    demand "{\"signature\": {\"trust\": \"$WORK/policy.json\"}}"
    printf '{"default": [{"type": "reject"}], "transports": {"docker": {"%s": [{"type": "signedBy", "keyType": "GPGKeys", "keyPath": "%s"}]}}}' \
        "$REPOSITORY" "$KEYS/release.gpg" >"$WORK/policy.json"
    runs
    printf '{"default": [{"type": "insecureAcceptAnything"}], "transports": {"docker": {"%s": [{"type": "signedBy", "keyType": "GPGKeys", "keyPath": "%s"}]}}}' \
        "$REPOSITORY" "$KEYS/second.gpg" >"$WORK/policy.json"
    untrusted 'TW0101.*not in the keyrings'
    printf '{"default": [{"type": "reject"}]}' >"$WORK/policy.json"
    untrusted 'TW0101.*reject'
    printf '{"default": [{"type": "insecureAcceptAnything"}], "unknown": 1}' >"$WORK/policy.json"
    refused_run 'policy.json.*unknown'
    rm "$WORK/policy.json"
    refused_run 'policy.json'
}

@test "gpg's surroundings: the caller's home, options, keys and trust are nobody's here" {
    local hostile=$WORK/hostile
    mkdir -m 0700 "$hostile" "$hostile/.gnupg"
    printf '%s\n' 'keyserver hkp://127.0.0.1:1' 'auto-key-retrieve' 'auto-key-locate keyserver' 'trust-model always' 'allow-weak-digest-algos' \
        "keyring $KEYS/stranger.gpg" 'ignore-valid-from' 'output /dev/null' >"$hostile/gpg.conf"
    gpg --homedir "$hostile" --no-options --no-autostart --quiet --batch --import "$KEYS/stranger.gpg" 2>/dev/null
    cp "$hostile"/*.* "$hostile/.gnupg/"
    demand_release
    plain "$TRUST/release.sig"
    GNUPGHOME=$hostile HOME=$hostile runs
    payload | sign stranger >"$WORK/stranger.sig"
    plain "$WORK/stranger.sig"
    GNUPGHOME=$hostile HOME=$hostile untrusted 'TW0101.*not in the keyrings'
    [ "$(find "$hostile" -newer "$WORK/stranger.sig" -type f | wc -l)" = 0 ]
}

@test "a gpg in the caller's PATH that finds everything good" {
    local name
    mkdir "$WORK/evil"
    for name in gpg gpgv gpg2 gpgconf; do
        printf '#!/bin/sh\necho "[GNUPG:] GOODSIG 0 x" >&3\n>"%s/was-run"\nexit 0\n' "$WORK" >"$WORK/evil/$name"
        chmod +x "$WORK/evil/$name"
    done
    demand_release
    payload | sign stranger >"$WORK/stranger.sig"
    plain "$WORK/stranger.sig"
    PATH=$WORK/evil:$PATH THWART_GPG_PROGRAM=$WORK/evil/gpg THWART_GPG_PATH=$WORK/evil untrusted 'TW0101.*not in the keyrings'
    [ ! -e "$WORK/was-run" ]
}

# without_gpg FILE COMMAND...: FILE (of no mode to execute: a missing one) stands in the place of each gpg.
without_gpg() {
    unshare --mount --propagation private bash -c 'for each in /usr/bin/gpg /usr/bin/gpgv; do mount --bind "$0" "$each" || exit 99; done
        exec "$@"' "$@"
}

@test "gpg is missing: refused, and said so" {
    demand_release
    plain "$TRUST/release.sig"
    : >"$WORK/nothing"
    refused 'gpg is not installed' without_gpg "$WORK/nothing" "$THWART" "${GLOBALS[@]}" run --bundle "$BUNDLE" "$ID"
    nothing_left
    runs
}

@test "gpg hangs: refused in bounded time, and nothing is left of it" {
    demand_release
    plain "$TRUST/release.sig"
    printf '#!/bin/sh\nexec sleep 987\n' >"$WORK/hangs"
    chmod +x "$WORK/hangs"
    refused 'has not answered' without_gpg "$WORK/hangs" timeout 60 "$THWART" "${GLOBALS[@]}" run --bundle "$BUNDLE" "$ID"
    nothing_left
    run -1 pgrep -f 'sleep 987'
}

@test "names of files that look like options, or have blanks, quotes and line ends" {
    local odd=$WORK/'--trust-model=always --output x'$'\n'"GNUPG: GOODSIG '\" %s"
    mkdir -p "$odd/--bundle"
    cp "$KEYS/release.gpg" "$odd/--import.gpg"
    jq -n --arg p "$odd/--import.gpg" '{thwart: 1, name: "signed", image: {signature: {keys: [$p], identity: "**"}}}' >"$WORK/signed.json"
    GLOBALS=(--policy "$WORK/signed.json")
    plain "$TRUST/release.sig"
    runs
    payload | sign stranger >"$WORK/stranger.sig"
    plain "$WORK/stranger.sig"
    untrusted 'TW0101.*not in the keyrings'
    mv "$BUNDLE" "$odd/--bundle/%n"
    BUNDLE="$odd/--bundle/%n"
    untrusted 'TW0101.*not in the keyrings'
    [ "$(wc -l <"$WORK/refused.err")" = 1 ]
    plain "$TRUST/release.sig"
    runs
    cp "$KEYS/release.fingerprint" "$odd/--import.gpg"
    refused_run '--import.gpg.*keyring|no keyring|armor'
    [ "$(wc -l <"$WORK/refused.err")" = 1 ]
}
