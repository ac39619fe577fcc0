# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2317,SC2154,SC2153,SC2016,SC2119
# The cases of resources.sh. `holds` compares files; a function is a case of its own. Zero, "unset", nesting, delegation
# and labels come last.

all_cases() {
    values_of_memory
    values_of_cpu
    values_of_others
    run_case "memory: beyond its limit the program is killed" memory_kills
    run_case "memory: exec counts as well" memory_kills_exec
    run_case "pids: a fork bomb ends at the limit" pids_stop_forks
    run_case "pids: zero lets nothing but the program itself live" pids_zero
    run_case "cpu: a quota throttles" cpu_throttles
    run_case "cpuset: the program sees and gets its CPU only" cpuset_binds
    run_case "cpuset: a CPU that does not exist is refused" cpuset_refused
    run_case "hugetlb: no page beyond the limit" hugetlb_refuses
    run_case "rdma: a device that does not exist is refused by name" rdma_refused
    io_cases
    device_cases
    run_case "the document of a podman container with limits" document_podman
    run_case "the document of a docker container with limits" document_docker
    place_cases
    update_cases
    events_cases
    apparmor_cases
}

# ---- values -----------------------------------------------------------------------------------------------------------

values_of_memory() {
    run_case "memory: limit, reservation, swap" holds \
        '{"memory":{"limit":67108864,"reservation":33554432,"swap":134217728}}' \
        memory.max=67108864 memory.low=33554432 memory.swap.max=67108864
    run_case "memory: no swap when both are equal" holds '{"memory":{"limit":67108864,"swap":67108864}}' \
        memory.max=67108864 memory.swap.max=0
    run_case "memory: unlimited swap" holds '{"memory":{"limit":67108864,"swap":-1}}' \
        memory.max=67108864 memory.swap.max=max
    run_case "memory: unlimited" holds '{"memory":{"limit":-1}}' memory.max=max memory.swap.max=max
}

values_of_cpu() {
    run_case "cpu: shares, quota, period" holds '{"cpu":{"shares":512,"quota":50000,"period":200000}}' \
        cpu.weight=59 "cpu.max=50000 200000"
    run_case "cpu: the default shares are the default weight" holds '{"cpu":{"shares":1024}}' cpu.weight=100
    run_case "cpu: the smallest shares" holds '{"cpu":{"shares":2}}' cpu.weight=1
    run_case "cpu: the largest shares" holds '{"cpu":{"shares":262144}}' cpu.weight=10000
    run_case "cpu: a period alone" holds '{"cpu":{"period":50000}}' "cpu.max=max 50000"
    run_case "cpu: no quota" holds '{"cpu":{"quota":-1}}' "cpu.max=max 100000"
    run_case "cpu: burst" holds '{"cpu":{"quota":50000,"period":100000,"burst":20000}}' \
        "cpu.max=50000 100000" cpu.max.burst=20000
    run_case "cpu: idle" holds '{"cpu":{"idle":1}}' cpu.idle=1
    run_case "cpu: idle after shares" holds '{"cpu":{"shares":2048,"idle":1}}' cpu.idle=1
    run_case "cpuset: cpus and mems" holds '{"cpu":{"cpus":"1","mems":"0"}}' \
        cpuset.cpus=1 cpuset.cpus.effective=1 cpuset.mems=0
}

values_of_others() {
    run_case "pids: a limit" holds '{"pids":{"limit":50}}' pids.max=50
    run_case "pids: unlimited" holds '{"pids":{"limit":-1}}' pids.max=max
    run_case "hugetlb: pages in use and reserved" holds \
        '{"hugepageLimits":[{"pageSize":"2MB","limit":4194304},{"pageSize":"1GB","limit":0}]}' \
        hugetlb.2MB.max=4194304 hugetlb.2MB.rsvd.max=4194304 hugetlb.1GB.max=0
    run_case "unified: several controllers, and it wins" holds \
        '{"cpu":{"shares":512},"unified":{"memory.high":"33554432","pids.max":"20","cpu.weight":"77"}}' \
        memory.high=33554432 pids.max=20 cpu.weight=77
    run_case "unified: swap by its own file" holds \
        '{"memory":{"limit":67108864},"unified":{"memory.swap.max":"1048576","memory.oom.group":"1"}}' \
        memory.max=67108864 memory.swap.max=1048576 memory.oom.group=1
    run_case "zeros are unset" holds \
        '{"cpu":{"shares":0,"quota":0,"period":0,"burst":0,"idle":0,"cpus":"","mems":""},"blockIO":{"weight":0,"leafWeight":0},"memory":{"limit":0,"reservation":0,"swap":0,"kernel":0,"kernelTCP":0,"disableOOMKiller":false}}' \
        cpu.weight=100 "cpu.max=max 100000" cpu.max.burst=0 cpu.idle=0 cpuset.cpus= cpuset.mems= memory.max=max \
        memory.low=0 memory.swap.max=max pids.max=max
}

