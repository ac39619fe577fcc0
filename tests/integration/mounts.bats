#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Mounts: every option word of the specification (config.md, "Linux mount options"), each kind of mount that engines
# ask for, and where a target may lie. The probe's mountinfo is the judge.
load suite

# tmpfs_with WORD...: a tmpfs on /mnt with these options, seen.
tmpfs_with() {
    cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
    mount_entry /mnt tmpfs tmpfs "$@"
    look || { echo "options: $*" >&2 && return 1; }
}

# bind_with WORD...: a recursive bind of a tree with a tmpfs and a writable sub-mount, seen. $TREE/below is the sub-mount.
bind_with() {
    cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
    mount_entry /mnt bind "$TREE" "$@"
    look || { echo "options: $*" >&2 && return 1; }
}

make_tree() {
    TREE=$WORK/tree
    mkdir "$TREE"
    mount -t tmpfs -o "${1:-rw}" top "$TREE"
    mkdir "$TREE/below"
    mount -t tmpfs -o "${1:-rw}" below "$TREE/below"
}

drop_tree() {
    umount -R "$TREE"
    rmdir "$TREE"
}

teardown() {
    if [ -n "${TREE:-}" ] && mountpoint -q "$TREE"; then
        umount -R "$TREE"
    fi
    base_teardown
}

options_have() {
    mount_at "$1" ".options | split(\",\") | index(\"$2\") != null" true
}

options_lack() {
    mount_at "$1" ".options | split(\",\") | index(\"$2\")" null
}

super_has() {
    mount_at "$1" ".super | split(\",\") | index(\"$2\") != null" true
}

super_lacks() {
    mount_at "$1" ".super | split(\",\") | index(\"$2\")" null
}

@test "words that restrict: ro nosuid nodev noexec noatime nodiratime nosymfollow" {
    local word
    for word in ro nosuid nodev noexec noatime nodiratime nosymfollow; do
        tmpfs_with "$word"
        options_have /mnt "$word"
    done
}

@test "words that restrict, all at once" {
    tmpfs_with ro nosuid nodev noexec noatime nodiratime nosymfollow
    local word
    for word in ro nosuid nodev noexec noatime nodiratime nosymfollow; do
        options_have /mnt "$word"
    done
}

@test "words that lift: the last word wins" {
    local pair
    for pair in "ro rw" "nosuid suid" "nodev dev" "noexec exec" "nodiratime diratime" "nosymfollow symfollow" \
        "noatime atime" "ro defaults rw"; do
        # shellcheck disable=SC2086 # the words
        tmpfs_with $pair
        options_lack /mnt "${pair%% *}"
    done
}

@test "access times: relatime strictatime norelatime nostrictatime" {
    tmpfs_with relatime
    options_have /mnt relatime
    tmpfs_with strictatime
    options_lack /mnt relatime
    options_lack /mnt noatime
    tmpfs_with strictatime nostrictatime
    options_lack /mnt noatime
    tmpfs_with noatime norelatime
    options_lack /mnt relatime
}

@test "super block words: sync async dirsync lazytime nolazytime" {
    tmpfs_with sync
    super_has /mnt sync
    tmpfs_with sync async
    super_lacks /mnt sync
    tmpfs_with dirsync
    super_has /mnt dirsync
    tmpfs_with lazytime
    super_has /mnt lazytime
    tmpfs_with lazytime nolazytime
    super_lacks /mnt lazytime
}

@test "super block words that change nothing to see are taken: iversion noiversion mand nomand loud silent defaults" {
    local word
    for word in iversion noiversion mand nomand loud silent defaults; do
        tmpfs_with "$word"
        mount_at /mnt .type '"tmpfs"'
    done
}

@test "data goes to the file system: size mode uid gid nr_inodes" {
    tmpfs_with size=4096k mode=0711 uid=5 gid=6 nr_inodes=77
    super_has /mnt size=4096k
    super_has /mnt mode=711
    super_has /mnt uid=5
    super_has /mnt gid=6
    super_has /mnt nr_inodes=77
}

