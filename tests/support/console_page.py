#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs what a page of documentation shows, and compares what it prints.

    console_page.py PAGE          in the working directory
    console_page.py --update PAGE the page gets what is printed

A block ```console holds commands behind "$ " (or "# ": by root), which go on behind "> ", and what each prints, standard
error included. A line "..." stands for any lines. From one command to the next only the working directory is kept. An
empty line in the output of a command cannot be told from one that parts two commands, so outputs are compared without
empty lines at their end.
"""
import os
import re
import subprocess
import sys

TIMEOUT_S = 60


def blocks(lines):
    """(first line, line behind the last) of what stands within each ```console block."""
    first = None
    for number, line in enumerate(lines):
        if first is None and line.strip() == "```console":
            first = number + 1
        elif first is not None and line.strip() == "```":
            yield first, number
            first = None


def commands(lines):
    """[command, expected lines, lines as shown] of one block."""
    found = []
    for line in lines:
        if re.match(r"[$#] ", line):
            found.append([line[2:], [], [line]])
        elif found and line.startswith("> ") and not found[-1][1]:
            found[-1][0] += "\n" + line[2:]
            found[-1][2].append(line)
        elif found:
            found[-1][1].append(line)
        else:
            sys.exit("output before the first command: " + line)
    return found


def run(command, directory):
    script = command + "\nstatus=$?\npwd >&9\nexit $status\n"
    reading, writing = os.pipe()
    process = subprocess.Popen(
        ["bash", "-c", "exec 9>&%d; eval \"$0\"" % writing, script], cwd=directory, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=[writing], text=True)
    os.close(writing)
    try:
        output, _ = process.communicate(timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        sys.exit("does not end: " + command)
    with os.fdopen(reading) as stream:
        directory = stream.readline().strip() or directory
    return output.rstrip("\n").split("\n") if output.strip() else [], directory


def matches(expected, printed):
    if not expected:
        return not printed
    if expected[0] == "...":
        return any(matches(expected[1:], printed[skip:]) for skip in range(len(printed) + 1))
    return bool(printed) and expected[0].rstrip() == printed[0].rstrip() and matches(expected[1:], printed[1:])


def trimmed(lines):
    lines = list(lines)
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def main():
    update = sys.argv[1] == "--update"
    page = sys.argv[-1]
    with open(page, encoding="utf-8") as stream:
        lines = stream.read().split("\n")
    directory, faults, count, result, behind = os.getcwd(), 0, 0, [], 0
    for first, last in blocks(lines):
        result += lines[behind:first]
        for command, expected, shown in commands(lines[first:last]):
            printed, directory = run(command, directory)
            count += 1
            expected = trimmed(expected)
            keep = "..." in expected and matches(expected, printed)
            result += shown + (expected if keep else printed)
            if not matches(expected, printed):
                faults += 1
                if not update:
                    print("%s: $ %s\nexpected:\n%s\nprinted:\n%s\n" %
                          (page, command, "\n".join(expected), "\n".join(printed)), file=sys.stderr)
        behind = last
    result += lines[behind:]
    if update:
        with open(page, "w", encoding="utf-8") as stream:
            stream.write("\n".join(result))
        return 0
    print("%d commands, %d print something else" % (count, faults))
    return 1 if faults or count == 0 else 0


sys.exit(main())
