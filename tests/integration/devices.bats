#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Devices: the default nodes and links, those asked for, and the device program of the cgroup.
load suite

@test "the default devices and links of the specification are there" {
    shell 'cd /dev && probe stat null zero full random urandom tty ptmx fd stdin stdout stderr'
    look
    see '[.[:6][] | [.path, .type, .rdev, .mode, .uid, .gid]]' \
        '[["null","character","1:3","0666",0,0],["zero","character","1:5","0666",0,0],["full","character","1:7","0666",0,0],
          ["random","character","1:8","0666",0,0],["urandom","character","1:9","0666",0,0],["tty","character","5:0","0666",0,0]]'
    see '.[6] | if .type == "symlink" then .target else .rdev end | . == "pts/ptmx" or . == "/dev/pts/ptmx" or . == "5:2"' true
    see '[.[7:][].target]' '["/proc/self/fd","/proc/self/fd/0","/proc/self/fd/1","/proc/self/fd/2"]'
}

@test "the default devices work" {
    shell 'echo x > /dev/null && probe open /dev/zero && probe open /dev/urandom && probe open /dev/random && probe open /dev/full rw
        probe write /dev/full && true; probe open /dev/ptmx rw'
    rt run --bundle "$BUNDLE" "$ID" >"$WORK/out" </dev/null
    SEEN=$(cat "$WORK/out")
    expect_success open /dev/zero
    expect_success open /dev/urandom
    expect_success open /dev/full
    expect_error write /dev/full ENOSPC
    expect_success open /dev/ptmx
}

@test "the standard links lead to the program's own descriptors" {
    shell 'echo through >> /dev/stdout'
    look
    [ "$(head -1 <<<"$SEEN")" = through ]
}

@test "a device asked for has its type, number, mode and owner" {
    config '.linux.devices = [{path: "/dev/deep/er/mynull", type: "c", major: 1, minor: 3, fileMode: 416, uid: 5, gid: 6},
                              {path: "/dev/pipe", type: "p", fileMode: 384},
                              {path: "/dev/loopy", type: "b", major: 7, minor: 5, fileMode: 432},
                              {path: "/dev/unbuffered", type: "u", major: 1, minor: 5, fileMode: 438}]'
    program /bin/probe stat /dev/deep/er/mynull /dev/pipe /dev/loopy /dev/unbuffered
    look
    see '[.[] | [.type, .rdev, .mode]]' \
        '[["character","1:3","0640"],["fifo","0:0","0600"],["block","7:5","0660"],["character","1:5","0666"]]'
    see '.[0] | [.uid, .gid]' '[5,6]'
}

@test "a mode that carries the file type, as engines write it" {
    config '.linux.devices = [{path: "/dev/typed", type: "c", major: 1, minor: 3, fileMode: 8576}]'
    program /bin/probe stat /dev/typed
    look
    see '.[0] | [.type, .mode]' '["character","0600"]'
}

@test "the modes of devices do not depend on the caller's umask" {
    config '.linux.devices = [{path: "/dev/open", type: "c", major: 1, minor: 3, fileMode: 438}]'
    program /bin/probe stat /dev/null /dev/open
    "$SUPPORT/born" umask=077 -- "$THWART" run --bundle "$BUNDLE" "$ID" >"$WORK/out" </dev/null 3>&-
    SEEN=$(cat "$WORK/out")
    see '[.[].mode]' '["0666","0666"]'
}

@test "the same path twice, or a default device with another number" {
    config '.linux.devices = [{path: "/dev/twice", type: "c", major: 1, minor: 3}, {path: "/dev/twice", type: "c", major: 1, minor: 5}]'
    refused_run 'twice|devices'
}

@test "a device of unknown type is refused" {
    config '.linux.devices = [{path: "/dev/odd", type: "q", major: 1, minor: 3}]'
    refused_run 'type|devices'
}

