#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# In the clean root: the names of all its files, but for dpkg's own records and what in_root.sh puts on /mnt.
set -euo pipefail

cd /
find . -xdev \( -path ./var/lib/dpkg -o -path ./var/log -o -path './mnt/*' \) -prune -o -print | LC_ALL=C sort
