# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# docker: a daemon with roots of its own and no bridge, which starts its own containerd. A second daemon maps users
# (userns-remap). One container ("main") serves all cases that need a running one.
# shellcheck disable=SC2034 # read by run.sh
PACKAGES=(docker.io containerd runc crun tini busybox-static util-linux jq)
# shellcheck disable=SC2034
COMMANDS=(docker dockerd containerd script jq)
# shellcheck disable=SC2034
PEERS=(runc crun)
# The parents of groups that have gone, and the daemons' own network namespaces.
# shellcheck disable=SC2034
LEFT_ALLOWED='^cgroup (docker|some|some/parent)$|^mount nsfs on /run/docker'

newline=$'\n'
export DOCKER_CONFIG=$WORLD/client DOCKER_BUILDKIT=0

# start_daemon NAME OPTIONS...: its socket is the client's from here on.
start_daemon() {
    local name=$1
    shift
    export DOCKER_HOST=unix:///run/$name.socket
    dockerd --data-root "/var/lib/docker/$name" --exec-root "/run/$name" --pidfile "/run/$name.pid" --host "$DOCKER_HOST" \
        --bridge none --iptables=false --ip6tables=false --oom-score-adjust 0 \
        --add-runtime "tested=$RUNTIME_PATH" --default-runtime tested "$@" >"$WORLD/logs/$name" 2>&1 &
    daemon=$!
    await 30 docker version || { tail -30 "$WORLD/logs/$name" && return 1; }
    docker load -q -i "$IMAGE_ARCHIVE"
}

stop_daemon() {
    kill "$daemon"
    wait "$daemon"
}

engine_setup() {
    mkdir -p "$WORLD"/{client,logs,shared}
    echo "from the host" >"$WORLD/shared/file"
    start_daemon docker
}

engine_teardown() {
    stop_daemon
    grep -E 'level=(error|fatal)' "$WORLD/logs/docker" | tail -20
}

# run_once NAME [OPTIONS OF check] -- ARGUMENTS OF docker run
run_once() {
    local options=("$1")
    shift
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    check "${options[@]}" -- docker run --rm --network none "$@"
}

# --- run -----------------------------------------------------------------------------------------------------------------

run_cases() {
    check "the daemon names the runtime" -o '^tested '"$RUNTIME_PATH"' 2 cgroupfs$' -- docker info --format \
        '{{.DefaultRuntime}} {{(index .Runtimes "tested").Path}} {{.CgroupVersion}} {{.CgroupDriver}}'
    run_once "run: output" -o '^uid=0\(root\)' -- "$IMAGE" id
    run_once "run: status" -s 7 -e '^$' -- "$IMAGE" sh -c 'exit 7'
    run_once "run: ended by a signal" -s 143 -- --init "$IMAGE" sh -c 'kill $$'
    run_once "run: standard input" -i 'hello there' -o '^hello there$' -- -i "$IMAGE" cat
    run_once "run: both outputs" -o '^one$' -e '^two$' -- "$IMAGE" sh -c 'echo one; echo two >&2'
    # shellcheck disable=SC2016 # for the shell in the container
    check_tty "run: terminal and its size" -o '/dev/pts/0' -o 'sized' -- sh -c 'stty rows 30 cols 90; exec docker run --rm -it --network none "$IMAGE" \
        sh -c "tty; until [ \"\$(stty size)\" = \"30 90\" ]; do sleep 0.05; done; echo sized"'
    run_once "run: user, workdir, env, entrypoint" -o '^1000:1000 /home b -c$' -- --user user --workdir /home -e A=b --entrypoint sh "$IMAGE" \
        -c 'echo $(id -u):$(id -g) $(pwd) $A $0' -c
    run_once "run: groups" -o 'groups=.*44\(video\),1234' -- --group-add video --group-add 1234 "$IMAGE" id
    run_once "run: by the runtime's name" -o '^uid=0' -- --runtime tested "$IMAGE" id
}

error_cases() {
    run_once "error: missing command" -s 127 -e 'nosuch' -e 'not found' -- "$IMAGE" nosuch
    run_once "error: missing file" -s 127 -e '/bin/nosuch' -- "$IMAGE" /bin/nosuch
    run_once "error: not executable" -s 126 -e '/etc/plain-text' -e '[Pp]ermission denied' -- "$IMAGE" /etc/plain-text
    run_once "error: a directory" -s 126 -e '/etc' -- "$IMAGE" /etc
    run_once "error: working directory is a file" -s failure -e '/etc/plain-text' -- --workdir /etc/plain-text "$IMAGE" true
    run_once "error: unknown sysctl" -s failure -e 'OCI runtime create failed' -e 'nosuch' -- --sysctl net.nosuch=1 "$IMAGE" true
    run_once "error: missing device" -s failure -e '/dev/nosuch' -- --device /dev/nosuch "$IMAGE" true
    check "error: a failed create leaves no container" -o '^$' -- docker ps -aq
}

