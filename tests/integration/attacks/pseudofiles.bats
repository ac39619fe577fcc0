#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Class B: pseudo-files. Recipes T03 (null device), T04 (masks), T09 (procfs redirected) and T17 (cgroupfs) as far as
# they can be reached from outside the program.
load ../suite

setup() {
    base_setup
    outside
}

# dev_with KIND: /dev is a bind of a directory whose `null` is not the null device.
dev_with() {
    rm -rf "${WORK:?}/dev"
    mkdir "$WORK/dev"
    case $1 in
    hostname) ln -s /proc/sys/kernel/hostname "$WORK/dev/null" ;;
    outside) ln -s "$OUT/file" "$WORK/dev/null" ;;
    file) echo plain >"$WORK/dev/null" ;;
    zero) mknod "$WORK/dev/null" c 1 5 ;;
    fifo) mkfifo "$WORK/dev/null" ;;
    esac
    cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
    config '.mounts |= map(select(.destination | startswith("/dev") | not)) | .linux.maskedPaths = ["/proc/keys", "/etc/passwd"]'
    mount_entry /dev bind "$WORK/dev" rbind
}

@test "T03 control: runc 1.1.5 masks a file with what the container's /dev/null points at" {
    peer runc
    "$PEER" --version | grep -q 'version 1\.1\.5' || skip "this runc may be mended"
    dev_with hostname
    program /bin/probe read /etc/passwd
    timeout 10 "$PEER" run --bundle "$BUNDLE" "$ID-control" </dev/null >"$WORK/out" 2>/dev/null 3>&- || true
    "$PEER" delete --force "$ID-control" >/dev/null 2>&1 3>&- || true
    # The mask shows the hostname: it is the procfs file, and not empty.
    [ "$(jq -r .text "$WORK/out")" = "inside" ]
}

@test "T03 control: crun 1.8.1 loses the program's output to a file of the host" {
    peer crun
    "$PEER" --version | grep -q 'version 1\.8\.1$' || skip "this crun may be mended"
    dev_with file
    config 'del(.linux.maskedPaths)'
    program /bin/probe report
    # Through a pipe: a pipe's device number is 0, as a regular file's.
    timeout 10 "$PEER" run --bundle "$BUNDLE" "$ID-control" </dev/null 2>/dev/null 3>&- | cat >"$WORK/out"
    "$PEER" delete --force "$ID-control" >/dev/null 2>&1 3>&- || true
    [ ! -s "$WORK/out" ]
}

@test "T03 /dev/null is a link, a file, another device, a fifo: masks are null, stdio is the caller's" {
    local kind
    for kind in hostname outside file zero fifo; do
        dev_with "$kind"
        shell 'probe stat /etc/passwd; probe write /etc/passwd overwritten; probe read /etc/passwd'
        RT_TIMEOUT=10
        if rt run --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>"$WORK/err"; then
            SEEN=$(head -1 "$WORK/out")
            see '.[0] | [.type, .rdev]' '["character","1:3"]'
            [ "$(tail -1 "$WORK/out" | jq -r .text)" = "" ]
        else
            grep -q '/dev/null' "$WORK/err"
        fi
        [ "$(uname -n)" != overwritten ]
        outside_is_unchanged
    done
}

@test "T03 stdio are the caller's objects whatever /dev/null is: pipe, file, closed, null" {
    local kind
    for kind in hostname outside file zero fifo; do
        dev_with "$kind"
        config 'del(.linux.maskedPaths)'
        program /bin/probe report
        : >"$WORK/as-file"
        if rt run --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/as-file" 2>"$WORK/err"; then
            SEEN=$(cat "$WORK/as-file")
            see '.descriptors[1].ino' "$(stat -c %i "$WORK/as-file")"
            see '.descriptors[0].rdev' '"1:3"'
            # Through a pipe, nothing is lost.
            [ "$(rt run --bundle "$BUNDLE" "$ID" </dev/null 2>/dev/null | jq .pid)" = 1 ]
            "$SUPPORT/born" close=0 -- "$THWART" run --bundle "$BUNDLE" "$ID" >"$WORK/as-file" 2>/dev/null 3>&-
            SEEN=$(cat "$WORK/as-file")
            see_that '.descriptors[0].type != "file" and .descriptors[0].type != "fifo"'
        else
            grep -q '/dev' "$WORK/err"
        fi
        outside_is_unchanged
    done
}

