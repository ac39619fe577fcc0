#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What contrib/ gives to engines is read by the engines themselves, where they are installed; and the script that prepares
# Kubernetes nodes, on a directory that stands for a node.
load suite

CONTRIB=$TESTS/../contrib

setup() {
    base_setup
    cp /etc/thwart/thwart.json "$WORK/thwart.json"
    # Of this view, as /etc and /run are; the drop-ins name this place.
    mount -t tmpfs tmpfs /usr/local/bin
    install -m 0755 "$THWART" /usr/local/bin/thwart
}

teardown() {
    [ ! -e "$WORK/daemon" ] || BACKGROUNDS+=("$(cat "$WORK/daemon")")
    umount /usr/local/bin || true
    # What these engines leave in any case.
    rm -rf /dev/shm/libpod_lock /run/containers /run/docker
    mv "$WORK/thwart.json" /etc/thwart/thwart.json
    base_teardown
}

needs() {
    command -v "$1" >/dev/null || skip "$1 is not installed"
}

# as_json: the TOML on standard input.
as_json() {
    python3 -c 'import json, sys, tomllib; json.dump(tomllib.load(sys.stdin.buffer), sys.stdout)'
}

# --- Podman ---------------------------------------------------------------------------------------------------------------

# podman ARGUMENTS...: with storage of this test's own, and of this view's /etc.
podman_here() {
    CONTAINERS_CONF='' podman --root "$WORK/storage" --runroot "$WORK/run" --tmpdir "$WORK/tmpdir" --storage-driver vfs \
        --cgroup-manager cgroupfs --events-backend file "$@" 3>&- 4>&- </dev/null
}

podman_view() {
    needs podman
    needs conmon
    rm -rf /etc/containers/containers.conf /etc/containers/containers.conf.d
    install -D -m 0644 "$CONTRIB/podman/50-thwart.conf" /etc/containers/containers.conf.d/50-thwart.conf
    PODMAN_LIMITS=(--network none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024)
    grep -qw pids /sys/fs/cgroup/cgroup.controllers || printf '[containers]\npids_limit = 0\n' >/etc/containers/containers.conf
    unset CONTAINERS_CONF
}

@test "podman reads the drop-in: every key is known to it, and thwart is a runtime beside the built-in ones" {
    podman_view
    podman_here --log-level=debug --runtime thwart info --format '{{.Host.OCIRuntime.Path}}' >"$WORK/out" 2>"$WORK/err"
    [ "$(cat "$WORK/out")" = /usr/local/bin/thwart ]
    grep -q '50-thwart.conf' "$WORK/err"
    run ! grep -i 'decode the keys' "$WORK/err"
    # Without being asked for it does not become the default.
    run ! grep -q thwart <(podman_here info --format '{{.Host.OCIRuntime.Path}}' 2>&1)
    sed 's/^#runtime/runtime/' "$CONTRIB/podman/50-thwart.conf" >/etc/containers/containers.conf.d/50-thwart.conf
    [ "$(podman_here info --format '{{.Host.OCIRuntime.Path}}')" = /usr/local/bin/thwart ]
}

@test "podman runs by it, asks it for its log in JSON, and takes it for one that can do without cgroups" {
    podman_view
    [ "$(podman_here --runtime thwart run "${PODMAN_LIMITS[@]}" --rm --rootfs "$ROOT" echo hello)" = hello ]
    [ "$(podman_here --runtime thwart run "${PODMAN_LIMITS[@]}" --cgroups=disabled --rm --rootfs "$ROOT" echo hello)" = hello ]
    run -127 podman_here --runtime thwart run "${PODMAN_LIMITS[@]}" --rm --rootfs "$ROOT" /no/such/program
    # Only from the log does podman have the text alone.
    [[ $output == *"thwart: "*"executable file not found"* ]]
    podman_here --runtime thwart create "${PODMAN_LIMITS[@]}" --name kept --rootfs "$ROOT" true >"$WORK/out"
    [ "$(podman_here inspect kept --format '{{.OCIRuntime}}')" = thwart ]
}

