#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# An ordinary user runs containers: with one id and no set-uid help, with ranges through newuidmap, and as podman does
# it, where the runtime is "root" of a user namespace made by somebody else.
load suite

needs_ranges() {
    command -v newuidmap >/dev/null || skip "newuidmap (uidmap) is not installed"
}

@test "one id: runs, is root inside, and the host sees the user" {
    rootless
    program /bin/probe sleep
    create_container
    rt start "$ID"
    has_status running
    grep -qP "^Uid:\t$TEST_UID\t$TEST_UID\t$TEST_UID\t$TEST_UID" "/proc/$PID/status"
    look_exec "$ID" /bin/probe
    see .uids '{"real":0,"effective":0,"saved":0,"fs":0}'
    see '.uid_map | [splits(" +")] | map(select(. != ""))' "[\"0\",\"$TEST_UID\",\"1\"]"
    see .setgroups '"deny"'
}

@test "one id: no set-uid help is used" {
    rootless
    config '.process.args = ["/bin/probe"]'
    setpriv --reuid="$TEST_UID" --regid="$TEST_UID" --clear-groups --no-new-privs \
        env -i XDG_RUNTIME_DIR="$USER_RUNTIME_DIR" PATH=/nowhere ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" \
        "$THWART" run --bundle "$BUNDLE" "$ID" >"$WORK/out" </dev/null 3>&-
    SEEN=$(cat "$WORK/out")
    see .uids.real 0
}

@test "one id: state lives under XDG_RUNTIME_DIR, nothing elsewhere" {
    rootless
    program /bin/probe sleep
    create_container
    [ -d "$USER_RUNTIME_DIR/thwart/$ID" ]
    [ "$(stat -c %a "$USER_RUNTIME_DIR/thwart")" = 700 ]
    [ ! -e "/run/thwart/$ID" ]
}

@test "one id: namespaces, mounts, devices, masks and attributes are real" {
    rootless
    config '.linux.maskedPaths = ["/proc/keys", "/sys/firmware"] | .linux.readonlyPaths = ["/proc/sys"]
            | .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 99, hard: 100}] | .process.user.umask = 63 | .process.oomScoreAdj = 100'
    mount_entry /mnt tmpfs tmpfs size=64k mode=700
    look
    local kind
    for kind in pid net ipc uts mnt user; do
        see_that '.namespaces[$k] != $h' --arg k "$kind" --argjson h "$(stat -Lc %i "/proc/self/ns/$kind")"
    done
    see .hostname '"inside"'
    see .pid 1
    see .umask '"0077"'
    see .oom_score_adj 100
    see .rlimits.RLIMIT_NOFILE '{"soft":99,"hard":100}'
    mount_at /mnt .type '"tmpfs"'
    mount_at /proc/sys '.options | split(",") | index("ro") != null' true
    see '.capabilities.bounding | sort' '["CAP_AUDIT_WRITE","CAP_KILL","CAP_NET_BIND_SERVICE"]'
    program /bin/probe stat /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty /proc/keys
    look
    see '[.[].rdev]' '["1:3","1:5","1:7","1:8","1:9","5:0","1:3"]'
}

@test "one id: seccomp, sysctls, hooks, exec with status" {
    rootless
    config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}
            | .linux.sysctl = {"net.ipv4.ip_forward": "1"}
            | .hooks.createRuntime = [{path: "/bin/busybox", args: ["sh", "-c", ("cat > " + $w + "/hooked")]}]' --arg w "$BUNDLE"
    program /bin/probe sleep
    create_container
    rt start "$ID"
    look_exec "$ID" /bin/probe
    see .seccomp_mode 2
    see '.sysctl["net/ipv4/ip_forward"]' '"1"'
    [ "$(jq -r .id "$BUNDLE/hooked")" = "$ID" ]
    run -9 rt exec "$ID" /bin/probe exit 9
}

@test "one id: additional groups cannot be set, and that is said" {
    rootless
    config '.process.user.additionalGids = [5]'
    refused_run 'group|additionalGids|gid'
}

@test "one id: another user than the mapped is refused" {
    rootless
    config '.process.user.uid = 7'
    refused_run 'uid|user|map'
}

@test "one id: no cgroup where none can be made, and the container runs; a limit is then an error" {
    rootless
    look
    see .pid 1
    config '.linux.resources.pids = {limit: 10}'
    refused_run 'pids|cgroup'
}

@test "ranges: newuidmap and newgidmap map the subordinate ids" {
    needs_ranges
    rootless_range
    config '.process.user = {uid: 1000, gid: 1001, additionalGids: [7]}'
    look
    see .uids.real 1000
    see .gids.real 1001
    see .groups '[7]'
    see '.uid_map | [splits("\n")] | map([splits(" +")] | map(select(. != "")) | join(" "))' "[\"0 $TEST_UID 1\",\"1 $TEST_SUBID 65536\"]"
}

