#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# thwart check of the files that a commit changes: thwart-check.sh [OPTION=VALUE...] FILE...
# Options are those of thwart check, in one word each (args: [--policy=policies/site.json]). Of *.json files those are judged that
# are configurations of containers or policies, as thwart check tells them apart in a folder; a broken one counts.
set -eu

command -v "${THWART:=thwart}" >/dev/null || {
    echo "thwart-check: thwart is not installed" >&2
    exit 2
}
found=0 total=$#
while [ "$total" != 0 ]; do
    each=$1
    shift
    total=$((total - 1))
    # A file of a name like an option's is a file: else whoever adds one could add an option.
    if [ ! -e "$each" ]; then
        set -- "$@" "$each"
    elif grep -qE '"(ociVersion|thwart)"[[:space:]]*:' -- "$each"; then
        case $each in
        -*) each=./$each ;;
        esac
        set -- "$@" "$each"
        found=$((found + 1))
    fi
done
[ "$found" != 0 ] || exit 0
exec "$THWART" check "$@"
