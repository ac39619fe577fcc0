# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# podman as root. conmon calls create and exec, podman calls the rest. One container ("main") serves all cases that need
# a running one.
# shellcheck disable=SC2034 # read by run.sh and case.sh
PACKAGES=(podman conmon crun runc catatonit busybox-static util-linux jq)
# shellcheck disable=SC2034
COMMANDS=(podman conmon catatonit busybox script jq)
# shellcheck disable=SC2034
PEERS=(crun runc)
# The storage's own mounts, the parents that podman makes once, and its locks.
# shellcheck disable=SC2034
LEFT_ALLOWED='^mount [^ ]* on /(var/lib|run)/containers/|^cgroup (libpod_parent|some-parent)(/conmon)?$|^cgroup init/runtime$|^shared /dev/shm/libpod|^mount nsfs on /run/netns'

engine_setup() {
    sed -i "/^\[engine\]/a infra_image=\"localhost/pause:1\"\nimage_default_transport=\"containers-storage:\"\nstop_timeout=0" /etc/containers/containers.conf
    podman load -q -i "$IMAGE_ARCHIVE" || return
    podman import -q --change 'CMD ["sleep","1000"]' "$ROOTFS_ARCHIVE" localhost/pause:1 || return
    mkdir -p "$WORLD"/{shared,conf,hooks,dev}
    echo "from the host" >"$WORLD/shared/file"
}

# run_once NAME [OPTIONS OF check] -- ARGUMENTS OF podman run
run_once() {
    local options=("$1")
    shift
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    check "${options[@]}" -- podman run --rm "$@"
}

with_conf() {
    local name=$1
    shift
    CONTAINERS_CONF=$WORLD/conf/$name podman "$@"
}

# --- run -----------------------------------------------------------------------------------------------------------------

run_cases() {
    run_once "run: output" -o '^uid=0\(root\) gid=0\(root\)' -- "$IMAGE" id
    run_once "run: status" -s 7 -e '^$' -- "$IMAGE" sh -c 'exit 7'
    run_once "run: standard input" -i 'hello there' -o '^hello there$' -- -i "$IMAGE" cat
    run_once "run: both outputs" -o '^one$' -e '^two$' -- "$IMAGE" sh -c 'echo one; echo two >&2'
    # shellcheck disable=SC2016 # for the shell in the container
    check_tty "run: terminal and its size" -o '/dev/pts/0' -o 'sized' -- sh -c \
        'stty rows 30 cols 90; podman run --rm -it "$IMAGE" sh -c "tty; until [ \"\$(stty size)\" = \"30 90\" ]; do sleep 0.05; done; echo sized"'
    run_once "run: a root directory instead of an image" -o '^uid=0' -- --rootfs "$ROOTFS" id
    run_once "run: user, workdir, env, entrypoint" -o '^1000:1000 /home b$' -- --user user --workdir /home -e A=b \
        --entrypoint '["sh", "-c"]' "$IMAGE" 'echo $(id -u):$(id -g) $(pwd) $A'
    run_once "run: groups" -o 'groups=44\(video\),1234' -- --group-add video --group-add 1234 "$IMAGE" id
    check "run: network of none, host and container" -t 60 -- networks
}

networks() {
    local host
    host=$(readlink /proc/self/ns/net)
    [ "$(podman run --rm --network none "$IMAGE" ls /sys/class/net)" = lo ] || return 1
    [ "$(podman run --rm --network host "$IMAGE" readlink /proc/self/ns/net)" = "$host" ] || return 2
    podman run -q -d --name first --network none "$IMAGE" sleep 100 || return 3
    [ "$(podman run --rm --network container:first "$IMAGE" readlink /proc/self/ns/net)" = \
        "$(podman exec first readlink /proc/self/ns/net)" ] || return 4
    podman rm -f -t 0 first
}

