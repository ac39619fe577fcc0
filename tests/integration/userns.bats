#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# User namespaces made by root: mappings, ownership, and that nothing of the host changes hands.
load suite

@test "several ranges are mapped exactly" {
    user_namespace
    config '.linux.uidMappings = [{containerID: 0, hostID: 300000, size: 1000},
                                  {containerID: 1000, hostID: 500000, size: 10},
                                  {containerID: 2000, hostID: 600000, size: 1}]
            | .linux.gidMappings = [{containerID: 0, hostID: 310000, size: 65536}]'
    chown -R -h 300000:310000 "$ROOT"
    look
    see '.uid_map | [splits("\n")] | map([splits(" +")] | map(select(. != "")) | join(" "))' \
        '["0 300000 1000","1000 500000 10","2000 600000 1"]'
    see '.gid_map | [splits(" +")] | map(select(. != ""))' '["0","310000","65536"]'
    see .uids.real 0
    see .gids.effective 0
}

@test "the host sees the mapped ids" {
    user_namespace
    config '.process.user = {uid: 7, gid: 9}'
    start_container
    [ "$(stat -c %u:%g "/proc/$PID")" = 300007:300009 ] ||
        [ "$(sed -n 's/^Uid:\t\([0-9]*\).*/\1/p' "/proc/$PID/status")" = 300007 ]
    grep -q '^Gid:.300009.300009.300009.300009' "/proc/$PID/status"
}

@test "the other new namespaces belong to the user namespace" {
    user_namespace
    all_capabilities
    shell 'hostname owned && hostname > /tmp/name; probe read /tmp/name; probe mount tmpfs /tmp tmpfs 0'
    look
    expect_success mount /tmp
    [ "$(outcome read /tmp/name .text)" = owned ]
}

@test "message queues belong to the container's root" {
    user_namespace
    program /bin/probe stat /dev/mqueue
    look
    see '[.[0].uid, .[0].gid]' '[0,0]'
}

@test "device nodes are usable and are what they say" {
    user_namespace
    shell 'probe stat /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty'
    look
    see '[.[] | [.type, .rdev]]' \
        '[["character","1:3"],["character","1:5"],["character","1:7"],["character","1:8"],["character","1:9"],["character","5:0"]]'
    shell 'echo word > /dev/null && dd if=/dev/zero bs=1 count=4 2>/dev/null | wc -c | tr -d "\n" && echo'
    look
    [ "$SEEN" = 4 ]
}

# crun 1.8.1 gave the host's node to the container's root. The container gets one of its own, or the host's bound.
@test "the host's /dev/null keeps its owner as standard streams: run, create and start, exec" {
    private_null 0:0
    user_namespace
    config '.process.user = {uid: 7, gid: 9}'
    rt run --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>/dev/null
    null_is_unchanged
    program /bin/probe sleep
    rt create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>/dev/null
    null_is_unchanged
    rt start "$ID" </dev/null >/dev/null 2>/dev/null
    null_is_unchanged
    rt exec "$ID" /bin/probe </dev/null >/dev/null 2>/dev/null
    null_is_unchanged
    rt exec --user 3:4 --detach "$ID" /bin/probe </dev/null >/dev/null 2>/dev/null
    null_is_unchanged
    rt delete --force "$ID" </dev/null >/dev/null 2>/dev/null
    null_is_unchanged
}

@test "the host's /dev/null keeps its owner when the container has it bound" {
    private_null 0:0
    user_namespace
    config '.process.user = {uid: 7, gid: 9} | .linux.devices = [{path: "/dev/null", type: "c", major: 1, minor: 3, uid: 7, gid: 9, fileMode: 384}]'
    mount_entry /dev/also-null bind /dev/null bind rw
    rt run --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$WORK/err"
    null_is_unchanged
}

@test "control: crun 1.8.1 changes the owner of /dev/null" {
    peer crun
    [[ $(crun --version) == "crun version 1.8.1"* ]] || skip "control crun is not 1.8.1"
    private_null 0:0
    user_namespace
    config '.process.user = {uid: 7, gid: 9} | del(.linux.resources)'
    control run --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>/dev/null
    run ! null_is_unchanged
}

@test "a user namespace is joined by path" {
    user_namespace
    start_container
    local first_pid=$PID first=$ID
    another_id second
    new_bundle "$WORK/second"
    chown -R -h 300000:300000 "$ROOT"
    add_namespace user "/proc/$first_pid/ns/user"
    ID=$OTHER
    look
    ID=$first
    see .namespaces.user "$(stat -Lc %i "/proc/$first_pid/ns/user")"
    see .uids.real 0
}

@test "overlapping mappings are refused" {
    user_namespace
    config '.linux.uidMappings = [{containerID: 0, hostID: 300000, size: 10}, {containerID: 5, hostID: 400000, size: 10}]'
    refused_run 'mapping|overlap'
}

@test "more mappings than the kernel takes are refused" {
    user_namespace
    config '.linux.uidMappings = [range(400) | {containerID: (. * 2), hostID: (300000 + . * 2), size: 1}]'
    refused_run 'mapping|340'
}

@test "mappings without a user namespace are refused" {
    config '.linux.uidMappings = [{containerID: 0, hostID: 300000, size: 10}]'
    refused_run 'mapping|user'
}

@test "a user outside the mappings is refused" {
    user_namespace
    config '.process.user.uid = 70000'
    refused_run 'uid|user|70000'
}

@test "a bind keeps flags that are locked" {
    mkdir "$WORK/source"
    mount -t tmpfs -o nosuid,nodev,noexec,ro tmpfs "$WORK/source"
    user_namespace
    mount_entry /mnt bind "$WORK/source" rbind
    look
    umount "$WORK/source"
    mount_at /mnt '.options | split(",") | contains(["ro","nosuid","nodev","noexec"])' true
}

@test "a bind source below a directory that only the host's root can pass" {
    mkdir -m 0700 "$WORK/closed"
    mkdir -m 0755 "$WORK/closed/source"
    echo reached >"$WORK/closed/source/file"
    user_namespace
    mount_entry /mnt bind "$WORK/closed/source" rbind
    program /bin/probe read /mnt/file
    look
    see .text '"reached\n"'
}

@test "an idmapped bind shows the container's ids" {
    mkdir "$WORK/source"
    echo mine >"$WORK/source/file"
    chown 0:0 "$WORK/source/file"
    user_namespace
    mount_entry /mnt bind "$WORK/source" bind idmap
    shell 'probe stat /mnt/file'
    look
    see '.[0] | [.uid, .gid]' '[0,0]'
}

@test "proc and sys are the container's, and writing sysctls of the host fails" {
    user_namespace
    all_capabilities
    shell 'probe write /proc/sys/kernel/printk 1; probe stat /proc/1'
    look
    expect_error write /proc/sys/kernel/printk "EACCES EPERM EROFS"
}

@test "all namespaces with a user namespace, capabilities inside only" {
    user_namespace
    all_capabilities
    shell 'probe mknod /tmp/sda b 8 0'
    look
    expect_error mknod /tmp/sda "EPERM"
}

@test "exec enters the user namespace with full identity" {
    user_namespace
    start_container
    look_exec --user 3:4 "$ID" /bin/probe
    see .uids '{"real":3,"effective":3,"saved":3,"fs":3}'
    see .gids '{"real":4,"effective":4,"saved":4,"fs":4}'
    see .namespaces.user "$(stat -Lc %i "/proc/$PID/ns/user")"
}
