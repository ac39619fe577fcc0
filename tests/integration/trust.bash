# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What suites about signed images stand on, loaded after suite.bash: keys that are made for the run, one image in the layout
# of containers-storage, its documents for plain bundles, and signatures of whatever the test wants signed.
#
# Once a file (trust_setup_file), in TRUST: KEYS with NAME.gpg of each key, store/ (tests/support/image_store.py), release.sig.
# A test has MANIFEST, CONFIG, IMAGE, LAYERS, CONTAINER, TOP of the store's facts, NAME, and FINGERPRINT[name].

NAME=registry.example/demo/app:1
REPOSITORY=registry.example/demo/app
TRUST_KEYS=(release second stranger)

# --- once a file -------------------------------------------------------------------------------------------------------------

trust_setup_file() {
    base_setup_file
    trust_tools
    export TRUST=$BATS_FILE_TMPDIR/trust GNUPGHOME=$BATS_FILE_TMPDIR/gnupg
    export KEYS=$TRUST/keys
    mkdir -m 0700 "$GNUPGHOME"
    printf '%s\n' trust-model\ always no-auto-check-trustdb >"$GNUPGHOME/gpg.conf"
    mkdir -p "$KEYS"
    local name
    for name in "${TRUST_KEYS[@]}"; do new_key "$name"; done
    python3 "$TESTS/support/image_store.py" make "$TRUST/store" "$NAME" "$SUPPORT/probe"
    # shellcheck disable=SC1091
    . "$TRUST/store/facts"
    payload | sign release >"$TRUST/release.sig"
    python3 "$TESTS/support/image_store.py" sign "$TRUST/store" "$TRUST/release.sig"
}

trust_teardown_file() {
    [ -z "${GNUPGHOME:-}" ] || gpgconf --kill all
    base_teardown_file
}

# What is missing leaves the whole file out, and says so.
trust_tools() {
    local tool
    for tool in gpg gpgv gpgconf python3; do
        command -v "$tool" >/dev/null || skip "$tool is not installed"
    done
    [ -x "$(dirname "$THWART")/thwart-gpg" ] || skip "this build has no thwart-gpg"
}

# new_key NAME [gpg OPTION...]: one that signs; its public half is KEYS/NAME.gpg.
new_key() {
    local name=$1
    shift
    gpg --quiet --batch --passphrase '' "$@" --quick-generate-key "$name@example.test" ed25519 sign "${KEY_EXPIRES:-0}" &&
        export_key "$name"
}

export_key() {
    gpg --quiet --export "$1@example.test" >"$KEYS/$1.gpg" && fingerprint_of "$1" >"$KEYS/$1.fingerprint"
}

fingerprint_of() {
    gpg --with-colons --list-keys "$1@example.test" | awk -F: '$1 == "fpr" { print $10; exit }'
}

# --- signing -----------------------------------------------------------------------------------------------------------------

# payload [REFERENCE [DIGEST [OPTIONAL]]]: the JSON that is signed.
payload() {
    printf '{"critical":{"identity":{"docker-reference":"%s"},"image":{"docker-manifest-digest":"%s"},"type":"atomic container signature"},"optional":%s}' \
        "${1-$NAME}" "${2:-$MANIFEST}" "${3:-"{}"}"
}

# sign KEY [gpg OPTION...]: what comes by standard input, as containers/image does.
sign() {
    local key=$1
    shift
    gpg --quiet --batch --yes --pinentry-mode loopback --passphrase '' -u "${key%!}@example.test" "$@" --sign
}

# --- what is demanded --------------------------------------------------------------------------------------------------------

# demand IMAGE-SECTION: this policy alone.
demand() {
    printf '{"thwart": 1, "name": "signed", "image": %s}\n' "$1" >"$WORK/signed.json"
    GLOBALS=(--policy "$WORK/signed.json")
    [ ! -e "$WORK/thwart.json" ] || GLOBALS+=(--configuration "$WORK/thwart.json")
}

# signed_by KEY...: one of them, for the repository.
signed_by() {
    local each list=''
    for each; do list+="${list:+, }\"$KEYS/$each.gpg\""; done
    printf '{"require": 1, "keys": [%s], "identity": {"type": "exactRepository", "dockerRepository": "%s"}}' "$list" "$REPOSITORY"
}

# demand_release [LEVEL]
demand_release() {
    demand "{\"signature\": $(signed_by release)${1:+, \"integrity\": \"$1\"}}"
}

# --- a plain bundle with the image's documents --------------------------------------------------------------------------------

# plain [SIGNATURE-FILE...]
plain() {
    local each number=0
    mkdir -p "$BUNDLE/thwart.image"
    rm -f "$BUNDLE"/thwart.image/signature-*
    cp "$TRUST/store/manifest.json" "$TRUST/store/config.json" "$BUNDLE/thwart.image/"
    echo "$NAME" >"$BUNDLE/thwart.image/name"
    for each; do
        number=$((number + 1))
        cp "$each" "$BUNDLE/thwart.image/signature-$number"
    done
}

# --- a bundle in a store -----------------------------------------------------------------------------------------------------

# stacked: a copy of the store for this test, in STORE; LAYER holds the layers' directories, bottom first; nothing is mounted.
stacked() {
    local each
    STORE=$WORK/store
    cp -a "$TRUST/store" "$STORE"
    LAYER=()
    for each in $LAYERS; do LAYER+=("$STORE/overlay/$each/diff"); done
    UPPER=$STORE/overlay/$TOP/diff MERGED=$STORE/overlay/$TOP/merged
    BUNDLE=$STORE/overlay-containers/$CONTAINER/userdata
    cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
    config '.root.path = $p' --arg p "$MERGED"
    ROOT=$MERGED
}

# mounted [LAYER-DIRECTORY...]: the overlay, of these (topmost first) or of the image's layers.
mounted() {
    local each lowers=''
    [ $# -gt 0 ] || set -- "${LAYER[2]}" "${LAYER[1]}" "${LAYER[0]}"
    for each; do lowers+="${lowers:+:}$each"; done
    mount -t overlay overlay -o "lowerdir=$lowers,upperdir=$UPPER,workdir=${UPPER%/diff}/work${MOUNT_OPTIONS:+,$MOUNT_OPTIONS}" "$MERGED"
}

# What earlier tests found out is forgotten: each sees gpg asked.
trust_setup() {
    base_setup
    rm -rf /run/thwart/@trust
    # shellcheck disable=SC1091
    . "$TRUST/store/facts"
    program /bin/probe report
}

trust_teardown() {
    local each
    # What a test has mounted, the last first.
    awk -v work="$WORK/" 'index($5, work) == 1 { print $5 }' /proc/self/mountinfo | tac | while read -r each; do umount "$each"; done
    base_teardown
}

# --- verdicts ----------------------------------------------------------------------------------------------------------------

# untrusted PATTERN: the bundle is refused by the policy with such words, and leaves nothing.
untrusted() {
    refused_run "$1" || return 1
    grep -q 'policy denied' "$WORK/refused.err" || {
        echo "refused, but not by policy: $(cat "$WORK/refused.err")" >&2
        return 1
    }
}

# runs: it is accepted, and the container runs to its end.
runs() {
    look
    rt delete --force "$ID"
}