error_cases() {
    run_once "error: missing command" -s 127 -e 'nosuch' -e 'not found' -- "$IMAGE" nosuch
    run_once "error: missing file" -s 127 -e '/bin/nosuch' -- "$IMAGE" /bin/nosuch
    run_once "error: not executable" -s 126 -e '/etc/plain-text' -e '[Pp]ermission denied' -- "$IMAGE" /etc/plain-text
    run_once "error: a directory" -s 126 -e '/etc' -- "$IMAGE" /etc
    run_once "error: an interpreter that is missing" -s failure -e 'script' -- -v "$WORLD/script:/script" "$IMAGE" /script
    run_once "error: working directory is a file" -s 126 -e '/etc/plain-text' -- --workdir /etc/plain-text "$IMAGE" true
    run_once "error: unknown sysctl" -s failure -e 'nosuch' -- --sysctl net.nosuch=1 "$IMAGE" true
    run_once "error: a command that looks like an option" -s 127 -e 'no-such-option' -- "$IMAGE" --no-such-option
    check "error: a failed create leaves no container" -o '^$' -- podman ps -aq
    run_once "error: missing device" -s 125 -e '/dev/nosuch' -- --device /dev/nosuch "$IMAGE" true
    run_once "error: missing source of a volume" -s 125 -e 'nosuch' -- -v /nosuch/dir:/x "$IMAGE" true
}

# --- what is inside --------------------------------------------------------------------------------------------------------

inside_cases() {
    local all
    all=$(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status)
    run_once "hostname" -o '^some-name$' -- --hostname some-name "$IMAGE" hostname
    run_once "sysctl" -o $'^4096\n1$' -- --sysctl kernel.msgmax=4096 --sysctl net.ipv4.ip_forward=1 "$IMAGE" \
        cat /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_forward
    run_once "ulimit" -o $'^50\n60$' -- --ulimit nofile=50:60 --ulimit nproc=4096:4096 "$IMAGE" sh -c 'ulimit -n; ulimit -Hn'
    run_once "umask, oom score, time zone" -o $'^0027\n100\nUTC$' -- --umask 0027 --oom-score-adj 100 --tz UTC "$IMAGE" \
        sh -c 'umask; cat /proc/self/oom_score_adj; date +%Z'
    run_once "shm size" -o ' 1\.0M ' -- --shm-size 1m "$IMAGE" df -h /dev/shm
    run_once "personality" -o '^i686$' -- --personality LINUX32 "$IMAGE" uname -m
    run_once "init" -o '1 root +/run/podman-init' -- --init "$IMAGE" ps
    run_once "capabilities: default" -n 'CapEff:[[:space:]]*0*$' -n "CapEff:[[:space:]]*$all" -- "$IMAGE" cat /proc/self/status
    run_once "capabilities: dropped and added" -o 'CapEff:.0000000000000400' -o 'NoNewPrivs:.1' -- --cap-drop all \
        --cap-add net_bind_service --security-opt no-new-privileges "$IMAGE" cat /proc/self/status
    run_once "capabilities: of an ordinary user" -o 'CapEff:.0000000000000000' -- --user 1000 "$IMAGE" cat /proc/self/status
    run_once "privileged" -o "CapEff:.$all" -o 'Seccomp:.0' -o 'sys-is-writable' -- --privileged "$IMAGE" \
        sh -c 'cat /proc/self/status; grep -q "^sysfs /sys sysfs rw" /proc/mounts && echo sys-is-writable; test -c /dev/fuse'
    run_once "read only" -s 1 -o '^tmpfs$' -e 'Read-only file system' -- --read-only "$IMAGE" sh -c 'touch /tmp/x && echo tmpfs; touch /x'
    run_once "read only without tmpfs" -s 1 -e 'Read-only file system' -- --read-only --read-only-tmpfs=false "$IMAGE" touch /tmp/x
    run_once "tmpfs with size, copied up" -o 'plain-text' -o ' 1\.0M ' -- --tmpfs /t:size=1m \
        --mount type=tmpfs,destination=/etc,tmpcopyup "$IMAGE" sh -c 'ls /etc; df -h /t'
    run_once "device with rights" -s failure -o '^read$' -e 'Operation not permitted' -- --device /dev/fuse:/dev/some:r "$IMAGE" \
        sh -c ': </dev/some && echo read; : >/dev/some'
    run_once "device rule" -o 'made' -- --device-cgroup-rule 'c 1:5 rwm' --cap-add mknod "$IMAGE" \
        sh -c 'mknod /z c 1 5 && head -c 1 /z && echo made'
    run_once "paths are masked" -s 1 -o '^$' -e 'uptime' -- --security-opt mask=/proc/uptime --security-opt mask=/proc/fs "$IMAGE" \
        sh -c 'ls /proc/fs; cat /proc/uptime && test -s /proc/uptime || { echo uptime >&2; exit 1; }'
    run_once "paths are unmasked" -o 'proc/sys proc rw|open' -- --security-opt unmask=ALL "$IMAGE" \
        sh -c 'ls /proc/scsi /proc/acpi >/dev/null 2>&1; grep -q " /proc/sys " /proc/mounts || echo open'
    run_once "host's pid, ipc and uts namespaces" -o "^$(hostname)$" -- --pid host --ipc host --uts host "$IMAGE" hostname
    run_once "time and identity of a whole report" -o '"pid":1' -- "$IMAGE" probe report
}

