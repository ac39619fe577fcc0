#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every form of a report about the samples is the recorded one, whatever the number of workers, and is what its readers
# take: check/validate.py. THWART_UPDATE_GOLDEN=1 records anew.
# usage: check_reports.sh THWART DIRECTORY SCHEMA VERSION
set -eu

thwart=$(realpath "$1") directory=$2 schema=$3 version=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$directory"
printf '{"thwart": 1, "default": "unrestricted", "policies": [], "waivers": ["%s"]}\n' "$PWD/waivers.json" >"$work/thwart.json"
export NO_COLOR=1 LC_ALL=C.UTF-8

# report FORMAT JOBS [OPTION...]: into the work directory; the version is not part of what is compared.
report() {
    format=$1 jobs=$2
    shift 2
    status=0
    "$thwart" check --configuration "$work/thwart.json" --policy site.json --jobs "$jobs" --format "$format" "$@" samples >"$work/raw" || status=$?
    [ "$status" -eq 2 ] || {
        echo "$format: status $status and not 2"
        return 1
    }
    sed "s/\"$version\"/\"VERSION\"/g" "$work/raw"
}

failed=0
for format in text json sarif junit tap github gitlab; do
    report "$format" 1 >"$work/$format"
    report "$format" 3 >"$work/$format.parallel"
    cmp "$work/$format" "$work/$format.parallel" || failed=1
    if [ -n "${THWART_UPDATE_GOLDEN:-}" ]; then
        cp "$work/$format" "reports/samples.$format"
    fi
    diff -u "reports/samples.$format" "$work/$format" || failed=1
done

if ! python3 -c 'import jsonschema' 2>/dev/null; then
    echo 'skipped: python3-jsonschema is not installed'
    exit $((failed ? 1 : 77))
fi
python3 validate.py "$schema" sarif.schema.json "$work" || failed=1
exit "$failed"
