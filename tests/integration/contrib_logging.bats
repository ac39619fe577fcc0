#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# contrib/logging: events of real decisions through real shippers, on the loopback, to what stands for Elasticsearch and Loki;
# what arrives there is judged by the index template and by what was written.
load suite

LOGGING=$TESTS/../contrib/logging
# Where tests/run.sh unpacks what is not installed.
TOOLS=${THWART_LOG_TOOLS:-$TESTS/../build-sanitized/log-tools}

# tool NAME: sets TOOL, installed or unpacked.
tool() {
    if TOOL=$(command -v "$1" || ls "/usr/sbin/$1" 2>/dev/null); then
        MODULES=()
        return
    fi
    TOOL=$TOOLS/usr/sbin/$1
    [ -x "$TOOL" ] || skip "$1 is neither installed nor unpacked"
    MODULES=("LD_LIBRARY_PATH=$(printf '%s:' "$TOOLS"/usr/lib/*-linux-gnu "$TOOLS"/usr/lib/syslog-ng)")
}

# to_file FORMAT [MEMBERS]
to_file() {
    EVENTS=$WORK/decisions.json
    printf '{"thwart": 1, "default": "unrestricted", "policies": [], "waivers": [], "events": {"sink": "file", "file": "%s", "format": "%s"%s}}\n' \
        "$EVENTS" "$1" "${2:-}" >"$WORK/thwart.json"
    printf '{"thwart": 1, "name": "tight", "process": {"capabilities": {"allow": ["KILL"]}}}\n' >"$WORK/tight.json"
    printf '{"thwart": 1, "name": "closed", "process": {"user": {"root": "deny"}}, "lifecycle": {"exec": "deny"}}\n' >"$WORK/closed.json"
    printf '{"thwart": 1, "name": "trial", "mode": "audit", "process": {"user": {"root": "deny"}}, "filesystem": {"rootReadonly": true}}\n' >"$WORK/trial.json"
    GLOBALS=(--configuration "$WORK/thwart.json")
}

# decide: one decision of each effect, of several actions; the last has words that try every way of quoting.
decide() {
    local globals=("${GLOBALS[@]}") policy
    another_id "refused${1:-}"
    GLOBALS=("${globals[@]}" --policy "$WORK/closed.json")
    refused 'policy denied' rt run --bundle "$BUNDLE" "$OTHER"
    for policy in tight trial; do
        another_id "$policy${1:-}"
        GLOBALS=("${globals[@]}" --policy "$WORK/$policy.json")
        rt run --bundle "$BUNDLE" "$OTHER" >"$WORK/out" 2>&1 </dev/null
    done
    GLOBALS=("${globals[@]}")
}

decide_all() {
    local long
    long=$(head -c 5000 /dev/zero | tr '\0' x)
    decide
    program /bin/probe sleep
    GLOBALS+=(--policy "$WORK/tight.json")
    start_container
    rt exec "$ID" /bin/echo "\"'\\ \$MSG \${HOST} \$(sha256 x) ü € %s ,]}" $'a\nnew line\tand \x01' "$long"{,,,,,,,,,} >"$WORK/out"
    # More than a shipper takes unless it was told to.
    [ "$(tail -n 1 "$EVENTS" | wc -c)" -gt 70000 ]
    rt update "$ID"
    GLOBALS=(--configuration "$WORK/thwart.json")
    another_id granted
    rt run --bundle "$BUNDLE" --detach "$OTHER" >"$WORK/out" </dev/null
    program /bin/probe
}

receiver() {
    background "$TESTS/support/log_receiver.py" "$WORK" "$@"
    eventually test -s "$WORK/port"
}

