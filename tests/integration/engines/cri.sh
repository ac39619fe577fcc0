# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# containerd's CRI plugin, called as a kubelet would (cri_client.py): a pod on a bridge of its own, containers in it,
# and pods that share the node's namespaces. The runtime is named as in a node's config.toml, by BinaryName.
# shellcheck disable=SC2034 # read by run.sh
PACKAGES=(containerd containernetworking-plugins python3 python3-grpcio runc crun busybox-static util-linux jq)
# shellcheck disable=SC2034
COMMANDS=(containerd ctr /usr/bin/python3 jq)
# shellcheck disable=SC2034
PEERS=(runc crun)
# Parents of groups that have gone; the root of the plugin's network namespaces.
# shellcheck disable=SC2034
LEFT_ALLOWED='^cgroup (k8s\.io|kubepods(/pod-[a-z]*)?)$|^mount [^ ]* on /run/netns( |$)'

socket=/run/containerd-cri/socket
sandbox_image=localhost/sleeping:1
number=0

cri() { timeout -k 5 50 /usr/bin/python3 "$WORLD/scripts/cri_client.py" "$socket" "$@"; }

engine_setup() {
    mkdir -p "$WORLD"/{pods,logs,cni,shared} "${socket%/*}"
    echo "from the host" >"$WORLD/shared/file"
    # The plugin starts the sandbox's image as it is.
    derive_image "$WORLD/sleeping.tar" "$sandbox_image" '.config.Cmd = ["sleep", "100000"]' || return
    write_settings
    containerd --config "$WORLD/containerd.toml" >"$WORLD/logs/containerd" 2>&1 &
    daemon=$!
    await 20 ctr --address "$socket" version || { cat "$WORLD/logs/containerd" && return 1; }
    ctr --address "$socket" --namespace k8s.io image import "$IMAGE_ARCHIVE" || return
    ctr --address "$socket" --namespace k8s.io image import "$WORLD/sleeping.tar" || return
    # The plugin hears of images by events.
    await 20 cri call Version || { cri call Version && cat "$WORLD/logs/containerd" && return 1; }
    await 20 network_is_ready
}

engine_teardown() {
    kill "$daemon"
    wait "$daemon"
    busybox ip link delete pods 2>/dev/null
    grep -E 'level=(error|fatal)' "$WORLD/logs/containerd" | tail -20
}

network_is_ready() {
    cri call Status | jq -e '[.status.conditions[] | select(.status)] | length == 2'
}

# The plugin gives every sandbox two shares of the processors, and no setting changes that. Where there is no such
# controller the runtime refuses them by name (a case below); everything else is then run without them.
write_without_shares() {
    cat >"$WORLD/without-shares" <<WRAPPER
#!/bin/sh
for word; do
    if [ "\$previous" = --bundle ]; then
        jq 'del(.linux.resources.cpu)' "\$word/config.json" >"\$word/config.new" && mv "\$word/config.new" "\$word/config.json" || exit 1
    fi
    previous=\$word
done
exec "$RUNTIME_PATH" "\$@"
WRAPPER
    chmod 755 "$WORLD/without-shares"
}

write_settings() {
    local binary=$RUNTIME_PATH
    if [[ $CONTROLLERS != *" cpu "* ]]; then
        write_without_shares
        binary=$WORLD/without-shares
    fi
    cat >"$WORLD/cni/10-pods.conflist" <<CONF
{"cniVersion": "0.4.0", "name": "pods", "plugins": [{"type": "bridge", "bridge": "pods",
    "ipam": {"type": "host-local", "dataDir": "$WORLD/addresses", "ranges": [[{"subnet": "10.88.0.0/24"}]]}}]}
CONF
    cat >"$WORLD/containerd.toml" <<CONF
version = 2
root = "/var/lib/containerd"
state = "/run/containerd-cri/state"
[grpc]
  address = "$socket"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$sandbox_image"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$WORLD/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "tested"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.tested]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.tested.options]
        BinaryName = "$binary"
        SystemdCgroup = false
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.plain]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.plain.options]
        BinaryName = "$RUNTIME_PATH"
        SystemdCgroup = false
CONF
}

# --- pods and containers -------------------------------------------------------------------------------------------------

