#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Terminals: the console socket in every mood of its owner, sizes, the controlling terminal, and run with a tty of its own.
load suite

setup() {
    base_setup
    SOCKET=$WORK/console.sock
}

# engine MODE [SIZE [TEXT]]: the console listener, ready to be connected to.
engine() {
    rm -f "$SOCKET"
    background "$SUPPORT/console_listener" "$SOCKET" "$@" >"$WORK/console" 2>"$WORK/console.err"
    eventually grep -q listening "$WORK/console.err"
}

terminal() {
    config '.process.terminal = true'
    program "$@"
}

# The JSON object that the listener wrote about the terminal it received.
received() {
    sed 1d "$WORK/console.err" | jq -e "$1"
}

# What the container wrote on its terminal, without carriage returns, as SEEN.
console_report() {
    eventually grep -q '"clocks"' "$WORK/console"
    SEEN=$(tr -d '\r' <"$WORK/console")
}

@test "create with a console socket: the master comes as one message with a name" {
    terminal /bin/probe
    engine accept
    create_container --console-socket "$SOCKET"
    eventually received '.terminal'
    received '.descriptors == 1 and .text_length >= 1 and .text_length < 4096'
    # TIOCGPTN answers on masters only.
    received '.number >= 0'
    rt start "$ID"
    console_report
    see '[.terminal["0","1","2"].is_terminal]' '[true,true,true]'
    see .terminal.controlling true
    see .terminal.foreground_group 1
    see '[.descriptors[].fd]' '[0,1,2]'
}

@test "the terminal is the container's own devpts, and /dev/console is the same device" {
    terminal /bin/probe
    engine accept
    create_container --console-socket "$SOCKET"
    rt start "$ID"
    console_report
    see .terminal.console_rdev '.terminal.rdev_of_0' || see_that '.terminal.console_rdev == .terminal.rdev_of_0'
    see_that '.terminal.rdev_of_0 | startswith("136:")'
    mount_at /dev/console .type '"devpts"'
    see_that '.descriptors[0].target | startswith("/dev/pts/") or . == "/dev/console"'
}

@test "consoleSize is set before the program runs" {
    terminal /bin/probe
    config '.process.consoleSize = {height: 33, width: 111}'
    engine accept
    create_container --console-socket "$SOCKET"
    eventually received '.rows == 33 and .columns == 111'
    rt start "$ID"
    console_report
    see '.terminal["0"] | [.rows, .columns]' '[33,111]'
}

@test "a size set by the engine arrives" {
    terminal /bin/probe
    engine accept 44x122
    create_container --console-socket "$SOCKET"
    rt start "$ID"
    console_report
    see '.terminal["0"] | [.rows, .columns]' '[44,122]'
}

@test "what is typed reaches the program, what it writes comes back" {
    terminal /bin/sh -c 'read word; echo "got <$word>"'
    engine accept 24x80 $'typed\n'
    create_container --console-socket "$SOCKET"
    rt start "$ID"
    eventually grep -q 'got <typed>' "$WORK/console"
}

@test "the terminal belongs to the container's user" {
    terminal /bin/probe stat /dev/console
    config '.process.user = {uid: 1000, gid: 1000}'
    engine accept
    create_container --console-socket "$SOCKET"
    rt start "$ID"
    eventually grep -q '"path"' "$WORK/console"
    SEEN=$(tr -d '\r' <"$WORK/console")
    see '.[0] | [.type, .uid]' '["character",1000]'
}

@test "in a user namespace" {
    user_namespace
    terminal /bin/probe
    engine accept
    create_container --console-socket "$SOCKET"
    rt start "$ID"
    console_report
    see .terminal.controlling true
}

@test "no /dev/pts in the configuration" {
    config '.mounts |= map(select(.destination != "/dev/pts"))'
    terminal /bin/probe
    engine accept
    if rt create --bundle "$BUNDLE" --console-socket "$SOCKET" "$ID" </dev/null >/dev/null 2>"$WORK/err"; then
        rt start "$ID"
        console_report
        see '.terminal["0"].is_terminal' true
    else
        grep -qiE 'pts|ptmx|terminal|console' "$WORK/err"
        nothing_left
    fi
}

@test "a console socket that is not there is refused, and nothing is left" {
    terminal /bin/probe
    RT_TIMEOUT=5 refused 'console' rt create --bundle "$BUNDLE" --console-socket "$SOCKET" "$ID"
    nothing_left
}

@test "a console socket that refuses, or closes at once" {
    terminal /bin/probe
    engine refuse
    RT_TIMEOUT=5 refused 'console' rt create --bundle "$BUNDLE" --console-socket "$SOCKET" "$ID"
    nothing_left
    stop_background
    engine close
    rt create --bundle "$BUNDLE" --console-socket "$SOCKET" "$ID" </dev/null >/dev/null 2>"$WORK/err" || nothing_left
    rt delete --force "$ID"
    nothing_left
}

@test "a console socket whose owner hangs does not hang create" {
    terminal /bin/probe
    engine hang
    RT_TIMEOUT=10 rt create --bundle "$BUNDLE" --console-socket "$SOCKET" "$ID" </dev/null >/dev/null 2>"$WORK/err" || {
        # A time-out of our own is what must not be needed.
        [ "$?" != 124 ]
        grep -qi console "$WORK/err"
    }
    rt delete --force "$ID"
}