seccomp_cases() {
    echo '{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64"],
        "syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":95}]}' >"$WORLD/conf/seccomp.json"
    run_once "seccomp: a profile with its errno" -s 1 -o 'Seccomp:.2' -e 'Not supported|not supported' \
        -- --security-opt seccomp="$WORLD/conf/seccomp.json" "$IMAGE" sh -c 'cat /proc/self/status; mkdir /x'
    run_once "seccomp: default" -o 'Seccomp:.2' -- "$IMAGE" cat /proc/self/status
    run_once "seccomp: unconfined" -o 'Seccomp:.0' -- --security-opt seccomp=unconfined "$IMAGE" cat /proc/self/status
    echo 'no profile' >"$WORLD/conf/broken.json"
    run_once "seccomp: a broken profile" -s 125 -- --security-opt seccomp="$WORLD/conf/broken.json" "$IMAGE" true
}

# --- volumes -----------------------------------------------------------------------------------------------------------------

volume_cases() {
    run_once "volume: bound, read only" -s 1 -o '^from the host$' -e 'Read-only file system' -- -v "$WORLD/shared:/w:ro" \
        "$IMAGE" sh -c 'cat /w/file; touch /w/x'
    run_once "volume: named, filled from the image" -o '^from the image$' -- -v vol:/data "$IMAGE" cat /data/file
    run_once "volume: named, used again" -o '^kept$' -- -v vol:/data "$IMAGE" sh -c 'echo kept >/data/new; cat /data/new'
    check "volume: removed" -o '^vol' -- podman volume rm vol
    run_once "volume: overlay" -o '^written$' -- -v "$WORLD/shared:/w:O" "$IMAGE" sh -c 'echo written >/w/file; cat /w/file'
    run_once "volume: the overlay's source is as before" -o '^from the host$' -- -v "$WORLD/shared:/w" "$IMAGE" cat /w/file
    run_once "volume: a single file" -o '^from the host$' -- -v "$WORLD/shared/file:/etc/one:ro,nosuid,nodev,noexec" "$IMAGE" cat /etc/one
    run_once "volume: an image" -o 'busybox' -- --mount "type=image,source=$IMAGE,destination=/img" "$IMAGE" ls /img/bin
    run_once "volume: propagation" -o 'shared:' -- -v "$WORLD/shared:/w:rshared" "$IMAGE" grep ' /w ' /proc/self/mountinfo
    echo 'the secret' | podman secret create one - >/dev/null
    run_once "secret: a file and a variable" -o $'^the secret\nthe secret' -- --secret one --secret one,type=env,target=S "$IMAGE" \
        sh -c 'cat /run/secrets/one; echo "$S"'
    podman secret rm one >/dev/null
}

