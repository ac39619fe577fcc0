#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Recipes T14 and T15: the exact ids and groups, or a refusal.
load suite

see_ids() {
    see .uids "{\"real\":$1,\"effective\":$1,\"saved\":$1,\"fs\":$1}"
    see .gids "{\"real\":$2,\"effective\":$2,\"saved\":$2,\"fs\":$2}"
}

@test "ids of the configuration: real, effective, saved, file system" {
    local pair
    for pair in "0 0" "1 2" "1000 1000" "65534 65534" "2147483648 2147483647" "4294967294 4294967294"; do
        config ".process.user = {uid: ${pair% *}, gid: ${pair#* }}"
        look
        see_ids "${pair% *}" "${pair#* }"
    done
}

@test "ids in the configuration that are not ids are refused" {
    local value
    for value in '"0"' '"root"' 4294967295 4294967296 9223372036854775808 -1 1.5 '""' null true '[]'; do
        cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
        replace_id uid "$value"
        refused_run 'uid|user'
        cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
        replace_id gid "$value"
        refused_run 'gid|user'
    done
}

# By text, not by jq: jq would round the numbers that matter here.
replace_id() {
    sed -i "s/\"user\": { \"uid\": 0, \"gid\": 0 }/\"user\": { \"uid\": 0, \"gid\": 0 }/; s/\"$1\": 0/\"$1\": $2/" "$BUNDLE/config.json"
}

@test "additional groups in the configuration that are not ids are refused" {
    local value
    for value in '"7"' 4294967295 4294967296 -1 1.5; do
        cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
        sed -i "s/\"gid\": 0 }/\"gid\": 0, \"additionalGids\": [3, $value] }/" "$BUNDLE/config.json"
        refused_run 'additionalGids|gid|group|user'
    done
}

@test "exec --user: what is an id" {
    start_container
    local pair
    while read -r pair; do
        look_exec --user "${pair%% *}" "$ID" /bin/probe
        see .uids.effective "$(cut -d' ' -f2 <<<"$pair")"
        see .uids.saved "$(cut -d' ' -f2 <<<"$pair")"
        see .gids.effective "$(cut -d' ' -f3 <<<"$pair")"
        see .gids.saved "$(cut -d' ' -f3 <<<"$pair")"
    done <<'END'
1 1 0
1:2 1 2
0:0 0 0
4294967294 4294967294 0
65534:65534 65534 65534
END
}

@test "exec --user: what is not an id is refused, and never runs as root" {
    start_container
    local value
    for value in +1 -1 ' 1' '1 ' 0x1 1e3 1.0 4294967295 4294967296 9223372036854775808 18446744073709551616 '' root '1:' ':1' ':' \
        '1:2:3' '1:root' '1:-1' '1:4294967295' '١' $'1\n' '1,2'; do
        refused 'user|uid|gid|id' rt exec --user "$value" "$ID" /bin/probe
        [ ! -s "$WORK/refused.out" ]
    done
}

@test "exec --user 0001 is one or a refusal, never another" {
    start_container
    if rt exec --user 0001 "$ID" /bin/probe >"$WORK/out" 2>"$WORK/err" </dev/null; then
        SEEN=$(cat "$WORK/out")
        see .uids.effective 1
    else
        grep -qiE 'user|id' "$WORK/err"
    fi
}

@test "the image's user database is not looked at" {
    echo 'numeric:x:0:0::/:/bin/sh' >"$ROOT/etc/passwd"
    printf '1000:x:0:0::/:/bin/sh\n' >>"$ROOT/etc/passwd"
    config '.process.user = {uid: 1000, gid: 1000}'
    look
    see_ids 1000 1000
    rm "$ROOT/etc/passwd" "$ROOT/etc/group"
    mkfifo "$ROOT/etc/passwd" "$ROOT/etc/group"
    RT_TIMEOUT=5 look
    see_ids 1000 1000
}

@test "groups: exactly the list, never the caller's" {
    local list
    for list in '[]' '[7]' '[7,9,4294967294]' '[5,5,5]'; do
        config ".process.user.additionalGids = $list"
        "$SUPPORT/born" groups=4,24,27 -- "$THWART" run --bundle "$BUNDLE" "$ID" >"$WORK/out" </dev/null 3>&-
        SEEN=$(cat "$WORK/out")
        see '.groups | unique' "$(jq -c unique <<<"$list")"
    done
}

@test "groups: the key left out means none" {
    "$SUPPORT/born" groups=4,24,27 -- "$THWART" run --bundle "$BUNDLE" "$ID" >"$WORK/out" </dev/null 3>&-
    SEEN=$(cat "$WORK/out")
    see .groups '[]'
}

@test "groups: a thousand, and more than the kernel takes" {
    config '.process.user.additionalGids = [range(1; 1001)]'
    look
    see '.groups | length' 1000
    config '.process.user.additionalGids = [range(1; 65538)]'
    refused_run 'group|additionalGids'
}

@test "groups: exec has those of its process, not the caller's" {
    config '.process.user.additionalGids = [7, 9]'
    start_container
    "$SUPPORT/born" groups=4,24,27 -- "$THWART" exec "$ID" /bin/probe >"$WORK/out" </dev/null 3>&-
    SEEN=$(cat "$WORK/out")
    see_that '.groups - [7, 9] == []'
    "$SUPPORT/born" groups=4,24,27 -- "$THWART" exec --user 5:6 "$ID" /bin/probe >"$WORK/out" </dev/null 3>&-
    SEEN=$(cat "$WORK/out")
    see_that '.groups - [7, 9] == []'
    see .uids.effective 5
}

@test "groups in a user namespace are the mapped ones" {
    user_namespace
    config '.process.user.additionalGids = [7, 9]'
    look
    see .groups '[7,9]'
}

@test "a group outside the mappings is refused" {
    user_namespace
    config '.process.user.additionalGids = [70000]'
    refused_run 'group|gid|70000'
}

@test "umask: the configuration's, or a fixed one, not the caller's" {
    config '.process.user.umask = 63'
    look
    see .umask '"0077"'
    config '.process.user.umask = 18'
    look
    see .umask '"0022"'
    config 'del(.process.user.umask)'
    "$SUPPORT/born" umask=000 -- "$THWART" run --bundle "$BUNDLE" "$ID" >"$WORK/out" </dev/null 3>&-
    SEEN=$(cat "$WORK/out")
    see .umask '"0022"'
    config '.process.user.umask = 4096'
    refused_run umask
}

@test "exec has the container's umask" {
    config '.process.user.umask = 63'
    start_container
    look_exec "$ID" /bin/probe
    see .umask '"0077"'
}
