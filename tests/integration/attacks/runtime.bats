#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Classes C, D and G: the runtime's own descriptors, working directory, binary and helpers. Recipes T10, T11, T12, T19
# and T24.
load ../suite

# In a PID namespace of the container's own: who shares the host's as root without a user namespace can write every
# program that runs there, with or without a container runtime.
@test "T10 a watcher in the container sees only copies of the runtime, never the host's inode, and can change none" {
    local hash
    hash=$(sha256sum "$THWART")
    all_capabilities
    program /bin/probe own-binary 5
    create_container
    rt start "$ID"
    local round inode
    inode=$(stat -c %i "$THWART")
    for round in $(seq 60); do
        rt exec "$ID" /bin/busybox true </dev/null >/dev/null 2>&1 || true
    done
    eventually has_status stopped
    SEEN=$(cat "$WORK/container.out")
    see_that '[.handles[] | select(.ino == $i and (.target | test("thwart$")))] == []' --argjson i "$inode"
    [ "$hash" = "$(sha256sum "$THWART")" ]
    # The container's own program may be written, nothing else.
    see_that '[.handles[] | select(.writable and .target != "/bin/busybox")] == []'
    [ "$round" = 60 ]
}

@test "T10 /proc/self/exe as program, as interpreter, and in exec: the host's binary is not reached" {
    local hash
    hash=$(sha256sum "$THWART")
    all_capabilities
    program /proc/self/exe --version
    rt run --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>"$WORK/err" || [ -s "$WORK/err" ]
    printf '#!/proc/self/exe\n' >"$ROOT/bin/script"
    chmod 755 "$ROOT/bin/script"
    program /bin/script
    rt run --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>"$WORK/err" || [ -s "$WORK/err" ]
    start_container
    rt exec "$ID" /proc/self/exe --version </dev/null >"$WORK/out" 2>"$WORK/err" || [ -s "$WORK/err" ]
    rt exec "$ID" /bin/script </dev/null >"$WORK/out" 2>"$WORK/err" || [ -s "$WORK/err" ]
    [ "$hash" = "$(sha256sum "$THWART")" ]
}

@test "T10 what does run as /proc/self/exe is a sealed copy" {
    # While a container is created its init waits in the runtime's own image: look at it from the host.
    program /bin/probe sleep
    create_container
    local target
    target=$(readlink "/proc/$PID/exe")
    [[ $target == *memfd:* ]]
    [ "$(stat -Lc %i "/proc/$PID/exe")" != "$(stat -c %i "$THWART")" ]
    # Writing is refused by the seals (EPERM) or because it runs (ETXTBSY).
    run ! bash -c "echo x 1<>/proc/$PID/exe"
}

@test "T10 the runtime's own path bound into the container, read-only, stays what it is" {
    local hash
    hash=$(sha256sum "$THWART")
    touch "$ROOT/bin/runtime"
    mount_entry /bin/runtime bind "$THWART" bind ro
    all_capabilities
    shell 'probe write /bin/runtime evil; probe truncate /bin/runtime; probe chmod /bin/runtime 0777'
    look
    expect_error write /bin/runtime "EROFS ETXTBSY"
    [ "$hash" = "$(sha256sum "$THWART")" ]
}

@test "T11 during exec and create nothing is gained from the runtime's processes" {
    local capability
    for capability in plain ptrace; do
        cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
        [ "$capability" = plain ] ||
            config '.process.capabilities |= map_values(. + ["CAP_SYS_PTRACE"])'
        config '.process.noNewPrivileges = false'
        program /bin/probe stalk 5
        create_container
        rt start "$ID"
        local round
        for round in $(seq 60); do
            rt exec "$ID" /bin/probe exit 0 </dev/null >/dev/null 2>&1 || true
        done
        rt kill "$ID" TERM 2>/dev/null || true
        eventually has_status stopped
        SEEN=$(cat "$WORK/container.out")
        if [ "$capability" = plain ]; then
            see '[.ptrace, .descriptors, .root, .cwd, .memory, .pidfd]' '[0,0,0,0,0,0]'
        else
            # With CAP_SYS_PTRACE in the owning namespace the kernel lets a non-dumpable process be examined; then it
            # must hold nothing of the host: neither a descriptor of it nor its root.
            see_that '.seen >= 0'
            host_free_of_descriptors
        fi
        rt delete --force "$ID"
        [ "$round" = 60 ]
    done
}

