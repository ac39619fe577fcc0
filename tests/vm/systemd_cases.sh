# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2317,SC2154,SC2153,SC2016,SC2119,SC2120
# The cases of systemd's cgroup manager, for resources.sh in a machine that systemd runs. Properties are read back with
# systemctl, files beside them: both have to say the same.

all_cases() {
    # What waits for its time to run out does so while the others run.
    hung_bus_begins
    properties_cases
    run_case "names: slices within slices, no path, no prefix, crun's short forms" names
    run_case "annotations: properties of the unit" annotations
    run_case "memory: beyond its limit the program is killed, the unit forgotten, the id free again" memory_kills
    run_case "pids: one is enough for the program, and no more" pids_one
    run_case "devices: by systemd's program as well, and never narrower" devices_both
    run_case "daemon-reload: limits and devices stay" reload
    run_case "update: properties and files" updated
    run_case "life: exec, ps, pause, kill, run to the end" life
    run_case "a cgroup that the container divides: exec follows init" divided
    run_case "user namespace: the cgroup is its root's" userns_owner
    run_case "systemctl stop: the container is stopped, delete asks nobody" stopped_from_outside
    run_case "a failed unit of the same name gives way" failed_unit
    run_case "an active unit of the same name is another's" name_taken
    run_case "two roots, one name: delete leaves the other's alone" two_roots
    run_case "killed at any moment: delete --force leaves no unit" killed_anywhere
    run_case "a failing hook leaves no unit" hook_fails
    run_case "without a bus systemd's own socket is asked" no_bus
    run_case "refused: forms, slices, properties" refusals
    run_case "rootless: by the user's systemd, from outside of its cgroups" rootless
    run_case "rootless: without a bus or systemd, a word on what to do" rootless_refused
    run_case "podman --cgroup-manager=systemd" podman_runs
    run_case "podman --systemd=always: systemd in the container" podman_runs_systemd
    run_case "podman rootless, in its user namespace" podman_runs_rootless
    run_case "a bus that never answers: create ends in time" hung_bus_create
    run_case "a bus that never answers: delete kills, says what is left, and is repeated" hung_bus_delete
}

groups=/sys/fs/cgroup

rt() {
    timeout --foreground -k 2 60 "$thwart" --systemd-cgroup "$@"
}

# Units of containers, cgroups with their names, states.
census() {
    systemctl list-units --all --plain --no-legend 'thwart-*' 'cri-*' 'libpod-*' | cut -d' ' -f1 | tr '\n' ' '
    find "$groups" -type d \( -name 'thwart-*' -o -name 'cri-*' -o -name 'libpod-*' \) 2>/dev/null | tr '\n' ' '
    find /run/thwart -mindepth 1 -maxdepth 1 ! -name '@*' 2>/dev/null | tr '\n' ' '
}

# unit [ID]: of a container of this file. place: its cgroup.
unit() {
    echo "thwart-${1:-$ID}.scope"
}

bundle_here() {
    CGROUP=${CGROUP:-thwart_t.slice:thwart:$ID} bundle "$@"
}

place() {
    echo "$groups/thwart_t.slice/$(unit "$@")"
}

# shows PROPERTY=VALUE...: what systemd has for the container's unit.
shows() {
    local each properties='' seen
    for each; do properties+=${each%%=*},; done
    seen=$'\n'$(systemctl show "${UNIT:-$(unit)}" -p "$properties" --all)$'\n'
    for each; do
        [[ $seen == *$'\n'"$each"$'\n'* ]] || fail "expected $each, systemd shows:$seen"
    done
}

is_forgotten() {
    [ "$(systemctl show "$(unit)" -p LoadState --value)" = not-found ] && [ ! -e "$(place)" ]
}

forgotten() {
    is_forgotten || fail "systemd still has $(unit), or its cgroup is there: $(systemctl status "$(unit)"; ls -d "$(place)")"
}

# says RESOURCES PROPERTY=VALUE... -- FILE=VALUE...: a created container's.
says() {
    local each wanted=()
    bundle_here "$1"
    shift
    create
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        wanted+=("$1")
        shift
    done
    shift
    shows "${wanted[@]}"
    for each; do
        is "$(place)/${each%%=*}" "${each#*=}"
    done
}