@test "the refusal that README.md shows is what podman prints" {
    local shown=()
    podman_view
    printf '{"thwart": 1, "default": "baseline"}' >/etc/thwart/thwart.json
    # All of the first block of the page that begins with the command, wrapped as it is there.
    mapfile -t shown < <(sed -n '/^\$ podman --runtime thwart/,/^```/{/^```/d; p}' "$CONTRIB/../README.md")
    [ "${#shown[@]}" -ge 3 ]
    [[ ${shown[0]} == '$ podman --runtime thwart run --rm --pid host --cap-add SYS_ADMIN -v /:/host alpine' ]]
    run podman_here --runtime thwart run "${PODMAN_LIMITS[@]}" --rm --pid host --cap-add SYS_ADMIN -v /:/host --rootfs "$ROOT" true
    [ "$status" != 0 ]
    [ "$output" = "${shown[*]:1}" ] || { echo "$output" && return 1; }
}

# --- containerd -------------------------------------------------------------------------------------------------------------

@test "containerd 1 takes the section at the end of its configuration, and keeps runc" {
    needs containerd
    # As the file says, where there is no section of runc.
    { echo 'version = 2' && sed 's/^#\([[]\|  r\)/\1/' "$CONTRIB/containerd/config-version-2.toml"; } >"$WORK/config.toml"
    containerd --config "$WORK/config.toml" config dump >"$WORK/dump" 2>"$WORK/err" ||
        grep -q 'config version' "$WORK/err" # containerd 2 migrates and dumps, too
    SEEN=$(as_json <"$WORK/dump")
    see_that '[.plugins[] | .containerd?.runtimes? // {} | select(.thwart)] | length == 1'
    SEEN=$(jq -c '[.plugins[] | .containerd?.runtimes? // {} | select(.thwart)][0]' <<<"$SEEN")
    see '.runc.runtime_type' '"io.containerd.runc.v2"'
    see '.thwart.runtime_type' '"io.containerd.runc.v2"'
    see '.thwart.options' '{"BinaryName":"/usr/local/bin/thwart","SystemdCgroup":false}'
}

@test "the files for containerd 2 and CRI-O are TOML of the shape that these read" {
    SEEN=$(as_json <"$CONTRIB/containerd/50-thwart.toml")
    see .version 3
    see '.plugins["io.containerd.cri.v1.runtime"].containerd.runtimes.thwart | [.runtime_type, .options.BinaryName]' \
        '["io.containerd.runc.v2","/usr/local/bin/thwart"]'
    see '.plugins[].containerd.runtimes.thwart.options' '{"BinaryName":"/usr/local/bin/thwart","SystemdCgroup":false}'
    SEEN=$(as_json <"$CONTRIB/crio/50-thwart.conf")
    see '.crio.runtime.runtimes.thwart | keys' '["allowed_annotations","monitor_cgroup","monitor_env","monitor_path","runtime_path","runtime_root","runtime_type"]'
    see '.crio.runtime | keys' '["runtimes"]'
    see '.crio.runtime.runtimes.thwart | [.runtime_path, .runtime_type]' '["/usr/local/bin/thwart","oci"]'
    sed 's/^#\[/[/; s/^#default/default/' "$CONTRIB/crio/50-thwart.conf" >"$WORK/default.conf"
    SEEN=$(as_json <"$WORK/default.conf")
    see .crio.runtime.default_runtime '"thwart"'
}

# --- Docker -----------------------------------------------------------------------------------------------------------------

@test "dockerd takes the daemon.json: thwart is among its runtimes and tells its version" {
    needs dockerd
    needs docker
    needs containerd
    export DOCKER_HOST=unix://$WORK/docker.sock
    background dockerd --config-file "$CONTRIB/docker/daemon.json" --host "$DOCKER_HOST" --data-root "$WORK/docker-data" --exec-root "$WORK/docker-run" \
        --pidfile "$WORK/docker.pid" --bridge none --iptables=false --ip6tables=false --storage-driver vfs --oom-score-adjust 0 \
        >"$WORK/dockerd.log" 2>&1
    eventually docker info --format '{{json .Runtimes}}' >"$WORK/runtimes" || { tail -20 "$WORK/dockerd.log" >&2 && return 1; }
    SEEN=$(cat "$WORK/runtimes")
    see .thwart.path '"/usr/local/bin/thwart"'
    see_that 'has("runc")'
    [ "$(docker info --format '{{.DefaultRuntime}}')" != thwart ]
    run ! grep -E 'thwart.*(fail|unable|invalid)' "$WORK/dockerd.log"
}

