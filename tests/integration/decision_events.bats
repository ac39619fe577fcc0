#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Decisions as events: every command that decides tells, refusals too; where nobody listens nothing fails, unless a policy
# says that it must be told.
load suite

# tells MEMBERS: thwart.json with these members of "events".
tells() {
    printf '{"thwart": 1, "default": "unrestricted", "policies": [], "waivers": [], "events": {%s}}\n' "$1" >"$WORK/thwart.json"
    GLOBALS=(--configuration "$WORK/thwart.json")
}

policy() {
    printf '{"thwart": 1, "name": "%s", %s}\n' "$1" "$2" >"$WORK/$1.json"
    GLOBALS+=(--policy "$WORK/$1.json")
}

to_file() {
    tells "\"sink\": \"file\", \"file\": \"$WORK/events\"${1:-}"
}

# event FILTER: of the last line.
event() {
    tail -n 1 "$WORK/events" | jq -e "$@" >/dev/null || {
        tail -n 1 "$WORK/events" | head -c 3000 >&2
        return 1
    }
}

valid_events() {
    python3 -c 'import jsonschema' 2>/dev/null || return 0
    python3 - "$TESTS/../docs/thwart-decision.schema.json" "$1" <<'END'
import json, sys
import jsonschema
validator = jsonschema.Draft7Validator(json.load(open(sys.argv[1])))
found = [e for line in open(sys.argv[2]) for e in validator.iter_errors(json.loads(line))]
for each in found:
    print("/".join(map(str, each.path)), each.message[:300], file=sys.stderr)
sys.exit(1 if found else 0)
END
}

@test "create, exec, update and their refusals are told, in order" {
    to_file
    policy tight '"process": {"capabilities": {"allow": ["KILL"]}}'
    start_container
    event '.action == "create" and .effect == "narrowed" and .sequence == 1 and .dropped == 0'
    event '.container.id == $i and .container.bundle == $b and (.container.configDigest | startswith("sha256:"))' --arg i "$ID" --arg b "$BUNDLE"
    event '.policies | map(.name) == ["tight"]'
    event 'any(.findings[]; .pointer | startswith("/process/capabilities"))'
    [ "$(stat -c %a "$WORK/events")" = 600 ]
    rt exec --cap CAP_SYS_ADMIN "$ID" /bin/echo told
    event '.action == "exec" and .sequence == 2 and .effect == "narrowed" and .arguments == ["/bin/echo", "told"]'
    rt update "$ID"
    event '.action == "update" and .sequence == 3 and .effect == "granted"'
    another_id refused
    policy user '"process": {"user": {"root": "deny"}}'
    refused 'policy denied' rt run --bundle "$BUNDLE" "$OTHER"
    event '.action == "run" and .effect == "refused" and .sequence == 0'
    event '[.findings[] | select(.effect == "refused")] | length == 1 and .[0].line > 0'
    nothing_left "$OTHER"
    valid_events "$WORK/events"
}

@test "a refused exec is told" {
    to_file
    policy closed '"lifecycle": {"exec": "deny"}'
    start_container
    run -255 rt exec "$ID" /bin/true
    event '.action == "exec" and .effect == "refused" and .arguments == ["/bin/true"]'
}

@test "a refused update is told" {
    to_file
    policy fixed '"lifecycle": {"update": "deny"}'
    start_container
    refused 'policy denied' rt update "$ID"
    event '.action == "update" and .effect == "refused" and .sequence == 2'
}

@test "what an update is narrowed to is told" {
    grep -qw hugetlb /sys/fs/cgroup/cgroup.controllers || skip "the cgroup hierarchy has no controller hugetlb"
    to_file
    policy small '"resources": {"hugepages": {"2MB": "64M"}}'
    config '.linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 2097152}]'
    start_container
    event '.action == "create" and .effect == "granted"'
    echo '{"hugepageLimits": [{"pageSize": "2MB", "limit": 1073741824}]}' >"$WORK/asked"
    rt update --resources "$WORK/asked" "$ID"
    event '.action == "update" and .effect == "narrowed" and .findings[0].granted != ""'
}

@test "refused checkpoint and restore are told" {
    rt checkpoint --help >/dev/null 2>&1 || skip "this build has no thwart-criu, or criu is not installed"
    to_file
    policy fixed '"lifecycle": {"checkpoint": "deny"}'
    start_container
    refused 'policy denied' rt checkpoint --image-path "$WORK/images" "$ID"
    event '.action == "checkpoint" and .effect == "refused" and .sequence == 2'
    [ ! -e "$WORK/images" ]
    another_id restored
    mkdir "$WORK/images"
    echo '["/dev/null", "/dev/null", "/dev/null"]' >"$WORK/images/descriptors.json"
    policy user '"process": {"user": {"root": "deny"}}'
    refused 'policy denied' rt restore --bundle "$BUNDLE" --image-path "$WORK/images" "$OTHER"
    event '.action == "restore" and .effect == "refused" and .sequence == 0'
    valid_events "$WORK/events"
}

@test "values of the environment are in no event" {
    to_file
    policy secret '"process": {"environment": {"deny": ["*_PASSWORD"]}}'
    config '.process.env += ["DB_PASSWORD=hunter2-in-the-clear"]'
    refused 'DB_PASSWORD' rt run --bundle "$BUNDLE" "$ID"
    event '.effect == "refused"'
    run ! grep -q hunter2 "$WORK/events" "$WORK/refused.err"
}

