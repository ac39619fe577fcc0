#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds thwart with sanitizers and as the static release, runs every suite that this machine allows, and says what was
# skipped and why. The last line is "N passed, N failed, N skipped"; the status is 0 when nothing failed.
#
#   tests/run.sh [--no-install] [SUITE...]
#
# SUITE: unit golden property fuzz (meson's), integration (all of it), or a file below tests/integration without its
# ".bats" (lifecycle, attacks/paths...), release (the part that runs on the static binary), engines (podman, buildah,
# containerd and docker on thwart and, beside it, on the runtimes that they were made for), vm (resources, in a virtual
# machine), vm-systemd (cgroups by systemd, in another), vm-checkpoint (checkpoint and restore, in a third). Without SUITE: everything.
# packages (tests/packages.sh: built, installed into a clean root, compared) runs only by its name: it takes ten minutes.
# With CI set the whole may take CI_BUDGET_S seconds (860): what would begin too late for that, of machines, engines and the
# last of the release's files, is left out, said so, and counts as skipped. Without CI nothing is left out.
# A skipped test that is not in tests/known-skips.txt counts as failed: a new skip must not pass unseen.
set -uo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
sanitized=$top/build-sanitized
release=$top/build-release
logs=$sanitized/test-results
passed=0 failed=0 skipped=0
export THWART_LOG_TOOLS=$sanitized/log-tools

build_packages=(gcc libc6-dev meson ninja-build python3 pkg-config libseccomp-dev libcap-dev libyajl-dev libyaml-dev libsystemd-dev criu libprotobuf-c-dev libgpgme-dev zlib1g-dev libbz2-dev libcmocka-dev git)
test_packages=(bats jq gojq busybox-static uidmap util-linux procps iproute2 libcap2-bin binutils python3-jsonschema python3-yaml curl strace crun runc gnupg gpgv)
# Shippers of logs, which would be services of this machine were they installed.
unpacked_packages=(syslog-ng-core syslog-ng-mod-http libivykis0 libwrap0 logrotate)
vm_packages=(qemu-system-x86 qemu-system-common busybox-static xz-utils apparmor systemd dbus dbus-user-session libpam-systemd python3 criu iptables)
meson_suites=(unit golden property fuzz)
# On the static release: the hardening of the file, and what depends on how the program is linked. (The engines and the
# machines run on it as well.)
release_files=(hardening attacks/races attacks/runtime concurrency descriptors drop_in contrib contrib_ci contrib_kubernetes contrib_logging engine_samples policy_samples image_commands)
# On it alone: the file itself; races and crowds, which are the harder the faster a start is; and what is about options,
# other programs and real documents (which the golden suites read and plan with sanitizers), many starts of ours in between.
release_only=(hardening attacks/races attacks/runtime concurrency drop_in contrib contrib_ci contrib_kubernetes contrib_logging engine_samples policy_samples image_commands)

say() {
    printf '%s\n' "$*"
}

# say_running WORDS: with the time since the start, so that a log shows what is worth making quicker.
say_running() {
    say "$((SECONDS / 60)):$(printf %02d $((SECONDS % 60))) running: $*"
}

finish() {
    say "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ]
    exit
}

# fail WORDS: something that is no test went wrong; it counts as one failure, and the run ends.
fail() {
    say "FAILED: $*"
    failed=$((failed + 1))
    finish
}

# known_skip NAME REASON: is it in tests/known-skips.txt, by its name or by its reason ("*: WORDS")?
known_skip() {
    local line
    grep -qxF -e "$1" "$top/tests/known-skips.txt" && return
    while IFS= read -r line; do
        case $2 in *"$line"*) return 0 ;; esac
    done < <(sed -n 's/^\*: //p' "$top/tests/known-skips.txt")
    return 1
}

# skip NAME REASON
skip() {
    if known_skip "$1" "$2"; then
        skipped=$((skipped + 1))
        say "skipped: $1: $2"
    else
        failed=$((failed + 1))
        say "FAILED: $1: skipped ($2), and it is not in tests/known-skips.txt"
    fi
}

# left: seconds of the budget that are left; a day where there is none.
left() {
    if [ -n "${CI:-}" ]; then
        echo $((${CI_BUDGET_S:-860} - SECONDS))
    else
        echo 86400
    fi
}