# run_pod NAME [JSON [HANDLER]]: JSON is laid over the pod's configuration, which is kept in pods/NAME; its id in pods/NAME.id.
run_pod() {
    local file=$WORLD/pods/$1 answer
    mkdir -p "$WORLD/logs/$1"
    jq -n --arg name "$1" --arg logs "$WORLD/logs/$1" --argjson over "${2:-null}" '
        {metadata: {name: $name, uid: $name, namespace: "default"}, hostname: "pod-\($name)", log_directory: $logs,
        linux: {cgroup_parent: "/kubepods/pod-\($name)", security_context: {namespace_options: {pid: "CONTAINER"}}}}
        * ($over // {})' >"$file"
    answer=$(cri call RunPodSandbox "$(jq -c --arg handler "${3:-}" '{config: ., runtime_handler: $handler}' "$file")") || return
    jq -r .pod_sandbox_id <<<"$answer" >"$file.id"
}

end_pod() {
    cri call StopPodSandbox "$(pod_request "$1")" && cri call RemovePodSandbox "$(pod_request "$1")"
}

pod_request() { jq -cn --arg id "$(cat "$WORLD/pods/$1.id")" '{pod_sandbox_id: $id}'; }
pod_status() { cri call PodSandboxStatus "$(pod_request "$1" | jq -c '.verbose = true')"; }
pid_of_pod() { pod_status "$1" | jq -r '.info.info | fromjson | .pid'; }

# container_config NAME JSON COMMAND...: JSON is laid over it.
container_config() {
    local name=$1 over=$2
    shift 2
    jq -cn --arg name "$name" --arg image "$IMAGE" --argjson over "$over" '
        {metadata: {name: $name}, image: {image: $image}, command: $ARGS.positional, log_path: "\($name).log",
        linux: {security_context: {namespace_options: {pid: "CONTAINER"}}}} * $over' --args -- "$@"
}

# create POD NAME JSON COMMAND...: its id is kept in pods/NAME.container.
create() {
    local pod=$1 name=$2 config answer
    shift
    config=$(container_config "$@") || return
    answer=$(cri call CreateContainer "$(jq -c --argjson config "$config" --argjson pod "$(pod_request "$pod")" \
        '{config: $config, sandbox_config: .} + $pod' "$WORLD/pods/$pod")") || return
    jq -r .container_id <<<"$answer" >"$WORLD/pods/$name.container"
}

id_of() { cat "$WORLD/pods/$1.container"; }
# container_call METHOD NAME [JSON]
container_call() { cri call "$1" "$(jq -cn --arg id "$(id_of "$2")" --argjson over "${3:-null}" '{container_id: $id} + ($over // {})')"; }
is_in_state() { [ "$(container_call ContainerStatus "$1" | jq -r .status.state)" = "CONTAINER_$2" ]; }

# run_once NAME [OPTIONS OF check] -- POD JSON COMMAND...
run_once() {
    local options=("$1") pod json
    shift
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    pod=$2 json=$3
    shift 3
    number=$((number + 1))
    check "${options[@]}" -- cri run "$(cat "$WORLD/pods/$pod.id")" "$WORLD/pods/$pod" "$(container_config "c$number" "$json" "$@")"
}

# exec_in NAME [OPTIONS OF check] -- COMMAND...: in the main container.
exec_in() {
    local options=("$1")
    shift
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    check "${options[@]}" -- cri exec "$(id_of main)" 20 "$@"
}

# secured JSON: a container's security context
secured() { jq -cn --argjson over "$1" '{linux: {security_context: $over}}'; }

# --- cases ---------------------------------------------------------------------------------------------------------------

pod_cases() {
    check "version" -o '"runtime_name": "containerd"' -- cri call Version
    check "pod: run" -- run_pod pod '{"linux": {"sysctls": {"kernel.shm_rmid_forced": "1"}}}'
    check "pod: is ready, with an address" -o '"state": "SANDBOX_READY"' -o '"ip": "10\.88\.0\.[0-9]+"' -- pod_status pod
    if [[ $CONTROLLERS != *" cpu "* ]]; then
        check "pod: its shares are refused by name where there is no such controller" -s 125 -e 'cpu' -- run_pod refused null plain
    fi
    run_once "pod: hostname" -o '^pod-pod$' -- pod '{}' hostname
    run_once "pod: hostname in a file" -o '^pod-pod$' -- pod '{}' cat /etc/hostname
    run_once "pod: network is the pod's" -o "^$(readlink "/proc/$(pid_of_pod pod)/ns/net" | sed 's/[][]/\\&/g')\$" -- \
        pod '{}' readlink /proc/self/ns/net
    run_once "pod: message queues and shared memory are the pod's" -o "^$(readlink "/proc/$(pid_of_pod pod)/ns/ipc" | sed 's/[][]/\\&/g')\$" -- \
        pod '{}' readlink /proc/self/ns/ipc
    run_once "pod: address on its interface" -o '10\.88\.0\.' -- pod '{}' ip address show eth0
    run_once "pod: sysctl" -o '^1$' -- pod '{}' cat /proc/sys/kernel/shm_rmid_forced
    run_once "pod: processes of the pod are shared" -o '1 root +sleep 100000' -- pod \
        '{"linux": {"security_context": {"namespace_options": {"pid": "POD"}}}}' ps
}

container_cases() {
    run_once "container: output" -o '^uid=0\(root\)' -- pod '{}' id
    run_once "container: status" -s 7 -- pod '{}' sh -c 'exit 7'
    run_once "container: both outputs" -o '^one$' -e '^two$' -- pod '{}' sh -c 'echo one; echo two >&2'
    run_once "container: arguments, environment, directory" -o $'^a b\nx\n/home$' -- pod \
        '{"args": ["a b"], "envs": [{"key": "B", "value": "x"}], "working_dir": "/home"}' sh -c 'echo "$0"; echo $B; pwd'
    run_once "container: directory is made" -o '^/new/place$' -- pod '{"working_dir": "/new/place"}' pwd
    run_once "container: terminal" -o '^/dev/pts/0' -- pod '{"tty": true}' sh -c 'tty; sleep 0.2' # the plugin's copier may be late
    run_once "mount" -o '^from the host$' -- pod "$(mount_of false)" sh -c 'cat /in/file; echo made inside >/in/made'
    check "mount: what was made in it is outside" -o '^made inside$' -- cat "$WORLD/shared/made"
    run_once "mount: read only" -s 1 -e 'Read-only file system' -- pod "$(mount_of true)" touch /in/x
    mkdir "$WORLD/dev.d" && mknod "$WORLD/dev.d/kmsg" c 1 11
    run_once "device with rights" -s 1 -o '^read$' -e 'Operation not permitted' -- pod "$(jq -cn --arg host "$WORLD/dev.d/kmsg" '
        {devices: [{container_path: "/dev/some", host_path: $host, permissions: "r"}],
        linux: {security_context: {capabilities: {add_capabilities: ["SYSLOG"]}}}}')" sh -c ': </dev/some && echo read; : >/dev/some'
    run_once "device: the default ones work" -o '^4$' -- pod '{}' sh -c 'head -c 4 /dev/urandom | wc -c; echo >/dev/null; : </dev/zero'
    run_once "error: missing command" -s 125 -e 'nosuch' -e 'not found|no such file' -- pod '{}' nosuch
    run_once "error: not executable" -s 125 -e '/etc/plain-text' -e '[Pp]ermission denied' -- pod '{}' /etc/plain-text
}

mount_of() {
    jq -cn --arg host "$WORLD/shared" --argjson readonly "$1" '{mounts: [{container_path: "/in", host_path: $host, readonly: $readonly}]}'
}

security_cases() {
    run_once "capabilities: default" -o 'CapEff:.00000000a80425fb' -o 'NoNewPrivs:.0' -- pod '{}' cat /proc/self/status
    run_once "capabilities: dropped and added" -o 'CapEff:.0000000000000400' -- pod \
        "$(secured '{"capabilities": {"drop_capabilities": ["ALL"], "add_capabilities": ["NET_BIND_SERVICE"]}}')" cat /proc/self/status
    run_once "no new privileges" -o 'NoNewPrivs:.1' -- pod "$(secured '{"no_new_privs": true}')" cat /proc/self/status
    run_once "read only root" -s 1 -e 'Read-only file system' -- pod "$(secured '{"readonly_rootfs": true}')" touch /x
    run_once "user, group, more groups" -o 'uid=1000\(user\) gid=44\(video\) groups=.*1234' -- pod \
        "$(secured '{"run_as_user": {"value": 1000}, "run_as_group": {"value": 44}, "supplemental_groups": [1234]}')" id
    run_once "user: by name" -o '^uid=1000\(user\)' -- pod "$(secured '{"run_as_username": "user"}')" id
    run_once "seccomp: none asked for" -o 'Seccomp:.0' -- pod "$(secured '{"seccomp": {"profile_type": "Unconfined"}}')" cat /proc/self/status
    run_once "seccomp: default profile" -o 'Seccomp:.2' -- pod "$(secured '{"seccomp": {"profile_type": "RuntimeDefault"}}')" cat /proc/self/status
    echo '{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64"],
        "syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":1}]}' >"$WORLD/profile.json"
    run_once "seccomp: a profile of the node" -s 1 -e 'Operation not permitted' -- pod \
        "$(secured "{\"seccomp\": {\"profile_type\": \"Localhost\", \"localhost_ref\": \"$WORLD/profile.json\"}}")" mkdir /x
    run_once "masked and read-only paths" -s 1 -o '^empty$' -e 'Read-only file system' -- pod \
        "$(secured '{"masked_paths": ["/proc/uptime"], "readonly_paths": ["/tmp"]}')" sh -c 'test -s /proc/uptime || echo empty; cat /proc/uptime; touch /tmp/x'
}

