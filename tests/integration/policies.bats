#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Policies on their way: where they are read from, which of them apply, what is kept of them with a container, and which
# commands they bound. What each rule means is tested without a container (unit, property, golden).
load suite

# policy NAME SECTIONS: a policy of that name, in $WORK/NAME.json.
policy() {
    printf '{\n  "thwart": 1,\n  "name": "%s",\n  %s\n}\n' "$1" "$2" >"$WORK/$1.json"
}

# configuration MEMBERS: thwart.json of this test; used from here on.
configuration() {
    printf '{"thwart": 1, %s}\n' "$1" >"$WORK/thwart.json"
    GLOBALS=(--configuration "$WORK/thwart.json")
}

# site NAME SECTIONS: a policy in this test's mandatory folder.
site() {
    mkdir -p "$WORK/site"
    policy "$1" "$2"
    mv "$WORK/$1.json" "$WORK/site/"
    configuration "\"policies\": [\"$WORK/site\"], \"waivers\": []"
}

applied() {
    rt state "$ID" | jq -r '.annotations["io.thwart.policies"] // "" | gsub("@sha256:[0-9a-f]{64}"; "")'
}

chown_only='"process": {"capabilities": {"allow": ["CHOWN"]}}'

sees_capabilities() {
    see .capabilities.bounding "$1"
}

# --- which policies --------------------------------------------------------------------------------------------------

@test "--policy by path: the container gets the meet" {
    policy tight "$chown_only"
    all_capabilities
    GLOBALS=(--policy "$WORK/tight.json")
    look
    sees_capabilities '["CAP_CHOWN"]'
}

@test "--policy twice: both bound" {
    policy one '"process": {"capabilities": {"allow": ["CHOWN", "KILL"]}}'
    policy two '"process": {"capabilities": {"allow": ["KILL", "SETUID"]}}'
    all_capabilities
    GLOBALS=(--policy "$WORK/one.json" --policy "$WORK/two.json")
    look
    sees_capabilities '["CAP_KILL"]'
}

@test "without a file of configuration the default is baseline; --policy stands in its place" {
    rm /etc/thwart/thwart.json
    config '.process.capabilities.bounding += ["CAP_SYS_ADMIN"]'
    run -1 rt run --bundle "$BUNDLE" "$ID" </dev/null
    echo '{"thwart": 1, "default": "unrestricted"}' >/etc/thwart/thwart.json.new
    [[ $output == *"policy denied"* && $output == *CAP_SYS_ADMIN* && $output == *baseline.json:* ]]
    GLOBALS=(--policy unrestricted)
    look
    mv /etc/thwart/thwart.json.new /etc/thwart/thwart.json
}

@test "a mandatory policy of the folder applies, and the default does not" {
    site tight "$chown_only"
    all_capabilities
    look
    sees_capabilities '["CAP_CHOWN"]'
}

@test "a selector decides: annotations that match, and those that do not" {
    site tight "\"when\": {\"annotations\": {\"app\": \"web-*\"}}, $chown_only"
    configuration "\"default\": \"unrestricted\", \"policies\": [\"$WORK/site\"], \"waivers\": []"
    all_capabilities
    config '.annotations = {app: "web-1"}'
    look
    sees_capabilities '["CAP_CHOWN"]'
    config '.annotations = {app: "batch-1"}'
    look
    see_that '.capabilities.bounding | length > 10'
}

@test "an image's name in an annotation selects nothing, unless the policy takes its word" {
    site tight "\"when\": {\"image\": [\"registry.example.com/**\"]}, $chown_only"
    configuration "\"default\": \"unrestricted\", \"policies\": [\"$WORK/site\"], \"waivers\": []"
    all_capabilities
    config '.annotations = {"org.opencontainers.image.ref.name": "registry.example.com/web:1"}'
    look
    see_that '.capabilities.bounding | length > 10'
    site tight "\"when\": {\"image\": [\"registry.example.com/**\"], \"trust\": \"unverified\"}, $chown_only"
    look
    sees_capabilities '["CAP_CHOWN"]'
}

@test "an annotation volunteers policies, which tighten; a name that means nothing refuses" {
    site wide '"when": {"annotations": {"never": "*"}}, "process": {"capabilities": {"allow": ["KILL"]}}'
    configuration "\"default\": \"unrestricted\", \"policies\": [\"$WORK/site\"], \"waivers\": []"
    all_capabilities
    config '.annotations = {"io.thwart.policy": "wide"}'
    look
    sees_capabilities '["CAP_KILL"]'
    config '.annotations = {"io.thwart.policy": "wide, nonesuch"}'
    run -1 rt run --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *nonesuch* ]]
}

