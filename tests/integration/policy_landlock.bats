#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Landlock by policy, in whole containers: what a layer refuses, the program and its loader, exec, stacked policies, users
# without rights. What each right means to the kernel is tested by itself (unit: linux_landlock).
load suite

setup() {
    base_setup
    ABI=$("$THWART" features | jq -r '.annotations["io.thwart.landlock.abi"]')
}

need_abi() {
    [ "$ABI" -ge "$1" ] || skip "needs Landlock's ABI $1"
}

# landlock NAME MEMBERS: a policy with that section, in $WORK/NAME.json; applies from here on.
landlock() {
    printf '{\n  "thwart": 1,\n  "name": "%s",\n  "landlock": {%s}\n}\n' "$1" "$2" >"$WORK/$1.json"
    chmod 0644 "$WORK/$1.json"
    GLOBALS+=(--policy "$WORK/$1.json")
}

# tries TEXT: the shell's script is run to its end; its words are in SEEN, a line each.
tries() {
    program /bin/sh -c "$1"
    look
}

# told PROGRAM...: a container of its own runs the probe, whatever comes of it; its outcome is in SEEN.
told() {
    COUNT=$((${COUNT:-0} + 1))
    another_id "$COUNT"
    program "$@"
    SEEN=$(rt run --bundle "$BUNDLE" "$OTHER" 2>"$WORK/err" </dev/null) || [ -n "$SEEN" ]
}

# told_by_exec PROGRAM...: the same by exec.
told_by_exec() {
    SEEN=$(rt exec "$ID" "$@" 2>"$WORK/err" </dev/null) || [ -n "$SEEN" ]
}

says() {
    grep -qxF -e "$1" <<<"$SEEN" || {
        echo "not said: $1; but: $SEEN" >&2
        return 1
    }
}

@test "read, write, execute: what is not listed is refused" {
    need_abi 1
    mkdir "$ROOT/data" "$ROOT/srv"
    echo text >"$ROOT/srv/file"
    echo text >"$ROOT/data/file"
    cp "$ROOT/bin/probe" "$ROOT/srv/probe"
    landlock web '"abi": 1, "read": ["/srv"], "write": ["/data", "/dev/null"], "execute": ["/bin"]'
    tries '(cat /srv/file) && echo read; (cat /data/file) || echo data-not-read; (cat /etc/passwd) || echo etc-not-read
        (echo x >/data/file) && echo written; (echo x >/srv/file) || echo srv-not-written
        (mkdir /data/new && rmdir /data/new) && echo made; (mkdir /srv/new) || echo srv-not-made
        (/srv/probe) || echo not-executed; (/bin/probe stat / >/dev/null) && echo executed; true'
    for word in text read data-not-read etc-not-read written srv-not-written made srv-not-made not-executed executed; do
        says "$word"
    done
}

@test "moves between directories and truncation follow the pinned ABI" {
    need_abi 3
    mkdir "$ROOT/one" "$ROOT/two" "$ROOT/srv"
    echo text >"$ROOT/one/file"
    echo text >"$ROOT/srv/file"
    landlock web '"abi": 3, "read": ["/srv"], "write": ["/one", "/two"], "execute": ["/bin"]'
    told /bin/probe rename /one/file /two/file
    see .error null
    told /bin/probe truncate /srv/file
    see .error '"EACCES"'
    # ABI 1 has no right to move to another directory, which the kernel then always refuses; nor truncation.
    GLOBALS=()
    landlock old '"abi": 1, "read": ["/srv"], "write": ["/one", "/two"], "execute": ["/bin"]'
    told /bin/probe rename /two/file /one/file
    see .error '"EXDEV"'
    told /bin/probe truncate /srv/file
    see .error null
}

@test "TCP ports, in the container's own network" {
    need_abi 4
    landlock web '"abi": 4, "connect": ["8000-8001"], "bind": [9000]'
    tries '(nc -l -p 9001 </dev/null 2>&1) || echo not-bound
        nc -l -p 9000 </dev/null & sleep 0.3; nc -w 1 127.0.0.1 9000 </dev/null 2>&1 || echo not-connected
        nc -w 1 127.0.0.1 8000 </dev/null 2>&1 | grep -q refused && echo reached
        kill %1; cat /etc/passwd >/dev/null && echo files-free; true'
    says not-bound
    says not-connected
    says reached
    says files-free
}

@test "signals and abstract sockets stay within, and exec reaches what its namespace holds" {
    need_abi 6
    drop_namespace pid
    sleep 60 3>&- 4>&- &
    target=$!
    BACKGROUNDS+=("$target")
    landlock web '"abi": 6'
    program /bin/sh -c "kill -0 $target && echo signalled; (kill -0 \$\$) && echo own; true"
    SEEN=$(rt run --bundle "$BUNDLE" "$ID" 2>/dev/null </dev/null)
    says own
    [[ $SEEN != *signalled* ]]
}

