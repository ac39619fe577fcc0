#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What programs and scripts expect of a runtime because runc and crun do it, where the specification says nothing.
load suite

users() {
    printf '%s\n' "$@" >"$ROOT/etc/passwd"
}

home_is() {
    look && see_that '[.env[] | select(startswith("HOME="))] == ["HOME=" + $w]' --arg w "$1"
}

@test "HOME: what the container's passwd says of the user, where the configuration says nothing" {
    config '.process.env |= map(select(startswith("HOME=") | not))'
    users 'root:x:0:0:root:/home of root:/bin/sh' 'other:x:7:7::/home/other:/bin/sh' 'again:x:7:7::/second:/bin/sh'
    home_is '/home of root'
    config '.process.user = {uid: 7, gid: 7}'
    home_is /home/other
    config '.process.user = {uid: 8, gid: 8}'
    home_is /
}

@test "HOME: an empty one counts as none, the last of several counts, a given one stays" {
    users 'root:x:0:0:root:/root:/bin/sh'
    config '.process.env += ["HOME="]'
    home_is /root
    config '.process.env = ["PATH=/bin", "HOME=/first", "HOME="]'
    home_is /root
    config '.process.env = ["PATH=/bin", "HOME=/given"]'
    home_is /given
}

@test "HOME: exec finds it for its own user" {
    users 'root:x:0:0:root:/root:/bin/sh' 'other:x:7:7::/home/other:/bin/sh'
    config '.process.env |= map(select(startswith("HOME=") | not))'
    start_container
    look_exec "$ID" /bin/probe
    see_that '.env | index("HOME=/root") != null'
    look_exec --user 7 "$ID" /bin/probe
    see_that '.env | index("HOME=/home/other") != null'
    look_exec --env HOME=/mine "$ID" /bin/probe
    see_that '[.env[] | select(startswith("HOME="))] == ["HOME=/mine"]'
}

@test "HOME: a passwd that is a fifo, a device, a directory, a link out, huge or nonsense is no reason not to start, nor to wait" {
    local long
    long=$(head -c 9000 /dev/zero | tr '\0' a)
    config '.process.env |= map(select(startswith("HOME=") | not))'
    rm "$ROOT/etc/passwd" && mkfifo "$ROOT/etc/passwd"
    home_is /
    rm "$ROOT/etc/passwd" && mkdir "$ROOT/etc/passwd"
    home_is /
    rmdir "$ROOT/etc/passwd" && ln -s /proc/self/fd/0 "$ROOT/etc/passwd"
    home_is /
    # A link is followed in the container: what it names on the host is not read.
    rm "$ROOT/etc/passwd" && echo 'root:x:0:0::/from the host:' >"$WORK/outside" && ln -s "$WORK/outside" "$ROOT/etc/passwd"
    home_is /
    rm "$ROOT/etc/passwd" && ln -s ../users "$ROOT/etc/passwd" && echo 'root:x:0:0::/by a link:' >"$ROOT/users"
    home_is '/by a link'
    rm "$ROOT/etc/passwd"
    users "root:x:0:0:$long:/too/long:" 'root:x:00:0::/octal:' 'root:x:0' 'root:x:0:0::relative:' 'root:x:0:0::/later:'
    home_is /
    users "$long" 'root:x:0:0::/after a long line:'
    home_is '/after a long line'
    printf 'root:x:0:0::/unfinished line' >"$ROOT/etc/passwd"
    home_is '/unfinished line'
    printf 'a\0root:x:0:0::/binary:\n' >"$ROOT/etc/passwd"
    home_is /
}

@test "a tmpfs without mode= has the mode of the directory that it covers; a new directory has 1777" {
    mkdir -m 0710 "$ROOT/private"
    mount_entry /private tmpfs tmpfs
    mount_entry /given tmpfs tmpfs mode=0750
    mount_entry /made/new tmpfs tmpfs
    shell 'stat -c "%n %a" /private /given /made/new'
    rt run --bundle "$BUNDLE" "$ID" >"$WORK/out" </dev/null
    diff "$WORK/out" - <<<$'/private 710\n/given 750\n/made/new 1777'
}