# syslog_ng_runs FILE...: those of contrib, with the events, the receiver and the queue of this test.
syslog_ng_runs() {
    local each
    # A service that does not answer is asked again every second, not every minute.
    printf '@version: 3.38\noptions { time-reopen(1); };\n' >"$WORK/syslog-ng.conf"
    mkdir -p "$WORK/queue"
    for each; do
        sed "s,\"/var/log/thwart/decisions.json\",\"$EVENTS\",; s,\"http://127[^\"]*\",\"http://127.0.0.1:$(cat "$WORK/port")\",; s,disk-buffer(,&dir(\"$WORK/queue\") ," \
            "$LOGGING/syslog-ng/thwart-$each.conf" >>"$WORK/syslog-ng.conf"
    done
    # Another zone than the events' times have.
    background env TZ=Asia/Kolkata "${MODULES[@]}" "$TOOL" --foreground --stderr --no-caps --cfgfile "$WORK/syslog-ng.conf" --persist-file "$WORK/persist" \
        --pidfile "$WORK/pid" --control "$WORK/control" ${MODULES[0]:+--module-path "$TOOLS"/usr/lib/syslog-ng/[0-9]*} >"$WORK/syslog-ng.log" 2>&1
}

count_is() {
    [ "$(cat "$1" | wc -l)" = "$2" ]
}

by_id() {
    jq -cS . "$@" | sort
}

@test "the index template has ECS's types and all members of the events' schema, and what it lacks is found" {
    "$TESTS/support/index_template.py" template "$LOGGING/elasticsearch/index-template.json" "$TESTS/../docs/thwart-decision.schema.json"
    jq 'del(.template.mappings.properties.thwart.properties.image.properties.keys)' "$LOGGING/elasticsearch/index-template.json" >"$WORK/less"
    run -1 "$TESTS/support/index_template.py" template "$WORK/less" "$TESTS/../docs/thwart-decision.schema.json"
    [ "$output" = 'thwart.image.keys: not in the template' ]
}

@test "every kind of event fits the template, and one that does not is told" {
    to_file ecs
    decide_all
    "$TESTS/support/index_template.py" documents "$LOGGING/elasticsearch/index-template.json" "$EVENTS"
    # Not by having nothing to say.
    jq -es 'map(.thwart.effect) | unique == ["granted", "narrowed", "refused", "would-refuse"]' "$EVENTS"
    jq -es 'map(.event.action) | unique == ["create", "exec", "run", "update"]' "$EVENTS"
    head -n 1 "$EVENTS" | jq -c '.event.severity = "7" | .thwart.findings[0].new = 1 | .event.kind = "worry" | del(.ecs)' >"$WORK/other"
    run -1 "$TESTS/support/index_template.py" documents "$LOGGING/elasticsearch/index-template.json" "$WORK/other"
    [ "$output" = "document 1: no ecs.version
event.kind: 'worry' is none of ECS's values
event.severity: '7' is no long
thwart.findings.new: not mapped" ]
}

@test "syslog-ng: every decision is in Elasticsearch and in Loki once, over answers that were lost and files put aside" {
    tool syslog-ng
    to_file ecs
    receiver 1
    syslog_ng_runs elasticsearch loki
    decide_all
    count_is "$EVENTS" 7
    cp "$EVENTS" "$WORK/all"
    eventually count_is "$WORK/documents" "$(wc -l <"$WORK/all")" || { tail -20 "$WORK/syslog-ng.log" >&2 && return 1; }
    # thwart puts the file aside, as at its maximum; the next event is in a new one.
    mv "$EVENTS" "$EVENTS.1"
    decide again
    cat "$EVENTS" >>"$WORK/all"
    eventually count_is "$WORK/documents" "$(wc -l <"$WORK/all")" || { tail -20 "$WORK/syslog-ng.log" >&2 && return 1; }
    eventually count_is "$WORK/entries" "$(wc -l <"$WORK/all")"
    [ ! -e "$WORK/refused" ] || { head -c 2000 "$WORK/refused" >&2 && return 1; }
    # As they were written, to the last byte of what they say.
    cmp <(by_id "$WORK/all") <(by_id "$WORK/documents")
    cmp <(sort "$WORK/all") <(jq -r .line "$WORK/entries" | sort)
    "$TESTS/support/index_template.py" documents "$LOGGING/elasticsearch/index-template.json" "$WORK/documents"
    # Times to the nanosecond, in whatever zone the shipper is; labels that Loki can hold.
    jq -es 'all((.line | fromjson) as $e | .labels == {job: "thwart", host: $e.host.hostname, action: $e.event.action, effect: $e.thwart.effect}
        and .time == (($e.thwart.time | .[:19] + "Z" | fromdate | tostring) + $e.thwart.time[20:29]))' "$WORK/entries"
}