# --- user namespaces -----------------------------------------------------------------------------------------------------------

userns_cases() {
    local map=(--uidmap 0:600000:5000 --gidmap 0:600000:5000)
    run_once "userns: map" -o '^ *0 +600000 +5000$' -- "${map[@]}" "$IMAGE" cat /proc/self/uid_map
    run_once "userns: auto" -o '^ *0 +5[0-9]* +2000$' -- --userns=auto:size=2000 "$IMAGE" cat /proc/self/uid_map
    run_once "userns: read only, no capabilities, user" -o '^uid=1000' -- "${map[@]}" --read-only --cap-drop all --user 1000 "$IMAGE" id
    run_once "userns: owners of the kernel's file systems" -n ' 65534 ' -- "${map[@]}" "$IMAGE" \
        ls -ldn /dev /dev/mqueue /dev/shm /dev/pts /tmp
    mkdir -p /var/lib/containers/mapped
    run_once "userns: idmapped volume" -o ' 0 +0 ' -- "${map[@]}" -v /var/lib/containers/mapped:/w:idmap "$IMAGE" \
        sh -c 'touch /w/x; ls -ln /w/x'
    run_once "userns: changed owner" -o ' 0 +0 ' -- "${map[@]}" -v /var/lib/containers/mapped:/w:U "$IMAGE" \
        sh -c 'touch /w/y; ls -ldn /w'
    run_once "userns: terminal" -o '^uid=0' -- "${map[@]}" -t "$IMAGE" id
}

# --- groups --------------------------------------------------------------------------------------------------------------------

cgroup_cases() {
    # shellcheck disable=SC2016 # for the shell in the container
    local see='grep ^0: /proc/self/cgroup; grep " /sys/fs/cgroup " /proc/mounts; test -e /sys/fs/cgroup/cgroup.procs && echo seen'
    run_once "cgroups: private view" -o $'^0::/\n' -o 'cgroup2 ro,' -o 'seen' -- --cgroupns=private "$IMAGE" sh -c "$see"
    run_once "cgroups: host's view" -o '0::/libpod_parent/libpod-' -o 'seen' -- --cgroupns=host "$IMAGE" sh -c "$see"
    run_once "cgroups: parent" -o '0::/some-parent/libpod-' -- --cgroupns=host --cgroup-parent /some-parent "$IMAGE" sh -c "$see"
    run_once "cgroups: no-conmon" -o '0::/libpod_parent/libpod-' -- --cgroups=no-conmon --cgroupns=host "$IMAGE" sh -c "$see"
    run_once "cgroups: split" -o '0::/init/|0::/.*libpod' -- --cgroups=split --cgroupns=host "$IMAGE" sh -c "$see"
    run_once "cgroups: disabled" -o '0::/init' -- --cgroups=disabled --cgroupns=host "$IMAGE" sh -c "$see"
    if [[ $CONTROLLERS == *" memory "* && $CONTROLLERS == *" pids "* && $CONTROLLERS == *" cpu "* ]]; then
        run_once "cgroups: limits" -o $'^33554432\n50\n50000 100000' -- --memory 32m --pids-limit 50 --cpus 0.5 "$IMAGE" \
            sh -c 'cd /sys/fs/cgroup; cat memory.max pids.max cpu.max'
    else
        skip_case "cgroups: limits" "memory, pids and cpu are not in this machine's v2 tree"
    fi
    run_once "systemd: mounts" -o 'tmpfs /run tmpfs rw' -o 'cgroup2? /sys/fs/cgroup[^ ]* cgroup2? rw' -o 'container=podman|oci' \
        -- --systemd=always "$IMAGE" sh -c 'cat /proc/mounts; env; mkdir /sys/fs/cgroup/below'
}

# --- exec and the life of a container ----------------------------------------------------------------------------------------

