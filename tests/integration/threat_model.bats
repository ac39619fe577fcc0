#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# docs/threat-model.md: every test that it names is there, and no cell of its tables is left empty by mistake. And every file that
# the tour (docs/architecture.md) names is there.
load suite

setup() {
    base_setup
    PAGE=$(cd "$TESTS/.." && pwd)/docs/threat-model.md
}

# named_tests PAGE: "FILE: WORDS" of each.
named_tests() {
    grep -oE '`[a-z_/]+: [^`]+`' "$1" | tr -d '`'
}

# missing PAGE: those that no suite has.
missing() {
    local file words
    while IFS= read -r line; do
        file=${line%%: *} words=${line#*: }
        { [ -f "$TESTS/integration/$file.bats" ] && grep '^@test' "$TESTS/integration/$file.bats" | grep -qF -e "$words"; } || echo "$line"
    done < <(named_tests "$1")
}

@test "the threat model: every test that it names is there" {
    [ "$(named_tests "$PAGE" | wc -l)" -gt 40 ]
    [ -z "$(missing "$PAGE" | tee /dev/stderr)" ]
    # One that is not there is found out.
    echo '| x | y | `attacks/paths: there is no such test`, `nothing: T01` | |' >"$WORK/page.md"
    [ "$(missing "$WORK/page.md" | wc -l)" = 2 ]
}

@test "the threat model: each attacker of the matrix has a section, each row what stops it and a test" {
    local attacker
    for attacker in the-image the-bundles-author the-policys-author the-containers-root another-user-of-the-host; do
        grep -q "](#$attacker)" "$PAGE"
        sed -n 's/^## //p' "$PAGE" | tr 'A-Z ' 'a-z-' | tr -d "'" | grep -qx "$attacker"
    done
    # effect, what stops it, test: never empty. What does not stop it may be nothing.
    awk -F ' *[|] *' '/^## The|^## Another/ { on = 1 } on && /^\|/ && ($2 == "" || $3 == "" || $4 == "" || NF != 6) { print; bad = 1 }
        END { exit bad }' "$PAGE"
}

# not_there PAGE: files that it names and that nothing in the sources is called. "_ecs.c" behind "decision_event_own.c" is an end.
# bounds.json is a container's; NAME stands for any.
not_there() {
    local name
    (cd "$TESTS/.." && find src policies tests docs contrib -type f) >"$WORK/files"
    grep -oE '`[a-zA-Z_/*.-]+\.(c|h|py|sh|json|md)`' "$1" | tr -d '`' | grep -vE '^bounds\.json$|NAME' | LC_ALL=C sort -u | while IFS= read -r name; do
        name=${name##*/}
        name=${name//./\\.}
        grep -qE "(/|[a-z])${name//\*/[a-z_]*}\$" "$WORK/files" || echo "$name"
    done
}

@test "the tour: every file and every floor is there" {
    local page=${PAGE%/*}/architecture.md floor
    [ -z "$(not_there "$page" | tee /dev/stderr)" ]
    for floor in "$TESTS"/../src/*/; do
        grep -qE "^## .*\b$(basename "$floor")\b|\`src/$(basename "$floor")\`" "$page" || { echo "nothing of src/$(basename "$floor")" >&2 && return 1; }
    done
    echo 'see `nowhere_at_all.c`' >"$WORK/page.md"
    [ -n "$(not_there "$WORK/page.md")" ]
}
