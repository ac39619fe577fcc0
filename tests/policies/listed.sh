#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every policy and group of policies/ is in the list that is built into the program, and nothing else is.
# usage: listed.sh POLICIES_DIRECTORY
set -eu
cd "$1"
there=$(find . -name '*.json' ! -name '*.schema.json' ! -path './tests/*' | sed 's|^\./||' | LC_ALL=C sort)
listed=$(sed -n "s/^ *'\([^']*\.json\)',\$/\1/p" meson.build | LC_ALL=C sort)
[ -n "$listed" ] || { echo "no file is listed in meson.build" >&2 && exit 1; }
[ "$there" = "$listed" ] || {
    echo "policies/meson.build does not list what lies in policies/:" >&2
    printf 'there:\n%s\nlisted:\n%s\n' "$there" "$listed" >&2
    exit 1
}
