#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Resources on a machine with every controller: for each of the specification the process feels the limit, or the
# file of its cgroup holds the converted value. Runs as root in the machine that run.sh boots; prints TAP.
#
#   resources.sh STAGE [CASES]    the directory that run.sh prepared: bin/ rootfs/ templates/
#                                 CASES: the file of this directory with the cases ("cases", "systemd_cases")
#
# THWART_VM_ONLY in the environment: an expression; only cases with a name that it matches are run.
# The machine is emulated, and each exec costs it dearly: configurations are templates that are filled in by this
# shell, and files are read by it.
set -uo pipefail
shopt -s extglob

stage=$1
thwart=$stage/bin/thwart
groups=/sys/fs/cgroup
work=/tmp/resources
count=0
failures=0

mkdir -p "$work"
# The cases ask for all that runtimes can do; what policies make of it is tested elsewhere. The machine is thrown away.
mkdir -p /etc/thwart
echo '{"thwart": 1, "default": "unrestricted"}' >/etc/thwart/thwart.json

# ---- bundles --------------------------------------------------------------------------------------------------------

# A JSON list of the arguments.
list() {
    local each text='' separator=''
    for each; do
        each=${each//\\/\\\\}
        each=${each//$'\n'/\\n}
        text+=$separator\"${each//\"/\\\"}\"
        separator=,
    done
    printf '[%s]' "$text"
}

# bundle RESOURCES [PROGRAM...]: the test's bundle. TEMPLATE, CGROUP, NAMESPACES, MOUNTS, LINUX and PROCESS may change
# what is around them.
bundle() {
    local text resources=$1
    shift
    [ $# != 0 ] || set -- /bin/probe sleep
    text=$(<"$stage/templates/${TEMPLATE:-plain}.json")
    text=${text//'"@RESOURCES@"'/"$resources"}
    text=${text//'"@ARGUMENTS@"'/"$(list "$@")"}
    text=${text//'@CGROUP@'/"${CGROUP:-/$ID}"}
    text=${text//'"@NAMESPACE@"'/"${NAMESPACES:-$cgroup_namespace}"}
    text=${text//'"@MOUNT@"'/"${MOUNTS:-$no_mount}"}
    text=${text//'"@LINUX@":0'/"${LINUX:-\"@none@\":0}"}
    text=${text//'"@PROCESS@":0'/"${PROCESS:-\"@none@\":0}"}
    printf '%s\n' "$text" >"$BUNDLE/config.json"
}
cgroup_namespace='{"type":"cgroup"}'
no_mount='{"destination":"/mnt","type":"tmpfs","source":"tmpfs"}'

# ---- the runtime ----------------------------------------------------------------------------------------------------

rt() {
    timeout --foreground -k 2 30 "$thwart" "$@"
}

# create [ID]: the container is made, its program not started; PID is its process.
create() {
    rt create --bundle "$BUNDLE" --pid-file "$work/pid" "${1:-$ID}" >"$work/out" 2>"$work/err" </dev/null ||
        fail "create: $(<"$work/err")"
    PID=$(<"$work/pid")
}

# run_it: to its end; STATUS and what it printed in OUT.
run_it() {
    STATUS=0
    rt run --bundle "$BUNDLE" "$ID" >"$work/out" 2>"$work/err" </dev/null || STATUS=$?
    OUT=$(<"$work/out")
}

refused() {
    run_it
    [ "$STATUS" != 0 ] || fail "not refused"
    [[ $(<"$work/err") =~ $1 ]] || fail "refused with other words: $(<"$work/err")"
}

# ---- assertions -----------------------------------------------------------------------------------------------------

fail() {
    echo "$*"
    exit 1
}

# is FILE VALUE: a cgroup file's whole content, blanks at its ends aside.
is() {
    local content
    [ -e "$1" ] || fail "$1 does not exist"
    content=$(<"$1")
    content=${content%"${content##*[! ]}"}
    [ "$content" = "$2" ] || fail "$1 is '$content', expected '$2'"
}

# has FILE TEXT: one of its lines is the text.
has() {
    local line
    while IFS= read -r line; do
        [ "$line" != "$2" ] || return 0
    done <"$1"
    fail "$1 has no line '$2': $(<"$1")"
}

# number FILE KEY: the number behind a key.
number() {
    local key value
    while read -r key value; do
        [ "$key" != "$2" ] || { echo "$value" && return; }
    done <"$1"
}

said() {
    [[ $OUT == *"$1"* ]] || fail "the container said '$OUT', expected '$1'; errors: $(<"$work/err")"
}

# did WHAT OBJECT ERROR: one of the probe's lines (null: no error).
did() {
    local line
    while IFS= read -r line; do
        [[ $line != "{\"did\":\"$1\",\"on\":\"$2\","*"\"error\":"?(\")"$3"?(\")"}" ]] || return 0
    done <<<"$OUT"
    fail "expected: $1 $2 $3; the container said '$OUT'; errors: $(<"$work/err")"
}

gone() {
    [ ! -e "$groups$1" ] || fail "$1 is still there"
}

eventually() {
    local round
    for ((round = 0; round < 100; round++)); do
        ! "$@" 2>/dev/null || return 0
        sleep 0.1
    done
    fail "never came true: $*"
}

# holds RESOURCES FILE=VALUE...: the files of a created container.
holds() {
    local each
    bundle "$1"
    shift
    create
    for each; do
        is "$groups/$ID/${each%%=*}" "${each#*=}"
    done
}

# ---- one case after the other -----------------------------------------------------------------------------------------

# What cases could leave behind: cgroups and state. Processes are counted once, at the end.
census() {
    local each
    shopt -s nullglob globstar
    for each in "$groups"/**/ /run/thwart/*; do
        case $each in /run/thwart/@*) ;; *) printf '%s ' "$each" ;; esac
    done
    shopt -u nullglob globstar
}

processes() {
    find /proc -maxdepth 2 -path '/proc/[0-9]*/exe' -printf '%l\n' 2>/dev/null | grep -E '/(thwart|probe|busybox)( |$)' |
        grep -v vm-run | sort
}

run_case() {
    local name=$1 status=0
    [[ $name =~ ${THWART_VM_ONLY:-} ]] || return 0
    shift
    count=$((count + 1))
    ID=case-$count BUNDLE=$work/$count
    mkdir -p "$BUNDLE"
    ln -s "$stage/rootfs" "$BUNDLE/rootfs"
    (
        set -e
        "$@"
    ) >"$work/log" 2>&1
    status=$?
    if [ $status = 77 ]; then
        echo "ok $count $name # skip $(<"$work/log")"
        return
    fi
    rt delete --force "$ID" >>"$work/log" 2>&1 || status=1
    after=$(census)
    if [ "$before" != "$after" ]; then
        printf 'before: %s\nafter: %s\n' "$before" "$after" >>"$work/log"
        before=$after
        status=1
    fi
    if [ $status = 0 ]; then
        echo "ok $count $name"
    else
        echo "not ok $count $name"
        sed 's/^/#   /' "$work/log"
        failures=$((failures + 1))
    fi
}

# Last, so that they may put their own in the place of what is above.
# shellcheck source-path=SCRIPTDIR/../.. source=tests/vm/cases.sh disable=SC2119,SC2120,SC2034
. "$stage/tests/vm/${2:-cases}.sh"

no_process() {
    [ -z "$(processes)" ] || fail "$(processes)"
}

before=$(census)
all_cases
run_case "no process is left" no_process
echo "1..$count"
echo "# $SECONDS seconds"
[ $failures = 0 ]
