#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The life of a container: every command, in every state, and what the observer sees.
load suite

dead() {
    [ ! -d "/proc/$1" ] || grep -q '^State:.*Z' "/proc/$1/status"
}

@test "create, start, state, kill, delete" {
    program /bin/probe sleep
    create_container
    has_status created
    kill -0 "$PID"
    rt start "$ID"
    has_status running
    rt kill "$ID" TERM
    eventually has_status stopped
    rt delete "$ID"
    refused 'does not exist' rt state "$ID"
    nothing_left
}

@test "state: the specification's fields" {
    program /bin/probe sleep
    config '.annotations = {"a.b": "c"}'
    create_container
    SEEN=$(rt state "$ID")
    see .id "\"$ID\""
    see .status '"created"'
    see .pid "$PID"
    see .bundle "\"$BUNDLE\""
    see '.annotations["a.b"]' '"c"'
    see_that '.ociVersion | test("^1\\.")'
    see_that '(.created // "2024-01-01T00:00:00Z") | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+)$")'
    rt start "$ID"
    rt kill "$ID" KILL
    eventually has_status stopped
    SEEN=$(rt state "$ID")
    see '.pid // 0' 0
}

@test "success says nothing" {
    program /bin/probe sleep
    # Into a file: the container keeps the caller's stdout open.
    rt create --bundle "$BUNDLE" "$ID" >"$WORK/said" 2>&1 </dev/null
    [ ! -s "$WORK/said" ]
    run --separate-stderr rt start "$ID"
    [ "$status:$output:$stderr" = "0::" ]
    run --separate-stderr rt kill "$ID" KILL
    [ "$status:$output:$stderr" = "0::" ]
    eventually has_status stopped
    run --separate-stderr rt delete "$ID"
    [ "$status:$output:$stderr" = "0::" ]
    run --separate-stderr rt delete --force "$ID"
    [ "$status:$output:$stderr" = "0::" ]
}

@test "an operation in the wrong state is refused" {
    program /bin/probe sleep
    create_container
    refused 'exist' rt create --bundle "$BUNDLE" "$ID"
    has_status created
    rt start "$ID"
    refused 'running|state|created' rt start "$ID"
    refused 'exist' rt create --bundle "$BUNDLE" "$ID"
    refused 'running|stopped|not' rt delete "$ID"
    has_status running
    rt kill "$ID" KILL
    eventually has_status stopped
    refused 'stopped|state|created' rt start "$ID"
    refused 'not running|stopped' rt exec "$ID" /bin/true
    refused 'not running' rt kill "$ID" TERM
    refused 'exist' rt create --bundle "$BUNDLE" "$ID"
}

@test "exec into a created container, or a clear refusal" {
    program /bin/probe sleep
    create_container
    if rt exec "$ID" /bin/probe >"$WORK/out" 2>"$WORK/err" </dev/null; then
        SEEN=$(cat "$WORK/out")
        see .namespaces.pid "$(stat -Lc %i "/proc/$PID/ns/pid")"
    else
        grep -qiE 'created|running|state' "$WORK/err"
    fi
}

@test "delete --force of a created, a running, a stopped and an unknown container" {
    program /bin/probe sleep
    create_container
    rt delete --force "$ID"
    eventually dead "$PID"
    nothing_left
    start_container
    rt delete -f "$ID"
    eventually dead "$PID"
    nothing_left
    start_container /bin/probe exit 0
    eventually has_status stopped
    rt delete --force "$ID"
    nothing_left
    rt delete --force "$ID-never-was"
    refused 'does not exist' rt delete "$ID-never-was"
    refused 'does not exist' rt start "$ID-never-was"
    refused 'does not exist' rt kill "$ID-never-was" 15
    refused 'does not exist' rt state "$ID-never-was"
    refused 'does not exist' rt exec "$ID-never-was" /bin/true
}

@test "the same id again after delete" {
    local round
    for round in 1 2 3; do
        start_container
        rt delete --force "$ID"
    done
    [ "$round" = 3 ]
}

@test "the configuration is not read again after create" {
    program /bin/probe sleep
    create_container
    echo '{' >"$BUNDLE/config.json"
    rt start "$ID"
    look_exec "$ID" /bin/probe
    see .uids.real 0
    rm -rf "$BUNDLE/config.json"
    has_status running
    rt delete --force "$ID"
}