# ---- felt by the process ----------------------------------------------------------------------------------------------

# Waits until the program of a started container has ended.
wait_end() {
    is_stopped() { [[ $(rt state "$ID") == *'"stopped"'* ]]; }
    eventually is_stopped
}

memory_kills() {
    bundle '{"memory":{"limit":16777216,"swap":16777216}}' /bin/probe memory 64
    create
    rt start "$ID"
    wait_end
    [ "$(number "$groups/$ID/memory.events" oom_kill)" -ge 1 ] || fail "nothing was killed for its memory"
    rt delete "$ID"
    # The same to its end, and a control: what fits goes well.
    run_it
    [ "$STATUS" = 137 ] || fail "run ended with $STATUS"
    # With the limit and the peak; the kernel has memory.peak since 5.19.
    [[ $(<"$work/err") =~ out\ of\ memory:.*memory\.max:\ 16777216\ bytes,\ peak:\ 1[0-9]{7}\ bytes ]] ||
        fail "not told: $(<"$work/err")"
    bundle '{"memory":{"limit":134217728,"swap":134217728}}' /bin/probe memory 64
    run_it
    [ "$STATUS" = 0 ] || fail "64 MiB of 128 MiB: $STATUS $OUT"
}

memory_kills_exec() {
    bundle '{"memory":{"limit":16777216,"swap":16777216}}'
    create
    rt start "$ID"
    local status=0
    rt exec "$ID" /bin/probe memory 64 >"$work/out" 2>&1 </dev/null || status=$?
    [ "$status" = 137 ] || fail "exec ended with $status"
    status=0
    rt exec "$ID" /bin/probe memory 4 >"$work/out" 2>&1 </dev/null || fail "4 MiB: $? $(<"$work/out")"
}

pids_stop_forks() {
    bundle '{"pids":{"limit":10}}' /bin/probe children 30
    run_it
    said '"started":9'
    said EAGAIN
    bundle '{"pids":{"limit":50}}' /bin/probe children 30
    run_it
    said '"started":30'
    # And one that never stops trying: delete ends it whole.
    bundle '{"pids":{"limit":20}}' /bin/sh -c 'bomb() { bomb | bomb & }; while :; do bomb; done'
    create
    rt start "$ID"
    was_stopped() { [ "$(number "$groups/$ID/pids.events" max)" -ge 1 ]; }
    eventually was_stopped
    rt delete --force "$ID"
    gone "/$ID"
}

pids_zero() {
    bundle '{"pids":{"limit":0}}' /bin/probe children 5
    run_it
    [ "$STATUS" = 0 ] || fail "$STATUS $(<"$work/err")"
    said '"started":0'
}

cpu_throttles() {
    bundle '{"cpu":{"quota":10000,"period":100000}}' /bin/sh -c 'while :; do :; done'
    create
    rt start "$ID"
    throttled() { [ "$(number "$groups/$ID/cpu.stat" nr_throttled)" -ge 3 ]; }
    eventually throttled
}

cpuset_binds() {
    bundle '{"cpu":{"cpus":"1"}}' /bin/sh -c 'while read -r key value; do
        [ "$key" != Cpus_allowed_list: ] || echo "cpus $value"; done </proc/self/status'
    run_it
    said 'cpus 1'
    bundle '{}' /bin/sh -c 'while read -r key value; do
        [ "$key" != Cpus_allowed_list: ] || echo "cpus $value"; done </proc/self/status'
    run_it
    said 'cpus 0-1'
}

cpuset_refused() {
    bundle '{"cpu":{"cpus":"7"}}'
    refused '/linux/resources/cpu/cpus.*"7".*cpuset\.cpus'
    gone "/$ID"
}

