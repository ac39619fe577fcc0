# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The engines under thwart's policies: what they create without special options is what it is without a policy, what leads
# out of a container is refused, and the user reads why from the engine. Sourced in a world (world.sh), with the functions of
# case.sh and of the engine. Peers have no policies: these cases are thwart's alone.
# shellcheck disable=SC2154 # $out is what check leaves

# use_policy NAME: the default from here on.
use_policy() {
    rm -rf /etc/thwart/policies
    printf '{"thwart": 1, "default": "%s"}\n' "$1" >/etc/thwart/thwart.json
}

# use_policy_with NAME: the same, and beside it a policy that applies to every container. Its text is standard input.
use_policy_with() {
    use_policy "$1"
    mkdir /etc/thwart/policies
    cat >/etc/thwart/policies/site.json
}

# policy_group FUNCTION: its cases, on thwart; everything else runs without bounds.
policy_group() {
    if [ "$RUNTIME" = thwart ]; then
        group "$1"
        use_policy unrestricted
    fi
}

# What a process can tell of the grant: all but what differs between two containers.
grant_of() {
    jq -S '{uids, gids, groups, capabilities, securebits, no_new_privs, seccomp_mode, seccomp_filters, rlimits, umask, oom_score_adj,
        personality, cwd, args, env: (.env | map(select(startswith("HOSTNAME=") | not)) | sort), uid_map, gid_map, interfaces,
        sysctl: (.sysctl | del(.["kernel/hostname"])), namespaces: (.namespaces | keys), descriptors: [.descriptors[].fd],
        mounts: (.mounts | sort_by(.point) | map({point, type, options, propagation: (.propagation | map(sub("[0-9]+"; "")))}))}'
}

grant_is_as_before() {
    "$@" | grant_of >"$WORLD/cases/bounded" && diff "$WORLD/cases/unbounded" "$WORLD/cases/bounded" >&2 && grep -q seccomp_mode "$WORLD/cases/bounded"
}

# unchanged NAME -- COMMAND...: a command that runs "probe report" in a container tells the same under baseline as without bounds.
unchanged() {
    local name=$1
    shift 2
    use_policy unrestricted
    "$@" | grant_of >"$WORLD/cases/unbounded"
    use_policy baseline
    check "$name" -t 60 -- grant_is_as_before "$@"
}

# refused NAME RULES -- COMMAND...: it fails, and the engine's words name each of the rules.
refused() {
    local name=$1 rule expected=()
    for rule in $2; do expected+=(-e "$rule"); done
    shift 3
    check "policy: refused: $name" -s failure -e 'policy denied' "${expected[@]}" -- "$@"
}

# masked_all_the_same COMMAND...: an engine's run with the option that leaves the masks out.
masked_all_the_same() {
    check "policy: baseline: one that asks for no masks runs, masked" -o '^[^:]*: can.t create /proc/sys/kernel/shmmni: Read-only file system$' \
        -- "$@" "$IMAGE" sh -c 'cat /proc/keys /proc/timer_list && ls /sys/firmware && (echo 1 >/proc/sys/kernel/shmmni) 2>&1 || true'
}

use_lifecycle() {
    use_policy_with baseline <<POLICY
{"thwart": 1, "name": "site", "extends": ["baseline"], "lifecycle": $1}
POLICY
}

no_exec() { use_lifecycle '{"exec": {"commands": ["/bin/true"]}}'; }

closed() { use_lifecycle '{"exec": "deny", "update": "deny"}'; }

# within_limit UPDATE -- EXEC: a container is updated by the words of UPDATE to more memory than its policy has; EXEC executes in it.
within_limit() {
    local update=()
    while [ "$1" != -- ]; do
        update+=("$1")
        shift
    done
    shift
    check "policy: update: beyond a limit" -- "${update[@]}"
    check "policy: update: what the policy has stays" -o '^67108864$' -- "$@" cat /sys/fs/cgroup/memory.max
}

has_memory() {
    [[ $CONTROLLERS == *" memory "* ]] || { skip_case "policy: update: beyond a limit" "controllers such as memory are not in this machine's v2 tree" && false; }
}

limited() {
    use_policy_with baseline <<'POLICY'
{"thwart": 1, "name": "site", "extends": ["baseline"], "resources": {"memory": "64M"}}
POLICY
}

