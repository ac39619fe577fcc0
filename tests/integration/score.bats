#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# thwart score from the command line: statuses, files of weights, several bundles, before and after policies. What it says of
# samples is in tests/golden/score, its laws are in tests/property/score_laws.c.
load suite

setup() {
    base_setup
    SAMPLES=$(cd "$TESTS/samples/bundles" && pwd)
    mkdir "$WORK/scratch"
    cd "$WORK/scratch" || return 1
}

# score_of FILE OPTION...: the grant's.
score_of() {
    local file=$1
    shift
    rt score --format json "$@" "$file" | jq '.bundles[0].grant.score'
}

@test "score: a folder, a configuration, the working directory, several of them" {
    mkdir one
    cp "$SAMPLES/docker-default.json" one/config.json
    run -0 rt score one
    [[ ${lines[0]} == 'one/config.json: '*' of 10 ('*' points); the request scores '* ]]
    (cd one && rt score) | head -n 1 | grep -q '^\./config.json: '
    rt score --format json one "$SAMPLES/podman-default.json" >both
    jq -e '.bundles | map(.bundle) == ["one", "'"$SAMPLES"'/podman-default.json"]' both
    # The first that cannot be read ends it, by name.
    run -2 rt score one nothing
    [[ $output == *nothing* ]]
    mkdir two
    echo '{' >two/config.json
    run -2 rt score two
    [[ $output =~ config\.json:[0-9]+:[0-9]+: ]]
}

@test "score: --threshold is about what is granted" {
    rt score --policy unrestricted --threshold 10 "$SAMPLES/docker-privileged.json"
    run -1 rt score --policy unrestricted --threshold 5.5 "$SAMPLES/docker-privileged.json"
    run -1 rt score --policy unrestricted -t 0 "$SAMPLES/docker-caps.json"
    # Refused: nothing runs.
    run -0 rt score --policy baseline --threshold 0 "$SAMPLES/docker-privileged.json"
    [[ ${lines[0]} == *'0.0 of 10: refused'* ]]
    local bad
    for bad in '' 11 -1 5. 5.55 .5 x 10.1 99999999999; do
        run -2 rt score --threshold "$bad" "$SAMPLES/docker-caps.json"
    done
}

@test "score: policies lower it, and the terms say which" {
    rt spec
    jq -n '{thwart: 1, name: "less", process: {noNewPrivileges: true, capabilities: {allow: []}},
            resources: {memory: "64M", pids: 10}, syscalls: {default: "errno:EPERM", allow: ["@default"]}}' >less.json
    jq '.process.noNewPrivileges = false' config.json >config.new
    mv config.new config.json
    rt score --policy less.json --format json . >after
    jq -e '.bundles[0] | .grant.score < .request.score
        and (.terms | map(select(.requested and (.granted | not)) | .term) | contains(["cap-kill", "may-gain-privileges", "no-seccomp", "no-memory-limit"]))' after
    rt score --policy less.json . | sed -n '/^What policies took away:/,$p' | grep -q 'no-seccomp'
    # Where it stands.
    [ "$(jq '.bundles[0].terms[] | select(.term == "may-gain-privileges").line' after)" = "$(grep -n noNewPrivileges config.json | cut -d: -f1)" ]
}

@test "score: --weights in place of what is built in, with line and column of mistakes" {
    rt spec
    echo '{"thwart-score": 1, "half": 10, "terms": {"root-user": {"weight": 10}}}' >weights.json
    [ "$(score_of . --policy unrestricted --weights weights.json)" = 5.0 ] || [ "$(score_of . --policy unrestricted --weights weights.json)" = 5 ]
    rt score --policy unrestricted --weights weights.json . | grep -q 'root-user  *is user 0'
    printf '{"thwart-score": 1, "half": 10,\n "terms": {"rot-user": {"weight": 10}}}' >weights.json
    run -2 rt score --weights weights.json .
    [[ $output == *'weights.json:2:'*'there is no term "rot-user"'* ]]
    printf '{"thwart-score": 1, "half": 10, "terms": {},\n "term": {}}' >weights.json
    run -2 rt score --weights weights.json .
    [[ $output == *'weights.json:2:'* ]]
    run -2 rt score --weights nothing.json .
}

@test "score: needs no root" {
    rt spec
    chmod -R a+rX "$WORK"
    setpriv --reuid 65534 --regid 65534 --clear-groups "$THWART" score --policy unrestricted "$WORK/scratch" | grep -q ' of 10 '
}