@test "T04 masks cannot be written, removed, mounted over from inside, or looked below" {
    mkdir -p "$ROOT/secret/deep"
    echo secret >"$ROOT/secret/deep/file"
    echo secret >"$ROOT/secret-file"
    all_capabilities
    config '.linux.maskedPaths = ["/secret", "/secret-file", "/secret/deep"]'
    shell 'probe write /secret-file x; probe truncate /secret-file; probe unlink /secret-file; probe open /secret-file rw
        probe mknod /secret/null c 1 3; probe rmdir /secret; probe rename /secret /elsewhere; probe stat /secret/deep
        probe read /secret-file'
    look
    expect_success write /secret-file
    expect_error unlink /secret-file "EBUSY EROFS"
    expect_error mknod /secret/null EROFS
    expect_error rmdir /secret "EBUSY EROFS"
    expect_error rename /secret "EBUSY EROFS EXDEV"
    [ "$(outcome read /secret-file .text)" = "" ]
    [ "$(cat "$ROOT/secret-file")" = secret ]
    [ "$(cat "$ROOT/secret/deep/file")" = secret ]
}

@test "T04 an entry that is a symlink is refused or masks what it leads to, inside" {
    ln -s /etc/passwd "$ROOT/link"
    config '.linux.maskedPaths = ["/link"]'
    program /bin/probe read /etc/passwd
    if rt run --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>"$WORK/err"; then
        [ "$(jq -r .text "$WORK/out")" = "" ]
    else
        grep -q /link "$WORK/err"
    fi
    ln -sfn "$OUT/file" "$ROOT/link"
    program /bin/probe stat /link
    rt run --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>"$WORK/err" || grep -q /link "$WORK/err"
    outside_is_unchanged
}

@test "T04 the masked directories share one read-only file system that cannot be filled" {
    mkdir "$ROOT/one" "$ROOT/two"
    all_capabilities
    config '.linux.maskedPaths = ["/one", "/two"]'
    shell 'probe mkdir /one/x; probe mount - /one - 0x1020; probe mkdir /one/x2; probe mount tmpfs /two tmpfs 0x20'
    look
    expect_error mkdir /one/x EROFS
    # A privileged program may remount: it is privileged. What it must not see is the other side.
    program /bin/probe report
    look
    mount_at /one '.options | split(",") | index("ro") != null' true
    mount_at /two '.options | split(",") | index("ro") != null' true
}

# hostile_proc: a mount namespace in which /proc is what an attacker on the same host made of it; the runtime runs there.
in_hostile_proc() {
    cat >"$WORK/hostile.sh" <<END
set -e
$1
END
    unshare --mount --propagation private bash "$WORK/hostile.sh" 3>&-
}

