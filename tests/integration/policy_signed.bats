#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Signed policies (policySignatures in thwart.json): whose word a file of policies or waivers is. Keys are made here, in a
# home that goes with the suite.
load suite

setup_file() {
    base_setup_file
    command -v gpg >/dev/null || skip "gpg is not installed"
    # An agent's socket needs a short path.
    export GNUPGHOME=/run/thwart-tests/$TAG-gpg
    mkdir -m 0700 "$GNUPGHOME"
    export KEYS=$BATS_FILE_TMPDIR/keys
    mkdir -p "$KEYS"
    chmod 0755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$KEYS"
    make_key admin never
    make_key deputy never
    make_key stranger never
    FAKED=20200101T000000 make_key expired 1d
    quiet_gpg --quick-add-key "$(fingerprint deputy)" ed25519 sign never
    quiet_gpg --yes -o "$KEYS/deputy.gpg" --export deputy@example.test
    cat "$KEYS/admin.gpg" "$KEYS/deputy.gpg" "$KEYS/expired.gpg" >"$KEYS/all.gpg"
}

teardown_file() {
    gpgconf --kill all 2>/dev/null || true
    rm -rf "$GNUPGHOME"
    base_teardown_file
}

quiet_gpg() {
    gpg --batch --quiet --no-tty --pinentry-mode=loopback --passphrase '' ${FAKED:+--faked-system-time "$FAKED"} "$@" \
        2>/dev/null 3>&- 4>&-
}

# make_key NAME EXPIRY: NAME@example.test, exported as $KEYS/NAME.gpg.
make_key() {
    quiet_gpg --quick-gen-key "$1@example.test" ed25519 sign "$2"
    quiet_gpg -o "$KEYS/$1.gpg" --export "$1@example.test"
}

fingerprint() {
    gpg --batch --with-colons --list-keys "$1@example.test" 2>/dev/null | sed -n 's/^fpr:::::::::\([0-9A-F]*\):$/\1/p' | head -1
}

# sign NAME FILE [OPTION...]: FILE.asc.
sign() {
    local who=$1 file=$2
    shift 2
    quiet_gpg --yes --armor -u "$who@example.test" "$@" --detach-sign "$file"
}

# configuration SIGNATURES [MEMBERS]: thwart.json of this test, with folders of its own.
configuration() {
    mkdir -p "$WORK/site" "$WORK/waivers"
    printf '{"thwart": 1, "policies": ["%s"], "waivers": ["%s"], "default": "unrestricted", "policySignatures": %s%s}\n' \
        "$WORK/site" "$WORK/waivers" "$1" "${2:+, $2}" >"$WORK/thwart.json"
    GLOBALS=(--configuration "$WORK/thwart.json")
}

required() {
    configuration "{\"required\": true, \"keyrings\": [\"$KEYS/${1:-admin}.gpg\"]}" "${2:-}"
}

chown_only='"process": {"capabilities": {"allow": ["CHOWN"]}}'

# policy PATH [MEMBERS]: a policy that leaves CAP_CHOWN alone, named by its file.
policy() {
    printf '{"thwart": 1, "name": "%s", %s %s}\n' "$(basename "$1" .json)" "${2:+$2,}" "$chown_only" >"$1"
}

bounded() {
    all_capabilities
    look
    see .capabilities.bounding '["CAP_CHOWN"]'
}

# refused TEXT...: create refuses, and says each of the texts, in one line.
refused() {
    local text
    run rt run --bundle "$BUNDLE" "$ID" </dev/null
    [ "$status" != 0 ] || {
        echo "it runs" >&2
        return 1
    }
    [ "${#lines[@]}" = 1 ] || {
        echo "more than one line: $output" >&2
        return 1
    }
    for text; do
        [[ $output == *"$text"* ]] || {
            echo "\"$text\" is not in: $output" >&2
            return 1
        }
    done
}

# --- accepted -------------------------------------------------------------------------------------------------------

@test "a signed policy of the folder bounds; the same file without thwart.json's word needs no signature" {
    required
    policy "$WORK/site/web.json"
    sign admin "$WORK/site/web.json"
    bounded
    rm "$WORK/site/web.json.asc"
    configuration '{"required": false}'
    bounded
}

@test "--policy FILE, signed" {
    required
    policy "$WORK/mine.json"
    sign admin "$WORK/mine.json"
    GLOBALS+=(--policy "$WORK/mine.json")
    bounded
}

