#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# How a refusal reaches people: one line on stderr; with --log exactly one JSON object of level error, RFC 3339 time,
# the same text. And documents that must be refused.
load suite

# refused_with_log: the last create left one JSON object; its message is what stderr said.
one_object() {
    [ "$(wc -l <"$WORK/log.json")" = 1 ]
    SEEN=$(cat "$WORK/log.json")
    see .level '"error"'
    see_that '.time | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$")'
    see_that '.msg | length > 10'
    grep -qF "$(jq -r .msg "$WORK/log.json")" "$WORK/refused.err"
}

create_logged() {
    rm -f "$WORK/log.json"
    refused "$1" rt --log "$WORK/log.json" --log-format json create --bundle "$BUNDLE" "$ID"
    nothing_left
}

@test "JSON log: one object, level error, time, the text of stderr" {
    program /bin/no-such-program
    create_logged 'no-such-program'
    one_object
    config '.process.cwd = "relative"'
    create_logged cwd
    one_object
    config 'del(.root)'
    create_logged root
    one_object
    echo '{"ociVersion": ' >"$BUNDLE/config.json"
    create_logged 'config.json'
    one_object
}

@test "JSON log with --debug, and both spellings of the options: still one object of level error at the end" {
    program /bin/no-such-program
    refused . rt --debug --log-format=json --log="$WORK/log.json" create --bundle "$BUNDLE" "$ID"
    [ "$(tail -1 "$WORK/log.json" | jq -r .level)" = error ]
    [ "$(jq -rs 'map(select(.level == "error")) | length' "$WORK/log.json")" = 1 ]
}

@test "JSON log of exec, start, kill, state, delete" {
    local command
    for command in start state delete; do
        rm -f "$WORK/log.json"
        refused 'does not exist' rt --log "$WORK/log.json" --log-format json "$command" "$ID-nobody"
        one_object
    done
    rm -f "$WORK/log.json"
    refused 'does not exist' rt --log "$WORK/log.json" --log-format json kill "$ID-nobody" 9
    one_object
    start_container
    rm -f "$WORK/log.json"
    refused 'no-such' rt --log "$WORK/log.json" --log-format json exec "$ID" /bin/no-such
    one_object
}

@test "the log file is made also when nothing goes wrong, and stays without errors" {
    program /bin/busybox true
    rt --log "$WORK/log.json" --log-format json run --bundle "$BUNDLE" "$ID" </dev/null
    [ -e "$WORK/log.json" ]
    run ! grep -q '"level":"error"' "$WORK/log.json"
}

@test "text log: one line" {
    program /bin/no-such-program
    refused . rt --log "$WORK/log" create --bundle "$BUNDLE" "$ID"
    grep -q no-such-program "$WORK/log"
}

@test "a log file that cannot be opened is refused before anything is made" {
    program /bin/probe sleep
    refused 'log' rt --log "$WORK/no/such/log" create --bundle "$BUNDLE" "$ID"
    nothing_left
    refused 'log-format|sideways' rt --log-format sideways create --bundle "$BUNDLE" "$ID"
    nothing_left
}

@test "a log file that is a fifo does not hang" {
    mkfifo "$WORK/fifo"
    program /bin/probe sleep
    RT_TIMEOUT=5 rt --log "$WORK/fifo" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$WORK/err" || [ "$?" != 124 ]
}

@test "stderr: one line, without the user's control characters" {
    program $'/bin/no\nsuch\x1b[31mprogram'
    refused 'executable file not found|no such|not found' rt create --bundle "$BUNDLE" "$ID"
    [ "$(wc -l <"$WORK/refused.err")" = 1 ]
    run ! grep -q $'\x1b' "$WORK/refused.err"
}

@test "only the command itself is 'not found': other missing things have other words" {
    # podman maps these words to "command not found" (127).
    mount_entry /mnt bind "$WORK/missing-source" bind
    refused 'missing-source' rt create --bundle "$BUNDLE" "$ID"
    run ! grep -qiE 'no such file or directory|executable file not found' "$WORK/refused.err"
    cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
    config '.root.path = "no-such-rootfs"'
    refused 'no-such-rootfs' rt create --bundle "$BUNDLE" "$ID"
    run ! grep -qiE 'no such file or directory|executable file not found' "$WORK/refused.err"
    cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
    config '.hooks.createRuntime = [{path: "/no/such/hook"}]'
    refused '/no/such/hook' rt create --bundle "$BUNDLE" "$ID"
    run ! grep -qiE 'no such file or directory|executable file not found' "$WORK/refused.err"
}

@test "a bundle that is missing, a file, without a configuration" {
    refused 'nobundle' rt create --bundle "$WORK/nobundle" "$ID"
    refused 'config.json|bundle' rt create --bundle "$BUNDLE/config.json" "$ID"
    rm "$BUNDLE/config.json"
    refused 'config.json' rt create --bundle "$BUNDLE" "$ID"
    mkfifo "$BUNDLE/config.json"
    RT_TIMEOUT=5 refused 'config.json' rt create --bundle "$BUNDLE" "$ID"
    rm "$BUNDLE/config.json"
    mkdir "$BUNDLE/config.json"
    refused 'config.json' rt create --bundle "$BUNDLE" "$ID"
    nothing_left
}

