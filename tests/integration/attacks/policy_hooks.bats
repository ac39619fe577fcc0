#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What a policy has decided on is what runs: hooks that are exchanged between the decision and their turn, and after it.
load ../suite

# bounded SECTIONS: this policy alone.
bounded() {
    printf '{"thwart": 1, "name": "bounds", %s}\n' "$1" >"$WORK/bounds.json"
    GLOBALS=(--policy "$WORK/bounds.json")
}

# allowed PATTERN [FILE]: one hook, with the contents of FILE.
allowed() {
    local digest=
    [ -z "${2:-}" ] || digest=", \"sha256\": \"$(sha256sum "$2" | cut -d' ' -f1)\""
    bounded "\"hooks\": {\"allow\": [{\"path\": \"$WORK/$1\"$digest}]}"
}

# hook_file NAME WORD: a script that writes WORD, and its name for itself.
hook_file() {
    mkdir -p "$(dirname "$WORK/$1")"
    printf '#!/bin/sh\necho "%s $0" >>%s/ran\n' "$2" "$WORK" >"$WORK/$1.new"
    chmod 0755 "$WORK/$1.new"
    mv "$WORK/$1.new" "$WORK/$1"
}

ran() {
    cut -d' ' -f1 "$WORK/ran" 2>/dev/null || true
}

# racing ROUNDS: what changes all the time is the good one, or nothing runs; both come to pass.
racing() {
    local round refused=0 good=0
    program /bin/true
    for ((round = 0; round < $1; round++)); do
        rm -f "$WORK/ran"
        if ! rt run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null; then
            grep -qE 'TW100[12]|not what the policy decided on' "$WORK/err"
            refused=1
        fi
        [ "$(ran | sort -u)" = good ] || [ -z "$(ran)" ]
        [ -z "$(ran)" ] || good=1
    done
    [ "$refused$good" = 11 ]
}

@test "a link to a hook that is exchanged all the time: the program that was decided on, or none" {
    mkdir "$WORK/allowed-names" "$WORK/allowed-programs" "$WORK/elsewhere"
    cp "$(command -v busybox)" "$WORK/allowed-programs/good"
    cp "$(command -v busybox)" "$WORK/elsewhere/evil"
    ln -s ../allowed-programs/good "$WORK/allowed-names/it"
    ln -s ../elsewhere/evil "$WORK/allowed-names/other"
    allowed 'allowed-*/*'
    background "$SUPPORT/exchange_racer" "$WORK/allowed-names/it" "$WORK/allowed-names/other"
    config '{path: $p, args: ["sh", "-c", $c]} as $hook | .hooks = {prestart: [$hook], createContainer: [$hook]}' \
        --arg p "$WORK/allowed-names/it" --arg c "readlink /proc/\$\$/exe | sed 's|.*/||' >>$WORK/ran"
    racing 30
}

@test "a script's contents that are exchanged all the time: those that were decided on, or none" {
    hook_file names/it good
    hook_file names/other evil
    allowed 'names/*' "$WORK/names/it"
    background "$SUPPORT/exchange_racer" "$WORK/names/it" "$WORK/names/other"
    config '{path: $p} as $hook | .hooks = {createRuntime: [$hook], createContainer: [$hook], poststart: [$hook]}' \
        --arg p "$WORK/names/it"
    racing 30
}

# later_hook: a container is created whose poststop hook is names/it.
later_hook() {
    config '.hooks.poststop = [{path: $p}]' --arg p "$WORK/names/it"
    program /bin/true
    rt create --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>&1
    rm -f "$WORK/ran"
}

@test "a hook of a later command: its package may be updated, its place may not change" {
    mkdir "$WORK/elsewhere"
    hook_file names/it good
    hook_file elsewhere/evil evil
    allowed 'names/*'
    later_hook
    hook_file names/it updated
    rt delete --force "$ID"
    [ "$(cat "$WORK/ran")" = "updated $WORK/names/it" ]

    later_hook
    ln -sf ../elsewhere/evil "$WORK/names/it"
    run rt delete --force "$ID"
    [ ! -e "$WORK/ran" ]
    [[ $output = *poststop*"not what the policy decided on"* ]]
}

@test "a hook of a later command whose contents were decided on" {
    hook_file names/it good
    allowed 'names/*' "$WORK/names/it"
    later_hook
    rt delete --force "$ID"
    [ "$(cat "$WORK/ran")" = "good /dev/fd/3" ]

    later_hook
    hook_file names/it updated
    run rt delete --force "$ID"
    [ ! -e "$WORK/ran" ]
    [[ $output = *poststop*"not what the policy decided on"* ]]
}

@test "a judged hook has its arguments, its environment, the state, and no descriptor of ours" {
    printf '#!/bin/sh\ncat >%s/state\necho "$0 $1 $A" >%s/ran\n' "$WORK" "$WORK" >"$WORK/script"
    chmod 0755 "$WORK/script"
    allowed script
    config '.hooks.prestart = [{path: $p, args: ["name", "x"], env: ["A=b", "PATH=/usr/bin:/bin"]}]' --arg p "$WORK/script"
    program /bin/true
    rt run --bundle "$BUNDLE" "$ID" </dev/null
    [ "$(cat "$WORK/ran")" = "$WORK/script x b" ]
    [ "$(jq -r .id <"$WORK/state")" = "$ID" ]

    cp "$(command -v busybox)" "$WORK/hook"
    allowed hook "$WORK/hook"
    config '.hooks.prestart = [{path: $p, args: ["sh", "-c", $c]}]' --arg p "$WORK/hook" \
        --arg c "for n in 0 1 2 3 4 5 6 7 8 9; do [ ! -e /proc/\$\$/fd/\$n ] || echo \$n; done >$WORK/ran"
    rt run --bundle "$BUNDLE" "$ID" </dev/null
    [ "$(tr '\n' ' ' <"$WORK/ran")" = "0 1 2 " ]
}