@test "a tmpfs of mode 1777 stays 1777 whatever the caller's umask" {
    mount_entry /mnt tmpfs tmpfs mode=1777
    program /bin/probe stat /mnt /dev/shm
    "$SUPPORT/born" umask=077 -- "$THWART" run --bundle "$BUNDLE" "$ID" >"$WORK/out" </dev/null 3>&-
    SEEN=$(cat "$WORK/out")
    see '[.[].mode]' '["1777","1777"]'
}

@test "an option that the file system does not know is refused with mount and option" {
    mount_entry /mnt tmpfs tmpfs nosuchoption=1
    refused_run 'nosuchoption|/mnt'
}

@test "a file system that the kernel does not know is refused by name" {
    mount_entry /mnt nosuchfs none
    refused_run nosuchfs
}

@test "bind and rbind: without and with the mounts below" {
    make_tree
    bind_with bind
    see '[.mounts[] | select(.point | startswith("/mnt")) | .point]' '["/mnt"]'
    bind_with rbind
    see '[.mounts[] | select(.point | startswith("/mnt")) | .point] | sort' '["/mnt","/mnt/below"]'
    drop_tree
}

@test "a mount of type none or without type that says rbind is a bind" {
    make_tree
    cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
    mount_entry /mnt none "$TREE" rbind ro
    look
    options_have /mnt ro
    cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
    mount_entry /mnt - "$TREE" bind
    look
    mount_at /mnt .source '"top"'
    drop_tree
}

@test "words on a recursive bind act on its top only" {
    make_tree
    bind_with rbind ro nosuid nodev noexec
    local word
    for word in ro nosuid nodev noexec; do
        options_have /mnt "$word"
        options_lack /mnt/below "$word"
    done
    drop_tree
}

@test "recursive words act on the whole tree: rro rnosuid rnodev rnoexec rnoatime rnodiratime rnosymfollow" {
    make_tree
    local word
    for word in ro nosuid nodev noexec noatime nodiratime nosymfollow; do
        bind_with rbind "r$word"
        options_have /mnt "$word"
        options_have /mnt/below "$word"
    done
    drop_tree
}

@test "recursive words that lift: rrw rsuid rdev rexec rdiratime rsymfollow ratime" {
    make_tree
    local each
    for each in "$TREE" "$TREE/below"; do
        mount -o remount,bind,ro,nosuid,nodev,noexec,nodiratime,nosymfollow "$each"
    done
    local pair
    for pair in rrw:ro rsuid:nosuid rdev:nodev rexec:noexec rdiratime:nodiratime rsymfollow:nosymfollow; do
        bind_with rbind "${pair%%:*}"
        options_lack /mnt "${pair##*:}"
        options_lack /mnt/below "${pair##*:}"
    done
    drop_tree
    make_tree noatime
    bind_with rbind ratime
    options_lack /mnt/below noatime
    drop_tree
}

make_tree_again() {
    drop_tree
    make_tree "$@"
}

@test "recursive access times: rrelatime rstrictatime rnorelatime rnostrictatime" {
    make_tree noatime
    bind_with rbind rrelatime
    options_have /mnt relatime
    options_have /mnt/below relatime
    bind_with rbind rstrictatime
    options_lack /mnt relatime
    options_lack /mnt/below noatime
    bind_with rbind rnorelatime
    options_lack /mnt/below relatime
    make_tree_again strictatime
    bind_with rbind rnostrictatime
    options_lack /mnt/below noatime
    drop_tree
}

@test "propagation words: private shared slave unbindable" {
    tmpfs_with shared
    mount_at /mnt '.propagation | map(split(":")[0])' '["shared"]'
    tmpfs_with private
    mount_at /mnt .propagation '[]'
    tmpfs_with unbindable
    mount_at /mnt .propagation '["unbindable"]'
    make_tree
    mount --make-rshared "$TREE"
    bind_with bind slave
    mount_at /mnt '.propagation | map(split(":")[0])' '["master"]'
    bind_with bind private
    mount_at /mnt .propagation '[]'
    drop_tree
}

