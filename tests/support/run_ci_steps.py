#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does with the files of contrib/ci what their services do, as far as that goes without them: reads the YAML, fills in the inputs, runs
the steps in the shell that the service takes. What it does not know is an error, so that nothing is passed over.

run_ci_steps.py github ACTION INPUT=VALUE...        steps of a composite action; outputs go to standard output last, as "output NAME=VALUE"
run_ci_steps.py gitlab FILE JOB VARIABLE=VALUE...   the script of a job; fails when a report that is announced is missing
run_ci_steps.py pre-commit FOLDER HOOK ARGUMENT...  the hook of FOLDER/.pre-commit-hooks.yaml on all files that git knows
All in the present directory; ends with the status of the step that failed, or 0."""
import os
import re
import subprocess
import sys
import tempfile

import yaml


def load(name):
    with open(name, encoding="utf-8") as file:
        return yaml.safe_load(file)


def known(mapping, words, where):
    unknown = set(mapping) - set(words.split())
    if unknown:
        sys.exit("%s: not known here: %s" % (where, ", ".join(sorted(unknown))))


def given(words):
    return dict(word.split("=", 1) for word in words)


def fill(text, values, where):
    """${{ NAME }}; an expression that is no plain name is not known here."""
    def value(match):
        if match[1] not in values:
            sys.exit("%s: %s is nothing" % (where, match[1]))
        return values[match[1]]
    return re.sub(r"\$\{\{\s*([^}]*?)\s*\}\}", value, text)


def holds(condition, values):
    match = re.fullmatch(r"([a-z.-]+) (!=|==) '([^']*)'", condition)
    if not match:
        sys.exit("a condition that is not known here: " + condition)
    return (values[match[1]] == match[3]) == (match[2] == "==")


def github(action_file, *words):
    action = load(action_file)
    known(action, "name description author branding inputs outputs runs", action_file)
    known(action["runs"], "using steps", action_file)
    assert action["runs"]["using"] == "composite" and action["name"] and action["description"]
    inputs = given(words)
    known(inputs, " ".join(action["inputs"]), "inputs")
    values = {"inputs." + name: inputs.get(name, one.get("default")) for name, one in action["inputs"].items()}
    status = 0
    with tempfile.TemporaryDirectory() as temporary:
        for step in action["runs"]["steps"]:
            known(step, "name id if shell env run working-directory", step.get("name", "a step"))
            if "${{" in step["run"]:
                sys.exit(step["name"] + ": an input is pasted into the script")
            if "if" in step and not holds(step["if"], values):
                continue
            assert step["shell"] == "bash"
            output, script = os.path.join(temporary, "output"), os.path.join(temporary, "script")
            open(output, "w", encoding="utf-8").close()
            with open(script, "w", encoding="utf-8") as file:
                file.write(step["run"])
            environment = {name: fill(text, values, step["name"]) for name, text in step.get("env", {}).items()}
            environment.update(GITHUB_OUTPUT=output, RUNNER_TEMP=temporary, GITHUB_ACTIONS="true", CI="true")
            print("step " + step["name"], flush=True)
            status = subprocess.run(["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script], env={**os.environ, **environment},
                                    cwd=fill(step.get("working-directory", "."), values, step["name"]), check=False).returncode
            with open(output, encoding="utf-8") as file:
                values.update({"steps.%s.outputs.%s" % (step["id"], name): value for name, value in given(file.read().splitlines()).items()})
            if status:
                break
    for name, one in action["outputs"].items():
        expression = re.fullmatch(r"\$\{\{ (steps\.\S+) \}\}", one["value"])
        print("output %s=%s" % (name, values.get(expression[1], "")))
    return status


def gitlab(file, name, *words):
    job = load(file)[name]
    known(job, "stage image variables script artifacts", name)
    variables = {**job["variables"], **given(words)}
    known(variables, " ".join(job["variables"]), "variables")
    # The runner's own way with files.
    subprocess.run(["chmod", "-R", "a+rw", "."], check=True)
    status = subprocess.run(["sh", "-e", "-c", "\n".join(job["script"])], env={**os.environ, **variables, "CI": "true", "GITLAB_CI": "true"},
                            check=False).returncode
    known(job["artifacts"], "when reports", name)
    for report in job["artifacts"]["reports"].values():
        if not os.path.exists(report):
            sys.exit("no report %s" % report)
    return status


def pre_commit(folder, name, *arguments):
    hook = next(hook for hook in load(os.path.join(folder, ".pre-commit-hooks.yaml")) if hook["id"] == name)
    known(hook, "id name description entry language files types require_serial", name)
    assert hook["language"] == "script" and hook["types"] == ["file"] and hook["require_serial"]
    files = subprocess.run(["git", "ls-files", "-z"], stdout=subprocess.PIPE, check=True, text=True).stdout.split("\0")
    files = [each for each in files if each and re.search(hook["files"], each) and os.path.isfile(each) and not os.path.islink(each)]
    if not files:
        return 0
    return subprocess.run([os.path.join(folder, hook["entry"]), *arguments, *files], check=False).returncode


if __name__ == "__main__":
    sys.exit({"github": github, "gitlab": gitlab, "pre-commit": pre_commit}[sys.argv[1]](*sys.argv[2:]))
