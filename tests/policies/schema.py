#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The published schema of policies and the parser agree: over the good samples and what is shipped, over the bad samples, and key by key.

usage: schema.py SOURCE_ROOT
"""
import json
import pathlib
import re
import sys

try:
    import jsonschema
except ImportError:
    print("skipped: python3-jsonschema is not installed")
    sys.exit(77)

# Mistakes that no schema can express: an editor does not show them, `thwart policy check` does.
BEYOND = {
    "argument-mask-never": "relates two numbers by their bits",
    "errno-unknown": "the names of errors are not listed: they are the kernel's",
    "extends-itself": "relates a list to another key",
    "glob-open-class": "counting brackets",
    "io-device-twice": "relates two elements of a list",
    "key-duplicate": "a duplicate key is gone before the schema sees it",
    "otherwise-twice": "relates a key to one of another object",
    "profile-empty": "profiles have a form of their own",
    "profile-member": "profiles have a form of their own",
    "profile-file-unreadable": "the file's existence",
    "range-backwards": "relates two numbers within a string",
    "range-overlap": "relates two elements of a list",
    "rlimit-twice": "two spellings of one key",
    "signature-more-than-keys": "relates a number to a list's length",
    "signature-same-key-twice": "two spellings of one fingerprint",
    "size-overflow": "arithmetic",
    "when-glob-open": "counting brackets",
}


def without_comments(text: str) -> str:
    """Comments become blanks, but not what looks like one in a string; lines stay."""
    token = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
    return token.sub(lambda match: match[0] if match[0][0] == '"' else re.sub(r"[^\n]", " ", match[0]), text)


def load(path: pathlib.Path):
    return json.loads(without_comments(path.read_text(encoding="utf-8")))


def keys_of_schema(node) -> set:
    keys = set()
    if isinstance(node, dict):
        keys |= set(node.get("properties", {}))
        for child in node.values():
            keys |= keys_of_schema(child)
    elif isinstance(node, list):
        for child in node:
            keys |= keys_of_schema(child)
    return keys


def keys_of_value(node) -> set:
    keys = set()
    if isinstance(node, dict):
        keys |= set(node)
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
        keys |= keys_of_value(child)
    return keys


def keys_of_parser(root: pathlib.Path) -> set:
    keys = set()
    for path in (root / "src/policy").glob("read*.c"):
        text = path.read_text()
        keys |= set(re.findall(r'(?:READER_KEY|READER_RULE|READER_OBJECT_RULE|HEAD)\([^"#]*?"(\w+)"', text))
        keys |= set(re.findall(r'\.key = "(\w+)"', text))
        keys |= set(re.findall(r"^    (?:ALLOW_)?SECTION\((\w+)\)", text, re.MULTILINE))
    return keys


def main(root: pathlib.Path) -> int:
    schema = json.loads((root / "policies/policy.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    wrong, used, good, bad = [], set(), 0, 0
    samples = root / "tests/samples/policies"

    for path in sorted(samples.glob("good/*.json")) + sorted(root.glob("policies/*.json")):
        if path.name.endswith(".schema.json"):
            continue
        good += 1
        value = load(path)
        used |= keys_of_value(value)
        wrong += [
            f"{path.name}: /{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in validator.iter_errors(value)
        ]
    for path in sorted(samples.glob("bad/*.json")):
        bad += 1
        try:
            accepted = not list(validator.iter_errors(load(path)))
        except (json.JSONDecodeError, UnicodeDecodeError):
            accepted = False
        if accepted != (path.stem in BEYOND):
            wrong.append(f"{path.name}: " + ("the schema accepts it" if accepted else "the schema refuses it: take it off the list"))
    wrong += [f"BEYOND names {name}, which is no sample" for name in BEYOND if not (samples / f"bad/{name}.json").exists()]

    of_schema, of_parser = keys_of_schema(schema), keys_of_parser(root)
    if len(of_parser) < 80:
        wrong.append(f"only {len(of_parser)} keys were found in the parser: the search is broken")
    wrong += [f'"{key}" is read and not in the schema' for key in sorted(of_parser - of_schema)]
    wrong += [f'"{key}" is in the schema and in no good sample' for key in sorted(of_schema - used)]
    if good < 45 or bad < 60:
        wrong.append(f"only {good} good and {bad} bad samples")
    print("\n".join(wrong + [f"{good} good, {bad} bad, {len(of_parser)} keys, {len(wrong)} errors"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
