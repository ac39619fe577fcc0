#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# thwart policy over all samples: many starts, so on the release build (the golden suites decide about them with sanitizers).
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

@test "explain: the JSON obeys its schema for every sample, and broken documents do not" {
    python3 -c 'import jsonschema' 2>/dev/null || skip "python3-jsonschema is not installed"
    local sample each
    for sample in "$SAMPLES"/*.json; do
        for each in baseline restricted unrestricted; do
            policy explain --policy "$each" -f "$sample" --format json >>"$WORK/documents" || [ $? = 1 ]
        done
    done
    python3 - "$PROJECT/docs/thwart-explain.schema.json" "$WORK/documents" <<'END'
import copy, json, sys
import jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
documents = [json.loads(line) for line in open(sys.argv[2])]
assert len(documents) > 150
for document in documents:
    validator.validate(document)
refused = next(d for d in documents if d["effect"] == "refused")
for change in (lambda d: d.pop("effect"), lambda d: d.update(effect="maybe"), lambda d: d.update(more=1),
               lambda d: d["findings"][0].pop("reason"), lambda d: d["findings"][0].update(rule="TW1"),
               lambda d: d["policies"][0].update(digest="x")):
    broken = copy.deepcopy(refused)
    change(broken)
    assert list(validator.iter_errors(broken)), change
END
}

# The root does not exist: what is granted fails at its first effect, behind the decision.
@test "explain: of every sample under every policy that is shipped, too" {
    local sample each names
    names=$(policy list --names)
    for each in $names; do
        jq -n --arg f "$WORK/events" --arg d "$each" '{thwart: 1, events: {sink: "file", file: $f}, default: $d}' >"$each.json"
    done
    for sample in "$SAMPLES"/*.json; do
        # What this host may lack fails before, in the plan.
        jq '.root.path = "/nowhere" | del(.process.terminal, .process.apparmorProfile, .linux.cgroupsPath) |
            if .linux.resources then .linux.resources |= with_entries(select(.key == "devices")) else . end' "$sample" >config.json
        for each in $names; do
            "$THWART" --configuration "$each.json" policy explain --format json >>explained || [ $? = 1 ]
            run ! "$THWART" --configuration "$each.json" create --bundle . "$ID"
        done
    done
    [ "$(wc -l <explained)" -gt 400 ]
    diff <(grep -o '"findings":.*' explained) <(grep -o '"findings":.*' "$WORK/events")
}

@test "init: each sample is granted unchanged by the draft that is made of it" {
    local sample name
    for sample in "$SAMPLES"/*.json; do
        name=$(basename "$sample" .json)
        policy init --from-bundle "$SAMPLES" --config "$name.json" --name "$name" >draft.json
        policy check draft.json >"$WORK/check"
        policy explain --host-facts "$GOLDEN/host.json" --policy draft.json -f "$sample" --format json >"$WORK/explained" || {
            echo "$name: $(jq -c '.findings[0]' "$WORK/explained")" >&2
            return 1
        }
        jq -e '.effect == "granted" and all(.findings[]; .effect == "granted")' "$WORK/explained" >/dev/null || {
            echo "$name: $(jq -c '.findings' "$WORK/explained" | head -c 1000)" >&2
            return 1
        }
    done
}