@test "an engine that never reads does not hang start, and delete --force ends it" {
    terminal /bin/sh -c 'while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done'
    engine never-read
    create_container --console-socket "$SOCKET"
    rt start "$ID"
    rt delete --force "$ID"
    nothing_left
}

@test "terminal without a console socket, and a socket without a terminal, are refused" {
    terminal /bin/probe
    refused 'console' rt create --bundle "$BUNDLE" "$ID"
    nothing_left
    config '.process.terminal = false'
    engine accept
    refused 'console|terminal' rt create --bundle "$BUNDLE" --console-socket "$SOCKET" "$ID"
    nothing_left
}

@test "a path longer than a socket address is reached or refused by name" {
    local deep=$WORK
    while [ ${#deep} -lt 120 ]; do deep+=/a-long-directory-name; done
    mkdir -p "$deep"
    terminal /bin/probe
    (
        cd "$deep"
        exec "$SUPPORT/console_listener" console.sock accept >"$WORK/console" 2>"$WORK/console.err" 3>&- 4>&-
    ) &
    BACKGROUNDS+=($!)
    eventually grep -q listening "$WORK/console.err"
    if rt create --bundle "$BUNDLE" --console-socket "$deep/console.sock" "$ID" </dev/null >/dev/null 2>"$WORK/err"; then
        rt start "$ID"
        console_report
    else
        grep -qiE 'console|long' "$WORK/err"
        nothing_left
    fi
}

@test "exec with a terminal of its own" {
    start_container
    engine accept 20x70
    rt exec --tty --detach --console-socket "$SOCKET" --pid-file "$WORK/exec.pid" "$ID" /bin/probe </dev/null
    console_report
    see '[.terminal["0","1","2"].is_terminal]' '[true,true,true]'
    see .terminal.controlling true
    [ -s "$WORK/exec.pid" ]
}

@test "exec with a process file that asks for a terminal" {
    start_container
    jq '.process | .terminal = true | .args = ["/bin/probe"] | .consoleSize = {height: 21, width: 71}' "$BUNDLE/config.json" >"$WORK/process.json"
    engine accept
    rt exec --process "$WORK/process.json" --detach --console-socket "$SOCKET" "$ID" </dev/null
    console_report
    see '.terminal["0"] | [.rows, .columns]' '[21,71]'
}

# on_terminal COMMAND: runs it with a pty of its own (script from util-linux); output in $WORK/typescript.
on_terminal() {
    command -v script >/dev/null || skip "script (bsdutils) is not installed"
    timeout --foreground -k 2 20 script -qec "$1" "$WORK/typescript" </dev/null >/dev/null 3>&- 4>&-
}

@test "run with terminal: the caller's terminal is relayed, the container has its own" {
    terminal /bin/probe
    on_terminal "stty rows 37 cols 117; '$THWART' run --bundle '$BUNDLE' '$ID'"
    SEEN=$(grep -ao '{.*"clocks".*}' "$WORK/typescript")
    see '[.terminal["0","1","2"].is_terminal]' '[true,true,true]'
    see .terminal.controlling true
    see '.terminal["0"] | [.rows, .columns]' '[37,117]'
    see_that '.terminal.rdev_of_0 == .terminal.console_rdev'
}

@test "run with terminal: the exit status comes through, and the caller's terminal is as before" {
    terminal /bin/probe exit 7
    on_terminal "stty -a >'$WORK/before'; '$THWART' run --bundle '$BUNDLE' '$ID'; echo status=\$?; stty -a >'$WORK/after'"
    grep -aq 'status=7' "$WORK/typescript"
    diff "$WORK/before" "$WORK/after"
}

@test "run with terminal: a gigabyte of output does not grow the runtime" {
    terminal /bin/sh -c 'dd if=/dev/zero bs=1M count=64 2>/dev/null | tr "\0" x; echo; echo the-end'
    on_terminal "'$THWART' run --bundle '$BUNDLE' '$ID'"
    tail -c 200 "$WORK/typescript" | grep -aq the-end
}

@test "run with terminal but no terminal to relay" {
    terminal /bin/probe
    local status=0
    rt run --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>"$WORK/err" || status=$?
    [ "$status" -lt 124 ] || [ "$status" = 255 ]
    if [ "$status" = 0 ]; then
        SEEN=$(tr -d '\r' <"$WORK/out")
        see '.terminal["0"].is_terminal' true
    else
        grep -qiE 'terminal|tty|console' "$WORK/err"
    fi
}

@test "exec --tty in the foreground is relayed too" {
    start_container
    on_terminal "stty rows 31 cols 99; '$THWART' exec --tty '$ID' /bin/probe"
    SEEN=$(grep -ao '{.*"clocks".*}' "$WORK/typescript")
    see '.terminal["0"] | [.is_terminal, .rows, .columns]' '[true,31,99]'
}

@test "without a terminal the program has no controlling one, even when the caller has" {
    program /bin/probe
    on_terminal "'$THWART' run --bundle '$BUNDLE' '$ID'"
    SEEN=$(grep -ao '{.*"clocks".*}' "$WORK/typescript")
    see .terminal.controlling false
}
