#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The process that an engine's runtime is born as, and what it leaves behind when `create` has returned: conmon, containerd's
# shim and buildah each pass on something of their own, and each waits for the container's first process as its parent.
load suite

# A caller as conmon, the shim and buildah are: with their leaks, signals and attributes.
CONMON=(ignore=13 deathsig=9 fd=10:/dev/null fd=251:/etc/passwd)
SHIM=(socket=3 deathsig=9 oom=1)
BUILDAH=(pipe=3 pipe=5 pipe=7 pipe=9 pipe=11 deathsig=9)

# of_caller WORDS... -- COMMAND...: runs the command as a child of a subreaper that was born so. The caller notes the objects of
# its descriptors from 3 on in $WORK/leaks, and the parent of the process in the pid file in $WORK/parent, itself in $WORK/self.
of_caller() {
    local words=()
    while [ "$1" != -- ]; do
        words+=("$1")
        shift
    done
    shift
    # shellcheck disable=SC2016 # expanded by that shell
    "$SUPPORT/born" close=3 close=4 "${words[@]}" subreaper=1 -- /bin/bash -c '
        echo $$ >"$WORK/self"
        # In a substitution: a redirection of the loop would itself put descriptors of the shell aside.
        leaks=$(for fd in /proc/$$/fd/*; do [ "${fd##*/}" -lt 3 ] || [ "${fd##*/}" = 255 ] || readlink "$fd"; done)
        echo "$leaks" >"$WORK/leaks"
        "$@" || exit
        [ ! -s "$WORK/pid" ] || sed -n "s/^PPid:\s*//p" "/proc/$(cat "$WORK/pid")/status" >"$WORK/parent"
        ' caller "$@"
}

setup() {
    base_setup
    export WORK
}

# objects PID: what its descriptors are.
objects() {
    local fd
    for fd in "/proc/$1/fd"/*; do readlink "$fd"; done
}

# holders OBJECT: the pids of all that hold it, by its name in /proc.
holders() {
    local fd
    for fd in /proc/[0-9]*/fd/*; do
        [ "$(readlink "$fd" 2>/dev/null)" != "$1" ] || cut -d/ -f3 <<<"$fd"
    done | sort -un
}

nothing_leaked() {
    local object
    grep -q . "$WORK/leaks"
    while read -r object; do
        [ "$object" != /dev/null ] || continue
        if objects "$1" | grep -qxF -e "$object"; then
            echo "process $1 holds $object of the caller" >&2
            return 1
        fi
    done <"$WORK/leaks"
}

@test "create as conmon, the shim and buildah call it: their descriptors reach neither the waiting nor the started container" {
    local caller
    for caller in CONMON SHIM BUILDAH; do
        declare -n words=$caller
        # The descriptors of the shell that says so are no leak: 0, 1, 2, and 3 for the listing.
        program /bin/sh -c 'ls -l /proc/self/fd >/descriptors; exec probe sleep'
        of_caller "${words[@]}" -- "$THWART" --log "$WORK/log" --log-format json create --bundle "$BUNDLE" --pid-file "$WORK/pid" "$ID" \
            </dev/null >"$WORK/out" 2>&1
        [ ! -s "$WORK/out" ]
        PID=$(cat "$WORK/pid")
        nothing_leaked "$PID"
        rt start "$ID"
        eventually test -s "$ROOT/descriptors"
        nothing_leaked "$PID"
        [ "$(grep -c root "$ROOT/descriptors")" = 4 ] || { cat "$ROOT/descriptors" >&2; return 1; }
        rt delete --force "$ID"
        rm "$ROOT/descriptors" "$WORK/pid"
    done
}

@test "nor a hook, of any stage on the host" {
    local stage
    program /bin/probe sleep
    cat >"$WORK/hook" <<END
#!/bin/busybox sh
/bin/busybox cat >/dev/null
exec "$SUPPORT/probe" report >"$WORK/hook.\$1"
END
    chmod 755 "$WORK/hook"
    for stage in prestart createRuntime createContainer poststart poststop; do
        config ".hooks.$stage = [{path: \"$WORK/hook\", args: [\"hook\", \"$stage\"]}]"
    done
    of_caller "${SHIM[@]}" fd=10:/etc/passwd ignore=13 block=10 -- "$THWART" create --bundle "$BUNDLE" --pid-file "$WORK/pid" "$ID" </dev/null
    "$SUPPORT/born" socket=3 pipe=4 ignore=13 block=10 -- "$THWART" start "$ID" </dev/null
    # As podman's cleanup: SIGUSR1 blocked, and no environment.
    "$SUPPORT/born" socket=3 pipe=4 ignore=13 block=10 -- env -i XDG_RUNTIME_DIR= "$THWART" delete --force "$ID" </dev/null
    for stage in prestart createRuntime createContainer poststart poststop; do
        SEEN=$(cat "$WORK/hook.$stage")
        see '[.descriptors[].fd]' '[0,1,2]'
        see .signals '{"blocked":[],"ignored":[]}'
    done
}

@test "the caller becomes the parent of the container's first process, and no other process of ours is left" {
    local kind
    for kind in plain userns; do
        cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
        [ $kind = plain ] || user_namespace
        program /bin/probe sleep
        of_caller "${SHIM[@]}" -- /bin/bash -c '"$@" && sed -n "s/^PPid:\s*//p" /proc/[0-9]*/status | sort -n >"$WORK/parents"' - \
            "$THWART" create --bundle "$BUNDLE" --pid-file "$WORK/pid" "$ID" </dev/null
        # The inner shell was not the subreaper: what it orphaned fell to the outer one.
        [ "$(cat "$WORK/parent")" = "$(cat "$WORK/self")" ]
        # The subreaper's children at that moment: that inner shell and the first process.
        [ "$(grep -cx "$(cat "$WORK/self")" "$WORK/parents")" = 2 ]
        # The waiting first process still has the command line of `create`, and nobody else has.
        [ "$(pgrep -f -- "--bundle $BUNDLE")" = "$(cat "$WORK/pid")" ]
        rt delete --force "$ID"
        rm "$WORK/pid"
    done
}

@test "the caller learns the exit status by waiting, as conmon does" {
    program /bin/probe exit 43
    # shellcheck disable=SC2016 # expanded by those shells
    "$SUPPORT/born" subreaper=1 -- python3 -c '
import os, subprocess, sys
create = subprocess.Popen([sys.argv[1], "create", "--bundle", sys.argv[2], "--pid-file", sys.argv[3], sys.argv[4]], stdin=subprocess.DEVNULL)
assert create.wait() == 0
pid = int(open(sys.argv[3]).read())
assert subprocess.run([sys.argv[1], "start", sys.argv[4]]).returncode == 0
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
try:
    print("another child", os.waitpid(-1, 0))
except ChildProcessError:
    print("no other")' "$THWART" "$BUNDLE" "$WORK/pid" "$ID" >"$WORK/out" 2>"$WORK/err" 3>&- </dev/null
    [ "$(cat "$WORK/out")" = $'43\nno other' ]
}

@test "only the container holds the pipes of its standard streams; with it they end" {
    local out err
    mkfifo "$WORK/stdout" "$WORK/stderr"
    background cat "$WORK/stdout" >"$WORK/from.stdout"
    out=$BACKGROUND
    background cat "$WORK/stderr" >"$WORK/from.stderr"
    err=$BACKGROUND
    program /bin/sh -c 'echo to stdout; echo to stderr >&2; exec probe sleep'
    rt create --bundle "$BUNDLE" --pid-file "$WORK/pid" "$ID" </dev/null >"$WORK/stdout" 2>"$WORK/stderr"
    PID=$(cat "$WORK/pid")
    # Each of the fifos is open in its reader and in the first process, nowhere else.
    [ "$(holders "$WORK/stdout" | tr '\n' ' ')" = "$(printf '%s\n' "$out" "$PID" | sort -n | tr '\n' ' ')" ]
    [ "$(holders "$WORK/stderr" | tr '\n' ' ')" = "$(printf '%s\n' "$err" "$PID" | sort -n | tr '\n' ' ')" ]
    rt start "$ID"
    eventually grep -qx 'to stderr' "$WORK/from.stderr"
    rt kill "$ID" KILL
    # The readers come to the end of the file.
    wait "$out" "$err"
    [ "$(cat "$WORK/from.stdout")" = 'to stdout' ]
    [ "$(cat "$WORK/from.stderr")" = 'to stderr' ]
}

@test "exec --detach: the caller is the parent, only the command holds its streams" {
    local reader
    start_container
    rm "$WORK/pid"
    mkfifo "$WORK/stdout"
    background cat "$WORK/stdout" >"$WORK/from.stdout"
    reader=$BACKGROUND
    of_caller "${CONMON[@]}" -- "$THWART" exec --detach --pid-file "$WORK/pid" "$ID" /bin/sh -c 'echo began; probe sleep' </dev/null >"$WORK/stdout"
    [ "$(cat "$WORK/parent")" = "$(cat "$WORK/self")" ]
    nothing_leaked "$(cat "$WORK/pid")"
    eventually grep -qx began "$WORK/from.stdout"
    rt kill --all "$ID" KILL
    wait "$reader"
}

@test "the pid file: complete at once, without a newline or anything beside it, put in place of an old one by rename" {
    local inode
    program /bin/probe sleep
    echo 'an old and longer text' >"$WORK/pids"
    exec 5<"$WORK/pids"
    inode=$(stat -c %i "$WORK/pids")
    mkdir "$WORK/place"
    mv "$WORK/pids" "$WORK/place/pid"
    rt create --bundle "$BUNDLE" --pid-file "$WORK/place/pid" "$ID" </dev/null 5<&-
    [ "$(stat -c %i "$WORK/place/pid")" != "$inode" ]
    [ "$(cat <&5)" = 'an old and longer text' ]
    exec 5<&-
    [[ $(cat "$WORK/place/pid") =~ ^[0-9]+$ ]]
    [ "$(wc -l <"$WORK/place/pid")" = 0 ]
    [ "$(ls -A "$WORK/place")" = pid ]
    [ "$(stat -c %a "$WORK/place/pid")" = 644 ]
    grep -q . "/proc/$(cat "$WORK/place/pid")/cmdline"
    rt delete --force "$ID"
    # A create that fails leaves none, where there was none.
    config '.hooks.createContainer = [{path: "/bin/false"}]'
    rm "$WORK/place/pid"
    refused hook rt create --bundle "$BUNDLE" --pid-file "$WORK/place/pid" "$ID"
    [ -z "$(ls -A "$WORK/place")" ]
}

@test "no environment at all, the root or a removed directory as working directory: every command works" {
    local place
    program /bin/probe sleep
    mkdir "$WORK/gone"
    for place in / "$WORK/gone"; do
        (
            cd "$place"
            [ "$place" = / ] || rmdir "$place"
            env -i "$THWART" create --bundle "$BUNDLE" --pid-file "$WORK/pid" "$ID" </dev/null >"$WORK/out" 2>&1
            env -i XDG_RUNTIME_DIR= "$THWART" start "$ID"
            env -i XDG_RUNTIME_DIR= "$THWART" exec "$ID" /bin/probe </dev/null >"$WORK/exec"
            env -i XDG_RUNTIME_DIR= "$THWART" state "$ID" >"$WORK/state"
            env -i XDG_RUNTIME_DIR= "$THWART" kill "$ID" 9
        )
        SEEN=$(cat "$WORK/exec")
        see '[.env[] | select(startswith("PATH="))] | length' 1
        see_that '.cwd == "/"'
        eventually has_status stopped
        (cd / && env -i XDG_RUNTIME_DIR= "$THWART" delete --force "$ID")
    done
    # --bundle may be left out, and relative: then it is the working directory's.
    (cd "$BUNDLE" && env -i "$THWART" create "$ID" </dev/null >"$WORK/out" 2>&1)
    [ "$(rt state "$ID" | jq -r .bundle)" = "$BUNDLE" ]
}

@test "standard input: a pipe, /dev/null, a file, closed; each is the program's" {
    program /bin/sh -c 'probe report >/report; cat >/input'
    echo from a file >"$WORK/input"
    printf 'from a pipe\n' | rt run --bundle "$BUNDLE" "$ID"
    [ "$(cat "$ROOT/input")" = 'from a pipe' ]
    rt run --bundle "$BUNDLE" "$ID" <"$WORK/input"
    [ "$(cat "$ROOT/input")" = 'from a file' ]
    rt run --bundle "$BUNDLE" "$ID" </dev/null
    [ ! -s "$ROOT/input" ]
    SEEN=$(cat "$ROOT/report")
    see '.descriptors[0] | [.type, .rdev]' '["character","1:3"]'
    "$SUPPORT/born" close=0 -- "$THWART" run --bundle "$BUNDLE" "$ID"
    [ ! -s "$ROOT/input" ]
}

@test "oom_score_adj of the caller is inherited where the configuration says nothing" {
    config 'del(.process.oomScoreAdj)'
    "$SUPPORT/born" oom=7 -- "$THWART" run --bundle "$BUNDLE" "$ID" >"$WORK/out" </dev/null 3>&-
    SEEN=$(cat "$WORK/out")
    see .oom_score_adj 7
}

@test "a hook may be /proc/PID/exe of the daemon, as docker's is, with the arguments that it expects" {
    # A daemon whose file was replaced since, as by an upgrade.
    cp /bin/busybox "$WORK/daemon"
    background bash -c 'exec -a sleep "$0" 600' "$WORK/daemon"
    eventually grep -qz 600 "/proc/$BACKGROUND/cmdline"
    rm "$WORK/daemon"
    config '.hooks.prestart = [{path: $p, args: ["sh", "-c", $s, "libnetwork-setkey", "ID"]}]' --arg p "/proc/$BACKGROUND/exe" \
        --arg s "/bin/busybox cat >$WORK/state; echo \$0 \$1 >$WORK/said; exit 0"
    program /bin/probe sleep
    rt create --bundle "$BUNDLE" --pid-file "$WORK/pid" "$ID" </dev/null
    [ "$(cat "$WORK/said")" = 'libnetwork-setkey ID' ]
    [ "$(jq .pid "$WORK/state")" = "$(cat "$WORK/pid")" ]
    # A daemon that is not there.
    rt delete --force "$ID"
    config '.hooks.prestart[0].path = "/proc/4194303/exe"'
    refused 'prestart' rt create --bundle "$BUNDLE" "$ID"
    nothing_left
}

@test "--preserve-fds counts from 3 on: a gap is refused by its number, in create, run and exec, before anything is made" {
    program /bin/probe sleep
    echo x >"$WORK/file"
    gap() {
        "$SUPPORT/born" fd=3:"$WORK/file" close=4 fd=5:"$WORK/file" -- "$THWART" "$@"
    }
    refused 'descriptor 4 is not open' gap create --preserve-fds 3 --bundle "$BUNDLE" "$ID"
    refused 'descriptor 4 is not open' gap run --preserve-fds=2 --bundle "$BUNDLE" "$ID"
    nothing_left
    # What lies before the gap can be had.
    gap create --preserve-fds 1 --bundle "$BUNDLE" --pid-file "$WORK/pid" "$ID" </dev/null
    rt start "$ID"
    refused 'descriptor 4 is not open' gap exec --preserve-fds 3 "$ID" /bin/probe
    gap exec --preserve-fds 1 "$ID" /bin/probe </dev/null >"$WORK/out"
    SEEN=$(cat "$WORK/out")
    see '[.descriptors[].fd]' '[0,1,2,3]'
    refused 'preserve-fds' rt exec --preserve-fds -1 "$ID" /bin/true
    refused 'preserve-fds' rt exec --preserve-fds 4294967295 "$ID" /bin/true
}
