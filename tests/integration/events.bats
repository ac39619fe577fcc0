#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# events: the documents against their schema and against the cgroup's own files, and when the stream ends. Kills for
# memory are a matter of tests/vm.
load suite

group() {
    echo "/sys/fs/cgroup/thwart-$ID"
}

# sample: one document in SEEN.
sample() {
    SEEN=$(rt events --stats "$ID")
}

# follow [OPTION...]: a stream in the background, into $WORK/stream.
follow() {
    background rt events --interval 50ms "$@" "$ID" >"$WORK/stream" 2>"$WORK/stream.err"
}

lines_at_least() {
    [ "$(wc -l <"$WORK/stream")" -ge "$1" ]
}

# ended: the stream has ended by itself, and well.
ended() {
    ! kill -0 "$BACKGROUND" 2>/dev/null && wait "$BACKGROUND"
}

valid() {
    python3 - "$TESTS/../docs/thwart-events.schema.json" "$1" <<'END'
import json, sys
import jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
lines = open(sys.argv[2]).read().splitlines()
assert lines, "no document"
for line in lines:
    jsonschema.Draft7Validator(schema).validate(json.loads(line))
END
}

@test "--stats: one document, of this container, and the counters are the files'" {
    start_container /bin/sh -c 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exec probe sleep'
    is_asleep() { [ "$(cat "/proc/$PID/comm")" = probe ]; }
    eventually is_asleep
    sample
    [ "$(wc -l <<<"$SEEN")" = 1 ]
    see '[.type, .id]' "[\"stats\",\"$ID\"]"
    # A sleeping container uses nothing between the two looks.
    local usec
    usec=$(sed -n 's/^usage_usec //p' "$(group)/cpu.stat")
    [ "$usec" -gt 0 ]
    see .data.cpu.usage.total "$((usec * 1000))"
    see_that '.data.cpu.usage | .total >= .kernel and .total >= .user and .user > 0'
}

@test "what a controller would count is there with it and absent without" {
    local pair
    start_container
    sample
    for pair in memory:memory pids:pids io:blkio cpuset:cpuset hugetlb:hugetlb; do
        if [ -n "$(find "$(group)" -name "${pair%%:*}.*" ! -name '*.pressure')" ]; then
            see ".data | has(\"${pair#*:}\")" true
        else
            see ".data | has(\"${pair#*:}\")" false
        fi
    done
    if [ -e "$(group)/hugetlb.2MB.current" ]; then
        see '.data.hugetlb["2MB"]' '{"usage":0,"failcnt":0}'
    fi
    if cat "$(group)/cpu.pressure" >/dev/null 2>&1; then
        see_that '.data.cpu.psi.some | .avg10 >= 0 and .total >= 0'
    fi
}

@test "documents are valid by docs/thwart-events.schema.json" {
    python3 -c 'import jsonschema' 2>/dev/null || skip "python3-jsonschema is not installed"
    start_container
    rt events --stats "$ID" >"$WORK/one"
    valid "$WORK/one"
    follow
    eventually lines_at_least 3
    head -3 "$WORK/stream" >"$WORK/three"
    valid "$WORK/three"
    # And the schema refuses what is none of them.
    echo '{"type":"stats","id":"x","data":{"cpu":{"usage":{"total":"much"}}}}' >"$WORK/wrong"
    run -1 valid "$WORK/wrong"
    echo '{"type":"else","id":"x"}' >"$WORK/wrong"
    run -1 valid "$WORK/wrong"
}

@test "a stream goes on until the container stops, and then ends well" {
    start_container
    follow
    eventually lines_at_least 3
    [ "$(jq -rs 'map(.type) | unique | .[]' <(head -3 "$WORK/stream"))" = stats ]
    kill -0 "$BACKGROUND"
    rt kill "$ID" KILL
    eventually ended
}

@test "a created and a paused container have events; start and resume do not end them" {
    program /bin/probe sleep
    create_container
    follow
    eventually lines_at_least 1
    rt start "$ID"
    rt pause "$ID"
    local before
    before=$(wc -l <"$WORK/stream")
    eventually lines_at_least $((before + 2))
    rt resume "$ID"
    rt delete --force "$ID"
    eventually ended
}

@test "without a reader the stream ends" {
    start_container
    run -0 --separate-stderr bash -c '"$@" | head -n 1; exit "${PIPESTATUS[0]}"' - timeout 20 "$THWART" events --interval 10m "$ID"
    [ "$(jq -r .type <<<"$output")" = stats ]
}

@test "without a memory controller it is told that kills cannot be" {
    ! grep -qw memory /sys/fs/cgroup/cgroup.controllers || skip "this machine has a memory controller"
    start_container
    follow
    eventually lines_at_least 1
    grep -q 'no memory controller' "$WORK/stream.err"
    # One document says nothing of kills.
    [ -z "$(rt events --stats "$ID" 2>&1 >/dev/null)" ]
}

@test "network interfaces are the container's own, and only when it has some" {
    start_container
    sample
    see '.data.network_interfaces | map(.Name) | index("lo") != null' true
    see_that '.data.network_interfaces[0] | has("RxBytes") and has("TxDropped")'
    rt delete --force "$ID"
    drop_namespace network
    start_container
    sample
    see '.data | has("network_interfaces")' false
}

@test "refusals: no such container, a stopped one, one without a cgroup, nonsense for an interval" {
    local each
    refused "container $ID does not exist" rt events --stats "$ID"
    start_container /bin/true
    eventually has_status stopped
    refused 'container not running' rt events --stats "$ID"
    refused 'container not running' rt events "$ID"
    rt delete "$ID"
    program /bin/probe sleep
    rt --cgroup-manager disabled create --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/container.out" 2>&1
    refused 'no cgroup of its own' rt events --stats "$ID"
    for each in 0 -5s 5 1x '' s 1.s. 99999999h; do
        run -2 rt events --interval="$each" "$ID"
    done
}