@test "a subkey signs for its primary key, which is the one that is listed" {
    configuration "{\"required\": true, \"keyrings\": [\"$KEYS/deputy.gpg\"],
        \"fingerprints\": [\"$(fingerprint deputy | tr A-F a-f)\"]}"
    policy "$WORK/site/web.json"
    sign deputy "$WORK/site/web.json"
    bounded
}

@test "two people signed one file: one of them is enough" {
    required admin
    policy "$WORK/site/web.json"
    sign stranger "$WORK/site/web.json" -u admin@example.test
    bounded
    required deputy
    refused "$WORK/site/web.json is not signed by an accepted key" "not in the keyrings"
}

@test "what is built in needs no signature" {
    required
    GLOBALS+=(--policy baseline)
    look
}

@test "a signature by a link, like the policy itself; not through a folder of somebody else" {
    required
    mkdir "$WORK/data"
    policy "$WORK/data/web.json"
    sign admin "$WORK/data/web.json"
    ln -s ../data/web.json "$WORK/site/web.json"
    ln -s ../data/web.json.asc "$WORK/site/web.json.asc"
    bounded
    mkdir -m 0777 "$WORK/open"
    mv "$WORK/data/web.json.asc" "$WORK/open/"
    ln -sf ../open/web.json.asc "$WORK/site/web.json.asc"
    refused "$WORK/site/web.json.asc: open on the way to it can be changed by others"
}

@test "what a container was created under is kept: later commands ask for no signature" {
    required
    policy "$WORK/site/web.json"
    sign admin "$WORK/site/web.json"
    start_container
    rm "$WORK/site/web.json.asc"
    rt exec "$ID" /bin/true
    refused "is not signed"
}

@test "what gpg said is remembered: the next create starts none; a changed keyring, file or signature is another question" {
    required
    cp "$KEYS/admin.gpg" "$WORK/ring.gpg"
    configuration "{\"required\": true, \"keyrings\": [\"$WORK/ring.gpg\"]}"
    policy "$WORK/site/web.json"
    sign admin "$WORK/site/web.json"
    bounded
    mkdir "$WORK/away"
    mv "$(dirname "$THWART")/thwart-gpg" "$WORK/away/"
    all_capabilities
    run rt run --bundle "$BUNDLE" "$ID" </dev/null
    local warm=$status
    cp "$KEYS/deputy.gpg" "$WORK/ring.gpg"
    run rt run --bundle "$BUNDLE" "$ID" </dev/null
    local other_ring=$status
    cp "$KEYS/admin.gpg" "$WORK/ring.gpg"
    # Made in the same second it would be the same signature.
    sign admin "$WORK/site/web.json" --digest-algo SHA384
    run rt run --bundle "$BUNDLE" "$ID" </dev/null
    mv "$WORK/away/thwart-gpg" "$(dirname "$THWART")/"
    [ "$warm" = 0 ]
    [ "$other_ring" != 0 ]
    [ "$status" != 0 ]
    [[ $output == *thwart-gpg* ]]
    bounded
    cp "$KEYS/deputy.gpg" "$WORK/ring.gpg"
    refused "not signed by an accepted key" "not in the keyrings"
}

# --- refused ----------------------------------------------------------------------------------------------------------

@test "no signature" {
    required
    policy "$WORK/site/web.json"
    refused "$WORK/site/web.json is not signed" "there is no $WORK/site/web.json.asc" "policySignatures"
}

@test "one policy of many without a signature refuses" {
    required
    policy "$WORK/site/a.json"
    policy "$WORK/site/b.json"
    sign admin "$WORK/site/a.json"
    refused "$WORK/site/b.json is not signed"
}

@test "a file that was changed after it was signed, by one byte" {
    required
    policy "$WORK/site/web.json"
    sign admin "$WORK/site/web.json"
    printf ' ' >>"$WORK/site/web.json"
    refused "$WORK/site/web.json is not signed by an accepted key" "does not fit its data"
}

@test "the signature of another file" {
    required
    policy "$WORK/site/web.json"
    policy "$WORK/other.json"
    sign admin "$WORK/other.json"
    mv "$WORK/other.json.asc" "$WORK/site/web.json.asc"
    refused "$WORK/site/web.json is not signed by an accepted key" "does not fit its data"
}