@test "exec may signal the first process of a container with a PID namespace of its own" {
    need_abi 6
    landlock web '"abi": 6, "read": ["/"], "execute": ["/bin"]'
    start_container
    rt exec "$ID" /bin/kill -0 1
}

@test "ioctl on devices" {
    need_abi 5
    landlock web '"abi": 5, "read": ["/dev"], "write": ["/dev/null"], "execute": ["/bin"]'
    # TCGETS is ENOTTY where it may be asked.
    tries 'stty <>/dev/null 2>&1; stty </dev/zero 2>&1; true'
    [[ $SEEN == *"not a tty"* || $SEEN == *"nappropriate ioctl"* ]]
    [[ $SEEN == *"ermission denied"* ]]
}

@test "a dynamic program: its loader and libraries come with it" {
    need_abi 1
    mkdir -p "$ROOT/usr/bin"
    cp /bin/sh "$ROOT/usr/bin/dynamic"
    ldd /bin/sh | grep -o '/[^ ]*' | while read -r library; do
        mkdir -p "$ROOT${library%/*}"
        cp "$library" "$ROOT$library"
    done
    landlock web '"abi": 1, "execute": ["/usr/bin/dynamic"]'
    program /usr/bin/dynamic -c 'echo dynamic; /bin/busybox true || echo nothing-else'
    look
    says dynamic
    says nothing-else
    another_id debug
    rt --debug run --bundle "$BUNDLE" "$OTHER" </dev/null 2>&1 | grep -q 'landlock: for dynamic programs.*/ld-'
}

@test "a program that no list covers is refused at create, by name; so is a script's interpreter" {
    need_abi 1
    landlock web '"abi": 1, "read": ["/"], "execute": ["/srv"]'
    mkdir "$ROOT/srv"
    refused_run 'web.json:4: policy web: landlock: `/bin/probe` may not be executed: it is not in the list landlock.execute'
    printf '#!/bin/sh\necho ran\n' >"$ROOT/srv/script"
    chmod 0755 "$ROOT/srv/script"
    program /srv/script
    refused_run 'its interpreter /bin/sh is not in the list'
    GLOBALS=()
    landlock both '"abi": 1, "execute": ["/srv", "/bin/busybox"]'
    look
    says ran
}

@test "exec has the same layers, and a program of its own" {
    need_abi 1
    mkdir "$ROOT/srv"
    cp "$ROOT/bin/probe" "$ROOT/srv/probe"
    echo text >"$ROOT/srv/file"
    landlock web '"abi": 1, "read": ["/etc"], "execute": ["/bin"]'
    start_container
    told_by_exec /bin/probe read /etc/passwd
    see .error null
    told_by_exec /bin/probe read /srv/file
    see .error '"EACCES"'
    refused 'policy web: landlock: `/srv/probe` may not be executed' rt exec "$ID" /srv/probe
    # As the record has it: the policy's file is not read again.
    rm "$WORK/web.json"
    GLOBALS=()
    told_by_exec /bin/probe read /srv/file
    see .error '"EACCES"'
}

@test "exec: what the container has made of its paths opens nothing" {
    need_abi 1
    mkdir -p "$ROOT/data/tools" "$ROOT/gone"
    landlock web '"abi": 1, "write": ["/data", "/gone"], "read": ["/data/tools", "/bin"], "execute": ["/bin"]'
    start_container /bin/sh -c 'rmdir /data/tools && ln -s / /data/tools && echo done; sleep 100'
    eventually test -L "$ROOT/data/tools"
    rmdir "$ROOT/gone"
    told_by_exec /bin/probe read /etc/passwd
    see .error '"EACCES"'
    rt --debug exec "$ID" /bin/true 2>&1 | grep -q 'left out.*/data/tools of policy web (a symlink that the container may'
}

@test "a path that does not exist: an error that names it, or left out where the section says so" {
    need_abi 1
    landlock web '"abi": 1, "read": ["/nowhere"], "execute": ["/bin"]'
    refused_run 'web.json:4: policy web: landlock: /nowhere does not exist in the container'
    GLOBALS=()
    landlock lenient '"abi": 1, "read": ["/nowhere"], "execute": ["/bin"], "ifUnsupported": "note"'
    told /bin/probe read /etc/passwd
    see .error '"EACCES"'
}

@test "two policies: what one of them refuses is refused" {
    need_abi 1
    echo text >"$ROOT/etc/other"
    landlock one '"abi": 1, "read": ["/etc"], "execute": ["/bin"]'
    landlock two '"abi": 1, "read": ["/etc/other"], "execute": ["/bin"]'
    told /bin/probe read /etc/other
    see .error null
    told /bin/probe read /etc/passwd
    see .error '"EACCES"'
}

@test "symlinks of the image are followed within the container alone" {
    need_abi 1
    echo inner >"$ROOT/etc/secret"
    ln -s /etc "$ROOT/link"
    ln -s ../../../../../../etc "$ROOT/up"
    landlock web '"abi": 1, "read": ["/link", "/up"], "execute": ["/bin"]'
    told /bin/probe read /etc/secret
    see .error null
}

