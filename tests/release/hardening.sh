#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the release's binary is made of. Prints TAP. usage: hardening.sh THWART
# shellcheck disable=SC2317 # the checks are called by name
set -u
binary=${1:?usage: hardening.sh THWART}
number=0
failed=0
check() { # NAME COMMAND...
    local name=$1
    shift
    number=$((number + 1))
    if "$@"; then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name"
        failed=1
    fi
}
headers() { readelf -Wl "$binary"; }
dynamic() { readelf -Wd "$binary"; }
symbols() { readelf -Ws "$binary"; }
has() { "$1" 2>/dev/null | grep -qE "$2"; }
has_not() { ! "$1" 2>/dev/null | grep -qE "$2"; }
writable_and_executable() { headers | awk '$1 == "LOAD" && $0 ~ /RWE/ { found = 1 } END { exit !found }'; }
none_writable_and_executable() { ! writable_and_executable; }
set_id() { [ ! -u "$binary" ] && [ ! -g "$binary" ]; }

check "is position independent" has headers 'Elf file type is DYN'
check "needs no shared library" has_not dynamic 'NEEDED'
check "needs no program interpreter" has_not headers 'INTERP'
check "its relocated data is read-only" has headers 'GNU_RELRO'
check "binds everything at start" has dynamic 'FLAGS.*(NOW|BIND_NOW)'
check "its stack is not executable" has headers 'GNU_STACK.* RW '
check "no part is writable and executable" none_writable_and_executable
check "its stacks are protected" has symbols '__stack_chk_fail'
check "library calls are fortified" has symbols '__(vsnprintf|memcpy|snprintf|read|fprintf)_chk'
check "is not set-id" set_id
echo "1..$number"
exit $failed
