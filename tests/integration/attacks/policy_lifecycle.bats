#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Ways past the bounds that begin after the decision: commands upon a container that runs, another runtime behind the gate,
# files that somebody else wrote, and fields that look harmless.
load ../suite

# policy NAME SECTIONS: a policy of that name, in $WORK/NAME.json.
policy() {
    printf '{\n  "thwart": 1,\n  "name": "%s",\n  %s\n}\n' "$1" "$2" >"$WORK/$1.json"
}

# delegate NAME POLICY SECTIONS: crun or runc behind the gate, under that policy.
delegate() {
    peer "$1"
    policy "$2" "$3"
    GLOBALS=(--delegate "$PEER" --policy "$WORK/$2.json")
}

# --- a delegate --------------------------------------------------------------------------------------------------------

# What an exec leaves unsaid is as in the container; peers take it for "no".
joins_no_weaker() {
    delegate "$1" tight '"process": {"noNewPrivileges": true, "capabilities": {"allow": ["CHOWN"]}}'
    config '.process.capabilities = {bounding: ["CAP_CHOWN"]} | .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 64, hard: 64}]'
    start_container
    echo '{"cwd": "/", "args": ["/bin/probe"], "env": ["PATH=/bin"], "user": {"uid": 0, "gid": 0}}' >"$WORK/process.json"
    look_exec --process "$WORK/process.json" "$ID"
    see .no_new_privs true
    see .capabilities.bounding '["CAP_CHOWN"]'
    see .rlimits.RLIMIT_NOFILE.hard 64
}

@test "crun behind the gate: exec --process that says nothing gets no more than the container" { joins_no_weaker crun; }
@test "runc behind the gate: exec --process that says nothing gets no more than the container" { joins_no_weaker runc; }
