# SPDX-License-Identifier: GPL-2.0-or-later
# Reports as those read them who take them: schemas, XML, TAP, commands; and all of them tell of the same findings at
# places that are really there.
# usage: validate.py JSON_SCHEMA SARIF_SCHEMA REPORTS
import copy
import json
import pathlib
import re
import sys
import urllib.parse
import xml.etree.ElementTree

import jsonschema

faults = []


def fault(where, what):
    faults.append(f"{where}: {what}")


def check_schema(name, path, document, breakages):
    schema = json.load(open(path))
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    for error in validator.iter_errors(document):
        fault(name, "/" + "/".join(map(str, error.absolute_path)) + ": " + error.message[:200])
    for breakage in breakages:
        broken = copy.deepcopy(document)
        breakage(broken)
        if not list(validator.iter_errors(broken)):
            fault(name, "the schema accepts a broken report")


def token_at(file, line, start, end, unit):
    """What the place shows; unit: bytes or characters."""
    lines = pathlib.Path(file).read_bytes().split(b"\n")
    if line > len(lines):
        fault(file, f"has no line {line}")
        return ""
    text = lines[line - 1] if unit == "bytes" else lines[line - 1].decode()
    token = text[start - 1 : end - 1]
    return token.decode() if unit == "bytes" else token


def check_token(name, token):
    try:
        json.loads(token if token[:1] not in "{[" else token + {"{": "}", "[": "]"}[token[0]])
    except (ValueError, IndexError):
        fault(name, f"the place shows {token!r}, which is no token")


reports = pathlib.Path(sys.argv[3])
report = json.loads((reports / "json").read_text())
check_schema(
    "json",
    sys.argv[1],
    report,
    [lambda r: r.pop("totals"), lambda r: r.update(more=1), lambda r: r["results"][0].pop("kind")],
)
findings = [(r, f) for r in report["results"] for f in r["findings"]]
problems = [(r, p) for r in report["results"] for p in r["problems"]]
for _, each in findings + problems:
    if "line" in each:
        check_token("json", token_at(each["file"], each["line"], each["column"], each["endColumn"], "bytes"))
prints = [each["fingerprint"] for _, each in findings + problems]
if len(set(prints)) != len(prints):
    fault("json", "two findings have one fingerprint")
outcomes = {r["outcome"] for r in report["results"]}
if not outcomes >= {"conforms", "findings", "invalid"}:
    fault("json", f"the samples show only {outcomes}")

sarif = json.loads((reports / "sarif").read_text())
check_schema(
    "sarif",
    sys.argv[2],
    sarif,
    [
        lambda r: r["runs"][0]["tool"].pop("driver"),
        lambda r: r["runs"][0]["results"][0].pop("message"),
        lambda r: r["runs"][0]["results"][0].update(level="bad"),
        lambda r: r["runs"][0]["results"][0]["locations"][0]["physicalLocation"].pop("region"),
    ],
)
rules = sarif["runs"][0]["tool"]["driver"]["rules"]
results = sarif["runs"][0]["results"]
if len(results) != len(findings) + len(problems):
    fault("sarif", f"{len(results)} results for {len(findings)} findings and {len(problems)} problems")
if len({rule["id"] for rule in rules}) != len(rules):
    fault("sarif", "two rules have one id")
for result in results:
    if rules[result["ruleIndex"]]["id"] != result["ruleId"]:
        fault("sarif", f"ruleIndex of {result['ruleId']} is that of another")
    place = result["locations"][0]["physicalLocation"]
    file = urllib.parse.unquote(place["artifactLocation"]["uri"])
    region = place["region"]
    check_token("sarif", token_at(file, region["startLine"], region["startColumn"], region["endColumn"], "characters"))
suppressed = sum("suppressions" in result for result in results)
waived = sum(f["waived"] for _, f in findings)
if not waived or suppressed != waived:
    fault("sarif", f"{suppressed} suppressions for {waived} waived")

suites = xml.etree.ElementTree.parse(reports / "junit").getroot()
if suites.tag != "testsuites" or len(suites) != len(report["results"]):
    fault("junit", "not one suite a target")
for suite in suites:
    cases = suite.findall("testcase")
    for attribute, element in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        if int(suite.get(attribute)) != len(suite.findall("testcase/" + element)):
            fault("junit", f"{suite.get('name')}: {attribute} is not counted right")
    if int(suite.get("tests")) != len(cases) or not cases:
        fault("junit", f"{suite.get('name')}: tests is not counted right")
    if any(not case.get("name") or not case.get("classname") for case in cases):
        fault("junit", "a case has no name")
if len(suites.findall("testsuite/testcase/skipped")) != waived:
    fault("junit", "not one skipped case for each waived finding")
if len(suites.findall("testsuite/testcase/failure")) != sum(f["severity"] == "error" and not f["waived"] for _, f in findings):
    fault("junit", "not one failure for each error")

lines = (reports / "tap").read_text().splitlines()
if lines[0] != "TAP version 13":
    fault("tap", "no version")
points = [re.fullmatch(r"(not )?ok ([0-9]+) - (.*)", line) for line in lines if line[:1] in "on"]
if not all(points) or [int(p[2]) for p in points] != list(range(1, len(points) + 1)):
    fault("tap", "test points are not numbered in order")
if lines[-1] != f"1..{len(points)}":
    fault("tap", "the plan is another")
if sum(" # SKIP " in p[3] for p in points) != waived:
    fault("tap", "not one skipped point for each waived finding")
inside = False
for line in lines[1:-1]:
    if line == "  ---" and not inside:
        inside = True
    elif line == "  ..." and inside:
        inside = False
    elif inside != line.startswith("  "):
        fault("tap", f"neither a test point nor within a block: {line!r}")

for line in (reports / "github").read_text().splitlines()[:-1]:
    match = re.fullmatch(r"::(notice|warning|error) file=([^,:]+)(,line=\d+,endLine=\d+,col=\d+,endColumn=\d+)?,title=([^,:]+)::(.+)", line)
    if not match:
        fault("github", f"no command: {line!r}")
    elif not pathlib.Path(urllib.parse.unquote(match[2])).is_file():
        fault("github", f"{match[2]} is no file")
    elif re.search(r"%(?!25|0A|0D|3A|2C)", match[2] + match[4] + match[5]):
        fault("github", f"not escaped: {line!r}")

issues = json.loads((reports / "gitlab").read_text())
for issue in issues:
    if set(issue) != {"description", "check_name", "fingerprint", "severity", "location"}:
        fault("gitlab", f"an issue has {sorted(issue)}")
    if issue["severity"] not in ("info", "minor", "major", "critical", "blocker"):
        fault("gitlab", issue["severity"])
    if not pathlib.Path(issue["location"]["path"]).is_file() or issue["location"]["lines"]["begin"] < 1:
        fault("gitlab", f"no place: {issue['location']}")
if len({issue["fingerprint"] for issue in issues}) != len(issues) or len(issues) != len(results) - waived:
    fault("gitlab", "not one issue for each finding")

print("\n".join(faults) or f"{len(findings)} findings and {len(problems)} problems of {len(report['results'])} targets in seven forms")
sys.exit(bool(faults))