hugetlb_refuses() {
    echo 8 >/proc/sys/vm/nr_hugepages
    [ "$(</proc/sys/vm/nr_hugepages)" = 8 ] || fail "the machine has no huge pages to give"
    local MOUNTS='{"destination":"/mnt","type":"hugetlbfs","source":"hugetlbfs","options":["pagesize=2M"]}'
    bundle '{"hugepageLimits":[{"pageSize":"2MB","limit":4194304}]}' \
        /bin/sh -c 'fallocate -l 4194304 /mnt/two && echo two; fallocate -l 8388608 /mnt/four && echo four; true'
    run_it
    said two
    [[ $OUT != *four* ]] || fail "four pages where two are allowed"
    bundle '{}' /bin/sh -c 'fallocate -l 8388608 /mnt/four && echo four; true'
    run_it
    said four
    echo 0 >/proc/sys/vm/nr_hugepages
}

rdma_refused() {
    bundle '{"rdma":{"nosuch0":{"hcaHandles":3,"hcaObjects":10000}}}'
    refused 'rdma/nosuch0.*"nosuch0 hca_handle=3 hca_object=10000".*rdma\.max'
    gone "/$ID"
}

# ---- block devices ----------------------------------------------------------------------------------------------------

io_cases() {
    local name
    if ! modprobe null_blk nr_devices=1 2>"$work/log"; then
        run_case "io" skip "no null_blk: $(<"$work/log")"
        return
    fi
    eventually test -e /sys/block/nullb0/dev
    device=$(</sys/block/nullb0/dev)
    major=${device%:*} minor=${device#*:}
    run_case "io: weight" io_weight
    run_case "io: throttles of every kind" io_throttles
    run_case "io: a throttled program reads no faster" io_slows
    run_case "io: a device that does not exist is refused" io_refused
    run_case "unified: one line for each device" io_unified
    run_case "io: weights where BFQ is the scheduler" io_bfq
}

skip() {
    echo "$*"
    exit 77
}

io_weight() {
    # 10 to 1000 become 1 to 10000. A device takes a weight of its own when its cost model is on.
    holds '{"blockIO":{"weight":500}}' "io.weight=default 4950"
    rt delete --force "$ID"
    echo "$device enable=1" >"$groups/io.cost.qos"
    bundle "{\"blockIO\":{\"weight\":10,\"weightDevice\":[{\"major\":$major,\"minor\":$minor,\"weight\":1000}]}}"
    create
    echo "$device enable=0" >"$groups/io.cost.qos"
    has "$groups/$ID/io.weight" "default 1"
    has "$groups/$ID/io.weight" "$device 10000"
}

throttle() { # MEMBER RATE
    printf '"%s":[{"major":%s,"minor":%s,"rate":%s}]' "$1" "$major" "$minor" "$2"
}

io_throttles() {
    holds "{\"blockIO\":{$(throttle throttleReadBpsDevice 1048576),$(throttle throttleWriteBpsDevice 2097152),$(
        throttle throttleReadIOPSDevice 100),$(throttle throttleWriteIOPSDevice 200)}}" \
        "io.max=$device rbps=1048576 wbps=2097152 riops=100 wiops=200"
}

# The only promise of a throttle is a time that cannot be undercut; a slow machine can but take longer.
io_slows() {
    local started took devices="[{\"allow\":false,\"access\":\"rwm\"},{\"allow\":true,\"type\":\"b\",\"major\":$major,\"minor\":$minor,\"access\":\"rw\"}]"
    local LINUX="\"devices\":[{\"path\":\"/dev/disk\",\"type\":\"b\",\"major\":$major,\"minor\":$minor}]"
    bundle "{\"devices\":$devices,\"blockIO\":{$(throttle throttleReadBpsDevice 1048576)}}" \
        /bin/dd if=/dev/disk of=/dev/null bs=524288 count=6 iflag=direct
    create
    started=${EPOCHREALTIME/[.,]/}
    rt start "$ID"
    wait_end
    took=$((${EPOCHREALTIME/[.,]/} - started))
    [[ $(<"$groups/$ID/io.stat") == *"$device rbytes=3145728"* ]] || fail "io.stat: $(<"$groups/$ID/io.stat")"
    [ "$took" -ge 2000000 ] || fail "3 MiB at 1 MiB a second took $took microseconds"
}

io_refused() {
    bundle '{"blockIO":{"throttleReadBpsDevice":[{"major":250,"minor":7,"rate":1048576}]}}'
    refused 'throttleReadBpsDevice/0.*250:7.*io\.max'
    gone "/$ID"
}

