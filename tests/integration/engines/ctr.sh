# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# containerd, driven by ctr: a daemon with roots of its own, whose shim calls create, start, exec, ps, pause, kill and
# delete. The daemon's PATH has the runtime as "runc", too: ctr forgets --runc-binary as soon as --no-pivot or --uidmap
# is given. One container ("main") serves all cases that need a running one.
# shellcheck disable=SC2034 # read by run.sh
PACKAGES=(containerd runc crun busybox-static util-linux jq)
# shellcheck disable=SC2034
COMMANDS=(containerd ctr script jq)
# shellcheck disable=SC2034
PEERS=(runc crun)
# What was removed of a container may leave its group's parent: runc and crun do not look at it.
# shellcheck disable=SC2034
LEFT_ALLOWED='^cgroup (default|some)$'

export CONTAINERD_ADDRESS=/run/containerd-test/socket
number=0

engine_setup() {
    mkdir -p "$WORLD"/{as-runc,shared,logs} "${CONTAINERD_ADDRESS%/*}"
    ln -s "$RUNTIME_PATH" "$WORLD/as-runc/runc"
    cat >"$WORLD/containerd.toml" <<CONF
version = 2
root = "/var/lib/containerd"
state = "/run/containerd-test/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "$CONTAINERD_ADDRESS"
CONF
    PATH=$WORLD/as-runc:$PATH containerd --config "$WORLD/containerd.toml" >"$WORLD/logs/containerd" 2>&1 &
    daemon=$!
    await 20 ctr version || { cat "$WORLD/logs/containerd" && return 1; }
    ctr image import "$IMAGE_ARCHIVE" || return
    # ctr asks for a share of the processors unless told not to: what is missing is not asked for.
    shares=()
    [[ $CONTROLLERS == *" cpu "* ]] || shares=(--cpu-shares 0)
    echo "from the host" >"$WORLD/shared/file"
}

engine_teardown() {
    kill "$daemon"
    wait "$daemon"
    grep -E 'level=(error|fatal)' "$WORLD/logs/containerd" | tail -20
}

# run_once NAME [OPTIONS OF check] -- [OPTIONS OF ctr run] -- COMMAND
# A name of its own for every container: ctr wants one.
run_once() {
    local options=("$1") of_run=()
    shift
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    while [ "$1" != -- ]; do
        of_run+=("$1")
        shift
    done
    shift
    number=$((number + 1))
    check "${options[@]}" -- ctr run --rm --runc-binary "$RUNTIME_PATH" "${shares[@]}" "${of_run[@]}" "$IMAGE" "c$number" "$@"
}

# run_detached ID COMMAND...
run_detached() {
    local id=$1
    shift
    ctr run -d --null-io --runc-binary "$RUNTIME_PATH" "${shares[@]}" "$IMAGE" "$id" "$@"
}

state_of() { ctr task ls | awk -v id="$1" '$1 == id { print $3 }'; }
pid_of() { ctr task ls | awk -v id="$1" '$1 == id { print $2 }'; }
is_in_state() { [ "$(state_of "$1")" = "$2" ]; }

# exec_in NAME [OPTIONS OF check] -- [OPTIONS OF ctr task exec] -- COMMAND: in the main container.
exec_in() {
    local options=("$1") of_exec=()
    shift
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    while [ "$1" != -- ]; do
        of_exec+=("$1")
        shift
    done
    shift
    number=$((number + 1))
    check "${options[@]}" -- ctr task exec --exec-id "e$number" "${of_exec[@]}" main "$@"
}

# --- run -----------------------------------------------------------------------------------------------------------------

