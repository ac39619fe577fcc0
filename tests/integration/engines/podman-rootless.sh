# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# podman of an ordinary user: the runtime is uid 0 of a user namespace that podman made. Every storage driver, every kind
# of user namespace and network, and control groups both without delegation (the user's processes live in a group of
# root's) and with it ("in_group": in a leaf of a group that was handed to the user).
# shellcheck disable=SC2034 # read by run.sh and case.sh
PACKAGES=(podman conmon buildah crun catatonit uidmap fuse-overlayfs slirp4netns busybox-static util-linux jq)
# shellcheck disable=SC2034
COMMANDS=(podman conmon buildah catatonit newuidmap busybox script setpriv jq)
# shellcheck disable=SC2034
PEERS=(crun)
# The first command enters the mount namespace that podman keeps; what stays of the groups is the parent podman made.
# shellcheck disable=SC2034
LEFT_ALLOWED='^cgroup users/pods$|^shared /dev/shm/libpod'

USER_HOME=$WORLD/home
USER_GROUP=/sys/fs/cgroup/users
EXTRA_GROUP=7777

engine_setup() {
    local each controller
    echo "extra:x:$EXTRA_GROUP:$TEST_USER" >>/etc/group
    mkdir -p "$USER_HOME/volume" "$USER_HOME/context" "$USER_HOME/nested"
    echo "a secret" >"$USER_HOME/secret"
    printf 'FROM %s\nRUN echo built >/built && id -u\nCOPY secret /copied\nUSER 33\nRUN id -u >/tmp/user\n' "$IMAGE" \
        >"$USER_HOME/context/Containerfile"
    cp "$USER_HOME/secret" "$USER_HOME/context/"
    write_pod
    cp -a "$ROOTFS" "$USER_HOME/nested/rootfs"
    chown -R "$TEST_UID:$TEST_UID" "$USER_HOME"
    for each in "$USER_GROUP" "$USER_GROUP/own"; do
        mkdir "$each" || return
        chown "$TEST_UID:$TEST_UID" "$each" "$each"/cgroup.{procs,threads,subtree_control} || return
        [ "$each" != "$USER_GROUP" ] || for controller in $CONTROLLERS; do
            echo "+$controller" >"$each/cgroup.subtree_control" || return
        done
    done
    write_prefixes
    "${PODMAN[@]}" load -q -i "$IMAGE_ARCHIVE"
}

# Programs, not functions: a case's time limit and its terminal work on programs.
write_prefixes() {
    cat >"$WORLD/bin/as-user" <<END
#!/bin/sh
cd $USER_HOME && exec setpriv --reuid $TEST_UID --regid $TEST_UID --init-groups env -i HOME=$USER_HOME USER=$TEST_USER \
    XDG_RUNTIME_DIR=/run/user/$TEST_UID PATH=$PATH TMPDIR=$WORLD/tmp BUILDAH_RUNTIME=$RUNTIME_PATH "\$@"
END
    cat >"$WORLD/bin/in-group" <<END
#!/bin/sh
echo \$\$ >$USER_GROUP/own/cgroup.procs && exec $WORLD/bin/as-user "\$@"
END
    chmod 755 "$WORLD/bin/as-user" "$WORLD/bin/in-group"
    PODMAN=("$WORLD/bin/as-user" podman --log-level=error)
    IN_GROUP=("$WORLD/bin/in-group" podman --log-level=error)
}

write_pod() {
    cat >"$USER_HOME/pod.yaml" <<END
apiVersion: v1
kind: Pod
metadata: {name: played}
spec:
  restartPolicy: Never
  containers:
  - name: one
    image: $IMAGE
    command: [sh, -c, 'id -u; echo kept >/empty/file; cat /empty/file; exec sleep 100']
    securityContext: {runAsUser: 33}
    volumeMounts: [{mountPath: /empty, name: empty}]
  volumes: [{name: empty, hostPath: {path: $USER_HOME/volume, type: Directory}}]
END
}

engine_teardown() {
    "${PODMAN[@]}" rm -af -t 0
    "${PODMAN[@]}" pod rm -af -t 0
    # The process that holds podman's user and mount namespaces.
    "${PODMAN[@]}" system migrate
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
    check "${options[@]}" -- "${PODMAN[@]}" run --rm "$@"
}

# in_group NAME [OPTIONS OF check] -- ARGUMENTS OF podman
in_group() {
    local options=("$1")
    shift
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    check "${options[@]}" -- "${IN_GROUP[@]}" "$@"
}