# --- Kubernetes ------------------------------------------------------------------------------------------------------------------

@test "the manifests are YAML that fits together" {
    python3 -c 'import yaml' 2>/dev/null || skip "python3-yaml is not installed"
    python3 -c '
import json, sys, yaml
print(json.dumps([d for f in sys.argv[1:] for d in yaml.safe_load_all(open(f))]))' \
        "$CONTRIB"/kubernetes/{runtimeclass,rbac,install,uninstall}.yaml >"$WORK/objects"
    SEEN=$(cat "$WORK/objects")
    see '[.[].kind]' '["RuntimeClass","Namespace","ServiceAccount","ClusterRole","ClusterRoleBinding","DaemonSet","DaemonSet"]'
    see '.[0] | [.handler, .scheduling.nodeSelector]' '["thwart",{"node-restriction.kubernetes.io/thwart":"ready"}]'
    grep -qF 'NODE_LABEL:-node-restriction.kubernetes.io/thwart' "$CONTRIB/kubernetes/thwart-node.sh"
    # No right more than needed, and nothing of the node but what the script names.
    SEEN=$(jq -c '[.[] | select(.kind == "DaemonSet")]' "$WORK/objects")
    see '[.[].spec.template.spec | .hostPID, .hostNetwork, .hostIPC] | unique' '[null]'
    see '[.[].spec.template.spec | (.initContainers[], .containers[]).securityContext
        | [.privileged // false, .allowPrivilegeEscalation, .readOnlyRootFilesystem, .capabilities]] | unique' '[[false,false,true,{"drop":["ALL"]}]]'
    see '[.[].spec.template.spec.volumes[].hostPath.path] | unique' \
        '[null,"/etc/containerd","/etc/crio","/opt/thwart","/run/containerd","/run/crio","/run/dbus","/run/thwart-crio"]'
    see '[.[] | .spec.template.spec.volumes as $v | .spec.template.spec | (.initContainers[], .containers[]).volumeMounts[].name
        | . as $name | $v | any(.name == $name)] | all' true
    see '[.[].spec.template.spec.initContainers[].args[0]]' '["install","uninstall"]'
    # The two differ in what they do and are called, and in nothing else.
    see '.[0] == (.[1] | tostring | gsub("uninstall"; "install") | fromjson)' true
}

# a_node [FILES...]: NODE, with what an engine's package puts there; SOURCE, an installation; a systemctl that says what it was
# asked for, and fails while $WORK/broken exists and the engine has thwart in its configuration.
a_node() {
    NODE=$WORK/node SOURCE=$WORK/source
    mkdir -p "$NODE"/{opt,etc} "$SOURCE"/{bin,libexec/thwart} "$WORK/bin"
    cp "$THWART" "$SOURCE/bin/thwart"
    echo '#!/bin/sh' >"$SOURCE/libexec/thwart/thwart-systemd"
    chmod 755 "$SOURCE/libexec/thwart/thwart-systemd"
    cat >"$WORK/bin/systemctl" <<END
#!/bin/sh
echo "\$*" >>"$WORK/asked"
[ "\$1" != restart ] || [ ! -e "$WORK/broken" ] || ! grep -rq thwart "$NODE/etc" || exit 1
END
    chmod 755 "$WORK/bin/systemctl"
    # The engine's answer; everything else is a matter of the real one.
    cat >"$WORK/bin/curl" <<END
#!/bin/bash
[[ " \$* " == *" --unix-socket $NODE/run/"* ]] || exec $(command -v curl) "\$@"
cat >/dev/null
while [ \$# != 0 ]; do
    case \$1 in
    --dump-header) echo "grpc-status: \$(cat "$WORK/grpc-status" 2>/dev/null || echo 0)" >"\$2" ;;
    --output) cat "$NODE"/etc/containerd/config.toml >"\$2" 2>/dev/null ;;
    esac
    shift
