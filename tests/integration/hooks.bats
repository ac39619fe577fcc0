#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Hooks: when, where, with what on stdin, with which environment, and what their failure does. Recipe T19's host side.
load suite

setup() {
    base_setup
    LOG=$WORK/hooks.log
    make_hook_program
}

# A hook on the host: appends its name, working directory, environment, namespaces and the state to a log.
make_hook_program() {
    cat >"$WORK/hook" <<END
#!/bin/busybox sh
state=\$(/bin/busybox cat)
{
    echo "name \$1"
    echo "cwd \$(/bin/busybox pwd)"
    echo "mnt \$(/bin/busybox readlink /proc/self/ns/mnt)"
    echo "net \$(/bin/busybox readlink /proc/self/ns/net)"
    echo "fds \$(/bin/busybox ls /proc/self/fd | /bin/busybox tr '\\n' ' ')"
    echo "state \$state"
} >>"$LOG"
END
    chmod 755 "$WORK/hook"
    [ -x /bin/busybox ] || skip "busybox is not in /bin"
}

# hook STAGE JSON: adds a hook.
hook() {
    config ".hooks.$1 += [$2]"
}

plain_hook() {
    hook "$1" "{path: \"$WORK/hook\", args: [\"hook\", \"$1\"]}"
}

names() {
    sed -n 's/^name //p' "$LOG" | tr '\n' ' '
}

# state_at STAGE FILTER
state_at() {
    sed -n "/^name $1\$/,/^state /p" "$LOG" | sed -n 's/^state //p' | jq -r "$2"
}

value_at() {
    sed -n "/^name $1\$/,/^state /p" "$LOG" | sed -n "s/^$2 //p"
}

@test "all stages on the host run in order: prestart createRuntime | poststart | poststop" {
    local stage
    for stage in prestart createRuntime poststart poststop; do
        plain_hook "$stage"
    done
    program /bin/probe sleep
    create_container
    [ "$(names)" = "prestart createRuntime " ]
    rt start "$ID"
    [ "$(names)" = "prestart createRuntime poststart " ]
    rt kill "$ID" KILL
    eventually has_status stopped
    [ "$(names)" = "prestart createRuntime poststart " ]
    rt delete "$ID"
    [ "$(names)" = "prestart createRuntime poststart poststop " ]
}

@test "the state on stdin: id, bundle, pid, status and annotations at each stage" {
    local stage
    for stage in prestart createRuntime poststart poststop; do
        plain_hook "$stage"
    done
    config '.annotations = {"org.example.key": "value with \"quotes\""}'
    program /bin/probe sleep
    create_container
    rt start "$ID"
    rt delete --force "$ID"
    for stage in prestart createRuntime poststart poststop; do
        [ "$(state_at $stage .id)" = "$ID" ]
        [ "$(state_at $stage .bundle)" = "$BUNDLE" ]
        [ "$(state_at $stage .ociVersion)" != null ]
        [ "$(state_at $stage '.annotations["org.example.key"]')" = 'value with "quotes"' ]
    done
    [ "$(state_at prestart .pid)" = "$PID" ]
    [ "$(state_at createRuntime .pid)" = "$PID" ]
    [ "$(state_at poststart .pid)" = "$PID" ]
    [[ $(state_at createRuntime .status) == creat* ]]
    [ "$(state_at poststart .status)" = running ]
    [ "$(state_at poststop .status)" = stopped ]
}

@test "host hooks run in the runtime's namespaces with the bundle as working directory" {
    plain_hook createRuntime
    look
    [ "$(value_at createRuntime mnt)" = "$(readlink /proc/self/ns/mnt)" ]
    [ "$(value_at createRuntime net)" = "$(readlink /proc/self/ns/net)" ]
    [ "$(value_at createRuntime cwd)" = "$BUNDLE" ]
}

@test "a createRuntime hook finds the container's network namespace by the pid of the state" {
    cat >"$WORK/nethook" <<END
#!/bin/busybox sh
pid=\$(/bin/busybox sed 's/.*"pid": *\([0-9]*\).*/\1/')
/bin/busybox readlink /proc/\$pid/ns/net >"$WORK/netns"
END
    chmod 755 "$WORK/nethook"
    hook createRuntime "{path: \"$WORK/nethook\"}"
    look
    [ "$(cat "$WORK/netns")" = "net:[$(jq -r .namespaces.net <<<"$SEEN")]" ]
}

@test "createContainer runs in the container's mount namespace, before the root changes" {
    cat >"$WORK/inner" <<END
#!/bin/busybox sh
/bin/busybox cat >/dev/null
/bin/busybox readlink /proc/self/ns/mnt >"$WORK/inner.mnt"
/bin/busybox pwd >"$WORK/inner.cwd"
END
    chmod 755 "$WORK/inner"
    hook createContainer "{path: \"$WORK/inner\"}"
    look
    [ "$(cat "$WORK/inner.mnt")" = "mnt:[$(jq -r .namespaces.mnt <<<"$SEEN")]" ]
}