@test "a claim that nobody can verify is refused" {
    config '.annotations = {"io.thwart.claim": "{}"}'
    run -1 rt run --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *io.thwart.claim* ]]
}

@test "extends is a meet; a circle and a missing name are named with file and line" {
    mkdir -p "$WORK/site"
    policy base '"process": {"capabilities": {"allow": ["CHOWN", "KILL"]}}'
    policy more '"extends": ["base"], "process": {"capabilities": {"allow": ["KILL", "SETUID"]}}'
    mv "$WORK/base.json" "$WORK/site/"
    configuration "\"policies\": [\"$WORK/site\"], \"waivers\": []"
    GLOBALS+=(--policy "$WORK/more.json")
    all_capabilities
    look
    sees_capabilities '["CAP_KILL"]'
    policy base '"extends": ["more"]'
    mv "$WORK/base.json" "$WORK/site/"
    run -1 rt run --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *circle* && $output == *.json:[0-9]* ]]
    policy more '"extends": ["nowhere"]'
    run -1 rt run --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *nowhere* && $output == *more.json:4:* ]]
}

@test "a policy that cannot be read fails the container: a mistake, another's file, two of one name" {
    site broken '"proces": {}'
    run -1 rt run --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *broken.json:4:* && $output == *'did you mean "process"'* ]]
    rm "$WORK/site/broken.json"
    site tight "$chown_only"
    chmod 0666 "$WORK/site/tight.json"
    run -1 rt run --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *"can be changed by others"* ]]
    chmod 0644 "$WORK/site/tight.json"
    sed 's/CHOWN/KILL/' "$WORK/site/tight.json" >"$WORK/site/other.json"
    run -1 rt run --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *"tight.json"* && $output == *"other.json"* && $output == *"both named"* ]]
    rm "$WORK/site/other.json"
    echo 'not a policy' >"$WORK/site/notes.txt"
    look
}

@test "thwart.json: a mistake, a folder that is not there, and --configuration of nothing" {
    configuration '"defalt": "baseline"'
    run -1 rt run --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *thwart.json:1:* && $output == *'"default"'* ]]
    configuration "\"policies\": [\"$WORK/nowhere\"]"
    run -1 rt run --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *"$WORK/nowhere"* ]]
    configuration '"default": "nonesuch", "policies": [], "waivers": []'
    run -1 rt run --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *nonesuch* ]]
    GLOBALS=(--configuration "$WORK/no.json")
    run -1 rt run --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *"$WORK/no.json"* ]]
}

# --- refusals ----------------------------------------------------------------------------------------------------------

@test "a refusal names every cause and leaves nothing" {
    policy strict '"process": {"user": {"root": "deny"}, "capabilities": {"allow": [], "otherwise": "refuse"}},
  "namespaces": {"private": ["network", "pid"]}'
    drop_namespace network
    drop_namespace pid
    config '.process.capabilities = {bounding: ["CAP_KILL", "CAP_CHOWN"]}'
    GLOBALS=(--policy "$WORK/strict.json")
    run -1 rt create --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *"5 causes"* ]]
    [[ $output == *TW0201* && $output == *TW0205*KILL* && $output == *TW0205*CHOWN* && $output == *TW0301*pid* && $output == *network* ]]
    [[ $output == *strict.json:4* && $output == *strict.json:5* ]]
    [ ! -e "/run/thwart/$ID" ]
}

@test "audit mode reports and changes nothing" {
    policy watch '"mode": "audit", "process": {"user": {"root": "deny"}, "capabilities": {"allow": []}}'
    all_capabilities
    GLOBALS=(--policy "$WORK/watch.json")
    look
    see_that '.capabilities.bounding | length > 10'
}

@test "a waiver lets its finding pass until its day; afterwards it does not" {
    site strict '"process": {"user": {"root": "deny"}}'
    echo '{"thwart": 1, "waivers": [{"rule": "TW0201", "reason": "migration", "owner": "ops", "expires": "2999-12-31"}]}' >"$WORK/waivers.json"
    configuration "\"policies\": [\"$WORK/site\"], \"waivers\": [\"$WORK/waivers.json\"]"
    look
    echo '{"thwart": 1, "waivers": [{"rule": "TW0201", "reason": "migration", "owner": "ops", "expires": "2001-01-01"}]}' >"$WORK/waivers.json"
    run -1 rt run --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *TW0201* ]]
}

# --- what is kept --------------------------------------------------------------------------------------------------------

@test "state and record name the policies with their digests" {
    policy tight "$chown_only"
    GLOBALS=(--policy "$WORK/tight.json")
    start_container
    [ "$(applied)" = tight ]
    digest=$(sha256sum <"$WORK/tight.json" | cut -d' ' -f1)
    [ "$(rt state "$ID" | jq -r '.annotations["io.thwart.policies"]')" = "tight@sha256:$digest" ]
    [ "$(jq -r '.policies[0]' "/run/thwart/$ID/record.json")" = "tight@sha256:$digest" ]
}

