#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What a policy says of mounts, devices and hooks, and the ways around it: links, "..", other names of the same object,
# parents, file systems that name paths by themselves, remounts, sources that are exchanged between decision and mount.
load ../suite

setup() {
    base_setup
    DATA=$WORK/data SECRET=$WORK/secret
    mkdir "$DATA" "$DATA/inside" "$SECRET"
    echo allowed >"$DATA/inside/file"
    echo secret >"$SECRET/file"
}

# Mounts of a test go with it, however it ends.
teardown() {
    [ -z "${BELOW:-}" ] || umount "$BELOW"
    [ -z "${ALIASES:-}" ] || umount "$WORK/other/bound.sock" "$WORK/alias"
    base_teardown
}

# bounded SECTIONS: this policy alone.
bounded() {
    printf '{"thwart": 1, "name": "bounds", %s}\n' "$1" >"$WORK/bounds.json"
    GLOBALS=(--policy "$WORK/bounds.json")
}

# only_data ACCESS: nothing of the host but DATA.
only_data() {
    bounded "\"filesystem\": {\"mounts\": {\"sources\": [{\"path\": \"$DATA\", \"access\": \"$1\"}]}}"
}

# bind_refused PATTERN SOURCE: binding it is refused before anything is made.
bind_refused() {
    local kept=$BUNDLE/config.kept
    cp "$BUNDLE/config.json" "$kept"
    mount_entry /to bind "$2" rbind rro
    refused_run "$1"
    mv "$kept" "$BUNDLE/config.json"
}

@test "a source that is allowed is mounted; what lies beside it is refused, and so is nothing less" {
    only_data rw
    mount_entry /to bind "$DATA/inside" rbind
    shell 'probe read /to/file; probe write /to/file x'
    look
    expect_success read /to/file
    expect_success write /to/file
    config '.mounts |= .[:-1]'
    bind_refused 'TW0403.*covered by no pattern' "$SECRET"
    bind_refused 'TW0403' "$WORK"
    bind_refused 'TW0403' /
}

@test "links, \"..\" and the kernel's links out of an allowed directory" {
    only_data rw
    ln -s / "$DATA/root"
    ln -s ../secret "$DATA/out"
    ln -s out "$DATA/chain"
    ln -s /proc/self/root "$DATA/magic"
    ln -s "/proc/self/cwd" "$DATA/cwd"
    for name in root root/etc out chain magic magic/etc cwd ../secret inside/../../secret; do
        bind_refused 'TW0403' "$DATA/$name"
    done
    bind_refused 'TW0403' /proc/1/root
    bind_refused 'TW0403' "/proc/self/cwd"
    bind_refused 'TW0403' "/proc/self/fd/0"
}

@test "in a user namespace, and for an ordinary user: the same is mounted, the same refused" {
    only_data ro
    ln -s ../secret "$DATA/out"
    chmod 0755 "$WORK" "$DATA"
    chmod 0666 "$DATA/inside/file"
    mount_entry /to bind "$DATA/inside" rbind
    shell 'probe read /to/file; probe write /to/file x'
    user_namespace
    look
    expect_success read /to/file
    expect_error write /to/file EROFS
    bind_refused TW0403 "$DATA/out"
    new_bundle "$WORK/rootless"
    mount_entry /to bind "$DATA/inside" rbind
    shell 'probe read /to/file; probe write /to/file x'
    another_id rootless
    ID=$OTHER
    rootless
    look
    expect_success read /to/file
    expect_error write /to/file EROFS
    bind_refused TW0403 "$DATA/out"
}

@test "the engine's socket by hard link, by bind mount, by link, and in a directory above" {
    mkdir "$WORK/run" "$WORK/alias" "$WORK/other"
    ln -s run "$WORK/name"
    background "$SUPPORT/datagram_listener" "$WORK/run/engine.sock"
    eventually test -S "$WORK/run/engine.sock"
    ln "$WORK/run/engine.sock" "$WORK/run/hard.sock"
    ln -s engine.sock "$WORK/run/soft.sock"
    touch "$WORK/other/bound.sock"
    mount --bind "$WORK/run/engine.sock" "$WORK/other/bound.sock"
    mount --bind "$WORK/run" "$WORK/alias"
    ALIASES=1
    bounded "\"filesystem\": {\"mounts\": {\"deny\": [\"$WORK/name/engine.sock\"]}}"
    for path in run/engine.sock name/engine.sock run/hard.sock run/soft.sock other/bound.sock alias/engine.sock \
        run name alias . run/../run; do
        bind_refused 'TW0403' "$WORK/$path"
    done
    bind_refused 'TW0403' /
    mount_entry /to bind "$DATA" rbind
    program /bin/probe report
    look
}

