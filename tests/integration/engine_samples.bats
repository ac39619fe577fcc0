#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The configurations that real engines wrote (tests/samples/bundles), run. Only what belongs to the machine of their
# capture is replaced: root, bind sources, namespace paths, hooks, and limits whose controllers are missing here.
load suite

# adapt SAMPLE: the bundle of this test becomes that sample.
adapt() {
    local controllers
    controllers=$(cat /sys/fs/cgroup/cgroup.controllers)
    mkdir -p "$WORK/source/directory" "$WORK/source/upper" "$WORK/source/work"
    echo source >"$WORK/source/file"
    cp "$WORK/source/file" "$WORK/source/program"
    jq --arg source "$WORK/source" --arg id "$ID" --arg controllers " $controllers " '
        def has_controller($name): $controllers | contains(" " + $name + " ");
        # What exists on every host may stay; the rest is a file or a directory of ours, by what it is bound onto.
        def source_for: if (.source | test("^/(sys|proc|dev)(/|$)")) and (.source | test("/proc/[0-9]+/") | not) then .source
            elif (.destination | test("resolv.conf$|hosts$|hostname$|containerenv$|-init$|init$|log$|secrets$|/etc/[a-z]+$")) then $source + "/file"
            else $source + "/directory" end;
        .root.path = "rootfs" | .process.terminal = false | .process.args = ["/bin/probe"] | del(.hooks)
        | del(.process.apparmorProfile, .process.selinuxLabel, .linux.mountLabel)
        | (.linux.namespaces // [])[] |= del(.path)
        | .linux.cgroupsPath = "/" + $id
        | .mounts |= map(if .type == "overlay" then .options |= map(
                if startswith("lowerdir=") then "lowerdir=" + $source + "/directory"
                elif startswith("upperdir=") then "upperdir=" + $source + "/upper"
                elif startswith("workdir=") then "workdir=" + $source + "/work" else . end)
            elif ((.options // []) | any(. == "bind" or . == "rbind")) then .source = source_for else . end)
        | if .process.rlimits then .process.rlimits |= map(select(.hard <= 4096)) else . end
        | if (.process.oomScoreAdj // 0) < 0 then del(.process.oomScoreAdj) else . end
        | if has_controller("memory") then . else del(.linux.resources.memory | select(. != null and any(.[]; . != 0 and . != false))) end
        | if has_controller("cpu") and has_controller("cpuset") then .
          else del(.linux.resources.cpu | select(. != null and any(.[]; . != 0 and . != ""))) end
        | if has_controller("pids") then . else del(.linux.resources.pids) end
        | if has_controller("io") then . else del(.linux.resources.blockIO | select(. != null and any(.[]; . != 0))) end
        ' "$1" >"$BUNDLE/config.json"
    if jq -e '.linux.uidMappings // [] | length > 0' "$BUNDLE/config.json" >/dev/null; then
        chown -R -h "$(jq -r '[.linux.uidMappings[] | select(.containerID == 0).hostID][0]' "$BUNDLE/config.json")" "$ROOT"
        chmod -R a+rX "$WORK"
    fi
}

# check SAMPLE: what the probe saw is what the configuration asks. One question, since there are many samples.
check() {
    local wrong
    wrong=$(jq -r --slurpfile config "$BUNDLE/config.json" '
        . as $seen | $config[0] as $wanted
        | def claim($name; $holds): if $holds then empty else $name end;
        def has_namespace($type): [$wanted.linux.namespaces[].type] | index($type) != null;
        claim("user"; $seen.uids.effective == $wanted.process.user.uid),
        claim("group"; $seen.gids.effective == $wanted.process.user.gid),
        claim("no new privileges"; $seen.no_new_privs == ($wanted.process.noNewPrivileges // false)),
        claim("capabilities"; $seen.capabilities.bounding - ($wanted.process.capabilities.bounding // []) == []),
        claim("groups"; $seen.groups == ($wanted.process.user.additionalGids // [] | unique)),
        claim("environment"; ($wanted.process.env // []) - $seen.env == []),
        claim("working directory"; $seen.cwd == $wanted.process.cwd),
        claim("seccomp"; $seen.seccomp_mode == (if $wanted.linux.seccomp then 2 else 0 end)),
        claim("mounts"; ([$wanted.mounts[].destination | sub("/$"; "")] | unique) - [$seen.mounts[].point] == []),
        claim("read-only root"; ([$seen.mounts[] | select(.point == "/")][0].options | split(",") | index("ro") != null) == ($wanted.root.readonly // false)),
        claim("descriptors"; [$seen.descriptors[].fd] == [0, 1, 2]),
        claim("first of its processes"; (has_namespace("pid") | not) or $seen.pid == 1),
        claim("host name"; ($wanted.hostname // "") == "" or (has_namespace("uts") | not) or $seen.hostname == $wanted.hostname)
        ' <<<"$SEEN") || return 1
    if [ -n "$wrong" ]; then
        echo "not as configured: $wrong" >&2
        jq -c . <<<"$SEEN" | head -c 4000 >&2
        return 1
    fi
}

# each PREFIX: every sample of that engine.
each() {
    local sample seen=0 failed=()
    for sample in "$TESTS/samples/bundles/$1"*.json; do
        [ -f "$sample" ] || continue
        seen=$((seen + 1))
        rm -rf "${BUNDLE:?}" "$WORK/source"
        new_bundle "$WORK/bundle"
        adapt "$sample"
        if ! look || ! check; then
            echo "^ $(basename "$sample")" >&2
            failed+=("$(basename "$sample" .json)")
        fi
        rt delete --force "$ID"
    done
    [ "$seen" -gt 0 ]
    [ ${#failed[@]} = 0 ] || { echo "failed: ${failed[*]}" >&2 && return 1; }
}

@test "podman's configurations" {
    each podman-
}

@test "ctr's configurations" {
    each ctr-
}

@test "the CRI plugin's configurations" {
    each cri-
}

@test "docker's configurations" {
    each docker-
}

@test "buildah's and umoci's configurations" {
    each buildah-
    each umoci-
}

@test "the configurations of runc spec and crun spec" {
    each runc-
    each crun-
}

@test "exec with the process files of podman, docker and ctr" {
    local sample
    all_capabilities
    start_container
    for sample in "$TESTS"/samples/exec/*-process.json; do
        [[ $sample != *tty* ]] || continue
        jq '.args = ["/bin/probe"] | .terminal = false | del(.apparmorProfile, .selinuxLabel) | if .rlimits then .rlimits |= map(select(.hard <= 4096)) else . end' \
            "$sample" >"$WORK/process.json"
        if ! rt exec --process "$WORK/process.json" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null; then
            # A request for more than the container has (exec --privileged) may be bounded or refused, by name.
            [[ $sample == *privileged* ]] && grep -qi 'capab' "$WORK/err" && continue
            echo "$sample: $(cat "$WORK/err")" >&2
            return 1
        fi
        SEEN=$(cat "$WORK/out")
        see .uids.effective "$(jq .user.uid "$WORK/process.json")"
        see_that '$w - .env == []' --argjson w "$(jq -c .env "$WORK/process.json")"
    done
}

@test "the calls of podman in their order: create, start, kill, delete --force, with a log in JSON" {
    program /bin/probe sleep
    rt --log-format=json --log "$WORK/oci-log" create --bundle "$BUNDLE" --pid-file "$WORK/pidfile" "$ID" </dev/null >"$WORK/out" 2>&1
    [ -s "$WORK/pidfile" ]
    rt start "$ID"
    cp "$TESTS/support/base-config.json" "$WORK/p.json"
    jq '.process | .args = ["/bin/busybox", "true"]' "$WORK/p.json" >"$WORK/process.json"
    rt --log-format=json --log "$WORK/exec-log" exec --pid-file "$WORK/exec_pid" --process "$WORK/process.json" --detach "$ID" \
        </dev/null >"$WORK/exec.out" 2>&1
    rt kill "$ID" 15
    eventually has_status stopped
    env -i XDG_RUNTIME_DIR= "$THWART" delete --force "$ID"
    env -i XDG_RUNTIME_DIR= "$THWART" delete --force "$ID"
    [ ! -s "$WORK/out" ]
    nothing_left
}

@test "the calls of containerd's shim: --root with a name space, delete, then delete --force of what is gone" {
    local root=$WORK/runc/default
    mkdir -m 0711 "$WORK/runc"
    program /bin/probe sleep
    rt --root "$root" --log "$WORK/log.json" --log-format json create --bundle "$BUNDLE" --pid-file "$WORK/init.pid" c1 </dev/null >"$WORK/out" 2>&1
    rt --root "$root" --log "$WORK/log.json" --log-format json start c1
    [ "$(rt --root "$root" state c1 | jq -r .status)" = running ]
    rt --root "$root" --log "$WORK/log.json" --log-format json kill c1 15
    stopped() { [ "$(rt --root "$root" state c1 | jq -r .status)" = stopped ]; }
    eventually stopped
    rt --root "$root" kill --all c1 9 2>"$WORK/err" || grep -q 'not running' "$WORK/err"
    rt --root "$root" --log "$WORK/log.json" --log-format json delete c1
    rt --root "$root" --log "$WORK/log.json" --log-format json delete --force c1
    [ -z "$(ls -A "$root")" ]
}

@test "the calls of buildah: state until stopped, kill without a signal, delete" {
    program /bin/probe sleep
    (cd "$BUNDLE" && rt create --bundle "$BUNDLE" --pid-file "$BUNDLE/pid" --no-new-keyring "$ID" </dev/null >"$WORK/out" 2>&1)
    rt start "$ID"
    rt kill "$ID"
    eventually has_status stopped
    rt delete "$ID"
    nothing_left
}

@test "the calls of CRI-O: the root in both forms, exec in the foreground, update by stdin, a signal by its name" {
    local root=$WORK/crio status=0
    program /bin/probe sleep
    rt --root="$root" create --bundle "$BUNDLE" --pid-file "$WORK/pidfile" "$ID" </dev/null >"$WORK/out" 2>&1
    rt --root "$root" start "$ID"
    [ "$(rt --root "$root" state "$ID" | jq -r .status)" = running ]
    jq '.process | .args = ["/bin/sh", "-c", "cat; exit 9"]' "$BUNDLE/config.json" >"$WORK/process.json"
    [ "$(echo "by stdin" | rt --root "$root" exec --process "$WORK/process.json" "$ID")" = "by stdin" ] || status=$?
    echo x | rt --root "$root" exec --process "$WORK/process.json" "$ID" >/dev/null || status=$?
    [ "$status" = 9 ]
    jq '.process | .args = ["/bin/true"]' "$BUNDLE/config.json" >"$WORK/process.json"
    rt --root="$root" exec --pid-file "$WORK/exec.pid" --process "$WORK/process.json" --detach "$ID" </dev/null >>"$WORK/out" 2>&1
    [ -s "$WORK/exec.pid" ]
    # The kubelet's update: a deny-all device rule comes along, which must not cut off what the container has.
    echo '{"devices": [{"allow": false, "access": "rwm"}]}' | rt --root "$root" update --resources - "$ID" >>"$WORK/out" 2>&1
    rt --root "$root" exec "$ID" /bin/sh -c 'echo there >/dev/null'
    rt --root "$root" pause "$ID"
    [ "$(rt --root "$root" state "$ID" | jq -r .status)" = paused ]
    rt --root "$root" resume "$ID"
    rt --root "$root" kill "$ID" KILL
    stopped() { [ "$(rt --root "$root" state "$ID" | jq -r .status)" = stopped ]; }
    eventually stopped
    rt --root "$root" kill -a "$ID" 9 2>"$WORK/err" || grep -qE 'container not running|no such process|invalid process' "$WORK/err"
    rt --root="$root" delete --force "$ID"
    [ ! -s "$WORK/out" ]
    rt --version 2>&1 | grep -q ' version '
    rt features 2>&1 | jq -e '.ociVersionMin and .ociVersionMax'
    nothing_left
}
