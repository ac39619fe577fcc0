#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Attributes of the process: what the configuration sets, and what the caller must not pass on.
load suite

# born WORDS... : runs the container from a caller in that state; the report is in SEEN.
born_run() {
    "$SUPPORT/born" "$@" -- "$THWART" run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null 3>&- ||
        {
            cat "$WORK/err" >&2
            return 1
        }
    SEEN=$(cat "$WORK/out")
}

@test "arguments and environment are exactly the configuration's" {
    program /bin/probe report 'two words' '' $'new\nline' 'quo"te' 'ünï'
    config '.process.env = ["A=1", "EMPTY=", "EQUALS=a=b", "SPACE= x "]'
    SECRET_OF_THE_CALLER=1 LD_PRELOAD='' look
    see '.args[2:]' '["two words","","new\nline","quo\"te","\u00c3\u00bcn\u00c3\u00af"]'
    see '.env - ["HOME=/root","HOME=/"]' '["A=1","EMPTY=","EQUALS=a=b","SPACE= x "]'
}

@test "a program is found by the container's PATH, never the caller's" {
    mkdir "$ROOT/opt"
    mv "$ROOT/bin/probe" "$ROOT/opt/probe"
    program probe
    config '.process.env = ["PATH=/nowhere:/opt"]'
    look
    see .pid 1
    config '.process.env = ["PATH=/nowhere"]'
    refused_run 'executable file not found in \$PATH'
    grep -qF 'executable file not found in $PATH' "$WORK/refused.err" # dockerd heeds the case
}

@test "a program that is missing, not executable, a directory: refused in the words that engines know" {
    program /bin/no-such-program
    refused_run 'executable file not found'
    grep -qF 'no such file or directory' "$WORK/refused.err"
    touch "$ROOT/bin/plain"
    program /bin/plain
    refused_run 'permission denied'
    program /bin
    refused_run 'permission denied|is a directory'
}

@test "a script whose interpreter is missing" {
    printf '#!/no/such/interpreter\n' >"$ROOT/bin/script"
    chmod 755 "$ROOT/bin/script"
    program /bin/script
    run rt run --bundle "$BUNDLE" "$ID"
    [ "$status" != 0 ]
    nothing_left
}

@test "the working directory" {
    mkdir "$ROOT/home"
    config '.process.cwd = "/home"'
    look
    see .cwd '"/home"'
}

@test "a working directory that is missing is made, as engines expect" {
    config '.process.cwd = "/made/by/the/runtime"'
    look
    see .cwd '"/made/by/the/runtime"'
}

@test "a working directory that the user may not enter is refused" {
    mkdir -m 0700 "$ROOT/closed"
    config '.process.cwd = "/closed" | .process.user = {uid: 1000, gid: 1000} | .process.capabilities = {}'
    if rt run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null; then
        # Both orders occur in the field: root may have entered it for the user.
        SEEN=$(cat "$WORK/out")
        see .cwd '"/closed"'
    else
        grep -q '/closed' "$WORK/err"
    fi
}

@test "a working directory that is not absolute is refused" {
    config '.process.cwd = "home"'
    refused_run 'cwd|absolute'
}

@test "resource limits: soft and hard, all kinds" {
    config '.process.rlimits = [
        {type: "RLIMIT_NOFILE", soft: 100, hard: 200}, {type: "RLIMIT_CORE", soft: 0, hard: 0},
        {type: "RLIMIT_CPU", soft: 1000, hard: 2000}, {type: "RLIMIT_DATA", soft: 1073741824, hard: 1073741824},
        {type: "RLIMIT_FSIZE", soft: 1048576, hard: 2097152}, {type: "RLIMIT_MEMLOCK", soft: 65536, hard: 65536},
        {type: "RLIMIT_MSGQUEUE", soft: 1000, hard: 1000}, {type: "RLIMIT_NICE", soft: 0, hard: 0},
        {type: "RLIMIT_NPROC", soft: 1000, hard: 1000}, {type: "RLIMIT_RTPRIO", soft: 0, hard: 0},
        {type: "RLIMIT_SIGPENDING", soft: 100, hard: 100}, {type: "RLIMIT_STACK", soft: 1048576, hard: 2097152},
        {type: "RLIMIT_AS", soft: 4294967296, hard: 4294967296}, {type: "RLIMIT_LOCKS", soft: 5, hard: 6},
        {type: "RLIMIT_RSS", soft: 1048576, hard: 1048576}, {type: "RLIMIT_RTTIME", soft: 1000000, hard: 1000000}]'
    look
    see '.rlimits.RLIMIT_NOFILE' '{"soft":100,"hard":200}'
    see '.rlimits.RLIMIT_FSIZE' '{"soft":1048576,"hard":2097152}'
    see '.rlimits.RLIMIT_STACK' '{"soft":1048576,"hard":2097152}'
    see '.rlimits.RLIMIT_LOCKS' '{"soft":5,"hard":6}'
    see '[.rlimits | .RLIMIT_CORE, .RLIMIT_CPU, .RLIMIT_DATA, .RLIMIT_MEMLOCK, .RLIMIT_MSGQUEUE, .RLIMIT_NICE, .RLIMIT_NPROC,
          .RLIMIT_RTPRIO, .RLIMIT_SIGPENDING, .RLIMIT_AS, .RLIMIT_RSS, .RLIMIT_RTTIME | .hard]' \
        '[0,2000,1073741824,65536,1000,0,1000,0,100,4294967296,1048576,1000000]'
}

