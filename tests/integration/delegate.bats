#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# thwart as a gate in front of crun and runc: what the container gets is what was granted, what was refused is never
# handed on, and a delegate that fails or is killed leaves nothing that delete --force does not remove.
load suite

# delegate NAME: crun or runc behind the gate from here on.
delegate() {
    peer "$1"
    GLOBALS=(--delegate "$PEER")
}

# policy NAME SECTIONS: applies from here on.
policy() {
    printf '{"thwart": 1, "name": "%s", %s}\n' "$1" "$2" >"$WORK/$1.json"
    GLOBALS+=(--policy "$WORK/$1.json")
}

# fake BODY: a delegate that is a script; what it was called with is in $WORK/called, a line for each call.
fake() {
    mkdir -p "$WORK/bin"
    printf '#!/bin/sh\nfor w; do printf "%%s " "$w"; done >>%q\necho >>%q\n%s\n' "$WORK/called" "$WORK/called" "$1" >"$WORK/bin/delegate"
    chmod 0755 "$WORK/bin" "$WORK/bin/delegate"
    GLOBALS=(--delegate "$WORK/bin/delegate")
}

# nothing_delegated: neither record nor state of this test's container.
nothing_delegated() {
    [ -z "$(find /run/thwart -name "$ID*" 2>/dev/null)" ] || {
        find /run/thwart >&2
        return 1
    }
    nothing_left
}

bounding() {
    see .capabilities.bounding "$1"
}

chown_only='"process": {"capabilities": {"allow": ["CHOWN"]}}'

narrowed() {
    delegate "$1"
    policy tight "$chown_only"
    all_capabilities
    look
    bounding '["CAP_CHOWN"]'
    see .capabilities.effective '["CAP_CHOWN"]'
    nothing_delegated
}

@test "crun: the container gets the grant, and nothing stays" { narrowed crun; }
@test "runc: the container gets the grant, and nothing stays" { narrowed runc; }

@test "without a policy that bounds it the container gets what it asks for" {
    delegate crun
    look
    see ".capabilities.bounding | sort" '["CAP_AUDIT_WRITE","CAP_KILL","CAP_NET_BIND_SERVICE"]'
}

@test "a refused bundle starts no delegate and leaves nothing" {
    fake 'exit 0'
    policy rootless '"process": {"user": {"root": "deny"}}'
    run -1 rt create --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *"policy denied"* && $output == *rootless.json* ]]
    [ ! -e "$WORK/called" ]
    nothing_delegated
}

@test "Landlock cannot be delegated: refused, or noted where the policy says so" {
    local section='"abi": 1, "read": ["/"]'
    fake 'exit 0'
    policy layered "\"landlock\": {$section}"
    run -1 rt create --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *"cannot be enforced by a delegate"* && $output == *layered.json* ]]
    [ ! -e "$WORK/called" ]
    nothing_delegated
    delegate crun
    policy layered "\"landlock\": {$section, \"ifUnsupported\": \"note\"}"
    look
}

lives() {
    delegate "$1"
    policy tight "$chown_only"
    all_capabilities
    program /bin/probe sleep
    create_container
    # Later commands find the delegate by themselves.
    GLOBALS=()
    [ "$(status_of)" = created ]
    rt state "$ID" | jq -e '.annotations["io.thwart.policies"] | startswith("tight@sha256:")'
    [ -e "/proc/$PID" ]
    rt start "$ID"
    eventually has_status running
    refused 'exists' rt create --bundle "$BUNDLE" "$ID"
    # exec --privileged: no more than the container has.
    jq '.process | .args = ["/bin/probe"]
        | .capabilities = {bounding: ["CAP_CHOWN", "CAP_SYS_ADMIN"], effective: ["CAP_SYS_ADMIN", "CAP_CHOWN"], permitted: ["CAP_SYS_ADMIN", "CAP_CHOWN"]}' \
        "$BUNDLE/config.json" >"$WORK/process.json"
    look_exec --process "$WORK/process.json" "$ID"
    bounding '["CAP_CHOWN"]'
    look_exec --cap CAP_SYS_ADMIN "$ID" /bin/probe
    bounding '["CAP_CHOWN"]'
    run -7 rt exec "$ID" /bin/sh -c 'exit 7'
    run -3 rt exec -e A=3 "$ID" /bin/sh -c 'exit $A'
    rt exec --detach --pid-file "$WORK/exec.pid" "$ID" /bin/sleep 1000
    [ -e "/proc/$(cat "$WORK/exec.pid")" ]
    refused . rt delete "$ID"
    [ -d "/run/thwart/@delegated/$ID" ]
    rt kill "$ID" KILL
    eventually has_status stopped
    rt delete "$ID"
    nothing_delegated
    run -1 rt state "$ID"
    [[ $output == *"does not exist"* ]]
}

@test "crun: created, started, exec bounded, killed, deleted" { lives crun; }
@test "runc: created, started, exec bounded, killed, deleted" { lives runc; }

