# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How a case is run, judged and noted; sourced in a world (world.sh). Every case gives one line of RESULTS_FILE:
# its name, "ok", "failed" or "skipped", words about it, and its group. All that it printed goes to the log (standard output).
#
# After a case: $status, $out and $err are what the command gave (a terminal's carriage returns taken away).

# record NAME RESULT WORDS
record() {
    printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$(tr '\n\t' '  ' <<<"${3:-}" | cut -c1-300)" "${GROUP:-}" >>"$RESULTS_FILE"
    [ "$2" = ok ] || printf '*** %s: %s\n' "$2" "${3:-}"
}

# group FUNCTION: its cases, which need nothing of cases before. With ENGINE_GROUPS (words) only those groups are run, beside
# what is in none.
group() {
    case " ${ENGINE_GROUPS:-$1} " in
    *" $1 "*) ;;
    *) return 0 ;;
    esac
    GROUP=$1
    "$1"
    GROUP=
}

# skip_case NAME WORDS: the case cannot be run here, because WORDS.
skip_case() {
    printf '=== %s\n' "$1"
    record "$1" skipped "$2"
}

# bounded SECONDS COMMAND...: a program or a function; a function's own programs are to be bounded inside it as well.
bounded() {
    local limit=$1 watched watcher result=0
    shift
    if ! declare -F "$1" >/dev/null; then
        timeout -k 5 "$limit" "$@"
        return
    fi
    ("$@") <&0 &
    watched=$!
    (exec >/dev/null 2>&1 && sleep "$limit" && kill -KILL "$watched") &
    watcher=$!
    wait "$watched" || result=$?
    pkill -P "$watcher"
    kill "$watcher" 2>/dev/null
    wait "$watcher" 2>/dev/null
    return "$result"
}

# check NAME [-s STATUS] [-o REGEX] [-e REGEX] [-n REGEX] [-i TEXT] [-t SECONDS] -- COMMAND...
# Runs the command and records whether it did what is wanted:
#   -s STATUS   its exit status (0 by default; "any"; "failure": any but 0)
#   -o REGEX    standard output matches the extended regular expression (of bash; ^ and $ are its very ends); repeatable
#   -e REGEX    standard error matches; repeatable
#   -n REGEX    neither output matches; repeatable
#   -i TEXT     its standard input (nothing by default)
#   -t SECONDS  it must end within (30), times ENGINE_PATIENCE
check() {
    local name=$1 wanted=0 limit=30 input='' outputs=() errors=() never=() wrong='' each
    shift
    while [ $# -gt 0 ]; do
        case $1 in
        -s) wanted=$2 ;;
        -o) outputs+=("$2") ;;
        -e) errors+=("$2") ;;
        -n) never+=("$2") ;;
        -i) input=$2 ;;
        -t) limit=$2 ;;
        --) shift && break ;;
        *) die "check $name: unknown option $1" ;;
        esac
        shift 2
    done
    limit=$((limit * ENGINE_PATIENCE))
    printf '=== %s\n+ %s\n' "$name" "$*"
    status=0
    printf '%s' "$input" | bounded "$limit" "$@" >"$WORLD/cases/out" 2>"$WORLD/cases/err" || status=$?
    out=$(tr -d '\r\000' <"$WORLD/cases/out")
    err=$(tr -d '\r\000' <"$WORLD/cases/err")
    printf 'status %s\n' "$status"
    [ -z "$out" ] || printf '%s\n' "$out" | head -c 4000 | sed 's/^/out: /'
    [ -z "$err" ] || printf '%s\n' "$err" | head -c 4000 | sed 's/^/err: /'

    case $wanted in
    any) ;;
    failure) case $status in 0 | 124 | 137) wrong="status $status instead of a failure" ;; esac ;;
    *) [ "$status" = "$wanted" ] || wrong="status $status instead of $wanted" ;;
    esac
    for each in "${outputs[@]}"; do
        [[ $out =~ $each ]] || wrong="${wrong:+$wrong; }output does not match $each"
    done
    for each in "${errors[@]}"; do
        [[ $err =~ $each ]] || wrong="${wrong:+$wrong; }errors do not match $each"
    done
    for each in "${never[@]}"; do
        [[ ! $out$err =~ $each ]] || wrong="${wrong:+$wrong; }printed $each"
    done
    if [ -z "$wrong" ]; then
        record "$name" ok ''
        return 0
    fi
    record "$name" failed "$wrong${err:+; errors: $err}${out:+; output: $out}"
    return 1
}

# check_tty NAME ... -- COMMAND...: the same, with a terminal as the command's input and outputs. What it prints is all
# output: no -e here. script(1) takes the shell of the environment (without one: sh), which need not read what %q writes.
check_tty() {
    local arguments=()
    while [ "$1" != -- ]; do
        arguments+=("$1")
        shift
    done
    shift
    check "${arguments[@]}" -- env SHELL="$BASH" script -qec "$(printf '%q ' "$@")" /dev/null
}

# await SECONDS COMMAND...: until the command (silent) succeeds; fails when the time is over.
await() {
    local deadline=$((SECONDS + $1 * ENGINE_PATIENCE))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.05
    done
}

# --- what is left --------------------------------------------------------------------------------------------------------

# is_ours PID: this shell or one of its subshells?
is_ours() {
    grep -qa -- 'world.sh.--rooted' "/proc/$1/cmdline" 2>/dev/null
}

# An engine may set LEFT_ALLOWED, a regular expression of lines that are its own and stay.
take_census() {
    local directory pid parent
    find /sys/fs/cgroup -mindepth 1 -type d ! -path /sys/fs/cgroup/init -printf 'cgroup %P\n'
    sed 's/^[0-9]* [0-9]* [^ ]* \([^ ]*\) \([^ ]*\).* - \([^ ]*\).*/mount \3 on \2 of \1/' /proc/self/mountinfo
    for directory in /run/thwart /run/crun /run/runc /run/user/*/thwart /run/user/*/crun /run/user/*/runc \
        /run/containerd/runc/* /run/docker/runtime-*/*; do
        # thwart's cache of compiled filters is meant to stay; everything else belongs to a container.
        [ ! -d "$directory" ] || find "$directory" -mindepth 1 -name '@*' -prune -o -mindepth 1 -printf 'state %p\n'
    done
    for directory in /proc/[0-9]*; do
        pid=${directory#/proc/}
        case $(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "$directory/status" 2>/dev/null) in '' | Z | X) continue ;; esac
        # Neither this shell and its subshells, nor what those have started for counting.
        ! is_ours "$pid" || continue
        parent=$(sed -n 's/^PPid:[[:space:]]*//p' "$directory/status" 2>/dev/null)
        [ "$parent" -le 1 ] || ! is_ours "$parent" || continue
        echo "process $(tr '\0' ' ' 2>/dev/null <"$directory/cmdline")"
    done
    find /dev/shm /dev/mqueue -mindepth 1 -printf 'shared %p\n' 2>/dev/null
}

new_in_census() {
    take_census | sort >"$WORLD/census.after"
    sort "$WORLD/census.before" | comm -13 - "$WORLD/census.after" | grep -vE "${LEFT_ALLOWED:-^$}"
}

# nothing_left: the engine may be about to remove the last of it: that has five seconds.
nothing_left() {
    local deadline=$((SECONDS + 5 * ENGINE_PATIENCE))
    while [ -n "$(new_in_census)" ]; do
        if [ "$SECONDS" -ge "$deadline" ]; then
            new_in_census
            return 1
        fi
        sleep 0.1
    done
}

check_nothing_left() {
    check "nothing is left: groups, processes, mounts, state" -- nothing_left
    return 0
}
