#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the committed sources twice and compares what is installed, or with --deb the Debian packages: bytes, modes, links.
# The builds differ in everything that should not matter: directory (its length too), place of the build directory, time,
# time zone, language, umask, home, number of jobs, and one has a git checkout where the other has an archive.
#
#   reproducible.sh [--deb] [MESON-OPTION...]
#
# Prints the digests; when something differs, what, and status 1.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" "$top/meson.build")
with_deb=
if [ "${1:-}" = --deb ]; then
    with_deb=1
    shift
fi
world=$(mktemp -d)
trap 'chmod -R u+w "$world" && rm -rf "$world"' EXIT
first=$world/first/thwart second=$world/second/somewhere/quite/different
mkdir -p "$world/first" "${second%/*}" "$world/archive" "$world/out"/{first,second} "$world/home"
# A cache would show only that it remembers.
export CCACHE_DISABLE=1

commit=HEAD
[ ! -e "$top/.git" ] || commit=$(git -C "$top" rev-parse HEAD)
"$top/contrib/packaging/source.sh" "$world/archive" "$commit" >"$world/log"
tar -xf "$world/archive/thwart-$version.tar.gz" -C "$world/archive"
mv "$world/archive/thwart-$version" "$first"
if [ -e "$top/.git" ]; then
    git clone --quiet --no-checkout --shared "$(git -C "$top" rev-parse --path-format=absolute --git-common-dir)" "$second"
    git -C "$second" checkout --quiet --detach "$commit"
else
    cp -a "$first" "$second"
    # Times of files are no part of the sources.
    find "$second" -exec touch {} +
fi

# quietly COMMAND...: what it says is shown when it fails.
quietly() {
    "$@" >"$world/log" 2>&1 </dev/null || { tail -n 40 "$world/log" >&2 && echo "failed: $*" >&2 && exit 1; }
}
in_first() { (umask 022 && cd "$first" && TZ=UTC LC_ALL=C quietly env "$@"); }
in_second() { (umask 077 && cd "$second" && TZ=Pacific/Kiritimati LC_ALL=C.UTF-8 HOME=$world/home quietly env "$@"); }

build_first() {
    in_first meson setup --prefix=/usr -Dtests=false "${options[@]}" build
    in_first ninja -j 2 -C build
    in_first DESTDIR="$world/out/first" meson install -C build --no-rebuild
}

build_second() {
    in_second meson setup --prefix=/usr -Dtests=false "${options[@]}" "$world/second/a-build-directory-elsewhere"
    in_second ninja -j 3 -C "$world/second/a-build-directory-elsewhere"
    in_second DESTDIR="$world/out/second" meson install -C "$world/second/a-build-directory-elsewhere" --no-rebuild
}

# Below DIRECTORY: kind, mode, size, digest or target, name.
listed() {
    (
        cd "$1"
        find . -type d -printf '%y %m %p\n' -o -type l -printf '%y -> %l %p\n' -o -type f -printf '%y %m ' -exec sha256sum {} \;
    ) | LC_ALL=C sort -k 4 -k 3
}

# differing ONE OTHER: what is in two files, by the best tool that is there.
differing() {
    if command -v diffoscope >>"$world/log"; then
        diffoscope --max-report-size 20000 "$1" "$2" || true
    else
        cmp -l "$1" "$2" | head -n 20 || true
        diff <(strings -a -n 6 "$1") <(strings -a -n 6 "$2") | head -n 20 || true
    fi
}

compare_installed() {
    local name
    build_first
    build_second
    listed "$world/out/first" >"$world/one"
    listed "$world/out/second" >"$world/other"
    if diff "$world/one" "$world/other" >"$world/difference"; then
        echo "installed: $(grep -c '^f' "$world/one") files are the same; all together $(sha256sum <"$world/one" | cut -d' ' -f1)"
        sed -n 's/^f [0-9]* \([0-9a-f]*\)  \(.*\/\(bin\|libexec\)\/.*\)/  \1 \2/p' "$world/one"
    else
        differs=1
        cat "$world/difference"
        while IFS= read -r name; do
            echo "--- $name"
            differing "$world/out/first/$name" "$world/out/second/$name"
        done < <(sed -n 's/^< f [0-9]* [0-9a-f]*  //p' "$world/difference")
    fi
}

compare_packages() {
    local one other each name
    in_first DEB_BUILD_OPTIONS="nocheck parallel=2" dpkg-buildpackage -us -uc -b
    in_second DEB_BUILD_OPTIONS="nocheck parallel=3" dpkg-buildpackage -us -uc -b
    for one in "$world"/first/*.deb; do
        other=${second%/*}/${one##*/}
        if cmp -s "$one" "$other"; then
            echo "the same: $(sha256sum "$one" | cut -d' ' -f1) ${one##*/}"
        else
            differs=1
            echo "--- ${one##*/}"
            for each in one other; do
                mkdir "$world/$each-deb"
                dpkg-deb --raw-extract "${!each}" "$world/$each-deb"
                listed "$world/$each-deb" >"$world/$each"
            done
            diff "$world/one" "$world/other" || true
            while IFS= read -r name; do
                differing "$world/one-deb/$name" "$world/other-deb/$name"
            done < <(diff "$world/one" "$world/other" | sed -n 's/^< f [0-9]* [0-9a-f]*  //p')
            rm -rf "$world/one-deb" "$world/other-deb"
        fi
    done
}

differs=0
options=("$@")
if [ -n "$with_deb" ]; then
    compare_packages
else
    compare_installed
fi
exit "$differs"
