#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# thwart policy: what the tools of authors say, and that it is what create does.
load suite

setup() {
    base_setup
    PROJECT=$(cd "$TESTS/.." && pwd)
    SAMPLES=$PROJECT/tests/samples/bundles
    GOLDEN=$PROJECT/tests/golden/explain
    mkdir "$WORK/scratch"
    cd "$WORK/scratch" || return 1
}

# policy ARGUMENTS...: the tool, under the built-in policies and nothing of this machine.
policy() {
    rt policy "$@"
}

# write NAME JSON: a policy of this name in the working directory.
write() {
    jq -n --arg n "$1" "{thwart: 1, name: \$n, description: \"of a test\"} + ($2)" >"$1.json"
}

# --- help ----------------------------------------------------------------------------------------------------------------

subcommands() {
    policy --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

# offered SUBCOMMAND: its long options.
offered() {
    policy "$1" --help | sed -n 's/^  \(-., \|    \)--\([a-z0-9-]*\).*/\2/p' | grep -vx help
}

@test "every subcommand has help, and is told about when it is misspelt" {
    local each
    [ "$(subcommands | wc -l)" = 12 ]
    for each in $(subcommands); do
        policy "$each" --help | grep -q "^Usage: thwart policy $each "
        [ "$(rt help policy "$each")" = "$(policy "$each" --help)" ]
    done
    run -2 policy explian
    [[ $output == *'did you mean explain?'* ]]
    run -2 policy
    [[ $output == *'too few arguments'* ]]
    run -2 policy show
    run -2 policy explain --polcy x
    [[ $output == *'did you mean --policy?'* ]]
}

@test "every option of every subcommand is in the man page and in the completions" {
    local each option faults=0
    for each in $(subcommands); do
        sed -n 's/^\.SS //p' "$PROJECT/docs/thwart-policy.1" | grep -qw -e "$each" || { echo "no section: $each" >&2; faults=1; }
        for option in $(offered "$each"); do
            sed 's/\\-/-/g' "$PROJECT/docs/thwart-policy.1" | grep -qE -e "--$option([^a-z-]|$)" || { echo "man: $each --$option" >&2; faults=1; }
            grep -qE -e "--$option([^a-z-]|$)" "$PROJECT/completions/_thwart" || { echo "zsh: $each --$option" >&2; faults=1; }
            grep -qE -e "-l $option( |$)" "$PROJECT/completions/thwart.fish" || { echo "fish: $each --$option" >&2; faults=1; }
        done
    done
    [ "$faults" = 0 ]
}

@test "bash completes subcommands, their options and names of policies" {
    local each
    # shellcheck disable=SC1091
    source "$PROJECT/completions/thwart.bash"
    thwart() { rt "$@"; }
    COMP_WORDS=(thwart policy '')
    COMP_CWORD=2
    _thwart
    diff <(subcommands | sort) <(printf '%s\n' "${COMPREPLY[@]}" | sort)
    for each in $(subcommands); do
        COMP_WORDS=(thwart policy "$each" --)
        COMP_CWORD=3
        _thwart
        diff <(offered "$each" | sed 's/^/--/' | sort) <(printf '%s\n' "${COMPREPLY[@]}" | grep -vx -e --help | sort)
    done
    COMP_WORDS=(thwart policy show base)
    COMP_CWORD=3
    _thwart
    [ "${COMPREPLY[*]}" = baseline ]
}

# --- check -----------------------------------------------------------------------------------------------------------------

@test "check: all mistakes of all files, with line and column, and what was meant" {
    echo '{"thwart": 1, "name": "one", "process": {"capabilites": {}, "noNewPrivileges": 1}}' >one.json
    write two '{}'
    echo '{' >three.json
    run -2 policy check one.json two.json three.json
    [[ $output == *'one.json:1:42: /process/capabilites: '*'did you mean "capabilities"'* ]]
    [[ $output == *'one.json:1:'*'/process/noNewPrivileges: '* ]]
    [[ $output == *'two.json: policy two is valid'* ]]
    [[ $output == *'three.json:'* ]]
    run -2 policy check nowhere.json
    [[ $output == *'nowhere.json does not exist'* || $output == *'nowhere.json: does not exist'* ]]
    write lost '{extends: ["restrictd"]}'
    run -2 policy check lost.json
    [[ $output == *'extends "restrictd"'*'did you mean "restricted"?'* ]]
    write calls '{syscalls: {allow: ["@default", "opne"], deny: ["@keyrin"]}}'
    run -2 policy check calls.json
    [[ $output == *'/syscalls/allow/1: there is no system call "opne"'*'/syscalls/deny/0: '*'"@keyring"'* ]]
    [[ $output != *valid* ]]
}

@test "check: files that are checked together may extend each other" {
    write lowest '{process: {noNewPrivileges: true}}'
    write middle '{extends: ["lowest"]}'
    write upmost '{extends: ["middle", "restricted"]}'
    run -2 policy check upmost.json
    run -0 policy check upmost.json middle.json lowest.json
    write lowest '{extends: ["upmost"]}'
    run -2 policy check upmost.json middle.json lowest.json
    [[ $output == *'a circle'* ]]
}

@test "check: waivers and thwart.json, too" {
    echo '{"thwart": 1, "polices": ["/a"], "default": "A", "waivers": []}' >t.json
    run -2 policy check t.json
    [[ $output == *'t.json:1:15: /polices: '*'did you mean "policies"?'*'/default: "A" is no name'* ]]
    policy waive --rule TW0403 --reason r --owner o --expires 2999-12-31 >w.json
    run -0 policy check w.json "$PROJECT/contrib/thwart/thwart.json"
    [[ $output == *'w.json: 1 waiver, valid'*'thwart.json: a valid thwart.json'* ]]
    jq 'del(.waivers[0].owner)' w.json >u.json
    run -2 policy check u.json
    [[ $output == *'/waivers/0: '*'"owner"'* ]]
    [ "$(policy check --format json w.json | jq -r '.files[0] | [.kind, .valid] | @text')" = '["waivers",true]' ]
}

@test "a name that is no policy's: told, with the one that was meant" {
    run -2 policy show restricte
    [[ $output == *'there is no policy "restricte": did you mean "restricted"?'* ]]
    run -2 policy diff baseline zzz
    [[ $output == *'there is no policy "zzz" ('* ]]
}

@test "check: advice is status 0, and 1 when strict; lint is strict" {
    write open '{process: {capabilities: {deny: ["SYS_ADMIN"]}}}'
    run -0 policy check open.json
    [[ $output == *'advice: '*'[capabilities-deny-list]'* ]]
    run -1 policy check --strict open.json
    run -1 policy lint open.json
    write tight '{process: {capabilities: {allow: []}}}'
    run -0 policy lint tight.json
    run -1 policy lint tight.json open.json
    policy check --format json open.json | jq -e '.files[0] | .valid and .name == "open" and .problems[0].kind == "advice" and .problems[0].line > 0'
    run -2 policy check --format json nowhere.json
    jq -e '.files[0] | (.valid | not) and (.failure | length > 0)' <<<"$output"
}

@test "check: what is shipped is valid" {
    local files=()
    mapfile -t files < <(policy list --names | sed "s|.*|$PROJECT/policies/&.json|")
    [ "${#files[@]}" -gt 4 ]
    run -0 policy check "${files[@]}"
}

# --- explain ---------------------------------------------------------------------------------------------------------------

golden() {
    local sample=$1
    shift
    (
        cd "$SAMPLES" || exit 2
        policy explain --host-facts ../../golden/explain/host.json "$@" -f "$sample.json" || [ $? = 1 ]
    ) >"$WORK/explained"
    [ -s "$WORK/explained" ]
    [ -z "${THWART_UPDATE_GOLDEN:-}" ] || cp "$WORK/explained" "$GOLDEN/$sample.txt"
    diff "$GOLDEN/$sample.txt" "$WORK/explained"
}

@test "explain: the recorded explanations" {
    local sample
    for sample in ctr-default ctr-privileged crun-spec docker-hostns podman-netnone; do
        golden "$sample" -p ../../golden/explain/ceiling.json -p ../../golden/explain/watching.json
    done
}

@test "explain: no line is wider than 80 characters, whatever names there are" {
    local sample each long
    for sample in "$SAMPLES"/*.json; do
        for each in baseline restricted; do
            policy explain --host-facts "$GOLDEN/host.json" --policy "$each" -f "$sample" >>"$WORK/all" || [ $? = 1 ]
        done
    done
    long=$WORK/$(printf 'l%.0s' {1..200})/$(printf 'e%.0s' {1..200})
    mkdir -p "$long"
    jq '.mounts += [{destination: "/x", type: "bind", source: ("/" + "väg/" * 60), options: ["bind", "a b\u001b[31m"]}]' "$SAMPLES/ctr-default.json" >"$long/config.json"
    cp "$GOLDEN/ceiling.json" "$long/ceiling.json"
    run -1 policy explain --bundle "$long" --policy "$long/ceiling.json"
    echo "$output" >>"$WORK/all"
    [ "$(wc -l <"$WORK/all")" -gt 1000 ]
    python3 -c 'import sys
wide = [line for line in open(sys.argv[1], encoding="utf-8") if len(line.rstrip("\n")) > 80]
sys.exit("".join(wide) or None)' "$WORK/all"
    # Nothing that a configuration says reaches the terminal as it is.
    run ! grep -q $'\033' "$WORK/all"
}

@test "explain: colours on a terminal, and not with NO_COLOR" {
    command -v script >/dev/null || skip "script is not installed"
    in_terminal() {
        script -qefc "$THWART policy explain -p unrestricted -f $SAMPLES/ctr-default.json" /dev/null </dev/null
    }
    TERM=xterm in_terminal | grep -q $'\033\[1;3'
    run ! grep -q $'\033' <(NO_COLOR=1 TERM=xterm in_terminal)
    run ! grep -q $'\033' <(TERM=dumb in_terminal)
    run ! grep -q $'\033' <(policy explain -p unrestricted -f "$SAMPLES/ctr-default.json")
}

@test "explain: the findings are those that create tells, byte for byte; status 0 and 1" {
    jq -n --arg f "$WORK/events" '{thwart: 1, events: {sink: "file", file: $f}, default: "restricted"}' >"$WORK/thwart.json"
    config 'del(.linux.seccomp) | .root.readonly = false | .mounts += [{destination: "/h", type: "bind", source: "/etc", options: ["bind"]}]'
    run -1 rt --configuration "$WORK/thwart.json" policy explain --bundle "$BUNDLE" --format json
    findings=${output#*\"findings\":}
    findings=${findings%\}}
    jq -e 'length > 3 and .[0].effect == "refused" and .[0].line > 0' <<<"$findings"
    run -1 rt --configuration "$WORK/thwart.json" create --bundle "$BUNDLE" "$ID"
    nothing_left
    grep -qF -e "$findings" "$WORK/events"
    echo '{"thwart": 1, "default": "unrestricted"}' >"$WORK/open.json"
    run -0 rt --configuration "$WORK/open.json" policy explain --bundle "$BUNDLE"
    [[ $output == 'granted: '* ]]
    [ "$(cd / && rt --configuration "$WORK/open.json" policy explain --bundle "$BUNDLE/config.json")" = \
        "$(cd / && rt --configuration "$WORK/open.json" policy explain --config "$BUNDLE/config.json")" ]
    run -2 policy explain --bundle "$WORK/nowhere"
    run -2 policy explain --bundle "$BUNDLE" --policy nothing
}

@test "explain: by an ordinary user, without any right" {
    cp -r "$BUNDLE/config.json" "$WORK/scratch/config.json"
    chmod -R a+rX "$WORK"
    run -1 as_user "$THWART" policy explain --policy restricted --bundle "$WORK/scratch"
    [[ $output == 'refused: '* ]]
    run -0 as_user "$THWART" policy show restricted
    run -0 as_user "$THWART" policy seccomp offline
}

@test "explain --exec: what becomes of a process that joins" {
    jq -n '{args: ["/bin/sh"], cwd: "/", user: {uid: 0, gid: 0}, capabilities: {bounding: ["CAP_SYS_ADMIN"], permitted: ["CAP_SYS_ADMIN"], effective: ["CAP_SYS_ADMIN"]}}' >process.json
    write ceiling '{process: {capabilities: {allow: ["KILL"]}}, lifecycle: {exec: {commands: ["/bin/date"]}}}'
    run -1 policy explain --bundle "$BUNDLE" --policy ceiling.json --exec process.json --format json
    jq -e '.action == "exec" and .effect == "refused" and any(.findings[]; .rule == "TW1401" and .effect == "refused")' <<<"$output"
    write ceiling '{process: {capabilities: {allow: ["KILL"]}}}'
    run -0 policy explain --bundle "$BUNDLE" --policy ceiling.json --exec process.json
    [[ $output == 'narrowed: '*'CAP_SYS_ADMIN'* ]]
    write ceiling '{process: {user: {root: "deny"}}}'
    run -1 policy explain --bundle "$BUNDLE" --policy ceiling.json --exec process.json --format json
    jq -e '.action == "create"' <<<"$output"
}

# --- show, list, diff ----------------------------------------------------------------------------------------------------------

@test "show: the meet as a policy file that is valid and grants no more" {
    local each
    for each in $(policy list --names); do
        policy show "$each" >"$each.json"
        policy check "$each.json" >"$WORK/check"
        # What cannot be said in one file is left to narrow where the meet refuses, and nothing else.
        policy diff --format json "$each" "$each.json" >"$WORK/difference" || [ $? = 1 ]
        jq -e '.onlyA == [] and all(.onlyB[]; .granted == "narrowed" and .bound == "refused")' "$WORK/difference" || {
            cat "$WORK/difference" >&2
            return 1
        }
        if jq -e '.onlyB != []' "$WORK/difference" >"$WORK/narrowed"; then grep -q 'and also' "$each.json"; fi
    done
    policy show restricted | grep -q 'restricted.json:[0-9]'
    policy show restricted | grep -q 'baseline.json:[0-9]'
    policy show --format json restricted |
        jq -e '.name == "restricted" and .policies == ["baseline", "restricted"] and any(.rules[]; .rule == "process.user" and .member == "root" and .value == "deny" and .sources[0].line > 0)'
}

@test "show: bounds of one key are met: the least, the intersection, the union" {
    write low '{process: {capabilities: {allow: ["CHOWN", "KILL"]}, user: {uids: ["1000-2000"]}}, resources: {memory: "1G", pids: 50},
        filesystem: {maskedPaths: ["/proc/a"], mounts: {sources: [{path: "/srv", access: "rw"}]}}, sysctls: {allow: ["net.*"]}}'
    write high '{process: {capabilities: {deny: ["KILL"]}, user: {uids: ["1500-3000"]}}, resources: {memory: "512M"},
        filesystem: {maskedPaths: ["/proc/b"], mounts: {sources: [{path: "/srv/data", access: "ro"}, {path: "/opt", access: "rw"}]}}, sysctls: {allow: ["net.ipv4.*", "kernel.x"]}}'
    mkdir folder
    mv low.json high.json folder
    jq -n --arg d "$PWD/folder" '{thwart: 1, policies: [$d]}' >thwart.json
    write both '{extends: ["low", "high"]}'
    rt --configuration thwart.json policy show --format json both.json >shown.json
    value() { jq -ce --arg r "$1" --arg m "$2" '[.rules[] | select(.rule == $r and (.member // "") == $m) | .value]' shown.json; }
    [ "$(value process.capabilities allow)" = '[["CHOWN"]]' ]
    [ "$(value process.user uids)" = '[["1500-2000"]]' ]
    [ "$(value resources.memory '')" = '["512M"]' ]
    [ "$(value resources.pids '')" = '[50]' ]
    [ "$(value filesystem.maskedPaths '')" = '[["/proc/a","/proc/b"]]' ] || [ "$(value filesystem.maskedPaths '')" = '[["/proc/b","/proc/a"]]' ]
    value filesystem.mounts sources | jq -e '. == [[{path: "/srv/data", access: "ro"}]]'
    [ "$(value sysctls.allow '')" = '[["net.ipv4.*"]]' ]
}

@test "list: where policies come from, and which are bounds" {
    mkdir folder
    write site '{process: {noNewPrivileges: true}}'
    mv site.json folder
    jq -n --arg d "$PWD/folder" '{thwart: 1, policies: [$d], default: "offline"}' >thwart.json
    rt --configuration thwart.json policy list --format json >list.json
    jq -e 'any(.[]; .name == "site" and .role == "mandatory") and any(.[]; .name == "offline" and .role == "default") and any(.[]; .name == "baseline" and .role == "shipped")' list.json
    jq -e 'all(.[]; .digest | test("^sha256:[0-9a-f]{64}$"))' list.json
    rt --configuration thwart.json policy list | grep -q '^site  *mandatory  *enforce '
    [ "$(rt --configuration thwart.json policy list --names | sort)" = "$(jq -r '.[].name' list.json | sort)" ]
}

@test "diff: what the other grants, and the reverse; status 0 for the same" {
    write one '{process: {capabilities: {allow: ["CHOWN", "KILL"]}, noNewPrivileges: true}, resources: {memory: "1G"}, syscalls: {deny: ["@keyring"]}}'
    write two '{process: {capabilities: {deny: ["SYS_ADMIN"]}}, resources: {memory: "512M"}, syscalls: {deny: ["add_key"]}}'
    run -1 policy diff one.json two.json
    [[ $output == *'two.json grants what one.json does not:'*'process.noNewPrivileges'*'one.json grants what two.json does not:'*'resources.memory: 1G; two.json: 512M'* ]]
    run -1 policy diff --format json one.json two.json
    jq -e 'any(.onlyB[]; .key == "process.capabilities" and (.granted | contains("CAP_SYS_PTRACE") and (contains("CAP_CHOWN") | not) and (contains("CAP_SYS_ADMIN") | not)))' <<<"$output"
    jq -e 'any(.onlyB[]; .key == "syscalls" and (.granted | contains("keyctl") and (contains("add_key") | not)))' <<<"$output"
    jq -e 'all(.onlyA[]; .key != "process.capabilities" and .key != "syscalls")' <<<"$output"
    # By meaning: another order, another spelling, the same.
    write three '{resources: {memory: 1073741824}, process: {noNewPrivileges: true, capabilities: {allow: ["CAP_KILL", "CAP_CHOWN"]}}, syscalls: {deny: ["keyctl", "add_key", "request_key"]}}'
    run -0 policy diff one.json three.json
    [[ $output == *'grant the same'* ]]
    run -2 policy diff one.json nowhere.json
}

@test "diff --bundle: what is decided otherwise" {
    write one '{process: {capabilities: {allow: []}}}'
    write two '{}'
    run -1 policy diff --format json --bundle "$SAMPLES/ctr-default.json" one.json two.json
    jq -e --arg b "$SAMPLES/ctr-default.json" 'any(.onlyB[]; .key == $b and (.granted | contains("CAP_CHOWN")))' <<<"$output"
    jq -e 'all(.onlyA[]; false)' <<<"$output"
    run -0 policy diff --bundle "$SAMPLES/ctr-default.json" one.json one.json
}

# --- init ------------------------------------------------------------------------------------------------------------------

@test "init: the draft is tight: one more capability, mount, hook or device is not granted" {
    local each
    policy init --from-bundle "$BUNDLE" --name tight >tight.json
    run -0 policy explain --host-facts "$GOLDEN/host.json" --policy tight.json --bundle "$BUNDLE"
    for each in '.process.capabilities.bounding += ["CAP_SYS_MODULE"]' '.process.user.uid = 4242' \
        '.mounts += [{destination: "/h", type: "bind", source: "/srv", options: ["bind"]}]' \
        '.hooks.prestart = [{path: "/bin/true"}]' '.linux.sysctl = {"net.ipv4.ip_forward": "1"}' \
        '.linux.namespaces |= map(select(.type != "pid"))'; do
        cp "$BUNDLE/config.json" "$WORK/kept.json"
        config "$each"
        policy explain --host-facts "$GOLDEN/host.json" --policy tight.json --bundle "$BUNDLE" --format json >"$WORK/explained" || [ $? = 1 ]
        jq -e '.effect != "granted"' "$WORK/explained" || {
            echo "granted: $each" >&2
            return 1
        }
        mv "$WORK/kept.json" "$BUNDLE/config.json"
    done
}

# --- test ------------------------------------------------------------------------------------------------------------------

@test "test: cases pass, fail and are told apart; TAP and JSON" {
    mkdir -p cases/refused cases/narrowed
    cp "$SAMPLES/ctr-default.json" cases/refused/config.json
    echo '{"policies": ["restricted"], "effect": "refused", "findings": [{"rule": "TW0201", "effect": "refused"}]}' >cases/refused/expect.json
    jq -n '{thwart: 1, name: "ceiling", process: {capabilities: {allow: []}}}' >cases/ceiling.json
    jq -n --arg c "$SAMPLES/ctr-default.json" '{policies: ["../ceiling.json"], config: $c, effect: "narrowed", only: true,
        findings: [{rule: "capabilities"}]}' >cases/narrowed/expect.json
    run -0 policy test cases
    [ "${lines[0]}" = 'TAP version 13' ]
    [ "${lines[1]}" = '1..2' ]
    [ "${lines[2]}" = 'ok 1 - narrowed' ]
    jq -n --arg c "$SAMPLES/ctr-default.json" '{thwart: 1, cases: [
        {name: "wrong effect", policies: ["ceiling.json"], config: $c, effect: "granted"},
        {name: "missing", policies: ["ceiling.json"], config: $c, effect: "narrowed", findings: [{rule: "TW0401"}]},
        {name: "more", policies: ["ceiling.json", "restricted"], config: $c, effect: "refused", only: true},
        {name: "no bundle", policies: ["ceiling.json"], config: "nowhere.json", effect: "granted"},
        {name: "fine", policies: [], config: $c, effect: "granted"}]}' >cases/cases.json
    run -1 policy test cases
    [ "$(grep -c '^not ok' <<<"$output")" = 4 ]
    [[ $output == *'not ok 1 - wrong effect'*'expected granted, and it is narrowed'*'missing: TW0401'*'not expected: TW0'*'ok 5 - fine'* ]]
    run -1 policy test --format json cases
    jq -e '.cases == 7 and .failed == 4 and (.results[0].faults | length) > 0' <<<"$output"
    echo '{"policies": [], "efect": "granted"}' >cases/narrowed/expect.json
    run -2 policy test cases
    [[ $output == *'efect'* ]]
    mkdir empty
    run -2 policy test empty
}

@test "test: neither the host's policies nor its waivers count" {
    mkdir -p cases/one folder
    write site '{process: {user: {root: "deny"}}}'
    mv site.json folder
    jq -n --arg d "$PWD/folder" '{thwart: 1, policies: [$d]}' >thwart.json
    cp "$SAMPLES/ctr-default.json" cases/one/config.json
    echo '{"policies": [], "effect": "granted"}' >cases/one/expect.json
    run -0 rt --configuration thwart.json policy test cases
    run -1 rt --configuration thwart.json policy explain -f "$SAMPLES/ctr-default.json"
    # A name of the folder can be tested, and a file stands for the folder's policy of its name.
    echo '{"policies": ["site"], "effect": "refused"}' >cases/one/expect.json
    run -0 rt --configuration thwart.json policy test cases
    jq -n '{thwart: 1, name: "site", description: "another", process: {user: {uids: ["0"]}}}' >cases/one/site.json
    echo '{"policies": ["./site.json"], "effect": "granted"}' >cases/one/expect.json
    run -0 rt --configuration thwart.json policy test cases
}

# --- apply -------------------------------------------------------------------------------------------------------------------

@test "apply: what is printed is granted unchanged by the same policy, and runs" {
    write ceiling '{process: {capabilities: {allow: ["KILL"]}, noNewPrivileges: true}, filesystem: {rootReadonly: true},
        syscalls: {deny: ["add_key"]}}'
    policy apply --policy ceiling.json --bundle "$BUNDLE" >granted.json
    jq -e '.root.readonly and .process.noNewPrivileges and (.process.capabilities.bounding - ["CAP_KILL"] == [])' granted.json
    jq -e 'any(.linux.seccomp.syscalls[]; .names | index("add_key"))' granted.json
    cp granted.json "$BUNDLE/config.json"
    policy explain --policy ceiling.json --bundle "$BUNDLE" --format json | jq -e 'all(.findings[]; .effect == "granted" or .rule == "TW0801")'
    policy apply --policy ceiling.json --bundle "$BUNDLE" >again.json
    diff <(jq -S 'del(.linux.seccomp)' granted.json) <(jq -S 'del(.linux.seccomp)' again.json)
    program /bin/sh -c 'exit 7'
    run -7 rt run --bundle "$BUNDLE" "$ID"
}

@test "apply: what no configuration can say is told, or fails when strict; a refusal is status 1" {
    write locked '{landlock: {abi: 1, read: ["/"], execute: ["/"]}, lifecycle: {exec: "deny"}}'
    policy apply --host-facts "$GOLDEN/host.json" --policy locked.json --bundle "$BUNDLE" >granted.json 2>told
    jq -e .process granted.json
    grep -q 'landlock of locked' told
    grep -q 'lifecycle of locked' told
    run -2 policy apply --strict --host-facts "$GOLDEN/host.json" --policy locked.json --bundle "$BUNDLE"
    write no '{process: {user: {root: "deny"}}}'
    run -1 policy apply --policy no.json --bundle "$BUNDLE"
    [[ $output == *TW0201* ]]
}

# --- waive -----------------------------------------------------------------------------------------------------------------

@test "waive: lets pass what it names until its day; comments stay; a typo is told" {
    mkdir waivers
    jq -n --arg w "$PWD/waivers/all.json" '{thwart: 1, waivers: [$w], default: "unrestricted"}' >thwart.json
    write no '{process: {user: {root: "deny"}}}'
    policy waive --rule TW0201 --reason 'until the image is mended' --owner ops --expires 2099-12-31 --policy 'n*' --file waivers/all.json
    [ "$(stat -c %a waivers/all.json)" = 644 ]
    run -0 rt --configuration thwart.json policy explain --policy no.json --bundle "$BUNDLE"
    [[ $output == *'waived   ops until 2099-12-31: until the image is mended'* ]]
    sed -i 's/"owner"/"owner" \/* who? *\//' waivers/all.json
    policy waive --rule TW0401 --reason r --owner o --expires 2020-01-01 --when app=web --pointer /root/readonly --file waivers/all.json 2>told
    grep -q 'last day of this waiver was 2020-01-01' told
    grep -q 'who?' waivers/all.json
    [ "$(ls waivers)" = all.json ]
    run -0 rt --configuration thwart.json policy explain --policy no.json --bundle "$BUNDLE"
    config '.annotations = {"app": "web"}'
    run -0 rt --configuration thwart.json policy explain --policy no.json --bundle "$BUNDLE"
    [[ $output == *'TW0004'*'expired'* ]]
    cp waivers/all.json before
    run -2 policy waive --rule TW0210x --reason r --owner o --expires 2099-01-01 --file waivers/all.json
    run -2 policy waive --rule TW0201 --reason r --owner o --expires 2099-02-30 --file waivers/all.json
    run -2 policy waive --rule TW0201 --reason r --owner o --file waivers/all.json
    [[ $output == *'--expires is missing'* ]]
    cmp before waivers/all.json
    policy waive --rule TW0201 --reason r --owner o --expires 2099-01-01 | jq -e '.waivers | length == 1'
}

# --- system calls ------------------------------------------------------------------------------------------------------------

@test "syscalls: groups, one group, a policy" {
    run -0 policy syscalls
    [[ $output == *'@io-event'* ]]
    run -0 policy syscalls @io-event
    [[ $output == *'epoll_wait'* ]]
    policy syscalls --format json @system-service | jq -e '.name == "@system-service" and .version == 1 and (.calls | index("read") != null)'
    policy syscalls --format json | jq -e 'length > 20 and all(.[]; .description | length > 0)'
    run -2 policy syscalls @io-evnt
    [[ $output == *'io-event'* ]]
    run -0 policy syscalls offline
}

@test "seccomp: OCI JSON that runs, pseudo code, a program; other machines" {
    write quiet '{syscalls: {deny: ["add_key", {name: "personality", unless: [{arg: 0, eq: 0}]}]}}'
    policy seccomp quiet.json >filter.json
    config '.linux.seccomp = $f[0]' --slurpfile f filter.json
    program /bin/true
    rt run --bundle "$BUNDLE" "$ID"
    policy seccomp --pfc quiet.json | grep -q add_key
    [ "$(policy seccomp --bpf quiet.json | wc -c)" -gt 16 ]
    [ $(($(policy seccomp --bpf quiet.json | wc -c) % 8)) = 0 ]
    policy seccomp --arch aarch64 --kernel 5.4 --cap NONE quiet.json | jq -e '.architectures | index("SCMP_ARCH_AARCH64") != null'
    policy seccomp --bundle "$BUNDLE" quiet.json | jq -e .defaultAction
    run -2 policy seccomp unrestricted
    [[ $output == *'bounds no system call'* ]]
    run -2 policy seccomp --kernel x quiet.json
    run -2 policy seccomp --cap KIL quiet.json
    run -2 policy seccomp --arch z80 quiet.json
}