# ---- properties ---------------------------------------------------------------------------------------------------------

properties_cases() {
    run_case "memory: limit, reservation, swap" says \
        '{"memory":{"limit":67108864,"reservation":33554432,"swap":134217728}}' \
        MemoryMax=67108864 MemoryLow=33554432 MemorySwapMax=67108864 MemoryAccounting=yes -- \
        memory.max=67108864 memory.low=33554432 memory.swap.max=67108864
    run_case "cpu: shares, quota and period, cpus and nodes; pids" says \
        '{"cpu":{"shares":512,"quota":50000,"period":200000,"cpus":"1","mems":"0"},"pids":{"limit":50}}' \
        CPUWeight=59 CPUQuotaPerSecUSec=250ms CPUQuotaPeriodUSec=200ms AllowedCPUs=1 AllowedMemoryNodes=0 TasksMax=50 \
        Delegate=yes CollectMode=inactive-or-failed Slice=thwart_t.slice -- \
        cpu.weight=59 "cpu.max=50000 200000" cpuset.cpus=1 cpuset.mems=0 pids.max=50
    run_case "unlimited, idle; a quota that is no whole percent is exact in its file" says \
        '{"memory":{"limit":-1},"pids":{"limit":-1},"cpu":{"idle":1,"quota":12345,"period":100000}}' \
        MemoryMax=infinity MemorySwapMax=infinity TasksMax=infinity CPUQuotaPerSecUSec=130ms -- \
        memory.max=max memory.swap.max=max pids.max=max cpu.idle=1 "cpu.max=12345 100000"
    run_case "unified: those that are properties, and those that are files only" says \
        '{"unified":{"memory.high":"32M","memory.min":"1048576","cpu.weight":"77","pids.max":"20","memory.oom.group":"1","cgroup.max.depth":"3"}}' \
        MemoryHigh=33554432 MemoryMin=1048576 CPUWeight=77 TasksMax=20 -- \
        memory.high=33554432 memory.min=1048576 cpu.weight=77 pids.max=20 memory.oom.group=1 cgroup.max.depth=3
    run_case "what systemd has no word for: huge pages, a burst, a controller that it does not hand down" says \
        '{"hugepageLimits":[{"pageSize":"2MB","limit":4194304}],"cpu":{"quota":50000,"period":100000,"burst":20000}}' \
        CPUQuotaPerSecUSec=500ms -- hugetlb.2MB.max=4194304 cpu.max.burst=20000 "cpu.max=50000 100000"
    modprobe null_blk 2>/dev/null
    if [ -e /sys/block/nullb0/dev ]; then
        device=$(</sys/block/nullb0/dev)
        major=${device%:*} minor=${device#*:}
        run_case "io: weights and throttles" io_properties
    else
        run_case "io: weights and throttles" skip_case "no null_blk here"
    fi
}

skip_case() {
    echo "$*"
    exit 77
}

throttle() { # MEMBER RATE
    printf '"%s":[{"major":%s,"minor":%s,"rate":%s}]' "$1" "$major" "$minor" "$2"
}

io_properties() {
    local node=/dev/block/$device
    says "{\"blockIO\":{\"weight\":500,$(throttle throttleReadBpsDevice 1048576),$(throttle throttleWriteBpsDevice 2097152),$(
        throttle throttleReadIOPSDevice 100),$(throttle throttleWriteIOPSDevice 200)}}" \
        IOWeight=4950 "IOReadBandwidthMax=$node 1048576" "IOWriteBandwidthMax=$node 2097152" "IOReadIOPSMax=$node 100" \
        "IOWriteIOPSMax=$node 200" -- "io.max=$device rbps=1048576 wbps=2097152 riops=100 wiops=200"
}

# ---- names ----------------------------------------------------------------------------------------------------------------

# named CGROUPSPATH UNIT PLACE
named() {
    local TEMPLATE=plain CGROUP=$1
    [ -n "$1" ] || TEMPLATE=pathless
    bundle '{}'
    create
    UNIT=$2 shows ActiveState=active "ControlGroup=$3/$2"
    is "/proc/$PID/cgroup" "0::$3/$2"
    is "$groups$3/$2/cgroup.procs" "$PID"
    rt delete --force "$ID"
    [ ! -e "$groups$3/$2" ] || fail "$3/$2 is still there"
}