@test "without no_new_privs the right to restrict does not reach the program" {
    need_abi 1
    config '.process.noNewPrivileges = false'
    landlock web '"abi": 1, "read": ["/"], "execute": ["/bin"]'
    config '.process.capabilities = {bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"]}'
    look
    see .capabilities.effective '["CAP_KILL"]'
    see .capabilities.permitted '["CAP_KILL"]'
    see .no_new_privs false
}

@test "in a user namespace" {
    need_abi 1
    user_namespace
    landlock web '"abi": 1, "read": ["/etc"], "execute": ["/bin"]'
    mkdir "$ROOT/srv"
    echo text >"$ROOT/srv/file"
    told /bin/probe read /srv/file
    see .error '"EACCES"'
}

@test "rootless, and exec into it" {
    need_abi 1
    mkdir "$ROOT/srv"
    echo text >"$ROOT/srv/file"
    landlock web '"abi": 1, "read": ["/etc"], "execute": ["/bin"]'
    rootless
    start_container
    told_by_exec /bin/probe read /etc/passwd
    see .error null
    told_by_exec /bin/probe read /srv/file
    see .error '"EACCES"'
}

@test "beside a filter of the bundle, which need not know Landlock" {
    need_abi 1
    config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["landlock_create_ruleset",
        "landlock_add_rule", "landlock_restrict_self"], action: "SCMP_ACT_KILL_PROCESS"}]}'
    landlock web '"abi": 1, "read": ["/etc"], "execute": ["/bin"]'
    told /bin/probe read /etc/passwd
    see .error null
}

@test "descriptors: none of the rulesets reaches the program" {
    need_abi 1
    landlock one '"abi": 1, "read": ["/"], "execute": ["/bin"]'
    landlock two '"abi": 1, "read": ["/"], "execute": ["/bin"]'
    look
    see '[.descriptors[] | .fd] | max <= 2' true
    another_id preserved
    SEEN=$("$THWART" "${GLOBALS[@]}" run --preserve-fds 2 --bundle "$BUNDLE" "$OTHER" </dev/null 3</dev/zero 4</dev/zero)
    see '[.descriptors[] | .fd] | max' 4
}

@test "an ABI that the host has not got is refused, or noted" {
    landlock web '"abi": 9, "read": ["/"], "execute": ["/bin"]'
    [ "$ABI" -lt 9 ] || skip "needs Landlock's ABI below 9"
    refused_run 'TW0005.*Landlock'
    GLOBALS=()
    landlock lenient '"abi": 9, "read": ["/etc"], "execute": ["/bin"], "ifUnsupported": "note"'
    echo text >"$ROOT/tmp/file"
    told /bin/probe read /tmp/file
    if [ "$ABI" -gt 0 ]; then see .error '"EACCES"'; else see .error null; fi
}

@test "an older host, by its facts: refused, or less of a layer, as the section says" {
    "$THWART" features --host-facts | jq '.landlock = true | .landlockAbi = 2' >"$WORK/facts.json"
    landlock web '"abi": 6, "read": ["/etc"], "execute": ["/bin"]'
    refused 'ABI 2, which cannot bound: truncating files, TCP ports, ioctl on devices, signals' \
        rt plan --bundle "$BUNDLE" --host-facts "$WORK/facts.json"
    GLOBALS=()
    landlock lenient '"abi": 6, "read": ["/etc"], "execute": ["/bin"], "ifUnsupported": "note"'
    rt plan --bundle "$BUNDLE" --host-facts "$WORK/facts.json" >"$WORK/plan"
    grep -q 'of policy lenient, ABI 2; .* refer$' "$WORK/plan"
}

@test "the plan shows the layers" {
    need_abi 4
    landlock web '"abi": 4, "read": ["/etc"], "execute": ["/bin"], "connect": [443]'
    rt plan --bundle "$BUNDLE" >"$WORK/plan"
    grep -q 'of policy web, ABI 4' "$WORK/plan"
    rt plan --bundle "$BUNDLE" --format json >"$WORK/plan.json"
    python3 -c 'import json, sys, jsonschema
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))' \
        "$WORK/plan.json" "$TESTS/../docs/thwart-plan.schema.json"
    jq <"$WORK/plan.json" -e '.process.landlock[0]
        | .policy == "web" and .abi == 4 and .ports == [{first: 443, last: 443, access: ["connect_tcp"]}]' >/dev/null
}

@test "a container with a layer is not checkpointed" {
    need_abi 1
    [ -x "${THWART%/*}/thwart-criu" ] || skip "this build has no thwart-criu (libcriu)"
    command -v criu >/dev/null || skip "criu is not installed"
    landlock web '"abi": 1, "read": ["/"], "execute": ["/bin"]'
    start_container
    refused 'policy web: landlock: criu cannot restore' rt checkpoint --image-path "$WORK/images" "$ID"
    has_status running
}
