#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Many at once, and several on one id.
load suite

# ids COUNT: as many container ids of this test.
ids() {
    seq -f "$ID-p%g" "$1"
}

@test "200 containers created, listed, started, deleted in parallel: no error, nothing left" {
    local each
    program /bin/probe sleep
    mapfile -t each < <(ids 200)
    IDS+=("${each[@]}")
    : >"$WORK/errors"
    printf '%s\n' "${each[@]}" | xargs -P 16 -I{} sh -c \
        '"$0" create --bundle "$1" {} </dev/null >/dev/null 2>>"$2" || echo "create {}" >>"$2"' "$THWART" "$BUNDLE" "$WORK/errors" 3>&-
    [ ! -s "$WORK/errors" ] || { head -20 "$WORK/errors" >&2 && return 1; }
    [ "$(rt list -q | grep -c "^$ID-p")" = 200 ]
    printf '%s\n' "${each[@]}" | xargs -P 16 -I{} sh -c \
        '"$0" start {} </dev/null >/dev/null 2>>"$1" || echo "start {}" >>"$1"' "$THWART" "$WORK/errors" 3>&-
    [ ! -s "$WORK/errors" ] || { head -20 "$WORK/errors" >&2 && return 1; }
    [ "$(rt list --format json | jq "map(select((.id | startswith(\"$ID-p\")) and .status == \"running\")) | length")" = 200 ]
    printf '%s\n' "${each[@]}" | xargs -P 16 -I{} sh -c \
        '"$0" delete --force {} </dev/null >/dev/null 2>>"$1" || echo "delete {}" >>"$1"' "$THWART" "$WORK/errors" 3>&-
    [ ! -s "$WORK/errors" ] || { head -20 "$WORK/errors" >&2 && return 1; }
    nothing_left
    IDS=("$ID")
}

contender() {
    quiet rt create --bundle "$BUNDLE" "$ID" && echo "$1" >>"$WORK/won"
}

starter() {
    quiet rt start "$ID" && echo "$1" >>"$WORK/started"
}

@test "twelve creates of one id: exactly one wins, and the losers do it no harm" {
    local round each winners
    program /bin/probe sleep
    for round in 1 2 3 4 5; do
        : >"$WORK/won"
        for each in 1 2 3 4 5 6 7 8 9 10 11 12; do
            together contender "$each"
        done
        wait_together || true
        winners=$(wc -l <"$WORK/won")
        [ "$winners" = 1 ] || { echo "round $round: $winners winners" >&2 && return 1; }
        has_status created
        rt start "$ID"
        has_status running
        rt delete --force "$ID"
        nothing_left
    done
}

@test "start by two, kill and delete by many: state never lies, nothing is left" {
    local round started
    program /bin/probe sleep
    for round in 1 2 3 4 5; do
        create_container
        : >"$WORK/started"
        together starter one
        together starter two
        wait_together || true
        started=$(wc -l <"$WORK/started")
        [ "$started" = 1 ] || { echo "round $round: $started starts" >&2 && return 1; }
        together quiet rt kill "$ID" KILL
        together quiet rt delete --force "$ID"
        together quiet rt delete --force "$ID"
        together quiet rt state "$ID"
        wait_together || true
        rt delete --force "$ID"
        nothing_left
    done
}

@test "exec while the container is deleted: it ends, one way or the other" {
    local round
    program /bin/probe sleep
    for round in 1 2 3 4 5; do
        start_container
        for _ in 1 2 3 4; do
            together quiet rt exec "$ID" /bin/probe sleep 30
        done
        rt delete --force "$ID"
        wait_together || true
        nothing_left
    done
    [ "$round" = 5 ]
}

@test "commands on one container do not wait for another" {
    program /bin/probe sleep
    create_container
    another_id slow
    new_bundle "$WORK/slow"
    config '.hooks.createRuntime = [{path: "/bin/sleep", args: ["sleep", "3"]}]'
    background rt create --bundle "$BUNDLE" "$OTHER" </dev/null >/dev/null 2>&1
    sleep 0.2
    RT_TIMEOUT=2 rt state "$ID" >/dev/null
    RT_TIMEOUT=2 rt list >/dev/null
    RT_TIMEOUT=2 rt start "$ID"
    wait "$BACKGROUND"
}
