#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Run by meson install: the engines' configurations and their pages name /usr/local/bin/thwart and where its helpers lie; what is
# installed names them where they are installed.
# usage: own-paths.sh BIN_DIRECTORY HELPER_DIRECTORY DOCUMENTS_BELOW_PREFIX
set -eu

program=$1/thwart helpers=$2
documents=${MESON_INSTALL_DESTDIR_PREFIX:?is set by meson install}/$3
[ "$program" != /usr/local/bin/thwart ] || exit 0
# Podman's list names two places already.
find "$documents/docs/engines" "$documents/contrib/containerd" "$documents/contrib/crio" "$documents/contrib/docker" \
    "$documents/contrib/podman" -type f -exec \
    sed -i -e "s,\"/usr/local/bin/thwart\"\, \"/usr/bin/thwart\",\"$program\"," -e "s,/usr/local/bin/thwart,$program,g" -e "s,/usr/local/libexec/thwart,$helpers,g" {} +
