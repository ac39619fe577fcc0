#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds the recipes of packages against the sources and what is installed of them: one version everywhere, options that
exist, a spec whose lists of files are those of `meson install`, a PKGBUILD that makepkg would read.

usage: recipes.py SOURCES TREE     TREE: what `meson install` installed, with DESTDIR
"""
import fnmatch
import os
import pathlib
import re
import shutil
import subprocess
import sys

MACROS = {
    "_bindir": "/usr/bin",
    "_datadir": "/usr/share",
    "_libexecdir": "/usr/libexec",
    "_mandir": "/usr/share/man",
}
# Installed by the packages, not by meson: files of the administrator's, and the licence where the distribution has it.
BY_PACKAGES = {"/etc/thwart/thwart.json", "/usr/share/licenses/thwart/COPYING"}
REMOVED = {"/usr/share/doc/thwart/COPYING"}


def one(pattern: str, path: pathlib.Path) -> str:
    found = re.search(pattern, path.read_text(encoding="utf-8"), re.M)
    if found is None:
        raise ValueError(f"{path}: nothing like {pattern}")
    return found[1]


def versions(sources: pathlib.Path) -> list[str]:
    said = {
        "meson.build": one(r"^  version: '([^']+)'", sources / "meson.build"),
        "debian/changelog": one(r"\A\S+ \(([^)]+)\)", sources / "debian/changelog"),
        "thwart.spec": one(r"^Version: +(\S+)", sources / "contrib/packaging/thwart.spec"),
        "thwart.spec, %changelog": one(r"^%changelog\n\* .*> - (\S+)-\d+$", sources / "contrib/packaging/thwart.spec"),
        "PKGBUILD": one(r"^pkgver=(\S+)", sources / "contrib/packaging/PKGBUILD"),
        "kubernetes/Dockerfile": one(r"docker build .* -t thwart-node:(\S+)", sources / "contrib/kubernetes/Dockerfile"),
        "CHANGELOG.md": one(r"^## (\S+)", sources / "CHANGELOG.md"),
    }
    for page in sorted((sources / "docs").glob("*.1")):
        said[page.name] = one(r'^\.TH .*"thwart (\S+)"', page)
    wanted = said["meson.build"]
    return [f"{name} says version {version}, meson.build {wanted}" for name, version in said.items() if version != wanted]


def options(sources: pathlib.Path) -> list[str]:
    known = set(re.findall(r"^option\('(\w+)'", (sources / "meson_options.txt").read_text(encoding="utf-8"), re.M))
    return [
        f"{recipe}: meson has no option {name}"
        for recipe in ("debian/rules", "contrib/packaging/thwart.spec", "contrib/packaging/PKGBUILD")
        for name in re.findall(r"\s-D(\w+)=", (sources / recipe).read_text(encoding="utf-8"))
        if name not in known
    ]


def installed(tree: pathlib.Path) -> tuple[set[str], set[str]]:
    """Files (and links), and directories that nothing lies in; as if the prefix were /usr."""
    files, empty = set(), set()
    for place, directories, names in os.walk(tree):
        links = [each for each in directories if os.path.islink(os.path.join(place, each))]
        where = re.sub(r"^/usr/local(?=/|$)", "/usr", "/" + os.path.relpath(place, tree))
        files.update(f"{where}/{name}" for name in names + links)
        if not names and not directories:
            empty.add(where)
    return files - REMOVED, empty


def listed(spec: str) -> list[tuple[str, str]]:
    """(what kind, pattern) of each line of %files."""
    result = []
    for line in spec.split("\n%files\n")[1].split("\n%changelog\n")[0].splitlines():
        found = re.fullmatch(r"(?:%(dir|doc|license|config)(?:\(noreplace\))? )?(\S+)", line)
        if not line or line.startswith(("%if", "%endif", "#")):
            continue
        if found is None:
            raise ValueError(f"thwart.spec: a line of %files that is not understood: {line}")
        result.append((found[1] or "file", re.sub(r"%\{(\w+)\}", lambda each: MACROS[each[1]], found[2])))
    return result


def file_lists(sources: pathlib.Path, tree: pathlib.Path) -> list[str]:
    files, empty = installed(tree)
    faults, covered = [], set()
    for kind, pattern in listed((sources / "contrib/packaging/thwart.spec").read_text(encoding="utf-8")):
        if kind == "dir":
            covered |= {each for each in empty if each == pattern}
            if not any(each == pattern or each.startswith(pattern + "/") for each in files | empty):
                faults.append(f"thwart.spec: nothing is installed as {pattern}")
            continue
        matching = {each for each in files | BY_PACKAGES if fnmatch.fnmatchcase(each, pattern) or each.startswith(pattern + "/")}
        # A build without CRIU has no helper for it; the spec asks for it by name.
        if not matching and not pattern.endswith("/thwart-criu"):
            faults.append(f"thwart.spec: nothing is installed as {pattern}")
        faults += [f"thwart.spec: {each} is listed twice" for each in sorted(matching & covered)]
        covered |= matching
    faults += [f"thwart.spec does not list {each}" for each in sorted((files | empty) - covered)]
    return faults


def shell_variables(sources: pathlib.Path) -> list[str]:
    """What makepkg insists on, as far as it can be said without it."""
    recipe = sources / "contrib/packaging/PKGBUILD"
    script = (
        '. "$1"; for each in pkgname pkgver pkgrel pkgdesc arch license source sha256sums backup depends makedepends; do '
        'declare -n list=$each; printf "%s=%s\\n" "$each" "${#list[@]}"; done; declare -F; printf "backup: %s\\n" "${backup[@]}"'
    )
    for arguments in (["bash", "-n", str(recipe)], ["bash", "-ec", script, "-", str(recipe)]):
        result = subprocess.run(arguments, capture_output=True, text=True, check=False)
        if result.returncode != 0 or result.stderr:
            return [f"PKGBUILD: {result.stderr}"]
    said = result.stdout.splitlines()
    count = dict(each.split("=") for each in said if "=" in each)
    faults = [f"PKGBUILD: no {name}" for name, number in count.items() if number in ("", "0")]
    if count["source"] != count["sha256sums"]:
        faults.append("PKGBUILD: not one digest a source")
    faults += [f"PKGBUILD: no function {name}" for name in ("build", "package") if f"declare -f {name}" not in said]
    faults += [f"PKGBUILD: {each} of backup is installed by nothing" for each in said if each.startswith("backup: ") and "/" + each[8:] not in BY_PACKAGES]
    return faults


def spec_syntax(sources: pathlib.Path) -> list[str]:
    if shutil.which("rpmspec") is None:
        return []
    faults = []
    for choice in ([], ["--with", "static"], ["--without", "criu"]):
        arguments = ["rpmspec", "--parse", *choice, str(sources / "contrib/packaging/thwart.spec")]
        result = subprocess.run(arguments, capture_output=True, text=True, check=False)
        if result.returncode != 0 or "warning" in result.stderr:
            faults.append(f"thwart.spec {' '.join(choice)}: {result.stderr}")
    return faults


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    sources, tree = map(pathlib.Path, arguments)
    faults = versions(sources) + options(sources) + file_lists(sources, tree) + shell_variables(sources) + spec_syntax(sources)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