done
END
    chmod 755 "$WORK/bin/curl"
    : >"$WORK/asked"
}

node() {
    env -i PATH="$WORK/bin:$PATH" NODE_ROOT="$NODE" SOURCE="$SOURCE" ATTEMPTS=2 "${NODE_ENVIRONMENT[@]}" \
        "$CONTRIB/kubernetes/thwart-node.sh" "$@" >"$WORK/node.out" 2>&1 3>&- </dev/null || {
        cat "$WORK/node.out" >&2
        return 1
    }
}

# What was asked of the node's systemd, but for questions.
restarts() {
    grep -c '^restart' "$WORK/asked" || true
}

etc_census() {
    (cd "$NODE/etc" && find . -type f -printf '%P %m %u ' -exec sha256sum {} \; | sort)
}

containerd_node() {
    a_node
    mkdir -p "$NODE/etc/containerd"
    printf 'version = 2\n\n[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]\n  SystemdCgroup = true\n' \
        >"$NODE/etc/containerd/config.toml"
    chmod 600 "$NODE/etc/containerd/config.toml"
}

runtimes() {
    SEEN=$(as_json <"$NODE/etc/containerd/config.toml" | jq -c '[.plugins[] | .containerd?.runtimes? // {}][0]')
}

@test "node: install, again, uninstall; the engine's files are then the former ones, byte for byte" {
    local ending
    for ending in '' $'\n' $'\n\n\n'; do
        rm -rf "$WORK/node" "$WORK/source"
        containerd_node
        printf '# the last line%s' "$ending" >>"$NODE/etc/containerd/config.toml"
        etc_census >"$WORK/before"
        node install
        cmp "$SOURCE/bin/thwart" "$NODE/opt/thwart/bin/thwart"
        [ -x "$NODE/opt/thwart/libexec/thwart/thwart-systemd" ]
        runtimes
        see '.thwart | [.runtime_type, .options]' '["io.containerd.runc.v2",{"BinaryName":"/opt/thwart/bin/thwart","Root":"/run/containerd/thwart","SystemdCgroup":true}]'
        see .runc.options '{"SystemdCgroup":true}'
        [ "$(stat -c %a "$NODE/etc/containerd/config.toml")" = 600 ]
        [ "$(cat "$WORK/asked")" = $'show --property=Version\nrestart containerd.service' ]
        etc_census >"$WORK/installed"
        find "$NODE" -type f -printf '%p %i %T@\n' | sort >"$WORK/inodes"
        node install
        find "$NODE" -type f ! -name .installed -printf '%p %i %T@\n' | sort | diff <(grep -v '/.installed ' "$WORK/inodes") -
        [ "$(restarts)" = 1 ]
        node uninstall
        etc_census | diff "$WORK/before" -
        [ "$(restarts)" = 2 ]
        [ -z "$(find "$NODE/opt" -type f)" ]
        node uninstall
        [ "$(restarts)" = 2 ]
    done
}

@test "node: containerd reads what install makes of its configuration" {
    needs containerd
    containerd_node
    node install
    containerd --config "$NODE/etc/containerd/config.toml" config dump >"$WORK/dump" 2>"$WORK/err"
    SEEN=$(as_json <"$WORK/dump" | jq -c '[.plugins[] | .containerd?.runtimes? // {} | select(.thwart)][0]')
    see '.thwart.options' '{"BinaryName":"/opt/thwart/bin/thwart","Root":"/run/containerd/thwart","SystemdCgroup":true}'
    see '.runc.options.SystemdCgroup' true
    # A node whose containerd had no file.
    rm "$NODE/etc/containerd/config.toml"
    NODE_ENVIRONMENT=(ENGINE=containerd CGROUP_DRIVER=cgroupfs)
    node install
    containerd --config "$NODE/etc/containerd/config.toml" config dump >"$WORK/dump" 2>"$WORK/err"
    SEEN=$(as_json <"$WORK/dump" | jq -c '[.plugins[] | .containerd?.runtimes? // {} | select(.thwart)][0]')
    see '.thwart.options.SystemdCgroup' false
    node install
    [ "$(restarts)" = 2 ]
    node uninstall
    [ ! -e "$NODE/etc/containerd/config.toml" ]
}