run_cases() {
    run_once "run: output" -o '^uid=0\(root\) gid=0\(root\)' -- -- id
    run_once "run: status" -s 7 -e '^$' -- -- sh -c 'exit 7'
    run_once "run: ended by a signal" -s 137 -- --with-ns pid:/proc/1/ns/pid -- sh -c 'kill -KILL $$'
    # This ctr does not tell the shim that its own input has ended.
    run_once "run: standard input" -i $'hello there\n' -o '^got hello there$' -- -- sh -c 'read -r line; echo "got $line"'
    run_once "run: both outputs" -o '^one$' -e '^two$' -- -- sh -c 'echo one; echo two >&2'
    run_once "run: no output wanted" -o '^$' -e '^$' -- --null-io -- sh -c 'echo one; echo two >&2'
    number=$((number + 1))
    check_tty "run: terminal and its size" -o '/dev/pts/0' -o 'sized' -- sh -c "stty rows 30 cols 90; exec ctr run --rm -t \
        --runc-binary $RUNTIME_PATH ${shares[*]} $IMAGE c$number \
        sh -c 'tty; until [ \"\$(stty size)\" = \"30 90\" ]; do sleep 0.05; done; echo sized'"
    run_once "run: environment and working directory" -o $'^b\n/home$' -- --env A=b --cwd /home -- sh -c 'echo $A; pwd'
    number=$((number + 1))
    check "run: a root directory instead of an image" -o '^uid=0' -- ctr run --rm --runc-binary "$RUNTIME_PATH" "${shares[@]}" \
        --rootfs "$ROOTFS" "c$number" id
    run_once "run: pid file" -- --pid-file "$WORLD/pid-file" -- true
    check "run: the pid file is a number" -o '^[0-9]+$' -- cat "$WORLD/pid-file"
    run_once "run: annotation" -- --annotation some.thing=x -- true
}

error_cases() {
    run_once "error: missing command" -s 1 -e 'nosuch' -e 'not found|no such file' -- -- nosuch
    run_once "error: missing file" -s 1 -e '/bin/nosuch' -- -- /bin/nosuch
    run_once "error: not executable" -s 1 -e '/etc/plain-text' -e '[Pp]ermission denied' -- -- /etc/plain-text
    run_once "error: a directory" -s 1 -e '/etc' -- -- /etc
    run_once "error: working directory is a file" -s 1 -e '/etc/plain-text' -- --cwd /etc/plain-text -- true
    run_once "error: missing source of a mount" -s 1 -e '/nosuch' -- --mount type=bind,src=/nosuch,dst=/x,options=rbind -- true
    run_once "error: missing profile of AppArmor" -s 1 -e '[Aa]pp[Aa]rmor' -- --apparmor-profile no-such-profile -- true
    run_once "error: missing class of RDT" -s 1 -e 'resctrl|RDT|[Ii]ntel' -- --rdt-class no-such-class -- true
    run_once "error: namespace file is missing" -s 1 -e '/nosuch' -- --with-ns ipc:/nosuch -- true
    check "error: a failed create leaves no container" -o '^$' -- ctr container ls -q
    check "error: a failed create leaves no task" -n 'c[0-9]' -- ctr task ls
}

# --- what is inside --------------------------------------------------------------------------------------------------------