@test "startContainer runs inside the container, before the program" {
    hook startContainer '{path: "/bin/sh", args: ["sh", "-c", "cat > /state; readlink /proc/self/ns/mnt > /where; hostname > /name"]}'
    shell 'test -s /state && cat /state && cat /where /name'
    look
    [ "$(head -1 <<<"$SEEN" | jq -r .id)" = "$ID" ]
    [ "$(tail -1 <<<"$SEEN")" = inside ]
    [ "$(sed -n 2p <<<"$SEEN")" != "$(readlink /proc/self/ns/mnt)" ]
}

@test "a hook's environment is its own list and nothing else" {
    hook createRuntime "{path: \"$SUPPORT/probe\", args: [\"probe\", \"report\"], env: [\"ONLY=this\"]}"
    # The probe prints on the runtime's stdout: take it from there.
    program /bin/busybox true
    LEAK=of-the-caller LD_PRELOAD='' rt run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>&1 </dev/null
    if grep -q '"env"' "$WORK/out"; then
        SEEN=$(grep '"env"' "$WORK/out")
        see .env '["ONLY=this"]'
    else
        # Output of hooks is not passed on: look through a file.
        cat >"$WORK/envhook" <<END
#!/bin/busybox sh
/bin/busybox tr '\\0' '\\n' </proc/self/environ >"$WORK/environment"
END
        chmod 755 "$WORK/envhook"
        config '.hooks.createRuntime = [{path: $p, env: ["ONLY=this"]}]' --arg p "$WORK/envhook"
        LEAK=of-the-caller rt run --bundle "$BUNDLE" "$ID" </dev/null
        grep -qx ONLY=this "$WORK/environment"
        run ! grep -q LEAK "$WORK/environment"
    fi
}

@test "a hook without env has an empty environment: nothing of the caller, nothing of the container" {
    cat >"$WORK/envhook" <<END
#!$SUPPORT/probe become
END
    hook createRuntime "{path: \"/bin/busybox\", args: [\"sh\", \"-c\", \"/bin/busybox cp /proc/self/environ $WORK/environment\"]}"
    config '.process.env += ["LD_PRELOAD=/evil.so", "LD_LIBRARY_PATH=/evil"]'
    LEAK=1 BASH_ENV=/evil LD_LIBRARY_PATH='' look
    run ! grep -aqE 'LEAK|evil|HOME|BASH_ENV|XDG' "$WORK/environment"
}

@test "a hook gets its three standard descriptors and no more, default signals, and no controlling terminal" {
    hook createRuntime "{path: \"/bin/busybox\", args: [\"sh\", \"-c\", \"exec $SUPPORT/probe report > $WORK/hook.json\"]}"
    "$SUPPORT/born" fd=7:/ fd=8:/etc/passwd ignore=13 block=10 -- "$THWART" run --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 3>&-
    SEEN=$(cat "$WORK/hook.json")
    see '[.descriptors[].fd]' '[0,1,2]'
    see .signals '{"blocked":[],"ignored":[]}'
    see .pdeathsig 0 || see .pdeathsig 9
}

@test "args[0] is the hook's, not its path" {
    hook createRuntime "{path: \"/bin/busybox\", args: [\"sh\", \"-c\", \"echo \$0 \$1 > $WORK/said\", \"zero\", \"one two\"]}"
    look
    [ "$(cat "$WORK/said")" = "zero one two" ]
}

@test "a failing prestart, createRuntime, createContainer or startContainer hook stops the container and cleans up" {
    local stage path
    for stage in prestart createRuntime createContainer; do
        cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
        hook "$stage" '{path: "/bin/false"}'
        refused "$stage|hook" rt create --bundle "$BUNDLE" "$ID"
        nothing_left
    done
    cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
    hook startContainer '{path: "/bin/false"}'
    program /bin/touch /ran
    create_container
    refused 'startContainer|hook' rt start "$ID"
    rt delete --force "$ID"
    nothing_left
    [ ! -e "$ROOT/ran" ]
}

@test "a failing hook's name, status and words are in the error" {
    cat >"$WORK/complains" <<'END'
#!/bin/busybox sh
echo "the network is on fire" >&2
exit 42
END
    chmod 755 "$WORK/complains"
    hook createRuntime "{path: \"$WORK/complains\"}"
    refused 'complains' rt create --bundle "$BUNDLE" "$ID"
    grep -qE '42|fire' "$WORK/refused.err"
}

