#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What thwart score says of every sample, under nothing, the default and the strictest policy; and that it obeys its schema.

usage: score.py THWART PROJECT GOLDEN
GOLDEN/POLICY.txt has a line a sample: name, request, grant, and the terms (with "-" before those that policies took away).
THWART_UPDATE_GOLDEN=1 records anew.
"""
import json
import os
import pathlib
import subprocess
import sys


def document(thwart, policy, samples):
    words = [thwart, "score", "--policy", policy, "--format", "json", *samples]
    return json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def lines(found):
    for bundle in found["bundles"]:
        terms = " ".join(("" if entry["granted"] else "-") + entry.get("term", entry.get("interaction"))
                         for entry in bundle["terms"])
        grant = "refused" if bundle["refused"] else bundle["grant"]["score"]
        yield f'{pathlib.Path(bundle["bundle"]).stem} {bundle["request"]["score"]} {grant} {terms}\n'


def main(thwart, project, golden):
    project, golden = pathlib.Path(project), pathlib.Path(golden)
    samples = [str(path) for path in sorted((project / "tests/samples/bundles").glob("*.json"))]
    schema = json.loads((project / "docs/thwart-score.schema.json").read_text())
    wrong = 0
    try:
        import jsonschema
    except ImportError:
        jsonschema = None
    for policy in ("unrestricted", "baseline", "restricted"):
        found = document(thwart, policy, samples)
        if jsonschema is not None:
            jsonschema.Draft7Validator.check_schema(schema)
            jsonschema.validate(found, schema)
        for bundle in found["bundles"]:
            if bundle["grant"]["points"] > bundle["request"]["points"]:
                print(f'{policy}: {bundle["bundle"]}: the grant scores worse than the request')
                wrong += 1
        text, path = "".join(lines(found)), golden / f"{policy}.txt"
        if os.environ.get("THWART_UPDATE_GOLDEN"):
            path.write_text(text)
        elif path.read_text() != text:
            for expected, is_now in zip(path.read_text().splitlines(), text.splitlines()):
                if expected != is_now:
                    print(f"{path}:\n- {expected}\n+ {is_now}")
            wrong += 1
    return 1 if wrong or len(samples) < 50 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