inside_cases() {
    local all
    all=$(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status)
    run_once "capabilities: default, no new privileges" -o 'CapEff:.00000000a80425fb' -o 'NoNewPrivs:.1' -- -- cat /proc/self/status
    run_once "capabilities: dropped and added" -o 'CapEff:.00000000a82425fa' -- --cap-drop CAP_CHOWN --cap-add CAP_SYS_ADMIN -- \
        cat /proc/self/status
    run_once "new privileges" -o 'NoNewPrivs:.0' -- --allow-new-privs -- cat /proc/self/status
    run_once "privileged" -o "CapEff:.$all" -o 'sys-is-writable' -- --privileged -- \
        sh -c 'cat /proc/self/status; grep -q "^sysfs /sys sysfs rw" /proc/mounts && echo sys-is-writable'
    run_once "read only" -s 1 -e 'Read-only file system' -- --read-only -- touch /x
    run_once "mount: bind" -o '^from the host$' -- --mount "type=bind,src=$WORLD/shared,dst=/in,options=rbind:rw" -- \
        sh -c 'cat /in/file; echo made inside >/in/made'
    check "mount: what was made in it is outside" -o '^made inside$' -- cat "$WORLD/shared/made"
    run_once "mount: read only" -s 1 -e 'Read-only file system' -- --mount "type=bind,src=$WORLD/shared,dst=/in,options=rbind:ro" -- touch /in/x
    run_once "mount: tmpfs" -o ' 1\.0M ' -- --mount type=tmpfs,src=tmpfs,dst=/t,options=size=1m -- df -h /t
    run_once "seccomp: default profile" -o 'Seccomp:.2' -- --seccomp -- cat /proc/self/status
    run_once "seccomp: none" -o 'Seccomp:.0' -- -- cat /proc/self/status
    echo '{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64"],
        "syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":1}]}' >"$WORLD/profile.json"
    run_once "seccomp: a profile of one's own" -s 1 -e 'Operation not permitted' -- --seccomp --seccomp-profile "$WORLD/profile.json" -- mkdir /x
    mkdir "$WORLD/dev.d"
    mknod "$WORLD/dev.d/kmsg" c 1 11
    run_once "device" -o '1, +11' -- --device "$WORLD/dev.d/kmsg" --cap-add CAP_SYSLOG -- sh -c "ls -l $WORLD/dev.d/kmsg && : <$WORLD/dev.d/kmsg"
    run_once "device: not given" -s 1 -e 'Operation not permitted' -- --cap-add CAP_SYSLOG -- sh -c 'mknod /k c 1 11 && : </k'
    run_once "root is shared on" -o 'shared:' -- --rootfs-propagation shared -- sh -c 'grep " / / " /proc/self/mountinfo'
    run_once "no pivot" -o '^uid=0' -- --no-pivot -- id
    run_once "user namespace" -t 60 -o '^uid=0\(root\)' -o ' 0 +300000 +65536' -- --uidmap 0:300000:65536 --gidmap 0:300000:65536 -- \
        sh -c 'id; cat /proc/self/uid_map'
}

# a configuration of one's own, for what ctr has no options for
config_cases() {
    ctr oci spec | jq --arg root "$ROOTFS" '.process.args = ["sh", "-c", "id; hostname; umask; ulimit -n; ulimit -Hn"] | .process.terminal = false
        | .process.user = {uid: 1000, gid: 1000, additionalGids: [44], umask: 23} | .hostname = "some-name"
        | .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 50, hard: 60}]
        | .root = {path: $root, readonly: true} | .linux.cgroupsPath = "/some/config"' >"$WORLD/config.json"
    check "config file: user, groups, hostname, limits" -o 'uid=1000\(user\).*44\(video\)' -o $'some-name\n0027\n50\n60$' -- \
        ctr run --rm --runc-binary "$RUNTIME_PATH" --config "$WORLD/config.json" configured
    jq '.process.args = ["true"] | .mounts += [{destination: "/x", type: "no-such-type", source: "x"}]' "$WORLD/config.json" >"$WORLD/wrong.json"
    check "config file: unknown file system" -s 1 -e 'no-such-type|no such device' -- \
        ctr run --rm --runc-binary "$RUNTIME_PATH" --config "$WORLD/wrong.json" wrong
}

group_cases() {
    run_once "cgroup: path" -o '0::/some/group$' -- --cgroup /some/group -- sh -c 'grep ^0:: /proc/self/cgroup'
    if [[ $CONTROLLERS == *" memory "* ]]; then
        run_once "memory limit" -o '^20000768$' -- --memory-limit 20000768 --mount type=cgroup,src=cgroup,dst=/sys/fs/cgroup,options=ro -- \
            sh -c 'cat "/sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup)/memory.max"'
    else
        run_once "memory limit: refused by name where there is no such controller" -s 1 -e 'memory' -- --memory-limit 20000768 -- true
    fi
    if [[ $CONTROLLERS == *" cpu "* ]]; then
        run_once "processor quota" -- --cpus 0.5 -- true
    else
        run_once "processor quota: refused by name where there is no such controller" -s 1 -e 'cpu' -- --cpus 0.5 -- true
    fi
    check "a refused limit leaves no container" -o '^$' -- ctr container ls -q
}