node_cases() {
    local all
    all=$(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status)
    check "node: a pod in its namespaces, privileged" -- run_pod node \
        '{"hostname": "", "linux": {"security_context": {"privileged": true, "namespace_options": {"network": "NODE", "pid": "NODE", "ipc": "NODE"}}}}'
    run_once "node: namespaces" -o "^$(readlink /proc/self/ns/net | sed 's/[][]/\\&/g')"$'\n'"$(readlink /proc/self/ns/ipc | sed 's/[][]/\\&/g')"$'\n'"$(readlink /proc/self/ns/pid | sed 's/[][]/\\&/g')\$" -- node \
        "$(secured '{"namespace_options": {"network": "NODE", "pid": "NODE", "ipc": "NODE"}}')" sh -c 'for each in net ipc pid; do readlink /proc/self/ns/$each; done'
    run_once "privileged" -o "CapEff:.$all" -o 'sys-is-writable' -- node "$(secured '{"privileged": true, "namespace_options": {"network": "NODE"}}')" \
        sh -c 'cat /proc/self/status; grep -q "^sysfs /sys sysfs rw" /proc/mounts && echo sys-is-writable'
    check "node: the pod ends" -- end_pod node
}

# unified_file: a limit of which any value may be given, in what controller there is
unified_file() {
    case $CONTROLLERS in
    *" memory "*) echo memory.high ;;
    *) echo hugetlb.2MB.max ;;
    esac
}