# --- podman ------------------------------------------------------------------------------------------------------------------

podman_policy_cases() {
    unchanged "policy: baseline: a container without options is as without it" -- podman run --rm "$IMAGE" probe report
    unchanged "policy: baseline: so is one with volumes, tmpfs, init, user, a secret, read only" -- podman run --rm -v policies:/data \
        -v /anonymous --tmpfs /t --read-only --init --user 1000:1000 --group-add video --shm-size 1m --hostname bounded \
        --cap-drop all --cap-add CHOWN --security-opt no-new-privileges "$IMAGE" probe report
    podman volume rm -f policies >/dev/null
    use_policy baseline
    podman_refusals
    check "policy: baseline: a pod and its member" -t 60 -o '^in it$' -- podman_in_pod
    check "policy: baseline: build" -t 60 -o 'uid=0' -- podman_builds
    podman_in_a_running_one
    podman_restricted
}

podman_refusals() {
    touch /run/podman.sock
    mknod "$WORLD/dev-node" c 10 237
    refused "privileged" "TW0212 TW0205.*CAP_SYS_ADMIN TW0501 TW0502 TW0802" -- podman run --rm --privileged "$IMAGE" true
    refused "the host's processes" "TW0301.*pid" -- podman run --rm --pid host "$IMAGE" true
    refused "the host's network" "TW0301.*network" -- podman run --rm --network host "$IMAGE" true
    refused "the host's memory and name" "TW0301.*ipc TW0301.*uts" -- podman run --rm --ipc host --uts host "$IMAGE" true
    refused "the engine's socket" "TW0403.*podman.sock" -- podman run --rm -v /run/podman.sock:/s "$IMAGE" true
    refused "the host's root" "TW0403.*holds.what.is.denied" -- podman run --rm -v /:/host:ro "$IMAGE" true
    refused "a volume that is a mount of another place" "TW0403" -- podman_disguised
    refused "SYS_ADMIN" "TW0205.*CAP_SYS_ADMIN" -- podman run --rm --cap-add SYS_ADMIN "$IMAGE" true
    refused "no filter" "TW0802" -- podman run --rm --security-opt seccomp=unconfined "$IMAGE" true
    masked_all_the_same podman run --rm --security-opt unmask=ALL
    refused "all of it at once, with every cause" "4.causes TW0205 TW0301 TW0403 TW0802" -- podman run --rm --pid host --cap-add SYS_ADMIN \
        -v /:/host:ro --security-opt seccomp=unconfined "$IMAGE" true
    refused "a device" "TW0501" -- podman run --rm --device "$WORLD/dev-node:/dev/x" "$IMAGE" true
    refused "a parameter of the kernel" "TW0701.*ip_forward" -- podman run --rm --sysctl net.ipv4.ip_forward=1 "$IMAGE" true
    refused "mounts that spread" "TW0409" -- podman run --rm -v policies:/data:rshared "$IMAGE" true
    podman volume rm -f policies >/dev/null
    check "policy: a refused create leaves no container" -o '^$' -- podman ps -aq
}

podman_disguised() {
    local status=0
    podman volume create -o type=none -o device=/etc -o o=bind disguised >/dev/null || return 0
    podman run --rm -v disguised:/data "$IMAGE" true || status=$?
    podman volume rm -f disguised >/dev/null
    return $status
}

podman_in_pod() {
    podman pod create --share-parent=false --name bounded >/dev/null && podman run --rm --pod bounded "$IMAGE" echo "in it"
    podman pod rm -f bounded >/dev/null
}

podman_builds() {
    mkdir -p "$WORLD/bounded"
    printf 'FROM %s\nRUN id\n' "$IMAGE" >"$WORLD/bounded/Containerfile"
    podman build --pull-never --layers=false --network none "$WORLD/bounded"
}