# --- storage ---------------------------------------------------------------------------------------------------------------

# storage NAME REGEX OPTIONS...: an image is loaded, run and written to; / is of the type that the driver makes.
storage() {
    local name=$1 type=$2 podman
    shift 2
    podman=("${PODMAN[@]}" --root "$USER_HOME/storage-$name" "$@")
    check "storage: $name: load" -t 60 -- "${podman[@]}" load -q -i "$IMAGE_ARCHIVE"
    check "storage: $name: run" -o "$type" -o '^0:0' -- "${podman[@]}" run --rm "$IMAGE" \
        sh -c 'stat -c %u:%g /etc/passwd; echo x >/etc/passwd && grep " / / " /proc/self/mountinfo || grep "^[0-9]* [0-9]* [^ ]* [^ ]* / " /proc/self/mountinfo'
    "${podman[@]}" rmi -f "$IMAGE" >/dev/null
}

storage_cases() {
    storage overlay ' - overlay ' --storage-driver overlay
    storage vfs 'vfs/dir/[0-9a-f]* / ' --storage-driver vfs
    if [ ! -c /dev/fuse ] || ! command -v fuse-overlayfs >/dev/null; then
        skip_case "storage: fuse-overlayfs: run" "no /dev/fuse, or fuse-overlayfs is not installed"
        return
    fi
    storage fuse-overlayfs 'fuse.fuse-overlayfs' --storage-driver overlay --storage-opt overlay.mount_program="$(command -v fuse-overlayfs)"
}

# --- user namespaces -------------------------------------------------------------------------------------------------------

user_cases() {
    run_once "user: root is the caller" -o "^ *0 +$TEST_UID +1
 *1 +$TEST_SUBID +65536\$" -- "$IMAGE" cat /proc/self/uid_map
    run_once "user: root directory instead of an image" -o '^uid=0' -- --rootfs "$USER_HOME/nested/rootfs" id
    run_once "user: --user" -o '^uid=1000\(user\) gid=1000\(user\) groups=1000\(user\)$' -- --user user "$IMAGE" id
    run_once "user: --userns keep-id" -o "^uid=$TEST_UID\($TEST_USER\) gid=$TEST_UID" -- --userns keep-id "$IMAGE" id
    run_once "user: keep-id with ids of its own" -o '^uid=200\(200\) gid=210\(210\)' -- --userns keep-id:uid=200,gid=210 "$IMAGE" id
    run_once "user: keep-id, read only" -s 1 -e 'Read-only file system' -- --userns keep-id --read-only --read-only-tmpfs=false "$IMAGE" touch /tmp/x
    run_once "user: keep-id, privileged" -o "CapBnd:.0*1" -o 'Seccomp:.0' -- --userns keep-id --privileged "$IMAGE" cat /proc/self/status
    run_once "user: keep-id, init" -o 'catatonit|podman-init' -- --userns keep-id --init "$IMAGE" ps
    run_once "user: keep-id, volume" -o "^$TEST_UID\$" -- --userns keep-id -v "$USER_HOME/volume:/v" "$IMAGE" sh -c 'touch /v/kept; stat -c %u /v/kept'
    check "user: keep-id, the host sees the caller" -o "^$TEST_UID:$TEST_UID\$" -- stat -c %u:%g "$USER_HOME/volume/kept"
    run_once "user: --uidmap" -o '^ *0 +1 +1000$' -- --uidmap 0:1:1000 --gidmap 0:1:1000 "$IMAGE" cat /proc/self/uid_map
    run_once "user: --userns nomap" -o "^uid=0.root. gid=0" -n "[^0-9]${TEST_UID}[^0-9]" -- --userns nomap "$IMAGE" sh -c 'id; cat /proc/self/uid_map'
    run_once "groups: none of the caller's" -o '^Groups:[[:space:]]*$' -- "$IMAGE" grep Groups /proc/self/status
    run_once "groups: --group-add" -o '^Groups:.*44 1234' -- --group-add video --group-add 1234 "$IMAGE" grep Groups /proc/self/status
    run_once "groups: keep-groups" -o '^Groups:[^\n]*65534' -- --group-add keep-groups "$IMAGE" grep Groups /proc/self/status
    run_once "groups: keep-groups of another user" -o '^Groups:[^\n]*65534' -- --user 33 --group-add keep-groups "$IMAGE" grep Groups /proc/self/status
    run_once "groups: keep-groups in keep-id" -o '^Groups:[^\n]*65534' -- --userns keep-id --group-add keep-groups "$IMAGE" grep Groups /proc/self/status
    check "groups: what the kept group may read" -o '^for the group$' -- kept_group
}

