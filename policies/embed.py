#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the policies and groups of this directory as a table in C (src/policy/shipped.h).

usage: embed.py DIRECTORY OUTPUT FILE...

A file's name in the table is its path below DIRECTORY without ".json". Its bytes are kept as they are, comments too:
what is wrong in it is told with the line and column that the author sees.
"""
import pathlib
import sys

ESCAPES = {ord('"'): '\\"', ord("\\"): "\\\\", ord("\n"): "\\n", ord("\t"): "\\t"}


def literal(line: bytes) -> str:
    """One line as a string literal. Octal escapes end after three digits, whatever follows."""
    return '"' + "".join(ESCAPES.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}") for byte in line) + '"'


def entry(name: str, content: bytes) -> str:
    lines = content.splitlines(keepends=True) or [b""]
    text = "\n     ".join(literal(line) for line in lines)
    return f'    {{"{name}",\n     {text},\n     {len(content)}}},\n'


def main(arguments: list[str]) -> int:
    if len(arguments) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    directory, output = pathlib.Path(arguments[0]).resolve(), pathlib.Path(arguments[1])
    files = {}
    for argument in arguments[2:]:
        path = pathlib.Path(argument).resolve()
        files[path.relative_to(directory).with_suffix("").as_posix()] = path.read_bytes()
    for name, content in files.items():
        if b"\0" in content:
            print(f"{name}: a NUL byte", file=sys.stderr)
            return 1
    # Sorted as strcmp does: names are looked up by halves.
    entries = "".join(entry(name, files[name]) for name in sorted(files, key=str.encode))
    output.write_text(
        "/* Made by policies/embed.py. */\n"
        '#include "policy/shipped_table.h"\n\n'
        f"const struct shipped_file shipped_table[] = {{\n{entries}}};\n"
        f"const size_t shipped_table_count = {len(files)};\n",
        encoding="ascii",
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
