#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What engines rely on without ever saying so: exit statuses, one record in the log, the words that they search for, silence
# on success. The process that a runtime is born as is in engine_birth.bats, the calls of each engine in engine_samples.bats.
load suite

# status_is STATUS COMMAND...: the command ends with it; its words are in $WORK/said.
status_is() {
    local wanted=$1 status=0
    shift
    "$@" >"$WORK/said" 2>&1 </dev/null || status=$?
    [ "$status" = "$wanted" ] || {
        echo "status $status, expected $wanted: $*: $(cat "$WORK/said")" >&2
        return 1
    }
}

logged() {
    rt --log "$WORK/log.json" --log-format json "$@"
}

# one_record COMMAND...: it fails; the log holds exactly one object, of level error, with an RFC 3339 time and the text of
# stderr, where there is one line.
one_record() {
    rm -f "$WORK/log.json"
    refused . logged "$@" || return 1
    if ! jq -es 'length == 1 and (.[0] | .level == "error" and (.msg | length > 10)
            and (.time | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$")))' \
        "$WORK/log.json" >/dev/null ||
        [ "$(wc -l <"$WORK/log.json")" != 1 ] || [ "$(jq -r .msg "$WORK/log.json")" != "$(cat "$WORK/refused.err")" ]; then
        echo "$*: on stderr: $(cat "$WORK/refused.err")" >&2
        echo "in the log: $(cat "$WORK/log.json")" >&2
        return 1
    fi
}

# silent COMMAND...: it succeeds and prints nothing.
silent() {
    status_is 0 "$@" || return 1
    [ ! -s "$WORK/said" ] || {
        echo "$* said: $(cat "$WORK/said")" >&2
        return 1
    }
}

# new_process ARGUMENTS...: a process file as engines write it, in $WORK/process.json.
new_process() {
    jq '.process | .args = $ARGS.positional' "$TESTS/support/base-config.json" --args -- "$@" >"$WORK/process.json"
}

stop_container() {
    rt kill "$ID" KILL
    eventually has_status stopped
}

# --- exit statuses ------------------------------------------------------------------------------------------------------

@test "exec: the command's own status, 128 and its signal" {
    local number
    start_container
    for number in 0 1 2 42 125 126 127 254 255; do
        status_is $number rt exec "$ID" /bin/probe exit $number
    done
    for number in 1 9 10 15; do
        status_is $((128 + number)) rt exec "$ID" /bin/sh -c "kill -$number \$\$; sleep 5"
    done
    new_process /bin/probe exit 33
    status_is 33 rt exec --process "$WORK/process.json" "$ID"
}

@test "what exec itself cannot do is 255, a wrong command line 2" {
    status_is 255 rt exec "$ID" /bin/true
    start_container
    status_is 255 rt exec "$ID" /bin/no-such-program
    status_is 255 rt exec "$ID" no-such-program
    status_is 255 rt exec "$ID" /etc/passwd
    status_is 255 rt exec --process "$WORK/missing.json" "$ID"
    status_is 255 rt exec --pid-file "$WORK/missing/directory/pid" "$ID" /bin/true
    echo '{' >"$WORK/broken.json"
    status_is 255 rt exec --process "$WORK/broken.json" "$ID"
    status_is 2 rt exec --no-such-option "$ID" /bin/true
    status_is 2 rt exec
    stop_container
    status_is 255 rt exec "$ID" /bin/true
}

@test "run: 127 for a program that is missing, 126 for one that may not be executed, 1 for the rest" {
    program /bin/no-such-program
    status_is 127 rt run --bundle "$BUNDLE" "$ID"
    program no-such-program
    status_is 127 rt run --bundle "$BUNDLE" "$ID"
    program /etc/passwd
    status_is 126 rt run --bundle "$BUNDLE" "$ID"
    program /bin
    status_is 126 rt run --bundle "$BUNDLE" "$ID"
    config '.process.cwd = "relative"'
    status_is 1 rt run --bundle "$BUNDLE" "$ID"
    status_is 1 rt run --bundle "$WORK/missing" "$ID"
    status_is 2 rt run --no-such-option "$ID"
}

@test "every other command: 1 for what cannot be done, 2 for a wrong command line" {
    local command
    program /bin/no-such-program
    status_is 1 rt create --bundle "$BUNDLE" "$ID"
    for command in create start state kill delete ps pause resume update events; do
        status_is 2 rt "$command"
        status_is 2 rt "$command" --no-such-option "$ID"
    done
    for command in start state kill delete ps pause resume events; do
        status_is 1 rt "$command" "$ID"
    done
    status_is 1 rt update --resources - "$ID"
    status_is 2 rt kill "$ID" NOSUCHSIGNAL
    status_is 2 rt
    status_is 2 rt no-such-command
    status_is 2 rt --no-such-option list
    status_is 2 rt --log-format sideways list
    status_is 2 rt list --format sideways
    status_is 0 rt delete --force "$ID"
    status_is 1 rt --root "$BUNDLE/config.json" list
    status_is 1 rt plan --bundle "$WORK/missing"
    status_is 1 rt spec --bundle "$BUNDLE" # it never writes over a configuration
}

# --- the log --------------------------------------------------------------------------------------------------------------

@test "JSON log: each command's failure is one object with the text of stderr" {
    local command
    for command in start state kill delete "kill --all" ps "ps --format json" pause resume "update --pids-limit 5" "events --stats"; do
        # shellcheck disable=SC2086 # several words
        one_record $command "$ID"
    done
    one_record exec "$ID" /bin/true
    one_record create --bundle "$WORK/missing" "$ID"
    one_record run --bundle "$WORK/missing" "$ID"
    one_record plan --bundle "$WORK/missing"
    one_record spec --bundle "$BUNDLE"
    one_record list --format sideways
    one_record features --no-such-option
    one_record no-such-command
    one_record
    one_record start
    one_record start "$ID" "$ID"
    one_record kill "$ID" NOSUCHSIGNAL
    one_record create --no-such-option "$ID"
    one_record --root "$BUNDLE/config.json" list
}

@test "JSON log: the failures of a container that exists, and of commands in it" {
    start_container
    one_record start "$ID"
    one_record delete "$ID"
    one_record create --bundle "$BUNDLE" "$ID"
    one_record resume "$ID"
    one_record ps --format sideways "$ID"
    one_record update --resources "$WORK/missing.json" "$ID"
    one_record update --resources - "$ID"
    one_record update --pids-limit many "$ID"
    one_record exec "$ID" /bin/no-such-program
    one_record exec "$ID" /etc/passwd
    one_record exec --process "$WORK/missing.json" "$ID"
    one_record exec --pid-file "$WORK/missing/pid" "$ID" /bin/true
    one_record exec --detach --console-socket "$WORK/nobody-listens" --tty "$ID" /bin/true
    stop_container
    one_record start "$ID"
    one_record kill "$ID" 15
    one_record exec "$ID" /bin/true
    one_record pause "$ID"
    one_record resume "$ID"
    one_record update --pids-limit 5 "$ID"
}

@test "JSON log: what fails late in create, in the container's first process, is one object too" {
    program /bin/probe sleep
    mount_entry /mnt bind "$WORK/missing-source" bind
    one_record create --bundle "$BUNDLE" "$ID"
    nothing_left
    cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
    mount_entry /etc/passwd/below tmpfs tmpfs
    one_record create --bundle "$BUNDLE" "$ID"
    nothing_left
    cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
    config '.hooks.createContainer = [{path: "/bin/false"}]'
    one_record create --bundle "$BUNDLE" "$ID"
    nothing_left
    one_record run --bundle "$BUNDLE" "$ID"
    nothing_left
}

@test "JSON log: text from users stays one line of valid JSON" {
    program $'/bin/no\nsuch "quoted" \\ \x01\x7f ü program'
    one_record create --bundle "$BUNDLE" "$ID"
    program "/bin/$(printf 'x%.0s' $(seq 3000))"
    one_record create --bundle "$BUNDLE" "$ID"
    one_record state $'new\nline'
    one_record $'no-such\ncommand'
}

@test "an option of thwart's own that is unknown or wrong still reaches the log, wherever --log stands" {
    local bad
    for bad in --no-such-option --log-format=sideways --rootless=perhaps --cgroup-manager=none; do
        rm -f "$WORK/log.json"
        refused . rt --root "$WORK/root" --log "$WORK/log.json" "$bad" create --bundle "$BUNDLE" "$ID"
        grep -qF -e "${bad%%=*}" "$WORK/log.json"
        rm -f "$WORK/log.json"
        refused . rt "$bad" --root="$WORK/root" --log-format=json --log="$WORK/log.json" create --bundle "$BUNDLE" "$ID"
        grep -qF -e "${bad%%=*}" "$WORK/log.json"
    done
    # Podman puts the flags of --runtime-flag in front.
    rm -f "$WORK/log.json"
    refused . rt --no-such-option --log-format=json --log "$WORK/log.json" create --bundle "$BUNDLE" "$ID"
    [ "$(jq -r .msg "$WORK/log.json")" = "$(cat "$WORK/refused.err")" ]
}

@test "the log is made by each command, also by those that succeed, 0600, and holds nothing then" {
    program /bin/probe sleep
    checked() {
        rm -f "$WORK/log.json"
        logged "$@" </dev/null >"$WORK/out" 2>&1 || return 1
        [ "$(stat -c '%a %s' "$WORK/log.json")" = '600 0' ] || {
            echo "$*: $(stat -c '%a %s' "$WORK/log.json")" >&2
            return 1
        }
    }
    checked create --bundle "$BUNDLE" "$ID"
    checked state "$ID"
    checked start "$ID"
    checked exec "$ID" /bin/busybox true
    checked exec --detach "$ID" /bin/busybox true
    checked ps "$ID"
    checked pause "$ID"
    checked resume "$ID"
    checked list
    checked features
    checked plan --bundle "$BUNDLE"
    checked kill "$ID" KILL
    eventually has_status stopped
    checked delete "$ID"
    checked delete --force "$ID"
    program /bin/busybox true
    checked run --bundle "$BUNDLE" "$ID"
}

@test "the log is appended to, and keeps what was there and its mode" {
    echo '{"level":"info","msg":"an earlier call","time":"2024-01-01T00:00:00Z"}' >"$WORK/log.json"
    chmod 0644 "$WORK/log.json"
    refused . logged state "$ID"
    refused . logged start "$ID"
    [ "$(stat -c %a "$WORK/log.json")" = 644 ]
    [ "$(jq -rs 'map(.level) | join(" ")' "$WORK/log.json")" = 'info error error' ]
}

@test "the text log, the default: a time, the level, the text" {
    refused . rt --log "$WORK/log" state "$ID"
    refused . rt --log="$WORK/log" --log-format=text start "$ID"
    [ "$(grep -cE '^time="[0-9]{4}-[0-9-]{5}T[0-9:]{8}[^"]*" level=error msg=".*does not exist.*"$' "$WORK/log")" = 2 ]
    [ "$(wc -l <"$WORK/log")" = 2 ]
}

@test "a log that cannot be opened is told on stderr, and the command does nothing" {
    local place
    start_container
    ln -s "$WORK/target" "$WORK/link"
    for place in "$WORK/no/such/log" "$WORK" "$WORK/link" /dev/shm; do
        refused 'log' rt --log "$place" --log-format json kill "$ID" KILL
        [ "$(wc -l <"$WORK/refused.err")" = 1 ]
    done
    [ ! -e "$WORK/target" ]
    has_status running
}

# --- silence ----------------------------------------------------------------------------------------------------------------

@test "nothing is printed on success by create, start, pause, resume, update, kill, delete, exec --detach" {
    local manager
    for manager in '' --debug=false --rootless=false; do
        program /bin/probe sleep
        # shellcheck disable=SC2086 # one word or none
        silent rt $manager create --bundle "$BUNDLE" --pid-file "$WORK/pid" "$ID"
        silent rt start "$ID"
        silent rt exec --detach --pid-file "$WORK/exec.pid" "$ID" /bin/busybox true
        silent rt pause "$ID"
        silent rt resume "$ID"
        echo '{"devices": [{"allow": false, "access": "rwm"}], "pids": {"limit": -1}}' >"$WORK/resources.json" # as the CRI plugin
        silent rt update --resources "$WORK/resources.json" "$ID"
        silent rt kill "$ID" 0
        silent rt kill --all "$ID" KILL
        eventually has_status stopped
        silent rt kill --all "$ID" 9 # the CRI plugin does this to what has ended
        silent rt delete "$ID"
        silent rt delete --force "$ID"
    done
    program /bin/busybox true
    silent rt run --bundle "$BUNDLE" "$ID"
}

# --- words --------------------------------------------------------------------------------------------------------------------

@test "an unknown container 'does not exist', in every command" {
    local command
    for command in state start kill 'kill --all' delete ps 'ps --format json' pause resume 'update --pids-limit 5' 'events --stats'; do
        # shellcheck disable=SC2086 # two words
        refused 'container .* does not exist' rt $command "$ID-nobody"
        grep -qF "$ID-nobody" "$WORK/refused.err"
    done
    refused 'container .* does not exist' rt exec "$ID-nobody" /bin/true
    # With a state root that is not there yet, as the first call of an engine finds it.
    refused 'container .* does not exist' rt --root "$WORK/new/root" state "$ID-nobody"
    [ ! -e "$WORK/new" ]
}

@test "a container that has ended is a 'container not running' for kill, exec, pause, resume and update" {
    local command
    start_container
    stop_container
    for command in pause resume 'update --pids-limit 5'; do
        # shellcheck disable=SC2086 # several words
        refused . rt $command "$ID"
        grep -qF 'container not running' "$WORK/refused.err"
    done
    # A list of its processes is what docker top and the shim want of any container.
    [ "$(rt ps --format json "$ID" 2>&1)" = '[]' ]
    refused . rt kill "$ID" 15
    grep -qF 'container not running' "$WORK/refused.err"
    refused . rt exec "$ID" /bin/true
    grep -qF 'container not running' "$WORK/refused.err"
}

@test "ps prints the list and nothing else, on either output: the shim reads both together" {
    start_container
    [ "$(rt ps --format json "$ID" 2>&1)" = "[$PID]" ]
    rt pause "$ID"
    [ "$(rt ps --format=json "$ID" 2>&1)" = "[$PID]" ]
    rt resume "$ID"
}

@test "a command that is missing or may not be executed: the words for it, in create, run and exec" {
    local words=('executable file not found in $PATH' 'no such file or directory' 'permission denied') index=0 args
    touch "$ROOT/bin/plain"
    start_container
    another_id other
    for args in no-such-program /bin/no-such-program /bin/plain; do
        program "$args"
        refused . rt create --bundle "$BUNDLE" "$OTHER"
        grep -qF "${words[index]}" "$WORK/refused.err"
        refused . rt run --bundle "$BUNDLE" "$OTHER"
        grep -qF "${words[index]}" "$WORK/refused.err"
        refused . rt exec "$ID" "$args"
        grep -qF "${words[index]}" "$WORK/refused.err"
        new_process "$args"
        refused . rt exec --detach --pid-file "$WORK/exec.pid" --process "$WORK/process.json" "$ID"
        grep -qF "${words[index]}" "$WORK/refused.err"
        index=$((index + 1))
    done
    [ "$index" = 3 ]
}

# other_words COMMAND...: it fails, and no engine takes its words for a verdict on the container's command.
other_words() {
    refused . "$@" || return 1
    if grep -iE 'no such file|permission denied|operation not permitted|executable file not found|open executable' \
        "$WORK/refused.err" >&2; then
        echo "^ words that engines take for the command's: $*" >&2
        return 1
    fi
}

# broken FILTER: creating the base bundle with this change fails, in other words, and leaves nothing.
broken() {
    cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
    config "$@" || return 1
    other_words rt create --bundle "$BUNDLE" "$ID" || return 1
    nothing_left
}

@test "whatever else is missing or forbidden has other words: configurations" {
    touch "$WORK/plain"
    mkdir -m 0700 "$ROOT/closed"
    ln -s /no/such/target "$ROOT/dangling"
    ln -s loop "$ROOT/loop"
    broken '.root.path = "no-such-rootfs"'
    broken '.root.path = "/no/such/rootfs"'
    broken '.root.path = "config.json"'
    broken '.root.path = $p' --arg p "$WORK/plain/below"
    broken '.mounts += [{destination: "/mnt", type: "bind", source: "/no/such/source", options: ["bind"]}]'
    broken '.mounts += [{destination: "/mnt", type: "bind", source: $p, options: ["bind"]}]' --arg p "$WORK/plain/below"
    broken '.mounts += [{destination: "/mnt", type: "bind", source: $p, options: ["bind"]}]' --arg p "$WORK/plain"
    broken '.mounts += [{destination: "/mnt", type: "nosuchfs", source: "none"}]'
    broken '.mounts += [{destination: "/mnt", type: "ext4", source: "/no/such/device"}]'
    broken '.mounts += [{destination: "/mnt", type: "overlay", source: "overlay", options: ["lowerdir=/no/such"]}]'
    broken '.mounts += [{destination: "/mnt", type: "tmpfs", source: "tmpfs", options: ["nosuchoption=1"]}]'
    broken '.mounts += [{destination: "/bin/busybox/below", type: "tmpfs", source: "tmpfs"}]'
    broken '.mounts += [{destination: "/loop/below", type: "tmpfs", source: "tmpfs"}]'
    broken '.linux.namespaces |= map(if .type == "network" then .path = "/no/such/namespace" else . end)
            | if any(.linux.namespaces[]; .type == "network") then . else .linux.namespaces += [{type: "network", path: "/no/such/namespace"}] end'
    broken '.linux.namespaces += [{type: "network", path: $p}] | .linux.namespaces |= unique_by(.type + (.path // "x"))
            | .linux.namespaces |= map(select(.type != "network" or .path != null))' --arg p "$WORK/plain"
    broken '.linux.namespaces += [{type: "user", path: "/proc/0/ns/user"}]'
    broken '.linux.devices = [{path: "/dev/fuse/below/file", type: "c", major: 10, minor: 229}, {path: "/dev/fuse", type: "c", major: 10, minor: 229}]'
    broken '.linux.sysctl = {"net.no.such.sysctl": "1"}'
    broken '.linux.sysctl = {"kernel.shmmax": "not a number"}'
    broken '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/no/such/listener", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]}'
    broken '.linux.resources.unified = {"no.such": "1"}'
    broken '.linux.resources.unified = {"cgroup.no-such-file": "1"}'
    broken '.linux.cgroupsPath = "/../../escape"'
    broken '.linux.intelRdt = {closID: "x", schemata: ["L3:0=f"]}'
    broken '.hooks.prestart = [{path: "/no/such/hook"}]'
    broken '.hooks.createRuntime = [{path: $p}]' --arg p "$WORK/plain"
    broken '.hooks.createRuntime = [{path: "/etc"}]'
    broken '.hooks.createContainer = [{path: "/no/such/hook"}]'
    broken '.process.cwd = "/bin/busybox/below"'
    broken '.process.cwd = "/loop"'
    broken '.process.user.uid = 65535 | .linux.namespaces += [{type: "user"}]
            | .linux.uidMappings = [{containerID: 0, hostID: 300000, size: 10}] | .linux.gidMappings = .linux.uidMappings'
    broken '.process.capabilities.bounding = ["CAP_NO_SUCH"] | .process.args = ["/bin/no-such-because-unknown-capabilities-are-reported"]
            | .root.path = "no-such-rootfs"'
    broken '.linux.rootfsPropagation = "sideways"'
    broken '.linux.netDevices = {"nosuchdev0": {name: "eth0"}}'
    broken '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 1, hard: 4611686018427387904}]'
    broken '.process.oomScoreAdj = -5000'
}

@test "whatever else is missing or forbidden has other words: the place on the host" {
    program /bin/probe sleep
    touch "$WORK/plain"
    other_words rt create --bundle "$WORK/nowhere" "$ID"
    other_words rt create --bundle "$WORK/plain" "$ID"
    other_words rt create --bundle "$WORK" "$ID"
    other_words rt create --bundle "$BUNDLE" --pid-file "$WORK/no/such/pid" "$ID"
    other_words rt create --bundle "$BUNDLE" --pid-file "$WORK/plain/pid" "$ID"
    other_words rt create --bundle "$BUNDLE" --pid-file /proc/pid "$ID"
    other_words rt create --bundle "$BUNDLE" --console-socket "$WORK/nobody" "$ID"
    config '.process.terminal = true'
    other_words rt create --bundle "$BUNDLE" --console-socket "$WORK/nobody" "$ID"
    other_words rt create --bundle "$BUNDLE" --console-socket "$WORK/plain" "$ID"
    config '.process.terminal = false'
    other_words rt --root /proc/nowhere create --bundle "$BUNDLE" "$ID"
    other_words rt --root "$WORK/plain" create --bundle "$BUNDLE" "$ID"
    other_words rt --root "$WORK/plain/below" state "$ID"
    other_words rt --log /no/such/log create --bundle "$BUNDLE" "$ID"
    other_words rt --log "$WORK/plain/below" create --bundle "$BUNDLE" "$ID"
    ln -s "$WORK/plain" "$WORK/link"
    other_words rt --log "$WORK/link" create --bundle "$BUNDLE" "$ID"
    other_words rt state "$ID"
    other_words rt spec --bundle "$WORK/nowhere"
    other_words rt spec --bundle /proc
    other_words rt plan --bundle "$BUNDLE" --host-facts "$WORK/nowhere"
    nothing_left
    start_container
    other_words rt exec --process "$WORK/nowhere" "$ID"
    other_words rt exec --process "$WORK" "$ID"
    other_words rt update --resources "$WORK/nowhere" "$ID"
    other_words rt update --resources "$WORK" "$ID"
    other_words rt checkpoint --image-path "$WORK/plain/below" "$ID"
    other_words rt exec --pid-file "$WORK/no/such/pid" "$ID" /bin/true
    other_words rt exec --cwd /no/such/directory "$ID" /bin/true
    other_words rt exec --cwd /bin/busybox "$ID" /bin/true
    other_words rt exec --cgroup no/such/cgroup "$ID" /bin/true
    other_words rt exec --detach --tty --console-socket "$WORK/nobody" "$ID" /bin/true
}

@test "whatever else is missing or forbidden has other words: an ordinary user, who may little" {
    rootless
    mkdir -m 0700 "$WORK/closed"
    cp -a "$BUNDLE" "$WORK/closed/bundle"
    chown 0:0 "$WORK/closed"
    other_words rt create --bundle "$WORK/closed/bundle" "$ID"
    other_words rt --root "$WORK/closed/root" create --bundle "$BUNDLE" "$ID"
    other_words rt --log "$WORK/closed/log" create --bundle "$BUNDLE" "$ID"
    other_words rt create --bundle "$BUNDLE" --pid-file "$WORK/closed/pid" "$ID"
    config '.root.path = $p' --arg p "$WORK/closed/bundle/rootfs"
    other_words rt create --bundle "$BUNDLE" "$ID"
    config '.root.path = "rootfs"'
    mount_entry /mnt bind "$WORK/closed/bundle" bind
    other_words rt create --bundle "$BUNDLE" "$ID"
    config 'del(.mounts[-1]) | .linux.namespaces |= map(select(.type != "user")) | del(.linux.uidMappings, .linux.gidMappings)'
    other_words rt create --bundle "$BUNDLE" "$ID"
    add_namespace user
    config '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}] | .linux.gidMappings = .linux.uidMappings'
    other_words rt create --bundle "$BUNDLE" "$ID"
    config '.linux.uidMappings = [{containerID: 0, hostID: $u, size: 100000}] | .linux.gidMappings = .linux.uidMappings' --argjson u "$TEST_UID"
    other_words rt create --bundle "$BUNDLE" "$ID"
    nothing_left
}

# --- the command line ----------------------------------------------------------------------------------------------------------

@test "global options in any order, with a space or '='" {
    local root=$WORK/state
    program /bin/probe sleep
    silent rt --log-format=json --log "$WORK/log" --root="$root" create --bundle "$BUNDLE" "$ID"
    silent rt --root "$root" --rootless=auto --log="$WORK/log" --log-format json start "$ID"
    [ "$(rt --log-format=json --log="$WORK/log" --root="$root" state "$ID" | jq -r .status)" = running ]
    [ "$(rt --rootless false --cgroup-manager cgroupfs --root "$root" state "$ID" | jq -r .id)" = "$ID" ]
    silent rt --debug=false --root "$root" --systemd-cgroup=false kill "$ID" KILL
    stopped() { [ "$(rt --root="$root" state "$ID" | jq -r .status)" = stopped ]; }
    eventually stopped
    silent rt --root=/nowhere --root="$root" delete --force "$ID" # the last of two counts
    refused 'does not exist' rt --root "$root" state "$ID"
}

@test "an unknown option is named, with the nearest that there is" {
    refused -- '--rooot.*--root' rt --rooot="$WORK" list
    refused -- '--bundel.*--bundle' rt create --bundel="$BUNDLE" "$ID"
    refused -- '--pid-file' rt create --pid-fil x --bundle "$BUNDLE" "$ID"
    refused -- '--sideways.*--help' rt --sideways list
    refused -- '--root' rt --root
    nothing_left
}

# --- zeros -----------------------------------------------------------------------------------------------------------------------

@test "zero means unset in the resources that docker and the CRI send, whatever controllers there are" {
    config '.linux.resources += {
        memory: {limit: 0, reservation: 0, swap: 0, kernel: 0, kernelTCP: 0, swappiness: null, disableOOMKiller: false, useHierarchy: false},
        cpu: {shares: 0, quota: 0, period: 0, realtimeRuntime: 0, realtimePeriod: 0, cpus: "", mems: ""},
        pids: {limit: -1}, blockIO: {weight: 0, leafWeight: 0, weightDevice: [], throttleReadBpsDevice: []},
        hugepageLimits: [], network: {classID: 0, priorities: []}}
        | .linux.resources.memory |= del(.swappiness)'
    look
    see .pid 1
}
