#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What README shows on its first screen is what the program prints.
# THWART_UPDATE_GOLDEN=1 writes what is printed into the page.
load suite

setup() {
    base_setup
    PROJECT=$(cd "$TESTS/.." && pwd)
    # As on a machine on which nothing was set up yet.
    mv /etc/thwart "$WORK/etc-thwart"
    mkdir "$WORK/path"
    ln -s "$THWART" "$WORK/path/thwart"
    PATH=$WORK/path:$PATH
}

teardown() {
    rm -rf /etc/thwart
    mv "$WORK/etc-thwart" /etc/thwart
    base_teardown
}

@test "README: the commands print what it shows" {
    command -v python3 >/dev/null || skip "python3 is not installed"
    cd "$PROJECT" || return 1
    if [ -n "${THWART_UPDATE_GOLDEN:-}" ]; then
        python3 tests/support/console_page.py --update README.md
    fi
    run -0 python3 tests/support/console_page.py README.md
    # It shows something.
    [[ $output =~ ^[2-9]\ commands,\ 0\ print ]]
}

@test "README: the refusal under podman is what create says of such a bundle" {
    local shown
    # Podman's words before ours are podman's; the lines are broken for the page.
    shown=$(awk '/^\$ podman --runtime thwart run .*--pid host/ { on = 1; next } /^```/ { on = 0 } on' "$PROJECT/README.md" | tr '\n' ' ' |
        sed 's/^Error: OCI runtime error: thwart: //; s/ *$//')
    [[ $shown == 'policy denied by baseline, 3 causes: '* ]]
    # --pid host, --cap-add SYS_ADMIN, -v /:/host.
    config '.linux.namespaces |= map(select(.type != "pid"))
        | .process.capabilities |= (. // {} | .bounding = ((.bounding // []) + ["CAP_SYS_ADMIN"]))
        | .mounts = [{destination: "/host", type: "bind", source: "/", options: ["rbind"]}] + .mounts'
    GLOBALS=(--policy baseline)
    run ! rt create --bundle "$BUNDLE" "$ID" </dev/null
    echo "$output"
    echo "$shown"
    [[ $output == *"$shown"* ]]
    [ ! -e "/run/thwart/$ID" ]
}