@test "resource limits: exec has the container's" {
    config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}]'
    start_container
    look_exec "$ID" /bin/probe
    see '.rlimits.RLIMIT_NOFILE' '{"soft":100,"hard":200}'
}

@test "resource limits: unknown, twice, soft above hard are refused" {
    config '.process.rlimits = [{type: "RLIMIT_NOSUCH", soft: 1, hard: 1}]'
    refused_run RLIMIT_NOSUCH
    config '.process.rlimits = [{type: "RLIMIT_CORE", soft: 1, hard: 1}, {type: "RLIMIT_CORE", soft: 1, hard: 1}]'
    refused_run RLIMIT_CORE
    config '.process.rlimits = [{type: "RLIMIT_CORE", soft: 2, hard: 1}]'
    refused_run RLIMIT_CORE
}

@test "resource limits that may not be raised are a clear error" {
    capsh --print | grep -q 'Bounding set.*cap_sys_resource' && skip "this machine has CAP_SYS_RESOURCE"
    config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 1048576, hard: 1048576}]'
    refused_run RLIMIT_NOFILE
}

@test "oomScoreAdj: the configuration's, else the caller's" {
    config '.process.oomScoreAdj = 321'
    look
    see .oom_score_adj 321
    config '.process.oomScoreAdj = 0'
    look
    see .oom_score_adj 0
    config '.process.oomScoreAdj = 1001'
    refused_run oomScoreAdj
}

@test "scheduler: policy, nice, priority" {
    config '.process.scheduler = {policy: "SCHED_BATCH", nice: 7}'
    look
    see '.scheduler | [.policy, .nice]' '["SCHED_BATCH",7]'
    config '.process.scheduler = {policy: "SCHED_IDLE"}'
    look
    see .scheduler.policy '"SCHED_IDLE"'
    config '.process.scheduler = {policy: "SCHED_OTHER", nice: 10, flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
    look
    see '.scheduler | [.policy, .nice, .flags % 2]' '["SCHED_OTHER",10,1]'
}

@test "scheduler: real time, where the machine allows" {
    chrt -f 5 true 2>/dev/null || skip "this machine allows no real-time scheduling"
    config '.process.scheduler = {policy: "SCHED_FIFO", priority: 5}'
    look
    see '.scheduler | [.policy, .priority]' '["SCHED_FIFO",5]'
    config '.process.scheduler = {policy: "SCHED_RR", priority: 6}'
    look
    see '.scheduler | [.policy, .priority]' '["SCHED_RR",6]'
}

@test "scheduler: unknown policies, priorities and nice values that make no sense are refused" {
    config '.process.scheduler = {policy: "SCHED_SIDEWAYS"}'
    refused_run SCHED_SIDEWAYS
    config '.process.scheduler = {policy: "SCHED_OTHER", nice: 40}'
    refused_run 'nice'
}

@test "ioPriority: class and level" {
    config '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 5}'
    look
    see .io_priority '{"class":2,"priority":5}'
    config '.process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 0}'
    look
    see .io_priority.class 3
    config '.process.ioPriority = {class: "IOPRIO_CLASS_ODD", priority: 0}'
    refused_run 'IOPRIO_CLASS_ODD'
    config '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 9}'
    refused_run 'priority'
}

@test "execCPUAffinity: exec ends on the final set" {
    [ "$(nproc)" -ge 2 ] || skip "needs two CPUs"
    config '.process.execCPUAffinity = {initial: "0", final: "1"}'
    start_container
    look_exec "$ID" /bin/probe
    see .affinity '[1]'
}

@test "execCPUAffinity: nonsense is refused" {
    config '.process.execCPUAffinity = {initial: "0-", final: "1"}'
    refused_run 'execCPUAffinity|initial'
}