io_unified() {
    holds "{\"unified\":{\"io.max\":\"$device rbps=4096\\n$device wiops=9\\n\"}}" \
        "io.max=$device rbps=4096 wbps=max riops=max wiops=9"
}

# BFQ brings a file with v1's scale; it is preferred, for then nobody heeds io.weight.
io_bfq() {
    modprobe bfq 2>/dev/null || skip "no BFQ here"
    echo bfq >/sys/block/nullb0/queue/scheduler
    bundle "{\"blockIO\":{\"weight\":500,\"weightDevice\":[{\"major\":$major,\"minor\":$minor,\"weight\":300}]}}"
    create
    has "$groups/$ID/io.bfq.weight" "default 500"
    has "$groups/$ID/io.bfq.weight" "$device 300"
    echo none >/sys/block/nullb0/queue/scheduler
}

# ---- devices by program -------------------------------------------------------------------------------------------------

device_cases() {
    echo 0 >/proc/sys/kernel/dmesg_restrict # or 1:11 takes a capability too
    run_case "devices: all denied leaves the default ones" devices_default
    run_case "devices: a rule allows what it names, and no more" devices_allowed
    run_case "devices: the last rule wins" devices_last
    run_case "devices: without rules nothing is denied" devices_open
}

# The node is made within, where making is allowed; to open it is another matter.
devices_default() {
    bundle '{"devices":[{"allow":false,"access":"rwm"}]}' /bin/sh -c 'for d in null zero full random urandom; do
            probe open /dev/$d r; done; probe open /dev/null w; probe mknod /dev/kmsg2 c 1 11; probe open /dev/kmsg2 r
            probe mknod /dev/disk2 b 7 0; probe open /dev/disk2 r; true'
    run_it
    local each
    for each in null zero full random urandom; do
        did open "/dev/$each" null
    done
    did mknod /dev/kmsg2 null
    did open /dev/kmsg2 EPERM
    did open /dev/disk2 EPERM
}

devices_allowed() {
    bundle '{"devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":1,"minor":11,"access":"r"}]}' \
        /bin/sh -c 'probe mknod /dev/log c 1 11; probe open /dev/log r; probe open /dev/log w; probe mknod /dev/mem2 c 1 1
            probe open /dev/mem2 r; true'
    run_it
    did open /dev/log null
    did open /dev/log EPERM
    did open /dev/mem2 EPERM
}

devices_last() {
    bundle '{"devices":[{"allow":true,"access":"rwm"},{"allow":false,"type":"c","major":1,"minor":11,"access":"rw"}]}' \
        /bin/sh -c 'probe mknod /dev/log c 1 11; probe open /dev/log r; probe mknod /dev/loop b 7 0
            probe open /dev/loop r; true'
    run_it
    did open /dev/log EPERM
    # No such disk, or one without a medium, is not for the program to refuse.
    [[ $OUT != *'/dev/loop"'*'"EPERM"'* ]] || fail "what the first rule allows is refused: $OUT"
}

devices_open() {
    bundle '{}' /bin/sh -c 'probe mknod /dev/log c 1 11; probe open /dev/log r; true'
    run_it
    did open /dev/log null
}

# ---- real documents -----------------------------------------------------------------------------------------------------

document_podman() {
    local TEMPLATE=podman-memory CGROUP=/libpod_parent-$ID/libpod-$ID place=$groups/libpod_parent-$ID/libpod-$ID
    bundle '{}'
    create
    is "$place/memory.max" 67108864
    is "$place/memory.low" 33554432
    is "$place/memory.swap.max" 67108864
    is "$place/cpu.weight" 59
    is "$place/cpu.max" "50000 100000"
    is "$place/cpuset.cpus" 0
    is "$place/pids.max" 50
    rt start "$ID"
    rt delete --force "$ID"
    gone "/libpod_parent-$ID"
}

document_docker() {
    local TEMPLATE=docker-memory CGROUP=/docker-$ID/$ID place=$groups/docker-$ID/$ID
    bundle '{}'
    create
    is "$place/memory.max" 67108864
    is "$place/memory.swap.max" 67108864
    is "$place/cpu.max" "50000 100000"
    is "$place/pids.max" 50
    is "$place/io.weight" "default 100"
    rt start "$ID"
    rt delete --force "$ID"
    gone "/docker-$ID"
}

# ---- where the cgroup is ------------------------------------------------------------------------------------------------