@test "ranges: a range that the user does not own is refused" {
    needs_ranges
    rootless
    config '.linux.uidMappings += [{containerID: 1, hostID: 0, size: 100}] | .linux.gidMappings = .linux.uidMappings'
    refused_run 'newuidmap|map'
}

@test "ranges: exec as another user" {
    needs_ranges
    rootless_range
    program /bin/probe sleep
    create_container
    rt start "$ID"
    look_exec --user 44:55 "$ID" /bin/probe
    see '[.uids.effective, .gids.effective]' '[44,55]'
}

@test "terminal" {
    rootless
    config '.process.terminal = true'
    program /bin/probe
    # The program itself, not a function of this shell: it is ended by its pid.
    background setpriv --reuid="$TEST_UID" --regid="$TEST_UID" --clear-groups "$SUPPORT/console_listener" "$USER_RUNTIME_DIR/console.sock" accept >"$WORK/console" 2>"$WORK/console.err"
    eventually grep -q listening "$WORK/console.err"
    create_container --console-socket "$USER_RUNTIME_DIR/console.sock"
    rt start "$ID"
    eventually grep -q '"clocks"' "$WORK/console"
    SEEN=$(tr -d '\r' <"$WORK/console")
    see '.terminal["0"].is_terminal' true
    see .terminal.controlling true
    rm -f "$USER_RUNTIME_DIR/console.sock"
}

@test "host network: /sys is the host's, bound" {
    rootless
    drop_namespace network
    look
    see .namespaces.net "$(stat -Lc %i /proc/self/ns/net)"
    mount_at /sys .type '"sysfs"'
}

@test "without a user namespace in the configuration an ordinary user is refused, with the cure" {
    AS_USER=1
    chown -R -h "$TEST_UID:$TEST_UID" "$BUNDLE"
    refused_run 'user namespace|userns|root|privile'
}

@test "kill, list, delete as the user; root's containers are not touched" {
    rootless
    program /bin/probe sleep
    create_container
    rt start "$ID"
    [ "$(rt list -q)" = "$ID" ]
    rt kill "$ID" KILL
    eventually has_status stopped
    rt delete "$ID"
    nothing_left
}

@test "another user's state directory is not trusted" {
    rootless
    mkdir -m 0777 "$WORK/foreign-root"
    refused 'root|owner|owned' rt --root "$WORK/foreign-root" run --bundle "$BUNDLE" "$ID"
}

# (--map-users takes OUTER,INNER,COUNT in this form.)
# podman rootless: the runtime runs as uid 0 of a user namespace that podman made, with no user namespace in the
# configuration, no cgroupsPath, and XDG_RUNTIME_DIR for its state.
in_podmans_namespace() {
    needs_ranges
    chown -R -h "$TEST_UID:$TEST_UID" "$BUNDLE"
    as_user_mapped env _CONTAINERS_USERNS_CONFIGURED=done _CONTAINERS_ROOTLESS_UID="$TEST_UID" \
        unshare --user --mount --map-root-user --map-users="$TEST_SUBID,1,65536" --map-groups="$TEST_SUBID,1,65536" -- "$@" 3>&- 4>&-
}

@test "inside a user namespace made by the engine: runs, with its state under XDG_RUNTIME_DIR" {
    unshare --help | grep -q -- --map-users || skip "unshare has no --map-users"
    config '(.mounts[] | select(.destination == "/dev/pts").options) -= ["gid=5"] | .linux.namespaces |= map(select(.type != "cgroup"))'
    in_podmans_namespace "$THWART" run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null 3>&- || {
        cat "$WORK/err" >&2
        return 1
    }
    SEEN=$(cat "$WORK/out")
    see .uids.real 0
    see .pid 1
    see_that '.uid_map | test("200000")'
    [ ! -e "/run/thwart/$ID" ]
}

@test "inside a user namespace made by the engine: devices are bound, groups and users are set" {
    unshare --help | grep -q -- --map-users || skip "unshare has no --map-users"
    config '(.mounts[] | select(.destination == "/dev/pts").options) -= ["gid=5"] | .linux.namespaces |= map(select(.type != "cgroup"))
            | .process.user = {uid: 33, gid: 44, additionalGids: [55]}'
    in_podmans_namespace "$THWART" run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null 3>&- || {
        cat "$WORK/err" >&2
        return 1
    }
    SEEN=$(cat "$WORK/out")
    see '[.uids.real, .gids.real, .groups[0]]' '[33,44,55]'
}

