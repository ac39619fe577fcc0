#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs the validation programs of the Open Container Initiative's runtime-tools against a runtime and judges each strictly: exit status 0, no
# "not ok", the TAP plan complete, and no error diagnostic from the programs that hold no assertion.
#
#   RUNTIME_TOOLS=DIR tests/integration/validation.sh RUNTIME [TEST...]
#
# DIR is a built checkout of runtime-tools (`make runtimetest validation-executables`). Each program runs in a mount namespace
# of its own with cgroup v2 at /sys/fs/cgroup. Without TEST: those that a runtime which follows version 1.3 of the specification passes on cgroup v2.
set -uo pipefail

runtime=$(realpath "${1:?usage: RUNTIME_TOOLS=DIR $0 RUNTIME [TEST...]}")
shift
tools=$(realpath "${RUNTIME_TOOLS:?RUNTIME_TOOLS names no built checkout of runtime-tools}")

expected=(
    config_updates_without_affect create default delete hooks_stdin hostname kill kill_no_effect killsig
    linux_devices linux_masked_paths linux_ns_itype linux_ns_nopath linux_ns_path linux_ns_path_type
    linux_readonly_paths linux_rootfs_propagation linux_seccomp linux_sysctl linux_uid_mappings mounts
    poststart poststop poststop_fail prestart_fail process process_oom_score_adj process_rlimits_fail
    process_user root_readonly_true state
)
[ $# -gt 0 ] || set -- "${expected[@]}"

# Programs without assertions: they only print a diagnostic when they fail.
silent=" poststart poststart_fail poststop poststop_fail prestart_fail hooks prestart "

passed=0 failed=0
for name; do
    program=$tools/validation/$name/$name.t
    if [ ! -x "$program" ]; then
        echo "not ok $name: $program is not built"
        failed=$((failed + 1))
        continue
    fi
    # shellcheck disable=SC2016 # expanded by the inner shell
    output=$(cd "$tools" && RUNTIME=$runtime unshare --mount --propagation private bash -c '
        mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec timeout 60 "$1"' - "$program" 2>&1 </dev/null)
    status=$?
    why=
    [ "$status" -eq 0 ] || why="exit status $status"
    ! grep -q '^not ok' <<<"$output" || why="${why:+$why, }$(grep -c '^not ok' <<<"$output") not ok"
    count=$(grep -cE '^(not )?ok' <<<"$output")
    plan=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' <<<"$output" | tail -n 1)
    [ -z "$plan" ] || [ "$plan" -eq "$count" ] || why="${why:+$why, }$count of $plan results"
    if [[ $silent == *" $name "* ]] && grep -qiE '^# *(error|failed)|error:|"error"' <<<"$output"; then
        why="${why:+$why, }an error diagnostic"
    fi
    if [ -z "$why" ]; then
        echo "ok $name ($count)"
        passed=$((passed + 1))
    else
        echo "not ok $name: $why"
        while IFS= read -r line; do echo "    $line"; done < <(grep -v '^ok' <<<"$output" | head -n 20 | cut -c -160)
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