resource_cases() {
    local limit=41943040 file
    file=$(unified_file)
    if [[ $CONTROLLERS == *" memory "* ]]; then
        run_once "memory limit is felt" -s 137 -- pod '{"linux": {"resources": {"memory_limit_in_bytes": 20000768}}}' \
            sh -c 'head -c 100000000 /dev/zero | tail -c 90000000 >/dev/null; exit $?'
    else
        run_once "memory limit: refused by name where there is no such controller" -s 125 -e 'memory' -- pod \
            '{"linux": {"resources": {"memory_limit_in_bytes": 20000768}}}' true
    fi
    check "unified: create" -- create pod limited "{\"linux\": {\"resources\": {\"unified\": {\"$file\": \"$limit\"}}}}" sleep 1000
    check "unified: start" -- container_call StartContainer limited
    check "unified: the limit is set" -o "^$limit\$" -- cat "/sys/fs/cgroup/kubepods/pod-pod/$(id_of limited)/$file"
    check "unified: remove while it runs" -- container_call RemoveContainer limited
}

# --- a running container -----------------------------------------------------------------------------------------------------

main_cases() {
    # shellcheck disable=SC2016 # for the shell in the container
    check "main: create" -- create pod main '{"envs": [{"key": "OF", "value": "the container"}]}' \
        sh -c 'trap "echo stopped; exit 4" TERM; echo started; while :; do sleep 0.05; done'
    check "main: is created" -o '"state": "CONTAINER_CREATED"' -- container_call ContainerStatus main
    check "main: start" -- container_call StartContainer main
    check "main: is running" -o '"state": "CONTAINER_RUNNING"' -- container_call ContainerStatus main
    check "main: start again is refused" -s 125 -e 'RUNNING|running' -- container_call StartContainer main
    exec_in "exec: output and status" -s 6 -o '^hi$' -- sh -c 'echo hi; exit 6'
    exec_in "exec: both outputs" -o '^one$' -e '^two$' -- sh -c 'echo one; echo two >&2'
    exec_in "exec: environment of the container" -o '^the container$' -- sh -c 'echo $OF'
    exec_in "exec: missing command" -s 125 -e 'nosuch' -e 'not found|no such file' -- nosuch
    check "exec: takes too long" -s 125 -e 'DEADLINE|timeout|timed out' -- cri exec "$(id_of main)" 1 sleep 100
    exec_in "exec: what took too long has ended" -s 1 -o '^$' -- sh -c 'ps -o args | grep -x "sleep 100"'
    check "stats" -o '"usage_core_nano_seconds"' -o "\"id\": \"$(id_of main)\"" -- container_call ContainerStats main
    check "log" -o 'stdout F started' -- cat "$WORLD/logs/pod/main.log"
    check "log: is opened anew" -- log_is_rotated
}

