#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# In the clean root: the names of all its files, but for dpkg's own records.
set -euo pipefail

cd /
find . -xdev \( -path ./var/lib/dpkg -o -path ./var/log \) -prune -o -print | LC_ALL=C sort