@test "deny all without an allow list: the default devices still work, others do not" {
    config '.linux.resources.devices = [{allow: false, access: "rwm"}]'
    all_capabilities
    config '.linux.devices = [{path: "/dev/kmessages", type: "c", major: 1, minor: 11}]'
    shell 'probe open /dev/null rw; probe open /dev/urandom; probe open /dev/kmessages; probe mknod /dev/made c 1 3
        probe open /dev/ptmx rw'
    look
    expect_success open /dev/null
    expect_success open /dev/urandom
    expect_success open /dev/ptmx
    expect_error open /dev/kmessages EPERM
    expect_success mknod /dev/made
}

@test "allow rules by number, wildcard and access" {
    all_capabilities
    config '.linux.resources.devices = [{allow: false, access: "rwm"},
              {allow: true, type: "c", major: 1, minor: 11, access: "r"},
              {allow: true, type: "c", major: 10, access: "rwm"},
              {allow: true, type: "b", major: 7, minor: -1, access: "rmw"}]
            | .linux.devices = [{path: "/dev/kmessages", type: "c", major: 1, minor: 11},
                                {path: "/dev/fused", type: "c", major: 10, minor: 229}]'
    shell 'probe open /dev/kmessages r; probe open /dev/kmessages w; probe mknod /dev/a c 10 229; probe mknod /dev/b b 7 0
        probe mknod /dev/c b 8 0; probe open /dev/c r; probe open /dev/b r'
    look
    [ "$(jq -rs '[.[] | select(.did == "open" and .on == "/dev/kmessages") | .error // "none"] | join(" ")' <<<"$SEEN")" = "none EPERM" ] ||
        [ "$(jq -rs '[.[] | select(.did == "open" and .on == "/dev/kmessages") | .error // "none"] | last' <<<"$SEEN")" = EPERM ]
    expect_success mknod /dev/a
    expect_success mknod /dev/b
    # Making a node is harmless where opening it is not, and engines count on it.
    expect_error open /dev/c EPERM
    expect_error open /dev/b "null ENXIO ENODEV"
}

@test "the last matching rule wins: a late deny" {
    all_capabilities
    config '.linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 10, access: "rwm"},
              {allow: false, type: "c", major: 10, minor: 229, access: "rwm"}]'
    shell 'probe mknod /dev/fused c 10 229; probe open /dev/fused rw; probe mknod /dev/other c 10 200'
    look
    [[ $(outcome mknod /dev/fused .error)$(outcome open /dev/fused .error) == *EPERM* ]]
    expect_success mknod /dev/other
}

@test "allow all" {
    all_capabilities
    config '.linux.resources.devices = [{allow: true, access: "rwm"}]'
    shell 'probe mknod /dev/disk b 8 0; probe mknod /dev/memory c 1 1; probe open /dev/memory r'
    look
    expect_success mknod /dev/disk
    expect_success mknod /dev/memory
}

@test "the device program stays over exec" {
    all_capabilities
    config '.linux.resources.devices = [{allow: false, access: "rwm"}]'
    start_container
    look_exec "$ID" /bin/sh -c 'probe mknod /tmp/m c 1 1 >/dev/null; probe open /tmp/m r || true; probe open /dev/null rw'
    expect_error open /tmp/m "EPERM ENOENT"
    expect_success open /dev/null
}

@test "/dev is the root's own directory when nothing is mounted there" {
    config '.mounts |= map(select(.destination | startswith("/dev") | not))'
    program /bin/probe stat /dev/null /dev/zero /dev/fd
    look
    see '[.[] | .rdev // .target]' '["1:3","1:5","0:0"]'
    [ -c "$ROOT/dev/null" ]
}

@test "an existing right node is left alone, an existing wrong one is never used" {
    config '.mounts |= map(select(.destination | startswith("/dev") | not))'
    mknod -m 0600 "$ROOT/dev/zero" c 1 5
    program /bin/probe stat /dev/zero
    look
    see '.[0].rdev' '"1:5"'
    rm -f "$ROOT/dev/full"
    mknod "$ROOT/dev/full" c 1 1
    program /bin/probe stat /dev/full
    if rt run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null; then
        SEEN=$(cat "$WORK/out")
        see '.[0].rdev' '"1:7"'
    else
        grep -q /dev/full "$WORK/err"
    fi
}