# all_capabilities: those of the machine. Docker 20.10 knows the first 38 only.
all_capabilities() {
    local all
    all=$(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status)
    printf '(%s|%016x)' "$all" $((0x$all & 0x3fffffffff))
}

# --- what is inside --------------------------------------------------------------------------------------------------------

inside_cases() {
    run_once "hostname, domain name" -o $'^some-name\nsome-domain$' -- --hostname some-name --domainname some-domain "$IMAGE" \
        sh -c 'hostname; cat /proc/sys/kernel/domainname'
    run_once "hosts and resolver" -o '192\.0\.2\.1[[:space:]]+other' -o '192\.0\.2\.53' -- --add-host other:192.0.2.1 --dns 192.0.2.53 "$IMAGE" \
        cat /etc/hosts /etc/resolv.conf
    run_once "sysctl" -o $'^4096\n1$' -- --sysctl kernel.msgmax=4096 --sysctl net.ipv4.ip_forward=1 "$IMAGE" \
        cat /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_forward
    run_once "ulimit" -o $'^50\n60$' -- --ulimit nofile=50:60 "$IMAGE" sh -c 'ulimit -n; ulimit -Hn'
    run_once "oom score" -o '^100$' -- --oom-score-adj 100 "$IMAGE" cat /proc/self/oom_score_adj
    run_once "shm size" -o ' 2\.0M ' -- --shm-size 2m "$IMAGE" df -h /dev/shm
    run_once "init" -o '1 root +/sbin/docker-init' -- --init "$IMAGE" ps
    run_once "capabilities: default" -o 'CapEff:.00000000a80425fb' -o 'NoNewPrivs:.0' -- "$IMAGE" cat /proc/self/status
    run_once "capabilities: dropped and added" -o 'CapEff:.0000000000000400' -o 'NoNewPrivs:.1' -- --cap-drop all --cap-add net_bind_service \
        --security-opt no-new-privileges "$IMAGE" cat /proc/self/status
    run_once "capabilities: of an ordinary user" -o 'CapEff:.0000000000000000' -- --user 1000 "$IMAGE" cat /proc/self/status
    run_once "privileged" -o "CapEff:.$(all_capabilities)$newline" -o 'Seccomp:.0' -o 'sys-is-writable' -- --privileged "$IMAGE" \
        sh -c 'cat /proc/self/status; grep -q "^sysfs /sys sysfs rw" /proc/mounts && echo sys-is-writable'
    run_once "read only, with a tmpfs" -s 1 -o '^tmpfs$' -e 'Read-only file system' -- --read-only --tmpfs /tmp "$IMAGE" \
        sh -c 'touch /tmp/x && echo tmpfs; touch /x'
    run_once "tmpfs with size" -o ' 1\.0M ' -- --tmpfs /t:size=1m "$IMAGE" df -h /t
    mkdir "$WORLD/dev.d" && mknod "$WORLD/dev.d/kmsg" c 1 11
    run_once "device with rights" -s 1 -o '^read$' -e 'Operation not permitted' -- --cap-add syslog --device "$WORLD/dev.d/kmsg:/dev/some:r" "$IMAGE" \
        sh -c ': </dev/some && echo read; : >/dev/some'
    run_once "device rule" -o 'made' -- --cap-add syslog --device-cgroup-rule 'c 1:11 rwm' "$IMAGE" sh -c 'mknod /z c 1 11 && : </z && echo made'
    run_once "device rule: not given" -s 1 -e 'Operation not permitted' -- --cap-add syslog "$IMAGE" sh -c 'mknod /z c 1 11 && : </z'
    run_once "paths are masked" -o '^masked$' -- "$IMAGE" sh -c 'test -s /proc/kcore || test -s /proc/timer_list || echo masked'
    run_once "paths are unmasked" -o '^open$' -- --security-opt systempaths=unconfined "$IMAGE" \
        sh -c 'grep -q " /proc/sys " /proc/mounts || echo open'
}

