#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Decisions with everything in them obey the published schema, use all of it, and broken ones do not; as ECS and OCSF
# they have what those require, in values that those allow.
# usage: decision_schema.sh UNIT_CONTAINER_DECISIONS SCHEMA
set -eu

if ! python3 -c 'import jsonschema' 2>/dev/null; then
    echo 'skipped: python3-jsonschema is not installed'
    exit 77
fi
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
"$1" "$directory/documents" >"$directory/log" 2>&1 || { cat "$directory/log" && exit 1; }
python3 - "$2" "$directory/documents" <<'PYTHON'
import copy
import json
import sys

import jsonschema

schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
documents = [json.loads(line) for line in open(sys.argv[2])]
own = [d for d in documents if "type" in d]
ecs = [d for d in documents if "ecs" in d]
ocsf = [d for d in documents if "class_uid" in d]
wrong = 0


def check(true, what, document):
    global wrong
    if not true:
        wrong += 1
        print(f"{what}\n{json.dumps(document)[:600]}")


for document in own + [d["thwart"] for d in ecs] + [d["unmapped"]["thwart"] for d in ocsf]:
    for error in validator.iter_errors(document):
        check(False, f"{error.json_path}: {error.message[:300]}", document)

unseen = {
    "event": set(schema["properties"]),
    "container": set(schema["properties"]["container"]["properties"]),
    "policy": set(schema["definitions"]["policy"]["properties"]),
    "image": set(schema["properties"]["image"]["properties"]),
    "finding": set(schema["definitions"]["finding"]["properties"]),
}
effects = set(schema["definitions"]["effect"]["enum"])
for document in own:
    unseen["event"] -= set(document)
    unseen["container"] -= set(document["container"])
    unseen["image"] -= set(document.get("image", {}))
    effects -= {document["effect"]}
    for policy in document["policies"]:
        unseen["policy"] -= set(policy)
    for finding in document["findings"]:
        unseen["finding"] -= set(finding)
if effects or any(unseen.values()):
    sys.exit(f"no document has {unseen}, {effects}")

whole = next(d for d in own if len(d["findings"]) > 1)


def breaks(change):
    broken = copy.deepcopy(whole)
    change(broken)
    if validator.is_valid(broken):
        sys.exit(f"the schema accepts {json.dumps(broken)[:600]}")


for key in schema["required"]:
    breaks(lambda d: d.pop(key))
for key in schema["definitions"]["finding"]["required"]:
    breaks(lambda d: d["findings"][0].pop(key))
for key in schema["definitions"]["policy"]["required"]:
    breaks(lambda d: d["policies"][0].pop(key))
breaks(lambda d: d.update(surprise=1))
breaks(lambda d: d.update(schema=2))
breaks(lambda d: d.update(sequence=-1))
breaks(lambda d: d.update(time="2026-01-02 03:04:05"))
breaks(lambda d: d.update(action="start"))
breaks(lambda d: d.update(effect="maybe"))
breaks(lambda d: d["findings"][0].update(rule="TW1"))
breaks(lambda d: d["findings"][0].update(pointer="process"))
breaks(lambda d: d.update(trust="much"))
breaks(lambda d: d.update(image={"manifest": "sha256:0"}))
breaks(lambda d: d.update(image={"keys": ["01AB"]}))
breaks(lambda d: d.update(image={"surprise": 1}))
breaks(lambda d: d["container"].update(configDigest="sha256:0"))

# The allowed values of ECS 8.11 for those that are used.
expected = {
    "process": {"access", "change", "end", "info", "start"},
    "configuration": {"access", "change", "creation", "deletion", "info"},
    "intrusion_detection": {"allowed", "denied", "info"},
}
for document in ecs:
    event = document["event"]
    check(event["kind"] in ("alert", "event"), "kind", event)
    check(event["outcome"] in ("success", "failure"), "outcome", event)
    check(set(event["category"]) <= set(expected), "category", event)
    check(set(event["type"]) <= set().union(*(expected[c] for c in event["category"])), "type", event)
    check((event["outcome"] == "failure") == (document["thwart"]["effect"] == "refused"), "outcome of", document)
    check(document["@timestamp"] == document["thwart"]["time"], "time", document)
    check(document["container"]["id"] == document["thwart"]["container"]["id"], "container", document)

outcomes = {"refused": (2, 2), "narrowed": (4, 11), "would-refuse": (3, 17), "would-narrow": (3, 17), "granted": (1, 1)}
for document in ocsf:
    for key in ("activity_id", "category_uid", "class_uid", "metadata", "severity_id", "time", "type_uid", "finding_info", "compliance"):
        check(key in document, f"no {key}", document)
    check(document["type_uid"] == document["class_uid"] * 100 + document["activity_id"], "type_uid", document)
    check(document["class_uid"] // 1000 == document["category_uid"], "category", document)
    check(document["metadata"]["version"] and document["metadata"]["product"]["name"], "metadata", document)
    check(len(document["compliance"]["standards"]) > 0 and document["finding_info"]["uid"], "finding", document)
    check((document["action_id"], document["disposition_id"]) == outcomes[document["unmapped"]["thwart"]["effect"]], "outcome", document)
    check(isinstance(document["time"], int) and document["time"] > 10**12, "milliseconds", document)

print(f"{len(own)} + {len(ecs)} + {len(ocsf)} documents checked, {wrong} errors")
sys.exit(1 if wrong or min(len(own), len(ecs), len(ocsf)) < 6 else 0)
PYTHON