names() {
    named "" "thwart-$ID.scope" /system.slice
    named "thwart_t-pods-burst.slice:cri-containerd:$ID" "cri-containerd-$ID.scope" \
        /thwart_t.slice/thwart_t-pods.slice/thwart_t-pods-burst.slice
    named ":libpod:$ID" "libpod-$ID.scope" /system.slice
    named "thwart_t.slice::thwart-$ID" "thwart-$ID.scope" /thwart_t.slice
    named "thwart_t.slice:thwart-$ID" "thwart-$ID.scope" /thwart_t.slice
    named "thwart-$ID" "thwart-$ID.scope" /system.slice
    named "-:thwart:$ID" "thwart-$ID.scope" ""
}

annotate() { # JSON of the annotations
    sed -i "s|\"ociVersion\"|\"annotations\":$1,\"ociVersion\"|" "$BUNDLE/config.json"
}

annotations() {
    bundle_here '{}'
    annotate '{"org.systemd.property.TimeoutStopSec":"uint64 7","org.systemd.property.RuntimeMaxUSec":"uint64 500000000","org.systemd.property.KillSignal":"int32 10","org.systemd.property.After":"['"'basic.target'"']"}'
    create
    shows TimeoutStopUSec=7s RuntimeMaxUSec='8min 20s' KillSignal=10
    [[ $(systemctl show "$(unit)" -p After --value) == *basic.target* ]] || fail "not after basic.target"
}

refusals() {
    local CGROUP=/default/$ID
    bundle '{}'
    refused 'SLICE:PREFIX:NAME'
    CGROUP=sshd.service:a:b
    bundle '{}'
    refused 'no name of a slice'
    CGROUP=thwart_t.slice:thwart:$ID
    bundle '{}'
    annotate '{"org.systemd.property.PIDs":"[@u 1]"}'
    refused 'PIDs .*not for a configuration to set'
    bundle '{}'
    annotate '{"org.systemd.property.CollectMode":"'"'sometimes'"'"}'
    refused 'systemd refuses to start the unit'
    forgotten
}

# ---- felt -----------------------------------------------------------------------------------------------------------------

is_stopped() { [[ $(rt state "$ID") == *'"stopped"'* ]]; }

memory_kills() {
    bundle_here '{"memory":{"limit":16777216,"swap":16777216},"unified":{"memory.oom.group":"1"}}' /bin/probe memory 64
    create
    rt start "$ID"
    eventually is_stopped
    rt delete "$ID"
    forgotten
    run_it
    [ "$STATUS" = 137 ] || fail "run ended with $STATUS: $(<"$work/err")"
    forgotten
}

pids_one() {
    bundle_here '{"pids":{"limit":1}}' /bin/probe children 5
    create
    shows TasksMax=1
    is "$(place)/pids.max" 1
    rt delete --force "$ID"
    run_it
    [ "$STATUS" = 0 ] || fail "$STATUS $(<"$work/err")"
    said '"started":0'
    bundle_here '{"pids":{"limit":10}}' /bin/probe children 30
    run_it
    said '"started":9'
}

try_devices='probe open /dev/null w; probe open /dev/zero r; probe mknod /dev/log c 1 11; probe open /dev/log r
    probe open /dev/log w; probe mknod /dev/mem2 c 1 1; probe open /dev/mem2 r; true'
log_readable='{"devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":1,"minor":11,"access":"r"}]}'

devices_as_asked() {
    did open /dev/null null
    did open /dev/zero null
    did open /dev/log null
    did open /dev/log EPERM
    did open /dev/mem2 EPERM
}