# Looks at a created container's init, which is where the runtime's own code waits inside.
host_free_of_descriptors() {
    another_id waiting
    rt create --bundle "$BUNDLE" --pid-file "$WORK/waiting.pid" "$OTHER" </dev/null >/dev/null 2>&1
    local process fd
    process=$(cat "$WORK/waiting.pid")
    for fd in "/proc/$process/fd"/*; do
        if [ -d "$fd" ] && [ "$(stat -Lc %d:%i "$fd")" != "$(stat -Lc %d:%i "/proc/$process/root")" ]; then
            echo "a directory is open in the container's init: $(readlink "$fd")" >&2
            return 1
        fi
    done
}

@test "T12 control: crun 1.8.1 lets a caller's descriptor on the host's root through by cwd" {
    peer crun
    "$PEER" --version | grep -q 'version 1\.8\.1$' || skip "this crun may be mended"
    outside
    local number reached=0
    program /bin/probe stat passwd
    for number in 3 4 5 6 7 8 9 10; do
        config '.process.cwd = $c' --arg c "/proc/self/fd/$number"
        "$SUPPORT/born" fd=3:/etc fd=4:/etc fd=5:/etc fd=6:/etc fd=7:/etc fd=8:/etc fd=9:/etc fd=10:/etc -- \
            "$PEER" run --bundle "$BUNDLE" "$ID-control" >"$WORK/out" 2>/dev/null </dev/null || true
        "$PEER" delete --force "$ID-control" >/dev/null 2>&1 3>&- || true
        if [ "$(jq -r '.[0].ino' "$WORK/out" 2>/dev/null)" = "$(stat -c %i /etc/passwd)" ]; then
            reached=1
        fi
    done
    [ "$reached" = 1 ]
}

@test "T12 cwd through /proc/self/fd/N, /proc/1/cwd, links to them: never the host" {
    local number place
    ln -s /proc/self/fd/7 "$ROOT/seven"
    program /bin/probe report
    for place in $(seq -f '/proc/self/fd/%g' 0 40) /proc/1/cwd /proc/1/root /proc/self/cwd /seven /proc/self/fd/7/.. /proc/thread-self/cwd; do
        config '.process.cwd = $c' --arg c "$place"
        if "$SUPPORT/born" fd=3:/ fd=4:/etc fd=5:/sys/fs/cgroup fd=7:/ fd=8:/ fd=9:/ fd=10:/ -- \
            timeout 10 "$THWART" run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null; then
            SEEN=$(cat "$WORK/out")
            see_that '.cwd | startswith("/")'
            see_that '.cwd_place.dev == .root_place.dev or .cwd_place.link == "/proc" or (.cwd_place.link | startswith("/proc/"))'
        else
            [ -s "$WORK/err" ]
        fi
        number=$place
    done
    [ -n "$number" ]
    nothing_left
}

@test "T12 exec --cwd through descriptors: never the host" {
    local place
    start_container
    for place in $(seq -f '/proc/self/fd/%g' 0 30) /proc/1/cwd /proc/self/cwd; do
        if "$SUPPORT/born" fd=3:/ fd=4:/etc fd=7:/ fd=8:/ -- \
            timeout 10 "$THWART" exec --cwd "$place" "$ID" /bin/probe >"$WORK/out" 2>"$WORK/err" </dev/null; then
            SEEN=$(cat "$WORK/out")
            see_that '.cwd | startswith("/")'
        else
            [ -s "$WORK/err" ]
        fi
    done
}

@test "T12 the program by /proc/self/fd/N: not a descriptor of the runtime or its caller" {
    local number
    cp "$SUPPORT/probe" "$WORK/outside-probe"
    for number in $(seq 3 20); do
        program "/proc/self/fd/$number" report
        if "$SUPPORT/born" fd=3:"$WORK/outside-probe" fd=7:"$WORK/outside-probe" fd=9:"$WORK/outside-probe" -- \
            timeout 10 "$THWART" run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null; then
            echo "ran from descriptor $number" >&2
            return 1
        fi
        rt delete --force "$ID"
    done
    nothing_left
}

@test "T19 the caller's environment changes nothing: loader, shell, locale, temporary directory" {
    config '.process.env += ["LD_PRELOAD=/evil.so", "LD_LIBRARY_PATH=/evil", "GCONV_PATH=/evil", "BASH_ENV=/evil", "MALLOC_CHECK_=3"]'
    mkdir "$ROOT/evil"
    TMPDIR=$ROOT/evil XDG_RUNTIME_DIR=$ROOT/evil GCONV_PATH=$ROOT/evil BASH_ENV=$ROOT/evil/x LOCPATH=$ROOT/evil \
        LANG=xx_XX.UTF-8 HOME=$ROOT/evil rt run --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out"
    SEEN=$(cat "$WORK/out")
    see '[.env[] | select(test("XDG_RUNTIME_DIR|TMPDIR|LOCPATH|xx_XX"))]' '[]'
    [ -z "$(ls -A "$ROOT/evil")" ]
}

@test "T19 after the pivot the runtime opens no file of the image but the program" {
    command -v strace >/dev/null || skip "strace is not installed"
    # Traps: whatever is opened by name would hang on a fifo.
    local name
    mkdir -p "$ROOT/etc" "$ROOT/lib" "$ROOT/usr/lib/locale"
    for name in etc/passwd etc/group etc/nsswitch.conf etc/ld.so.cache etc/ld.so.preload etc/localtime etc/hosts usr/lib/locale/locale-archive; do
        rm -f "$ROOT/$name"
        mkfifo "$ROOT/$name"
    done
    RT_TIMEOUT=8 look
    see .pid 1
    start_container
    RT_TIMEOUT=8 look_exec --user 5:6 "$ID" /bin/probe
    see .uids.real 5
}

@test "T20 annotations that some runtimes honour have no effect" {
    config '.annotations = {"run.oci.keep_original_groups": "1", "run.oci.hooks.stdout": ($w + "/stdout"), "run.oci.systemd.force_cgroup_v1": "/x",
        "org.systemd.property.CPUQuota": "1", "org.criu.config": ($w + "/criu"), "io.kubernetes.cri-o.TrySkipVolumeSELinuxLabel": "true",
        "cdi.k8s.io/x": "vendor/class=all", "io.katacontainers.config.hypervisor.path": "/bin/sh", "run.oci.handler": "wasm",
        "run.oci.mount_context_type": "x", "run.oci.seccomp_bpf_data": "AAAA", "run.oci.seccomp.receiver": ($w + "/receiver"),
        "module.wasm.image/variant": "compat", "run.oci.delegate-cgroup": "../.."}' --arg w "$WORK"
    "$SUPPORT/born" groups=4,24 -- "$THWART" run --bundle "$BUNDLE" "$ID" >"$WORK/out" </dev/null 3>&-
    SEEN=$(cat "$WORK/out")
    see .groups '[]'
    see .seccomp_mode 0
    see .pid 1
    [ ! -e "$WORK/stdout" ]
}

@test "T24 a state root that others could change is refused" {
    program /bin/busybox true
    mkdir -m 0700 "$WORK/foreign"
    chown "$TEST_UID" "$WORK/foreign"
    refused 'root|owner|owned' rt --root "$WORK/foreign" run --bundle "$BUNDLE" "$ID"
    mkdir -m 0777 "$WORK/writable"
    chmod 0777 "$WORK/writable"
    refused 'root|writable|mode|permission' rt --root "$WORK/writable" run --bundle "$BUNDLE" "$ID"
    mkdir -m 0770 "$WORK/group"
    chmod 0770 "$WORK/group"
    refused 'root|writable|mode|permission' rt --root "$WORK/group" run --bundle "$BUNDLE" "$ID"
    mkdir -m 0700 "$WORK/target"
    ln -s target "$WORK/link"
    rt --root "$WORK/link" run --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$WORK/err" || grep -qiE 'root|symlink|link' "$WORK/err"
    echo file >"$WORK/file"
    refused 'root|directory' rt --root "$WORK/file" run --bundle "$BUNDLE" "$ID"
}

@test "T24 the directory of an id is somebody else's, a link, or a file" {
    local outside=$WORK/precious
    mkdir -p /run/thwart "$outside"
    chmod 700 /run/thwart
    echo precious >"$outside/file"
    ln -s "$outside" "/run/thwart/$ID"
    program /bin/busybox true
    rt run --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 || true
    rt delete --force "$ID" || true
    [ "$(cat "$outside/file")" = precious ]
    [ "$(ls -A "$outside")" = file ]
    rm -f "/run/thwart/$ID"
    mkdir -p "/run/thwart/$ID"
    chown "$TEST_UID" "/run/thwart/$ID"
    refused 'exist|owner|owned|state' rt run --bundle "$BUNDLE" "$ID"
    rm -rf "/run/thwart/$ID"
}

@test "T24 a full and a read-only state root fail before anything is made" {
    program /bin/probe sleep
    mkdir -m 0700 "$WORK/full" "$WORK/fixed"
    mount -t tmpfs -o size=4k,nr_inodes=2,mode=0700 tmpfs "$WORK/full"
    mount -t tmpfs -o ro,mode=0700 tmpfs "$WORK/fixed"
    refused . rt --root "$WORK/full" create --bundle "$BUNDLE" "$ID"
    refused . rt --root "$WORK/fixed" create --bundle "$BUNDLE" "$ID"
    nothing_left
    umount "$WORK/full" "$WORK/fixed"
}

@test "T24 no file by a predictable name in TMPDIR, no abstract socket, modes whatever the umask" {
    program /bin/probe sleep
    mkdir "$WORK/tmp"
    local sockets
    sockets=$(awk '$NF ~ /^@/' /proc/net/unix)
    TMPDIR=$WORK/tmp "$SUPPORT/born" umask=000 -- "$THWART" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&-
    [ -z "$(ls -A "$WORK/tmp")" ]
    [ "$sockets" = "$(awk '$NF ~ /^@/' /proc/net/unix)" ]
    [ "$(stat -c %a /run/thwart)" = 700 ]
    [ -z "$(find "/run/thwart/$ID" -perm /0077 ! -type l)" ]
    # With a closed umask it works as well.
    rt delete --force "$ID"
    "$SUPPORT/born" umask=777 -- "$THWART" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&-
    has_status created
}

@test "T23 a set-uid copy refuses at once" {
    cp "$THWART" "$WORK/setuid"
    chmod 4755 "$WORK/setuid"
    chmod 755 "$WORK"
    local status=0
    as_user_mapped "$WORK/setuid" list >"$WORK/out" 2>"$WORK/err" 3>&- || status=$?
    [ "$status" != 0 ]
    grep -qi 'set-user-ID' "$WORK/err"
}
