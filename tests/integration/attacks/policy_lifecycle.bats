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

@test "members for other platforms are not handed on under a policy: a hypervisor is a program of the host" {
    fake 'exit 0'
    policy quiet '"process": {"noNewPrivileges": true}'
    GLOBALS=(--delegate "$WORK/bin/delegate" --policy "$WORK/quiet.json")
    config '.vm = {hypervisor: {path: "/evil"}, kernel: {path: "/evil"}} | .zos = {} | .freebsd = {} | .windows = {layerFolders: ["x"]} | .solaris = {}'
    rt create --bundle "$BUNDLE" "$ID" </dev/null
    [ "$(jq -c '[.vm, .zos, .freebsd, .windows, .solaris]' "/run/thwart/@delegated/$ID/bundle/config.json")" = '[null,null,null,null,null]' ]
    policy strict '"unknownFields": "refuse"'
    GLOBALS=(--delegate "$WORK/bin/delegate" --policy "$WORK/strict.json")
    another_id two
    run -1 rt create --bundle "$BUNDLE" "$OTHER" </dev/null
    [[ $output == *TW0002*/vm* ]]
}

@test "exec --cgroup does not lead out of the container's, whoever is behind the gate" {
    fake 'exit 0'
    GLOBALS=(--delegate "$WORK/bin/delegate" --policy unrestricted)
    rt create --bundle "$BUNDLE" "$ID" </dev/null
    refused 'without ".."' rt exec --cgroup ../other "$ID" /bin/true
    refused 'without ".."' rt exec --cgroup a/../../other "$ID" /bin/true
    rt exec --cgroup a/b "$ID" /bin/true
}

# --- what was written by whom --------------------------------------------------------------------------------------------

# configuration MEMBERS: thwart.json of this test; used from here on.
configuration() {
    printf '{"thwart": 1, %s}\n' "$1" >"$WORK/thwart.json"
    GLOBALS=(--configuration "$WORK/thwart.json")
}

# denied WORD...: the container is refused, with these words.
denied() {
    local word
    run -1 rt run --bundle "$BUNDLE" "$ID" </dev/null
    for word; do
        [[ $output == *"$word"* ]] || {
            echo "$output" >&2
            return 1
        }
    done
}

@test "a folder of policies that others can put something in the place of" {
    mkdir -p "$WORK/open/etc/policies" "$WORK/real"
    policy tight '"process": {"capabilities": {"allow": ["CHOWN"]}}'
    mv "$WORK/tight.json" "$WORK/real/"
    cp "$WORK/real/tight.json" "$WORK/open/etc/policies/"
    configuration "\"policies\": [\"$WORK/open/etc/policies\"], \"waivers\": []"
    look
    # A directory above, writable for all.
    chmod 0777 "$WORK/open"
    denied "open on the way to it can be changed by others"
    chmod 0755 "$WORK/open"
    # … or another's.
    chown "$TEST_UID" "$WORK/open/etc"
    denied "etc on the way to it"
    chown 0 "$WORK/open/etc"
    # A link into such a place: of the folder, and of a file in it.
    mkdir -m 0777 "$WORK/loose"
    mkdir -m 0755 "$WORK/loose/policies"
    cp "$WORK/real/tight.json" "$WORK/loose/policies/"
    rm -r "$WORK/open/etc/policies"
    ln -s ../../loose/policies "$WORK/open/etc/policies"
    denied "loose on the way to it"
    rm "$WORK/open/etc/policies"
    mkdir "$WORK/open/etc/policies"
    ln -s ../../../loose/policies/tight.json "$WORK/open/etc/policies/tight.json"
    denied "loose on the way to it"
    chmod 0755 "$WORK/loose"
    look
    # In a sticky directory what others own may be theirs to exchange; what is ours may not.
    chmod 1777 "$WORK/loose"
    look
    chown "$TEST_UID" "$WORK/loose/policies"
    denied "policies on the way to it"
    # A circle of links ends.
    ln -sfn circle "$WORK/circle"
    configuration "\"policies\": [\"$WORK/circle\"], \"waivers\": []"
    denied "$WORK/circle"
}

@test "thwart.json and waivers on an open way are refused as well" {
    mkdir -p "$WORK/open/way"
    echo '{"thwart": 1, "waivers": []}' >"$WORK/open/way/w.json"
    configuration "\"policies\": [], \"waivers\": [\"$WORK/open/way\"]"
    look
    chmod 0777 "$WORK/open"
    denied "open on the way to it"
    configuration "\"policies\": [], \"waivers\": [\"$WORK/open/way/w.json\"]"
    denied "open on the way to it"
    echo '{"thwart": 1, "default": "unrestricted"}' >"$WORK/open/way/thwart.json"
    GLOBALS=(--configuration "$WORK/open/way/thwart.json")
    denied "open on the way to it"
}

@test "what is no file of policies: a fifo, a device, a directory, a file that is too large" {
    mkdir "$WORK/site"
    configuration "\"policies\": [\"$WORK/site\"], \"waivers\": []"
    mkfifo "$WORK/site/a.json"
    denied "not a regular file"
    rm "$WORK/site/a.json"
    ln -s /dev/zero "$WORK/site/a.json"
    denied "not a regular file"
    rm "$WORK/site/a.json"
    mkdir "$WORK/site/a.json"
    denied "not a regular file"
    rmdir "$WORK/site/a.json"
    truncate -s 5M "$WORK/site/a.json"
    denied "$WORK/site/a.json"
}

@test "--policy cannot stand in the place of a shipped policy that a mandatory one extends" {
    mkdir "$WORK/site"
    policy ours '"extends": ["baseline"]'
    mv "$WORK/ours.json" "$WORK/site/"
    configuration "\"policies\": [\"$WORK/site\"], \"waivers\": []"
    all_capabilities
    denied CAP_SYS_ADMIN
    policy baseline '"description": "bounds nothing"'
    GLOBALS+=(--policy "$WORK/baseline.json")
    denied '"baseline"' "shipped"
}