@test "lifecycle: a denied exec is not handed on" {
    delegate crun
    policy closed '"lifecycle": {"exec": "deny"}'
    start_container
    run -255 rt exec "$ID" /bin/sh -c 'echo >/ran'
    [[ $output == *"policy denied"* ]]
    [ ! -e "$ROOT/ran" ]
}

@test "exit statuses are the program's" {
    local name
    for name in crun runc; do
        delegate "$name"
        program /bin/sh -c 'exit 42'
        run -42 rt run --bundle "$BUNDLE" "$ID" </dev/null
        program /bin/sh -c 'kill -TERM $$; sleep 1; exit 9'
        config '.process.args = ["/bin/sh", "-c", "/bin/sh -c \"kill -9 \\$\\$\"; exit $?"]'
        run -137 rt run --bundle "$BUNDLE" "$ID" </dev/null
        nothing_delegated
    done
}

@test "a signal to thwart reaches the program" {
    delegate crun
    program /bin/sh -c 'trap "echo got; exit 5" TERM; echo ready; while :; do sleep 0.1; done'
    background "$THWART" "${GLOBALS[@]}" run --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>&1
    eventually grep -q ready "$WORK/out"
    kill -TERM "$BACKGROUND"
    eventually grep -q got "$WORK/out"
    eventually nothing_delegated
}

@test "a terminal goes to the engine's socket" {
    delegate crun
    config '.process.terminal = true'
    program /bin/sh -c 'test -t 1 && echo a terminal'
    background "$SUPPORT/console_listener" "$WORK/console.sock" accept >"$WORK/console" 2>"$WORK/console.err"
    eventually grep -q listening "$WORK/console.err"
    rt create --bundle "$BUNDLE" --console-socket "$WORK/console.sock" "$ID" </dev/null >/dev/null 2>&1
    rt start "$ID"
    eventually grep -q 'a terminal' "$WORK/console"
}

@test "--preserve-fds: what is handed on, and nothing else" {
    delegate runc
    program /bin/sh -c 'cat <&3; ls /proc/self/fd'
    echo handed >"$WORK/file"
    run -0 timeout 20 "$THWART" "${GLOBALS[@]}" run --preserve-fds 1 --bundle "$BUNDLE" "$ID" 3<"$WORK/file" 4<"$WORK/file" </dev/null
    [[ $output == *handed* ]]
}

@test "the bundle: paths are absolute, other files are reachable, hooks see the state" {
    delegate crun
    echo beside >"$BUNDLE/beside.txt"
    mkdir "$BUNDLE/data"
    echo mounted >"$BUNDLE/data/file"
    mount_entry /mnt - data bind
    printf '#!/bin/sh\njq -r .bundle | tee %q >/dev/null; cat "$(cat %q)/beside.txt" >%q\n' \
        "$WORK/hook.bundle" "$WORK/hook.bundle" "$WORK/hook.out" >"$WORK/hook"
    chmod 0755 "$WORK/hook"
    config '.hooks = {createRuntime: [{path: $p, env: ["PATH=/usr/bin:/bin"]}]}' --arg p "$WORK/hook"
    program /bin/cat /mnt/file
    look
    [ "$SEEN" = mounted ]
    [ "$(cat "$WORK/hook.out")" = beside ]
    [[ $(cat "$WORK/hook.bundle") == /run/thwart/@delegated/$ID/bundle ]]
}

@test "one filter for the bundle's own and the policy's" {
    delegate crun
    policy calls '"syscalls": {"deny": ["mkdir", "mkdirat"]}'
    config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"],
        syscalls: [{names: ["rmdir", "unlinkat"], action: "SCMP_ACT_ERRNO", errnoRet: 13}]}'
    shell 'mkdir /tmp/a || echo no mkdir; rmdir /var || echo no rmdir'
    run -0 rt run --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *"no mkdir"* && $output == *"no rmdir"* ]]
}

asks() {
    printf '{"hugepageLimits": [{"pageSize": "2MB", "limit": %s}]}' "$1" >"$WORK/asked"
}

