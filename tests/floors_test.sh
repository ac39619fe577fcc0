#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The floors check itself: it passes on this tree, and fails on each kind of mistake planted in a copy.
set -eu
root=$(cd "${1:-$(dirname "$0")/..}" && pwd)
check=$root/tests/floors.sh
"$check" "$root"
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
plant() { # name, file, line
    rm -rf "$copy/src"
    cp -r "$root/src" "$copy/src"
    printf '%s\n' "$3" >>"$copy/src/$2"
    if "$check" "$copy" >/dev/null 2>&1; then
        echo "not noticed: $1" >&2
        exit 1
    fi
    echo "noticed: $1"
}
plant "an arrow up" base/error.c '#include "cli/options.h"'
plant "kernel code that reads the request" linux/cgroup.h '#include "spec/spec.h"'
plant "yajl outside json/" spec/spec.h '#include <yajl/yajl_parse.h>'
plant "libseccomp outside its adapter" linux/seccomp.h '#include <seccomp.h>'
plant "a header that does not exist" plan/plan.h '#include "base/nothing.h"'
plant "a path not written from src/" plan/plan.h '#include "plan.h"'