podman_in_a_running_one() {
    podman run -d --name bounded "$IMAGE" sleep 1000 >/dev/null
    check "policy: exec" -o '^0$' -- podman exec bounded id -u
    refused "exec --privileged" "TW0205|TW1501" -- podman exec --privileged bounded id -u
    podman rm -f -t 0 bounded >/dev/null
    no_exec
    podman run -d --name bounded "$IMAGE" sleep 1000 >/dev/null
    use_policy baseline # what was granted counts, not what a file says later
    check "policy: a command that may be executed" -- podman exec bounded /bin/true
    refused "one that may not" "TW1401" -- podman exec bounded /bin/sh
    podman rm -f -t 0 bounded >/dev/null
    closed
    podman run -d --name bounded "$IMAGE" sleep 1000 >/dev/null
    use_policy baseline
    refused "exec, where nobody may" "TW1401.*site.json" -- podman exec bounded /bin/true
    refused "update, where nobody may" "TW1402.*site.json" -- podman update --cpus 1 bounded
    podman rm -f -t 0 bounded >/dev/null
    has_memory || return 0
    limited
    podman run -d --name bounded "$IMAGE" sleep 1000 >/dev/null
    use_policy baseline
    within_limit podman update --memory 128m bounded -- podman exec bounded
    podman rm -f -t 0 bounded >/dev/null
}

podman_restricted() {
    make_user_image && podman load -q -i "$WORLD/user.tar" >/dev/null
    exact "$NARROWED" -- podman run --rm -i "$USER_IMAGE"
    use_policy restricted
    check "policy: restricted: an image that is not root's" -o '^1000$' -- podman run --rm "$USER_IMAGE" id -u
    refused "restricted: root" "TW0201" -- podman run --rm "$IMAGE" true
    check "policy: restricted: a user, no capabilities, no privileges to gain, a filter" \
        -o '"effective":1000.*"capabilities":."effective":\[\]' -o '"bounding":\["CAP_NET_BIND_SERVICE"\]' \
        -o '"no_new_privs":true' -o '"seccomp_mode":2' -- podman run --rm --user 1000:1000 "$IMAGE" probe report
}

# --- podman without root -----------------------------------------------------------------------------------------------------

rootless_policy_cases() {
    unchanged "policy: baseline: a container without options is as without it" -- "${PODMAN[@]}" run --rm "$IMAGE" probe report
    use_policy baseline
    refused "privileged" "TW0212" -- "${PODMAN[@]}" run --rm --privileged "$IMAGE" true
    refused "the host's network" "TW0301.*network" -- "${PODMAN[@]}" run --rm --network host "$IMAGE" true
    refused "the host's root" "TW0403" -- "${PODMAN[@]}" run --rm -v /:/host:ro "$IMAGE" true
    refused "no filter" "TW0802" -- "${PODMAN[@]}" run --rm --security-opt seccomp=unconfined "$IMAGE" true
    masked_all_the_same "${PODMAN[@]}" run --rm --security-opt unmask=ALL
    check "policy: baseline: build" -t 60 -- "${PODMAN[@]}" build --pull-never --layers=false --network none "$USER_HOME/context"
    use_policy restricted
    refused "restricted: root" "TW0201" -- "${PODMAN[@]}" run --rm "$IMAGE" true
    check "policy: restricted: a user" -o '^1000$' -- "${PODMAN[@]}" run --rm --user 1000:1000 "$IMAGE" id -u
    make_user_image && "${PODMAN[@]}" load -q -i "$WORLD/user.tar" >/dev/null
    check "policy: restricted: an image that is not root's" -o '^1000$' -- "${PODMAN[@]}" run --rm "$USER_IMAGE" id -u
    RUNTIME_AS=("$WORLD/bin/as-user")
    exact "$NARROWED" -- "${PODMAN[@]}" run --rm -i --oom-score-adj 100 "$USER_IMAGE"
}

# --- docker ------------------------------------------------------------------------------------------------------------------

