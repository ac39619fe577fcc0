#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# update: what the cgroup's files hold afterwards, what is kept on record, and that a refusal leaves both as they were.
# Values of controllers that this machine's v2 tree lacks are a matter of tests/vm.
load suite

needs() {
    grep -qw "$1" /sys/fs/cgroup/cgroup.controllers || skip "controllers such as $1 are not in this machine's v2 tree"
}

# group [ID]: the directory of the container's cgroup.
group() {
    echo "/sys/fs/cgroup/thwart-${1:-$ID}"
}

holds() {
    local got
    got=$(cat "$(group)/$1")
    if [ "$got" != "$2" ]; then
        echo "$1 is '$got', expected '$2'" >&2
        return 1
    fi
}

# kept FILTER EXPECTED: of the configuration that later commands plan from.
kept() {
    local got
    got=$(jq -cS "$1" <"/run/thwart/$ID/config.json")
    if [ "$got" != "$(jq -cS . <<<"$2")" ]; then
        echo "kept $1: $got, expected $2" >&2
        return 1
    fi
}

# update_with DOCUMENT: by standard input.
update_with() {
    printf '%s' "$1" >"$WORK/resources.json"
    rt update --resources - "$ID" <"$WORK/resources.json"
}

# no_update_at_work: nothing of one is left in the state directory.
no_update_at_work() {
    [ -z "$(find "/run/thwart/$ID" -name 'config.json.*')" ]
}

limits='{"unified":{"cgroup.max.descendants":"7","cgroup.max.depth":"3"}}'

@test "a resources object: by file and by standard input, in every way of writing it" {
    start_container
    echo '{"unified":{"cgroup.max.depth":"1"}}' >"$WORK/one.json"
    echo '{"unified":{"cgroup.max.depth":"2"}}' >"$WORK/two.json"
    rt update --resources "$WORK/one.json" "$ID"
    holds cgroup.max.depth 1
    rt update --resources="$WORK/two.json" "$ID"
    holds cgroup.max.depth 2
    rt update -r "$WORK/one.json" "$ID"
    holds cgroup.max.depth 1
    rt update --resources - "$ID" <"$WORK/two.json"
    holds cgroup.max.depth 2
    rt update --resources=- "$ID" <"$WORK/one.json"
    holds cgroup.max.depth 1
    rt update "$ID" -r - <"$WORK/two.json"
    holds cgroup.max.depth 2
}

@test "what is granted is kept, what is not asked for stays, and exec goes on" {
    config '.linux.resources.unified = {"cgroup.max.depth": "9"} | .annotations = {"a": "b"}'
    start_container
    update_with '{"unified":{"cgroup.max.descendants":"7"}}'
    holds cgroup.max.depth 9
    holds cgroup.max.descendants 7
    kept .linux.resources.unified '{"cgroup.max.depth":"9","cgroup.max.descendants":"7"}'
    kept .annotations '{"a":"b"}'
    no_update_at_work
    look_exec "$ID" /bin/probe
    see_that '.pid > 1'
    [ -z "$(update_with '{}' 2>&1)" ]
}

@test "hugetlb: by its member, in place of what unified had" {
    needs hugetlb
    config '.linux.resources.unified = {"hugetlb.2MB.max": "2097152", "hugetlb.1GB.max": "0"}'
    start_container
    update_with '{"hugepageLimits":[{"pageSize":"2MB","limit":4194304}]}'
    holds hugetlb.2MB.max 4194304
    holds hugetlb.2MB.rsvd.max 4194304
    holds hugetlb.1GB.max 0
    kept .linux.resources.hugepageLimits '[{"pageSize":"2MB","limit":4194304}]'
    kept .linux.resources.unified '{"hugetlb.1GB.max":"0"}'
}

@test "CRI's deny-all does not cut the container off its devices" {
    start_container /bin/sh -c 'while [ ! -e /go ]; do sleep 0.1; done; probe open /dev/null w; probe open /dev/zero r; probe open /dev/kmsg2 r; sleep 100'
    look_exec "$ID" /bin/probe open /dev/urandom r
    expect_success open /dev/urandom
    run -0 --separate-stderr update_with '{"devices":[{"allow":false,"access":"rwm"}],"memory":{"limit":0},"unified":{"cgroup.max.depth":"4"}}'
    [ -z "$stderr" ]
    holds cgroup.max.depth 4
    look_exec "$ID" /bin/probe open /dev/urandom r
    expect_success open /dev/urandom
    touch "$ROOT/go"
    said_null() { SEEN=$(cat "$WORK/container.out") && expect_success open /dev/zero; }
    eventually said_null
    expect_success open /dev/null
}

@test "device rules that say something else are left out, aloud" {
    config '.linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 1, minor: 11, access: "r"}]'
    start_container
    # The same again, as containerd sends it, is quiet.
    run -0 --separate-stderr update_with "$(jq -c '{devices: .linux.resources.devices}' "$BUNDLE/config.json")"
    [ -z "$stderr" ]
    run -0 --separate-stderr update_with '{"devices":[{"allow":true,"access":"rwm"}]}'
    [[ $stderr == *"device rules do not change"* ]]
    kept '.linux.resources.devices | length' 2
}

