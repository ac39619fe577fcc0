# SPDX-License-Identifier: GPL-2.0-or-later
# checkpoint and restore, as far as they go on any machine: who can, what is refused, and that a failure leaves the
# container running and nothing else behind. What works is in tests/vm/checkpoint_cases.sh: CRIU has to know the kernel.

load suite

setup() {
    base_setup
    cd "$WORK" || return 1
}

needs_helper() {
    [ -x "${THWART%/*}/thwart-criu" ] || skip "this build has no thwart-criu (libcriu)"
    command -v criu >/dev/null || skip "criu is not installed"
}

# fails_in_one_line WORDS COMMAND...: status 1 (or 2 for the command line), and one line on stderr that has the words.
fails_in_one_line() {
    local words=$1 status=0
    shift
    rt "$@" >"$WORK/out" 2>"$WORK/err" </dev/null || status=$?
    [ "$status" = "${STATUS:-1}" ] || {
        echo "status $status: $(cat "$WORK/err")" >&2
        return 1
    }
    [ ! -s "$WORK/out" ]
    if [ "$(wc -l <"$WORK/err")" != 1 ] || ! grep -qF -e "$words" "$WORK/err"; then
        echo "expected one line with $words: $(cat "$WORK/err")" >&2
        return 1
    fi
}

# counting: a container that counts on.
counting() {
    mkdir -p "$WORK/out-directory"
    mount_entry /out bind "$WORK/out-directory" rbind rw
    program /bin/sh -c 'i=0; while :; do i=$((i + 1)); echo $i >/out/new; mv /out/new /out/count; sleep 0.05; done'
    create_container
    rt start "$ID"
    eventually beyond 1
}

beyond() {
    [ "$(cat "$WORK/out-directory/count" 2>/dev/null || echo 0)" -gt "$1" ]
}

# counts_on: the program still runs.
counts_on() {
    local now
    now=$(cat "$WORK/out-directory/count")
    eventually beyond "$now"
}

@test "checkpoint --help tells by its status whether it can be done; help checkpoint always shows the options" {
    needs_helper
    rt checkpoint --help | grep -q -e --leave-running
    rt restore --help | grep -q -e --image-path
    # Without the helper program, as in a build without libcriu.
    mkdir "$WORK/alone"
    cp "$THWART" "$WORK/alone/"
    local command
    for command in checkpoint restore; do
        THWART=$WORK/alone/thwart STATUS=1 fails_in_one_line "thwart-criu" "$command" --help
        THWART=$WORK/alone/thwart rt help "$command" | grep -q -e --image-path
    done
    THWART=$WORK/alone/thwart rt pause --help | grep -q Usage
}

@test "without the helper program both commands say so and touch nothing" {
    needs_helper
    mkdir "$WORK/alone"
    cp "$THWART" "$WORK/alone/"
    counting
    THWART=$WORK/alone/thwart fails_in_one_line "thwart-criu" checkpoint --image-path images "$ID"
    [ ! -e images ]
    counts_on
    another_id second
    mkdir images
    THWART=$WORK/alone/thwart fails_in_one_line "thwart-criu" restore --bundle "$BUNDLE" --image-path images "$OTHER"
    fails_in_one_line "does not exist" state "$OTHER"
}

@test "podman asks in these words whether a pod can be restored" {
    STATUS=2 fails_in_one_line "flag needs an argument" restore --lsm-mount-context
}

@test "a dump that fails: one line with criu's reason and its log, and the container runs on" {
    needs_helper
    counting
    # Nobody listens there, whatever this kernel can do.
    fails_in_one_line "(see $WORK/images/dump.log)" checkpoint --page-server 127.0.0.1:1 --image-path images "$ID"
    grep -q "^dumping container $ID: criu: " "$WORK/err"
    [ -s images/dump.log ]
    [ "$(stat -c %a images)" = 700 ]
    has_status running
    counts_on
    fails_in_one_line "(see $WORK/logs/dump.log)" checkpoint --page-server 127.0.0.1:1 --image-path images --work-path logs "$ID"
    [ -s logs/dump.log ]
    rt pause "$ID"
    fails_in_one_line "dump.log)" checkpoint --page-server 127.0.0.1:1 --image-path images "$ID"
    has_status paused
    rt resume "$ID"
    counts_on
    look_exec "$ID" /bin/cat /out/count
}

@test "descriptors.json beside the images: an array of what the standard streams are, as the peers write it" {
    needs_helper
    program /bin/sleep 1000
    rt create --bundle "$BUNDLE" "$ID" </dev/null 2>&1 | cat >"$WORK/said" &
    local reader=$!
    eventually has_status created
    rt start "$ID"
    eventually has_status running
    fails_in_one_line "dump.log)" checkpoint --page-server 127.0.0.1:1 --image-path images "$ID"
    jq -e 'length == 3 and (.[1] | startswith("pipe:[")) and .[1] == .[2]' images/descriptors.json
    rt delete --force "$ID"
    wait "$reader"
}