@test "a key that is in no keyring, and one that is in the keyring and not listed" {
    required
    policy "$WORK/site/web.json"
    sign stranger "$WORK/site/web.json"
    refused "not signed by an accepted key" "not in the keyrings"
    configuration "{\"required\": true, \"keyrings\": [\"$KEYS/all.gpg\"], \"fingerprints\": [\"$(fingerprint admin)\"]}"
    sign deputy "$WORK/site/web.json"
    refused "not signed by an accepted key" "$(fingerprint deputy)" "none of those listed"
    sign admin "$WORK/site/web.json"
    bounded
}

@test "a key that has expired, one that was revoked, a weak digest, a signature that has expired" {
    required expired
    policy "$WORK/site/web.json"
    FAKED=20200101T010000 sign expired "$WORK/site/web.json"
    refused "not signed by an accepted key" "its key has expired"

    make_key gone never
    sign gone "$WORK/site/web.json"
    sed 's/^:-----/-----/' "$GNUPGHOME/openpgp-revocs.d/$(fingerprint gone).rev" >"$WORK/revocation"
    quiet_gpg --import "$WORK/revocation"
    quiet_gpg --yes -o "$KEYS/gone.gpg" --export gone@example.test
    required gone
    refused "not signed by an accepted key" "its key was revoked"

    required
    sign admin "$WORK/site/web.json" --digest-algo SHA1
    refused "not signed by an accepted key" "weak"
    sign admin "$WORK/site/web.json" --faked-system-time 20400101T000000
    refused "not signed by an accepted key" "future"
    sign admin "$WORK/site/web.json"
    bounded
}

@test "what is no detached signature over bytes says what it is" {
    required
    policy "$WORK/site/web.json"
    quiet_gpg -u admin@example.test --yes -o "$WORK/site/web.json.asc" --detach-sign "$WORK/site/web.json"
    refused "it is not armored"
    quiet_gpg -u admin@example.test --yes --clear-sign -o "$WORK/site/web.json.asc" "$WORK/site/web.json"
    refused "line 1: expected" "gpg --armor --detach-sign"
    quiet_gpg -u admin@example.test --yes --armor -o "$WORK/site/web.json.asc" --sign "$WORK/site/web.json"
    refused "line 1: expected" "gpg --armor --detach-sign"
    sign admin "$WORK/site/web.json" --textmode
    refused "over text"
    : >"$WORK/site/web.json.asc"
    refused "it holds no signature"
    sign admin "$WORK/site/web.json"
    cat "$WORK/site/web.json.asc" "$WORK/site/web.json.asc" >"$WORK/twice"
    mv "$WORK/twice" "$WORK/site/web.json.asc"
    refused "it goes on behind the signature"
    rm "$WORK/site/web.json.asc"
    mkfifo "$WORK/site/web.json.asc"
    refused "is not a regular file"
}

@test "a keyring that others could change, that is none, that is not there" {
    required
    policy "$WORK/site/web.json"
    sign admin "$WORK/site/web.json"
    cp "$KEYS/admin.gpg" "$WORK/mine.gpg"
    configuration "{\"required\": true, \"keyrings\": [\"$WORK/mine.gpg\"]}"
    bounded
    chmod 0666 "$WORK/mine.gpg"
    refused "verifying $WORK/site/web.json.asc" "could be changed by others"
    chmod 0644 "$WORK/mine.gpg"
    echo none >"$WORK/mine.gpg"
    refused "verifying $WORK/site/web.json.asc" "mine.gpg"
    rm "$WORK/mine.gpg"
    refused "mine.gpg" "does not exist"
}

@test "--policy FILE and update --policy FILE, unsigned" {
    required
    policy "$WORK/mine.json"
    start_container
    run -1 rt update --policy "$WORK/mine.json" "$ID"
    [[ $output == *"$WORK/mine.json is not signed"* ]]
    sign admin "$WORK/mine.json"
    rt update --policy "$WORK/mine.json" "$ID"
    rm "$WORK/mine.json.asc"
    GLOBALS+=(--policy "$WORK/mine.json")
    another_id other
    ID=$OTHER refused "$WORK/mine.json is not signed"
}