kept_group() {
    echo "for the group" >"$USER_HOME/volume/shared"
    chown "0:$EXTRA_GROUP" "$USER_HOME/volume/shared"
    chmod 0640 "$USER_HOME/volume/shared"
    ! "${PODMAN[@]}" run --rm -v "$USER_HOME/volume:/v" "$IMAGE" cat /v/shared 2>/dev/null || return 3
    "${PODMAN[@]}" run --rm --group-add keep-groups -v "$USER_HOME/volume:/v" "$IMAGE" cat /v/shared
    rm -f "$USER_HOME/volume/shared"
}

# --- networks ----------------------------------------------------------------------------------------------------------------

network_cases() {
    run_once "network: none" -o '^lo$' -- --network none "$IMAGE" ls /sys/class/net
    run_once "network: host" -o "^$(readlink /proc/self/ns/net | tr '[]' '..')\$" -- --network host "$IMAGE" readlink /proc/self/ns/net
    run_once "network: host, /sys" -o '^sysfs /sys sysfs ro' -- --network host "$IMAGE" grep ' /sys ' /proc/mounts
    if [ -c /dev/net/tun ] && command -v slirp4netns >/dev/null; then
        run_once "network: slirp4netns" -o 'tap0 .*10\.0\.2\.100' -- --network slirp4netns "$IMAGE" ip -o addr
        run_once "network: slirp4netns, ports" -- --network slirp4netns -p 127.0.0.1:8099:80 "$IMAGE" true
        run_once "network: bridge" -o 'eth0 .*inet ' -t 60 -- --network bridge "$IMAGE" ip -o addr
    else
        skip_case "network: slirp4netns" "no /dev/net/tun, or slirp4netns is not installed"
    fi
    if podman run --help | grep -q pasta; then
        run_once "network: pasta" -o 'inet ' -- --network pasta "$IMAGE" ip -o addr
    else
        skip_case "network: pasta" "this podman does not know it"
    fi
    run_once "network: names" -o '^inside' -o '1\.2\.3\.4' -- --hostname inside --add-host other:1.2.3.4 "$IMAGE" sh -c 'hostname; cat /etc/hosts'
    run_once "network: sysctl" -o '^1$' -- --sysctl net.ipv4.ip_forward=1 "$IMAGE" cat /proc/sys/net/ipv4/ip_forward
}

# --- what is inside ----------------------------------------------------------------------------------------------------------

