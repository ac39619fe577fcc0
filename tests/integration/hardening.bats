#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The release file itself: how it is linked and what it contains. Runs on the static build.
load helpers

@test "static, position independent, no interpreter, no shared library" {
    run -0 readelf -h "$THWART"
    grep -q 'Type:.*DYN' <<<"$output"
    run -0 readelf -lW "$THWART"
    run ! grep -qE 'INTERP' <<<"$output"
    run -0 readelf -dW "$THWART"
    run ! grep -qE 'NEEDED|RPATH|RUNPATH' <<<"$output"
}

@test "relocations read-only and bound at once, no executable stack, no writable code" {
    run -0 readelf -lW "$THWART"
    grep -q GNU_RELRO <<<"$output"
    grep -E 'GNU_STACK' <<<"$output" | grep -qv 'RWE'
    run ! grep -E '^ *LOAD.* (RWE|W *E) ' <<<"$output"
    run -0 readelf -dW "$THWART"
    grep -qE 'BIND_NOW|FLAGS_1.*NOW' <<<"$output"
    run ! grep -q TEXTREL <<<"$output"
}

@test "nothing that loads code or asks the host's user database" {
    run -0 bash -c 'nm "$0" 2>/dev/null || true' "$THWART"
    local name
    for name in getpwnam getpwuid getgrnam getgrgid initgroups getaddrinfo popen system; do
        run -1 grep -E " [TtWw] $name\$" <<<"$(nm "$THWART" 2>/dev/null)"
    done
}

@test "with no file to load at all it still runs: in an empty root" {
    mkdir -p "$WORK/empty"
    cp "$THWART" "$WORK/empty/thwart"
    run -0 chroot "$WORK/empty" /thwart --version
    [[ $output == *"thwart version"* ]]
}

@test "the file is small enough to copy at each start: under four megabytes" {
    [ "$(stat -c %s "$THWART")" -lt 4194304 ]
}
