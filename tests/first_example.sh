#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Does README's first example with the thwart that is installed: the first block of commands that runs a container. What
# makes the program is left out of it. Says what it does, and that the container was one, is gone, and that what
# policies refuse is refused.
# Needs root, namespaces, cgroup v2 at /sys/fs/cgroup, busybox (static) and script(1).
# usage: first_example.sh README
set -euo pipefail

readme=$(realpath -e "$1")
world=$(mktemp -d)
trap 'rm -rf "$world"' EXIT
die() {
    echo "first_example.sh: $*" >&2
    exit 1
}

example=$(awk '/^```sh$/ { on = 1; block = ""; next } /^```/ { if (on && block ~ /thwart run /) { printf "%s", block; exit } on = 0 } on { block = block $0 "\n" }' "$readme" |
    sed -E '/^(meson|ninja|sudo apt|apt|dpkg) /d; s#(^| )build/thwart#\1thwart#g; s#[[:space:]]+\# .*##')
run=$(grep -E '^thwart run ' <<<"$example") || die "no example of $1 has a line \"thwart run ...\""
[ "$(wc -l <<<"$run")" = 1 ] || die "the example runs several containers: $run"

cd "$world"
echo "$example"
bash -euc "$(grep -vE '^thwart run ' <<<"$example")" >plan || die "what comes before \"run\" failed"
[ -s plan ] || die "the example shows no plan"
# The container is a shell on the terminal: it is asked who it is.
status=0
# shellcheck disable=SC2016 # for the shell in the container
printf '%s\n' 'echo "answer: pid $$"; echo "answer: $((6 * 7))"; exit 5' |
    SHELL=/bin/sh script --quiet --return --echo never --command "$run" typescript >answer || status=$?
tr -d '\r' <answer
tr -d '\r' <answer | grep -qx 'answer: pid 1' || die "the shell is not process 1 of a container"
tr -d '\r' <answer | grep -qx 'answer: 42' || die "the shell did not answer"
[ "$status" = 5 ] || die "run ended with $status, not with the shell's 5"
[ -z "$(thwart list --quiet)" ] || die "a container is left: $(thwart list)"

bundle=$(sed -n 's/.*--bundle \([^ ]*\).*/\1/p' <<<"$run")
! thwart --policy restricted run --bundle "$bundle" refused </dev/null >refusal 2>&1 || die "restricted lets root run"
cat refusal
grep -q 'denied by restricted.*TW[0-9]\{4\}' refusal || die "this is no refusal by a policy"
[ -z "$(thwart list --quiet)" ] || die "what was refused is left: $(thwart list)"