@test "inside a user namespace made by the engine: a nested one (keep-id)" {
    unshare --help | grep -q -- --map-users || skip "unshare has no --map-users"
    add_namespace user
    config '(.mounts[] | select(.destination == "/dev/pts").options) -= ["gid=5"] | .linux.namespaces |= map(select(.type != "cgroup"))
            | .linux.uidMappings = [{containerID: 0, hostID: 1, size: 1000}, {containerID: 1000, hostID: 0, size: 1}, {containerID: 1001, hostID: 1001, size: 64536}]
            | .linux.gidMappings = .linux.uidMappings | .process.user = {uid: 1000, gid: 1000}'
    in_podmans_namespace "$THWART" run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null 3>&- || {
        cat "$WORK/err" >&2
        return 1
    }
    SEEN=$(cat "$WORK/out")
    see .uids.real 1000
}

# delegated NAME: a cgroup of that name that belongs to the test user, with a leaf for the user's own processes; in GROUP.
delegated() {
    local each
    GROUP=/sys/fs/cgroup/$ID-$1
    mkdir "$GROUP" "$GROUP/user"
    for each in "$GROUP" "$GROUP/user"; do
        chown "$TEST_UID:$TEST_UID" "$each" "$each"/cgroup.{procs,threads,subtree_control}
    done
}

teardown() {
    base_teardown || return
    [ -z "${GROUP:-}" ] || find "$GROUP" -depth -type d -exec rmdir {} +
}

# from_group COMMAND...: from the user's leaf of that cgroup.
from_group() {
    (echo "$BASHPID" >"$GROUP/user/cgroup.procs" && "$@" 3>&- 4>&-)
}

podmans_configuration() {
    unshare --help | grep -q -- --map-users || skip "unshare has no --map-users"
    config '(.mounts[] | select(.destination == "/dev/pts").options) -= ["gid=5"]'
}

@test "inside a user namespace made by the engine: a delegated cgroup holds the container's" {
    podmans_configuration
    program /bin/probe sleep
    delegated group
    from_group in_podmans_namespace "$THWART" run --detach --pid-file "$BUNDLE/pid" --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>&1 </dev/null
    grep -q "^0::/$ID-group/user/thwart-$ID\$" "/proc/$(cat "$BUNDLE/pid")/cgroup"
    from_group in_podmans_namespace "$THWART" delete --force "$ID"
    [ ! -e "$GROUP/user/thwart-$ID" ]
}

@test "a delegated cgroup in which the user's own processes live cannot pass controllers on: a limit is refused, with the cure" {
    podmans_configuration
    delegated group
    config '.linux.resources = {unified: {"hugetlb.2MB.max": "2097152"}}'
    echo +hugetlb >/sys/fs/cgroup/cgroup.subtree_control || skip "the cgroup controller hugetlb is not on this machine's v2 hierarchy"
    echo +hugetlb >"$GROUP/cgroup.subtree_control"
    run ! from_group in_podmans_namespace "$THWART" run --bundle "$BUNDLE" "$ID"
    [[ $output == *"processes live in it"*cgroupsPath* ]]
    config '.linux.cgroupsPath = $p' --arg p "/$ID-group/beside"
    program /bin/probe sleep
    from_group in_podmans_namespace "$THWART" run --detach --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>&1 </dev/null
    [ "$(cat "$GROUP/beside/hugetlb.2MB.max")" = 2097152 ]
    from_group in_podmans_namespace "$THWART" delete --force "$ID"
}

@test "a cgroup whose directory alone was handed over is none: the container runs without one of its own" {
    podmans_configuration
    delegated group
    chown 0:0 "$GROUP/user/cgroup.procs"
    from_group in_podmans_namespace "$THWART" run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null
    SEEN=$(cat "$WORK/out")
    see .pid 1
}

# A pod's containers: the second joins namespaces of the first, all of the engine's user namespace, from which there is
# no way back into those of the runtime.
@test "inside a user namespace made by the engine: namespaces of another container are joined, the PID namespace too" {
    podmans_configuration
    local first=$BUNDLE kind
    program /bin/probe sleep
    new_bundle "$WORK/second"
    podmans_configuration
    for kind in pid network ipc uts; do
        drop_namespace "$kind"
        add_namespace "$kind" "/proc/@PID@/ns/${kind/network/net}"
    done
    config 'del(.hostname)'
    another_id second
    chown -R -h "$TEST_UID:$TEST_UID" "$first"
    # shellcheck disable=SC2016 # expanded inside
    in_podmans_namespace sh -c '"$1" run --detach --pid-file "$2/pid" --bundle "$2" "$3" >"$2/run.log" 2>&1 </dev/null || exit 3
        sed -i "s/@PID@/$(cat "$2/pid")/" "$4/config.json"
        "$1" run --bundle "$4" "$5"; status=$?
        "$1" delete --force "$3" && exit $status' - "$THWART" "$first" "$ID" "$BUNDLE" "$OTHER" >"$WORK/out" </dev/null
    SEEN=$(cat "$WORK/out")
    see .hostname '"inside"'
    see_that '.pid > 1'
}