docker_policy_cases() {
    local none=(docker run --rm --network none)
    unchanged "policy: baseline: a container without options is as without it" -- "${none[@]}" "$IMAGE" probe report
    unchanged "policy: baseline: so is one with volumes, tmpfs, init, user, read only" -- "${none[@]}" -v policies:/data -v /anonymous --tmpfs /t \
        --read-only --init --user 1000:1000 --shm-size 1m --cap-drop ALL --cap-add CHOWN --security-opt no-new-privileges "$IMAGE" probe report
    docker volume rm -f policies >/dev/null
    use_policy baseline
    mknod "$WORLD/dev-node" c 10 237
    refused "privileged" "TW0212 TW0205.*CAP_SYS_ADMIN TW0501 TW0502 TW0802" -- "${none[@]}" --privileged "$IMAGE" true
    refused "the host's processes" "TW0301.*pid" -- "${none[@]}" --pid host "$IMAGE" true
    refused "the host's network" "TW0301.*network" -- docker run --rm --network host "$IMAGE" true
    refused "the host's memory and name" "TW0301.*ipc TW0301.*uts" -- "${none[@]}" --ipc host --uts host "$IMAGE" true
    refused "the engine's socket" "TW0403.*docker.socket" -- "${none[@]}" -v "${DOCKER_HOST#unix://}:/s" "$IMAGE" true
    refused "the host's root" "TW0403.*holds.what.is.denied" -- "${none[@]}" -v /:/host:ro "$IMAGE" true
    refused "SYS_ADMIN" "TW0205.*CAP_SYS_ADMIN" -- "${none[@]}" --cap-add SYS_ADMIN "$IMAGE" true
    refused "no filter" "TW0802" -- "${none[@]}" --security-opt seccomp=unconfined "$IMAGE" true
    masked_all_the_same "${none[@]}" --security-opt systempaths=unconfined
    refused "all of it at once, with every cause" "causes:.TW0205 TW0301 TW0403 TW0802" -- "${none[@]}" --pid host --cap-add SYS_ADMIN \
        -v /:/host:ro --security-opt seccomp=unconfined "$IMAGE" true
    refused "a device" "TW0501" -- "${none[@]}" --device "$WORLD/dev-node:/dev/x" "$IMAGE" true
    check "policy: a refused create leaves no container" -o '^$' -- docker ps -aq
    check "policy: baseline: build" -t 60 -o 'uid=0' -- docker_builds
    docker_in_a_running_one
    make_user_image && docker load -q -i "$WORLD/user.tar" >/dev/null
    exact "$NARROWED" -- docker run --rm -i --network none --ulimit nofile=1024:1024 "$USER_IMAGE"
    use_policy restricted
    check "policy: restricted: an image that is not root's" -o '^1000$' -- docker run --rm --network none "$USER_IMAGE" id -u
    refused "restricted: root" "TW0201" -- "${none[@]}" "$IMAGE" true
    check "policy: restricted: a user, no capabilities, no privileges to gain, a filter" \
        -o '"effective":1000.*"capabilities":."effective":\[\]' -o '"bounding":\["CAP_NET_BIND_SERVICE"\]' \
        -o '"no_new_privs":true' -o '"seccomp_mode":2' -- "${none[@]}" --user 1000:1000 "$IMAGE" probe report
}

docker_builds() {
    mkdir -p "$WORLD/bounded"
    printf 'FROM %s\nRUN id\n' "$IMAGE" >"$WORLD/bounded/Dockerfile"
    docker build --no-cache --network none "$WORLD/bounded"
}

docker_in_a_running_one() {
    no_exec
    docker run -d --name bounded --network none "$IMAGE" sleep 1000 >/dev/null
    use_policy baseline # what was granted counts, not what a file says later
    check "policy: a command that may be executed" -- docker exec bounded /bin/true
    check "policy: refused: one that may not" -s failure -o 'policy denied' -o 'TW1401' -- docker exec bounded /bin/sh
    check "policy: refused: exec --privileged" -s failure -o 'policy denied' -o 'TW0205|TW1501' -- docker exec --privileged bounded /bin/true
    docker rm -f bounded >/dev/null
    closed
    docker run -d --name bounded --network none "$IMAGE" sleep 1000 >/dev/null
    use_policy baseline
    check "policy: refused: exec, where nobody may" -s failure -o 'policy denied.*TW1401.*site.json' -- docker exec bounded /bin/true
    refused "update, where nobody may" "TW1402.*site.json" -- docker update --cpu-shares 512 bounded
    docker rm -f bounded >/dev/null
    has_memory || return 0
    limited
    docker run -d --name bounded --network none "$IMAGE" sleep 1000 >/dev/null
    use_policy baseline
    within_limit docker update --memory 128m --memory-swap 128m bounded -- docker exec bounded
    docker rm -f bounded >/dev/null
}

# --- ctr ---------------------------------------------------------------------------------------------------------------------

# ctr_once OPTIONS OF ctr run -- COMMAND
ctr_once() {
    local options=()
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    number=$((number + 1))
    ctr run --rm --runc-binary "$RUNTIME_PATH" "${shares[@]}" "${options[@]}" "$ctr_image" "policy-$BASHPID-$number" "$@"
}