@test "personality" {
    config '.linux.personality = {domain: "LINUX32"}'
    look
    see '.personality % 256' 8
    see .machine '"i686"'
    config '.linux.personality = {domain: "LINUX"}'
    look
    see .personality 0
    config '.linux.personality = {domain: "PLAN9"}'
    refused_run 'PLAN9|personality'
}

@test "memory policy" {
    "$SUPPORT/probe" | jq -e '.memory_policy.error == null' >/dev/null || skip "this kernel has no NUMA memory policies"
    config '.linux.memoryPolicy = {mode: "MPOL_INTERLEAVE", nodes: "0", flags: ["MPOL_F_STATIC_NODES"]}'
    look
    see '.memory_policy | [.mode, .nodes]' '[3,[0]]'
    see '.memory_policy.flags' 32768
    config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0"}'
    look
    see '.memory_policy | [.mode, .nodes]' '[2,[0]]'
    config '.linux.memoryPolicy = {mode: "MPOL_SIDEWAYS", nodes: "0"}'
    refused_run MPOL_SIDEWAYS
    config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0-"}'
    refused_run nodes
    config '.linux.memoryPolicy = {mode: "MPOL_DEFAULT", nodes: "0"}'
    refused_run 'nodes|MPOL_DEFAULT|memoryPolicy'
}

@test "no_new_privs" {
    config '.process.noNewPrivileges = true'
    look
    see .no_new_privs true
    config '.process.noNewPrivileges = false'
    look
    see .no_new_privs false
    config 'del(.process.noNewPrivileges)'
    look
    see .no_new_privs false
}

@test "exec --no-new-privs, and a container with it keeps it for exec" {
    config '.process.noNewPrivileges = false'
    start_container
    look_exec --no-new-privs "$ID" /bin/probe
    see .no_new_privs true
    look_exec "$ID" /bin/probe
    see .no_new_privs false
}

@test "ignored signals, the signal mask and the parent death signal of the caller are not passed on" {
    # As conmon (13 ignored) and podman's cleanup (10 blocked) do.
    born_run ignore=13 ignore=17 ignore=1 block=10 block=15 deathsig=9
    see .signals '{"blocked":[],"ignored":[]}'
    see .pdeathsig 0
}

@test "exec: the same" {
    start_container
    "$SUPPORT/born" ignore=13 block=10 block=15 deathsig=9 -- "$THWART" exec "$ID" /bin/probe >"$WORK/out" </dev/null 3>&-
    SEEN=$(cat "$WORK/out")
    see .signals '{"blocked":[],"ignored":[]}'
    see .pdeathsig 0
}

@test "SIGXFSZ does not kill the runtime: a file size limit is a clean error or no matter" {
    # All output by pipes: a file could not take the words either.
    local limit status
    for limit in 0 1000 100000; do
        "$SUPPORT/born" fsize=$limit -- "$THWART" run --bundle "$BUNDLE" "$ID" </dev/null 2>&1 3>&- | cat >"$WORK/out"
        status=${PIPESTATUS[0]}
        if [ "$status" -ge 128 ] || { [ "$status" != 0 ] && [ ! -s "$WORK/out" ]; }; then
            echo "with a limit of $limit bytes: status $status, said: $(cat "$WORK/out")" >&2
            return 1
        fi
        rt delete --force "$ID"
        nothing_left
    done
}

@test "few descriptors: every limit from 3 on ends in success or a clean refusal" {
    local limit status
    for limit in 3 4 5 6 8 10 12 14 16 20 24 32; do
        status=0
        timeout 5 "$SUPPORT/born" nofile=$limit -- "$THWART" run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null 3>&- ||
            status=$?
        [ "$status" != 124 ]
        [ "$status" -lt 128 ] || [ "$status" = 255 ]
        rt delete --force "$ID"
        nothing_left
    done
}

@test "the session keyring is new, and not the caller's" {
    local caller
    caller=$("$SUPPORT/probe" | jq .session_keyring.id)
    look
    see_that '.session_keyring.id > 0 and .session_keyring.id != $c' --argjson c "$caller"
}

@test "--no-new-keyring keeps the caller's session keyring" {
    local caller
    caller=$("$SUPPORT/probe" | jq .session_keyring.id)
    look --no-new-keyring
    see .session_keyring.id "$caller"
}

@test "dumpable, one thread, a session of its own" {
    look
    see .dumpable 1
    see .threads 1
    see .sid .pid || see .sid 1
}