inside_cases() {
    local null
    null=$(stat -c %u:%g:%a /dev/null)
    run_once "status" -s 7 -- "$IMAGE" sh -c 'exit 7'
    run_once "standard input" -i 'through' -o '^through$' -- -i "$IMAGE" cat
    # Podman may be late to attach, and shows nothing of what has ended by then.
    check_tty "terminal" -o '/dev/pts/0' -- "${PODMAN[@]}" run --rm -it "$IMAGE" sh -c 'tty; sleep 0.3'
    check_tty "terminal: keep-id" -o '/dev/pts/0' -- "${PODMAN[@]}" run --rm -it --userns keep-id "$IMAGE" sh -c 'tty; sleep 0.3'
    run_once "missing command" -s 127 -e 'nosuch' -- "$IMAGE" nosuch
    run_once "not executable" -s 126 -e 'plain-text' -- "$IMAGE" /etc/plain-text
    run_once "volume: named" -o '^0:0$' -- -v named:/v "$IMAGE" sh -c 'touch /v/f; stat -c %u:%g /v/f'
    run_once "volume: read only" -s 1 -e 'Read-only file system' -- -v named:/v:ro "$IMAGE" touch /v/g
    run_once "volume: handed over (U)" -o '^33:0$' -- -v "$USER_HOME/volume:/v:U" --user 33 "$IMAGE" sh -c 'touch /v/f; stat -c %u:%g /v'
    run_once "tmpfs" -o ' 1\.0M ' -- --mount type=tmpfs,destination=/t,tmpfs-size=1m "$IMAGE" df -h /t
    run_once "device is bound" -o '^3$' -- --device /dev/zero:/dev/some "$IMAGE" sh -c 'head -c 3 /dev/some | wc -c'
    run_once "device: fuse" -o '10, 229' -- --device /dev/fuse "$IMAGE" ls -l /dev/fuse
    run_once "privileged" -o 'CapEff:.0*1f' -o 'Seccomp:.0' -- --privileged "$IMAGE" cat /proc/self/status
    run_once "read only" -s 1 -o '^tmpfs$' -e 'Read-only file system' -- --read-only "$IMAGE" sh -c 'touch /tmp/x && echo tmpfs; touch /x'
    run_once "init" -o 'catatonit|podman-init' -- --init "$IMAGE" ps
    run_once "all of the host's namespaces" -o "^$(hostname)\$" -- --pid host --network host --uts host --cgroupns host "$IMAGE" hostname
    run_once "ulimit" -o '^512$' -- --ulimit nofile=512:512 "$IMAGE" sh -c 'ulimit -n'
    run_once "oom score" -o '^500$' -- --oom-score-adj 500 "$IMAGE" cat /proc/self/oom_score_adj
    run_once "oom score below the caller's is refused" -s 126 -e 'oomScoreAdj|oom_score_adj' -- --oom-score-adj -500 "$IMAGE" true
    run_once "seccomp: none" -o 'Seccomp:.0' -- --security-opt seccomp=unconfined "$IMAGE" cat /proc/self/status
    run_once "systemd mode" -o '^tmpfs' -o 'cgroup2 rw' -- --systemd always "$IMAGE" sh -c 'stat -f -c %T /run; grep cgroup2 /proc/mounts'
    check "secret: create" -- "${PODMAN[@]}" secret create one "$USER_HOME/secret"
    run_once "secret: file" -o '^a secret$' -- --secret one "$IMAGE" cat /run/secrets/one
    run_once "secret: environment" -o '^a secret$' -- --secret one,type=env,target=S "$IMAGE" sh -c 'echo "$S"'
    check "the host's /dev/null is as it was" -o "^$null\$" -- stat -c %u:%g:%a /dev/null
}

# --- life --------------------------------------------------------------------------------------------------------------------

life_cases() {
    check "life: run -d" -- "${PODMAN[@]}" run -d --name main --health-cmd 'test -e /tmp/well' --health-interval disable "$IMAGE" \
        sh -c 'trap "exit 3" TERM; trap "touch /tmp/well" USR1; while :; do sleep 0.1; done'
    check "life: exec" -s 5 -o '^uid=33 .*
/tmp b$' -- "${PODMAN[@]}" exec -u 33 -w /tmp -e A=b main sh -c 'id; echo $(pwd) $A; exit 5'
    check "life: exec privileged" -o 'CapEff:.0*1f' -- "${PODMAN[@]}" exec --privileged main cat /proc/self/status
    check_tty "life: exec with a terminal" -o '/dev/pts/0' -- "${PODMAN[@]}" exec -it main tty
    check "life: exec detached" -- "${PODMAN[@]}" exec -d main sleep 77
    check "life: top" -o 'sleep 77' -- "${PODMAN[@]}" top main
    check "life: healthcheck fails" -s 1 -o 'unhealthy' -- "${PODMAN[@]}" healthcheck run main
    check "life: kill with a signal" -- "${PODMAN[@]}" kill -s USR1 main
    check "life: the signal arrived" -- await 5 "${PODMAN[@]}" exec main test -e /tmp/well
    check "life: healthcheck succeeds" -- "${PODMAN[@]}" healthcheck run main
    check "life: cp in" -- "${PODMAN[@]}" cp "$USER_HOME/secret" main:/tmp/copied
    check "life: cp out" -o 'a secret' -- "${PODMAN[@]}" cp main:/tmp/copied -
    check "life: stats" -o 'main' -- "${PODMAN[@]}" stats --no-stream main
    check "life: pause without a control group is refused" -s failure -e '[cC]group' -- "${PODMAN[@]}" pause main
    check "life: restart" -- "${PODMAN[@]}" restart -t 5 main
    check "life: stop" -- "${PODMAN[@]}" stop -t 5 main
    check "life: its status" -o '^exited 3$' -- "${PODMAN[@]}" inspect --format '{{.State.Status}} {{.State.ExitCode}}' main
    check "life: start" -- "${PODMAN[@]}" start main
    check "life: kill" -- "${PODMAN[@]}" kill main
    check "life: wait" -o '^137$' -- "${PODMAN[@]}" wait main
    check "life: rm" -- "${PODMAN[@]}" rm main
}