devices_both() {
    echo 0 >/proc/sys/kernel/dmesg_restrict # or 1:11 takes a capability too
    bundle_here "$log_readable" /bin/sh -c "$try_devices"
    run_it
    devices_as_asked
    create
    shows DevicePolicy=strict
    [[ $(systemctl show "$(unit)" -p DeviceAllow) == *"/dev/char/1:11 r"* ]] || fail "not said to systemd"
    rt delete --force "$ID"
    # A rule that systemd has no words for: it gets none.
    bundle_here '{"devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","minor":11,"access":"r"}]}' \
        /bin/sh -c 'probe mknod /dev/log c 1 11; probe open /dev/log r; probe mknod /dev/mem2 c 1 1; probe open /dev/mem2 r; true'
    run_it
    did open /dev/log null
    did open /dev/mem2 EPERM
    create
    shows DevicePolicy=auto
}

reload() {
    local file before
    bundle_here '{"memory":{"limit":67108864},"pids":{"limit":50},"cpu":{"quota":50000,"period":100000,"cpus":"1"},"hugepageLimits":[{"pageSize":"2MB","limit":4194304}],"devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":1,"minor":11,"access":"r"}]}'
    create
    rt start "$ID"
    systemctl daemon-reload
    for file in memory.max=67108864 pids.max=50 "cpu.max=50000 100000" cpuset.cpus=1 hugetlb.2MB.max=4194304; do
        is "$(place)/${file%%=*}" "${file#*=}"
    done
    shows MemoryMax=67108864 TasksMax=50 CPUQuotaPerSecUSec=500ms AllowedCPUs=1 ActiveState=active DevicePolicy=strict
    OUT=$(rt exec "$ID" /bin/sh -c "$try_devices")
    devices_as_asked
    # What an administrator sets is systemd's to write, and leaves the rest.
    systemctl set-property --runtime "$(unit)" MemoryMax=100M
    is "$(place)/memory.max" 104857600
    is "$(place)/pids.max" 50
    is "$(place)/hugetlb.2MB.max" 4194304
}

updated() {
    bundle_here '{"memory":{"limit":67108864},"pids":{"limit":50},"cpu":{"shares":1024}}'
    create
    rt start "$ID"
    echo '{"memory":{"limit":33554432},"pids":{"limit":1},"cpu":{"shares":512,"quota":12345,"period":100000}}' |
        rt update --resources - "$ID" >"$work/out" 2>"$work/err" || fail "update: $(<"$work/err")"
    shows MemoryMax=33554432 TasksMax=1 CPUWeight=59 CPUQuotaPerSecUSec=130ms
    is "$(place)/memory.max" 33554432
    is "$(place)/pids.max" 1
    is "$(place)/cpu.weight" 59
    is "$(place)/cpu.max" "12345 100000"
    systemctl daemon-reload
    is "$(place)/memory.max" 33554432
    is "$(place)/pids.max" 1
    is "$(place)/cpu.weight" 59
}

# ---- life -----------------------------------------------------------------------------------------------------------------

life() {
    bundle_here '{"pids":{"limit":50}}' /bin/sh -c 'exit 7'
    run_it
    [ "$STATUS" = 7 ] || fail "run ended with $STATUS: $(<"$work/err")"
    forgotten
    bundle_here '{"pids":{"limit":50}}'
    create
    rt start "$ID"
    OUT=$(rt exec "$ID" /bin/cat /proc/self/cgroup)
    [ "$OUT" = 0::/ ] || fail "exec is in $OUT"
    rt exec --detach --pid-file "$work/execpid" "$ID" /bin/sleep 100 </dev/null >/dev/null 2>&1
    is "/proc/$(<"$work/execpid")/cgroup" "0::/thwart_t.slice/$(unit)"
    [[ $(rt ps --format json "$ID") == *"$PID"*"$(<"$work/execpid")"* ]] || fail "ps: $(rt ps --format json "$ID")"
    rt pause "$ID"
    [[ $(rt state "$ID") == *'"paused"'* ]] || fail "not paused"
    shows ActiveState=active
    rt resume "$ID"
    rt kill --all "$ID" KILL
    eventually is_stopped
    # Without --systemd-cgroup: the record knows.
    "$thwart" delete "$ID"
    forgotten
    create
}