place_cases() {
    run_case "cgroupsPath: controllers all the way down, and nothing stays" path_nested
    run_case "cgroupsPath: parents go with the last container" path_shared
    run_case "cgroupsPath: a parent that was there stays" path_kept
    run_case "cgroupsPath: relative is beneath the caller's own" path_relative
    run_case "cgroupsPath: a cgroup with processes is nobody's parent" path_busy
    run_case "cgroupsPath: another container's is refused" path_taken
    run_case "a controller that the caller was not given is named" controller_missing
    run_case "zeros need no controller" controller_not_needed
    run_case "a user namespace gets its cgroup to divide" delegated_inside
    run_case "rootless: limits in a cgroup that was handed over" rootless_delegated
    run_case "rootless: a limit without a cgroup is refused" rootless_refused
    run_case "the systemd manager is refused by name" systemd_refused
}

path_nested() {
    local CGROUP=/top-$ID/middle/leaf
    bundle '{"memory":{"limit":67108864},"cpu":{"cpus":"0"},"hugepageLimits":[{"pageSize":"2MB","limit":2097152}]}'
    create
    is "$groups/top-$ID/middle/leaf/memory.max" 67108864
    is "$groups/top-$ID/middle/leaf/cpuset.cpus" 0
    is "$groups/top-$ID/middle/leaf/hugetlb.2MB.max" 2097152
    is "$groups/top-$ID/middle/leaf/cgroup.procs" "$PID"
    is "$groups/top-$ID/middle/leaf/cgroup.subtree_control" ""
    is "/proc/$PID/cgroup" "0::/top-$ID/middle/leaf"
    rt delete --force "$ID"
    gone "/top-$ID"
}

path_shared() {
    local CGROUP=/shared-$ID/one
    bundle '{"pids":{"limit":5}}'
    create
    CGROUP=/shared-$ID/two
    bundle '{"pids":{"limit":6}}'
    create "$ID-two"
    rt delete --force "$ID"
    gone "/shared-$ID/one"
    is "$groups/shared-$ID/two/pids.max" 6
    rt delete --force "$ID-two"
    gone "/shared-$ID"
}

path_kept() {
    mkdir "$groups/kept-$ID"
    local CGROUP=/kept-$ID/ours/one
    bundle '{"pids":{"limit":5}}'
    create
    is "$groups/kept-$ID/ours/one/pids.max" 5
    rt delete --force "$ID"
    gone "/kept-$ID/ours"
    rmdir "$groups/kept-$ID"
}

# in_cgroup PATH COMMAND...: a process of its own in there.
in_cgroup() {
    bash -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' - "$groups$1" "${@:2}"
}

path_relative() {
    mkdir "$groups/caller-$ID" "$groups/caller-$ID/shell"
    local CGROUP=beside-$ID
    bundle '{}'
    # The caller's own cgroup holds the caller: what goes beneath it takes no controllers.
    in_cgroup "/caller-$ID/shell" timeout 30 "$thwart" create --bundle "$BUNDLE" --pid-file "$work/pid" "$ID" \
        </dev/null >"$work/out" 2>"$work/err" || fail "create: $(<"$work/err")"
    is "/proc/$(<"$work/pid")/cgroup" "0::/caller-$ID/shell/beside-$ID"
    rt delete --force "$ID"
    rmdir "$groups/caller-$ID/shell" "$groups/caller-$ID"
}

path_busy() {
    mkdir "$groups/busy-$ID"
    in_cgroup "/busy-$ID" sleep 100 &
    local sleeper=$!
    inside() { [ -n "$(<"$groups/busy-$ID/cgroup.procs")" ]; }
    eventually inside
    local CGROUP=/busy-$ID/leaf each
    # The kernel refuses the first by itself; the others it would grant, and then let no process in.
    for each in '{"memory":{"limit":67108864}}' '{"pids":{"limit":5}}' '{"cpu":{"shares":512}}'; do
        bundle "$each"
        refused "busy-$ID.*processes"
        gone "/busy-$ID/leaf"
        is "$groups/busy-$ID/cgroup.type" domain
    done
    echo 1 >"$groups/busy-$ID/cgroup.kill"
    wait $sleeper || true
    eventually rmdir "$groups/busy-$ID"
}

path_taken() {
    bundle '{}'
    create
    local status=0
    rt create --bundle "$BUNDLE" "$ID-two" >"$work/out" 2>"$work/err" </dev/null || status=$?
    [ "$status" != 0 ] || fail "two containers in one cgroup"
    [[ $(<"$work/err") == *"/$ID exists already and holds processes"* ]] || fail "$(<"$work/err")"
    is "$groups/$ID/cgroup.procs" "$PID"
}