# --- building ------------------------------------------------------------------------------------------------------------

# build DIRECTORY LOG TARGETS MESON-OPTIONS... In CI the compiler's warnings are errors.
build() {
    local directory=$1 log=$2 targets
    read -r -a targets <<<"$3"
    shift 3
    if [ ! -f "$directory/build.ninja" ]; then
        meson setup "$directory" "$top" "$@" ${CI:+-Dwerror=true} >"$log" 2>&1 || { cat "$log" && return 1; }
    fi
    meson compile -C "$directory" ${targets[@]+"${targets[@]}"} >"$log" 2>&1 || { tail -60 "$log" && return 1; }
}

build_all() {
    mkdir -p "$logs"
    say "building with address and undefined-behaviour sanitizers: $sanitized"
    # Optimised a little: with more of it the compiler takes twice as long, and the suites, mostly starts, no less. What could
    # be truncated it then only guesses; the release build knows.
    build "$sanitized" "$logs/build-sanitized.log" "" -Db_sanitize=address,undefined -Dstatic=false -Dbuildtype=debug -Doptimization=1 \
        -Dc_args=-Wno-format-truncation ||
        fail "the sanitized build"
    say "building the static release: $release"
    build "$release" "$logs/build-release.log" "programs support" -Dstatic=true -Dbuildtype=release || fail "the release build"
}

# --- meson's tests --------------------------------------------------------------------------------------------------------

run_meson() {
    local arguments=() suite name result reason
    for suite; do arguments+=(--suite "$suite"); done
    say_running "$*"
    rm -f "$sanitized/meson-logs/testlog.json"
    ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
        meson test -C "$sanitized" --no-rebuild --print-errorlogs --timeout-multiplier 4 "${arguments[@]}" \
        >"$logs/meson.log" 2>&1 </dev/null
    if [ ! -s "$sanitized/meson-logs/testlog.json" ]; then
        tail -60 "$logs/meson.log"
        fail "meson test gave no results"
    fi
    while IFS=$'\t' read -r name result reason; do
        case $result in
        OK | EXPECTEDFAIL) passed=$((passed + 1)) ;;
        SKIP) skip "$name" "$reason" ;;
        *)
            failed=$((failed + 1))
            say "FAILED: $name ($result)"
            jq -r --arg n "$name" 'select(.name | endswith($n)) | (.stdout // "") + (.stderr // "")' "$sanitized/meson-logs/testlog.json" | tail -80
            ;;
        esac
    done < <(jq -r '[.name, .result, ((.stdout // "") | split("\n") | map(select(test("[Ss]kip"))) | first // "no reason given")]
        | .[0] |= sub("^thwart:"; "") | @tsv' \
        "$sanitized/meson-logs/testlog.json")
    # cmocka's programs say nothing of a skipped case by their status.
    while IFS=$'\t' read -r name reason; do
        skip "$name" "$reason"
    done < <(jq -r '(.name | sub("^thwart:"; "")) as $name | (.stdout // "") | split("\n") as $lines
        | range(1; $lines | length) | select($lines[.] | startswith("[  SKIPPED ] "))
        | [$name + ": " + $lines[.][13:], ($lines[. - 1] | if startswith("skipped: ") then .[9:] else "no reason given" end)]
        | @tsv' "$sanitized/meson-logs/testlog.json")
}

# --- integration -----------------------------------------------------------------------------------------------------------

# run_file KIND BUILD FILE: one bats file in a private view; the TAP goes to a log. Run by xargs, several at a time.
# shellcheck disable=SC2317 # exported: xargs runs it
run_file() {
    local kind=$1 directory=$2 file=$3 log begun=$SECONDS
    log=$logs/$kind-${file//\//-}.tap
    rm -f "$log"
    BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-180} "$top/tests/support/private_view.sh" "$release/tests/support" "$directory/thwart" \
        bats --tap "$top/tests/integration/$file.bats" >"$log" 2>&1
    say "  $kind $file: $(grep -c '^ok ' "$log") of $(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$log"), $((SECONDS - begun)) s"
}