seccomp_cases() {
    echo '{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64"],
        "syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO"}]}' >"$WORLD/profile.json"
    run_once "seccomp: default" -o 'Seccomp:.2' -- "$IMAGE" cat /proc/self/status
    run_once "seccomp: the default refuses" -s failure -e 'Operation not permitted' -- "$IMAGE" unshare -r true
    run_once "seccomp: a profile of one's own" -s 1 -e 'Operation not permitted' -- --security-opt "seccomp=$WORLD/profile.json" "$IMAGE" mkdir /x
    run_once "seccomp: none" -o 'Seccomp:.0' -- --security-opt seccomp=unconfined "$IMAGE" cat /proc/self/status
}

volume_cases() {
    run_once "volume: bind" -o '^from the host$' -- -v "$WORLD/shared:/in" "$IMAGE" sh -c 'cat /in/file; echo made inside >/in/made'
    check "volume: what was made in it is outside" -o '^made inside$' -- cat "$WORLD/shared/made"
    run_once "volume: read only" -s 1 -e 'Read-only file system' -- -v "$WORLD/shared:/in:ro" "$IMAGE" touch /in/x
    run_once "volume: named, filled from the image" -o '^from the image$' -- -v named:/data "$IMAGE" sh -c 'cat /data/file; echo kept >/data/kept'
    run_once "volume: is kept" -o '^kept$' -- -v named:/data "$IMAGE" cat /data/kept
    run_once "volume: of a file" -o '^from the host$' -- -v "$WORLD/shared/file:/etc/new/file:ro" "$IMAGE" cat /etc/new/file
    run_once "volume: propagation" -o ' shared:' -- --mount "type=bind,src=$WORLD/shared,dst=/in,bind-propagation=rshared" "$IMAGE" grep ' /in ' /proc/self/mountinfo
    docker volume rm named
}

namespace_cases() {
    run_once "host's pid, ipc and uts namespaces" -o "^$(hostname)$" -- --pid host --ipc host --uts host "$IMAGE" hostname
    check "host's network" -o "^$(readlink /proc/self/ns/net | sed 's/[][]/\\&/g')\$" -- docker run --rm --network host "$IMAGE" readlink /proc/self/ns/net
    check "cgroup parent" -o '^/some/parent/[0-9a-f]{64}$' -- cgroup_of --cgroup-parent /some/parent
    run_once "cgroup namespace: its own" -o '0::/$' -- --cgroupns private "$IMAGE" grep ^0:: /proc/self/cgroup
    run_once "cgroup namespace: the host's" -o '0::/docker/[0-9a-f]{64}$' -- --cgroupns host "$IMAGE" grep ^0:: /proc/self/cgroup
}

# cgroup_of OPTIONS...: where a container's group is, seen from here
cgroup_of() {
    docker run -d --name grouped --network none "$@" "$IMAGE" sleep 100 >/dev/null || return
    sed -n 's/^0:://p' "/proc/$(docker inspect --format '{{.State.Pid}}' grouped)/cgroup"
    docker rm -f grouped >/dev/null
}

# --- a running container -----------------------------------------------------------------------------------------------------