log_is_rotated() {
    mv "$WORLD/logs/pod/main.log" "$WORLD/logs/pod/main.log.old"
    container_call ReopenContainerLog main && test -e "$WORLD/logs/pod/main.log"
}

# The plugin sends the whole set of resources, with "deny all devices": those of the container must stay as they are.
update_cases() {
    local group file
    file=$(unified_file)
    group=/sys/fs/cgroup/kubepods/pod-pod/$(id_of main)
    check "update" -- container_call UpdateContainerResources main "{\"linux\": {\"unified\": {\"$file\": \"31457280\"}}}"
    check "update: the limit is set" -o '^31457280$' -- cat "$group/$file"
    exec_in "update: devices of the container stay" -o '^4$' -- sh -c 'echo >/dev/null && head -c 4 /dev/urandom | wc -c'
    exec_in "update: other devices stay denied" -s 1 -e 'Operation not permitted' -- sh -c 'mknod /k c 1 11 && : </k'
    if [[ $CONTROLLERS == *" memory "* ]]; then
        check "update: memory" -- container_call UpdateContainerResources main '{"linux": {"memory_limit_in_bytes": 30003200}}'
        check "update: memory is set" -o '^30003200$' -- cat "$group/memory.max"
    else
        check "update: memory is refused by name where there is no such controller" -s 125 -e 'memory' -- \
            container_call UpdateContainerResources main '{"linux": {"memory_limit_in_bytes": 30003200}}'
    fi
    check "update: nothing" -- container_call UpdateContainerResources main '{"linux": {}}'
}

stop_cases() {
    check "stop: by TERM" -- container_call StopContainer main '{"timeout": 20}'
    check "stop: has the status of its own" -o '"state": "CONTAINER_EXITED"' -o '"exit_code": 4' -- container_call ContainerStatus main
    check "stop: what it said last" -o 'stdout F stopped' -- cat "$WORLD/logs/pod/main.log"
    check "stop: again" -- container_call StopContainer main '{"timeout": 1}'
    check "exec: in what has ended" -s 125 -e 'EXITED|exited|not running' -- cri exec "$(id_of main)" 5 true
    check "remove" -- container_call RemoveContainer main
    check "stop: create one that ignores TERM" -- create pod deaf '{}' sh -c 'trap "" TERM; while :; do sleep 1; done'
    container_call StartContainer deaf
    await 5 cri exec "$(id_of deaf)" 5 sh -c 'grep -q "^SigIgn:.*4...$" /proc/1/status'
    check "stop: by KILL, after the time of grace" -- container_call StopContainer deaf '{"timeout": 1}'
    check "stop: was killed" -o '"exit_code": 137' -- container_call ContainerStatus deaf
    check "remove: what was killed" -- container_call RemoveContainer deaf
}

end_cases() {
    check "two at once" -t 60 -- two_at_once
    check "pod: create one that is left running" -- create pod left '{}' sleep 1000
    container_call StartContainer left
    check "pod: stop" -- cri call StopPodSandbox "$(pod_request pod)"
    check "pod: has stopped, and its container" -o 'SANDBOX_NOTREADY' -- pod_status pod
    check "pod: remove" -- cri call RemovePodSandbox "$(pod_request pod)"
    check "nothing is listed: containers" -o '"containers": \[\]' -- cri call ListContainers
    check "nothing is listed: pods" -o '"items": \[\]' -- cri call ListPodSandbox
}

two_at_once() {
    local first
    run_pod second || return
    cri run "$(cat "$WORLD/pods/pod.id")" "$WORLD/pods/pod" "$(container_config one '{}' sh -c 'sleep 0.3; exit 21')" &
    first=$!
    cri run "$(cat "$WORLD/pods/second.id")" "$WORLD/pods/second" "$(container_config one '{}' sh -c 'sleep 0.3; exit 22')"
    [ $? = 22 ] || return 2
    wait "$first"
    [ $? = 21 ] || return 3
    end_pod second
}

engine_cases() {
    pod_cases
    container_cases
    security_cases
    node_cases
    resource_cases
    main_cases
    update_cases
    stop_cases
    end_cases
    policy_group cri_policy_cases
}