divided() {
    local MOUNTS='{"destination":"/sys/fs/cgroup","type":"cgroup","source":"cgroup","options":["rw"]}'
    bundle_here '{"memory":{"limit":134217728}}' /bin/sh -c 'mkdir /sys/fs/cgroup/init.scope && echo 1 >/sys/fs/cgroup/init.scope/cgroup.procs &&
        echo +memory +pids >/sys/fs/cgroup/cgroup.subtree_control && echo ready >/tmp/ready; exec sleep 1000'
    create
    rt start "$ID"
    is_divided() { [ "$(<"/proc/$PID/cgroup")" = "0::/thwart_t.slice/$(unit)/init.scope" ]; }
    eventually is_divided
    handed_down() { [[ $(<"$(place)/cgroup.subtree_control") == *memory*pids* ]]; }
    eventually handed_down
    rt exec "$ID" /bin/true || fail "exec beside init"
    rt delete --force "$ID"
    forgotten
}

userns_owner() {
    local NAMESPACES='{"type":"cgroup"},{"type":"user"}' MOUNTS='{"destination":"/sys/fs/cgroup","type":"cgroup","source":"cgroup","options":["rw"]}'
    local LINUX='"uidMappings":[{"containerID":0,"hostID":100000,"size":1000}],"gidMappings":[{"containerID":0,"hostID":100000,"size":1000}]'
    chmod 755 "$BUNDLE"
    bundle_here '{"memory":{"limit":134217728}}'
    create
    [ "$(stat -c %u "$(place)" "$(place)/cgroup.procs" "$(place)/memory.max" | tr '\n' ' ')" = "100000 100000 0 " ] ||
        fail "owners: $(stat -c '%u %n' "$(place)" "$(place)/cgroup.procs" "$(place)/memory.max")"
    is "/proc/$PID/cgroup" "0::/thwart_t.slice/$(unit)"
    rt start "$ID"
    rt delete --force "$ID"
    forgotten
}

# ---- behind our back ------------------------------------------------------------------------------------------------------

stopped_from_outside() {
    bundle_here '{}' /bin/sleep 1000
    create
    rt start "$ID"
    systemctl kill --signal=KILL "$(unit)"
    eventually is_stopped
    eventually is_forgotten
    # Nobody is asked: there is nobody.
    DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere rt delete "$ID"
    # What waits for its start is the first process of its namespace: it does not hear SIGTERM, and systemd's patience is long.
    annotate '{"org.systemd.property.TimeoutStopSec":"uint64 1"}'
    create
    systemctl stop "$(unit)"
    eventually is_stopped
    rt delete "$ID"
    forgotten
}

failed_unit() {
    systemd-run --quiet --scope --unit="$(unit)" -p RuntimeMaxSec=100ms sleep 100 2>/dev/null &
    has_failed() { [ "$(systemctl show "$(unit)" -p ActiveState --value)" = failed ]; }
    eventually has_failed
    bundle_here '{}'
    create
    shows ActiveState=active
    rt delete --force "$ID"
    forgotten
}

name_taken() {
    systemd-run --quiet --scope --unit="$(unit)" --slice=thwart_t.slice sleep 1000 >/dev/null 2>&1 &
    is_active() { [ "$(systemctl show "$(unit)" -p ActiveState --value)" = active ]; }
    eventually is_active
    bundle_here '{}'
    refused 'unit thwart-case-[0-9]*\.scope exists already and is active'
    is_active || fail "the other's unit was stopped"
    [ ! -e "/run/thwart/$ID" ] || fail "state is left"
    rt delete --force "$ID"
    is_active || fail "the other's unit was stopped"
    systemctl kill --signal=KILL "$(unit)"
    wait $! || true
    eventually is_forgotten
}

two_roots() {
    bundle_here '{}' /bin/true
    create
    rt start "$ID"
    eventually is_stopped
    eventually is_forgotten
    bundle_here '{}'
    rt --root "$work/other" create --bundle "$BUNDLE" --pid-file "$work/pid" "$ID" >"$work/out" 2>&1 </dev/null ||
        fail "create: $(<"$work/out")"
    rt --root "$work/other" start "$ID"
    rt kill --all "$ID" KILL || true
    rt delete --force "$ID"
    is "$(place)/cgroup.procs" "$(<"$work/pid")"
    [[ $(rt --root "$work/other" state "$ID") == *'"running"'* ]] || fail "the other's container has ended"
    rt --root "$work/other" delete --force "$ID"
    forgotten
}