pid_of_main() { docker inspect --format '{{.State.Pid}}' main; }
state_of() { docker inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$1"; }
is_in_state() { [ "$(state_of "$1")" = "$2" ]; }

main_cases() {
    # shellcheck disable=SC2016 # for the shell in the container
    check "main: start in the background" -o '^[0-9a-f]{64}$' -- docker run -d --name main --network none --ipc shareable "$IMAGE" sh -c \
        'trap "echo stopped; exit 4" TERM; trap "echo got >/usr2" USR2; echo started; n=0; while :; do n=$((n + 1)); echo $n >/count; sleep 0.05; done'
    check "main: is running" -o '^running 0$' -- state_of main
    check "exec: output and status" -s 6 -o '^hi$' -- docker exec main sh -c 'echo hi; exit 6'
    check "exec: both outputs" -o '^one$' -e '^two$' -- docker exec main sh -c 'echo one; echo two >&2'
    check "exec: standard input" -i 'to exec' -o '^to exec$' -- docker exec -i main cat
    check_tty "exec: terminal" -o '/dev/pts/0' -- docker exec -it main tty
    check "exec: user, workdir, env" -o $'^1000\n/home\nb$' -- docker exec -u 1000 -w /home -e A=b main sh -c 'id -u; pwd; echo $A'
    check "exec: privileged" -o "CapEff:.$(all_capabilities)$newline" -- docker exec --privileged main cat /proc/self/status
    check "exec: in the background" -o '^$' -- docker exec -d main sh -c 'echo made >/made; exec sleep 100'
    await 5 docker exec main test -s /made
    check "exec: what it did is there" -o '^made$' -- docker exec main cat /made
    # This docker says 126 for both.
    check "exec: missing command" -s 126 -o 'nosuch' -o 'not found' -- docker exec main nosuch
    check "exec: not executable" -s 126 -o '/etc/plain-text' -o '[Pp]ermission denied' -- docker exec main /etc/plain-text
    check "top" -o 'sleep 100' -o "$(pid_of_main) " -- docker top main
    check "top: columns of one's own" -o '^PID +COMMAND' -- docker top main -o pid,comm
    check "stats" -o '^main ' -- docker stats --no-stream --format '{{.Name}} {{.PIDs}} {{.CPUPerc}}' main
    check "cp: out of the container" -o '^a text$' -- copied_out
    check "cp: into the container" -o '^from the host$' -- copied_in
    check "diff" -o 'A /made' -- docker diff main
    check "logs" -o '^started$' -- docker logs main
    check "namespaces of another" -o '1 root +sh -c' -o "$(readlink "/proc/$(pid_of_main)/ns/net" | sed 's/[][]/\\&/g')" -- \
        docker run --rm --network container:main --pid container:main --ipc container:main "$IMAGE" sh -c 'ps; readlink /proc/self/ns/net'
}

copied_out() { docker cp main:/etc/plain-text "$WORLD/copied" && cat "$WORLD/copied"; }
copied_in() { docker cp "$WORLD/shared/file" main:/copied && docker exec main cat /copied; }

count() { cat "/proc/$(pid_of_main)/root/count"; }

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

pause_cases() {
    check "pause" -- docker pause main
    check "pause: is shown" -o '^paused 0$' -- state_of main
    check "pause: nothing moves" -- stands_still
    check "pause: exec is refused" -s failure -e 'paused' -- docker exec main true
    check "unpause" -- docker unpause main
    check "unpause: it moves again" -- await 5 moves_on
}

# The daemon looks for controllers itself: what is missing it discards, with a warning, or refuses.
update_cases() {
    local group
    group=/sys/fs/cgroup/docker/$(docker inspect --format '{{.Id}}' main)
    check "update: restart policy" -- docker update --restart no main
    if [[ $CONTROLLERS == *" memory "* ]]; then
        check "update: memory" -- docker update --memory 30003200 --memory-swap 30003200 main
        check "update: memory is set" -o '^30003200$' -- cat "$group/memory.max"
    else
        check "update: memory without its controller" -s any -o 'memory limit' -- docker update --memory 30003200 main
    fi
    if [[ $CONTROLLERS == *" pids "* ]]; then
        check "update: number of processes" -- docker update --pids-limit 77 main
        check "update: number of processes is set" -o '^77$' -- cat "$group/pids.max"
    fi
    check "update: devices of the container stay" -o '^4$' -- docker exec main sh -c 'echo >/dev/null && head -c 4 /dev/urandom | wc -c'
}

end_cases() {
    check "kill: a signal that is handled" -- docker kill -s USR2 main
    check "kill: was handled" -- await 5 test -e "/proc/$(pid_of_main)/root/usr2"
    check "stop" -- docker stop -t 20 main
    check "stop: has the status of its own" -o '^exited 4$' -- state_of main
    check "stop: what it said last" -o 'stopped$' -- docker logs main
    check "start again" -- docker start main
    check "restart" -- docker restart -t 20 main
    check "restart: is running" -o '^running 0$' -- state_of main
    check "kill" -- docker kill main
    check "kill: was killed" -o '^137$' -- docker wait main
    check "start again: after kill" -- docker start main
    check "remove by force" -- docker rm -f main

    check "stop: start one that ignores TERM" -- docker run -d --name deaf --network none "$IMAGE" sh -c 'trap "" TERM; while :; do sleep 0.1; done'
    await 5 docker exec deaf sh -c 'grep -q "^SigIgn:.*4...$" /proc/1/status'
    check "stop: by KILL, after the time of grace" -- docker stop -t 1 deaf
    check "stop: was killed" -o '^exited 137$' -- state_of deaf
    docker rm -f deaf

    check "restart policy: start" -- docker run -d --name again --network none --restart on-failure:2 "$IMAGE" sh -c 'exit 1'
    check "restart policy: has been followed" -- await 20 was_restarted
    docker rm -f again
    check "create, then start and attach" -s 5 -o '^later$' -- created_then_started
}

was_restarted() { [ "$(docker inspect --format '{{.RestartCount}} {{.State.Status}}' again)" = "2 exited" ]; }

created_then_started() {
    local result=0
    docker create --name later --network none "$IMAGE" sh -c 'echo later; exit 5' >/dev/null || return
    timeout -k 5 20 docker start -a later || result=$?
    docker rm later >/dev/null || return
    return "$result"
}

build_cases() {
    mkdir "$WORLD/context"
    echo "in the context" >"$WORLD/context/file"
    cat >"$WORLD/context/Dockerfile" <<BUILD
FROM $IMAGE
COPY file /copied
RUN echo built >/built && id
USER user
WORKDIR /home
RUN id -u >/tmp/who
CMD cat /built /copied /tmp/who
BUILD
    check "build" -t 60 -o 'Successfully tagged built:latest' -- docker build --network none -t built "$WORLD/context"
    run_once "build: what was built" -o $'^built\nin the context\n1000$' -- built
    printf 'FROM %s\nRUN exit 9\n' "$IMAGE" >"$WORLD/context/Dockerfile"
    check "build: a step that fails" -s 9 -e 'returned a non-zero code: 9' -- docker build --network none --force-rm "$WORLD/context"
    docker rmi -f built
}

many_cases() {
    check "ten at once" -t 90 -- many_at_once
}

many_at_once() {
    local each started=() result=0
    for each in 0 1 2 3 4 5 6 7 8 9; do
        docker run -d --name "many$each" --network none "$IMAGE" sleep 1000 >/dev/null &
        started+=($!)
    done
    for each in "${started[@]}"; do wait "$each" || result=2; done
    [ "$(docker ps -q --filter status=running | wc -l)" = 10 ] || result=3
    docker rm -f many0 many1 many2 many3 many4 many5 many6 many7 many8 many9 >/dev/null || result=4
    return "$result"
}

remap_cases() {
    stop_daemon
    start_daemon remapped --userns-remap dockremap || die "the daemon that maps users does not start"
    run_once "users are mapped" -o '^uid=0\(root\)' -o ' 0 +300000 +65536' -- "$IMAGE" sh -c 'id; cat /proc/self/uid_map'
    run_once "users are mapped: status" -s 7 -- "$IMAGE" sh -c 'exit 7'
    run_once "users are mapped: init, read only, tmpfs" -s 1 -o '^tmpfs$' -e 'Read-only file system' -- --init --read-only --tmpfs /t "$IMAGE" \
        sh -c 'touch /t/x && echo tmpfs; touch /x'
    run_once "users are mapped: devices" -o '^4$' -- "$IMAGE" sh -c 'echo >/dev/null && head -c 4 /dev/urandom | wc -c'
    run_once "users are mapped: another user" -o 'uid=1000\(user\)' -- --user 1000 "$IMAGE" id
    check_tty "users are mapped: terminal" -o '/dev/pts/0' -- docker run --rm -it --network none "$IMAGE" tty
    run_once "users are mapped: a volume's owners" -o '^0 0$' -- -v named:/data "$IMAGE" stat -c '%u %g' /data
    check "users are mapped: start" -- docker run -d --name main --network none "$IMAGE" sleep 1000
    check "users are mapped: outside" -o '^300000$' -- stat -c %u "/proc/$(pid_of_main)"
    check "users are mapped: exec" -s 6 -o '^0$' -- docker exec main sh -c 'id -u; exit 6'
    check_tty "users are mapped: exec with a terminal" -o '/dev/pts/0' -- docker exec -it main tty
    check "users are mapped: the host's null device is root's" -o '^0:0:666$' -- stat -c %u:%g:%a /dev/null
    check "users are mapped: remove" -- docker rm -f main
    run_once "users are not mapped: --userns host" -o '^uid=0\(root\)' -o ' 0 +0 +' -- --userns host "$IMAGE" sh -c 'id; cat /proc/self/uid_map'
    docker volume rm named
}

engine_cases() {
    run_cases
    error_cases
    inside_cases
    seccomp_cases
    volume_cases
    namespace_cases
    main_cases
    pause_cases
    update_cases
    end_cases
    build_cases
    many_cases
    policy_group docker_policy_cases
    check "the daemon understood the runtime's version" -s 1 -- grep -iE 'failed to (parse|retrieve).*version' "$WORLD/logs/docker"
    remap_cases
}