@test "recursive propagation words: rprivate rshared rslave runbindable" {
    make_tree
    mount --make-rshared "$TREE"
    bind_with rbind rslave
    mount_at /mnt/below '.propagation | map(split(":")[0])' '["master"]'
    bind_with rbind rprivate
    mount_at /mnt/below .propagation '[]'
    bind_with rbind rshared
    mount_at /mnt/below '.propagation | map(split(":")[0]) | index("shared") != null' true
    bind_with rbind runbindable
    mount_at /mnt/below '.propagation | index("unbindable") != null' true
    bind_with bind shared
    mount_at /mnt '.propagation | map(split(":")[0]) | index("shared") != null' true
    drop_tree
}

@test "propagation words on proc, tmpfs and mqueue, as engines write them" {
    config '(.mounts[] | select(.destination == "/proc" or .destination == "/dev/shm" or .destination == "/dev/mqueue")
            | .options) |= ((. // []) + ["rprivate"])'
    look
    mount_at /proc .propagation '[]'
    mount_at /dev/shm .propagation '[]'
}

@test "a read-only bind cannot be written, also below when recursive" {
    make_tree
    mkdir "$TREE/d"
    cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
    mount_entry /mnt bind "$TREE" rbind rro
    shell 'probe mkdir /mnt/new; probe mkdir /mnt/below/new; probe rmdir /mnt/d'
    look
    expect_error mkdir /mnt/new EROFS
    expect_error mkdir /mnt/below/new EROFS
    expect_error rmdir /mnt/d EROFS
    drop_tree
}

@test "nosuid and noexec hold when a program is run" {
    mkdir "$WORK/programs"
    cp "$SUPPORT/probe" "$WORK/programs/probe"
    cp "$SUPPORT/probe" "$WORK/programs/set-id"
    chmod 6755 "$WORK/programs/set-id"
    mount_entry /mnt bind "$WORK/programs" bind noexec
    program /bin/probe become /mnt/probe
    run -1 rt run --bundle "$BUNDLE" "$ID"
    [[ $output == *EACCES* ]]
    cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
    mount_entry /mnt bind "$WORK/programs" bind nosuid
    config '.process.user = {uid: 7, gid: 7} | .process.noNewPrivileges = false'
    program /mnt/set-id
    look
    see .uids.effective 7
    cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
    mount_entry /mnt bind "$WORK/programs" bind
    config '.process.user = {uid: 7, gid: 7} | .process.noNewPrivileges = false'
    program /mnt/set-id
    look
    see .uids.effective 0
}

@test "a remount entry changes the attributes of what is mounted" {
    make_tree
    mount_entry /mnt bind "$TREE" bind
    mount_entry /mnt bind "$TREE" bind remount ro nosuid
    look
    options_have /mnt ro
    options_have /mnt nosuid
    drop_tree
}

@test "a file is bound onto a file that does not exist, with missing directories, also below a new tmpfs" {
    echo bound >"$WORK/file"
    mount_entry /run tmpfs tmpfs mode=755
    mount_entry /run/deep/er/.containerenv bind "$WORK/file" bind ro
    mount_entry /etc/newdir/hosts bind "$WORK/file" bind
    shell 'probe read /run/deep/er/.containerenv; probe read /etc/newdir/hosts; probe write /run/deep/er/.containerenv x'
    look
    [ "$(jq -rs 'map(select(.did == "read").text) | join("")' <<<"$SEEN")" = $'bound\nbound' ]
    expect_error write /run/deep/er/.containerenv EROFS
    [ "$(cat "$WORK/file")" = bound ]
}

@test "the order is the list's: a later entry covers an earlier one, the same destination twice" {
    mkdir "$WORK/later"
    echo later >"$WORK/later/file"
    mount_entry /mnt tmpfs first
    mount_entry /mnt bind "$WORK/later" rbind
    program /bin/probe
    look
    see '[.mounts[] | select(.point == "/mnt")] | length' 2
    program /bin/probe read /mnt/file
    look
    see .text '"later\n"'
}

@test "a mount that is listed before its parent is covered by it" {
    mount_entry /mnt/child tmpfs child
    mount_entry /mnt tmpfs parent
    shell 'probe stat /mnt/child'
    look
    see '.[0].error' '"ENOENT"'
}

@test "sources that are relative are taken from the bundle" {
    mkdir "$BUNDLE/relative"
    echo here >"$BUNDLE/relative/file"
    mount_entry /mnt bind relative rbind
    program /bin/probe read /mnt/file
    look
    see .text '"here\n"'
}

@test "a source that is a symlink is followed on the host" {
    mkdir "$WORK/real"
    echo real >"$WORK/real/file"
    ln -s real "$WORK/link"
    mount_entry /mnt bind "$WORK/link" rbind
    program /bin/probe read /mnt/file
    look
    see .text '"real\n"'
}

@test "a destination that is a symlink is followed inside the root" {
    mkdir -p "$ROOT/var/real" "$ROOT/real2"
    ln -s /var/real "$ROOT/absolute"
    ln -s ../../../../../real2 "$ROOT/var/relative"
    mount_entry /absolute tmpfs one
    mount_entry /var/relative tmpfs two
    look
    mount_at /var/real .source '"one"'
    mount_at /real2 .source '"two"'
}

@test "a missing source is refused with its path" {
    mount_entry /mnt bind "$WORK/missing-source" bind
    refused_run missing-source
}

@test "a directory onto a file, and a file onto a directory, are refused" {
    touch "$ROOT/plain" "$WORK/file"
    mkdir "$WORK/dir"
    mount_entry /plain bind "$WORK/dir" bind
    refused_run plain
    cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
    mount_entry /mnt bind "$WORK/file" bind
    refused_run mnt
}

@test "a bind source that is a fifo or a socket is not opened for reading" {
    mkfifo "$WORK/fifo"
    mount_entry /the-fifo bind "$WORK/fifo" bind
    program /bin/probe stat /the-fifo
    RT_TIMEOUT=5 look
    see '.[0].type' '"fifo"'
}

@test "tmpcopyup: the tmpfs starts with what the root has there" {
    mkdir -p "$ROOT/data/sub"
    echo one >"$ROOT/data/file"
    echo two >"$ROOT/data/sub/file"
    ln -s file "$ROOT/data/link"
    chmod 0750 "$ROOT/data/sub"
    chown 3:4 "$ROOT/data/file"
    mount_entry /data tmpfs tmpfs tmpcopyup
    shell 'probe stat /data/file /data/sub /data/link; echo changed > /data/file'
    look
    see '[.[] | .type]' '["file","directory","symlink"]'
    see '.[0] | [.uid, .gid]' '[3,4]'
    see '.[1].mode' '"0750"'
    see '.[2].target' '"file"'
    [ "$(cat "$ROOT/data/file")" = one ]
}

@test "an overlay, as podman writes it" {
    mkdir -p "$WORK"/{lower,upper,work}
    echo lower >"$WORK/lower/file"
    mount_entry /mnt overlay overlay "lowerdir=$WORK/lower,upperdir=$WORK/upper,workdir=$WORK/work" private
    shell 'probe read /mnt/file; echo up > /mnt/new'
    look
    see .text '"lower\n"'
    [ "$(cat "$WORK/upper/new")" = up ]
}

@test "hidepid and subset go to proc" {
    config '(.mounts[] | select(.destination == "/proc")).options = ["nosuid", "noexec", "nodev", "hidepid=2"]'
    look
    mount_at /proc '.super | contains("hidepid")' true
    options_have /proc nosuid
}

@test "cgroup: the container's own tree, in its cgroup namespace" {
    mount_entry /sys/fs/cgroup cgroup cgroup nosuid noexec nodev relatime ro
    shell 'probe report; probe mkdir /sys/fs/cgroup/made'
    look
    SEEN=$(head -1 <<<"$SEEN")
    mount_at /sys/fs/cgroup .type '"cgroup2"'
    mount_at /sys/fs/cgroup .root '"/"'
    options_have /sys/fs/cgroup ro
    see .cgroup '"/"'
}

@test "cgroup without a cgroup namespace: only the container's own part may be written, ro is ro" {
    drop_namespace cgroup
    mount_entry /sys/fs/cgroup cgroup cgroup nosuid noexec nodev relatime ro
    all_capabilities
    shell 'probe mkdir /sys/fs/cgroup/made; probe report'
    look
    expect_error mkdir /sys/fs/cgroup/made EROFS
}

@test "mqueue, devpts, shm are what the probe finds" {
    look
    mount_at /dev/mqueue .type '"mqueue"'
    mount_at /dev/pts .type '"devpts"'
    mount_at /dev/shm .type '"tmpfs"'
    mount_at /dev/pts '.super | contains("ptmxmode=666")' true
    mount_at /dev/pts '.super | contains("gid=5")' true
    mount_at /sys .type '"sysfs"'
    options_have /sys ro
}

@test "the root: read-only and writable, and private after the pivot" {
    config '.root.readonly = true'
    shell 'probe mkdir /new; probe write /etc/passwd x; probe mkdir /dev/shm/fine'
    look
    expect_error mkdir /new EROFS
    expect_error write /etc/passwd EROFS
    expect_success mkdir /dev/shm/fine
    config '.root.readonly = false'
    shell 'probe mkdir /new'
    look
    expect_success mkdir /new
    [ -d "$ROOT/new" ]
}

@test "rootfsPropagation: shared slave private unbindable on the root" {
    config '.linux.rootfsPropagation = "shared"'
    look
    mount_at / '.propagation | map(split(":")[0]) | index("shared") != null' true
    config '.linux.rootfsPropagation = "private"'
    look
    mount_at / .propagation '[]'
    config '.linux.rootfsPropagation = "slave"'
    look
    mount_at / '.propagation | map(split(":")[0]) | index("shared")' null
    config '.linux.rootfsPropagation = "unbindable"'
    look
    mount_at / '.propagation | index("unbindable") != null' true
    config '.linux.rootfsPropagation = "sideways"'
    refused_run 'sideways|propagation'
}

@test "nothing of the host's tree is left in the container's mounts" {
    look
    # Every mount is one of the bundle's; masks and device nodes are none of the host's directories.
    see '[.mounts[].point] | unique' '["/","/dev","/dev/mqueue","/dev/pts","/dev/shm","/proc","/sys"]'
    see_that '[.mounts[] | select(.root == "/" and .type == "ext4")] == []'
}

@test "the host's mounts do not change while a container lives" {
    local before during
    before=$(sed 's/^[0-9]* [0-9]* //' /proc/self/mountinfo | sort)
    start_container
    during=$(sed 's/^[0-9]* [0-9]* //' /proc/self/mountinfo | sort)
    [ "$before" = "$during" ]
}

@test "the host's mounts do not change when the host's root is shared" {
    # In a mount namespace of its own, so that "shared" stays there.
    start_in_shared() {
        mount --make-rshared /
        sed 's/^[0-9]* [0-9]* //' /proc/self/mountinfo | sort >"$WORK/before"
        "$THWART" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null || return 1
        sed 's/^[0-9]* [0-9]* //' /proc/self/mountinfo | sort >"$WORK/after"
        "$THWART" delete --force "$ID"
    }
    export -f start_in_shared
    export WORK BUNDLE ID THWART
    program /bin/probe sleep
    unshare --mount --propagation private bash -c start_in_shared 3>&-
    diff "$WORK/before" "$WORK/after"
}

@test "200 mounts" {
    config '.mounts += [range(200) | {destination: "/many/\(.)", type: "tmpfs", source: "many", options: ["size=4k"]}]'
    look
    see '[.mounts[] | select(.point | startswith("/many/"))] | length' 200
}

@test "--no-pivot runs a container too" {
    look --no-pivot
    see .pid 1
    see_that '.cwd == "/"'
}

@test "destinations are normalised inside the root: //mnt, /./mnt; /var/../mnt is that or refused" {
    local destination
    mount_entry /var/../mnt tmpfs "here"
    if rt run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null; then
        SEEN=$(cat "$WORK/out")
        mount_at /mnt .source '"here"'
    else
        grep -qF '/var/../mnt' "$WORK/err"
    fi
    for destination in //mnt /./mnt /mnt/; do
        cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
        mount_entry "$destination" tmpfs "here"
        look
        mount_at /mnt .source '"here"'
    done
}

@test "a relative or empty destination is refused, or taken from the root" {
    mount_entry "" tmpfs empty
    refused_run 'destination|absolute|empty|mounts'
}
