#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Ways around what a policy says that are neither a field's spelling nor a source's other name: hooks that are steered
# by their environment, ids that a user namespace turns into the host's root.
load ../suite

# bounded SECTIONS: this policy alone.
bounded() {
    printf '{"thwart": 1, "name": "bounds", %s}\n' "$1" >"$WORK/bounds.json"
    GLOBALS=(--policy "$WORK/bounds.json")
}

@test "a hook that is allowed is not steered by its environment" {
    printf '#!/bin/sh\ntrue\n' >"$WORK/hook"
    chmod 0755 "$WORK/hook"
    bounded "\"hooks\": {\"allow\": [{\"path\": \"$WORK/hook\"}]}"
    program /bin/probe report
    for variable in LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT GLIBC_TUNABLES GCONV_PATH BASH_ENV ENV PYTHONPATH PERL5LIB PATH; do
        config '.hooks.prestart = [{path: $p, env: [$e]}]' --arg p "$WORK/hook" --arg e "$variable=$WORK"
        refused_run "TW1001.*$variable"
    done
    config '.hooks.prestart = [{path: $p, env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBUG=1"]}]' --arg p "$WORK/hook"
    look
}

@test "a hook by the link of a process that does not exist yet" {
    bounded '"hooks": {"allow": [{"path": "/proc/[1-9]*/exe"}]}'
    config '.hooks.prestart = [{path: "/proc/4194303/exe"}]'
    refused_run 'TW1001'
}

@test "not root in the container, and the host's root by its user namespace" {
    bounded '"process": {"user": {"root": "deny"}}'
    config '.process.user = {uid: 1000, gid: 1000}'
    add_namespace user
    config '.linux.uidMappings = [{containerID: 0, hostID: 300000, size: 1000}, {containerID: 1000, hostID: 0, size: 1}]
            | .linux.gidMappings = [{containerID: 0, hostID: 300000, size: 65536}]'
    refused_run 'TW0201.*host'
}

# namespace_of_ids MAP: a process in a user namespace with these ids; sets MEMBER.
namespace_of_ids() {
    background unshare -U sleep 300
    MEMBER=$!
    eventually lives_apart "$MEMBER"
    printf '%b' "$1" >"$WORK/map" # the kernel takes one write, and the shell writes line by line
    cp "$WORK/map" "/proc/$MEMBER/uid_map"
    cp "$WORK/map" "/proc/$MEMBER/gid_map"
}

lives_apart() {
    [ "$(readlink "/proc/$1/ns/user")" != "$(readlink /proc/self/ns/user)" ]
}

@test "the host's root by a user namespace that is joined, whatever the configuration says of its ids; exec, too" {
    bounded '"process": {"user": {"root": "deny", "gids": ["1000", "5"]}}'
    config '.process.user = {uid: 1000, gid: 1000}'
    namespace_of_ids '0 300000 1000\n1000 0 1\n'
    add_namespace user "/proc/$MEMBER/ns/user"
    refused_run 'TW0201.*host'
    config '.linux.uidMappings = [{containerID: 0, hostID: 300000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
    refused_run 'TW0201.*host'

    namespace_of_ids '0 300000 65536\n'
    config 'del(.linux.uidMappings, .linux.gidMappings)'
    config '(.linux.namespaces[] | select(.type == "user")).path = $p' --arg p "/proc/$MEMBER/ns/user"
    chown -R 300000:300000 "$ROOT"
    program /bin/probe report
    look

    namespace_of_ids '0 300000 1000\n1000 310000 2\n5000 0 1\n'
    config '(.linux.namespaces[] | select(.type == "user")).path = $p' --arg p "/proc/$MEMBER/ns/user"
    start_container
    run rt exec --user 5000:1000 "$ID" /bin/true
    [ "$status" -ne 0 ]
    [[ $output = *TW0201*host* ]]
}

@test "a program named dockerd in the container's own files is no hook" {
    GLOBALS=(--policy baseline)
    cp /bin/true "$ROOT/dockerd"
    config '.hooks.prestart = [{path: $p, args: ["libnetwork-setkey", "-exec-root=/", "a", "b"]}]' --arg p "$ROOT/dockerd"
    refused_run 'TW1001'
}

@test "devices of the host's network are not the container's own" {
    bounded '"namespaces": {"private": ["network"]}'
    config '.linux.netDevices = {"eth0": {}}'
    refused_run 'TW0301.*netDevices|TW0301.*eth0'
}

# uts_of PROCESS: the number of its namespace.
uts_of() {
    readlink "/proc/$1/ns/uts" | tr -dc 0-9
}

lives_elsewhere() {
    [ "$(uts_of "$1")" != "$(uts_of self)" ]
}

@test "a namespace that is exchanged all the time: the one that was decided on, or nothing" {
    local round kept
    kept=$(uts_of self)
    background unshare -u sleep 300
    eventually lives_elsewhere $!
    bounded "\"namespaces\": {\"private\": [\"uts\"], \"join\": {\"allow\": [\"$WORK/names/*\"]}}"
    mkdir "$WORK/names"
    ln -s "/proc/$!/ns/uts" "$WORK/names/it"
    ln -s /proc/1/ns/uts "$WORK/names/host"
    background "$SUPPORT/exchange_racer" "$WORK/names/it" "$WORK/names/host"
    drop_namespace uts
    add_namespace uts "$WORK/names/it"
    config 'del(.hostname)'
    program /bin/probe report
    for ((round = 0; round < 30; round++)); do
        if rt run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null; then
            SEEN=$(cat "$WORK/out")
            [ "$(jq -r .namespaces.uts <<<"$SEEN")" != "$kept" ]
        else
            grep -qE 'TW0301|not what the policy decided on' "$WORK/err"
        fi
    done
}