@test "ECS and OCSF" {
    to_file ', "format": "ecs"'
    policy tight '"process": {"capabilities": {"allow": ["KILL"]}}'
    look
    event '.ecs.version and .event.action == "run" and .event.outcome == "success" and .container.id == $i and .thwart.effect == "narrowed"' --arg i "$ID"
    to_file ', "format": "ocsf"'
    policy tight '"process": {"capabilities": {"allow": ["KILL"]}}'
    look
    event '.class_uid == 2003 and .action_id == 4 and .disposition_id == 11 and .unmapped.thwart.action == "run"'
}

@test "the file is put aside at its maximum" {
    to_file ', "maxBytes": 2000'
    local round
    for round in 1 2 3 4; do look; done
    [ -s "$WORK/events.1" ]
    [ "$(stat -c %s "$WORK/events")" -le 2000 ]
    jq -es 'all(.type == "decision")' "$WORK/events.1"
}

@test "the journal and syslog" {
    mkdir -p /run/systemd/journal
    local sink socket
    for sink in journal syslog; do
        socket=/run/systemd/journal/socket
        [ $sink = journal ] || socket=/dev/log
        background python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("ready", flush=True)
open(sys.argv[2], "wb").write(s.recv(1 << 20))' $socket "$WORK/$sink" >"$WORK/ready.$sink"
        eventually grep -q ready "$WORK/ready.$sink"
        tells "\"sink\": \"$sink\""
        look
        rm -f $socket
    done
    eventually grep -qx "THWART_CONTAINER=$ID" "$WORK/journal"
    grep -qx 'SYSLOG_IDENTIFIER=thwart' "$WORK/journal"
    sed -n 's/^MESSAGE=//p' "$WORK/journal" | jq -e '.action == "run"'
    eventually grep -q '^<8[0-9]>thwart\[' "$WORK/syslog"
    sed 's/^[^{]*//' "$WORK/syslog" | jq -e '.action == "run"'
    rm -r /run/systemd
}

@test "an event that no datagram takes goes to the journal as a sealed file" {
    mkdir -p /run/systemd/journal
    background python3 -c '
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/run/systemd/journal/socket")
print("ready", flush=True)
data, descriptors, _, _ = socket.recv_fds(s, 1 << 22, 1)
open(sys.argv[1], "wb").write(data + os.pread(descriptors[0], 1 << 22, 0) if descriptors else b"")' "$WORK/journal" >"$WORK/ready"
    eventually grep -q ready "$WORK/ready"
    tells '"sink": "journal"'
    policy secret '"process": {"environment": {"deny": ["SECRET_*"]}}'
    config '.process.env += [range(6000) | "SECRET_\(.)=1"]'
    refused 'policy denied' rt run --bundle "$BUNDLE" "$ID"
    eventually test -s "$WORK/journal"
    sed -n 's/^MESSAGE=//p' "$WORK/journal" >"$WORK/events"
    event '.effect == "refused" and (.findings | length) > 1000 and .findingsOmitted > 0'
    [ "$(stat -c %s "$WORK/events")" -le 1048576 ]
    rm -r /run/systemd
}

# A sink of every kind that takes nothing.
broken_sinks() {
    printf '%s\n' "\"sink\": \"journal\"" "\"sink\": \"syslog\"" "\"sink\": \"file\", \"file\": \"$WORK/nowhere/events\"" \
        "\"sink\": \"file\", \"file\": \"$WORK/link\"" "\"sink\": \"file\", \"file\": \"$WORK/fifo\"" "\"sink\": \"file\", \"file\": \"/dev/full\""
}

@test "a sink that is gone, full or hostile fails no container, and is counted" {
    local sink
    ln -s "$WORK/target" "$WORK/link"
    mkfifo "$WORK/fifo"
    while read -r sink; do
        tells "$sink"
        look
        grep -q 'could not be told' "$WORK/err"
    done < <(broken_sinks)
    [ ! -e "$WORK/target" ]
    tells '"sink": "journal"'
    policy tight '"process": {"capabilities": {"allow": ["KILL"]}}'
    start_container
    rt exec "$ID" /bin/true
    to_file
    rt exec "$ID" /bin/true
    event '.sequence == 3 and .dropped == 2'
}

@test "audit: required: what cannot be told is refused, before anything is made" {
    local sink
    ln -s "$WORK/target" "$WORK/link"
    mkfifo "$WORK/fifo"
    program /bin/sh -c 'echo >/ran'
    while read -r sink; do
        tells "$sink"
        policy told '"audit": "required", "process": {"noNewPrivileges": true}'
        refused 'policy denied.*told.json.*could not be told' rt run --bundle "$BUNDLE" "$ID"
        nothing_left
    done < <(broken_sinks)
    tells '"sink": "none"'
    policy told '"audit": "required", "process": {"noNewPrivileges": true}'
    refused 'no events.sink is configured' rt run --bundle "$BUNDLE" "$ID"
    nothing_left
    [ ! -e "$ROOT/ran" ]
    # Told, it runs; and an exec that cannot be told does not.
    to_file
    policy told '"audit": "required", "process": {"noNewPrivileges": true}'
    start_container
    mv "$WORK/events" "$WORK/events.kept"
    mkdir "$WORK/events"
    run -255 rt exec "$ID" /bin/sh -c 'echo >/ran'
    [[ $output == *"could not be told"* ]]
    [ ! -e "$ROOT/ran" ]
}

@test "no sink, no work: nothing is counted" {
    tells '"sink": "none"'
    policy tight '"process": {"capabilities": {"allow": ["KILL"]}}'
    start_container
    rt exec "$ID" /bin/true
    [ ! -e "/run/thwart/$ID/decisions" ]
}