@test "a bundle cannot speak for the runtime: its own io.thwart.policies is replaced" {
    policy tight "$chown_only"
    config '.annotations = {"io.thwart.policies": "baseline"}'
    GLOBALS=(--policy "$WORK/tight.json")
    start_container
    [ "$(applied)" = tight ]
}

@test "exec gets at most the grant and the policy, though the file is gone" {
    policy tight '"process": {"capabilities": {"allow": ["CHOWN", "KILL"]}, "noNewPrivileges": true}'
    config '.process.capabilities = {bounding: ["CAP_CHOWN"], permitted: ["CAP_CHOWN"], effective: ["CAP_CHOWN"]}'
    GLOBALS=(--policy "$WORK/tight.json")
    start_container
    rm "$WORK/tight.json"
    GLOBALS=()
    look_exec --cap CAP_SYS_ADMIN --cap CAP_KILL --cap CAP_CHOWN "$ID" /bin/probe
    see .capabilities.bounding '["CAP_CHOWN"]'
    see .no_new_privs true
}

@test "lifecycle.exec: deny refuses, and says who" {
    policy closed '"lifecycle": {"exec": "deny"}'
    GLOBALS=(--policy "$WORK/closed.json")
    start_container
    run rt exec "$ID" /bin/true
    [ "$status" != 0 ]
    [[ $output == *"policy denied"* && $output == *closed* && $output == *TW1401* ]]
    rt kill "$ID" KILL
}

@test "lifecycle.exec by commands: one that is listed and one that is not" {
    policy some '"lifecycle": {"exec": {"commands": ["/bin/true"]}}'
    GLOBALS=(--policy "$WORK/some.json")
    start_container
    rt exec "$ID" /bin/true
    run rt exec "$ID" /bin/sh -c true
    [ "$status" != 0 ]
    [[ $output == *TW1401* ]]
}

@test "lifecycle.update: deny refuses, and changes nothing" {
    policy closed '"lifecycle": {"update": "deny"}'
    GLOBALS=(--policy "$WORK/closed.json")
    start_container
    echo '{"unified": {"cgroup.max.depth": "5"}}' >"$WORK/resources"
    run -1 rt update --resources "$WORK/resources" "$ID"
    [[ $output == *TW1402* ]]
    [ "$(jq .linux.resources.unified "/run/thwart/$ID/config.json")" = null ]
    # Also where the host lacks what is asked for.
    run -1 rt update --l3-cache-schema L3:0=f "$ID"
    [[ $output == *TW1402* ]]
    echo '{"unified": {"no.such.file": "5"}}' >"$WORK/resources"
    run -1 rt update --resources "$WORK/resources" "$ID"
    [[ $output == *TW1402* ]]
}

@test "update --policy tightens later commands, and stays" {
    start_container
    rt exec "$ID" /bin/true
    policy closed '"lifecycle": {"exec": "deny"}'
    rt update --policy "$WORK/closed.json" "$ID"
    rm "$WORK/closed.json"
    run rt exec "$ID" /bin/true
    [ "$status" != 0 ]
    [[ $output == *TW1401* ]]
    [[ $(applied) == *closed* ]]
}

@test "bounds that are lost are not believed to be none" {
    policy closed '"lifecycle": {"exec": "deny"}'
    GLOBALS=(--policy "$WORK/closed.json")
    start_container
    rm "/run/thwart/$ID/bounds.json"
    run rt exec "$ID" /bin/true
    [ "$status" != 0 ]
    [[ $output == *policies* ]]
    run -1 rt update --pids-limit 10 "$ID"
    rt kill "$ID" KILL
}

@test "a container that nothing bounds keeps no policies" {
    start_container
    [ ! -e "/run/thwart/$ID/bounds.json" ]
    [ "$(applied)" = unrestricted ]
}

@test "rootless: the same policies bound" {
    policy tight '"process": {"capabilities": {"allow": ["CHOWN"]}}'
    chmod 0644 "$WORK/tight.json"
    rootless
    GLOBALS=(--policy "$WORK/tight.json")
    look
    see .capabilities.bounding '[]' || see .capabilities.bounding '["CAP_CHOWN"]'
}

@test "500 policies in the folder: each is read, those that match apply" {
    mkdir "$WORK/site"
    for ((i = 0; i < 500; i++)); do
        printf '{"thwart": 1, "name": "p%d", "when": {"annotations": {"n": "%d"}}, "process": {"capabilities": {"allow": ["CHOWN"]}}}' "$i" "$i" >"$WORK/site/p$i.json"
    done
    configuration "\"default\": \"unrestricted\", \"policies\": [\"$WORK/site\"], \"waivers\": []"
    all_capabilities
    config '.annotations = {n: "321"}'
    look
    sees_capabilities '["CAP_CHOWN"]'
}