exec_cases() {
    check "exec: status and output" -s 5 -o '^0$' -- podman exec main sh -c 'id -u; exit 5'
    check "exec: user, workdir, env" -o $'^1000\n/tmp\nb$' -- podman exec --user 1000 --workdir /tmp -e A=b main sh -c 'id -u; pwd; echo $A'
    check "exec: standard input" -i 'hello there' -o '^hello there$' -- podman exec -i main cat
    check_tty "exec: terminal" -o '/dev/pts/' -- podman exec -it main tty
    check "exec: missing command" -s 127 -e 'nosuch' -e 'not found' -- podman exec main nosuch
    check "exec: not executable" -s 126 -e '[Pp]ermission denied' -- podman exec main /etc/plain-text
    check "exec: missing working directory" -s failure -e '/nosuch' -- podman exec --workdir /nosuch main true
    check "exec: privileged" -o "CapEff:.$(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status)" -- podman exec --privileged main cat /proc/self/status
    check "exec: detached" -- exec_detached
    check "exec: preserved descriptor" -o '^from the host$' -- exec_preserved
    check "exec: the same limits as the container" -o 'Seccomp:.2' -o $'\n3$' -- podman exec main sh -c 'cat /proc/self/status; ulimit -n >/dev/null; echo 3'
}

exec_detached() {
    podman exec -d main touch /tmp/detached || return
    await 5 podman exec main test -e /tmp/detached
}

exec_preserved() {
    podman exec --preserve-fds 1 main sh -c 'cat <&3' 3<"$WORLD/shared/file"
}

main_cases() {
    check "run: detached" -o '^[0-9a-f]{64}$' -- podman run -d --name main --health-cmd 'test -e /etc/plain-text' --health-interval disable \
        --stop-signal TERM "$IMAGE" sh -c 'trap "echo term; exit 3" TERM; echo started; while :; do sleep 0.05; done'
    check "inspect: state, pid, runtime" -o "^running true $RUNTIME" -- podman inspect \
        --format '{{.State.Status}} {{gt .State.Pid 1}} {{.OCIRuntime}}' main
    check "ps" -o '^main Up' -- podman ps --format '{{.Names}} {{.Status}}'
    exec_cases
    check "top: columns" -o $'(^|\n)1 +sh( |\n|$)' -- podman top main pid comm
    check "top: ps of the container" -o 'sleep|sh' -- podman top main -o pid,comm
    check "stats" -o '^main' -- podman stats --no-stream --no-reset --format '{{.Name}} {{.PIDs}}' main
    check "logs" -o '^started$' -- podman logs main
    check "healthcheck" -- podman healthcheck run main
    check "cp: in and out" -o '^from the host$' -- copy_both
    check "diff" -o 'A /tmp/copied' -- podman diff main
    check "commit" -o '^from the host$' -t 60 -- commit_and_run
    check "pause: state" -o '^paused$' -- pause_main
    check "pause: exec is refused" -s failure -e 'paus|running' -- podman exec main true
    check "unpause" -o '^running$' -- unpause_main
    check "checkpoint: done, or refused in words" -t 60 -- checkpoint_main
    check "network of another container" -o '^same$' -- same_network
    check "kill: another signal" -- podman kill -s WINCH main
    check "stop" -o '^main$' -- podman stop -t 10 main
    check "inspect: exited" -o '^exited 3 0$' -- podman inspect --format '{{.State.Status}} {{.State.ExitCode}} {{.State.Pid}}' main
    check "logs: at the end" -o $'started\nterm$' -- podman logs main
    check "start again" -o '^main$' -- podman start main
    check "restart" -o '^main$' -- podman restart -t 0 main
    check "kill" -o '^137$' -- kill_and_wait
    check "rm" -o '^main$' -- podman rm main
}

copy_both() {
    podman cp "$WORLD/shared/file" main:/tmp/copied && podman cp main:/tmp/copied "$WORLD/tmp/back" && cat "$WORLD/tmp/back"
}