@test "NOTIFY_SOCKET: the program can reach the caller's socket" {
    background "$SUPPORT/datagram_listener" "$WORK/notify" >"$WORK/notified"
    eventually test -S "$WORK/notify"
    # shellcheck disable=SC2016 # expanded in the container
    program /bin/sh -c 'probe connect "$NOTIFY_SOCKET" datagram READY=1 >/dev/null; probe sleep'
    NOTIFY_SOCKET=$WORK/notify rt create --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>"$WORK/err"
    rt start "$ID"
    eventually grep -q READY=1 "$WORK/notified"
}

@test "LISTEN_FDS: the descriptors come first and are announced with the program's own pid" {
    "$SUPPORT/born" socket=3 memfd=4 -- env LISTEN_FDS=2 LISTEN_FDNAMES=a:b "$THWART" run --bundle "$BUNDLE" "$ID" \
        >"$WORK/out" 2>"$WORK/err" </dev/null
    SEEN=$(cat "$WORK/out")
    see '[.descriptors[].fd]' '[0,1,2,3,4]'
    see '[.env[] | select(startswith("LISTEN_"))] | sort | map(select(startswith("LISTEN_FDNAMES") | not))' '["LISTEN_FDS=2","LISTEN_PID=1"]'
}

@test "AppArmor: a profile on a machine without it is refused or reported, never silent" {
    [ -e /sys/kernel/security/apparmor/profiles ] && skip "AppArmor is active here"
    config '.process.apparmorProfile = "no-such-profile"'
    rt run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null || grep -qi apparmor "$WORK/err"
    [ -s "$WORK/err" ] || rt plan --bundle "$BUNDLE" | grep -qi apparmor
}

@test "SELinux: a label on a machine without it is refused or reported, never silent" {
    [ -e /sys/fs/selinux/enforce ] && skip "SELinux is active here"
    config '.process.selinuxLabel = "system_u:system_r:container_t:s0" | .linux.mountLabel = "system_u:object_r:container_file_t:s0"'
    rt run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null || grep -qi selinux "$WORK/err"
    [ -s "$WORK/err" ] || rt plan --bundle "$BUNDLE" | grep -qi selinux
}

@test "intelRdt on a machine without resctrl is refused by name" {
    [ -d /sys/fs/resctrl/info ] && skip "resctrl is mounted here"
    config '.linux.intelRdt = {closID: "c", schemata: ["L3:0=f"]}'
    refused_run 'intelRdt|resctrl'
}

@test "the exit status of run is the program's, 128+n for signals" {
    local pair
    for pair in "exit:0:0" "exit:1:1" "exit:77:77" "exit:255:255"; do
        program /bin/probe exit "$(cut -d: -f2 <<<"$pair")"
        run rt run --bundle "$BUNDLE" "$ID"
        [ "$status" = "$(cut -d: -f3 <<<"$pair")" ]
    done
    program /bin/sh -c 'kill -9 $$; sleep 1; exit 3'
    drop_namespace pid
    run rt run --bundle "$BUNDLE" "$ID"
    [ "$status" = 137 ]
    nothing_left
}

@test "stdin, stdout and stderr are the caller's very objects" {
    echo input >"$WORK/stdin"
    program /bin/sh -c 'cat; echo err >&2; probe report'
    rt run --bundle "$BUNDLE" "$ID" <"$WORK/stdin" >"$WORK/stdout" 2>"$WORK/stderr"
    [ "$(head -1 "$WORK/stdout")" = input ]
    grep -qx err "$WORK/stderr"
    SEEN=$(sed 1d "$WORK/stdout")
    see '[.descriptors[] | .ino]' "[$(stat -c %i "$WORK/stdin"),$(stat -c %i "$WORK/stdout"),$(stat -c %i "$WORK/stderr")]"
}

@test "closed stdin, stdout, stderr of the caller become /dev/null or stay closed, nothing else" {
    config '.process.cwd = "/"'
    shell 'probe report > /report'
    "$SUPPORT/born" close=0 close=1 close=2 -- "$THWART" run --bundle "$BUNDLE" "$ID" 3>&-
    SEEN=$(cat "$ROOT/report")
    see_that '[.descriptors[] | select(.fd != 1) | .rdev == "1:3"] | all'
}

@test "the last sixty-five thousand environment entries and a long argument arrive" {
    config '.process.env += [range(5000) | "ENTRY_\(.)=\(.)"] | .process.args = ["/bin/probe", "report", ("x" * 100000)]'
    look
    see '.env | map(select(startswith("ENTRY_"))) | length' 5000
    see '.args[2] | length' 100000
}

@test "an environment entry without '=' is refused" {
    config '.process.env += ["NOEQUALS"]'
    refused_run 'env|NOEQUALS'
}
