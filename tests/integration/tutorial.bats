#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The tutorials of docs/: what they tell a newcomer to type is typed, in order, and prints what they show.
# THWART_UPDATE_GOLDEN=1 writes into the page what is printed.
load suite

setup() {
    base_setup
    PROJECT=$(cd "$TESTS/.." && pwd)
    # As on a machine on which nothing was set up yet.
    mv /etc/thwart "$WORK/etc-thwart"
    mkdir "$WORK/path" "$WORK/tutorial"
    ln -s "$THWART" "$WORK/path/thwart"
    PATH=$WORK/path:$PATH
    IDS+=(hello)
}

teardown() {
    thwart delete --force hello >"$WORK/hello.log" 2>&1 || true
    rm -rf /etc/thwart
    mv "$WORK/etc-thwart" /etc/thwart
    base_teardown
}

# page NAME: its commands, in a directory of their own.
page() {
    command -v python3 >/dev/null || skip "python3 is not installed"
    cd "$WORK/tutorial" || return 1
    if [ -n "${THWART_UPDATE_GOLDEN:-}" ]; then
        python3 "$TESTS/support/console_page.py" --update "$PROJECT/docs/$1"
        rm -rf "$WORK/tutorial"/*
        rm -rf /etc/thwart
    fi
    python3 "$TESTS/support/console_page.py" "$PROJECT/docs/$1"
}

@test "your first policy in ten minutes" {
    page tutorial-first-policy.md
}

@test "a page that shows something else fails" {
    printf '%s\n' '```console' '$ echo one' 'two' '```' >"$WORK/page.md"
    run -1 python3 "$TESTS/support/console_page.py" "$WORK/page.md"
    # shellcheck disable=SC1003 # a backslash at the end of a command
    printf '%s\n' '```console' '$ printf "%s\n" one two \' '> three' 'one' '...' '$ cd /' '$ pwd' '/' '```' >"$WORK/page.md"
    run -0 python3 "$TESTS/support/console_page.py" "$WORK/page.md"
    [[ $output == '3 commands, 0 print something else' ]]
    echo text >"$WORK/page.md"
    run -1 python3 "$TESTS/support/console_page.py" "$WORK/page.md"
}