killed_anywhere() {
    local delay pid
    bundle_here '{"memory":{"limit":67108864}}'
    for delay in 0.03 0.06 0.1 0.15 0.2 0.3 0.45; do
        "$thwart" --systemd-cgroup create --bundle "$BUNDLE" "$ID" >/dev/null 2>&1 </dev/null &
        pid=$!
        sleep $delay
        kill -KILL $pid 2>/dev/null || true # it may have ended
        wait $pid 2>/dev/null || true
        rt delete --force "$ID" >"$work/out" 2>&1 || fail "after $delay: $(<"$work/out")"
        eventually is_forgotten
        [ ! -e "/run/thwart/$ID" ] || fail "after $delay state is left"
    done
}

hook_fails() {
    bundle_here '{"memory":{"limit":67108864}}'
    sed -i 's|"ociVersion"|"hooks":{"createRuntime":[{"path":"/bin/false"}]},"ociVersion"|' "$BUNDLE/config.json"
    refused 'createRuntime'
    forgotten
}

no_bus() {
    bundle_here '{}'
    DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere rt --debug create --bundle "$BUNDLE" "$ID" >"$work/out" 2>"$work/err" </dev/null ||
        fail "create: $(<"$work/err")"
    [[ $(<"$work/err") == *"systemd is asked by systemd's own socket"* ]] || fail "not told: $(<"$work/err")"
    shows ActiveState=active
    DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere rt delete --force "$ID"
    forgotten
}

# ---- a bus that hangs -----------------------------------------------------------------------------------------------------

hung_bus_begins() {
    mkdir -p "$work/hung/bundle" "$work/hung/root"
    ln -s "$stage/rootfs" "$work/hung/bundle/rootfs"
    python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(100)
time.sleep(1000)' "$work/hung/bus" &
    listener=$!
    (
        BUNDLE=$work/hung/bundle ID=hung
        CGROUP=thwart_t.slice:thwart:hung bundle '{}'
        until [ -S "$work/hung/bus" ]; do sleep 0.1; done
        started=$SECONDS
        DBUS_SYSTEM_BUS_ADDRESS=unix:path=$work/hung/bus rt --root "$work/hung/root" create --bundle "$BUNDLE" hung \
            >"$work/hung/out" 2>"$work/hung/err" </dev/null
        echo "$? $((SECONDS - started))" >"$work/hung/status"
    ) &
}

hung_bus_create() {
    is_over() { [ -s "$work/hung/status" ]; }
    for _ in 1 2 3 4; do ! is_over || break && sleep 10; done
    is_over || fail "create has not ended"
    local status took
    read -r status took <"$work/hung/status"
    [ "$status" = 1 ] || fail "create ended with $status: $(<"$work/hung/err")"
    [[ $(<"$work/hung/err") == *"accepts connections and has not answered in time"* ]] || fail "$(<"$work/hung/err")"
    [ "$took" -ge 20 ] || fail "it gave up after $took s"
    [ -z "$(ls "$work/hung/root")" ] || fail "state is left: $(ls "$work/hung/root")"
}

hung_bus_delete() {
    bundle_here '{}'
    create
    rt start "$ID"


    local status=0
    DBUS_SYSTEM_BUS_ADDRESS=unix:path=$work/hung/bus rt delete --force "$ID" >"$work/out" 2>"$work/err" || status=$?
    [ ! -e "/proc/$PID/exe" ] || fail "the program lives"
    if [ $status != 0 ]; then
        [[ $(<"$work/err") == *"unit $(unit) is left"*"not answered in time"* ]] || fail "$(<"$work/err")"
        DBUS_SYSTEM_BUS_ADDRESS=unix:path=$work/hung/bus rt delete --force "$ID" || fail "again: $(<"$work/err")"
    fi
    kill "$listener"
    eventually is_forgotten
}

# ---- users ----------------------------------------------------------------------------------------------------------------

user=4711