# use_image NAME: of ctr_once from here on.
use_image() { ctr_image=$1; }

ctr_in_a_running_one() {
    closed
    ctr run -d --null-io --runc-binary "$RUNTIME_PATH" "${shares[@]}" "$IMAGE" closed sleep 1000
    use_policy baseline # what was granted counts, not what a file says later
    refused "exec, where nobody may" "TW1401.*site.json" -- ctr task exec --exec-id refused closed true
    ctr task delete --force closed >/dev/null 2>&1 # its status is the container's
    ctr container delete closed
}

ctr_policy_cases() {
    use_image "$IMAGE"
    unchanged "policy: baseline: a container without options is as without it" -- ctr_once -- probe report
    unchanged "policy: baseline: so is one with a filter, read only" -- ctr_once --seccomp --read-only -- probe report
    use_policy baseline
    refused "privileged" "TW0212 TW0205" -- ctr_once --privileged -- true
    refused "the host's network" "TW0301.*network" -- ctr_once --net-host -- true
    refused "the host's processes" "TW0301.*pid" -- ctr_once --with-ns pid:/proc/1/ns/pid -- true
    refused "the host's root" "TW0403.*holds.what.is.denied" -- ctr_once --mount type=bind,src=/,dst=/host,options=rbind:ro -- true
    refused "the engine's socket" "TW0403.*/socket" -- ctr_once --mount "type=bind,src=$CONTAINERD_ADDRESS,dst=/s,options=bind:rw" -- true
    refused "SYS_ADMIN" "TW0205.*CAP_SYS_ADMIN" -- ctr_once --cap-add CAP_SYS_ADMIN -- true
    refused "all of it at once, with every cause" "5.causes TW0205 TW0301 TW0403" -- ctr_once --net-host --cap-add CAP_SYS_ADMIN \
        --mount type=bind,src=/,dst=/host,options=rbind:rw -- true
    check "policy: a refused create leaves no container" -o '^$' -- ctr container ls -q
    ctr_in_a_running_one
    make_user_image && ctr image import "$WORLD/user.tar" >/dev/null
    # With ctr no program gains privileges anyhow.
    exact "${NARROWED#TW0204 }" -- ctr run --rm --runc-binary "$RUNTIME_PATH" "${shares[@]}" --seccomp "$USER_IMAGE" exact
    use_policy restricted
    use_image "$USER_IMAGE"
    check "policy: restricted: an image that is not root's" -o '^1000$' -- ctr_once --seccomp -- id -u
    use_image "$IMAGE"
    refused "restricted: root, and no filter" "TW0201 TW0802" -- ctr_once -- true
}

# --- the CRI plugin ----------------------------------------------------------------------------------------------------------

cri_policy_cases() {
    local host pod
    use_policy baseline
    check "policy: baseline: a pod" -- run_pod bounded
    unchanged "policy: baseline: a container as the kubelet asks for it is as without it" -- cri_once bounded "$(volumes_of_kubelet)" probe report
    use_policy baseline
    host=$(jq -cn '{mounts: [{container_path: "/host", host_path: "/", readonly: true}]}')
    refused "the host's root" "TW0403.*holds.what.is.denied" -- cri_once bounded "$host" true
    refused "SYS_ADMIN" "TW0205.*CAP_SYS_ADMIN" -- cri_once bounded "$(secured '{"capabilities": {"add_capabilities": ["SYS_ADMIN"]}}')" true
    pod='{"hostname": "", "linux": {"security_context": {"namespace_options": {"network": "NODE", "pid": "NODE", "ipc": "NODE"}}}}'
    refused "a pod in the node's namespaces" "TW0301.*network TW0301.*ipc" -- run_pod node "$pod"
    use_policy unrestricted
    run_pod privileged '{"linux": {"security_context": {"privileged": true}}}'
    use_policy baseline
    refused "privileged" "TW0212 TW0205" -- cri_once privileged "$(secured '{"privileged": true}')" true
    end_pod privileged
    cri_in_a_running_one
    cri_restricted
    end_pod bounded
}

# huge_pages: the one limit that every machine of the tests has a controller for.
huge_pages() { cat "/sys/fs/cgroup/kubepods/pod-bounded/$(id_of "$1")/hugetlb.2MB.max"; }