commit_and_run() {
    podman commit -q main localhost/second:1 >&2 && podman run --rm localhost/second:1 cat /tmp/copied && podman rmi -f localhost/second:1 >&2
}

pause_main() {
    podman pause main >&2 && podman inspect --format '{{.State.Status}}' main
}

unpause_main() {
    podman unpause main >&2 && podman inspect --format '{{.State.Status}}' main
}

# A machine without CRIU refuses, and the container goes on.
checkpoint_main() {
    local words
    if words=$(podman container checkpoint main 2>&1); then
        podman container restore main || return 1
    else
        grep -iE 'checkpoint|criu' <<<"$words" || return 2
    fi
    [ "$(podman inspect --format '{{.State.Status}}' main)" = running ]
}

same_network() {
    [ "$(podman run --rm --network container:main "$IMAGE" readlink /proc/self/ns/net)" = "$(podman exec main readlink /proc/self/ns/net)" ] && echo same
}

kill_and_wait() {
    podman kill main >&2 && podman wait main
}

life_cases() {
    check "create, init, start" -o '^started later$' -- create_init_start
    check "rm of a running container" -- rm_running
    check "restart policy" -o '^2 exited$' -- restart_policy
    check "rename and export" -o 'bin/busybox' -- rename_and_export
    check "attach" -o 'attached' -- attach_to
    check "run: pid file and cid file" -- pid_file
}

create_init_start() {
    podman create -q --name later --init "$IMAGE" echo started later >&2 && podman init later >&2 &&
        [ "$(podman inspect --format '{{.State.Status}}' later)" = initialized ] && podman start -a later && podman rm later >&2
}

rm_running() {
    podman run -d --name doomed "$IMAGE" sleep 100 && podman rm -f -t 0 doomed && ! podman container exists doomed
}

restart_policy() {
    podman run -d --name again --restart on-failure:2 "$IMAGE" false >&2 || return
    # shellcheck disable=SC2016 # for the inner shell
    await 20 sh -c '[ "$(podman inspect --format "{{.RestartCount}} {{.State.Status}}" again)" = "2 exited" ]'
    podman inspect --format '{{.RestartCount}} {{.State.Status}}' again && podman rm -f again >&2
}

rename_and_export() {
    podman create -q --name old "$IMAGE" true >&2 && podman rename old new && podman export new | tar -t && podman rm new >&2
}

# Attaching takes a moment: the container says it until the case has heard it.
attach_to() {
    local heard=$WORLD/tmp/heard
    podman run -d --name attached "$IMAGE" sh -c 'until [ -e /go ]; do echo attached; sleep 0.05; done' >&2 || return
    podman attach --no-stdin attached >"$heard" &
    await 10 grep -q attached "$heard"
    podman exec attached touch /go
    wait $!
    cat "$heard"
    podman rm -f -t 0 attached >&2
}

pid_file() {
    local pid
    podman run -d --name filed --pidfile "$WORLD/tmp/pid" --cidfile "$WORLD/tmp/cid" "$IMAGE" sleep 100 || return
    pid=$(cat "$WORLD/tmp/pid")
    # A runtime's start may return just before the program is there.
    await 5 grep -qa sleep "/proc/$pid/cmdline" && [ "$(podman inspect --format '{{.State.Pid}}' filed)" = "$pid" ] || return 2
    podman rm -f -t 0 filed
}

# --- pods ------------------------------------------------------------------------------------------------------------------------

pod_cases() {
    check "pod: create and members" -o $'^pp\nsame$' -t 60 -- pod_of --share-parent=false
    check "pod: removed" -- remove_pods
    # With the cgroupfs manager podman 4.3 itself forbids all devices in the group that it makes for a pod.
    check "pod: with a group of its own" -o $'^pp\nsame$' -t 60 -- pod_of --share-parent=true
    remove_pods >/dev/null
    check "play kube" -o '^from kube$' -t 60 -- play_kube
    remove_pods >/dev/null
}

