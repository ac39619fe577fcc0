#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# docs/drop-in.md against the program, row by row, and against the help of runc and crun as they are installed; what --help
# offers against man pages and completions; and the options that no other suite tries.
load suite

setup() {
    base_setup
    PROJECT=$TESTS/..
    TABLE=$PROJECT/docs/drop-in.md
    # Some words that are tried are taken for names of files.
    mkdir "$WORK/scratch"
    cd "$WORK/scratch" || return 1
}

# The rows of the table: COMMAND, OPTIONS (words in between commas), RUNC, CRUN, THWART, separated by tabs; - for nothing.
table_rows() {
    sed -n 's/^| *\(.*[^ ]\) *|$/\1/p' "$TABLE" | sed 's/^|/ |/' |
        awk -F ' *[|] *' -v OFS='\t' '$1 != "command" && $1 !~ /^---/ && NF == 5 {
            gsub(/`/, ""); for (i = 1; i <= 5; i++) if ($i ~ /^ *$/) $i = "-"; print $1, $2, $3, $4, $5 }'
}

# help_of COMMAND: of ours; "-": the global one. Once for each.
help_of() {
    local file=$WORK/help-$1
    if [ ! -e "$file" ]; then
        # Not `COMMAND --help`: for checkpoint this tells engines whether the host can do it.
        if [ "$1" = - ]; then rt help >"$file"; else rt help "$1" >"$file"; fi || return 1
    fi
    cat "$file"
}

# offered COMMAND: the long options of our help.
offered() {
    help_of "$1" | sed -n 's/^  \(-., \|    \)--\([a-z0-9-]*\).*/\2/p' | grep -vx help
}

commands() {
    rt --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

wrong() {
    echo "docs/drop-in.md: $*" >&2
    FAULTS=$((FAULTS + 1))
}

# try WORD...: the program's words about them, whatever they are.
try() {
    rt "$@" </dev/null 2>&1 || true
}

# The option is understood in every form of its cell ("--name, -n").
check_taken() {
    local command=$1 forms=$2 form text words=()
    [ "$command" = - ] || words=("$command")
    for form in ${forms//,/ }; do
        case $form in
        --usage | --help | -h | -'?') ;;
        --*) help_of "$command" | grep -qE "^  (-., |    )$form([ =[]|$)" || wrong "$command: $form is not in the help" ;;
        esac
        # An option with an argument takes --help for it, and the command then lacks its words.
        text=$(try "${words[@]}" "$form" --help)
        ! grep -qE 'unknown option|refused' <<<"$text" || wrong "$command $form: $text"
    done
}

# What the row shows is refused, by name, with the reason of the row.
check_refused() {
    local command=$1 shown=$2 reason=$3 status=0 words=() name text
    read -ra words <<<"$shown"
    name=${words[0]#--}
    case $command in
    -) words+=(state "$ID") ;;
    exec) words=(exec "${words[@]}" "$ID" /bin/true) ;;
    *) words=("$command" "${words[@]}" "$ID") ;;
    esac
    case "$command $name" in
    mounts*) name=mounts ;;
    # Told by the member of the configuration that they stand for.
    update\ cpu-rt-*) name=realtime ;;
    esac
    text=$(rt "${words[@]}" </dev/null 2>&1) || status=$?
    [ "$status" = 1 ] || [ "$status" = 2 ] || wrong "$command $shown: status $status: $text"
    [[ $text == *"$name"* ]] || wrong "$command $shown: not named: $text"
    [[ $text == *"$reason"* ]] || wrong "$command $shown: the reason is another: $text"
}

@test "every row of the table is true" {
    local command option runc crun thwart rows=0
    FAULTS=0
    start_container
    while IFS=$'\t' read -r command option runc crun thwart; do
        rows=$((rows + 1))
        [[ $runc =~ ^(yes|old|new|no)$ && $crun =~ ^(yes|old|new|no)$ ]] || wrong "$command $option: '$runc' '$crun'"
        case $thwart in
        refused:\ *) check_refused "$command" "$option" "${thwart#refused: }" ;;
        same | same,\ but\ * | own)
            if [ "$option" != - ]; then
                check_taken "$command" "$option"
            elif [ "$command" != help ]; then
                help_of "$command" | grep -q "^Usage: thwart $command " || wrong "there is no command $command"
            fi
            ;;
        *) wrong "$command $option: '$thwart' is no verdict" ;;
        esac
    done < <(table_rows)
    [ "$rows" -gt 100 ]
    [ "$FAULTS" = 0 ]
}

@test "every option that thwart offers is in the table" {
    local command option
    FAULTS=0
    table_rows >"$WORK/rows"
    for command in - $(commands); do
        [ "$command" = - ] || cut -f1 "$WORK/rows" | grep -qx "$command" || wrong "the command $command has no row"
        while read -r option; do
            awk -F '\t' -v c="$command" '$1 == c { print $2 }' "$WORK/rows" | grep -qE -e "(^|, )--$option( |,|$)" ||
                wrong "thwart ${command#-} --$option has no row"
        done < <(offered "$command")
    done
    [ "$FAULTS" = 0 ]
}

# documented COMMAND: the long options of a peer's help for it.
documented() {
    if [ "$1" = - ]; then "$PEER" --help; else "$PEER" "$1" --help; fi 2>&1 |
        grep -oE '^ +(-., )*--[a-z0-9-]+(( value)?, -.)?' | grep -oE -e '--[a-z0-9-]+' | sort -u
}

peer_is_covered() {
    local name=$1 column=$2 least=$3 command option options=0
    FAULTS=0
    peer "$name"
    table_rows >"$WORK/rows"
    # runc indents its commands by 3 blanks, crun by a tab.
    for command in - $("$PEER" --help | sed -n "/^COMMANDS:/,/^$/s/^[[:space:]]\+\([a-z]*\).*/\1/p"); do
        [ -n "$command" ] && [ "$command" != h ] || continue
        awk -F '\t' -v c="$command" -v k="$column" '$1 == c && $k ~ /^(yes|old)$/' "$WORK/rows" | grep -q . ||
            wrong "$name's command $command has no row"
        for option in $(documented "$command"); do
            # Every command has these.
            [[ $option =~ ^--(help|usage|version)$ ]] && continue
            options=$((options + 1))
            awk -F '\t' -v c="$command" -v k="$column" '$1 == c && $k ~ /^(yes|old)$/ { print $2 }' "$WORK/rows" |
                grep -qE -e "(^|, )$option( |,|$)" || wrong "$name $command $option has no row"
        done
    done
    [ "$options" -ge "$least" ]
    [ "$FAULTS" = 0 ]
}

@test "every option of runc's help is in the table" {
    peer_is_covered runc 3 90
}

@test "every option of crun's help is in the table" {
    peer_is_covered crun 4 60
}

@test "every command and option is in a man page and in the completions" {
    local command option file page
    FAULTS=0
    for command in - $(commands); do
        page=$PROJECT/docs/thwart-$command.1
        [ "$command" != - ] || page=$PROJECT/docs/thwart.1
        if [ ! -e "$page" ]; then
            wrong "thwart $command has no man page"
            continue
        fi
        # run has create's.
        [ "$command" != run ] || page="$page $PROJECT/docs/thwart-create.1"
        [ "$command" = - ] || grep -q "thwart-$command.1" "$PROJECT/docs/meson.build" || wrong "thwart-$command.1 is not installed"
        for option in $(offered "$command"); do
            # shellcheck disable=SC2086 # two pages
            sed 's/\\-/-/g' $page | grep -qE -e "--$option([^a-z-]|$)" || wrong "thwart $command --$option is not in ${page##*/}"
            grep -qE -e "--$option([^a-z-]|$)" "$PROJECT/completions/thwart.bash" || wrong "bash: $command --$option"
            grep -qE -e "--$option([^a-z-]|$)" "$PROJECT/completions/_thwart" || wrong "zsh: $command --$option"
            grep -qE -e "-l $option( |$)" "$PROJECT/completions/thwart.fish" || wrong "fish: $command --$option"
        done
        [ "$command" = - ] && continue
        for file in thwart.bash _thwart thwart.fish; do
            grep -qw -e "$command" "$PROJECT/completions/$file" || wrong "$file does not know $command"
        done
    done
    [ "$FAULTS" = 0 ]
}

@test "bash completes the options of every command" {
    local command
    # shellcheck disable=SC1091
    source "$PROJECT/completions/thwart.bash"
    for command in $(commands); do
        COMP_WORDS=(thwart "$command" --)
        COMP_CWORD=2
        _thwart
        diff <(offered "$command" | sed 's/^/--/' | sort) <(printf '%s\n' "${COMPREPLY[@]}" | grep -vx -e --help | grep . | sort) || {
            echo "completion of $command" >&2
            return 1
        }
    done
}

# --- documents ---------------------------------------------------------------------------------------------------------

# valid SCHEMA FILE: the document obeys docs/SCHEMA.
valid() {
    python3 - "$PROJECT/docs/$1" "$2" <<'END'
import json, sys
import jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
found = list(jsonschema.Draft7Validator(schema).iter_errors(json.load(open(sys.argv[2]))))
for each in found:
    print(sys.argv[2], "/".join(map(str, each.path)), each.message[:300], file=sys.stderr)
sys.exit(1 if found else 0)
END
}

needs_jsonschema() {
    python3 -c 'import jsonschema' 2>/dev/null || skip "python3-jsonschema is not installed"
}

@test "state, list and ps obey their schemas in every state, and broken documents do not" {
    needs_jsonschema
    local state
    config '.annotations = {"org.example": "x"}'
    program /bin/probe sleep
    look_at() {
        rt state "$ID" >"$WORK/state.json"
        [ "$(jq -r .status "$WORK/state.json")" = "$1" ]
        valid thwart-state.schema.json "$WORK/state.json"
        rt list --format json >"$WORK/list.json"
        valid thwart-list.schema.json "$WORK/list.json"
        rt ps --format json "$ID" >"$WORK/ps.json"
        valid thwart-ps.schema.json "$WORK/ps.json"
    }
    rt list --format json >"$WORK/list.json"
    valid thwart-list.schema.json "$WORK/list.json"
    create_container
    look_at created
    rt start "$ID"
    look_at running
    rt pause "$ID"
    look_at paused
    rt kill "$ID" KILL
    eventually has_status stopped
    look_at stopped
    echo '{' >"/run/thwart/$ID/record.json"
    rt list --format json >"$WORK/list.json" 2>/dev/null
    jq -e 'any(.status == "broken")' "$WORK/list.json"
    valid thwart-list.schema.json "$WORK/list.json"
    # Strict enough to see what is wrong.
    for state in 'del(.pid)' '.pid = "1"' '.status = "broken"' '.more = 1' '.bundle = "relative"' '.created = "today"'; do
        jq "$state" "$WORK/state.json" >"$WORK/wrong.json"
        run ! valid thwart-state.schema.json "$WORK/wrong.json"
        jq "[$state]" "$WORK/state.json" >"$WORK/wrong.json"
        run ! valid thwart-list.schema.json "$WORK/wrong.json"
    done
    echo '[0]' >"$WORK/wrong.json"
    run ! valid thwart-ps.schema.json "$WORK/wrong.json"
    echo 'null' >"$WORK/wrong.json"
    run ! valid thwart-ps.schema.json "$WORK/wrong.json"
}

# --- options that no other suite tries -----------------------------------------------------------------------------------

@test "--version: a line for each fact, and crun's words" {
    run -0 rt --version
    [[ ${lines[0]} =~ ^thwart\ version\ [0-9.]+$ ]]
    [[ ${lines[1]} == commit:\ * ]]
    [[ ${lines[2]} == "spec: "* ]]
    [[ " ${lines[3]} " == *" +SECCOMP "* ]]
    [ "$(rt -V)" = "$output" ]
    [ "$(rt -v)" = "$output" ]
}

@test "help, alone and about a command" {
    [ "$(rt help)" = "$(rt --help)" ]
    [ "$(rt help kill)" = "$(rt kill --help)" ]
    [ "$(rt kill '-?')" = "$(rt kill --usage)" ]
    run -2 rt help nothing
}

@test "--log-level: warnings are shown, or not" {
    mkdir -p "/run/thwart/$ID"
    chmod 0700 /run/thwart "/run/thwart/$ID"
    echo '{' >"/run/thwart/$ID/record.json"
    rt list 2>&1 >/dev/null | grep -q '^warning:'
    rt --log-level warning list 2>&1 >/dev/null | grep -q '^warning:'
    [ -z "$(rt --log-level error list 2>&1 >/dev/null)" ]
    rt --log-level debug list 2>&1 >/dev/null | grep -q '^warning:'
    run -2 rt --log-level loud list
    rm -r "/run/thwart/$ID"
}

@test "--log file:PATH is PATH" {
    run -1 rt --log "file:$WORK/log" --log-format json state "$ID"
    jq -e '.level == "error" and (.msg | contains("does not exist"))' "$WORK/log"
}

# datagrams SOCKET FILE: what arrives at the socket, one message, goes to the file.
datagrams() {
    mkdir -p "$(dirname "$1")"
    background python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("ready", flush=True)
open(sys.argv[2], "wb").write(s.recv(65536))' "$1" "$2" >"$WORK/ready"
    eventually grep -q ready "$WORK/ready"
}

@test "--log journald: and syslog: send the error there" {
    command -v python3 >/dev/null || skip "python3 is not installed"
    refused 'nobody listens' rt --log journald:me state "$ID"
    datagrams /run/systemd/journal/socket "$WORK/journal"
    run -1 rt --log journald:me state "$ID"
    eventually grep -qx "MESSAGE=container $ID does not exist" "$WORK/journal"
    grep -qx 'SYSLOG_IDENTIFIER=me' "$WORK/journal"
    grep -qx 'PRIORITY=3' "$WORK/journal"
    rm -r /run/systemd
    run -2 rt --log "journald:$(printf 'a\nb')" state "$ID"
}

# pidfd_listener: receives one descriptor; writes the text and the pid that it means, then waits for a line on the fifo
# and ends the process by it.
pidfd_listener() {
    command -v python3 >/dev/null || skip "python3 is not installed"
    rm -f "$WORK/pidfd.sock" "$WORK/go"
    mkfifo "$WORK/go"
    background python3 -c '
import os, signal, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
s.bind(sys.argv[1])
s.listen(1)
print("ready", flush=True)
connection, _ = s.accept()
text, descriptors, _, _ = socket.recv_fds(connection, 100, 4)
pids = [line.split()[1] for line in open(f"/proc/self/fdinfo/{descriptors[0]}") if line.startswith("Pid:")]
print(text.decode(), len(descriptors), pids[0], flush=True)
open(sys.argv[2]).read()
signal.pidfd_send_signal(descriptors[0], signal.SIGKILL)' "$WORK/pidfd.sock" "$WORK/go" >"$WORK/received"
    eventually grep -q ready "$WORK/received"
}

@test "create --pidfd-socket: init's pidfd, and it ends init" {
    pidfd_listener
    program /bin/probe sleep
    create_container --pidfd-socket "$WORK/pidfd.sock"
    eventually grep -qx "standard 1 $PID" "$WORK/received"
    rt start "$ID"
    echo >"$WORK/go"
    eventually has_status stopped
}

@test "exec --pidfd-socket: the command's pidfd" {
    start_container
    pidfd_listener
    rt exec --detach --pidfd-socket "$WORK/pidfd.sock" --pid-file "$WORK/exec.pid" "$ID" /bin/sleep 1000
    eventually grep -qx "setns 1 $(cat "$WORK/exec.pid")" "$WORK/received"
    echo >"$WORK/go"
    eventually test ! -e "/proc/$(cat "$WORK/exec.pid")"
}

@test "a pidfd socket that nobody listens on is an error before anything is made" {
    refused 'pidfd socket' rt run --pidfd-socket "$WORK/nothing" --bundle "$BUNDLE" "$ID"
    nothing_left
    start_container
    refused 'pidfd socket' rt exec --pidfd-socket "$WORK/nothing" "$ID" /bin/sh -c 'echo >/ran'
    [ ! -e "$ROOT/ran" ]
}

# three: containers ID-a1 (running), ID-a2 (running), ID-b1 (running).
three() {
    local each
    program /bin/probe sleep
    for each in a1 a2 b1; do
        another_id "$each"
        rt create --bundle "$BUNDLE" "$OTHER" </dev/null >/dev/null 2>&1
        rt start "$OTHER"
    done
}

@test "kill --regex: all that match, and no other" {
    three
    rt kill --regex "^$ID-a[0-9]\$" KILL
    eventually has_status stopped "$ID-a1"
    eventually has_status stopped "$ID-a2"
    has_status running "$ID-b1"
    rt kill -r "^$ID-nothing" KILL
    # One that cannot be killed does not keep the others alive.
    refused "1 of 2 containers failed" rt kill --regex "^$ID-(a1|b1)$" KILL
    grep -q "$ID-a1: container not running" "$WORK/refused.err"
    eventually has_status stopped "$ID-b1"
}

@test "delete --regex: all that match, and no other" {
    three
    refused '2 of 2 containers failed' rt delete --regex "^$ID-a"
    rt delete --force --regex "^$ID-a"
    nothing_left "$ID-a1"
    nothing_left "$ID-a2"
    has_status running "$ID-b1"
    run -2 rt delete --regex "$ID-("
    [[ $output == *'regular expression'* ]]
}

@test "spec --file: another name, another place" {
    rt spec --bundle "$WORK/scratch" --file other.json
    jq -e .ociVersion "$WORK/scratch/other.json"
    rt spec -f "$WORK/elsewhere.json"
    jq -e .ociVersion "$WORK/elsewhere.json"
    refused 'exists already' rt spec --file "$WORK/elsewhere.json"
}

@test "exec --cgroup: /, a name with a colon, and the form of cgroup v1" {
    start_container
    rt exec --cgroup / "$ID" /bin/true
    mkdir "/sys/fs/cgroup/thwart-$ID/a:b"
    rt exec --cgroup a:b "$ID" /bin/true
    run -2 rt exec --cgroup memory:/x "$ID" /bin/true
    [[ $output == *"cgroup v2"* ]]
}