@test "syslog-ng: Loki gets the same labels from events of every format" {
    tool syslog-ng
    local format
    for format in thwart ecs ocsf; do
        to_file $format
        decide $format
    done
    receiver
    syslog_ng_runs loki
    eventually count_is "$WORK/entries" 9 || { tail -20 "$WORK/syslog-ng.log" >&2 && return 1; }
    [ ! -e "$WORK/refused" ]
    cmp <(sort "$EVENTS") <(jq -r .line "$WORK/entries" | sort)
    jq -es 'group_by(.labels.effect) | map([.[0].labels.effect, length]) == [["narrowed", 3], ["refused", 3], ["would-refuse", 3]]' "$WORK/entries"
    jq -es 'all(.labels | keys == ["action", "effect", "host", "job"] and .action == "run")' "$WORK/entries"
}

@test "logrotate: no decision is lost while files are put aside and compressed" {
    tool logrotate
    local round
    to_file thwart ', "maxBytes": 1073741824'
    sed "s,/var/log/thwart/decisions.json,$EVENTS," "$LOGGING/logrotate/thwart" >"$WORK/logrotate"
    grep -qF "$EVENTS {" "$WORK/logrotate"
    chmod 644 "$WORK/logrotate"
    # Names have seconds; rounds must not meet in one.
    for round in 1 2 3; do
        decide "$round"
        env "${MODULES[@]}" "$TOOL" --force --verbose --state "$WORK/rotated" "$WORK/logrotate" >"$WORK/logrotate.log" 2>&1 || { cat "$WORK/logrotate.log" >&2 && return 1; }
        run ! grep -i '^error' "$WORK/logrotate.log"
        sleep 1
    done
    decide last
    # Two rotated long ago are compressed, the last is not, and what thwart writes to is there, for root alone.
    [ "$(find "$WORK" -name 'decisions.json-*.gz' | wc -l)" = 2 ]
    [ "$(find "$WORK" -name 'decisions.json-*' ! -name '*.gz' | wc -l)" = 1 ]
    [ "$(stat -c %a "$EVENTS")" = 600 ]
    [ "$(gzip -cdf "$EVENTS"* | jq -s 'map(.container.id) | unique | length')" = 12 ]
    # The documented size is above logrotate's, so that the two do not both put files aside.
    [ "$(grep -o 'maxBytes": [0-9]*' "$LOGGING/logrotate/thwart")" = 'maxBytes": 1073741824' ]
    grep -qx '    maxsize 64M' "$LOGGING/logrotate/thwart"
}

@test "filebeat's and fluent-bit's files are YAML that names the template's data stream and the events' file" {
    python3 -c 'import yaml' 2>/dev/null || skip "python3-yaml is not installed"
    python3 -c 'import json, sys, yaml; print(json.dumps([yaml.safe_load(open(f)) for f in sys.argv[1:]]))' \
        "$LOGGING/filebeat/filebeat.yml" "$LOGGING/fluent-bit/fluent-bit.yaml" >"$WORK/files"
    SEEN=$(cat "$WORK/files")
    see '[.[0]["output.elasticsearch"].index, .[1].pipeline.outputs[0].index] | unique' '["logs-thwart.decision-default"]'
    see '[.[0]["filebeat.inputs"][0].paths[0], .[1].pipeline.inputs[0].path] | unique' '["/var/log/thwart/decisions.json"]'
    see '.[0]["filebeat.inputs"][0].parsers[0].ndjson' '{"add_error_key":true,"overwrite_keys":true,"target":""}'
    see '.[1] | [.pipeline.inputs[0].parser, .parsers[0].name, .pipeline.outputs[0].write_operation]' '["thwart","thwart","create"]'
    # The labels are members of the events.
    to_file ecs
    decide
    see '.[1].pipeline.outputs[1].labels' "\"job=thwart, host=\$host['hostname'], action=\$thwart['action'], effect=\$thwart['effect']\""
    jq -es 'all((.host.hostname, .thwart.action, .thwart.effect) | type == "string")' "$EVENTS"
}
