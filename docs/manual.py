#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes a manual page of a page of documentation whose first line is "# NAME(SECTION): WHAT IT IS".

usage: manual.py VERSION INPUT OUTPUT

Of Markdown it knows what those pages use, and fails on the rest: headings, paragraphs, lists of one level, tables, fenced
code, `code`, **strong**, *emphasis* and links, of which the text stays. A table becomes a list: its first column is what
is described, the others are told behind it, with the name of their column where it has one.
"""
import pathlib
import re
import sys

TITLES = {"5": "File formats", "7": "Miscellaneous"}
TITLE = re.compile(r"# (?P<name>[a-z.-]+)\((?P<section>[57])\): (?P<what>.*)")
FENCE = "```"
INLINE = re.compile(r"`(?P<code>[^`]+)`|\*\*(?P<strong>[^*]+)\*\*|\*(?P<emphasis>[^*]+)\*|\[(?P<text>[^\]]+)\]\((?P<link>[^)]+)\)")
# Single characters that escape what follows, or that roff would turn into typography.
PLAIN = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti"}


def plain(text: str) -> str:
    return "".join(PLAIN.get(each) or (each if each.isascii() else f"\\[u{ord(each):04X}]") for each in text)


def inline(text: str) -> str:
    """A paragraph or cell as one line of roff."""
    result, at = "", 0
    for found in INLINE.finditer(text):
        result += plain(text[at : found.start()])
        if found["code"] is not None:
            result += f"\\fB{plain(found['code'])}\\fR"
        elif found["strong"] is not None:
            result += f"\\fB{plain(found['strong'])}\\fR"
        elif found["emphasis"] is not None:
            result += f"\\fI{plain(found['emphasis'])}\\fR"
        else:
            result += inline(found["text"])
        at = found.end()
    return result + plain(text[at:])


def line(text: str) -> str:
    """A line that is text, whatever it begins with."""
    return ("\\&" if text[:1] in (".", "'") else "") + text


def cells(row: str) -> list[str]:
    # "\|" and a bar in code do not part cells.
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row.strip()[1:-1])]


def table(rows: list[str]) -> list[str]:
    names, result = cells(rows[0]), []
    for row in rows[2:]:
        values = cells(row)
        if len(values) != len(names):
            raise ValueError(f"{len(values)} cells in a table of {len(names)} columns: {row}")
        pairs = [(name, value) for name, value in zip(names[1:], values[1:]) if value]
        named = "; ".join(f"{inline(name)}: {inline(value)}" for name, value in pairs if name)
        rest = " ".join(inline(value) for name, value in pairs if not name)
        result += [".TP", line(inline(values[0])), line(named or rest or "\\&")]
        result += [".br", line(rest)] if named and rest else []
    return result


def block(lines: list[str]) -> list[str]:
    """Paragraph, list or table: lines between two empty ones."""
    if lines[0].startswith("|"):
        return table(lines)
    if lines[0].startswith("- ") or re.match(r"\d+\. ", lines[0]):
        items = re.split(r"\n(?=- |\d+\. )", "\n".join(lines))
        result = []
        for item in items:
            mark, text = re.match(r"(-|\d+\.) (.*)", item, re.S).groups()
            mark = "\\(bu" if mark == "-" else mark
            result += [f".IP {mark} 4", line(inline(" ".join(text.split())))]
        return result
    return [".PP", line(inline(" ".join(" ".join(lines).split())))]


def code(lines: list[str]) -> list[str]:
    return [".PP", ".in +4n", ".EX", *[line(plain(each)) for each in lines], ".EE", ".in"]


def manual(version: str, text: str) -> str:
    first, *lines = text.splitlines()
    title = TITLE.fullmatch(first)
    if title is None:
        raise ValueError(f"no title of a manual page: {first}")
    result = [
        ".\\\" Made by docs/manual.py.",
        f".TH {title['name'].upper()} {title['section']} \"\" \"thwart {version}\" \"{TITLES[title['section']]}\"",
        ".SH NAME",
        f"{plain(title['name'])} \\- {inline(title['what'])}",
        ".SH DESCRIPTION",
    ]
    pending: list[str] = []
    fenced: list[str] | None = None
    for each in [*lines, ""]:
        if fenced is not None:
            if each.startswith(FENCE):
                result += code(fenced)
                fenced = None
            else:
                fenced.append(each)
            continue
        heading = re.match(r"(##|###) (.*)", each)
        if (not each.strip() or heading or each.startswith(FENCE)) and pending:
            result += block(pending)
            pending = []
        if heading:
            result.append(f".S{'H' if heading[1] == '##' else 'S'} {inline(heading[2])}")
        elif each.startswith(FENCE):
            fenced = []
        elif each.startswith("#"):
            raise ValueError(f"a heading of another level: {each}")
        elif each.strip():
            pending.append(each)
    if fenced is not None:
        raise ValueError("code that does not end")
    return "\n".join(result) + "\n"


def main(arguments: list[str]) -> int:
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    version, source, output = arguments
    try:
        page = manual(version, pathlib.Path(source).read_text(encoding="utf-8"))
    except ValueError as error:
        print(f"{source}: {error}", file=sys.stderr)
        return 1
    pathlib.Path(output).write_text(page, encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