cri_in_a_running_one() {
    use_policy_with baseline <<'POLICY'
{"thwart": 1, "name": "site", "extends": ["baseline"], "lifecycle": {"exec": {"commands": ["/bin/true"]}},
 "resources": {"hugepages": {"2MB": "16M"}}}
POLICY
    create bounded running '{}' sleep 1000 && container_call StartContainer running
    use_policy baseline
    check "policy: a command that may be executed" -- cri exec "$(id_of running)" 20 /bin/true
    refused "exec of one that may not" "TW1401.*site.json" -- cri exec "$(id_of running)" 20 /bin/sh
    if [[ $CONTROLLERS == *" hugetlb "* ]]; then
        check "policy: a limit is set" -o '^16777216$' -- huge_pages running
        check "policy: update: beyond a limit" -- container_call UpdateContainerResources running \
            '{"linux": {"unified": {"hugetlb.2MB.max": "31457280"}}}'
        check "policy: update: what the policy has stays" -o '^16777216$' -- huge_pages running
        check "policy: update: within a limit" -- container_call UpdateContainerResources running \
            '{"linux": {"unified": {"hugetlb.2MB.max": "4194304"}}}'
        check "policy: update: less is less" -o '^4194304$' -- huge_pages running
    fi
    container_call RemoveContainer running
}

cri_restricted() {
    use_policy restricted
    refused "restricted: root" "TW0201" -- cri_once bounded "$(secured '{"seccomp": {"profile_type": "RuntimeDefault"}}')" true
    refused "restricted: no filter" "TW0802" -- cri_once bounded "$(secured '{"run_as_user": {"value": 1000}}')" true
    check "policy: restricted: as the kubelet asks for a restricted pod" -o '"no_new_privs":true' -o '"bounding":\[\]' -o '"seccomp_mode":2' \
        -- cri_once bounded "$(secured '{"run_as_user": {"value": 1000}, "no_new_privs": true, "capabilities": {"drop_capabilities": ["ALL"]},
            "seccomp": {"profile_type": "RuntimeDefault"}}')" probe report
}

volumes_of_kubelet() {
    local pods=$WORLD/kubelet/pods/2f1e
    mkdir -p "$pods/volumes/kubernetes.io~empty-dir/cache" "$pods/volumes/kubernetes.io~configmap/settings" "$pods/containers/main"
    touch "$pods/etc-hosts" "$pods/containers/main/0a1b2c3d"
    jq -cn --arg pods "$pods" '{mounts: [
        {container_path: "/cache", host_path: "\($pods)/volumes/kubernetes.io~empty-dir/cache"},
        {container_path: "/settings", host_path: "\($pods)/volumes/kubernetes.io~configmap/settings", readonly: true},
        {container_path: "/etc/hosts", host_path: "\($pods)/etc-hosts"},
        {container_path: "/dev/termination-log", host_path: "\($pods)/containers/main/0a1b2c3d"}]}'
}

# cri_once POD JSON COMMAND...: with the lists of paths that kubelets fill in (since 1.12): the plugin has none of its own.
cri_once() {
    local pod=$1 json
    json=$(jq -cn --argjson over "$2" '{linux: {security_context: {
        masked_paths: ["/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
            "/proc/sched_debug", "/proc/scsi", "/sys/firmware"],
        readonly_paths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]}}} * $over')
    shift 2
    number=$((number + 1))
    cri run "$(cat "$WORLD/pods/$pod.id")" "$WORLD/pods/$pod" "$(container_config "policy-$BASHPID-$number" "$json" "$@")"
}

# --- buildah -----------------------------------------------------------------------------------------------------------------

buildah_policy_cases() {
    unchanged "policy: baseline: run is as without it" -- buildah run --network none "$container" -- probe report
    use_policy baseline
    refused "the host's network" "TW0301.*network" -- buildah run --network host "$container" -- true
    refused "SYS_ADMIN" "TW0205.*CAP_SYS_ADMIN" -- buildah run --network none --cap-add CAP_SYS_ADMIN "$container" -- true
    refused "a directory of the host" "TW0403" -- buildah run --network none -v "$WORLD/shared:/w" "$container" -- true
    build "policy: baseline: build" -o 'uid=0' -- <<<'RUN id'
}