# as_user COMMAND...: with the directory where the user's systemd listens.
as_user() {
    setpriv --reuid $user --regid $user --clear-groups env -i PATH="$PATH" HOME=/home/thwart-test \
        ${runtime_directory+XDG_RUNTIME_DIR="$runtime_directory"} "$@"
}

add_user() {
    grep -q "^thwart-test:" /etc/passwd && return
    echo "thwart-test:x:$user:$user::/home/thwart-test:/bin/sh" >>/etc/passwd
    echo "thwart-test:x:$user:" >>/etc/group
    echo "thwart-test:*:19000:0:99999:7:::" >>/etc/shadow # PAM asks whether the account has expired
    install -d -o $user -g $user /home/thwart-test
}

user_rt() {
    as_user timeout --foreground -k 2 60 "$thwart" --systemd-cgroup "$@"
}

rootless() {
    local runtime_directory=/run/user/$user base=/user.slice/user-$user.slice/user@$user.service place name
    add_user
    systemctl start "user@$user.service" >"$work/log-user" 2>&1 || skip_case "no user manager here: $(journalctl -u "user@$user.service" -n 3 -o cat | tr '\n' ' ')"
    local LINUX="\"uidMappings\":[{\"containerID\":0,\"hostID\":$user,\"size\":1}],\"gidMappings\":[{\"containerID\":0,\"hostID\":$user,\"size\":1}]"
    local NAMESPACES='{"type":"cgroup"},{"type":"user"}'
    CGROUP=user.slice:thwart:$ID bundle '{"memory":{"limit":67108864},"pids":{"limit":50}}'
    chmod 755 "$work" "$BUNDLE"
    user_rt --debug create --bundle "$BUNDLE" --pid-file "/home/thwart-test/pid" "$ID" >"$work/out" 2>"$work/err" </dev/null ||
        fail "create: $(<"$work/err")"
    PID=$(</home/thwart-test/pid)
    place=$base/user.slice/$(unit)
    is "/proc/$PID/cgroup" "0::$place"
    is "$groups$place/memory.max" 67108864
    is "$groups$place/pids.max" 50
    is "$groups$place/cgroup.procs" "$PID"
    [[ $(as_user systemctl --user show "$(unit)" -p MemoryMax,TasksMax,Slice) == *MemoryMax=67108864* ]] || fail "properties"
    user_rt start "$ID"
    [ "$(user_rt exec "$ID" /bin/cat /proc/self/cgroup)" = 0::/ ] || fail "exec is elsewhere"
    user_rt delete --force "$ID" >"$work/out" 2>&1 || fail "delete: $(<"$work/out")"
    [ ! -e "$groups$place" ] || fail "the cgroup is left"
    # The same from where the user may move processes himself, and at once again.
    as_user systemd-run --quiet --user --scope "$thwart" --debug --systemd-cgroup run --bundle "$BUNDLE" --detach "$ID" \
        >"$work/out" 2>"$work/err" </dev/null || fail "run: $(<"$work/err")"
    [[ $(<"$work/err") != *"systemd puts the process"* ]] || fail "not from there: $(<"$work/err")"
    user_rt delete --force "$ID"
    [ ! -e "$groups$place" ] || fail "the cgroup is left"
}

rootless_refused() {
    local runtime_directory
    unset runtime_directory
    add_user
    local LINUX="\"uidMappings\":[{\"containerID\":0,\"hostID\":$user,\"size\":1}],\"gidMappings\":[{\"containerID\":0,\"hostID\":$user,\"size\":1}]"
    local NAMESPACES='{"type":"cgroup"},{"type":"user"}' status=0
    CGROUP=user.slice:thwart:$ID bundle '{}'
    chmod 755 "$work" "$BUNDLE"
    user_rt --root /home/thwart-test/state create --bundle "$BUNDLE" "$ID" >"$work/out" 2>"$work/err" </dev/null || status=$?
    [ $status = 1 ] || fail "ended with $status: $(<"$work/err")"
    [[ $(<"$work/err") == *"user's systemd cannot be reached"*"enable-linger"*"--cgroup-manager=cgroupfs"* ]] || fail "$(<"$work/err")"
}

# ---- podman ---------------------------------------------------------------------------------------------------------------