# --- a running container -----------------------------------------------------------------------------------------------------

main_cases() {
    # shellcheck disable=SC2016 # for the shell in the container
    check "main: start in the background" -- run_detached main sh -c \
        'echo 0 >/count; trap "exit 4" TERM; trap "echo got >/usr2" USR2; n=0; while :; do n=$((n + 1)); echo $n >/count; sleep 0.05; done'
    check "main: is running" -o 'main +[0-9]+ +RUNNING' -- ctr task ls
    check "main: the name is taken" -s failure -e 'already exists' -- run_detached main true
    exec_in "exec: output and status" -s 6 -o '^hi$' -- -- sh -c 'echo hi; exit 6'
    exec_in "exec: both outputs" -o '^one$' -e '^two$' -- -- sh -c 'echo one; echo two >&2'
    exec_in "exec: standard input" -i $'to exec\n' -o '^got to exec$' -- -- sh -c 'read -r line; echo "got $line"'
    exec_in "exec: user" -o '^uid=1000\(user\) gid=1000\(user\)' -- --user 1000:1000 -- id
    exec_in "exec: working directory" -o '^/home$' -- --cwd /home -- pwd
    exec_in "exec: missing command" -s 1 -e 'nosuch' -e 'not found|no such file' -- -- nosuch
    exec_in "exec: not executable" -s 1 -e '/etc/plain-text' -e '[Pp]ermission denied' -- -- /etc/plain-text
    number=$((number + 1))
    check_tty "exec: terminal" -o '/dev/pts/0' -- ctr task exec -t --exec-id "e$number" main sh -c 'tty; sleep 1'
    exec_in "exec: in the background" -- --detach -- sh -c 'echo made >/made; exec sleep 100'
    await 5 ctr task exec --exec-id made main test -s /made
    exec_in "exec: what it did is there" -o '^made$' -- -- cat /made
    check "ps: the processes of the container" -- shows_processes
    check "metrics" -o 'ID +TIMESTAMP' -o 'main ' -- ctr task metrics main
}

# shows_processes: ctr shows the first process by its pid, and that of the exec which is still running.
shows_processes() {
    local shown
    shown=$(ctr task ps main) || return
    echo "$shown"
    grep -q "^$(pid_of main) " <<<"$shown" || return 2
    [ "$(tail -n +2 <<<"$shown" | wc -l)" -ge 2 ] || return 3
    while read -r pid _; do
        [ -d "/proc/$pid" ] || [ "$(tail -1 <<<"$shown" | cut -d' ' -f1)" = "$pid" ] || return 4
    done < <(tail -n +2 <<<"$shown")
}

count() { cat "/proc/$(pid_of main)/root/count"; }

pause_cases() {
    check "pause" -- ctr task pause main
    check "pause: is shown" -o 'main +[0-9]+ +PAUSED' -- ctr task ls
    check "pause: nothing moves" -- stands_still
    check "pause: again is refused" -s failure -e 'paus|frozen|running' -- ctr task pause main
    exec_in "pause: exec is refused" -s failure -e 'paused' -- -- true
    check "resume" -- ctr task resume main
    check "resume: is shown" -o 'main +[0-9]+ +RUNNING' -- ctr task ls
    check "resume: it moves again" -- await 5 moves_on
    check "resume: what is not paused" -s failure -e 'paused|running' -- ctr task resume main
}

stands_still() {
    local before
    before=$(count) && [ -n "$before" ] || return
    sleep 0.3
    [ "$(count)" = "$before" ]
}

moves_on() {
    local before
    before=$(count)
    sleep 0.1
    [ "$(count)" != "$before" ]
}

share_cases() {
    local pid
    pid=$(pid_of main)
    run_once "namespaces of another: ipc and pid" -o 'echo 0' -- --with-ns "ipc:/proc/$pid/ns/ipc" --with-ns "pid:/proc/$pid/ns/pid" -- ps
    run_once "namespaces of another: network" -o "^$(readlink "/proc/$pid/ns/net" | sed 's/[][]/\\&/g')\$" -- \
        --with-ns "network:/proc/$pid/ns/net" -- readlink /proc/self/ns/net
    run_once "namespaces of the host: network" -o "^$(readlink /proc/self/ns/net | sed 's/[][]/\\&/g')\$" -- --net-host -- readlink /proc/self/ns/net
}

