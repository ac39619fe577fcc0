#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Recipe T13: five capability sets, for run and exec, root and not, with and without a user namespace.
load suite

sets() {
    config '.process.capabilities = '"$1"
}

# see_sets BOUNDING EFFECTIVE PERMITTED INHERITABLE AMBIENT: JSON lists of short names.
see_sets() {
    local set value
    for set in bounding effective permitted inheritable ambient; do
        value=$1
        shift
        see ".capabilities.$set | map(ltrimstr(\"CAP_\")) | sort" "$(jq -c sort <<<"$value")"
    done
}

@test "uid 0: the sets are the configuration's, inheritable and ambient empty unless named" {
    sets '{bounding: ["CAP_CHOWN","CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL","CAP_CHOWN"]}'
    look
    # A program run by root gains permitted and effective from the bounding set at exec.
    see_sets '["CHOWN","KILL"]' '["CHOWN","KILL"]' '["CHOWN","KILL"]' '[]' '[]'
}

@test "uid 1000: without ambient nothing survives the exec" {
    sets '{bounding: ["CAP_CHOWN","CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"]}'
    config '.process.user = {uid: 1000, gid: 1000}'
    look
    see_sets '["CHOWN","KILL"]' '[]' '[]' '[]' '[]'
}

@test "uid 1000: ambient with inheritable survives" {
    sets '{bounding: ["CAP_CHOWN","CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"], inheritable: ["CAP_KILL"], ambient: ["CAP_KILL"]}'
    config '.process.user = {uid: 1000, gid: 1000}'
    look
    see_sets '["CHOWN","KILL"]' '["KILL"]' '["KILL"]' '["KILL"]' '["KILL"]'
}

@test "ambient without inheritable is dropped, as the kernel demands; that is for the log, and no line in what the container prints" {
    sets '{bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"], ambient: ["CAP_KILL"]}'
    config '.process.user = {uid: 1000, gid: 1000}'
    look
    see_sets '["KILL"]' '[]' '[]' '[]' '[]'
    rt run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null
    [ ! -s "$WORK/err" ]
    rt --debug run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null
    grep -q 'debug: .*ambient: CAP_KILL: left out' "$WORK/err"
    rt --log "$WORK/log" run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null
    [ ! -s "$WORK/err" ]
    grep -q 'warning.*ambient: CAP_KILL: left out' "$WORK/log"
}

@test "no capabilities object, or an empty one: no rights at all" {
    config 'del(.process.capabilities)'
    look
    see_sets '[]' '[]' '[]' '[]' '[]'
    config '.process.capabilities = {}'
    look
    see_sets '[]' '[]' '[]' '[]' '[]'
}

@test "the bounding set is empty of everything not named, the kernel's newest included" {
    sets '{bounding: ["CAP_CHECKPOINT_RESTORE","CAP_BPF"], effective: [], permitted: []}'
    look
    see '.capabilities.bounding | sort' '["CAP_BPF","CAP_CHECKPOINT_RESTORE"]'
}

@test "no_new_privs changes none of it" {
    sets '{bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"], inheritable: ["CAP_KILL"], ambient: ["CAP_KILL"]}'
    config '.process.user = {uid: 1000, gid: 1000}'
    local value
    for value in true false; do
        config ".process.noNewPrivileges = $value"
        look
        see .no_new_privs "$value"
        see_sets '["KILL"]' '["KILL"]' '["KILL"]' '["KILL"]' '["KILL"]'
    done
}

@test "in a user namespace" {
    user_namespace
    sets '{bounding: ["CAP_CHOWN","CAP_SYS_ADMIN"], effective: ["CAP_SYS_ADMIN","CAP_CHOWN"], permitted: ["CAP_SYS_ADMIN","CAP_CHOWN"]}'
    look
    see_sets '["CHOWN","SYS_ADMIN"]' '["CHOWN","SYS_ADMIN"]' '["CHOWN","SYS_ADMIN"]' '[]' '[]'
    config '.process.user = {uid: 1000, gid: 1000}'
    look
    see_sets '["CHOWN","SYS_ADMIN"]' '[]' '[]' '[]' '[]'
}

# config.md, "Linux Process": what cannot be mapped to the kernel is logged as a warning, and the container runs.
@test "an unknown capability is a warning, in the log where there is one" {
    sets '{bounding: ["CAP_KILL","CAP_NO_SUCH_THING"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"]}'
    look
    see .capabilities.bounding '["CAP_KILL"]'
    grep -q 'warning.*CAP_NO_SUCH_THING' "$WORK/err"
    rt --log "$WORK/log" --log-format json run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null
    [ ! -s "$WORK/err" ]
    jq -e '.level == "warning" and (.msg | test("CAP_NO_SUCH_THING"))' "$WORK/log"
    start_container
    refused 'CAP_NO_SUCH_THING: unknown capability' rt exec --cap CAP_NO_SUCH_THING "$ID" /bin/true
}

@test "a capability that the machine does not have is reported, and the container runs (docker --privileged)" {
    capsh --print | grep -q 'Bounding set.*cap_sys_resource' && skip "this machine has CAP_SYS_RESOURCE"
    sets '{bounding: ["CAP_KILL","CAP_SYS_RESOURCE"], effective: ["CAP_KILL","CAP_SYS_RESOURCE"], permitted: ["CAP_KILL","CAP_SYS_RESOURCE"]}'
    look
    see_sets '["KILL"]' '["KILL"]' '["KILL"]' '[]' '[]'
}

@test "securebits are clear" {
    look
    see .securebits 0
}

@test "exec has the container's sets" {
    sets '{bounding: ["CAP_CHOWN","CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL","CAP_CHOWN"]}'
    start_container
    look_exec "$ID" /bin/probe
    see_sets '["CHOWN","KILL"]' '["CHOWN","KILL"]' '["CHOWN","KILL"]' '[]' '[]'
    look_exec --user 1000:1000 "$ID" /bin/probe
    see_sets '["CHOWN","KILL"]' '[]' '[]' '[]' '[]'
}

@test "exec --cap: bounding, permitted, effective only; nothing inheritable or ambient" {
    sets '{bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"]}'
    start_container
    look_exec --cap CAP_CHOWN --cap CAP_KILL "$ID" /bin/probe
    see .capabilities.inheritable '[]'
    see .capabilities.ambient '[]'
    see_that '.capabilities.bounding - ["CAP_CHOWN","CAP_KILL"] == []'
}

@test "exec --process is bounded: its sets are exactly those of the file" {
    sets '{bounding: ["CAP_CHOWN","CAP_KILL"], effective: ["CAP_KILL","CAP_CHOWN"], permitted: ["CAP_KILL","CAP_CHOWN"]}'
    start_container
    jq '.process | .capabilities = {bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"]} | .args = ["/bin/probe"]' \
        "$BUNDLE/config.json" >"$WORK/process.json"
    look_exec --process "$WORK/process.json" "$ID"
    see_sets '["KILL"]' '["KILL"]' '["KILL"]' '[]' '[]'
}