@test "the host's root as the container's" {
    bounded '"filesystem": {"mounts": {"deny": ["/run/docker.sock"]}}'
    program /bin/true
    config '.root.path = "/"'
    refused_run 'TW0403.*root file system'
    mkdir "$WORK/root"
    mount --bind / "$WORK/root"
    BELOW=$WORK/root
    config '.root.path = $p' --arg p "$WORK/root"
    refused_run 'TW0403.*root file system'
}

@test "types and options that name paths: none with bind, an overlay's layers, a device, a remount" {
    only_data ro
    mount_entry /to none "$SECRET" bind ro
    refused_run TW0403
    config '.mounts |= .[:-1]'
    mount_entry /to tmpfs "$SECRET" size=1m,bind
    refused_run TW0403
    config '.mounts |= .[:-1]'
    mount_entry /to overlay overlay "lowerdir=$DATA:$SECRET"
    refused_run "TW0403.*$SECRET"
    config '.mounts |= .[:-1]'
    mount_entry /to overlay overlay "lowerdir=/"
    refused_run TW0403
    config '.mounts |= .[:-1]'
    mount_entry /to ext4 /dev/sda1
    refused_run TW0403
    config '.mounts |= .[:-1]'
    mount_entry /to tmpfs tmpfs BIND
    refused_run '.'
    config '.mounts |= .[:-1]'
    bounded '"filesystem": {"mounts": {"types": ["proc", "sysfs", "tmpfs", "devpts", "mqueue"]}}'
    program /bin/probe report
    look
    mount_entry /to bind "$DATA" rbind
    refused_run 'TW0402.*"bind"'
}

@test "read-only is read-only for all of the tree, and no word gives it back" {
    only_data ro
    mkdir "$DATA/below"
    mount -t tmpfs below "$DATA/below"
    BELOW=$DATA/below
    touch "$DATA/x" "$DATA/below/x"
    shell 'probe write /to/x x; probe write /to/below/x x'
    for words in "rbind" "rbind rw" "rbind ro" "rbind ro rrw" "rbind nosuid,rrw" "rbind,rw"; do
        # shellcheck disable=SC2086
        mount_entry /to bind "$DATA" $words
        look
        expect_error write /to/x EROFS
        expect_error write /to/below/x EROFS
        config '.mounts |= .[:-1]'
    done
    mount_entry /to bind "$DATA" rbind ro
    config '.mounts += [{destination: "/to", options: ["remount", "rw"]}]'
    look
    expect_error write /to/x EROFS
    expect_error write /to/below/x EROFS
}