@test "which states can be dumped" {
    needs_helper
    program /bin/sleep 1000
    create_container
    fails_in_one_line "it is created and not started" checkpoint --image-path images "$ID"
    rt kill "$ID" KILL
    eventually has_status stopped
    fails_in_one_line "container not running" checkpoint --image-path images "$ID"
    fails_in_one_line "does not exist" checkpoint --image-path images "$ID-none"
    [ ! -e images ]
}

@test "a restore that fails leaves no container, no cgroup, no mount, no file but the log" {
    needs_helper
    program /bin/sleep 1000
    config '.linux.cgroupsPath = $p' --arg p "/$TAG/restored"
    fails_in_one_line "opening the directory of images $WORK/nowhere" restore --bundle "$BUNDLE" --image-path nowhere "$ID"
    [ ! -e nowhere ]
    mkdir images
    fails_in_one_line "descriptors.json" restore --bundle "$BUNDLE" --image-path images "$ID"
    echo '["/dev/null",7]' >images/descriptors.json
    fails_in_one_line "descriptors.json:1:14: is no string" restore --bundle "$BUNDLE" --image-path images "$ID"
    echo '["/dev/null","/dev/null","/dev/null"]' >images/descriptors.json
    fails_in_one_line "(see $WORK/images/restore.log)" restore --bundle "$BUNDLE" --pid-file pid --image-path images "$ID"
    [ ! -e pid ]
    fails_in_one_line "(see $WORK/logs/restore.log)" restore -d --bundle "$BUNDLE" --work-path logs --image-path images "$ID"
    fails_in_one_line "does not exist" state "$ID"
    [ ! -e "/sys/fs/cgroup/$TAG" ]
    [ "$(find images -mindepth 1 | sort | tr '\n' ' ')" = "images/descriptors.json images/restore.log " ]
    # The id is free.
    program /bin/true
    look
}

@test "an id that is in use stays what it is" {
    needs_helper
    counting
    mkdir images
    echo '[]' >images/descriptors.json
    fails_in_one_line "exists already" restore --bundle "$BUNDLE" --image-path images "$ID"
    has_status running
    counts_on
}

@test "a bundle that is not valid is refused before anything is made" {
    needs_helper
    config '.linux.namespaces += [{type: "nonsense"}]'
    mkdir images
    fails_in_one_line "nonsense" restore --bundle "$BUNDLE" --image-path images "$ID"
    [ -z "$(ls images)" ]
}

@test "what criu would lose without a word is refused by name" {
    needs_helper
    mkdir images source
    echo '[]' >images/descriptors.json
    cp "$BUNDLE/config.json" "$WORK/base.json"
    refused() {
        fails_in_one_line "$1" restore --bundle "$BUNDLE" --image-path images "$ID"
        cp "$WORK/base.json" "$BUNDLE/config.json"
    }
    config '.mounts += [{destination: "/data", type: "bind", source: $s, options: ["rbind"],
        uidMappings: [{containerID: 0, hostID: 1000, size: 1}], gidMappings: [{containerID: 0, hostID: 1000, size: 1}]}]' \
        --arg s "$WORK/source"
    refused "id-mapped"
    config '(.linux.namespaces[] | select(.type == "cgroup")).path = "/proc/self/ns/cgroup"'
    refused "existing cgroup namespace"
    config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $p,
        syscalls: [{names: ["mkdirat"], action: "SCMP_ACT_NOTIFY"}]}' --arg p "$WORK/agent"
    refused "seccomp agent"
    [ ! -e images/restore.log ]
}

@test "an ordinary user is told that it takes root" {
    needs_helper
    rootless
    mkdir images
    echo '[]' >images/descriptors.json
    chown -R "$TEST_UID" images
    fails_in_one_line "need root" restore --bundle "$BUNDLE" --image-path "$WORK/images" "$ID"
}

@test "wrong command lines" {
    STATUS=2 fails_in_one_line "cannot be absolute" checkpoint --parent-path /before "$ID"
    STATUS=2 fails_in_one_line "ADDRESS:PORT" checkpoint --page-server nowhere "$ID"
    STATUS=2 fails_in_one_line "ADDRESS:PORT" checkpoint --page-server 127.0.0.1:0 "$ID"
    STATUS=2 fails_in_one_line "none of: soft, full, strict, ignore" checkpoint --manage-cgroups-mode all "$ID"
    STATUS=2 fails_in_one_line "none of: iptables, nftables" restore --network-lock skip "$ID"
    STATUS=2 fails_in_one_line "not open for writing" checkpoint --status-fd 77 "$ID"
    STATUS=2 fails_in_one_line "is no descriptor" checkpoint --status-fd one "$ID"
    fails_in_one_line "network namespace only" checkpoint --empty-ns pid "$ID"
    STATUS=2 fails_in_one_line "too few" restore
}
