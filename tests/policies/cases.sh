#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every shipped policy has cases that it allows and cases that it refuses, and decides them so.
# usage: cases.sh THWART POLICIES_DIRECTORY
set -eu
failed=0
for policy in "$2"/*.json; do
    name=$(basename "$policy" .json)
    case $name in
    policy.schema) continue ;;
    unrestricted) kinds=allowed ;;
    *) kinds='allowed refused' ;;
    esac
    for kind in $kinds; do
        [ -n "$(ls "$2/tests/$name/$kind")" ] || { echo "$name: no case is $kind" >&2 && failed=1; }
    done
    # A configuration in no case is judged by nobody.
    for config in "$2/tests/$name"/*/*.json; do
        grep -q "\"$(basename "$config")\"\|/$(basename "$config")\"" "$2/tests/$name/cases.json" ||
            { echo "$config is in no case" >&2 && failed=1; }
    done
    # A case's folder says what becomes of it.
    if grep '"bundle": "refused"' "$2/tests/$name/cases.json" | grep -v '"effect": "refused"' ||
        grep '"bundle": "allowed"' "$2/tests/$name/cases.json" | grep '"effect": "refused"'; then
        echo "$name: a case expects the contrary of its folder" >&2
        failed=1
    fi
    "$1" policy test "$2/tests/$name" >/dev/null || { "$1" policy test "$2/tests/$name" | grep -v '^ok ' >&2 || true; failed=1; }
done
exit $failed
