#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# contrib/kubernetes: the manifests by the API's fields, and policies of a ConfigMap on a directory that stands for a node.
# (The installer itself: contrib.bats.)
load suite

KUBERNETES=$TESTS/../contrib/kubernetes

has_yaml() {
    python3 -c 'import yaml' 2>/dev/null || skip "python3-yaml is not installed"
}

schema() {
    "$TESTS/support/kubernetes_schema.py" "$@"
}

# --- manifests ------------------------------------------------------------------------------------------------------------

@test "the manifests have the API's fields and no other" {
    has_yaml
    schema "$KUBERNETES"/*.yaml
}

@test "what a cluster would drop or refuse is found" {
    has_yaml
    local edit words count=0 expected=()
    while IFS='|' read -r edit words; do
        count=$((count + 1))
        sed "$edit" "$KUBERNETES/policies.yaml" >"$WORK/$count.yaml"
        expected[count]=$words
    done <<'END'
s/readinessProbe:/readynessProbe:/|there is no field readynessProbe
s/periodSeconds: 10/periodSeconds: "10"/|'10' is no number
s/drop: .ALL./drop: ALL/|capabilities.drop: is no list
s/operator: Exists/operator: Exist/|'Exist' is none of Exists, Equal
s/type: DirectoryOrCreate/type: directory/|'directory' is none of
s/memory: 64Mi/memory: 64MB/|is no quantities
s/name: etc-thwart, mountPath/name: etc, mountPath/|mounts etc, which is no volume
s/^  namespace: .*//|has no namespace
s/runAsUser: 0/runAsUser: 0\n            runAsUser: 1/|a key twice
s/          image: .*//|has no image
s/^kind: DaemonSet/kind: Daemonset/|no kind Daemonset of apps/v1
s/      labels: {app.kubernetes.io.name: thwart-policies}/      labels: {app: other}/|selects not its own pods
s/            privileged: false/            privileged: true/|privileged, and no escalation
s/hostPath: {path: .etc.thwart, type/hostPath: {type/|has no path
s/automountServiceAccountToken: false/automountServiceAccountToken: no thanks/|is no flag
s/emptyDir: {medium: Memory, sizeLimit: 16Mi}/emptyDir: {}, configMap: {name: x}/|not exactly one of
s/  name: thwart-policies$/  name: Thwart_policies/|is no name
END
    [ "$count" = 17 ]
    run -1 schema "$WORK"/*.yaml
    while [ "$count" != 0 ]; do
        grep "^$count.yaml: " <<<"$output" | grep -qF -e "${expected[count]}" || { echo "not found: ${expected[count]}" && return 1; }
        count=$((count - 1))
    done
}

@test "the DaemonSet of policies: no right more than it needs, the places that its script works on, and an example that is a policy" {
    has_yaml
    python3 -c 'import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))' "$KUBERNETES/policies.yaml" >"$WORK/objects"
    SEEN=$(jq -c '.[1].spec.template.spec' "$WORK/objects")
    see '[.hostPID, .hostNetwork, .hostIPC, .automountServiceAccountToken]' '[null,null,null,false]'
    see '[.volumes[].hostPath.path // empty]' '["/etc/thwart"]'
    see '.containers[0].securityContext | [.privileged, .allowPrivilegeEscalation, .readOnlyRootFilesystem, .capabilities]' '[false,false,true,{"drop":["ALL"]}]'
    see '.nodeSelector["node-restriction.kubernetes.io/thwart"]' '"ready"'
    grep -qF 'NODE_ROOT=${NODE_ROOT-/node}' "$KUBERNETES/thwart-policies.sh"
    grep -qF 'SOURCE=${SOURCE:-/policies}' "$KUBERNETES/thwart-policies.sh"
    grep -qF 'READY=${READY:-/tmp/ready}' "$KUBERNETES/thwart-policies.sh"
    see '[.containers[0].volumeMounts[].mountPath]' '["/tmp","/policies","/node/etc/thwart"]'
    see '.containers[0].readinessProbe.exec.command' '["test","-e","/tmp/ready"]'
    see '.containers[0] | .command + .args' '["/usr/local/bin/thwart-policies.sh","watch"]'
    grep -q '^COPY .*contrib/kubernetes/thwart-policies.sh /usr/local/bin/' "$KUBERNETES/Dockerfile"
    a_node
    jq -j '.[0].data["cluster.json"]' "$WORK/objects" >"$SOURCE/cluster.json"
    policies apply
}

# --- policies of a ConfigMap ---------------------------------------------------------------------------------------------

a_node() {
    NODE=$WORK/node SOURCE=$WORK/configmap
    mkdir -p "$NODE/etc/thwart" "$SOURCE"
    # By the node's own rules: this folder, and nothing else.
    printf '{"thwart": 1, "default": "unrestricted", "waivers": [], "policies": ["%s"]}\n' "$NODE/etc/thwart/policies" >"$WORK/thwart.json"
    GLOBALS=(--configuration "$WORK/thwart.json")
}

policies() {
    NODE_ROOT=$NODE SOURCE=$SOURCE "$KUBERNETES/thwart-policies.sh" "$@" >"$WORK/policies.out" 2>"$WORK/policies.err" 3>&- </dev/null
}

# policy NAME MEMBERS, in the ConfigMap
policy() {
    printf '{"thwart": 1, "name": "%s", "description": "of a test", %s}\n' "$1" "$2" >"$SOURCE/$1.json"
}

# By the node's policies.
runs() {
    rt run --bundle "$BUNDLE" "$ID" </dev/null
}

census_of_sets() {
    (cd "$NODE/etc/thwart" && find . -printf '%P %y %m %l\n' | sort && cat policies/* 2>/dev/null)
}

@test "policies: taken, replaced, a file less; a mistake anywhere leaves everything as it was and says so" {
    a_node
    mkdir "$NODE/etc/thwart/policies" # as a package leaves it
    runs >"$WORK/out"
    policy user '"process": {"user": {"root": "deny"}}'
    policy other '"process": {"noNewPrivileges": true}'
    policies apply || { cat "$WORK/policies.err" >&2 && return 1; }
    refused 'policy denied' runs
    census_of_sets >"$WORK/good"
    policies apply
    census_of_sets | diff "$WORK/good" -
    # Mistakes of each kind: no JSON, an unknown key, a name twice, a base that is none, another file, nothing at all.
    mistake() {
        local words=$1
        run ! policies apply
        grep -q 'REFUSED: this node keeps' "$WORK/policies.err"
        grep -q -e "$words" "$WORK/policies.err" || { cat "$WORK/policies.err" >&2 && return 1; }
        census_of_sets | diff "$WORK/good" -
        refused 'policy denied' runs
    }
    rm "$SOURCE/user.json" # what a half taken set would show
    echo '{' >"$SOURCE/broken.json" && mistake 'broken.json:'
    policy broken '"proces": {}' && mistake 'broken.json:1:.*did you mean "process"'
    policy broken '"extends": ["nowhere"]' && mistake nowhere
    policy broken '"mode": "audit"' && sed -i 's/"broken"/"other"/' "$SOURCE/broken.json" && mistake 'both named "other"'
    mv "$SOURCE/broken.json" "$SOURCE/notes.txt" && mistake 'notes.txt is no policy'
    rm "$SOURCE"/* && mistake ALLOW_EMPTY
    # Mended: what is not in the ConfigMap any more does not count any more.
    policy other '"process": {"noNewPrivileges": true}'
    policies apply
    runs >"$WORK/out"
    [ "$(ls "$NODE/etc/thwart/policies/")" = other.json ]
    # The set before stays for those that read it, and no older one.
    policy third '"process": {"capabilities": {"allow": ["KILL"]}}'
    policies apply
    [ "$(find "$NODE/etc/thwart/policies.sets" -mindepth 1 -maxdepth 1 | wc -l)" = 2 ]
    rm "$SOURCE"/*
    ALLOW_EMPTY=yes policies apply
    [ -z "$(ls "$NODE/etc/thwart/policies/")" ]
    policies remove
    [ -z "$(ls -A "$NODE/etc/thwart")" ]
}

@test "policies: files and links of somebody else's are left alone" {
    a_node
    policy user '"process": {"user": {"root": "deny"}}'
    mkdir "$NODE/etc/thwart/policies"
    echo '{"thwart": 1, "name": "mine"}' >"$NODE/etc/thwart/policies/mine.json"
    run ! policies apply
    grep -q 'not of this ConfigMap' "$WORK/policies.err"
    [ "$(ls -A "$NODE/etc/thwart" "$NODE/etc/thwart/policies" | tr '\n' ' ')" = "$NODE/etc/thwart: policies  $NODE/etc/thwart/policies: mine.json " ]
    mv "$NODE/etc/thwart/policies" "$NODE/etc/elsewhere"
    ln -s ../elsewhere "$NODE/etc/thwart/policies"
    run ! policies apply
    grep -q "somebody else's" "$WORK/policies.err"
    run ! policies remove
    [ -e "$NODE/etc/elsewhere/mine.json" ]
}

# The kubelet's way: a folder of the time, a link ..data to it, a link for each file.
kubelet_writes() {
    local folder=$SOURCE/..$1
    mkdir "$folder"
    cp "$WORK/next"/* "$folder/"
    ln -s "..$1" "$SOURCE/..data_tmp"
    mv -T "$SOURCE/..data_tmp" "$SOURCE/..data"
    for each in "$folder"/*; do ln -sfn "..data/${each##*/}" "$SOURCE/${each##*/}"; done
    for each in "$SOURCE"/*; do [ -e "$each" ] || rm "$each"; done
}

@test "policies: a change of the ConfigMap is taken while creations read; the pod is ready only while the node has what it says" {
    local round
    a_node
    mkdir "$WORK/next"
    both() { # two policies of one revision: a reader must never see one of each
        local name
        for name in first second; do
            printf '{"thwart": 1, "name": "%s", "description": "x", "revision": %s, "process": {"noNewPrivileges": true}}\n' "$name" "$1" >"$WORK/next/$name.json"
        done
    }
    both 1
    kubelet_writes 1
    background env NODE_ROOT="$NODE" READY="$WORK/ready" INTERVAL=0.2 SOURCE="$SOURCE" THWART="$THWART" "$KUBERNETES/thwart-policies.sh" watch >"$WORK/policies.out" 2>"$WORK/policies.err"
    eventually test -e "$WORK/ready"
    for round in 2 3 4; do
        both $round
        kubelet_writes $round
        until grep -q "\"revision\": $round," "$NODE/etc/thwart/policies/first.json"; do
            rt policy list --format json >"$WORK/list"
            [ "$(jq '[.[]? // .policies[]? | select(.name == "first" or .name == "second") | .revision] | unique | length' "$WORK/list")" = 1 ]
        done
    done
    [ -e "$WORK/ready" ]
    echo '{' >"$WORK/next/third.json"
    kubelet_writes 5
    eventually test ! -e "$WORK/ready"
    grep -q 'REFUSED' "$WORK/policies.err"
    [ "$(ls "$NODE/etc/thwart/policies/" | tr '\n' ' ')" = 'first.json second.json ' ]
    sleep 0.5 # another look or two at the same mistake
    [ "$(grep -c REFUSED "$WORK/policies.err")" = 1 ]
    rm "$WORK/next/third.json"
    kubelet_writes 6
    eventually test -e "$WORK/ready"
}

@test "the policy for pods but not for their pause containers, as the manual has it" {
    local page=$TESTS/../docs/engines/kubernetes.md
    a_node
    # With something that this container fails by, in place of the signature.
    sed -n '/^<!-- pause -->$/,/^```$/p' "$page" | sed -n '/^{/,/^}/p' >"$WORK/signed.json"
    jq '.image.signature.keys[0]' "$WORK/signed.json" | grep -q /etc/thwart/keys
    jq 'del(.image) | .process = {user: {root: "deny"}} | del(.extends)' "$WORK/signed.json" >"$SOURCE/signed.json"
    policies apply || { cat "$SOURCE/signed.json" "$WORK/policies.err" >&2 && return 1; }
    config '.annotations["io.kubernetes.cri.container-type"] = "sandbox"'
    runs >"$WORK/out"
    config '.annotations["io.kubernetes.cri.container-type"] = "container"'
    refused 'policy denied' runs
}
