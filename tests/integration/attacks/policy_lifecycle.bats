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

# fake BODY: a delegate that is a script; the document that follows --resources is in $WORK/resources.
fake() {
    mkdir -p "$WORK/bin"
    printf '#!/bin/sh\nfor w; do [ "$last" != --resources ] || cat "$w" >%q; last=$w; done\n%s\n' "$WORK/resources" "$1" >"$WORK/bin/delegate"
    chmod 0755 "$WORK/bin" "$WORK/bin/delegate"
}

@test "update through a delegate: the bound on swap goes on with the limits that were asked for" {
    fake 'exit 0'
    policy tight '"resources": {"swap": {"value": "1M", "ifUnsupported": "note"}, "memory": {"value": "1G", "ifUnsupported": "note"}}'
    grep -qw memory /sys/fs/cgroup/cgroup.controllers || skip "controllers such as memory are not in this machine's v2 tree"
    GLOBALS=(--delegate "$WORK/bin/delegate" --policy "$WORK/tight.json")
    config '.linux.resources.memory = {limit: 1048576, swap: 1048576}'
    rt create --bundle "$BUNDLE" "$ID"
    rt update --memory 2m --memory-swap -1 "$ID"
    [ "$(jq -r '.unified["memory.swap.max"]' "$WORK/resources")" = 1048576 ]
}

# An image's author may have written them: another filter, a wider cgroup, a program on the host.
@test "annotations by which a delegate undoes what policies bound are refused, unless a policy allows them" {
    local each
    fake 'exit 0'
    policy quiet '"process": {"noNewPrivileges": true}'
    GLOBALS=(--delegate "$WORK/bin/delegate" --policy "$WORK/quiet.json")
    for each in run.oci.seccomp_bpf_data run.oci.handler org.criu.config org.systemd.property.DeviceAllow io.katacontainers.config.hypervisor.path dev.gvisor.spec.mount.x.source; do
        config '.annotations = {($k): "x"}' --arg k "$each"
        run -1 rt create --bundle "$BUNDLE" "$ID" </dev/null
        [[ $output == *TW1101*"$each"* ]]
    done
    config '.annotations = {"org.systemd.property.TimeoutStopUSec": "uint64 1", "org.opencontainers.image.title": "x"}'
    rt create --bundle "$BUNDLE" "$ID" </dev/null
    rt delete --force "$ID"
    policy loud '"process": {"noNewPrivileges": true}, "annotations": {"acting": {"allow": ["run.oci.handler"]}}'
    config '.annotations = {"run.oci.handler": "krun"}'
    GLOBALS=(--delegate "$WORK/bin/delegate" --policy "$WORK/loud.json")
    rt create --bundle "$BUNDLE" "$ID" </dev/null
    GLOBALS+=(--policy "$WORK/quiet.json")
    another_id two
    run -1 rt create --bundle "$BUNDLE" "$OTHER" </dev/null
    [[ $output == *TW1101*quiet.json* ]]
    GLOBALS=(--delegate "$WORK/bin/delegate" --policy unrestricted)
    rt create --bundle "$BUNDLE" "$OTHER" </dev/null
}
