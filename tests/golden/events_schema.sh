#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The documents of `events` with everything in them obey the published schema, use all of it, and a broken one does not.
# usage: events_schema.sh UNIT_CONTAINER_EVENTS SCHEMA
set -eu

if ! python3 -c 'import jsonschema' 2>/dev/null; then
    echo 'skipped: python3-jsonschema is not installed'
    exit 77
fi
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
"$1" "$directory/documents" >"$directory/log" 2>&1 || { cat "$directory/log" && exit 1; }
python3 - "$2" "$directory/documents" <<'PYTHON'
import json
import sys

import jsonschema

schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
documents = [json.loads(line) for line in open(sys.argv[2])]
wrong = 0
for document in documents:
    for error in validator.iter_errors(document):
        wrong += 1
        print(f"{error.message[:300]}\n{json.dumps(document)[:300]}")
unseen = set(schema["definitions"]["data"]["properties"])
for document in documents:
    unseen -= set(document.get("data", {}))
if unseen:
    sys.exit(f"no document has the members {sorted(unseen)}")
for broken in ({"type": "stats", "id": "x", "data": {"pids": {"current": "1", "limit": 0}}}, {"type": "other", "id": "x"},
               {"type": "oom", "id": "x", "data": {}}, {"type": "stats", "id": "x", "data": {"surprise": 1}}):
    if validator.is_valid(broken):
        sys.exit(f"the schema accepts {broken}")
print(f"{len(documents)} documents checked, {wrong} errors")
sys.exit(1 if wrong or len(documents) < 6 else 0)
PYTHON
