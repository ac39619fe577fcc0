#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs those of the named Debian packages that are missing; says nothing when none is.
# usage: install-packages.sh PACKAGE...
set -eu

missing=
for package in "$@"; do
    case $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null || true) in
    ii*) ;;
    *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

become_root=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || {
        echo "install-packages.sh: not root and no sudo; these are missing:$missing" >&2
        exit 1
    }
    become_root=sudo
fi
echo "installing:$missing"
# shellcheck disable=SC2086 # lists of words
{
    $become_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update
    $become_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends $missing >/dev/null
}
