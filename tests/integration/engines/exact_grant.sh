# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# That a container has exactly what its policies granted: sourced in a world (world.sh), with policies.sh.

# The rules that narrow an engine's usual container then.
NARROWED="TW0204 TW0205 TW0206 TW0210 TW0401 TW0407 TW0408 TW0801"

# A policy that narrows in every way that this machine can enforce.
use_narrow_policy() {
    use_policy_with restricted <<'POLICY'
{"thwart": 1, "name": "site", "extends": ["restricted"],
 "process": {"rlimits": {"NOFILE": 512, "CORE": 0}, "oomScoreAdj": {"min": 200}},
 "filesystem": {"rootReadonly": true, "maskedPaths": ["/etc/plain-text", "/proc/keys"], "readonlyPaths": ["/home"]},
 "syscalls": {"deny": ["keyctl", "io_uring_setup"]}}
POLICY
}

# What is in front of the runtime where a user asks it.
RUNTIME_AS=()

# granted_state: the state directory of the one container whose policies are on record.
granted_state() {
    find /run -path "$WORLD" -prune -o -name bounds.json -printf '%h\n' 2>/dev/null | head -1 | grep .
}

# absent_paths CONFIGURATION: what of its masked and read-only paths is neither this kernel's nor in the image.
absent_paths() {
    local path
    jq -r '.linux | (.maskedPaths // [])[], (.readonlyPaths // [])[]' "$1" | while read -r path; do
        [ -e "$path" ] && [[ $path == /proc/* || $path == /sys/* ]] || [ -e "$ROOTFS$path" ] || echo "$path"
    done | jq -R . | jq -cs .
}

# exactly_granted RULES -- COMMAND...: the command runs its arguments in a container, with an input. The shell waits until the
# record has been read, and is then replaced by the probe: it is the container's first process all the time. The state names
# the policies, explain names each of the rules as one that narrows, and the probe finds what was granted, no more, no less.
exactly_granted() {
    local rules=$1 directory=$WORLD/exact container state client
    shift 2
    rm -rf "$directory" && mkdir "$directory" && mkfifo "$directory/input" || return
    timeout -k 1 40 "$@" sh -c 'read -r go && exec probe report' <"$directory/input" >"$directory/report" 2>"$directory/errors" &
    client=$!
    exec 9>"$directory/input"
    await 20 granted_state || { cat "$directory/errors" >&2; return 1; }
    state=$(granted_state)
    container=${state##*/}
    # "created" is not yet "started": the input is read by whoever runs.
    await 20 is_running "${state%/*}" "$container" || { echo "$container does not run" >&2; return 1; }
    cp "$state/config.json" "$directory/granted.json"
    "${RUNTIME_AS[@]}" "$RUNTIME_PATH" --root "${state%/*}" state "$container" >"$directory/state.json" || return
    explained "$directory" "$rules"
    echo go >&9
    exec 9>&-
    wait "$client" || { cat "$directory/errors" >&2; return 1; }
    compare_with_grant "$directory"
}

is_running() {
    [ "$("${RUNTIME_AS[@]}" "$RUNTIME_PATH" --root "$1" state "$2" | jq -r .status)" = running ]
}

# explained DIRECTORY RULES: the same is told of the bundle as was decided.
explained() {
    jq -r '.annotations["io.thwart.policies"]' "$1/state.json" | sed 's/@sha256:[0-9a-f]*//g' >"$1/policies"
    "${RUNTIME_AS[@]}" "$RUNTIME_PATH" policy explain --format json --bundle "$(jq -r .bundle "$1/state.json")" >"$1/explained.json"
    jq -r '[.findings[] | select(.effect == "narrowed").rule] | unique | join(" ")' "$1/explained.json" >"$1/narrowed"
    printf '%s\n' "$2" >"$1/expected"
}

compare_with_grant() {
    local wrong
    wrong=$(jq -r --argjson granted "$(cat "$1/granted.json")" --argjson absent "$(absent_paths "$1/granted.json")" \
        -f "$WORLD/scripts/exact_grant.jq" "$1/report") || return
    printf '%s' "$wrong" >&2
    [ -z "$wrong" ] && diff "$1/expected" "$1/narrowed" >&2 && grep -q site "$1/policies" && jq -e '.effect == "narrowed"' "$1/explained.json"
}

# exact RULES -- COMMAND...: under the narrow policy the container's first process has what was granted, and nothing else.
exact() {
    use_narrow_policy
    check "policy: the first process finds exactly what was granted" -t 60 -- exactly_granted "$@"
}