# hostile NAME: the configuration is what stdin holds; it must be refused.
hostile() {
    cat >"$BUNDLE/config.json"
    if ! refused "$1" rt create --bundle "$BUNDLE" "$ID"; then
        head -c 300 "$BUNDLE/config.json" >&2
        return 1
    fi
    nothing_left
}

@test "hostile documents: syntax" {
    local good
    good=$(cat "$TESTS/support/base-config.json")
    printf '' | hostile 'config.json'
    printf '%s' "${good:0:200}" | hostile 'config.json'
    printf '%s trailing' "$good" | hostile 'config.json'
    printf '%s%s' "$good" "$good" | hostile 'config.json'
    printf '/* c */ %s' "$good" | hostile 'config.json'
    printf '%s' "${good/\"process\"/\'process\'}" | hostile 'config.json'
    printf '%s' "${good%\}},}" | hostile 'config.json'
    printf '\xef\xbb\xbf%s' "$good" | hostile 'config.json'
    printf '%s' "${good/inside/$'in\xff\xfeside'}" | hostile 'config.json|UTF'
    printf '%s' "${good/inside/in\\ud800side}" | hostile 'config.json|surrogate'
    printf '%s' "${good/inside/in\\u0000side}" | hostile 'NUL|hostname|config.json'
    printf '%s' "${good/\"hostname\"/\"hostname\": \"a\", \"hostname\"}" | hostile 'hostname|duplicate'
    printf '%s' "${good/\"uid\": 0/\"uid\": 0, \"uid\": 5}" | hostile 'uid|duplicate'
}

@test "hostile documents: deep, long, big" {
    local good
    good=$(cat "$TESTS/support/base-config.json")
    { printf '{"a":' && head -c 100000 /dev/zero | tr '\0' '[' && printf '1' && head -c 100000 /dev/zero | tr '\0' ']' && printf '}'; } |
        hostile 'config.json|deep|nest'
    { for _ in $(seq 2000); do printf '{"a":'; done; }  | hostile 'config.json|deep|nest'
    { printf '%s' "$good" && head -c 60000000 /dev/zero | tr '\0' ' '; } | RT_TIMEOUT=10 hostile 'config.json|large|limit'
    RT_TIMEOUT=10 refused 'config.json|large|limit' rt create --bundle "$WORK/big" "$ID" || true
}

@test "an error of syntax tells file, line and column" {
    printf '{\n  "ociVersion": "1.0.2",\n  "root": {"path": rootfs}\n}\n' >"$BUNDLE/config.json"
    refused 'config.json' rt create --bundle "$BUNDLE" "$ID"
    grep -qE '(:3:|line 3)' "$WORK/refused.err"
}

@test "an error of meaning tells where in the file" {
    config '.process.user.uid = "zero"'
    refused 'uid' rt create --bundle "$BUNDLE" "$ID"
    grep -qE 'config.json(:[0-9]+|.*line [0-9]+)' "$WORK/refused.err"
}

@test "versions: 1.0.0 to 1.3.0 run; none, 2.0.0 and nonsense are refused" {
    local version
    for version in 1.0.0 1.0.2 1.0.2-dev 1.1.0 1.2.1 1.3.0; do
        config '.ociVersion = $v' --arg v "$version"
        look
    done
    for version in 2.0.0 0.9.0 1 invalid ''; do
        config '.ociVersion = $v' --arg v "$version"
        refused_run ociVersion
    done
    config 'del(.ociVersion)'
    refused_run ociVersion
}

@test "unknown properties are no error, as the specification demands; a wrong case is another name" {
    config '.unknown = 1 | .linux.unknown = {deep: [1]} | .process.unknown = true'
    look
    see .pid 1
    config '.Process = .process | del(.process)'
    refused 'process' rt run --bundle "$BUNDLE" "$ID"
}

@test "properties of other platforms are no error" {
    config '.windows = {layerFolders: ["C:\\\\a"]} | .solaris = {milestone: "x"} | .vm = {kernel: {path: "/k"}} | .zos = {}'
    look
    see .pid 1
}

@test "container ids: what is allowed and what is not" {
    local id
    program /bin/busybox true
    for id in "$TAG-a" "$TAG.b" "${TAG}_c" "$TAG+d" "${TAG}UPPER"; do
        rt run --bundle "$BUNDLE" "$id" </dev/null
    done
    for id in . .. a/b ../a "$(printf 'x%.0s' $(seq 1025))" $'new\nline' 'a b' '*' '' 'ü' '/abs' 'a;b'; do
        refused 'id|container|argument' rt run --bundle "$BUNDLE" "$id"
    done
    refused . rt run --bundle "$BUNDLE" -- -x
}