@test "a failing poststart hook is an error that stops the container (specification 1.3)" {
    hook poststart '{path: "/bin/false"}'
    program /bin/probe sleep
    create_container
    refused 'poststart|hook' rt start "$ID"
    has_status stopped || [ "$(status_of 2>/dev/null)" = "" ]
}

@test "failing poststop hooks never stop the delete, and the next ones run" {
    hook poststop '{path: "/bin/false"}'
    plain_hook poststop
    look
    rt delete --force "$ID"
    nothing_left
    [ "$(names)" = "poststop " ]
}

@test "poststop hooks also run after a failed create" {
    plain_hook poststop
    hook createRuntime '{path: "/bin/false"}'
    refused hook rt create --bundle "$BUNDLE" "$ID"
    nothing_left
    [ "$(names)" = "poststop " ] || [ ! -e "$LOG" ]
}

@test "a hook that is missing, not executable, or not absolute" {
    hook createRuntime '{path: "/no/such/hook"}'
    refused '/no/such/hook' rt create --bundle "$BUNDLE" "$ID"
    nothing_left
    cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
    touch "$WORK/plain"
    hook createRuntime "{path: \"$WORK/plain\"}"
    refused 'plain' rt create --bundle "$BUNDLE" "$ID"
    nothing_left
    cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
    hook createRuntime '{path: "relative/hook"}'
    refused 'hook|absolute' rt create --bundle "$BUNDLE" "$ID"
    nothing_left
}

@test "a hook that neither reads nor waits for its stdin is no error" {
    local round
    hook createRuntime '{path: "/bin/true"}'
    hook createRuntime "{path: \"/bin/busybox\", args: [\"sh\", \"-c\", \"exec <&-; exit 0\"]}"
    hook poststop '{path: "/bin/true"}'
    config '.annotations = {big: ("x" * 200000)}'
    for round in 1 2 3 4 5; do
        look
    done
    [ "$round" = 5 ]
}

@test "a timeout ends the hook and its grandchildren, within its time" {
    cat >"$WORK/slow" <<END
#!/bin/busybox sh
/bin/busybox sleep 600 &
echo \$! >"$WORK/grandchild"
/bin/busybox setsid /bin/busybox sleep 601 &
echo \$! >"$WORK/daemon"
/bin/busybox sleep 602
END
    chmod 755 "$WORK/slow"
    hook createRuntime "{path: \"$WORK/slow\", timeout: 1}"
    RT_TIMEOUT=8 refused 'slow|time' rt create --bundle "$BUNDLE" "$ID"
    nothing_left
    dead() { [ ! -d "/proc/$1" ] || grep -q '^State:.*Z' "/proc/$1/status"; }
    eventually dead "$(cat "$WORK/grandchild")"
    eventually dead "$(cat "$WORK/daemon")"
}

@test "a hook whose child keeps the output open does not hold up the container" {
    cat >"$WORK/leaves" <<END
#!/bin/busybox sh
/bin/busybox sleep 15 &
echo \$! >"$WORK/child"
exit 0
END
    chmod 755 "$WORK/leaves"
    hook createRuntime "{path: \"$WORK/leaves\", timeout: 5}"
    RT_TIMEOUT=8 look
    kill "$(cat "$WORK/child")" 2>/dev/null || true
}

@test "a hook's timeout of zero or less is refused" {
    hook createRuntime '{path: "/bin/true", timeout: 0}'
    refused 'timeout' rt create --bundle "$BUNDLE" "$ID"
    nothing_left
}

@test "much output of a hook is no trouble" {
    hook createRuntime "{path: \"/bin/busybox\", args: [\"sh\", \"-c\", \"/bin/busybox dd if=/dev/zero bs=1M count=20; exit 0\"]}"
    rt run --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
}

@test "createContainer and startContainer see the same order with all six stages" {
    local stage
    for stage in prestart createRuntime createContainer poststart poststop; do
        plain_hook "$stage"
    done
    hook startContainer '{path: "/bin/sh", args: ["sh", "-c", "echo startContainer > /inside.log"]}'
    program /bin/probe sleep
    create_container
    [ "$(names)" = "prestart createRuntime createContainer " ]
    [ ! -e "$ROOT/inside.log" ]
    rt start "$ID"
    [ -e "$ROOT/inside.log" ]
    rt delete --force "$ID"
    [ "$(names)" = "prestart createRuntime createContainer poststart poststop " ]
}

@test "run runs them all too" {
    local stage
    for stage in prestart createRuntime createContainer poststart poststop; do
        plain_hook "$stage"
    done
    program /bin/probe sleep 1
    look
    [ "$(names)" = "prestart createRuntime createContainer poststart poststop " ]
}