@test "T09 /proc is a tmpfs with look-alike files: sysctls and id maps reach the kernel or the container is refused" {
    config '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .process.oomScoreAdj = 77'
    export THWART BUNDLE ID WORK
    # shellcheck disable=SC2016 # expanded inside
    in_hostile_proc '
        mkdir "$WORK/fake"
        mount -t tmpfs tmpfs "$WORK/fake"
        mkdir -p "$WORK/fake/sys/net/ipv4" "$WORK/fake/self/attr" "$WORK/fake/thread-self/attr" "$WORK/fake/self/ns" "$WORK/fake/self/fd"
        echo 0 >"$WORK/fake/sys/net/ipv4/ip_forward"
        for f in oom_score_adj uid_map gid_map setgroups attr/exec mountinfo; do echo fake >"$WORK/fake/self/$f"; done
        mount --move "$WORK/fake" /proc
        "$THWART" run --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>"$WORK/err" && echo ran >"$WORK/result" || echo refused >"$WORK/result"
        cat /proc/self/oom_score_adj /proc/sys/net/ipv4/ip_forward >"$WORK/victims"
    '
    [ "$(cat "$WORK/victims")" = $'fake\n0' ]
    if [ "$(cat "$WORK/result")" = ran ]; then
        SEEN=$(cat "$WORK/out")
        see '.sysctl["net/ipv4/ip_forward"]' '"1"'
        see .oom_score_adj 77
    else
        [ -s "$WORK/err" ]
    fi
}

@test "T09 /proc/self and its files are overmounted: the victim does not change" {
    config '.process.oomScoreAdj = 77 | .linux.sysctl = {"kernel.domainname": "written"}'
    export THWART BUNDLE ID WORK
    # /proc/self/comm of the racing shell is the harmless victim that a redirected write would hit.
    # shellcheck disable=SC2016
    in_hostile_proc '
        touch "$WORK/victim"
        echo original >"$WORK/victim"
        mount --bind "$WORK/victim" /proc/self/oom_score_adj 2>/dev/null || true
        mount --bind "$WORK/victim" /proc/sys/kernel/domainname
        mkdir "$WORK/fakeself"
        "$THWART" run --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>"$WORK/err" && echo ran >"$WORK/result" || echo refused >"$WORK/result"
    '
    [ "$(cat "$WORK/victim")" = original ]
    if [ "$(cat "$WORK/result")" = ran ]; then
        SEEN=$(cat "$WORK/out")
        see .domainname '"written"'
        see .oom_score_adj 77
    fi
}

@test "T09 a sysctl never lands on another procfs file by way of the container's mounts" {
    # CVE-2025-52881's shape: the container's own mounts put another procfs file over the sysctl's.
    mkdir "$WORK/volume"
    echo volume >"$WORK/volume/file"
    config '.linux.sysctl = {"net.ipv4.ip_forward": "1"}'
    mount_entry /proc/sys/net/ipv4/ip_forward bind "$WORK/volume/file" bind
    rt run --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>"$WORK/err" || [ -s "$WORK/err" ]
    [ "$(cat "$WORK/volume/file")" = volume ]
}

@test "T09 an image volume over /proc is refused or harmless" {
    mkdir -p "$WORK/volume/self/attr" "$WORK/volume/sys/kernel"
    echo fake >"$WORK/volume/self/attr/exec"
    echo fake >"$WORK/volume/sys/kernel/hostname"
    mount_entry /proc bind "$WORK/volume" rbind
    config '.linux.sysctl = {"kernel.domainname": "written"} | .process.oomScoreAdj = 5'
    rt run --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>"$WORK/err" || [ -s "$WORK/err" ]
    [ "$(cat "$WORK/volume/self/attr/exec" "$WORK/volume/sys/kernel/hostname")" = $'fake\nfake' ]
}

@test "T17 from inside, /sys/fs/cgroup is read-only when mounted ro: with and without a cgroup namespace" {
    local namespace
    all_capabilities
    for namespace in private host; do
        cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
        [ "$namespace" = private ] || drop_namespace cgroup
        mount_entry /sys/fs/cgroup cgroup cgroup nosuid noexec nodev relatime ro
        shell 'probe mkdir /sys/fs/cgroup/made; probe write /sys/fs/cgroup/cgroup.procs 1; probe write /sys/fs/cgroup/cgroup.subtree_control +pids'
        look
        expect_error mkdir /sys/fs/cgroup/made EROFS
        expect_error write /sys/fs/cgroup/cgroup.procs EROFS
        expect_error write /sys/fs/cgroup/cgroup.subtree_control EROFS
    done
}