@test "null is read as absent where an object or an array could stand" {
    config '.process.consoleSize = null | .hooks = null | .linux.seccomp = null | .linux.timeOffsets = null | .annotations = null
            | .linux.resources = null | .mounts[0].options = null'
    look
    config '.process.cwd = null'
    refused_run 'cwd: expected a string, found null'
}

@test "ids that are missing are 0" {
    config '.process.user = {}'
    look
    see .uids.effective 0
    config 'del(.process.user)'
    look
    see .gids.effective 0
}

@test "exec --process and update --resources read a pipe of the shell's" {
    start_container
    jq '.process | .args = ["/bin/busybox", "echo", "by a pipe"] | .terminal = false' "$BUNDLE/config.json" >"$WORK/process.json"
    [ "$(rt exec --process <(cat "$WORK/process.json") "$ID")" = "by a pipe" ]
    mkfifo "$WORK/fifo"
    refused 'fifo' rt exec --process "$WORK/fifo" "$ID"
}

@test "kill KILL ends everything where the PID namespace is not the container's own, also after init" {
    local init
    drop_namespace pid
    program /bin/sh -c 'sleep 1000 & sleep 1000 & exec sleep 1000'
    create_container
    rt start "$ID"
    three() { [ "$(rt ps --format json "$ID" | jq length)" = 3 ]; }
    eventually three
    init=$PID
    rt kill "$ID" KILL
    none() { [ "$(wc -l </sys/fs/cgroup"$(jq -r .linux.cgroupsPath "$BUNDLE/config.json")"/cgroup.procs)" = 0 ]; }
    config '.linux.cgroupsPath //= ("/thwart-" + $id)' --arg id "$ID"
    eventually none
    eventually has_status stopped
    refused 'container not running' rt kill "$ID" KILL
    rt delete "$ID"
    rt create --bundle "$BUNDLE" --pid-file "$WORK/pid" "$ID" </dev/null >/dev/null 2>&1
    rt start "$ID"
    eventually three
    kill -KILL "$(cat "$WORK/pid")"
    eventually has_status stopped
    refused 'container not running' rt kill "$ID" TERM
    rt kill "$ID" KILL
    eventually none
    [ "$init" != "$(cat "$WORK/pid")" ]
}

@test "a terminal's output that goes to a file has no carriage returns; with an engine's console it has" {
    config '.process.terminal = true'
    program /bin/busybox printf 'one\ntwo\n'
    rt run --bundle "$BUNDLE" "$ID" >"$WORK/out" </dev/null
    diff "$WORK/out" - <<<$'one\ntwo'
    config '.process.terminal = false'
    start_container
    rt exec --tty "$ID" /bin/busybox printf 'one\ntwo\n' >"$WORK/out" </dev/null
    diff "$WORK/out" - <<<$'one\ntwo'
}

@test "devices in a user namespace: nothing on them is executed or gains rights; a name of the container's own is found by number" {
    user_namespace
    config '.linux.devices = [{path: "/dev/other-fuse", type: "c", major: 10, minor: 229}]'
    refused_run "/dev/other-fuse.*does not exist"
    # A /dev as udev makes it, for this runtime alone.
    unshare --mount --propagation private sh -c '
        mount -t tmpfs -o mode=755 tmpfs /dev && mkdir /dev/char /dev/pts /dev/shm
        for each in null:3 zero:5 full:7 random:8 urandom:9; do mknod -m 666 /dev/"${each%:*}" c 1 "${each#*:}"; done
        mknod -m 666 /dev/tty c 5 0 && mknod -m 666 /dev/ptmx c 5 2 && mknod /dev/fuse c 10 229 && ln -s ../fuse /dev/char/10:229
        exec "$@"' - timeout 20 "$THWART" run --bundle "$BUNDLE" "$ID" >"$WORK/out" </dev/null 3>&- 4>&-
    SEEN=$(cat "$WORK/out")
    see_that '[.mounts[] | select(.point | test("^/dev/(null|other-fuse)$")) | .options | test("nosuid") and test("noexec")] == [true, true]'
}

@test "a NOTIFY_SOCKET of the caller's that is gone is left out" {
    NOTIFY_SOCKET=$WORK/gone look
    see_that '[.env[] | select(startswith("NOTIFY_SOCKET"))] == []'
}
