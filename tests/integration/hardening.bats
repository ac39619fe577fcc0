#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The release file itself. Runs on the static build: what it is made of (tests/release/hardening.sh), and what that means.
load suite

@test "linked and compiled as a hardened static program" {
    run bash "$TESTS/release/hardening.sh" "$THWART"
    echo "$output" >&2
    [ "$status" = 0 ]
    [ "$(grep -c '^ok ' <<<"$output")" -ge 10 ]
}

@test "nothing that asks the host's user database or runs a shell" {
    local name
    nm "$THWART" >"$WORK/symbols" || skip "the symbols are stripped"
    for name in getpwnam getpwuid getgrnam getgrgid initgroups getaddrinfo popen system; do
        run -1 grep -E " [TtWw] $name\$" "$WORK/symbols"
    done
}

@test "in an empty root it still runs: nothing is loaded" {
    mkdir -p "$WORK/empty"
    cp "$THWART" "$WORK/empty/thwart"
    run -0 chroot "$WORK/empty" /thwart --version
    [[ $output == *"thwart version"* ]]
}

@test "small enough to be copied at each start: under four megabytes" {
    [ "$(stat -c %s "$THWART")" -lt 4194304 ]
}