@test "node: a real containerd is restarted, knows thwart and keeps runc; one whose CRI part fails gets its file back" {
    needs containerd
    needs ctr
    a_node
    rm "$WORK/bin/curl"
    mkdir -p "$NODE/etc/containerd" "$NODE/run/containerd"
    printf 'version = 2\n' >"$NODE/etc/containerd/config.toml"
    cat >"$WORK/bin/systemctl" <<END
#!/bin/bash
[ "\$1" = restart ] || exit 0
[ ! -e "$WORK/daemon" ] || { kill "\$(cat "$WORK/daemon")" && while kill -0 "\$(cat "$WORK/daemon")" 2>/dev/null; do sleep 0.1; done; }
containerd --config "$NODE/etc/containerd/config.toml" --root "$WORK/c" --state "$WORK/s" \
    --address "$NODE/run/containerd/containerd.sock" >>"$WORK/containerd.log" 2>&1 </dev/null &
echo \$! >"$WORK/daemon"
END
    NODE_ENVIRONMENT=(ATTEMPTS=20)
    etc_census >"$WORK/before"
    node install
    ctr --address "$NODE/run/containerd/containerd.sock" plugins ls | grep -E '\bcri\b.*\bok\b'
    node uninstall
    etc_census | diff "$WORK/before" -
    # A section of another runtime takes runc away, and with it the CRI part, also without us.
    printf 'version = 2\n[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.other]\n  runtime_type = "io.containerd.runc.v2"\n' >"$NODE/etc/containerd/config.toml"
    etc_census >"$WORK/before"
    NODE_ENVIRONMENT=(ATTEMPTS=3)
    refused 'neither' node install
    etc_census | diff "$WORK/before" -
}

@test "node: the configuration of containerd 2 gets the section under its name there" {
    containerd_node
    sed -i 's/version = 2/version = 3/; s/grpc.v1.cri/cri.v1.runtime/' "$NODE/etc/containerd/config.toml"
    etc_census >"$WORK/before"
    node install
    SEEN=$(as_json <"$NODE/etc/containerd/config.toml")
    see '.plugins | keys' '["io.containerd.cri.v1.runtime"]'
    see '.plugins[].containerd.runtimes | keys' '["runc","thwart"]'
    node uninstall
    etc_census | diff "$WORK/before" -
}

@test "node: CRI-O gets a drop-in of its own" {
    a_node
    mkdir -p "$NODE/etc/crio/crio.conf.d"
    echo '[crio]' >"$NODE/etc/crio/crio.conf.d/10-crio.conf"
    etc_census >"$WORK/before"
    node install
    SEEN=$(as_json <"$NODE/etc/crio/crio.conf.d/50-thwart.conf")
    see .crio.runtime.runtimes '{"thwart":{"runtime_path":"/opt/thwart/bin/thwart","runtime_root":"/run/thwart-crio","runtime_type":"oci"}}'
    grep -qx 'restart crio.service' "$WORK/asked"
    node install
    [ "$(restarts)" = 1 ]
    mkdir -p "$NODE/run/thwart-crio/0123456789abcdef" "$NODE/run/thwart-crio/@seccomp"
    refused 'containers of thwart' node uninstall
    rmdir "$NODE/run/thwart-crio/0123456789abcdef"
    node uninstall
    etc_census | diff "$WORK/before" -
}

