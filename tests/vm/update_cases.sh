# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2317,SC2154,SC2153,SC2016,SC2119
# What changes and what is told while a container runs: update, events. Read by cases.sh.

# ---- update -------------------------------------------------------------------------------------------------------------

update_cases() {
    run_case "update: memory and swap, one by one and together" update_memory
    run_case "update: quota, period, burst, shares, idle" update_cpu
    run_case "update: every option at once, with controllers that nothing needed before" update_options
    run_case "update: what engines send" update_engines
    run_case "update: all or nothing" update_refused
    run_case "update: limits of a running container are felt" update_felt
    run_case "update: a quota throttles what runs" update_throttles
    run_case "update: throttles of a block device" update_io
}

# updates RESOURCES FILE=VALUE...: the container's files after an update.
updates() {
    local each
    printf '%s' "$1" >"$work/resources"
    rt update --resources - "$ID" <"$work/resources" >"$work/out" 2>"$work/err" || fail "update $1: $(<"$work/err")"
    [ ! -s "$work/err" ] || fail "update $1 said: $(<"$work/err")"
    shift
    for each; do
        is "$groups/$ID/${each%%=*}" "${each#*=}"
    done
}

# no_update PATTERN OPTION...: refused with these words.
no_update() {
    local pattern=$1 status=0
    shift
    rt update "$@" "$ID" <"$work/resources" >"$work/out" 2>"$work/err" || status=$?
    [ $status = 1 ] || fail "update $*: status $status, $(<"$work/err")"
    [[ $(<"$work/err") =~ $pattern ]] || fail "refused with other words: $(<"$work/err")"
}

update_memory() {
    bundle '{"memory":{"limit":67108864,"swap":134217728}}'
    create
    updates '{"memory":{"limit":33554432}}' memory.max=33554432 memory.swap.max=100663296
    updates '{"memory":{"swap":67108864}}' memory.max=33554432 memory.swap.max=33554432
    updates '{"memory":{"limit":67108864,"reservation":16777216}}' memory.max=67108864 memory.swap.max=0 memory.low=16777216
    : >"$work/resources"
    no_update 'memory/limit: 134217728 is above 67108864' --memory 128m
    updates '{"memory":{"limit":134217728,"swap":-1}}' memory.max=134217728 memory.swap.max=max
    updates '{"memory":{"limit":-1}}' memory.max=max memory.swap.max=max
    printf '{"memory":{"limit":4096,"checkBeforeUpdate":true}}' >"$work/resources"
    no_update 'checkBeforeUpdate' --resources -
    is "$groups/$ID/memory.max" max
}

update_cpu() {
    bundle '{"cpu":{"shares":512,"quota":50000,"period":200000}}'
    create
    updates '{"cpu":{"period":100000}}' "cpu.max=50000 100000"
    updates '{"cpu":{"quota":40000,"burst":30000}}' "cpu.max=40000 100000" cpu.max.burst=30000
    updates '{"cpu":{"quota":20000,"burst":10000}}' "cpu.max=20000 100000" cpu.max.burst=10000
    updates '{"cpu":{"burst":0,"quota":-1}}' "cpu.max=max 100000" cpu.max.burst=0
    updates '{"cpu":{"idle":1}}' cpu.idle=1
    : >"$work/resources"
    no_update 'cpu/shares: the container is idle' --cpu-share 2048
    updates '{"cpu":{"idle":0}}' cpu.idle=0 cpu.weight=59
    # What fails behind it takes idle back, and the weight with it.
    printf '{"cpu":{"idle":1,"cpus":"7"}}' >"$work/resources"
    no_update 'cpu/cpus.*put back' --resources -
    is "$groups/$ID/cpu.idle" 0
    is "$groups/$ID/cpu.weight" 59
}

# io_weight_is V1 V2: where a case before has loaded BFQ, its file is the one that is written.
io_weight_is() {
    if [ -e "$groups/$ID/io.bfq.weight" ]; then
        has "$groups/$ID/io.bfq.weight" "default $1"
    else
        has "$groups/$ID/io.weight" "default $2"
    fi
}