pod_of() {
    podman pod create --name pp --network none "$1" >&2 || return
    podman run --rm --pod pp "$IMAGE" hostname
    podman run -d --pod pp --name member "$IMAGE" sleep 100 >&2 || return
    [ "$(podman exec member readlink /proc/1/ns/ipc)" = "$(podman run --rm --pod pp "$IMAGE" readlink /proc/self/ns/ipc)" ] && echo same
}

remove_pods() {
    podman pod rm -fa -t 0 && podman rm -fa -t 0
}

play_kube() {
    cat >"$WORLD/tmp/pod.yaml" <<YAML
apiVersion: v1
kind: Pod
metadata:
  name: kube
spec:
  restartPolicy: Never
  containers:
  - name: one
    image: $IMAGE
    imagePullPolicy: Never
    command: ["sh", "-c", "echo from kube"]
    securityContext: {readOnlyRootFilesystem: true, runAsUser: 1000, capabilities: {drop: ["ALL"]}}
YAML
    podman play kube --network none "$WORLD/tmp/pod.yaml" >&2 || return
    podman wait kube-one >&2 && podman logs kube-one
}

# --- how podman is set up --------------------------------------------------------------------------------------------------------

setting_cases() {
    sed 's/^\[engine\]/[engine]\nno_pivot_root=true/' /etc/containers/containers.conf >"$WORLD/conf/no-pivot"
    sed 's/^\[containers\]/[containers]\nkeyring=false/' /etc/containers/containers.conf >"$WORLD/conf/no-keyring"
    check "setting: no pivot_root" -o '^uid=0' -- with_conf no-pivot run --rm "$IMAGE" id
    check "setting: no new keyring" -o '^uid=0' -- with_conf no-keyring run --rm "$IMAGE" id
    check "setting: log level debug" -o '^uid=0' -e '"?msg' -- podman --log-level=debug run --rm "$IMAGE" id
    cat >"$WORLD/hooks/one.json" <<'JSON'
{"version":"1.0.0","hook":{"path":"/bin/sh","args":["sh","-c","cat >>/run/hook-output; echo \"$A\" >>/run/hook-output"],"env":["A=from-env"]},
"when":{"always":true},"stages":["prestart","createRuntime","poststart","poststop"]}
JSON
    run_once "hooks: run" -o '^uid=0' -- --hooks-dir "$WORLD/hooks" "$IMAGE" id
    check "hooks: the states that they read" -o 'creat' -o 'stopped' -o 'from-env' -- cat /run/hook-output
    rm -f /run/hook-output
    sed -i 's/cat >>.*hook-output"/exit 9"/' "$WORLD/hooks/one.json"
    run_once "hooks: one fails" -s failure -e 'hook' -- --hooks-dir "$WORLD/hooks" "$IMAGE" id
    check "sdnotify: by the container" -o 'READY=1' -- sdnotify
}

sdnotify() {
    local listener
    "$SUPPORT/datagram_listener" "$WORLD/tmp/notify" >"$WORLD/tmp/notified" &
    listener=$!
    await 5 test -S "$WORLD/tmp/notify"
    # shellcheck disable=SC2016 # for the shell in the container
    NOTIFY_SOCKET=$WORLD/tmp/notify timeout 20 podman run --rm --sdnotify=container "$IMAGE" \
        sh -c 'probe connect "$NOTIFY_SOCKET" datagram READY=1' >&2
    await 5 grep -q READY=1 "$WORLD/tmp/notified"
    kill "$listener"
    cat "$WORLD/tmp/notified"
}

engine_cases() {
    printf '#!/bin/nosuch\n' >"$WORLD/script"
    chmod +x "$WORLD/script"
    group run_cases
    group error_cases
    group inside_cases
    group seccomp_cases
    group volume_cases
    group userns_cases
    group cgroup_cases
    group main_cases
    group life_cases
    group pod_cases
    group setting_cases
    policy_group podman_policy_cases
    check "no container is left" -o '^$' -- podman ps -aq
}