@test "inside a user namespace made by the engine: a new time namespace" {
    podmans_configuration
    add_namespace time
    config '.linux.timeOffsets = {boottime: {secs: 1000000, nanosecs: 0}}'
    in_podmans_namespace "$THWART" run --bundle "$BUNDLE" "$ID" >"$WORK/out" </dev/null
    SEEN=$(cat "$WORK/out")
    see_that '.clocks.boottime > 1000000'
}

# Within podman's namespace the runtime has every right over the user's own files: here one is the null device.
@test "inside a user namespace made by the engine: /dev/null keeps its owner as standard streams: run, create and start, exec" {
    podmans_configuration
    private_null "$TEST_UID:$TEST_UID"
    config '.process.user = {uid: 33, gid: 44}'
    in_podmans_namespace "$THWART" run --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>/dev/null
    null_is_unchanged
    program /bin/probe sleep
    # shellcheck disable=SC2016 # expanded inside
    in_podmans_namespace sh -c 'exec </dev/null >/dev/null 2>/dev/null
        "$1" create --bundle "$2" "$3" && "$1" start "$3" && "$1" exec "$3" /bin/probe && "$1" exec --user 3:4 "$3" /bin/probe
        status=$?; "$1" delete --force "$3" && exit $status' - "$THWART" "$BUNDLE" "$ID"
    null_is_unchanged
}

# keeping_groups COMMAND...: as the test user with the supplementary group 7777, in podman's kind of namespace.
keeping_groups() {
    needs_ranges
    setpriv --reuid="$TEST_UID" --regid="$TEST_UID" --groups 7777 --inh-caps=-all \
        env -i PATH="$PATH" XDG_RUNTIME_DIR="$USER_RUNTIME_DIR" ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" \
        unshare --user --mount --map-root-user --map-users="$TEST_SUBID,1,65536" --map-groups="$TEST_SUBID,1,65536" -- "$@" 3>&- 4>&-
}

@test "run.oci.keep_original_groups: a rootless container has its caller's groups; without it it has none" {
    podmans_configuration
    local value groups
    while read -r value groups; do
        config '.annotations["run.oci.keep_original_groups"] = $v | if $v == "-" then del(.annotations) else . end' --arg v "$value"
        chown -R -h "$TEST_UID:$TEST_UID" "$BUNDLE"
        keeping_groups "$THWART" run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null
        SEEN=$(cat "$WORK/out")
        see .groups "$groups"
    done <<'END'
- []
0 []
1 [65534]
END
}

@test "run.oci.keep_original_groups: exec has the groups too, and they are the very groups" {
    podmans_configuration
    config '.annotations["run.oci.keep_original_groups"] = "1" | .process.user = {uid: 33, gid: 44}'
    program /bin/probe sleep
    chown -R -h "$TEST_UID:$TEST_UID" "$BUNDLE"
    echo shared >"$ROOT/shared"
    chown 4712:7777 "$ROOT/shared"
    chmod 0640 "$ROOT/shared"
    # shellcheck disable=SC2016 # expanded inside
    keeping_groups sh -c '"$1" run --detach --bundle "$2" "$3" >"$2/run.log" 2>&1 </dev/null && "$1" exec "$3" /bin/probe read /shared
        "$1" delete --force "$3"' - "$THWART" "$BUNDLE" "$ID" >"$WORK/out" </dev/null
    SEEN=$(cat "$WORK/out")
    see .text '"shared\n"'
}

@test "run.oci.keep_original_groups: nested user namespace (keep-id)" {
    podmans_configuration
    add_namespace user
    config '.annotations["run.oci.keep_original_groups"] = "1" | .process.user = {uid: 1000, gid: 1000}
            | .linux.uidMappings = [{containerID: 0, hostID: 1, size: 1000}, {containerID: 1000, hostID: 0, size: 1}, {containerID: 1001, hostID: 1001, size: 64536}]
            | .linux.gidMappings = .linux.uidMappings'
    chown -R -h "$TEST_UID:$TEST_UID" "$BUNDLE"
    keeping_groups "$THWART" run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null
    SEEN=$(cat "$WORK/out")
    see .groups '[65534]'
}

@test "run.oci.keep_original_groups is not for root: an annotation can come from an image" {
    config '.annotations["run.oci.keep_original_groups"] = "1" | .process.user.additionalGids = [55]'
    setpriv --groups 7777 "$THWART" run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null
    SEEN=$(cat "$WORK/out")
    see .groups '[55]'
    rt plan --bundle "$BUNDLE" | grep -q 'keep_original_groups: not followed'
}