update_options() {
    bundle '{}'
    create
    rt start "$ID"
    rt update --memory 48m --memory-swap 64m --memory-reservation 16m --cpu-share 2048 --cpu-quota 30000 --cpu-period 60000 \
        --cpuset-cpus 1 --cpuset-mems 0 --pids-limit 33 --blkio-weight 500 "$ID" || fail "update: $?"
    is "$groups/$ID/memory.max" 50331648
    is "$groups/$ID/memory.swap.max" 16777216
    is "$groups/$ID/memory.low" 16777216
    is "$groups/$ID/cpu.weight" 174
    is "$groups/$ID/cpu.max" "30000 60000"
    is "$groups/$ID/cpuset.cpus" 1
    is "$groups/$ID/cpuset.mems" 0
    is "$groups/$ID/pids.max" 33
    io_weight_is 500 4950
    has "/proc/$PID/status" "Cpus_allowed_list:	1"
}

# What containerd's CRI plugin, Docker and Podman send; with CRI's rules the container keeps its devices.
update_engines() {
    bundle '{"memory":{"limit":67108864,"swap":67108864},"devices":[{"allow":false,"access":"rwm"}]}'
    create
    rt start "$ID"
    updates '{"devices":[{"allow":false,"access":"rwm"}],"memory":{"limit":104857600,"swap":104857600},"cpu":{"shares":512,"quota":60000,"period":100000}}' \
        memory.max=104857600 memory.swap.max=0 cpu.weight=59 "cpu.max=60000 100000"
    rt exec "$ID" /bin/probe open /dev/null w >"$work/out" 2>"$work/err" </dev/null || fail "exec: $(<"$work/err")"
    OUT=$(<"$work/out")
    did open /dev/null null
    updates '{"memory":{"limit":67108864,"reservation":0,"swap":67108864,"kernel":0},"cpu":{"shares":0,"quota":50000,"period":100000},"pids":{"limit":100},"blockIO":{"weight":0}}' \
        memory.max=67108864 memory.swap.max=0 cpu.weight=59 "cpu.max=50000 100000" pids.max=100
    updates '{"memory":{"limit":67108864,"swap":134217728},"cpu":{"shares":300,"quota":50000,"period":100000},"blockIO":{"weight":300}}' \
        memory.max=67108864 memory.swap.max=67108864 cpu.weight=39 pids.max=100
    io_weight_is 300 2930
}

update_refused() {
    bundle '{"memory":{"limit":67108864,"swap":134217728},"pids":{"limit":50}}'
    create
    printf '{"memory":{"limit":33554432},"cpu":{"cpus":"7"}}' >"$work/resources"
    no_update '/linux/resources/cpu/cpus.*"7".*cpuset\.cpus.*put back' --resources -
    is "$groups/$ID/memory.max" 67108864
    is "$groups/$ID/memory.swap.max" 67108864
    printf '{"memory":{"limit":33554432},"pids":{"limit":9},"unified":{"io.max":"250:7 rbps=1"}}' >"$work/resources"
    no_update '/linux/resources/unified/io\.max.*put back' --resources -
    is "$groups/$ID/memory.max" 67108864
    is "$groups/$ID/pids.max" 50
    [[ $(<"/run/thwart/$ID/config.json") != *33554432* ]] || fail "what was refused is on record"
    [ ! -e "/run/thwart/$ID/config.json.next" ] || fail "an update is left at work"
}

update_felt() {
    local status=0
    bundle '{}'
    create
    rt start "$ID"
    rt update --memory 16m --memory-swap 16m --pids-limit 5 "$ID" || fail "update: $?"
    rt exec "$ID" /bin/probe memory 64 >"$work/out" 2>&1 </dev/null || status=$?
    [ $status = 137 ] || fail "64 MiB of 16 MiB: $status"
    rt exec "$ID" /bin/probe children 30 >"$work/out" 2>"$work/err" </dev/null || fail "exec: $(<"$work/err")"
    OUT=$(<"$work/out")
    said '"started":3'
    said EAGAIN
    rt update --memory 128m --memory-swap 128m --pids-limit -1 "$ID" || fail "update: $?"
    rt exec "$ID" /bin/probe memory 64 >"$work/out" 2>&1 </dev/null || fail "64 MiB of 128 MiB: $?"
}

update_throttles() {
    bundle '{}' /bin/sh -c 'while :; do :; done'
    create
    rt start "$ID"
    [ "$(number "$groups/$ID/cpu.stat" nr_throttled)" = 0 ] || fail "throttled without a quota"
    rt update --cpu-quota 10000 "$ID"
    throttled() { [ "$(number "$groups/$ID/cpu.stat" nr_throttled)" -ge 3 ]; }
    eventually throttled
}

