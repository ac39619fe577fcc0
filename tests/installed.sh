#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is installed is complete: its program needs nothing else, manual pages render without a warning and name only pages
# that are there, links of the documents lead somewhere, policies lie there as they are built in, and the recipes of packages
# know what is installed.
# usage: installed.sh BUILD_DIRECTORY
set -euo pipefail
build=$(realpath -e "$1")
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
faults=0
sources=$(cd "$(dirname "$0")/.." && pwd)
fault() {
    echo "$*" >&2
    faults=1
}

DESTDIR=$tree meson install -C "$build" --no-rebuild >"$tree.log" 2>&1 || { cat "$tree.log" >&2 && exit 1; }
rm -f "$tree.log"
manuals=$(find "$tree" -type d -path '*/share/man')
documents=$(find "$tree" -type d -path '*/share/doc/thwart')
data=$(find "$tree" -type d -path '*/share/thwart' ! -path '*/doc/*')

program=$(find "$tree" -type f -path '*/bin/thwart')
names=$(cd / && env -i "$program" policy list --names)
[ "$(wc -l <<<"$names")" -ge 7 ] || fault "policies: $names"
for name in $names; do
    [ -f "$documents/policies/$name.json" ] || fault "not there to be read: $name.json"
    [ "$("$program" policy show "$name")" = "$("$program" policy show "$data/policies/$name.json" | sed "s,$data/policies/,,g")" ] ||
        fault "$name.json is not what is built in"
done
# Which ones there are is checked by tests/policies/listed.sh.
while IFS= read -r policy; do
    cmp "$sources/policies/${policy#"$data/policies/"}" "$policy" >&2 || fault "${policy##*/} is not that of the sources"
done < <(find "$data/policies" -type f)

for folder in keys policies waivers; do
    [ "$(stat -c %a "$tree/etc/thwart/$folder")" = 755 ] || fault "no folder /etc/thwart/$folder that others may read and not write"
done
[ -z "$(find "$tree/etc" -type f)" ] || fault "it would overwrite the administrator's: $(find "$tree/etc" -type f)"
cmp "$sources/contrib/thwart/thwart.json" "$data/thwart.json" >&2 || fault "no configuration to begin with"
for completion in bash-completion/completions/thwart zsh/site-functions/_thwart fish/vendor_completions.d/thwart.fish; do
    [ -s "${data%/*}/$completion" ] || fault "no $completion"
done
while IFS= read -r schema; do
    [ -s "$data/${schema##*/}" ] || fault "no ${schema##*/}"
done < <(find "$sources/docs" -name '*.schema.json')
"$sources/tests/packages/recipes.py" "$sources" "$tree" || faults=1

for page in "$manuals"/man?/*; do
    [ -s "$page" ] || fault "empty: $page"
    while read -r name section; do
        [ -f "$manuals/man$section/$name.$section" ] || fault "${page##*/} names $name($section), which is not there"
    done < <(sed 's/\\fB//g; s/\\fR//g; s/\\-/-/g; s/^\.BR *//; s/ (/(/' "$page" | grep -o 'thwart[a-z.-]*([157])' | tr '()' '  ' | LC_ALL=C sort -u)
    if command -v groff >"$tree/which"; then
        groff -ww -man -Tutf8 "$page" 2>"$tree/warnings" >"$tree/rendered" || fault "groff fails: $page"
        [ ! -s "$tree/warnings" ] || fault "${page##*/}: $(head -n 3 "$tree/warnings")"
    fi
done

while IFS= read -r page; do
    while read -r link; do
        case $link in
        http://* | https://* | '#'*) continue ;;
        esac
        target=${link%%#*}
        name=${target##*/}
        [ -e "${page%/*}/$target" ] || [ -f "$data/$name" ] || [ -f "$manuals/man${name##*.}/$name" ] ||
            fault "${page#"$documents/"}: dead link $link"
    done < <(grep -o '](\([^)[:space:]]*\))' "$page" | sed 's/^](//; s/)$//')
done < <(find "$documents" -name '*.md')
exit "$faults"