pod_cases() {
    check "pod: create" -- "${PODMAN[@]}" pod create --name several --share ipc,net,uts,pid
    check "pod: run" -- "${PODMAN[@]}" run -d --pod several --name member "$IMAGE" sleep 100
    check "pod: namespaces are shared" -o '^several' -o 'sleep 100' -- "${PODMAN[@]}" run --rm --pod several "$IMAGE" sh -c 'hostname; ps'
    check "pod: top" -o 'sleep 100' -- "${PODMAN[@]}" pod top several
    check "pod: stop" -- "${PODMAN[@]}" pod stop -t 1 several
    check "pod: rm" -- "${PODMAN[@]}" pod rm -f -t 0 several
    check "kube: play" -t 60 -- "${PODMAN[@]}" play kube --network none "$USER_HOME/pod.yaml"
    check "kube: logs" -o $'^33\nkept$' -- await_log
    check "kube: down" -t 60 -- "${PODMAN[@]}" play kube --down "$USER_HOME/pod.yaml"
}

await_log() {
    await 5 sh -c '"$@" 2>/dev/null | grep -q kept' - "${PODMAN[@]}" logs played-one
    "${PODMAN[@]}" logs played-one
}

# buildah calls the runtime itself for the isolations oci and rootless; chroot takes none.
build_cases() {
    local isolation network=none build
    for isolation in oci rootless chroot; do
        [ "$isolation" != chroot ] || network=host
        build=(--isolation "$isolation" --network "$network" --no-cache -t "built-$isolation" "$USER_HOME/context")
        check "podman build: $isolation" -t 60 -o 'Successfully tagged' -- "${PODMAN[@]}" build "${build[@]}"
        check "buildah bud: $isolation" -t 60 -o 'COMMIT' -- "$WORLD/bin/as-user" buildah --log-level error bud "${build[@]}"
    done
    run_once "build: what was built" -o $'^built\na secret\n33$' -- built-oci cat /built /copied /tmp/user
    "${PODMAN[@]}" rmi -af >/dev/null
    "${PODMAN[@]}" load -q -i "$IMAGE_ARCHIVE" >/dev/null
}

# --- control groups ------------------------------------------------------------------------------------------------------------

group_cases() {
    local controller option
    run_once "group: without delegation there is none" -o '^0::/$' -- "$IMAGE" tail -n 1 /proc/self/cgroup
    run_once "group: --cgroups disabled" -o '^0::/' -- --cgroups disabled "$IMAGE" tail -n 1 /proc/self/cgroup
    run_once "group: --cgroups no-conmon" -o '^0::/' -- --cgroups no-conmon "$IMAGE" tail -n 1 /proc/self/cgroup
    # crun leaves such a limit out without a word.
    while read -r controller option; do
        run_once "group: $option without delegation is refused" -s 126 -e "$controller" -- "$option" "$IMAGE" true
    done <<'END'
memory --memory=64m
pids --pids-limit=20
cpu --cpus=0.5
END
}

delegated_cases() {
    local controller file option value
    in_group "delegated: run -d" -- run -d --name main "$IMAGE" sleep 100
    check "delegated: a group of its own below the user's" -o "^/users/own/[^/]+$" -- group_of main
    in_group "delegated: pause" -- pause main
    in_group "delegated: it is paused" -o 'Paused|paused' -- ps -a --format '{{.Status}}'
    in_group "delegated: exec while paused is refused" -s failure -- exec main true
    in_group "delegated: unpause" -- unpause main
    in_group "delegated: exec" -o '^0::/' -- exec main tail -n 1 /proc/self/cgroup
    in_group "delegated: rm" -- rm -f -t 0 main
    in_group "delegated: --cgroup-parent" -- run -d --name parent --cgroup-parent /users/pods "$IMAGE" sleep 100
    check "delegated: it is below that parent" -o '^/users/pods/libpod-[0-9a-f]{64}$' -- group_of parent
    in_group "delegated: pause below a parent" -- pause parent
    in_group "delegated: unpause below a parent" -- unpause parent
    in_group "delegated: top" -o 'sleep 100' -- top parent
    in_group "delegated: stats" -o 'parent' -- stats --no-stream parent
    in_group "delegated: stop" -- stop -t 0 parent
    in_group "delegated: rm below a parent" -- rm parent
    in_group "delegated: pod" -- pod create --name grouped --cgroup-parent /users/pods
    in_group "delegated: pod's container" -- run -d --pod grouped --name member "$IMAGE" sleep 100
    check "delegated: below the pod's" -o '^/users/pods/[0-9a-f]{64}/libpod-[0-9a-f]{64}$' -- group_of member
    in_group "delegated: pod pause" -- pod pause grouped
    in_group "delegated: pod unpause" -- pod unpause grouped
    in_group "delegated: pod rm" -- pod rm -f -t 0 grouped
    while read -r controller option file value; do
        if [[ $CONTROLLERS == *" $controller "* ]]; then
            in_group "delegated: $option" -o "^$value\$" -- run --rm --cgroup-parent /users/pods "$option" "$IMAGE" cat "/sys/fs/cgroup/$file"
        else
            in_group "delegated: $option names the missing controller" -s 126 -e "$controller" -n 'No such file' -- \
                run --rm --cgroup-parent /users/pods "$option" "$IMAGE" true
        fi
    done <<'END'
memory --memory=64m memory.max 67108864
pids --pids-limit=20 pids.max 20
cpu --cpus=0.5 cpu.max 50000 100000
END
}

