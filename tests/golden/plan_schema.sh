#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every plan of the golden cases and of the samples, as JSON, obeys the published schema; and the schema is strict enough to refuse a broken one.
# usage: plan_schema.sh PLAN_GOLDEN SCHEMA GOLDEN SAMPLES
set -eu

if ! python3 -c 'import jsonschema' 2>/dev/null; then
    echo 'skipped: python3-jsonschema is not installed'
    exit 77
fi
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
"$1" "$3" "$4" "$directory"
python3 - "$2" "$directory" <<'PYTHON'
import json
import pathlib
import sys

import jsonschema

schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
wrong = count = 0
members = set()
for path in sorted(pathlib.Path(sys.argv[2]).glob("*.json")):
    plan = json.load(open(path))
    members.update(plan)
    count += 1
    for error in validator.iter_errors(plan):
        wrong += 1
        print(f"{path.name}: /{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}")
broken = json.load(open(path))
broken["rootfs"]["mounts"].append({"kind": "bind"})
broken["surprise"] = 1
if len(list(validator.iter_errors(broken))) < 2:
    sys.exit("the schema accepts a broken plan")
unseen = set(schema["properties"]) - members
if unseen:
    sys.exit(f"no plan has the members {sorted(unseen)}")
print(f"{count} plans checked, {wrong} errors")
sys.exit(1 if wrong or count < 80 else 0)
PYTHON