@test "forced options reach the mount, what lies below it, and survive a remount" {
    bounded '"filesystem": {"options": ["nosuid", "nodev", "noexec"]}'
    mkdir "$DATA/below"
    mount -t tmpfs below "$DATA/below"
    BELOW=$DATA/below
    mount_entry /to bind "$DATA" rbind suid rdev
    mount_entry /scratch tmpfs tmpfs mode=755,exec
    config '.mounts += [{destination: "/scratch", options: ["remount", "suid"]}]'
    look
    for place in /to /to/below /scratch; do
        see_that "[.mounts[] | select(.point == \"$place\")] | last | .options | (contains(\"nosuid\")
            and contains(\"nodev\") and contains(\"noexec\"))"
    done
    # The devices of /dev are what it is there for.
    see_that '[.mounts[] | select(.point == "/dev")] | last | .options | contains("nodev") | not'
}

@test "a second procfs is masked like the first" {
    bounded '"filesystem": {"maskedPaths": ["/proc/uptime"], "readonlyPaths": ["/proc/sys"]}'
    mount_entry /opt/proc proc proc
    shell 'probe read /proc/uptime; probe read /opt/proc/uptime; probe read /opt/proc/version
           probe write /opt/proc/sys/kernel/hostname x'
    look
    [ "$(outcome read /proc/uptime .text)" = "" ]
    [ "$(outcome read /opt/proc/uptime .text)" = "" ]
    [ "$(outcome read /opt/proc/version .text)" != "" ]
    expect_error write /opt/proc/sys/kernel/hostname EROFS
}

@test "a device under a harmless name, bound or made, and every device without rules" {
    bounded '"devices": {"allow": {"value": ["/dev/fuse"], "otherwise": "refuse"}}'
    mknod "$WORK/innocent" c 1 11
    config '.linux.resources.devices = [{allow: false, access: "rwm"}]'
    bind_refused 'TW0501.*c 1:11' "$WORK/innocent"
    bind_refused 'TW0501' /dev
    config '.linux.devices = [{path: "/dev/fuse", type: "c", major: 1, minor: 11}]'
    refused_run 'TW0501.*c 1:11'
    config 'del(.linux.devices) | .linux.resources.devices += [{allow: true, type: "c", major: 1, access: "rw"}]'
    refused_run 'TW0502'
    config 'del(.linux.resources.devices)'
    refused_run 'TW0502'
}

@test "hooks: a link to another program, another program's contents" {
    mkdir "$WORK/hooks"
    printf '#!/bin/sh\ntrue\n' >"$WORK/hooks/good"
    printf '#!/bin/sh\ntouch "%s"\n' "$WORK/was-run" >"$WORK/evil"
    chmod 0755 "$WORK/hooks/good" "$WORK/evil"
    ln -s ../evil "$WORK/hooks/link"
    bounded "\"hooks\": {\"allow\": [{\"path\": \"$WORK/hooks/*\", \"sha256\": \"$(sha256sum "$WORK/hooks/good" | cut -d' ' -f1)\"}]}"
    config '.hooks.prestart = [{path: $p}]' --arg p "$WORK/hooks/link"
    refused_run 'TW1001'
    config '.hooks.prestart = [{path: $p}]' --arg p "$WORK/hooks/../evil"
    refused_run 'TW1001'
    config '.hooks.prestart = [{path: $p}]' --arg p "$WORK/hooks/good"
    program /bin/probe report
    look
    cp "$WORK/evil" "$WORK/hooks/good"
    refused_run 'TW1002'
    [ ! -e "$WORK/was-run" ]
}

@test "a source that is exchanged for a link all the time: what was decided on, or nothing" {
    local round shown=0 denied=0
    only_data rw
    ln -s "$SECRET" "$DATA/link"
    background "$SUPPORT/exchange_racer" "$DATA/inside" "$DATA/link"
    mount_entry /to bind "$DATA/inside" rbind
    shell 'probe read /to/file'
    for ((round = 0; round < 40; round++)); do
        if rt run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null; then
            shown=$((shown + 1))
            SEEN=$(cat "$WORK/out")
            [ "$(outcome read /to/file .text)" = allowed ] || {
                echo "round $round: the container saw $SEEN" >&2
                return 1
            }
        else
            denied=$((denied + 1))
            grep -qE 'TW0403|not what the policy decided on' "$WORK/err" || {
                cat "$WORK/err" >&2
                return 1
            }
        fi
    done
    echo "shown $shown, denied $denied"
    [ $((shown + denied)) = 40 ] && [ "$denied" -gt 0 ]
}

# racing_directories NAME: allowed-names/it leads to allowed-places/NAME, and all the time to elsewhere/NAME instead.
racing_directories() {
    mkdir -p "$WORK/allowed-names" "$WORK/allowed-places/$1" "$WORK/elsewhere/$1"
    echo good >"$WORK/allowed-places/$1/word"
    echo evil >"$WORK/elsewhere/$1/word"
    ln -s "../allowed-places/$1" "$WORK/allowed-names/it"
    ln -s "../elsewhere/$1" "$WORK/allowed-names/other"
    background "$SUPPORT/exchange_racer" "$WORK/allowed-names/it" "$WORK/allowed-names/other"
}

# racing ROUNDS: the container sees the good one or does not run; both come to pass.
racing() {
    local round refused=0 good=0
    for ((round = 0; round < $1; round++)); do
        if rt run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null; then
            [ "$(tail -n 1 "$WORK/out")" = good ]
            good=1
        else
            grep -qE 'TW0403|not what the policy decided on' "$WORK/err"
            refused=1
        fi
    done
    [ "$refused$good" = 11 ]
}

@test "an overlay's layers that are exchanged all the time: those that were decided on, or nothing" {
    racing_directories lower
    mkdir -p "$WORK/allowed-places/upper" "$WORK/allowed-places/work" "$WORK/allowed-places/long"
    bounded "\"filesystem\": {\"mounts\": {\"sources\": [{\"path\": \"$WORK/allowed-*/*\", \"access\": \"rw\"}]}}"
    config '.mounts |= map(select(.type == "proc"))'
    mount_entry /to overlay overlay \
        "lowerdir=$WORK/allowed-names/it:$WORK/allowed-places/long,upperdir=$WORK/allowed-places/upper,workdir=$WORK/allowed-places/work"
    program /bin/busybox cat /to/word
    racing 30
}

@test "a root file system that is exchanged all the time: the one that was decided on, or nothing" {
    mkdir "$WORK/elsewhere" "$WORK/allowed-places"
    cp -a "$ROOT" "$WORK/elsewhere/root"
    cp -a "$ROOT" "$WORK/allowed-places/root"
    racing_directories root
    bounded "\"filesystem\": {\"mounts\": {\"deny\": [\"$WORK/elsewhere/root\"]}}"
    config '.root.path = $p' --arg p "$WORK/allowed-names/it"
    program /bin/busybox cat /word
    racing 30
}
