#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Lists what a container runtime could leave behind, one thing a line, in an order that allows comparing: processes,
# control groups, mounts, state directories, files in shared places, abstract sockets, loop devices.
#
#   census.sh WORD [PID...]   control groups are listed when their path contains WORD (the machine may run others)
#
# Run in the private view, where the PID namespace holds the tests only. Zombies are dead, and the test driver and the
# process ids that are given do not count.
set -euo pipefail
word=$1
shift
ignored=" $* "

# Processes: neither this script and its ancestors, nor the test driver.
declare -A own=()
for ((pid = $$; pid > 0; )); do
    own[$pid]=1
    pid=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status")
done
for directory in /proc/[0-9]*; do
    pid=${directory#/proc/}
    [ -z "${own[$pid]:-}" ] || continue
    [[ $ignored != *" $pid "* ]] || continue
    state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "$directory/status" 2>/dev/null) || continue
    case $state in "" | Z | X) continue ;; esac
    parent=$(sed -n 's/^PPid:[[:space:]]*//p' "$directory/status" 2>/dev/null) || continue
    [ "$parent" != $$ ] || continue
    line=$(tr '\0' ' ' 2>/dev/null <"$directory/cmdline") || continue
    case $line in
    *bats-core* | *libexec/bats* | *census.sh*) continue ;;
    esac
    echo "process $pid $line"
done

# Groups of others may vanish while find looks at them: that is no failure of ours.
{ find /sys/fs/cgroup -mindepth 1 -type d -path "*$word*" -printf 'cgroup %p\n' 2>/dev/null || true; } | sort

sed 's/^[0-9]* [0-9]* \([^ ]* [^ ]* [^ ]* [^ ]*\).* - /mount \1 - /' /proc/self/mountinfo | sort

for directory in /run/thwart /run/user/*/thwart /run/runc /run/crun /run/user/*/crun /run/user/*/runc; do
    [ -d "$directory" ] || continue
    # The caches of compiled filters and of what is proven of images, the place of gpg's homes and the directories of delegated
    # containers are meant to stay; everything else belongs to a container, or to a gpg that was not cleaned up after.
    find "$directory" -mindepth 1 \( -path '*/@seccomp*' -o -path '*/@trust*' \) -prune -o -mindepth 1 ! -path '*/@delegate' ! -path '*/@delegated' ! -path '*/@gpg' -printf 'state %p\n' | sort
done

for directory in /dev/shm /dev/mqueue; do
    [ -d "$directory" ] || continue
    find "$directory" -mindepth 1 -printf 'shared %p\n' | sort
done
find /run -mindepth 1 -maxdepth 1 ! -name thwart-tests ! -name thwart ! -name user ! -name runc ! -name crun \
    -printf 'run %p\n' | sort
awk '$NF ~ /^@/ { print "abstract socket", $NF }' /proc/net/unix | sort
for device in /sys/block/loop*/loop/backing_file; do
    [ -e "$device" ] || continue
    echo "loop $device $(cat "$device")"
done