@test "T17 a writable cgroup mount in a cgroup namespace shows the own subtree only" {
    mount_entry /sys/fs/cgroup cgroup cgroup rw
    all_capabilities
    shell 'ls -d /sys/fs/cgroup/*/ 2>/dev/null | wc -l; cat /sys/fs/cgroup/cgroup.procs | wc -l; probe mkdir /sys/fs/cgroup/mine'
    look
    [ "$(head -1 <<<"$SEEN")" = 0 ]
    SEEN=$(tail -1 <<<"$SEEN")
    expect_success mkdir /sys/fs/cgroup/mine
}

@test "T17 rootless: a recursive read-only /sys leaves /sys/fs/cgroup read-only" {
    rootless
    drop_namespace network
    drop_namespace cgroup
    config '(.mounts[] | select(.destination == "/sys")) |= {destination: "/sys", type: "bind", source: "/sys", options: ["rbind","rro"]}'
    shell 'probe mkdir /sys/fs/cgroup/made; probe write /sys/fs/cgroup/cgroup.procs 1; probe write /sys/fs/cgroup/cgroup.subtree_control +pids'
    look
    expect_error mkdir /sys/fs/cgroup/made "EROFS EACCES EPERM"
    expect_error write /sys/fs/cgroup/cgroup.procs "EROFS EACCES EPERM"
}

@test "T17 cgroupsPath: .., absolute, empty, long" {
    local path
    for path in ../escaped /../../escaped /a/../../escaped .. /..; do
        config '.linux.cgroupsPath = $p' --arg p "$path-$ID"
        rt run --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$WORK/err" || [ -s "$WORK/err" ]
        [ ! -e "/sys/fs/escaped-$ID" ] && [ ! -e "/sys/escaped-$ID" ] && [ ! -e "/escaped-$ID" ]
        rt delete --force "$ID"
    done
    config '.linux.cgroupsPath = ("/" + ("x" * 4096))'
    refused_run 'cgroup'
    config '.linux.cgroupsPath = ("/" + $i + "/\u0001bad\n")' --arg i "$ID"
    refused_run 'cgroup'
    find /sys/fs/cgroup -depth -type d -name "*$ID*" -exec rmdir {} + 2>/dev/null || true
}

@test "T17 the root cgroup as cgroupsPath is never emptied by delete" {
    config '.linux.cgroupsPath = "/"'
    program /bin/probe sleep
    rt create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$WORK/err" || [ -s "$WORK/err" ]
    rt delete --force "$ID" || true
    # This shell lives there.
    kill -0 $$
}

@test "T18 no descriptor of the container or of an exec leads to cgroupfs, and foreign processes cannot be moved" {
    mount_entry /sys/fs/cgroup cgroup cgroup rw
    all_capabilities
    program /bin/probe sleep
    start_container
    look_exec "$ID" /bin/probe
    see_that '[.descriptors[].target // "" | select(test("cgroup"))] == []'
    look_exec "$ID" /bin/sh -c 'probe write /sys/fs/cgroup/cgroup.procs 4194000 || true'
    expect_error write /sys/fs/cgroup/cgroup.procs "ESRCH EPERM EINVAL EACCES"
    # During an exec: every process of the container, all the time.
    local round fd
    for round in $(seq 30); do
        together quiet rt exec "$ID" /bin/busybox true
        for fd in /proc/[0-9]*/fd/*; do
            case $(readlink "$fd" 2>/dev/null) in
            /sys/fs/cgroup*)
                local process=${fd#/proc/}
                process=${process%%/*}
                if [ "$(stat -Lc %i "/proc/$process/ns/mnt" 2>/dev/null)" = "$(stat -Lc %i "/proc/$PID/ns/mnt")" ]; then
                    echo "round $round: $fd" >&2
                    return 1
                fi
                ;;
            esac
        done
        wait_together
    done
}