@test "1,000 findings: each is told" {
    policy secrets '"process": {"environment": {"deny": ["SECRET_*"]}}'
    config '.process.env += [range(1000) | "SECRET_\(.)=x"]'
    GLOBALS=(--policy "$WORK/secrets.json")
    run -1 rt policy explain --bundle "$BUNDLE" --format json
    jq -e '[.findings[] | select(.rule == "TW0207" and .effect == "refused") | .subject] | unique | length == 1000' <<<"$output"
    run -1 rt create --bundle "$BUNDLE" "$ID"
    [[ $output == *'1000 causes'*SECRET_0* ]]
    nothing_left
}

@test "a decision starts no process: Docker's container under three policies, by a user who may have none" {
    local sample=$TESTS/samples/bundles/docker-default.json
    policy quiet '"syscalls": {"deny": ["@keyring"]}'
    policy small '"process": {"capabilities": {"allow": ["CHOWN", "SETUID"]}, "noNewPrivileges": true}'
    jq 'del(.hooks)' "$sample" >"$WORK/config.json"
    cp "$TESTS/golden/explain/host.json" "$WORK/host.json"
    chmod a+rX "$WORK" "$WORK"/*.json
    run as_user prlimit --nproc=0 /bin/sh -c '/bin/true; true'
    [[ $status != 0 || $output == *fork* ]]
    run -0 as_user prlimit --nproc=0 "$THWART" policy explain --host-facts "$WORK/host.json" --config "$WORK/config.json" \
        --policy baseline --policy "$WORK/quiet.json" --policy "$WORK/small.json"
    [[ $output == *'narrowed TW0205 '* && $output == *'narrowed TW0801 '* ]]
}

@test "what needs a process beside the container is refused, each by name; a note where the rule says so" {
    local section
    policy watched '"network": {"none": true}, "drift": {"executables": "image"}, "onViolation": ["log"], "lifecycle": {"maxLifetime": "7d"}'
    GLOBALS=(--policy "$WORK/watched.json")
    run -1 rt create --bundle "$BUNDLE" "$ID"
    for section in network drift onViolation lifecycle.maxLifetime; do
        [[ $output == *"TW0003"*"$section"* ]]
    done
    nothing_left
    policy watched '"network": {"none": true, "ifUnsupported": "note"}'
    look
    rt policy explain --bundle "$BUNDLE" --format json | jq -e 'any(.findings[]; .rule == "TW0003" and .effect == "granted" and .subject == "network")'
}

@test "what must be proven of an image refuses a bundle of which nothing is known, and explain says the same" {
    local rule refused
    for rule in '"signature": {"require": 1, "fingerprints": ["0123456789ABCDEF0123456789ABCDEF01234567"]}' \
        "\"digests\": [\"sha256:$(printf '0%.0s' {1..64})\"]" '"integrity": "manifest"'; do
        policy proven "\"image\": {$rule}"
        GLOBALS=(--policy "$WORK/proven.json")
        run -1 rt create --bundle "$BUNDLE" "$ID"
        [[ $output == *'policy denied by proven'*'TW01'* ]]
        refused=$output
        nothing_left
        run -1 rt policy explain --bundle "$BUNDLE" --format json
        jq -r '.findings[] | select(.effect == "refused") | .reason' <<<"$output" | while read -r reason; do
            [[ $refused == *"$reason"* ]]
        done
    done
    # On trial it refuses nobody.
    policy proven "\"mode\": \"audit\", \"image\": {$rule}"
    look
    rt policy explain --bundle "$BUNDLE" --format json | jq -e 'any(.findings[]; .rule == "TW0103" and .effect == "would-refuse")'
}

@test "an annotation that claims what no signature carries refuses the bundle" {
    config '.annotations = {"io.thwart.claim": "{}"}'
    GLOBALS=()
    run -1 rt create --bundle "$BUNDLE" "$ID"
    [[ $output == *'io.thwart.claim: no signature that counts carries this claim'* ]]
    nothing_left
}

@test "filters of policies: a second start finds them compiled" {
    policy quiet '"syscalls": {"deny": ["@keyring"]}'
    GLOBALS=(--policy offline --policy "$WORK/quiet.json")
    look
    find /run/thwart -path '*seccomp*' -type f -printf '%p %i %T@\n' | sort >"$WORK/first"
    [ -s "$WORK/first" ]
    look
    find /run/thwart -path '*seccomp*' -type f -printf '%p %i %T@\n' | sort >"$WORK/second"
    diff "$WORK/first" "$WORK/second"
}
