#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Judges documents by an index template, more strictly than Elasticsearch: no field without a mapping, no value converted.

index_template.py template TEMPLATE SCHEMA    the template has ECS's types and every member of the events' schema
index_template.py documents TEMPLATE FILE     the documents of FILE, one a line
Says what is wrong, a line each, and ends with 1 then."""
import json
import re
import sys

# Of ECS 8.11, as far as events of thwart use it: field, type, and where ECS allows certain values only, these.
ECS = {
    "@timestamp": ("date", None), "message": ("match_only_text", None), "ecs.version": ("keyword", None),
    "event.kind": ("keyword", {"alert", "event"}),
    "event.category": ("keyword", {"configuration", "intrusion_detection", "process"}),
    "event.type": ("keyword", {"access", "allowed", "change", "denied", "info", "start"}),
    "event.outcome": ("keyword", {"failure", "success", "unknown"}),
    "event.module": ("keyword", None), "event.dataset": ("keyword", None), "event.provider": ("keyword", None),
    "event.action": ("keyword", None), "event.code": ("keyword", None), "event.reason": ("keyword", None),
    "event.severity": ("long", None), "event.sequence": ("long", None),
    "rule.id": ("keyword", None), "rule.name": ("keyword", None), "rule.description": ("keyword", None),
    "rule.category": ("keyword", None), "rule.ruleset": ("keyword", None),
    "container.id": ("keyword", None), "container.runtime": ("keyword", None), "container.image.name": ("keyword", None),
    "container.image.hash.all": ("keyword", None), "host.hostname": ("keyword", None), "host.boot.id": ("keyword", None),
    "observer.product": ("keyword", None), "observer.type": ("keyword", None), "observer.version": ("keyword", None),
    "process.args": ("keyword", None), "process.args_count": ("long", None),
}
# ECS: always one value, never a list; where it is a list ECS says so.
LISTS = {"event.category", "event.type", "container.image.hash.all", "process.args"}
REQUIRED = {"@timestamp", "ecs.version", "event.kind", "event.category", "event.type", "event.dataset"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}Z\Z")
INTEGERS = {"long": (-(2**63), 2**63 - 1), "unsigned_long": (0, 2**64 - 1)}


def flat(properties, before=""):
    """Every field with its type; "" for what only holds others."""
    for name, field in properties.items():
        yield before + name, field.get("type", "")
        yield from flat(field.get("properties", {}), before + name + ".")


def wrong_value(kind, value):
    if kind in ("keyword", "match_only_text"):
        return not isinstance(value, str)
    if kind in INTEGERS:
        low, high = INTEGERS[kind]
        return isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high
    if kind in ("date", "date_nanos"):
        return not isinstance(value, str) or not TIME.match(value)
    return True


def judge(fields, value, path, found, seen):
    if isinstance(value, dict):
        if path and fields.get(path) not in ("", "nested"):
            found.append("%s: an object, mapped as %s" % (path, fields.get(path, "nothing")))
            return
        for name, member in value.items():
            judge(fields, member, path + "." + name if path else name, found, seen)
    elif isinstance(value, list):
        if path in ECS and path not in LISTS:
            found.append(path + ": a list")
        for item in value:
            judge(fields, item, path, found, seen)
    else:
        seen.add(path)
        if path not in fields:
            found.append(path + ": not mapped")
        elif wrong_value(fields[path], value):
            found.append("%s: %r is no %s" % (path, value, fields[path]))
        elif path in ECS and ECS[path][1] and value not in ECS[path][1]:
            found.append("%s: %r is none of ECS's values" % (path, value))


def documents(template, lines):
    fields, found = dict(flat(template["template"]["mappings"]["properties"])), []
    count = 0
    for count, line in enumerate(lines, 1):
        seen = set()
        judge(fields, json.loads(line), "", found, seen)
        found += ["document %d: no %s" % (count, name) for name in sorted(REQUIRED - seen)]
        found += ["%s: no field of ECS" % name for name in seen if not name.startswith("thwart.") and name not in ECS]
    return found if count else ["no documents"]


def members(schema, node, path):
    """The paths that a JSON schema describes."""
    while "$ref" in node:
        node = schema["definitions"][node["$ref"].rsplit("/", 1)[1]]
    if "items" in node:
        yield from members(schema, node["items"], path)
        return
    yield path
    for name, member in node.get("properties", {}).items():
        yield from members(schema, member, path + "." + name)


def judge_template(template, schema):
    fields, found = dict(flat(template["template"]["mappings"]["properties"])), []
    own = set(members(schema, schema, "thwart"))
    found += ["%s: %s in ECS, %s here" % (name, kind, fields.get(name)) for name, (kind, _) in ECS.items() if fields.get(name) != kind]
    found += [name + ": not in the template" for name in sorted(own - set(fields))]
    found += [name + ": neither of ECS nor of the events' schema" for name in sorted(fields)
              if fields[name] not in ("", "nested") and name not in ECS and name not in own]
    if "data_stream" not in template or template["index_patterns"] != ["logs-thwart.decision-*"]:
        found.append("not for the data stream that the shippers name")
    return found


if __name__ == "__main__":
    with open(sys.argv[2], encoding="utf-8") as file:
        given = json.load(file)
    with open(sys.argv[3], encoding="utf-8") as file:
        wrong = judge_template(given, json.load(file)) if sys.argv[1] == "template" else documents(given, file)
    print("\n".join(sorted(set(wrong))))
    sys.exit(1 if wrong else 0)