@test "zeros, as Docker sends them, change nothing and need no controller" {
    start_container
    cp "/run/thwart/$ID/config.json" "$WORK/before.json"
    update_with '{"memory":{"limit":0,"reservation":0,"swap":0,"kernel":0,"disableOOMKiller":false},"cpu":{"shares":0,"quota":0,"period":0,"cpus":"","mems":""},"blockIO":{"weight":0}}'
    jq -e --slurpfile before "$WORK/before.json" '(.linux.resources.memory, .linux.resources.cpu | objects | to_entries
        | all(.value == false or .value == ""))' <"/run/thwart/$ID/config.json"
}

@test "real updates of engines: each limit is set, or its missing controller is named" {
    local sample
    start_container
    for sample in "$TESTS"/samples/exec/*update-resources.json; do
        if grep -qw memory /sys/fs/cgroup/cgroup.controllers; then
            rt update --resources="$sample" "$ID"
        else
            refused '/linux/resources/memory/limit.*controller.*memory' rt update --resources="$sample" "$ID"
            kept '.linux.resources.memory' null
        fi
    done
    no_update_at_work
}

@test "options: a limit whose controller is missing is refused, option by option" {
    local each
    start_container
    for each in memory:--memory=64m memory:--memory-reservation=1m cpu:--cpu-share=512 cpu:--cpu-quota=50000 \
        cpu:--cpu-burst=0 cpu:--cpu-idle=1 cpuset:--cpuset-cpus=0 cpuset:--cpuset-mems=0 \
        pids:--pids-limit=7 io:--blkio-weight=100; do
        if ! grep -qw "${each%%:*}" /sys/fs/cgroup/cgroup.controllers; then
            refused "controller.*${each%%:*}" rt update "${each#*:}" "$ID"
        else
            rt update "${each#*:}" "$ID"
        fi
    done
}

@test "options that ask for nothing change nothing" {
    start_container
    rt update "$ID"
    rt update --memory= --blkio-weight 0 --memory 0 "$ID"
}

@test "options: what v2 does not have is refused by name" {
    start_container
    refused 'realtimePeriod.*no budget for realtime' rt update --cpu-rt-period 1000000 "$ID"
    refused 'realtimeRuntime' rt update --cpu-rt-runtime 5000 "$ID"
    refused '/linux/resources/memory/kernel:' rt update --kernel-memory 64m "$ID"
    refused '/linux/resources/memory/kernelTCP:' rt update --kernel-memory-tcp 64m "$ID"
    refused 'l3-cache-schema.*no linux.intelRdt' rt update --l3-cache-schema 'L3:0=f' "$ID"
    refused 'mem-bw-schema.*no linux.intelRdt' rt update --mem-bw-schema 'MB:0=50' "$ID"
    refused 'memory/swap.*limit is needed' rt update --memory-swap 64m "$ID"
}

@test "options: nonsense is a wrong command line" {
    local each
    start_container
    for each in --memory=12x --memory=-2 --memory=1.m --memory=99999999p --cpu-share=-1 --cpu-quota=-2 --cpu-idle=2 \
        --pids-limit=many --blkio-weight=100000 --cpu-period=0x10 --cpu-burst=5s; do
        run -2 rt update "$each" "$ID"
    done
    run -1 rt update --blkio-weight=5 "$ID"
    run -1 rt update --cpuset-cpus=a-b "$ID"
    run -2 rt update
    run -2 rt update --no-such-option "$ID"
}

@test "--resources stands for all options; the others are left out, aloud" {
    start_container
    echo "$limits" >"$WORK/limits.json"
    run -0 --separate-stderr rt update --resources "$WORK/limits.json" --memory 64m --cpu-share 512 "$ID"
    [[ $stderr == *--memory* && $stderr == *--cpu-share* ]]
    holds cgroup.max.depth 3
}

@test "documents: broken ones are refused with their place, unknown members are told" {
    start_container
    refused 'standard input:1:' update_with '{"memory":{"limit":"much"}}'
    refused 'standard input' update_with '{'
    refused 'cgroup.procs' update_with '{"unified":{"cgroup.procs":"1"}}'
    refused '../x' update_with '{"unified":{"../x.y":"1"}}'
    refused 'opening .*nowhere.json.*does not exist' rt update --resources "$WORK/nowhere.json" "$ID"
    refused 'not a regular file' rt update --resources "$WORK" "$ID"
    run -0 --separate-stderr update_with '{"blockIO":{"blkioWeight":100}}'
    [[ $stderr == *blkioWeight* ]]
}

@test "all or nothing: when the third is refused the first two are put back" {
    local depth
    start_container
    update_with "$limits"
    depth='{"unified":{"cgroup.max.descendants":"70","cgroup.max.depth":"30","cgroup.pressure":"many"}}'
    refused '/linux/resources/unified/cgroup.pressure.*"many".*put back' update_with "$depth"
    holds cgroup.max.descendants 7
    holds cgroup.max.depth 3
    kept .linux.resources.unified '{"cgroup.max.descendants":"7","cgroup.max.depth":"3"}'
    no_update_at_work
    refused 'no cgroup.nonsense' update_with '{"unified":{"cgroup.max.depth":"40","cgroup.nonsense":"1"}}'
    holds cgroup.max.depth 3
}

@test "created, running and paused containers can be updated, stopped ones cannot" {
    program /bin/probe sleep
    create_container
    update_with '{"unified":{"cgroup.max.depth":"1"}}'
    holds cgroup.max.depth 1
    rt start "$ID"
    update_with '{"unified":{"cgroup.max.depth":"2"}}'
    rt pause "$ID"
    update_with '{"unified":{"cgroup.max.depth":"3"}}'
    holds cgroup.max.depth 3
    has_status paused
    rt resume "$ID"
    rt kill "$ID" KILL
    eventually has_status stopped
    refused 'container not running' update_with '{"unified":{"cgroup.max.depth":"4"}}'
    rt delete "$ID"
    refused "container $ID does not exist" update_with '{}'
}

@test "a container without a cgroup is refused" {
    program /bin/probe sleep
    rt --cgroup-manager disabled create --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/container.out" 2>&1
    refused "no cgroup of its own" update_with '{"unified":{"cgroup.max.depth":"4"}}'
    no_update_at_work
}

@test "many at once: each is whole, and the last one is on record" {
    local each
    start_container
    for each in 1 2 3 4 5 6; do
        echo "{\"unified\":{\"cgroup.max.depth\":\"$each\",\"cgroup.max.descendants\":\"$each\"}}" >"$WORK/$each.json"
        together rt update --resources "$WORK/$each.json" "$ID"
    done
    wait_together
    holds cgroup.max.descendants "$(cat "$(group)/cgroup.max.depth")"
    kept .linux.resources.unified "{\"cgroup.max.depth\":\"$(cat "$(group)/cgroup.max.depth")\",\"cgroup.max.descendants\":\"$(cat "$(group)/cgroup.max.depth")\"}"
    no_update_at_work
}

@test "an update that was killed is finished by the next one, and delete takes what it left" {
    start_container
    update_with "$limits"
    # As it stands between the record and the last effect: one file written, the other not.
    jq -c '.linux.resources.unified = {"cgroup.max.descendants": "8", "cgroup.max.depth": "5"}' \
        <"/run/thwart/$ID/config.json" >"$WORK/next.json"
    cp "$WORK/next.json" "/run/thwart/$ID/config.json.next"
    echo 8 >"$(group)/cgroup.max.descendants"
    kept .linux.resources.unified '{"cgroup.max.descendants":"7","cgroup.max.depth":"3"}'
    run -0 --separate-stderr update_with '{"unified":{"cgroup.max.descendants":"9"}}'
    [[ $stderr == *"was interrupted"* ]]
    holds cgroup.max.descendants 9
    holds cgroup.max.depth 5
    kept .linux.resources.unified '{"cgroup.max.descendants":"9","cgroup.max.depth":"5"}'
    no_update_at_work
    cp "$WORK/next.json" "/run/thwart/$ID/config.json.next"
    echo torn >"/run/thwart/$ID/config.json.new"
    rt delete --force "$ID"
    nothing_left
}

# broken_update INJECTION: one call of the update fails or is its last.
broken_update() {
    ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" timeout --foreground -k 2 20 strace -qq -o /dev/null -e signal=none \
        -e inject="$1" "$THWART" update --resources "$WORK/resources.json" "$ID" 3>&- 4>&-
}

@test "a record that cannot be written stops an update before it does something, or takes it back" {
    local when
    command -v strace >/dev/null || skip "strace is not installed (apt-get install strace)"
    start_container
    update_with "$limits"
    echo '{"unified":{"cgroup.max.descendants":"70","cgroup.max.depth":"30"}}' >"$WORK/resources.json"
    for when in 1 2; do
        refused 'amended configuration.*Input/output' broken_update "renameat:error=EIO:when=$when"
        holds cgroup.max.descendants 7
        holds cgroup.max.depth 3
        kept .linux.resources.unified '{"cgroup.max.descendants":"7","cgroup.max.depth":"3"}'
    done
    # Killed at its last step: what is on record is not a lie, and nothing is in the way of what follows.
    run ! broken_update renameat:signal=KILL:when=2
    kept .linux.resources.unified '{"cgroup.max.descendants":"7","cgroup.max.depth":"3"}' ||
        kept .linux.resources.unified '{"cgroup.max.descendants":"70","cgroup.max.depth":"30"}'
    update_with '{"unified":{"cgroup.max.depth":"31"}}'
    holds cgroup.max.descendants 70
    holds cgroup.max.depth 31
    kept .linux.resources.unified '{"cgroup.max.descendants":"70","cgroup.max.depth":"31"}'
}
