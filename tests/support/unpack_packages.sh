#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Unpacks Debian packages into a directory, for programs that tests run from there: installed they would start services, or put
# others off the machine. Does nothing when that was done before.
# usage: unpack_packages.sh DIRECTORY PACKAGE...
set -eu

directory=$1
shift
[ "$(cat "$directory/.packages" 2>/dev/null || true)" != "$*" ] || exit 0
rm -rf "$directory"
mkdir -p "$directory/.archives"
cd "$directory/.archives"
apt-get -qq download "$@" 2>/dev/null || {
    apt-get -qq update
    apt-get -qq download "$@"
}
for archive in ./*.deb; do
    dpkg-deb --extract "$archive" "$directory"
done
rm -r "$directory/.archives"
echo "$*" >"$directory/.packages"