update_io() {
    [ -n "${device:-}" ] || skip "no null_blk"
    bundle "{\"blockIO\":{$(throttle throttleReadBpsDevice 1048576)}}"
    create
    updates "{\"blockIO\":{$(throttle throttleWriteIOPSDevice 200)}}" "io.max=$device rbps=1048576 wbps=max riops=max wiops=200"
    updates "{\"blockIO\":{$(throttle throttleReadBpsDevice 0)}}" "io.max=$device rbps=max wbps=max riops=max wiops=200"
    printf '{"blockIO":{%s},"unified":{"memory.high":"much"}}' "$(throttle throttleWriteIOPSDevice 7)" >"$work/resources"
    no_update 'memory.high.*put back' --resources -
    is "$groups/$ID/io.max" "$device rbps=max wbps=max riops=max wiops=200"
}

# ---- events -------------------------------------------------------------------------------------------------------------

events_cases() {
    run_case "events: statistics of every controller" events_stats
    run_case "events: a kill for memory is told at once, and the container's end ends the stream" events_oom
}

events_stats() {
    bundle '{"memory":{"limit":67108864,"swap":100663296},"pids":{"limit":50},"cpu":{"quota":10000,"period":100000,"cpus":"0-1"},"blockIO":{"weight":100}}' \
        /bin/sh -c 'while :; do :; done'
    create
    rt start "$ID"
    throttled() { [ "$(number "$groups/$ID/cpu.stat" nr_throttled)" -ge 2 ]; }
    eventually throttled
    OUT=$(rt events --stats "$ID") || fail "events: $?"
    said "{\"type\":\"stats\",\"id\":\"$ID\",\"data\":{\"cpu\":{\"usage\":{\"total\":"
    said '"cpuset":{"cpus":[0,1],"mems":[0]}'
    said '"usage":{"limit":67108864,"usage":'
    said '"swap":{"limit":100663296,"usage":'
    said '"pids":{"current":1,"limit":50}'
    said '"blkio":{"ioServiceBytesRecursive":['
    said '"hugetlb":{'
    said '"network_interfaces":[{"Name":"lo","RxBytes":0'
    # Between two looks at a counter that only grows.
    local before after shown
    before=$(number "$groups/$ID/cpu.stat" usage_usec)
    OUT=$(rt events --stats "$ID")
    after=$(number "$groups/$ID/cpu.stat" usage_usec)
    shown=${OUT#*\"total\":}
    shown=${shown%%,*}
    if [ "$shown" -lt $((before * 1000)) ] || [ "$shown" -gt $((after * 1000)) ]; then
        fail "$before <= $shown <= $after"
    fi
    shown=${OUT#*\"throttledPeriods\":}
    [ "${shown%%,*}" -ge 2 ] || fail "not throttled: $OUT"
}

events_oom() {
    local stream
    bundle '{"memory":{"limit":16777216,"swap":16777216}}'
    create
    rt start "$ID"
    : >"$work/stream"
    rt events --interval 1h "$ID" >>"$work/stream" 2>"$work/err" &
    stream=$!
    began() { [[ $(<"$work/stream") == *'"type":"stats"'* ]]; }
    eventually began
    [[ $(<"$work/stream") != *'"oom"'* ]] || fail "before anything was killed: $(<"$work/stream")"
    rt exec "$ID" /bin/probe memory 64 >"$work/out" 2>&1 </dev/null && fail "64 MiB of 16 MiB went well"
    told() { [[ $(<"$work/stream") == *"{\"type\":\"oom\",\"id\":\"$ID\"}"* ]]; }
    eventually told
    rt kill "$ID" KILL
    wait $stream || fail "the stream ended with $?: $(<"$work/err")"
    # And one that ends by it: the kill is told before the end.
    rt delete "$ID"
    bundle '{"memory":{"limit":16777216,"swap":16777216}}' /bin/sh -c 'read -r line </tmp/go; exec probe memory 64'
    mkfifo "$stage/rootfs/tmp/go" 2>/dev/null || true
    create
    rt start "$ID"
    : >"$work/stream"
    rt events --interval 1h "$ID" >>"$work/stream" 2>"$work/err" &
    stream=$!
    eventually began
    echo go >"$stage/rootfs/tmp/go"
    wait $stream || fail "the stream ended with $?: $(<"$work/err")"
    told || fail "the container was killed, and nothing was told: $(<"$work/stream")"
    rm "$stage/rootfs/tmp/go"
}
