#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Writes thwart-VERSION.tar.gz, the archive that thwart.spec and PKGBUILD build from: what is committed, the same bytes each time.
# usage: source.sh DIRECTORY [COMMIT]
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
version=$(sed -n "s/^  version: '\(.*\)',/\1/p" "$top/meson.build")
archive=$1/thwart-$version.tar.gz
if [ -e "$top/.git" ]; then
    # Group-writable otherwise, for whoever unpacks it as root: policies and waivers of such files are refused.
    git -C "$top" -c tar.umask=0022 archive --format=tar --prefix="thwart-$version/" "${2:-HEAD}" >"$archive.tar"
else
    # Already an archive's content. Builds below it are left out.
    tar -C "$top" --sort=name --mtime="@${SOURCE_DATE_EPOCH:-0}" --mode=go-w --owner=0 --group=0 --numeric-owner \
        --exclude='./build*' --exclude='./obj-*' --exclude='./debian/thwart' --transform "s,^\.,thwart-$version," -cf "$archive.tar" .
fi
gzip --no-name --force --stdout "$archive.tar" >"$archive"
rm "$archive.tar"
echo "$archive"