@test "kill: names, numbers, with and without SIG, default TERM" {
    local word number
    program /bin/probe wait-signal
    while read -r word number; do
        rt create --bundle "$BUNDLE" "$ID" >"$WORK/got" 2>&1 </dev/null
        rt start "$ID"
        eventually grep -q ready "$WORK/got"
        # shellcheck disable=SC2086 # "-" stands for no signal at all
        rt kill "$ID" ${word#-}
        eventually grep -qx "got $number" "$WORK/got"
        rt delete --force "$ID"
    done <<'END'
- 15
TERM 15
SIGHUP 1
USR1 10
12 12
int 2
SIGRTMIN 34
SIGRTMIN+3 37
RTMAX 64
END
}

@test "kill: signals that do not exist are refused" {
    start_container
    local word
    for word in NOSUCH 65 99999 -5 SIGSIG '' 15x; do
        refused 'signal|option' rt kill "$ID" "$word"
    done
    has_status running
}

@test "signal 0 does no harm" {
    start_container
    rt kill "$ID" 0 2>"$WORK/err" || grep -q signal "$WORK/err"
    has_status running
}

@test "kill --all reaches every process of the container" {
    drop_namespace pid
    program /bin/sh -c 'probe orphan & probe orphan & probe sleep'
    create_container
    rt start "$ID"
    many() { [ "$(wc -l <"/sys/fs/cgroup/thwart-$ID/cgroup.procs")" -ge 4 ]; }
    eventually many
    rt kill --all "$ID" KILL
    none() { [ ! -s "/sys/fs/cgroup/thwart-$ID/cgroup.procs" ]; }
    eventually none
}

@test "kill -a on a stopped container, as the CRI plugin does, is no error or 'not running'" {
    start_container /bin/probe exit 0
    eventually has_status stopped
    rt kill --all "$ID" 9 2>"$WORK/err" || grep -q 'not running' "$WORK/err"
    rt kill -a "$ID" KILL 2>"$WORK/err" || grep -q 'not running' "$WORK/err"
}

@test "when init ends in a shared PID namespace, delete --force ends what is left" {
    drop_namespace pid
    program /bin/sh -c 'probe orphan & exit 0'
    create_container
    rt start "$ID"
    eventually has_status stopped
    rt delete --force "$ID"
    nothing_left
}

@test "a hundred processes inside end with delete --force" {
    program /bin/sh -c 'for i in $(seq 100); do probe orphan & done; probe sleep'
    create_container
    rt start "$ID"
    rt delete --force "$ID"
    nothing_left
    eventually dead "$PID"
}

@test "pid file: complete, the host's pid, in place when create ends; also for exec and run" {
    program /bin/probe sleep
    create_container
    [ "$(cat "$WORK/pid")" = "$(rt state "$ID" | jq .pid)" ]
    [[ $(cat "$WORK/pid") =~ ^[0-9]+$ ]]
    rt start "$ID"
    rt exec --detach --pid-file "$WORK/exec.pid" "$ID" /bin/probe sleep </dev/null >/dev/null 2>&1
    grep -q probe "/proc/$(cat "$WORK/exec.pid")/cmdline"
    [ "$(cat "$WORK/exec.pid")" != "$PID" ]
    rt delete --force "$ID"
    rt run --detach --bundle "$BUNDLE" --pid-file "$WORK/run.pid" "$ID" </dev/null >/dev/null 2>&1
    grep -q probe "/proc/$(cat "$WORK/run.pid")/cmdline"
}

@test "a pid file that cannot be written is refused, and nothing is left" {
    program /bin/probe sleep
    refused 'pid' rt create --bundle "$BUNDLE" --pid-file "$WORK/no/such/directory/pid" "$ID"
    nothing_left
}

@test "a pid file that is a symlink is not followed" {
    echo precious >"$WORK/precious"
    ln -s precious "$WORK/pid-link"
    program /bin/probe sleep
    rt create --bundle "$BUNDLE" --pid-file "$WORK/pid-link" "$ID" </dev/null >/dev/null 2>&1 || true
    [ "$(cat "$WORK/precious")" = precious ]
}

@test "init is re-parented to the caller: no process of the runtime stays between" {
    program /bin/probe sleep
    create_container
    [ "$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$PID/status")" = 1 ]
    rt start "$ID"
    [ "$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$PID/status")" = 1 ]
    run pgrep -f "$THWART"
    [ "$status" = 1 ]
}

@test "no process of the runtime keeps the caller's pipe open" {
    program /bin/busybox true
    # cat ends only when every writer of the pipe is gone.
    rt run --bundle "$BUNDLE" "$ID" </dev/null 2>&1 | timeout 5 cat
    [ "${PIPESTATUS[1]}" = 0 ]
}

@test "run --detach leaves the container running" {
    program /bin/probe sleep
    rt run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    has_status running
    rt delete --force "$ID"
    rt run -d -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    has_status running
}

@test "run removes the container when it is over" {
    program /bin/busybox true
    look
    nothing_left
}

@test "run passes signals on to the program" {
    program /bin/probe wait-signal
    background "$THWART" run --bundle "$BUNDLE" "$ID" >"$WORK/got" 2>&1 </dev/null
    eventually grep -q ready "$WORK/got"
    kill -USR1 "$BACKGROUND"
    eventually grep -qx 'got 10' "$WORK/got"
}

@test "the current directory is the bundle when none is named" {
    program /bin/probe
    (cd "$BUNDLE" && rt run "$ID" </dev/null >"$WORK/out")
    SEEN=$(cat "$WORK/out")
    see .pid 1
}

@test "process left out: create works, start refuses" {
    config 'del(.process)'
    if rt create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$WORK/err"; then
        refused 'process' rt start "$ID"
    else
        grep -qi process "$WORK/err"
    fi
}

@test "exec: status, output, input" {
    start_container
    run -5 rt exec "$ID" /bin/probe exit 5
    run -137 rt exec "$ID" /bin/probe raise 9
    run -0 rt exec "$ID" /bin/echo some words
    [ "$output" = "some words" ]
    [ "$(echo input | rt exec "$ID" /bin/cat)" = input ]
    run rt exec "$ID" /bin/no-such-program
    [ "$status" = 255 ] || [ "$status" = 127 ]
    [[ $output == *"executable file "*"not found"* || $output == *"no such file"* ]]
}

@test "exec: --cwd, --env, --user, --detach, --no-new-privs" {
    mkdir "$ROOT/elsewhere"
    config '.process.env = ["FROM=config", "PATH=/bin"]'
    start_container
    look_exec --cwd /elsewhere --env ONE=1 -e TWO=2 --user 5:6 "$ID" /bin/probe
    see .cwd '"/elsewhere"'
    see '.env | map(select(startswith("ONE") or startswith("TWO") or startswith("FROM"))) | sort' '["FROM=config","ONE=1","TWO=2"]'
    see .uids.real 5
    see .gids.real 6
    rt exec --detach "$ID" /bin/sh -c 'probe report > /detached.json' </dev/null >/dev/null 2>&1
    eventually test -s "$ROOT/detached.json"
}

@test "exec --process takes everything from the file" {
    mkdir "$ROOT/elsewhere"
    start_container
    cat >"$WORK/process.json" <<'END'
{"args":["/bin/probe"],"env":["PATH=/bin","ONLY=this"],"cwd":"/elsewhere","user":{"uid":7,"gid":8,"additionalGids":[9],"umask":7},
 "noNewPrivileges":true,"capabilities":{"bounding":["CAP_KILL"],"effective":[],"permitted":[],"inheritable":[]},
 "rlimits":[{"type":"RLIMIT_NOFILE","soft":50,"hard":60}],"oomScoreAdj":99}
END
    look_exec --process "$WORK/process.json" "$ID"
    see .cwd '"/elsewhere"'
    see '.env | map(select(startswith("HOME") | not)) | sort' '["ONLY=this","PATH=/bin"]'
    see '[.uids.real, .gids.real, .umask, .no_new_privs, .oom_score_adj]' '[7,8,"0007",true,99]'
    see .groups '[9]'
    see .capabilities.bounding '["CAP_KILL"]'
    see .rlimits.RLIMIT_NOFILE '{"soft":50,"hard":60}'
}

@test "exec: a malformed, missing or special process file is refused" {
    start_container
    echo '{"args": ["/bin/probe"], "cwd": "/"' >"$WORK/bad.json"
    refused 'bad.json|line|json|process' rt exec --process "$WORK/bad.json" "$ID"
    refused 'nosuch.json' rt exec --process "$WORK/nosuch.json" "$ID"
    mkfifo "$WORK/fifo.json"
    RT_TIMEOUT=5 refused 'fifo.json|regular' rt exec --process "$WORK/fifo.json" "$ID"
    refused 'directory|regular|process' rt exec --process "$WORK" "$ID"
    echo '{"args": [], "cwd": "/", "user": {"uid": 0, "gid": 0}}' >"$WORK/empty.json"
    refused 'args' rt exec --process "$WORK/empty.json" "$ID"
}

@test "exec: a hundred, one after another and at once" {
    start_container
    local each
    for each in 1 2 3 4 5 6 7 8 9 10; do
        run -0 rt exec "$ID" /bin/busybox true
    done
    for each in $(seq 40); do
        together rt exec "$ID" /bin/busybox true 2>>"$WORK/errors"
    done
    wait_together || { cat "$WORK/errors" >&2 && return 1; }
    [ ! -s "$WORK/errors" ]
}

@test "list: table, json, quiet" {
    program /bin/probe sleep
    create_container
    another_id second
    rt run --detach --bundle "$BUNDLE" "$OTHER" </dev/null >/dev/null 2>&1
    run -0 rt list
    [[ ${lines[0]} =~ ^ID ]]
    grep -qE "^$ID +[0-9]+ +created" <<<"$output"
    grep -qE "^$OTHER +[0-9]+ +running" <<<"$output"
    SEEN=$(rt list --format json)
    see "map(select(.id == \"$ID\" or .id == \"$OTHER\")) | map([.id, .status]) | sort" \
        "[[\"$ID\",\"created\"],[\"$OTHER\",\"running\"]]"
    see_that 'map(has("pid") and has("bundle")) | all'
    run -0 rt list -q
    grep -qx "$ID" <<<"$output"
    grep -qx "$OTHER" <<<"$output"
}

@test "list: nothing, and a state directory that is broken" {
    SEEN=$(rt --root "$WORK/empty-root" list --format json)
    see '. // []' '[]'
    start_container
    mkdir -m 0700 "/run/thwart/$ID-broken"
    echo garbage >"/run/thwart/$ID-broken/state.json"
    run rt list
    grep -qE "^$ID +[0-9]+ +running" <<<"$output"
    another_id broken
    rt delete --force "$OTHER"
    [ ! -e "/run/thwart/$OTHER" ]
}

@test "--root: another place, both spellings, created 0700 whatever the umask" {
    program /bin/probe sleep
    "$SUPPORT/born" umask=000 -- "$THWART" --root "$WORK/state" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&-
    [ "$(stat -c %a "$WORK/state")" = 700 ]
    [ "$("$THWART" --root="$WORK/state" state "$ID" | jq -r .status)" = created ]
    refused 'does not exist' rt state "$ID"
    [ -z "$(find "$WORK/state" -type d ! -perm 0700)" ]
    [ -z "$(find "$WORK/state" -type f -perm /0077)" ]
    rt --root "$WORK/state" delete --force "$ID"
    [ -z "$(ls -A "$WORK/state")" ]
}

@test "global options before the command, in any order" {
    program /bin/busybox true
    rt --debug --root="$WORK/state" --log "$WORK/log" --log-format=json run --bundle "$BUNDLE" "$ID" </dev/null
    rt --log-format json --log="$WORK/log" --root "$WORK/state" run -b "$BUNDLE" "$ID" </dev/null
}

@test "an environment that is empty, as podman's kill and delete have" {
    start_container
    env -i XDG_RUNTIME_DIR= "$THWART" kill "$ID" 9
    eventually has_status stopped
    env -i XDG_RUNTIME_DIR= "$THWART" delete --force "$ID"
    nothing_left
}

@test "spec: the file runs as it is" {
    rm "$BUNDLE/config.json"
    (cd "$BUNDLE" && rt spec)
    jq -e '.ociVersion and .process and .root and .mounts and .linux' "$BUNDLE/config.json"
    config '.process.args = ["/bin/probe"] | .process.terminal = false'
    look
    see .pid 1
    see .no_new_privs true
    # It never overwrites.
    (cd "$BUNDLE" && ! rt spec 2>/dev/null)
}

@test "spec --bundle, spec --rootless" {
    rm "$BUNDLE/config.json"
    rt spec --bundle "$BUNDLE"
    rm "$BUNDLE/config.json"
    chown -R -h "$TEST_UID:$TEST_UID" "$BUNDLE"
    AS_USER=1
    rt spec --rootless --bundle "$BUNDLE"
    jq -e '.linux.namespaces | map(.type) | index("user") != null' "$BUNDLE/config.json"
    config '.process.args = ["/bin/probe"] | .process.terminal = false'
    look
    see .uids.real 0
    see .pid 1
}

@test "features: the specification's document" {
    SEEN=$(rt features)
    see_that '.ociVersionMin == "1.0.0" and (.ociVersionMax | test("^1\\.3"))'
    see '.hooks | sort' '["createContainer","createRuntime","poststart","poststop","prestart","startContainer"]'
    see_that '.mountOptions | contains(["ro","rbind","rro","rnosuid","tmpcopyup","idmap","ridmap","nosymfollow"])'
    see_that '.linux.namespaces | contains(["cgroup","ipc","mount","network","pid","time","user","uts"])'
    see_that '.linux.capabilities | contains(["CAP_KILL","CAP_SYS_ADMIN","CAP_CHECKPOINT_RESTORE"])'
    see_that '.linux.cgroup | .v2 == true and .v1 == false'
    see_that '.linux.seccomp | .enabled == true and (.actions | contains(["SCMP_ACT_NOTIFY","SCMP_ACT_ERRNO"]))
              and (.operators | contains(["SCMP_CMP_MASKED_EQ"])) and (.archs | contains(["SCMP_ARCH_X86_64"])) and (.knownFlags | length > 0)'
    see_that '.linux | has("apparmor") and has("selinux") and has("intelRdt") and has("mountExtensions") and has("netDevices")'
    see .linux.mountExtensions.idmap.enabled true
    # No annotation is honoured for what it says about safety (T20).
    see '.potentiallyUnsafeConfigAnnotations - ["org.systemd.property."]' '["run.oci.keep_original_groups"]'
}

@test "plan: every effect, without root and without a container, text and json" {
    chown -R -h "$TEST_UID:$TEST_UID" "$BUNDLE"
    AS_USER=1
    run -0 rt plan --bundle "$BUNDLE"
    grep -q '/dev/shm' <<<"$output"
    grep -q 'inside' <<<"$output"
    SEEN=$(rt plan --bundle "$BUNDLE" --format json)
    see_that 'type == "object"'
    nothing_left
}

@test "plan with host facts from a file is the same on another machine" {
    rt features --host-facts >"$WORK/facts"
    rt plan --bundle "$BUNDLE" --host-facts "$WORK/facts" >"$WORK/one"
    (cd / && env -i "$THWART" plan --bundle "$BUNDLE" --host-facts "$WORK/facts") >"$WORK/two"
    diff "$WORK/one" "$WORK/two"
    [ -s "$WORK/one" ]
}

@test "--version: the word and the commit" {
    run -0 rt --version
    [[ ${lines[0]} =~ ^thwart\ version\ [0-9]+\.[0-9]+ ]]
    [[ $output == *"commit: "* ]]
}

@test "help: for the program and each command, on stdout, status 0" {
    local command
    run -0 rt --help
    for command in create start run state kill delete exec list spec features plan; do
        grep -q "$command" <<<"$output"
    done
    for command in create start run state kill delete exec list spec features plan; do
        rt "$command" --help >"$WORK/help"
        grep -q -- '--' "$WORK/help" || [ "$command" = start ] || [ "$command" = state ]
        [ -s "$WORK/help" ]
    done
}

@test "unknown commands and options, missing and superfluous arguments are refused" {
    refused 'nosuch' rt nosuch
    refused 'nosuch' rt --nosuch list
    refused 'nosuch' rt create --nosuch "$ID"
    refused . rt
    local command
    for command in create start state kill delete exec run; do
        refused . rt "$command"
    done
    refused . rt start "$ID" superfluous
    refused . rt create --bundle "$BUNDLE" "$ID" superfluous
    nothing_left
}

@test "a process whose pid was taken by another is not ours: state says stopped" {
    start_container
    rt kill "$ID" KILL
    eventually has_status stopped
    # The record still names the pid; whatever runs under it now must not be touched.
    background "$SUPPORT/probe" sleep
    rt delete --force "$ID"
    kill -0 "$BACKGROUND"
}

@test "a torn state record: delete --force still ends the container" {
    start_container
    local file
    for file in "/run/thwart/$ID"/*; do
        [ -f "$file" ] && : >"$file"
    done
    rt delete --force "$ID"
    eventually dead "$PID"
    nothing_left
}

@test "SIGKILL of create at any time: delete --force returns 0 and nothing is left" {
    local round
    program /bin/probe sleep
    for round in 1 2 3 4 5 6 8 10 12 15 18 22 27 33 40; do
        "$THWART" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&- 4>&- &
        sleep "0.0$(printf %02d "$round")"
        kill -KILL $! 2>/dev/null || true
        wait $! 2>/dev/null || true
        rt delete --force "$ID"
        nothing_left
    done
}