@test "a policy on trial does not take the place of the default" {
    mkdir "$WORK/site"
    policy trial '"mode": "audit", "process": {"capabilities": {"allow": ["CHOWN"]}}'
    mv "$WORK/trial.json" "$WORK/site/"
    configuration "\"policies\": [\"$WORK/site\"], \"waivers\": []"
    all_capabilities
    denied CAP_SYS_ADMIN baseline.json
    # Nor does one that is named, beside a default that is not baseline.
    policy strict '"process": {"user": {"root": "deny"}}'
    mkdir "$WORK/other"
    sed 's/"name": "strict",/& "when": {"annotations": {"no": "*"}},/' "$WORK/strict.json" >"$WORK/other/strict.json"
    configuration "\"policies\": [\"$WORK/other\"], \"default\": \"strict\", \"waivers\": []"
    GLOBALS+=(--policy "$WORK/site/trial.json")
    denied TW0201 strict.json
}

@test "bounds that were exchanged, cut or edited are not believed" {
    policy closed '"lifecycle": {"exec": "deny"}'
    policy open '"sysctls": {"allow": []}'
    GLOBALS=(--policy "$WORK/closed.json")
    start_container
    another_id open
    GLOBALS=(--policy "$WORK/open.json")
    rt create --bundle "$BUNDLE" "$OTHER" </dev/null
    GLOBALS=()
    refused TW1401 rt exec "$ID" /bin/true
    cp "/run/thwart/$ID/bounds.json" "$WORK/kept"
    # Another container's.
    cp "/run/thwart/$OTHER/bounds.json" "/run/thwart/$ID/bounds.json"
    refused "not those that it was created under" rt exec "$ID" /bin/true
    refused "not those that it was created under" rt update --pids-limit 10 "$ID"
    # None at all, of the right form.
    echo '{"version": 1, "policies": []}' >"/run/thwart/$ID/bounds.json"
    refused "not those that it was created under" rt exec "$ID" /bin/true
    # The same name with other words.
    sed 's/\\"deny\\"/\\"allow\\"/' "$WORK/kept" >"/run/thwart/$ID/bounds.json"
    refused "not those that it was created under" rt exec "$ID" /bin/true
    # Cut off at every few bytes: never obeyed.
    for ((cut = 0; cut < $(wc -c <"$WORK/kept") - 2; cut += 23)); do
        head -c "$cut" "$WORK/kept" >"/run/thwart/$ID/bounds.json"
        run rt exec "$ID" /bin/true
        [ "$status" != 0 ]
    done
    cp "$WORK/kept" "/run/thwart/$ID/bounds.json"
    refused TW1401 rt exec "$ID" /bin/true
    rt kill "$ID" KILL
}

# --- a process that joins ----------------------------------------------------------------------------------------------

@test "exec --process with every field: never more than the container" {
    policy tight '"process": {"capabilities": {"allow": ["CHOWN"]}, "oomScoreAdj": {"min": 0}}'
    config '.process.capabilities = {bounding: ["CAP_CHOWN"]} | .process.noNewPrivileges = true
        | .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 64, hard: 64}]'
    GLOBALS=(--policy "$WORK/tight.json")
    start_container
    jq -n '{cwd: "/", args: ["/bin/probe"], env: ["PATH=/bin"], user: {uid: 0, gid: 0, umask: 0},
        noNewPrivileges: false, oomScoreAdj: -1000,
        capabilities: (["CAP_SYS_ADMIN", "CAP_CHOWN"] | {bounding: ., permitted: ., effective: ., inheritable: ., ambient: .}),
        rlimits: [{type: "RLIMIT_NOFILE", soft: 4096, hard: 4096}, {type: "RLIMIT_RTPRIO", soft: 99, hard: 99}],
        scheduler: {policy: "SCHED_FIFO", priority: 99}, ioPriority: {class: "IOPRIO_CLASS_RT", priority: 0}}' >"$WORK/process.json"
    look_exec --process "$WORK/process.json" "$ID"
    see .no_new_privs true
    see .capabilities.bounding '["CAP_CHOWN"]'
    see .capabilities.ambient '["CAP_CHOWN"]'
    see .rlimits.RLIMIT_NOFILE.hard 64
    see .rlimits.RLIMIT_RTPRIO.hard "$(prlimit --rtprio -o HARD --noheadings --raw)"
    see .oom_score_adj 0
    see .scheduler.policy '"SCHED_OTHER"'
}

@test "real-time priority is not to be had without the right to it" {
    policy tight '"process": {"capabilities": {"allow": ["CHOWN"]}}'
    config '.process.capabilities = {} | .process.scheduler = {policy: "SCHED_RR", priority: 50} | .process.ioPriority = {class: "IOPRIO_CLASS_RT", priority: 0}'
    GLOBALS=(--policy "$WORK/tight.json")
    look
    see .scheduler.policy '"SCHED_OTHER"'
    policy tight '"process": {"capabilities": {"allow": ["CHOWN"], "otherwise": "refuse"}}'
    denied "2 causes" TW0205 "takes CAP_SYS_NICE"
}

@test "exec --process: members that nobody models are refused where the policy wants none" {
    policy strict '"unknownFields": "refuse"'
    GLOBALS=(--policy "$WORK/strict.json")
    start_container
    echo '{"cwd": "/", "args": ["/bin/true"], "user": {"uid": 0, "gid": 0}, "sparkle": true}' >"$WORK/process.json"
    refused TW0002 rt exec --process "$WORK/process.json" "$ID"
    rt exec "$ID" /bin/true
}