@test "node: an upgrade while a container runs: new files by rename, the container goes on and is reached by the new program" {
    local before
    containerd_node
    node install
    background "$NODE/opt/thwart/bin/thwart" plan --bundle /proc/self/fd/0 # a program that is executed cannot be written to
    program /bin/probe sleep
    "$NODE/opt/thwart/bin/thwart" --root "$WORK/state" create --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/out" 2>&1
    before=$(stat -c %i "$NODE/opt/thwart/bin/thwart")
    exec 5<"$NODE/opt/thwart/bin/thwart"
    printf x >>"$SOURCE/bin/thwart" # another version: bytes after the program do it no harm
    rm "$SOURCE/libexec/thwart/thwart-systemd"
    echo new >"$SOURCE/libexec/thwart/thwart-new"
    node install
    [ "$(stat -c %i "$NODE/opt/thwart/bin/thwart")" != "$before" ]
    cmp "$SOURCE/bin/thwart" "$NODE/opt/thwart/bin/thwart"
    # Who had the old one open still has all of it.
    cmp <(head -c -1 "$SOURCE/bin/thwart") /dev/fd/5
    exec 5<&-
    [ "$(ls "$NODE/opt/thwart/libexec/thwart")" = thwart-new ]
    [ "$(restarts)" = 1 ]
    "$NODE/opt/thwart/bin/thwart" --root "$WORK/state" start "$ID"
    [ "$("$NODE/opt/thwart/bin/thwart" --root "$WORK/state" state "$ID" | jq -r .status)" = running ]
    "$NODE/opt/thwart/bin/thwart" --root "$WORK/state" delete --force "$ID"
}

@test "node: uninstall is refused while containers are there" {
    containerd_node
    node install
    mkdir -p "$NODE/run/containerd/thwart/k8s.io/0123456789abcdef" "$NODE/run/containerd/thwart/k8s.io/@seccomp"
    etc_census >"$WORK/installed"
    refused 'containers of thwart' node uninstall
    etc_census | diff "$WORK/installed" -
    [ -x "$NODE/opt/thwart/bin/thwart" ]
    rmdir "$NODE/run/containerd/thwart/k8s.io/0123456789abcdef"
    node uninstall
}

@test "node: an engine that does not come back gets its old configuration; a later install tries again" {
    containerd_node
    etc_census >"$WORK/before"
    touch "$WORK/broken"
    refused 'does not come back with thwart' node install
    etc_census | diff "$WORK/before" -
    [ "$(restarts)" = 2 ]
    rm "$WORK/broken"
    # Nor is one that runs and has no CRI.
    echo 12 >"$WORK/grpc-status"
    refused 'neither' node install
    etc_census | diff "$WORK/before" -
    rm "$WORK/grpc-status"
    node install
    runtimes
    see_that 'has("thwart")'
    [ "$(restarts)" = 5 ]
}

@test "node: an end between the file and the restart is made up for" {
    containerd_node
    node install
    touch "$NODE/opt/thwart/.restart-due"
    node install
    [ "$(restarts)" = 2 ]
    [ ! -e "$NODE/opt/thwart/.restart-due" ]
}

@test "node: what it will not touch: a foreign runtime thwart, version 1, links, two engines, overriding imports, half a part" {
    local case
    refuses() {
        etc_census >"$WORK/before"
        refused "$1" node install
        etc_census | diff "$WORK/before" -
        [ ! -e "$NODE/opt/thwart" ]
        [ ! -s "$WORK/asked" ]
    }
    fresh() {
        rm -rf "$WORK/node" "$WORK/source"
        NODE_ENVIRONMENT=()
        containerd_node
    }
    fresh
    printf '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes."thwart"]\n' >>"$NODE/etc/containerd/config.toml"
    refuses 'not ours'
    fresh
    sed -i '/^version/d' "$NODE/etc/containerd/config.toml"
    refuses 'version'
    fresh
    mv "$NODE/etc/containerd/config.toml" "$NODE/etc/elsewhere"
    ln -s ../elsewhere "$NODE/etc/containerd/config.toml"
    refuses 'symbolic link'
    fresh
    mkdir "$NODE/etc/crio"
    echo '[crio]' >"$NODE/etc/crio/crio.conf"
    refuses 'containerd and of CRI-O'
    NODE_ENVIRONMENT=(ENGINE=podman)
    refuses 'ENGINE'
    fresh
    rm "$NODE/etc/containerd/config.toml"
    refuses 'neither'
    fresh
    sed -i '1a imports = [\n  "/etc/containerd/conf.d/*.toml",\n]' "$NODE/etc/containerd/config.toml"
    mkdir "$NODE/etc/containerd/conf.d"
    printf '[plugins."io.containerd.grpc.v1.cri".registry]\n' >"$NODE/etc/containerd/conf.d/registry.toml"
    refuses 'registry.toml'
    fresh
    echo '# >>> thwart-node.sh: this part is written and removed by it' >>"$NODE/etc/containerd/config.toml"
    refuses 'mend it by hand'
}