# podman_here COMMAND...: with a store of its own, and thwart alone. AS: as_user, or nothing.
podman_here() {
    ${AS:-} env CONTAINERS_CONF="$store/containers.conf" podman --root "$store/root" --runroot "$store/run" \
        --storage-driver vfs "$@"
}

podman_store() {
    command -v podman >/dev/null || skip_case "podman is not here"
    store=$1
    mkdir -p "$store"
    cat >"$store/containers.conf" <<CONF
[engine]
cgroup_manager="systemd"
events_logger="file"
runtime="thwart"
runtime_supports_json=["thwart"]
[engine.runtimes]
thwart=["$thwart"]
CONF
}

podman_forgot() { [ "$(${AS:-} systemctl ${AS:+--user} show "libpod-$id.scope" -p LoadState --value)" = not-found ]; }

podman_runs() {
    local store id AS=''
    podman_store "$work/podman"
    id=$(podman_here run -d --network none --memory 64m --pids-limit 50 --rootfs "$stage/rootfs" /bin/sleep 1000 \
        2>"$work/err") || fail "podman run: $(<"$work/err")"
    UNIT=libpod-$id.scope shows MemoryMax=67108864 TasksMax=50 Slice=machine.slice ActiveState=active
    OUT=$(podman_here exec "$id" /bin/cat /proc/self/cgroup) || fail "podman exec"
    [ "$OUT" = 0::/ ] || fail "exec is in $OUT"
    podman_here rm --force --time 0 "$id" >"$work/out" 2>&1 || fail "podman rm: $(<"$work/out")"
    eventually podman_forgot
}

# systemd in a container of systemd's: over this machine's own files, which are systemd's.
podman_runs_systemd() {
    local store id AS='' each init="$work/init"
    podman_store "$work/podman"
    mkdir -p "$init"/{usr,etc,run,tmp,var,proc,sys,dev}
    for each in bin sbin lib lib64; do ln -s "usr/$each" "$init/$each"; done
    id=$(podman_here run -d --network none --systemd=always --cgroupns private -v /usr:/usr:ro \
        --rootfs "$init" /usr/lib/systemd/systemd --unit=sysinit.target 2>"$work/err") || fail "podman run: $(<"$work/err")"
    moved() { [ "$(podman_here exec "$id" /usr/bin/cat /proc/1/cgroup 2>"$work/err")" = 0::/init.scope ]; }
    eventually moved
    [ -e "$groups/machine.slice/libpod-$id.scope/init.scope" ] || fail "init.scope is elsewhere"
    podman_here rm --force --time 0 "$id" >"$work/out" 2>&1 || fail "podman rm: $(<"$work/out")"
    eventually podman_forgot
}

podman_runs_rootless() {
    local store id runtime_directory=/run/user/$user AS=as_user
    add_user
    command -v newuidmap >/dev/null || skip_case "newuidmap is not here"
    systemctl start "user@$user.service" >"$work/log-user" 2>&1 ||
        skip_case "no user manager here: $(journalctl -u "user@$user.service" -n 3 -o cat | tr '\n' ' ')"
    echo "thwart-test:200000:65536" | tee -a /etc/subuid >>/etc/subgid
    podman_store /home/thwart-test/podman
    cp -R "$stage/rootfs" /home/thwart-test/rootfs
    chown -R $user:$user /home/thwart-test
    id=$(podman_here run -d --network none --memory 64m --pids-limit 50 --rootfs /home/thwart-test/rootfs /bin/sleep 1000 \
        2>"$work/err") || fail "podman run: $(<"$work/err")"
    [[ $(as_user systemctl --user show "libpod-$id.scope" -p MemoryMax,Slice,ActiveState | tr '\n' ' ') == *MemoryMax=67108864*ActiveState=active* ]] ||
        fail "$(as_user systemctl --user status "libpod-$id.scope")"
    OUT=$(podman_here exec "$id" /bin/cat /proc/self/cgroup) || fail "podman exec"
    [ "$OUT" = 0::/ ] || fail "exec is in $OUT"
    podman_here rm --force --time 0 "$id" >"$work/out" 2>&1 || fail "podman rm: $(<"$work/out")"
    eventually podman_forgot
}
