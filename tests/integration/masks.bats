#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Masked and read-only paths: what is left of them inside.
load suite

@test "a masked file is the null device and reads empty" {
    config '.linux.maskedPaths = ["/proc/keys", "/etc/passwd"]'
    shell 'probe stat /proc/keys /etc/passwd; probe read /etc/passwd; probe read /proc/keys'
    look
    SEEN_ALL=$SEEN
    SEEN=$(head -1 <<<"$SEEN_ALL")
    see '[.[] | [.type, .rdev]]' '[["character","1:3"],["character","1:3"]]'
    SEEN=$(sed 1d <<<"$SEEN_ALL")
    [ "$(jq -rs 'map(.text) | join("")' <<<"$SEEN")" = "" ]
    [ "$(cat "$ROOT/etc/passwd")" != "" ]
}

@test "a masked directory is empty and read-only, and cannot be removed" {
    mkdir -p "$ROOT/secret/inner"
    echo secret >"$ROOT/secret/file"
    all_capabilities
    config '.linux.maskedPaths = ["/secret", "/sys/firmware"]'
    shell 'ls -A /secret | wc -l; ls -A /sys/firmware | wc -l; probe mkdir /secret/new; probe rmdir /secret
        probe mknod /secret/node c 1 3; probe rename /secret /moved'
    look
    [ "$(head -2 <<<"$SEEN" | tr '\n' ' ')" = "0 0 " ]
    SEEN=$(sed 1,2d <<<"$SEEN")
    expect_error mkdir /secret/new EROFS
    expect_error rmdir /secret "EBUSY EROFS"
    expect_error mknod /secret/node EROFS
    expect_error rename /secret "EBUSY EROFS EXDEV"
}

@test "masked paths that are missing are passed over" {
    config '.linux.maskedPaths = ["/proc/no-such-entry", "/nowhere/at/all"]'
    look
    see .pid 1
}

@test "nested and repeated masks" {
    mkdir -p "$ROOT/secret/inner"
    config '.linux.maskedPaths = ["/secret/inner", "/secret", "/secret", "/proc/keys", "/proc/keys"]'
    shell 'ls -A /secret | wc -l; probe stat /proc/keys'
    look
    [ "$(head -1 <<<"$SEEN")" = 0 ]
}

@test "2000 masks" {
    mkdir "$ROOT/many"
    (cd "$ROOT/many" && seq 2000 | xargs touch)
    config '.linux.maskedPaths = [range(1; 2001) | "/many/\(.)"]'
    shell 'n=0; for f in /many/*; do [ -c $f ] && n=$((n + 1)); done; echo $n'
    look
    [ "$SEEN" = 2000 ]
}

@test "read-only paths refuse write, truncate, create, rename, chmod and unlink, on the whole tree below" {
    mkdir -p "$ROOT/fixed/below/deep"
    echo text >"$ROOT/fixed/file"
    all_capabilities
    mount_entry /fixed/below tmpfs tmpfs
    config '.linux.readonlyPaths = ["/fixed", "/proc/sys"]'
    shell 'probe write /fixed/file; probe truncate /fixed/file; probe open /fixed/new wc; probe rename /fixed/file /fixed/b
        probe chmod /fixed/file 0600; probe unlink /fixed/file; probe mkdir /fixed/below/new
        probe write /proc/sys/kernel/hostname changed'
    look
    expect_error write /fixed/file EROFS
    expect_error truncate /fixed/file EROFS
    expect_error open /fixed/new EROFS
    expect_error rename /fixed/file "EROFS EBUSY"
    expect_error chmod /fixed/file EROFS
    expect_error unlink /fixed/file EROFS
    expect_error mkdir /fixed/below/new EROFS
    expect_error write /proc/sys/kernel/hostname EROFS
    [ "$(cat "$ROOT/fixed/file")" = text ]
}

@test "read-only paths that are missing are passed over, and flags of the mount below are kept" {
    mount_entry /mnt tmpfs tmpfs nosuid nodev noexec
    config '.linux.readonlyPaths = ["/proc/no-such-entry", "/mnt"]'
    look
    mount_at /mnt '.options | split(",") | contains(["ro","nosuid","nodev","noexec"])' true
}

@test "the usual list of engines" {
    config '.linux.maskedPaths = ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
              "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"]
            | .linux.readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]'
    shell 'probe write /proc/sys/kernel/domainname x; probe write /proc/sysrq-trigger h; probe open /proc/kcore; probe report'
    look
    expect_error write /proc/sys/kernel/domainname "EROFS"
    expect_error write /proc/sysrq-trigger "EROFS ENOENT"
    SEEN=$(tail -1 <<<"$SEEN")
    mount_at /proc/sys '.options | split(",") | index("ro") != null' true
    mount_at /proc/fs '.options | split(",") | index("ro") != null' true
    mount_at /proc/irq '.options | split(",") | index("ro") != null' true
}

@test "a child of the container in namespaces of its own cannot take a mask away" {
    # In a user namespace of its own the child has every right over its mounts but those that are locked.
    echo secret >"$ROOT/etc/secret"
    config '.linux.maskedPaths = ["/etc/secret"]'
    shell 'unshare -U -r -m sh -c "umount /etc/secret; umount -l /etc/secret; probe read /etc/secret"'
    rt run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null || true
    run grep -c '"text":"secret' "$WORK/out"
    [ "$output" = 0 ]
}

@test "a masked or read-only path that is not absolute is refused" {
    config '.linux.maskedPaths = ["proc/keys"]'
    refused_run 'maskedPaths|absolute'
    config '.linux.maskedPaths = [] | .linux.readonlyPaths = ["proc/sys"]'
    refused_run 'readonlyPaths|absolute'
}

@test "masks work when /dev is a bind without devices" {
    mkdir "$WORK/dev"
    config '.mounts |= map(select(.destination | startswith("/dev") | not)) | .linux.maskedPaths = ["/proc/keys"]'
    mount_entry /dev bind "$WORK/dev" rbind
    program /bin/probe stat /proc/keys
    look
    see '.[0] | [.type, .rdev]' '["character","1:3"]'
}