@test "update is bounded, and what it set counts for the next" {
    fake "case \"\$*\" in
*' update '*) for w; do case \$w in /proc/self/fd/*) cat \$w >$WORK/resources ;; esac; done ;;
*' state '*) exit 1 ;;
esac; exit \$(cat $WORK/status 2>/dev/null || echo 0)"
    grep -qw hugetlb /sys/fs/cgroup/cgroup.controllers || skip "the cgroup hierarchy has no controller hugetlb"
    policy small '"resources": {"hugepages": {"2MB": "64M"}}'
    rt create --bundle "$BUNDLE" "$ID" </dev/null
    jq -e '.linux.resources.hugepageLimits == [{pageSize: "2MB", limit: 67108864}]' "/run/thwart/@delegated/$ID/bundle/config.json"
    asks 1073741824
    rt update --resources "$WORK/asked" "$ID"
    jq -e '. == {hugepageLimits: [{pageSize: "2MB", limit: 67108864}]}' "$WORK/resources"
    asks 4194304
    rt update --resources - "$ID" <"$WORK/asked"
    jq -e '.hugepageLimits[0].limit == 4194304' "$WORK/resources"
    jq -e '.linux.resources.hugepageLimits[0].limit == 4194304' "/run/thwart/@delegated/$ID/config.json"
    # A delegate that fails has changed nothing.
    echo 3 >"$WORK/status"
    asks 2097152
    run -3 rt update --resources "$WORK/asked" "$ID"
    jq -e '.linux.resources.hugepageLimits[0].limit == 4194304' "/run/thwart/@delegated/$ID/config.json"
    [ -z "$(find "/run/thwart/@delegated/$ID" -name '*.next' -o -name '*.new')" ]
    rm "$WORK/status"
    refused 'create it anew' rt update --policy small "$ID"
}

@test "options are passed on, unknown ones of ours are not" {
    fake 'exit 0'
    GLOBALS+=(--delegate-option --platform=kvm --delegate-root "$WORK/state" --log "$WORK/log" --log-format json --debug)
    rt create --bundle "$BUNDLE" --pid-file "$WORK/pid" --no-pivot "$ID" </dev/null
    grep -qx -e "--root $WORK/state --log $WORK/log --log-format json --debug --platform=kvm create --bundle /run/thwart/@delegated/$ID/bundle --pid-file $WORK/pid --no-pivot $ID " \
        "$WORK/called"
    GLOBALS=()
    rt kill --all "$ID" 9
    # Its own options and root are on record.
    grep -qx -e "--root $WORK/state --platform=kvm kill --all $ID 9 " "$WORK/called"
    rt ps "$ID"
    rt pause "$ID"
    rt resume "$ID"
    rt events --stats "$ID"
    [ "$(grep -cE " (ps|pause|resume|events --stats) $ID $" "$WORK/called")" = 4 ]
    GLOBALS=(--delegate "$WORK/bin/delegate")
    rt list -q
    rt features
    [ "$(grep -cE ' (list -q|features) $' "$WORK/called")" = 2 ]
    refused 'cannot be delegated' rt restore --bundle "$BUNDLE" "$ID-other"
}

@test "a delegate that fails: its status, its words, and nothing stays" {
    fake 'echo "it is full" >&2; exit 23'
    run -23 rt create --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *"it is full"* ]]
    nothing_delegated
    delegate crun
    program /nowhere
    run ! rt run --bundle "$BUNDLE" "$ID" </dev/null
    nothing_delegated
}

@test "a delegate that is not there, or could be replaced by others, is not asked" {
    local path
    GLOBALS=(--delegate /nowhere/runc)
    refused 'does not exist' rt create --bundle "$BUNDLE" "$ID"
    GLOBALS=(--delegate crun)
    refused 'no absolute path' rt create --bundle "$BUNDLE" "$ID"
    GLOBALS=(--delegate "$WORK")
    refused 'no executable file' rt create --bundle "$BUNDLE" "$ID"
    fake 'exit 0'
    chmod 0775 "$WORK/bin/delegate"
    refused 'could be changed by others' rt create --bundle "$BUNDLE" "$ID"
    chmod 0755 "$WORK/bin/delegate"
    chown "$TEST_UID" "$WORK/bin/delegate"
    refused 'could be changed by others' rt create --bundle "$BUNDLE" "$ID"
    chown 0 "$WORK/bin/delegate"
    chmod 0777 "$WORK/bin"
    refused 'could be changed by others' rt create --bundle "$BUNDLE" "$ID"
    [ ! -e "$WORK/called" ]
    nothing_delegated
}

@test "a killed delegate: 137, and delete --force removes the rest" {
    delegate crun
    program /bin/probe sleep
    background "$THWART" "${GLOBALS[@]}" run --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>&1
    eventually has_status running
    pkill -KILL -P "$BACKGROUND"
    eventually test ! -e "/proc/$BACKGROUND/exe"
    [ -d "/run/thwart/@delegated/$ID" ]
    rt delete --force "$ID"
    nothing_delegated
}

@test "a creator that was killed before it asked anybody: delete --force removes it" {
    fake 'exit 0'
    mkdir -p "/run/thwart/@delegated/$ID/bundle"
    chmod 0700 /run/thwart /run/thwart/@delegated "/run/thwart/@delegated/$ID"
    ln -s / "/run/thwart/@delegated/$ID/bundle/rootfs"
    refused 'delete --force' rt state "$ID"
    refused 'delete --force' rt delete "$ID"
    rt delete --force "$ID"
    [ ! -e "$WORK/called" ]
    [ -d /bin ]
    nothing_delegated
}

@test "one id, one container: ours and a delegate's do not meet" {
    start_container
    delegate crun
    refused 'exists already' rt create --bundle "$BUNDLE" "$ID"
    rt delete --force "$ID"
    rt create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    GLOBALS=()
    refused 'exists already' rt create --bundle "$BUNDLE" "$ID"
}