# with_poor_tree COMMAND...: what the command takes for the root of all cgroups was handed no controller.
with_poor_tree() {
    mkdir -p "$groups/poor-$ID/root"
    in_cgroup "/poor-$ID/root" unshare --cgroup --mount bash -c 'umount /sys/fs/cgroup &&
        mount -t cgroup2 cgroup2 /sys/fs/cgroup && mkdir /sys/fs/cgroup/self && echo $$ >/sys/fs/cgroup/self/cgroup.procs &&
        "$@"; status=$?; echo 0 >/proc/self/oom_score_adj; exit $status' - "$@"
}

end_poor_tree() {
    eventually rmdir "$groups/poor-$ID/root/self"
    rmdir "$groups/poor-$ID/root" "$groups/poor-$ID"
}

controller_missing() {
    local each status controller
    while read -r controller each; do
        bundle "$each"
        status=0
        with_poor_tree timeout 30 "$thwart" run --bundle "$BUNDLE" "$ID" >"$work/out" 2>"$work/err" </dev/null || status=$?
        [ "$status" != 0 ] || fail "$controller: not refused"
        [[ $(<"$work/err") =~ controller\ [\"\`]?$controller ]] || fail "$controller is not named: $(<"$work/err")"
        [[ $(<"$work/err") != *[Nn]"o such file"* ]] || fail "as if a command were missing: $(<"$work/err")"
        end_poor_tree
    done <<'END'
memory {"memory":{"limit":67108864}}
cpu {"cpu":{"shares":512}}
cpuset {"cpu":{"cpus":"0"}}
pids {"pids":{"limit":10}}
io {"blockIO":{"weight":500}}
hugetlb {"unified":{"hugetlb.2MB.max":"0"}}
rdma {"rdma":{"mlx5_1":{"hcaHandles":3}}}
END
}

controller_not_needed() {
    bundle '{"cpu":{"shares":0},"blockIO":{"weight":0},"memory":{"limit":0,"disableOOMKiller":false}}' /bin/true
    with_poor_tree timeout 30 "$thwart" run --bundle "$BUNDLE" "$ID" >"$work/out" 2>"$work/err" </dev/null ||
        fail "$? $(<"$work/err")"
    end_poor_tree
}

mapped='"uidMappings":[{"containerID":0,"hostID":300000,"size":1000}],"gidMappings":[{"containerID":0,"hostID":300000,"size":1000}]'
writable_cgroups='{"destination":"/sys/fs/cgroup","type":"cgroup","source":"cgroup","options":["rw","nosuid","nodev","noexec"]}'

delegated_inside() {
    local NAMESPACES='{"type":"cgroup"},{"type":"user"}' LINUX=$mapped MOUNTS=$writable_cgroups
    bundle '{"pids":{"limit":30}}' /bin/sh -c 'cd /sys/fs/cgroup && mkdir leaf sub && echo $$ >leaf/cgroup.procs &&
        echo +pids >cgroup.subtree_control && echo 3 >sub/pids.max && echo "divided $(cat sub/pids.max)"
        echo 40 >pids.max && echo widened; true'
    run_it
    said "divided 3"
    [[ $OUT != *widened* ]] || fail "the container changed its own limit"
}

as_user() {
    setpriv --reuid=4711 --regid=4711 --clear-groups --inh-caps=-all --bounding-set=-all \
        env -i PATH="$PATH" XDG_RUNTIME_DIR=/run/user/4711 timeout 30 "$thwart" "$@"
}

prepare_user() {
    install -d -o 4711 -g 4711 -m 0700 /run/user/4711
    chmod 0755 "$work" "$BUNDLE"
    chmod 0644 "$BUNDLE/config.json"
}

own_id='"uidMappings":[{"containerID":0,"hostID":4711,"size":1}],"gidMappings":[{"containerID":0,"hostID":4711,"size":1}]'

rootless_delegated() {
    local NAMESPACES='{"type":"cgroup"},{"type":"user"}' LINUX=$own_id CGROUP=/user-$ID/container
    mkdir "$groups/user-$ID" "$groups/user-$ID/shell"
    echo "+memory +pids" >"$groups/user-$ID/cgroup.subtree_control"
    chown 4711:4711 "$groups/user-$ID"{,/cgroup.procs,/cgroup.subtree_control} "$groups/user-$ID/shell"{,/cgroup.procs}
    bundle '{"memory":{"limit":16777216,"swap":16777216},"pids":{"limit":5}}' /bin/probe memory 64
    prepare_user
    local status=0
    as_user_in() { echo "$BASHPID" >"$groups/user-$ID/shell/cgroup.procs" && as_user "$@"; }
    (as_user_in create --bundle "$BUNDLE" --pid-file /run/user/4711/pid "$ID") </dev/null >"$work/out" 2>"$work/err" ||
        fail "create: $(<"$work/err")"
    is "/proc/$(</run/user/4711/pid)/cgroup" "0::/user-$ID/container"
    is "$groups/user-$ID/container/pids.max" 5
    (as_user_in start "$ID") </dev/null || fail "start: $?"
    killed() { [ "$(number "$groups/user-$ID/container/memory.events" oom_kill)" -ge 1 ]; }
    eventually killed
    (as_user_in delete --force "$ID") || fail "delete: $?"
    gone "/user-$ID/container"
    rmdir "$groups/user-$ID/shell" "$groups/user-$ID"
    rm -rf /run/user/4711
}

rootless_refused() {
    local NAMESPACES='{"type":"cgroup"},{"type":"user"}' LINUX=$own_id TEMPLATE=pathless
    bundle '{"memory":{"limit":16777216}}' /bin/true
    prepare_user
    local status=0
    as_user run --bundle "$BUNDLE" "$ID" >"$work/out" 2>"$work/err" </dev/null || status=$?
    [ "$status" != 0 ] || fail "a limit that nobody enforces was taken"
    [[ $(<"$work/err") == */linux/resources/memory/limit* ]] || fail "$(<"$work/err")"
    rm -rf /run/user/4711
}

systemd_refused() {
    bundle '{}'
    local status=0
    rt --systemd-cgroup run --bundle "$BUNDLE" "$ID" >"$work/out" 2>"$work/err" </dev/null || status=$?
    [ "$status" != 0 ] || fail "not refused"
    [[ $(<"$work/err") == *systemd* ]] || fail "$(<"$work/err")"
}

# shellcheck source-path=SCRIPTDIR source=update_cases.sh
. "$(dirname "${BASH_SOURCE[0]}")/update_cases.sh"

# ---- AppArmor -----------------------------------------------------------------------------------------------------------

apparmor_cases() {
    run_case "apparmor: unconfined" apparmor_unconfined
    run_case "apparmor: a profile that is not loaded is refused by name" apparmor_missing
    run_case "apparmor: the program and what is executed in it are confined" apparmor_confined
}

show_label='read -r label </proc/self/attr/current; echo "label <$label>"; echo x >/forbidden && echo written; true'

apparmor_unconfined() {
    local PROCESS='"apparmorProfile":"unconfined"'
    bundle '{}' /bin/sh -c "$show_label"
    run_it
    said 'label <unconfined>'
    said written
}

apparmor_missing() {
    local PROCESS='"apparmorProfile":"no-such-profile"'
    bundle '{}' /bin/true
    refused 'no-such-profile'
    gone "/$ID"
}

apparmor_confined() {
    local parser
    parser=$(PATH=$PATH:/sbin:/usr/sbin type -P apparmor_parser) || skip "no apparmor_parser (apt-get install apparmor)"
    "$parser" --replace --skip-cache <<'END' || fail "the profile was not loaded"
profile thwart-test flags=(attach_disconnected,mediate_deleted) {
  file,
  capability,
  network,
  signal,
  deny /forbidden w,
}
END
    local PROCESS='"apparmorProfile":"thwart-test","noNewPrivileges":true'
    bundle '{}' /bin/sh -c "$show_label"
    run_it
    said 'label <thwart-test (enforce)>'
    [[ $OUT != *written* ]] || fail "what the profile denies was done"
    bundle '{}'
    create
    rt start "$ID"
    rt exec "$ID" /bin/sh -c "$show_label" >"$work/out" 2>"$work/err" </dev/null || fail "exec: $(<"$work/err")"
    OUT=$(<"$work/out")
    said 'label <thwart-test (enforce)>'
    [[ $OUT != *written* ]] || fail "exec: what the profile denies was done"
    rt delete --force "$ID"
    "$parser" --remove <<'END'
profile thwart-test {
}
END
}