# group_of NAME: the group of the container's first process.
group_of() {
    sed -n 's/^0:://p' "/proc/$("${PODMAN[@]}" inspect --format '{{.State.Pid}}' "$1")/cgroup"
}

# What a container sees of its own group, and whether it may manage it (systemd, or a runtime within).
view_cases() {
    local change='mkdir /sys/fs/cgroup/leaf && echo $$ >/sys/fs/cgroup/leaf/cgroup.procs && tail -n 1 /proc/self/cgroup'
    local parent=(--cgroup-parent /users/pods)
    run_once "view: read only" -s 1 -o 'cgroup2 ro' -e 'Read-only file system' -- "$IMAGE" sh -c 'grep cgroup2 /proc/mounts; mkdir /sys/fs/cgroup/x'
    run_once "view: --cgroupns host" -o '^init$' -- --cgroupns host "$IMAGE" sh -c 'ls -d /sys/fs/cgroup/init | xargs basename'
    in_group "view: private, its own group is the root" -o '^0::/$' -- run --rm "${parent[@]}" "$IMAGE" tail -n 1 /proc/self/cgroup
    in_group "view: privileged, it manages its group" -o '^0::/leaf$' -- run --rm --privileged "${parent[@]}" "$IMAGE" sh -c "$change"
    in_group "view: systemd mode, it manages its group" -o '^0::/leaf$' -- run --rm --systemd always "${parent[@]}" "$IMAGE" sh -c "$change"
    in_group "view: keep-id, the nested root manages its group" -o $'^0 0\n0::/leaf$' -- run --rm --systemd always --userns keep-id --user 0 \
        "${parent[@]}" "$IMAGE" sh -c "stat -c '%u %g' /sys/fs/cgroup; $change"
    in_group "view: privileged, the host's groups stay closed" -s failure -- run --rm --privileged --cgroupns host "${parent[@]}" "$IMAGE" \
        mkdir /sys/fs/cgroup/escaped
}

# --- a runtime within --------------------------------------------------------------------------------------------------------------

# The container is given this machine's libraries, for the peer is linked to them.
nested_cases() {
    local bundle=$USER_HOME/nested
    cp "$RUNTIME_PATH" "$bundle/runtime"
    (cd "$bundle" && "$RUNTIME_PATH" spec) || return
    jq '.process.terminal = false | .process.args = ["sh", "-c", "id -u; hostname"] | .hostname = "within" | del(.linux.resources)' \
        "$bundle/config.json" >"$bundle/new" && mv "$bundle/new" "$bundle/config.json"
    chown -R "$TEST_UID:$TEST_UID" "$bundle"
    in_group "within: the runtime runs a container in a privileged container" -o $'^0\nwithin$' -t 60 -- run --rm --privileged --cgroup-parent /users/pods \
        -v "$bundle:/bundle" -v /usr:/usr:ro -v /usr/lib:/lib:ro -v /usr/lib64:/lib64:ro --tmpfs /run "$IMAGE" \
        /bundle/runtime run --bundle /bundle nested
}

engine_cases() {
    group storage_cases
    group user_cases
    group network_cases
    group inside_cases
    group life_cases
    group pod_cases
    group build_cases
    group group_cases
    group delegated_cases
    group view_cases
    group nested_cases
    policy_group rootless_policy_cases
}