# count_file KIND FILE: adds the results of its log.
count_file() {
    local kind=$1 file=$2 log line name planned seen
    log=$logs/$kind-${file//\//-}.tap
    planned=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$log" | head -1)
    seen=0
    while IFS= read -r line; do
        case $line in
        'ok '*' # skip'*)
            name=${line#ok * }
            seen=$((seen + 1))
            skip "$file: ${name%% # skip*}" "${name#* # skip }"
            ;;
        'ok '*)
            passed=$((passed + 1))
            seen=$((seen + 1))
            ;;
        'not ok '*)
            failed=$((failed + 1))
            seen=$((seen + 1))
            say "FAILED: $kind $file: ${line#not ok * }"
            awk -v wanted="$line" '$0 == wanted { on = 1; next } /^(ok|not ok) / { on = 0 } on' "$log" | cut -c1-600 | head -60
            ;;
        esac
    done < <(grep -E '^(ok|not ok) ' "$log")
    if [ "$seen" -lt "${planned:-1}" ]; then
        failed=$((failed + ${planned:-1} - seen))
        say "FAILED: $kind $file: $((${planned:-1} - seen)) tests did not report"
        tail -20 "$log"
    fi
}

# run_files KIND BUILD FILE...
run_files() {
    local kind=$1 directory=$2 file
    shift 2
    [ $# -gt 0 ] || return 0
    say_running "integration on the $kind build, $(($(nproc) + 1)) at a time"
    export -f run_file say
    export top logs release
    printf '%s\n' "$@" | xargs -P "$(($(nproc) + 1))" -I{} bash -c 'run_file "$@"' - "$kind" "$directory" {}
    for file; do count_file "$kind" "$file"; done
}

# All files, the long ones first.
integration_files() {
    (cd "$top/tests/integration" && ls -S -- *.bats attacks/*.bats) | sed 's/\.bats$//' |
        grep -vxF -e "$(printf '%s\n' "${release_only[@]}")"
}

run_integration() {
    if [ "$(id -u)" != 0 ]; then
        skip "integration" "needs root: the tests make namespaces and mounts of their own"
        return
    fi
    if ! unshare --mount --pid --fork true 2>/dev/null; then
        skip "integration" "this machine allows no new mount and PID namespaces"
        return
    fi
    local kind=$1 directory=$2
    shift 2
    run_files "$kind" "$directory" "$@"
}

# --- container engines -------------------------------------------------------------------------------------------------------

# Before the machines start, which see this one's files as they were.
install_engines() {
    local packages
    rm -f "$logs/engines-missing"
    [ "$install" = 1 ] && [ "${THWART_TEST_ENGINES:-yes}" != no ] || return 0
    read -r -a packages < <("$top/tests/integration/engines/run.sh" --list | cut -d: -f2 | tr '\n' ' ')
    "$top/contrib/install-packages.sh" "${packages[@]}" >"$logs/engines-packages.log" 2>&1 ||
        tail -1 "$logs/engines-packages.log" >"$logs/engines-missing"
}

# Real engines on the release build, beside their own runtimes. THWART_TEST_ENGINES=no leaves them out; "podman ctr" (names of
# engines) runs those only. The packages come from the engines' own lists.
run_engines() {
    local script=$top/tests/integration/engines/run.sh log=$logs/release-engines.tap status=0 names=()
    if [ "${THWART_TEST_ENGINES:-yes}" = no ]; then
        skip "engines" "switched off by THWART_TEST_ENGINES=no"
        return
    fi
    if [ -s "$logs/engines-missing" ]; then
        skip "engines" "their packages cannot be installed: $(cat "$logs/engines-missing")"
        return
    fi
    [ "${THWART_TEST_ENGINES:-yes}" = yes ] || read -r -a names <<<"$THWART_TEST_ENGINES"
    # The quick ones first; those that take long begin only when there is time for them.
    if [ ${#names[@]} = 0 ] && [ "$(left)" -lt 240 ]; then
        local engine needs
        while read -r engine needs; do
            if [ "$(left)" -ge "$needs" ]; then
                names+=("$engine")
            else
                skip "engines: $engine" "left out: CI's time is over"
            fi
        done <<'END'
podman 120
docker 120
ctr 60
buildah 60
podman-rootless 200
cri 200
stress 200
END
        [ ${#names[@]} -gt 0 ] || return
    fi
    say_running engines
    # One more at a time than there are processors: engines wait a lot. Peers are asked about what fails on thwart.
    ENGINE_PEERS=${ENGINE_PEERS:-needed} ENGINE_JOBS=${ENGINE_JOBS:-$(($(nproc) + 1))} "$script" "$release/tests/support" "$release/thwart" "${names[@]}" >"$log" 2>"$logs/engines.log" || status=$?
    if [ "$status" = 77 ]; then
        skip "engines" "$(sed -n 's/^1\.\.[0-9]* # skip //p' "$log")"
        return
    fi
    sed -n 's/^# /  /p; /^\(not \)\{0,1\}ok /q' "$log"
    count_file release engines
    if [ "$status" -gt 1 ]; then # 1: a case failed, and was counted
        failed=$((failed + 1))
        say "FAILED: engines: ended with status $status"
        tail -30 "$logs/engines.log"
    fi
}

# --- the virtual machine -----------------------------------------------------------------------------------------------------

# The machines are emulated, on one processor each, one after the other: they run beside everything else, which keeps the other
# processors busy. THWART_TEST_VM=no leaves them out.
#
# start_vms SUITE...: in the background; count_vms waits for them.
start_vms() {
    vms=("$@")
    vm_lane=
    [ $# -gt 0 ] || return 0
    if [ "${THWART_TEST_VM:-yes}" = no ]; then
        for suite; do skip "$suite" "switched off by THWART_TEST_VM=no"; done
        vms=()
        return
    fi
    if [ "$install" = 1 ] && ! "$top/contrib/install-packages.sh" "${vm_packages[@]}" >"$logs/vm-packages.log" 2>&1; then
        for suite; do
            skip "$suite" "its packages cannot be installed (${vm_packages[*]}): $(tail -1 "$logs/vm-packages.log")"
        done
        vms=()
        return
    fi
    say_running "beside the rest: $*"
    for suite; do
        if [ "$(left)" -lt 240 ]; then
            echo 77 >"$logs/$suite.status"
            echo "1..0 # skip left out: CI's time is over" >"$logs/vm-$(vm_cases "$suite").tap"
        else
            run_vm "$suite"
        fi
    done &
    vm_lane=$!
    trap 'kill "$vm_lane" 2>/dev/null' EXIT
}

# vm_cases SUITE: what its cases are called: resources with every controller, and AppArmor; cgroups by systemd; checkpoint and
# restore.
vm_cases() {
    case $1 in
    vm) echo resources ;;
    *) echo "${1#vm-}" ;;
    esac
}

run_vm() {
    local suite=$1 status=0 options=() begun=$SECONDS limit
    [ "$suite" = vm ] || options+=("--${suite#vm-}")
    [ "$install" = 1 ] || options+=(--no-fetch)
    # One that hangs is ended within the budget.
    limit=$(left)
    THWART_VM_SECONDS=$((limit < 900 ? limit : 900)) "$top/tests/vm/run.sh" ${options[@]+"${options[@]}"} "$release/tests/support" "$release/thwart" \
        >"$logs/vm-$(vm_cases "$suite").tap" 2>"$logs/$suite.log" </dev/null || status=$?
    echo "$status" >"$logs/$suite.status"
    say "  $suite: $(grep -c '^ok ' "$logs/vm-$(vm_cases "$suite").tap") ok, $((SECONDS - begun)) s"
}

count_vms() {
    local suite status
    [ -n "$vm_lane" ] || return 0
    wait "$vm_lane"
    for suite in "${vms[@]}"; do
        status=$(cat "$logs/$suite.status")
        if [ "$status" = 77 ]; then
            skip "$suite" "$(sed -n 's/^1\.\.0 # skip //p' "$logs/vm-$(vm_cases "$suite").tap")"
            continue
        fi
        count_file vm "$(vm_cases "$suite")"
        if [ "$status" -gt 1 ]; then # 1: a case failed, and was counted
            failed=$((failed + 1))
            say "FAILED: $suite: the machine ended with status $status"
            tail -30 "$logs/$suite.log"
        fi
    done
}

# --- packages ------------------------------------------------------------------------------------------------------------------

run_packages() {
    local log=$logs/release-packages.tap status=0 options=()
    [ "$install" = 1 ] || options+=(--no-install)
    mkdir -p "$logs"
    say_running packages
    "$top/tests/packages.sh" ${options[@]+"${options[@]}"} >"$log" 2>"$logs/packages.log" </dev/null || status=$?
    if [ "$status" = 77 ]; then
        skip "packages" "$(sed -n 's/^1\.\.0 # skip //p' "$log")"
        return
    fi
    count_file release packages
}

# --- the whole ---------------------------------------------------------------------------------------------------------------

# A function, so that the shell has read all of this file before anything runs: it may be edited meanwhile.
main() {
    local suite tool arguments
    install=1
    if [ "${1:-}" = --no-install ]; then
        install=0
        shift
    fi
    # One run at a time in a checkout: they share build directories and logs. The lock's descriptor does not reach the tests.
    if [ -z "${THWART_TESTS_LOCKED:-}" ] && command -v flock >/dev/null; then
        mkdir -p "$sanitized"
        arguments=("$@")
        [ "$install" = 1 ] || arguments=(--no-install "$@")
        THWART_TESTS_LOCKED=1 exec flock --close "$sanitized/.tests-lock" "$0" "${arguments[@]}"
    fi
    if [ "$install" = 1 ]; then
        "$top/contrib/install-packages.sh" "${build_packages[@]}" "${test_packages[@]}" || fail "installing the packages"
        "$top/tests/support/unpack_packages.sh" "$THWART_LOG_TOOLS" "${unpacked_packages[@]}" || say "contrib_logging goes without: ${unpacked_packages[*]}"
    fi
    for tool in meson ninja jq bats; do
        command -v "$tool" >/dev/null || fail "$tool is missing: run without --no-install, or install it"
    done

    local wanted_meson=() wanted_files=() wanted_release=() wanted_engines=0 wanted_vms=() wanted_packages=0
    if [ $# = 0 ]; then
        skip "packages" "left out unless it is named: tests/run.sh packages"
        wanted_meson=("${meson_suites[@]}")
        mapfile -t wanted_files < <(integration_files)
        wanted_release=("${release_files[@]}")
        wanted_engines=1
        wanted_vms=(vm vm-systemd vm-checkpoint)
    fi
    for suite; do
        case $suite in
        unit | golden | property | fuzz) wanted_meson+=("$suite") ;;
        integration)
            mapfile -t wanted_files < <(integration_files)
            wanted_release=("${release_files[@]}")
            ;;
        release) wanted_release=("${release_files[@]}") ;;
        engines) wanted_engines=1 ;;
        packages) wanted_packages=1 ;;
        vm | vm-systemd | vm-checkpoint) wanted_vms+=("$suite") ;;
        hardening | concurrency | drop_in | contrib | contrib_* | engine_samples | attacks/races | attacks/runtime) wanted_release+=("$suite") ;;
        attacks)
            wanted_files+=(attacks/commands attacks/faults attacks/paths attacks/pseudofiles)
            wanted_release+=(attacks/races attacks/runtime)
            ;;
        *)
            suite=${suite#tests/integration/}
            suite=${suite%.bats}
            [ -f "$top/tests/integration/$suite.bats" ] || fail "there is no suite $suite"
            wanted_files+=("$suite")
            ;;
        esac
    done

    # They are built of what is committed, in places of their own.
    if [ "$wanted_packages" = 1 ]; then
        run_packages
        [ $# -gt 1 ] || finish
    fi
    build_all
    [ "$wanted_engines" = 0 ] || install_engines
    start_vms ${wanted_vms[@]+"${wanted_vms[@]}"}
    [ ${#wanted_meson[@]} = 0 ] || run_meson "${wanted_meson[@]}"
    [ ${#wanted_files[@]} = 0 ] || run_integration sanitized "$sanitized" "${wanted_files[@]}"
    [ ${#wanted_release[@]} = 0 ] || run_integration release "$release" "${wanted_release[@]}"
    [ "$wanted_engines" = 0 ] || run_engines
    count_vms
    finish
}

main "$@"
