#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""--help, man pages and the completions for bash, zsh and fish agree.

For every command, subcommand and global option: names, short names, whether an argument follows, and the words that it may
be, which are taken from the program's own refusal of another one. Nor does a completion offer what no command has.
(That each option has a row in docs/drop-in.md: tests/integration/drop_in.bats.)

usage: surface.py THWART PROJECT
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

OPTION = re.compile(r"  (?:-(.),|   ) --([a-z0-9-]+)(| |\[=)[^ ]*$")
HELP_COLUMN = 30  # what is left of it names the option; where that does not fit, the help is on the next line
OPTIONS_MIN, WORDS_MIN = 150, 15


class Surface:
    def __init__(self, thwart, project):
        self.thwart, self.faults, self.worded = thwart, [], 0
        completions = project / "completions"
        self.docs = project / "docs"
        self.bash = completions / "thwart.bash"
        self.zsh = (completions / "_thwart").read_text()
        self.fish = (completions / "thwart.fish").read_text()
        self.helps = {}
        self.environment = dict(os.environ, LC_ALL="C")

    def wrong(self, text):
        self.faults.append(text)

    def ask(self, *words):
        """In a directory of its own, and without this host's containers: a word may be taken for a file's or a container's name."""
        with tempfile.TemporaryDirectory() as empty:
            return subprocess.run([self.thwart, "--root", empty, *words], capture_output=True, text=True, cwd=empty,
                                  stdin=subprocess.DEVNULL, env=self.environment, check=False)

    def help(self, command):
        if command not in self.helps:
            self.helps[command] = self.ask("help", *command).stdout
        return self.helps[command]

    def commands(self):
        """() for the program, ("list",), ("policy", "check"), …"""
        found = [()]
        for name in section(self.help(()), "Commands"):
            found.append((name,))
            found += [(name, below) for below in section(self.help((name,)), "Subcommands")]
        return found

    def options(self, command):
        """[(short or "", long, argument: "no", "maybe", "yes")]"""
        options = []
        for line in self.help(command).splitlines():
            fits = len(line) > HELP_COLUMN and line[HELP_COLUMN - 1] == " "
            found = OPTION.match((line[:HELP_COLUMN] if fits else line).rstrip())
            if found and found[2] != "help":
                options.append((found[1] or "", found[2], {"": "no", " ": "yes", "[=": "maybe"}[found[3]]))
        return options

    def words(self, command, name):
        text = self.ask(*command, f"--{name}=no-such-word", "x", "y").stderr
        found = re.search(rf'--{name}: "no-such-word" is none of: (.*)', text)
        return found[1].split(", ") if found else []

    def man(self, command):
        names = {(): ["thwart"], ("run",): ["thwart-run", "thwart-create"]}.get(command, [f"thwart-{command[0]}"] if command else [])
        return "".join((self.docs / f"{name}.1").read_text() for name in names).replace("\\-", "-")

    def fish_lines(self, command):
        """What of fish's completion is about this command."""
        variables, lines = {}, []
        expand = lambda text: re.sub(r"\$(\w+)", lambda found: variables.get(found[1], found[0]), text)
        for line in self.fish.splitlines():
            setting = re.match(r"set -l (\w+) (.*)", line)
            found = re.match(r"complete -c thwart (?:-n (\"[^\"]*\"|'[^']*'|\$\w+) )?(.*)", line)
            if setting:
                variables[setting[1]] = expand(setting[2]).replace("'", "").replace('"', "")
            if not found:
                continue
            when = expand((found[1] or "").strip("\"'"))
            parts = [part.replace("__fish_seen_subcommand_from", "").split() for part in when.split("; and ")]
            positive = [part for part in parts if part and part[0] != "not"]
            if not command:
                hit = when.startswith("not ") or not when
            elif when.startswith("not ") or not when:
                hit = False
            else:
                hit = len(positive) == len(command) and all(word in part for word, part in zip(command, positive))
            if hit:
                lines.append(" " + found[2] + " ")
        return lines

    def zsh_forms(self, name):
        """What stands behind "--name" wherever zsh's completion has it: (description's end, words)."""
        return re.findall(rf"--{name}=?\}}?'?\[(?:[^\]']|'\\'')*\](:[^:']*:(?:\(([^)]*)\))?)?", self.zsh)

    def bash_replies(self, cases):
        """For each case, words of a command line whose last is completed: the replies."""
        script = f'source {self.bash}\nthwart() {{ "{self.thwart}" "$@"; }}\n'
        for case in cases:
            words = " ".join(f"'{word}'" for word in ("thwart", *case))
            script += f'COMP_WORDS=({words}); COMP_CWORD={len(case)}; COMPREPLY=(); _thwart 2>/dev/null; echo "${{COMPREPLY[*]}}"\n'
        with tempfile.TemporaryDirectory() as empty:
            found = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=empty, env=self.environment, check=True)
        return [line.split() for line in found.stdout.split("\n")[:-1]]

    def check_option(self, command, option, man, fish):
        short, name, argument = option
        called = " ".join(("thwart", *command, f"--{name}"))
        if not re.search(rf"--{name}(?![a-z-])", man):
            self.wrong(f"{called}: not in the man page")
        if short and not re.search(rf'(?:^|[ "(])-{short}[ ",\n]', man, re.M):
            self.wrong(f"{called}: the man page has no -{short}")
        zsh = self.zsh_forms(name)
        if not zsh:
            self.wrong(f"{called}: not in zsh's completion")
        elif argument != "maybe" and not any(bool(form[0]) == (argument == "yes") for form in zsh):
            self.wrong(f"{called}: zsh's completion disagrees whether an argument follows")
        if short and not re.search(rf"-{short}[ ,)].*--{name}", self.zsh):
            self.wrong(f"{called}: zsh's completion has no -{short}")
        lines = [line for line in fish if f" -l {name} " in line]
        if not lines:
            self.wrong(f"{called}: not in fish's completion")
            return
        if short and f" -s {short} " not in lines[0]:
            self.wrong(f"{called}: fish's completion has no -{short}")
        follows = " -x " in lines[0] or " -r " in lines[0]
        if argument != "maybe" and follows != (argument == "yes"):
            self.wrong(f"{called}: fish's completion disagrees whether an argument follows")

    def check_words(self, command, name, words, replies, man, fish):
        called, expected = " ".join(("thwart", *command, f"--{name}")), sorted(words)
        self.worded += 1
        if sorted(replies) != expected:
            self.wrong(f"{called}: bash completes {replies}, the program takes {words}")
        if not any(sorted(form[1].split()) == expected for form in self.zsh_forms(name)):
            self.wrong(f"{called}: zsh does not complete {words}")
        offered = [re.search(r"-a '([^']*)'", line) for line in fish if f" -l {name} " in line]
        if not any(found and sorted(found[1].split()) == expected for found in offered):
            self.wrong(f"{called}: fish does not complete {words}")
        for word in words:
            if not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", man):
                self.wrong(f"{called}: the man page does not have {word}")

    def check(self):
        commands = self.commands()
        replies = self.bash_replies([(*command, "--") for command in commands] + [("",)])
        found = {command: self.options(command) for command in commands}
        questions = [(command, name, self.words(command, name)) for command in commands
                     for _, name, argument in found[command] if argument != "no"]
        questions = [question for question in questions if question[2]]
        answers = self.bash_replies([(*command, f"--{name}", "") for command, name, _ in questions])
        for command, offered in zip(commands, replies):
            expected = sorted(["--help", *(f"--{name}" for _, name, _ in found[command])])
            if sorted(offered) != expected and not (command and set(offered) | {"--help"} == set(expected)):
                self.wrong(f"thwart {' '.join(command)}: bash offers {sorted(offered)}, the program has {expected}")
            man, fish = self.man(command), self.fish_lines(command)
            for option in found[command]:
                self.check_option(command, option, man, fish)
            for (of, name, words), answer in zip(questions, answers):
                if of == command:
                    self.check_words(command, name, words, answer, man, fish)
        if sorted(replies[-1]) != sorted(command[0] for command in commands if len(command) == 1):
            self.wrong(f"bash offers the commands {replies[-1]}")
        known = {"help", *(name for options in found.values() for _, name, _ in options)}
        for name in re.findall(r"^complete .*? -l ([a-z0-9-]+)", self.fish, re.M) + re.findall(r"--([a-z][a-z0-9-]+)=?\}?'?\[", self.zsh):
            if name not in known:
                self.wrong(f"a completion has --{name}, which no command has")
        return sum(map(len, found.values()))


def section(text, heading):
    found = re.search(rf"^{heading}:\n((?:  .*\n)*)", text, re.M)
    return re.findall(r"^  ([a-z]+) ", found[1], re.M) if found else []


def main(thwart, project):
    surface = Surface(os.path.abspath(thwart), pathlib.Path(project).resolve())
    count = surface.check()
    print("\n".join(surface.faults))
    print(f"{count} options, {surface.worded} with words, {len(surface.faults)} faults")
    # Too few: nothing was looked at.
    return 1 if surface.faults or count < OPTIONS_MIN or surface.worded < WORDS_MIN else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