# --- the node's label ---

# an_api HANDLERS: a server that knows one node; what is asked of it is in $WORK/requests.
an_api() {
    cat >"$WORK/api.py" <<'END'
import http.server, json, sys
class Node(http.server.BaseHTTPRequestHandler):
    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        with open(sys.argv[1] + "/requests", "a") as log:
            print(self.command, self.path, self.headers["Authorization"], self.headers.get("Content-Type"), self.rfile.read(length).decode(), file=log)
        body = json.dumps({"status": {"runtimeHandlers": json.loads(sys.argv[2])}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    do_GET = do_PATCH = answer
    def log_message(self, *arguments):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Node)
with open(sys.argv[1] + "/port.new", "w") as port:
    port.write(str(server.server_port))
import os
os.rename(sys.argv[1] + "/port.new", sys.argv[1] + "/port")
server.serve_forever()
END
    rm -f "$WORK/port" "$WORK/requests"
    background python3 "$WORK/api.py" "$WORK" "$1"
    eventually test -e "$WORK/port"
    echo secret-token >"$WORK/token"
    NODE_ENVIRONMENT=(NODE_NAME=node-1 API_SERVER="http://127.0.0.1:$(cat "$WORK/port")" TOKEN_FILE="$WORK/token")
}

@test "node: the label comes when the kubelet knows the handler, and goes first of all" {
    needs curl
    containerd_node
    an_api '[{"name": "runc"}]'
    refused 'no label' node install
    run ! grep PATCH "$WORK/requests"
    stop_background
    an_api '[{"name": "runc"}, {"name": "thwart"}]'
    node install
    [ "$(sed -n 1p "$WORK/requests")" = 'GET /api/v1/nodes/node-1 Bearer secret-token None ' ]
    [ "$(sed -n 2p "$WORK/requests")" = 'PATCH /api/v1/nodes/node-1 Bearer secret-token application/strategic-merge-patch+json {"metadata":{"labels":{"node-restriction.kubernetes.io/thwart":"ready"}}}' ]
    mkdir -p "$NODE/run/containerd/thwart/k8s.io/0123456789abcdef"
    refused 'containers of thwart' node uninstall
    [ "$(tail -n 1 "$WORK/requests" | cut -d' ' -f6)" = '{"metadata":{"labels":{"node-restriction.kubernetes.io/thwart":null}}}' ]
    stop_background
    # A kubelet of before 1.30 tells no handlers.
    rm -r "$NODE/run"
    an_api null
    node install
    grep -q 'not checked' "$WORK/node.out"
    grep -q '"ready"' "$WORK/requests"
    # Without the API server nothing is taken away that pods may still be sent to.
    stop_background
    refused 'label' node uninstall
    runtimes
    see_that 'has("thwart")'
}

# --- thwart itself --------------------------------------------------------------------------------------------------------

@test "thwart.json is read as it lies there, and with every line that is commented out" {
    local whole=$WORK/thwart.json
    rt --configuration "$CONTRIB/thwart/thwart.json" policy list >"$WORK/list"
    grep -Eq '^baseline +default ' "$WORK/list"
    sed -E 's,^( *)// ("(policies|waivers)"|\, "delegate"),\1\2,; s,^( *)// "sink",\1\, "kept",; s,"sink": "none"$,"sink": "file"\, "file": "/var/log/decisions.json"\, "format": "ecs",
        /"kept"/d' "$CONTRIB/thwart/thwart.json" >"$whole"
    grep -q '^ *"policies"' "$whole" && grep -q '^ *"waivers"' "$whole" && grep -q '^ *, "delegate"' "$whole"
    mkdir -p /etc/thwart/policies /etc/thwart/waivers
    rt --configuration "$whole" policy list >"$WORK/list"
    grep -Eq '^baseline +default ' "$WORK/list"
}