kill_cases() {
    check "checkpoint: refused with words" -s failure -e '[Cc][Rr][Ii][Uu]|checkpoint' -- ctr task checkpoint main
    check "checkpoint: the container goes on" -o 'main +[0-9]+ +RUNNING' -- ctr task ls
    check "kill: a signal that is handled" -- ctr task kill -s USR2 main
    check "kill: was handled" -- await 5 test -e "/proc/$(pid_of main)/root/usr2"
    check "delete: what runs is refused" -s any -e 'running|must be stopped' -- ctr task rm main
    check "kill: TERM" -- ctr task kill main
    check "kill: has ended" -- await 10 is_in_state main STOPPED
    check "kill: what has ended" -s failure -e 'not found|not running|already finished' -- ctr task kill main
    check "delete: tells the status" -e 'exit code 4' -- ctr task rm main
    check "delete: the container" -- ctr container rm main

    check "kill all: start" -- run_detached all sh -c 'trap "" TERM; sleep 1000 & sleep 1000 & wait; sleep 1000'
    check "kill all" -- ctr task kill -s KILL -a all
    check "kill all: has ended" -- await 10 is_in_state all STOPPED
    check "kill all: delete" -e 'exit code 137' -- ctr task rm all
    ctr container rm all

    check "delete by force: start" -- run_detached forced sleep 1000
    check "delete by force" -e 'exit code 137' -- ctr task rm -f forced
    check "delete by force: the container" -- ctr container rm forced
}

# create apart from start: what Kubernetes does
create_cases() {
    check "create: start and attach" -t 60 -s 1 -o '^/etc/plain-text$' -e /nosuch -- created_then_started
}

created_then_started() {
    local result=0
    # It knows no --runc-binary, the runtime is the one in the daemon's PATH; asks for no share of processors; and takes
    # options in the container's command for its own.
    ctr container create "$IMAGE" later ls /etc/plain-text /nosuch || return
    timeout -k 5 30 ctr task start later || result=$?
    ctr container rm later || return
    return "$result"
}

many_cases() {
    check "two at once" -t 60 -o $'^first\nsecond$' -- at_once
    check "ten at once" -t 90 -- many_at_once
}

at_once() {
    timeout -k 5 30 ctr run --rm --runc-binary "$RUNTIME_PATH" "${shares[@]}" "$IMAGE" first sh -c 'sleep 0.2; echo first' >"$WORLD/cases/first" 2>&1 &
    timeout -k 5 30 ctr run --rm --runc-binary "$RUNTIME_PATH" "${shares[@]}" "$IMAGE" second sh -c 'sleep 0.2; echo second' >"$WORLD/cases/second" 2>&1
    wait $!
    cat "$WORLD/cases/first" "$WORLD/cases/second"
}

many_at_once() {
    local each started=() result=0
    for each in 0 1 2 3 4 5 6 7 8 9; do
        run_detached "many$each" sleep 1000 &
        started+=($!)
    done
    for each in "${started[@]}"; do wait "$each" || result=2; done
    [ "$(ctr task ls | grep -c '^many.* RUNNING')" = 10 ] || result=3
    started=()
    for each in 0 1 2 3 4 5 6 7 8 9; do
        { ctr task rm -f "many$each" && ctr container rm "many$each"; } &
        started+=($!)
    done
    for each in "${started[@]}"; do wait "$each" || result=4; done
    [ -z "$(ctr container ls -q)" ] || result=5
    return "$result"
}

engine_cases() {
    run_cases
    error_cases
    inside_cases
    config_cases
    group_cases
    main_cases
    pause_cases
    share_cases
    kill_cases
    create_cases
    many_cases
    policy_group ctr_policy_cases
}