@test "the folder that stands for what is shipped" {
    mkdir "$WORK/shipped"
    policy "$WORK/shipped/web.json"
    required admin "\"shipped\": \"$WORK/shipped\""
    GLOBALS+=(--policy web)
    refused "$WORK/shipped/web.json is not signed"
    sign admin "$WORK/shipped/web.json"
    bounded
    policy "$WORK/site/extending.json" '"extends": ["web"]'
    sign admin "$WORK/site/extending.json"
    rm "$WORK/shipped/web.json.asc"
    GLOBALS=(--configuration "$WORK/thwart.json")
    refused "$WORK/shipped/web.json is not signed"
}

@test "a profile beside a policy is as much of it: it is signed, too" {
    required
    policy "$WORK/site/web.json" '"syscalls": {"profile": "web.profile"}'
    echo '{"defaultAction": "SCMP_ACT_ALLOW"}' >"$WORK/site/web.profile"
    sign admin "$WORK/site/web.json"
    refused "$WORK/site/web.profile is not signed"
    sign admin "$WORK/site/web.profile"
    bounded
    echo ' ' >>"$WORK/site/web.profile"
    refused "$WORK/site/web.profile is not signed by an accepted key"
}

@test "a waiver loosens: it is signed, or refuses" {
    required
    policy "$WORK/site/web.json"
    sign admin "$WORK/site/web.json"
    printf '{"thwart": 1, "waivers": [{"rule": "TW0205", "reason": "trial", "owner": "ops", "expires": "2099-01-01"}]}\n' \
        >"$WORK/waivers/w.json"
    refused "$WORK/waivers/w.json is not signed" "there is no $WORK/waivers/w.json.asc"
    sign admin "$WORK/waivers/w.json"
    all_capabilities
    look
    see_that '.capabilities.bounding | length > 10'
    sed -i s/2099/2098/ "$WORK/waivers/w.json"
    refused "$WORK/waivers/w.json is not signed by an accepted key"
}

# --- rollback ---------------------------------------------------------------------------------------------------------

@test "an older revision than the least, or none, refuses; also where no signature is required" {
    local needed
    for needed in "\"required\": true, \"keyrings\": [\"$KEYS/admin.gpg\"]" '"required": false'; do
        configuration "{$needed, \"leastRevisions\": {\"web\": 7}}"
        policy "$WORK/site/web.json" '"revision": 6'
        sign admin "$WORK/site/web.json"
        refused "$WORK/site/web.json" '"web" has revision 6, and must have at least 7'
        policy "$WORK/site/web.json"
        sign admin "$WORK/site/web.json"
        refused "$WORK/site/web.json" '"web" has no revision, and must have at least 7'
        policy "$WORK/site/web.json" '"revision": 7'
        sign admin "$WORK/site/web.json"
        bounded
        policy "$WORK/site/other.json"
        sign admin "$WORK/site/other.json"
        bounded
        rm "$WORK/site/other.json"
    done
}

# --- whoever asks -------------------------------------------------------------------------------------------------------

@test "policy check, show, list and explain say what is not signed" {
    required
    policy "$WORK/site/web.json"
    run -2 rt policy check "$WORK/site/web.json"
    [[ $output == *"$WORK/site/web.json is not signed"* ]]
    run ! rt policy show "$WORK/site/web.json"
    [[ $output == *"$WORK/site/web.json is not signed"* ]]
    run ! rt policy list
    [[ $output == *"$WORK/site/web.json is not signed"* ]]
    run ! rt policy explain --bundle "$BUNDLE"
    [[ $output == *"$WORK/site/web.json is not signed"* ]]
    sign admin "$WORK/site/web.json"
    rt policy check "$WORK/site/web.json"
    rt policy show "$WORK/site/web.json"
    rt policy list
    rt policy explain --bundle "$BUNDLE"
    echo >>"$WORK/site/web.json"
    run -2 rt policy check "$WORK/site/web.json"
    [[ $output == *"not signed by an accepted key"*"does not fit its data"* ]]
}

@test "an ordinary user's create verifies, too" {
    required
    policy "$WORK/site/web.json"
    sign admin "$WORK/site/web.json"
    all_capabilities
    rootless
    chown -R 0:0 "$WORK/site" "$WORK/thwart.json" "$WORK/waivers"
    look
    see .capabilities.bounding '["CAP_CHOWN"]'
    echo >>"$WORK/site/web.json"
    refused "not signed by an accepted key"
}
