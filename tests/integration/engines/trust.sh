# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Signed images, end to end: a registry on loopback, images that are built, signed, pushed and pulled by the engines'
# own means, and a policy that wants the signature and the layers' bytes. One registry and one set of images serve podman
# (as root and as a user), buildah, containerd and docker. Peers know nothing of signatures: there are none.
# shellcheck disable=SC2034 # read by run.sh and case.sh
PACKAGES=(docker-registry podman conmon buildah containerd docker.io catatonit uidmap fuse-overlayfs slirp4netns gnupg gpgv
    busybox-static util-linux curl jq python3)
# shellcheck disable=SC2034
COMMANDS=(docker-registry podman conmon buildah containerd ctr docker dockerd gpg gpgv newuidmap busybox curl jq python3)
# shellcheck disable=SC2034
PEERS=()
# The storage's own mounts, parents of groups, the locks of podman, the daemon's network namespaces.
# shellcheck disable=SC2034
LEFT_ALLOWED='^mount [^ ]* on /(var/lib|run)/containers/|^cgroup (libpod_parent|default|docker)(/conmon)?$|^cgroup init/runtime$|^cgroup users|^shared /dev/shm/libpod|^mount nsfs on /run/(netns|docker)'

REGISTRY=127.0.0.1:5000
APP=$REGISTRY/demo/app
LOOKASIDE=/var/lib/containers/sigstore
export CONTAINERD_ADDRESS=/run/containerd-test/socket DOCKER_CONFIG=$WORLD/client DOCKER_BUILDKIT=0 GNUPGHOME=$WORLD/gnupg
export BUILDAH_RUNTIME=$RUNTIME_PATH BUILDAH_ISOLATION=oci
USER_HOME=$WORLD/home

# --- the registry, the keys, the images --------------------------------------------------------------------------------------

# The agents of both homes are started by who signs; they go with engine_teardown.
make_keys() {
    local name
    mkdir -m 0700 "$GNUPGHOME"
    mkdir -m 0755 /etc/thwart/keys
    for name in release stranger; do
        gpg --quiet --batch --passphrase '' --quick-generate-key "$name@example.test" ed25519 sign 0 || return
        gpg --quiet --export "$name@example.test" >"/etc/thwart/keys/$name.gpg" || return
    done
}

start_registry() {
    cat >"$WORLD/registry.yml" <<CONF
version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $WORLD/registry}}
http: {addr: $REGISTRY}
CONF
    docker-registry serve "$WORLD/registry.yml" >"$WORLD/logs/registry" 2>&1 &
    registry=$!
    await 10 curl -sf "http://$REGISTRY/v2/"
}

# image NAME WORDS: an image of three layers with what trees have, told apart by its label.
image() {
    cat >"$WORLD/context/Containerfile" <<CONF
FROM $IMAGE
COPY greeting /etc/greeting
RUN ln /etc/greeting /etc/greeting.same && ln -s greeting /etc/greeting.link && chown 1000:1000 /home && \
    chmod 4755 /bin/probe && rm -r /data && mkfifo /etc/fifo && mkdir /etc/deep && echo deep >/etc/deep/file
LABEL words="$2"
CONF
    podman build -q --pull-never --network none --layers -t "$1" "$WORLD/context"
}

# push NAME SIGNER: to the registry; the signature goes to the lookaside.
push() {
    podman push -q --tls-verify=false ${2:+--sign-by "$2@example.test"} "$1"
}

# digest_of NAME: of its manifest in the registry, in hex.
digest_of() {
    local name=${1#"$REGISTRY/"}
    curl -sf -H 'Accept: application/vnd.oci.image.manifest.v1+json' "http://$REGISTRY/v2/${name%:*}/manifests/${name##*:}" | sha256sum | cut -d' ' -f1
}

# keep_manifest NAME: docker keeps none, so that it lies beside the signatures.
keep_manifest() {
    local name=${1#"$REGISTRY/"} folder
    folder=$LOOKASIDE/${name%:*}@sha256=$(digest_of "$1")
    mkdir -p "$folder" && curl -sf -H 'Accept: application/vnd.oci.image.manifest.v1+json' \
        "http://$REGISTRY/v2/${name%:*}/manifests/${name##*:}" >"$folder/manifest.json"
}

make_images() {
    local tag
    mkdir -p "$WORLD/context"
    echo "hello from the registry" >"$WORLD/context/greeting"
    podman load -q -i "$IMAGE_ARCHIVE" || return
    image "$APP:1" signed && push "$APP:1" release || return
    image "$APP:unsigned" nobody && push "$APP:unsigned" '' || return
    image "$APP:stranger" stranger && push "$APP:stranger" stranger || return
    # The same manifest under two names, signed under the other one only: the signature is carried over by hand.
    image "$REGISTRY/demo/other:1" other && push "$REGISTRY/demo/other:1" release || return
    podman tag "$REGISTRY/demo/other:1" "$APP:borrowed" && push "$APP:borrowed" '' || return
    cp -r "$LOOKASIDE/demo/other@sha256=$(digest_of "$REGISTRY/demo/other:1")" "$LOOKASIDE/demo/app@sha256=$(digest_of "$APP:borrowed")" || return
    for tag in 1 unsigned borrowed; do keep_manifest "$APP:$tag" || return; done
    chmod -R a+rX "$LOOKASIDE"
    podman rmi -af >/dev/null
}

engine_setup() {
    mkdir -p "$WORLD"/{logs,client} /etc/containers/registries.d
    chmod 0755 /var/lib/containers
    echo "{}" >"$WORLD/client/config.json"
    printf 'default-docker: {lookaside: "file://%s", lookaside-staging: "file://%s"}\n' "$LOOKASIDE" "$LOOKASIDE" >/etc/containers/registries.d/default.yaml
    printf '[[registry]]\nlocation="%s"\ninsecure=true\n' "$REGISTRY" >/etc/containers/registries.conf.d/loopback.conf
    start_registry && make_keys && make_images && start_containerd && start_docker && make_user
}

engine_teardown() {
    local daemon
    "${PODMAN[@]}" system migrate
    gpgconf --kill all
    for daemon in "$docker" "$containerd" "$registry"; do
        kill "$daemon"
        wait "$daemon"
    done
    grep -E 'level=(error|fatal)' "$WORLD/logs/containerd" "$WORLD/logs/docker" | tail -20
}

# --- what is asked --------------------------------------------------------------------------------------------------------

# want LEVEL: from here on every image must be signed by the release key as one of demo/app, and its files be tied to that.
want() {
    use_policy_with unrestricted <<POLICY
{"thwart": 1, "name": "signed", "image": {"signature": {"require": 1, "keys": ["/etc/thwart/keys/release.gpg"], "identity": {"type": "exactRepository", "dockerRepository": "$APP"}},
    "integrity": "$1"}}
POLICY
}

want_nothing() { use_policy unrestricted; }

# not_trusted NAME WORDS -- COMMAND...: it is refused, and the engine's words match each of the expressions.
not_trusted() {
    local name=$1 words=$2 each expected=()
    shift 3
    for each in $words; do expected+=(-e "$each"); done
    check "$name" -s failure -e 'policy denied' "${expected[@]}" -- "$@"
}

# change FILE: its first byte, at the same size and with the times that it had.
change() {
    cp -a "$1" "$WORLD/kept" && printf X | dd of="$1" conv=notrunc status=none && touch -r "$WORLD/kept" "$1"
}

change_back() { dd if="$WORLD/kept" of="$1" conv=notrunc status=none && touch -r "$WORLD/kept" "$1"; }

# --- podman and buildah ---------------------------------------------------------------------------------------------------

pull() { podman pull -q --tls-verify=false "$1"; }

# layer_of NAME N: the directory of the N-th layer from the top, of podman's image.
layer_of() {
    podman image inspect --format '{{.GraphDriver.Data.UpperDir}}:{{.GraphDriver.Data.LowerDir}}' "$1" | cut -d: -f"$2"
}

# start_again SHELL-TEXT: a container whose program has ended, and that is started once more.
start_again() {
    podman rm -f -t 0 again >/dev/null
    podman run --name again --network none "$APP:1" sh -c "$1" && podman start -a again
}

podman_cases() {
    local run=(podman run --rm --network none) layer
    want bound-layers
    check "podman: pull" -t 60 -- pull "$APP:1"
    check "podman: a signed image runs" -o '^hello from the registry$' -- "${run[@]}" "$APP:1" cat /etc/greeting
    check "podman: again, read only and as a user" -o '^1000$' -- "${run[@]}" --read-only --user 1000 "$APP:1" id -u
    check "podman: detached" -- podman run -d --name app --network none "$APP:1" sleep 1000
    check "podman: exec" -o '^deep$' -- podman exec app cat /etc/deep/file
    check "podman: state tells what is proven" -o '"io.thwart.trust": "bound-layers"' -o "\"io.thwart.image.names\": \"$APP:1\"" -- "$RUNTIME_PATH" state "$(podman inspect --format '{{.Id}}' app)"
    podman rm -f -t 0 app >/dev/null
    check "podman: a user namespace" -o '^deep$' -- "${run[@]}" --uidmap 0:600000:5000 --gidmap 0:600000:5000 "$APP:1" cat /etc/deep/file
    check "podman: volumes, tmpfs, init" -o '^deep$' -- "${run[@]}" -v trust:/nowhere/data --tmpfs /t --init "$APP:1" cat /etc/deep/file
    check "podman: one that starts again" -o $'^deep\ndeep$' -- start_again 'cat /etc/deep/file'
    not_trusted "podman: one that starts again, with what it wrote" 'TW0103 upper.directory.is.not.empty.*etc/new' -- start_again 'echo evil >/etc/new'
    podman rm -f -t 0 again >/dev/null
    podman volume rm -f trust >/dev/null
    layer=$(layer_of "$APP:1" 1)
    change "$layer/etc/deep/file"
    not_trusted "podman: one byte of a layer's file" 'TW0103 /etc/deep/file' -- "${run[@]}" "$APP:1" true
    change_back "$layer/etc/deep/file"
    check "podman: the byte as it was" -- "${run[@]}" "$APP:1" true
    pull "$APP:unsigned" && pull "$APP:stranger" && pull "$APP:borrowed"
    not_trusted "podman: nobody signed it" 'TW0101 no.signature' -- "${run[@]}" "$APP:unsigned" true
    not_trusted "podman: a key that is not in the ring" 'TW0101 not.in.the.keyrings' -- "${run[@]}" "$APP:stranger" true
    not_trusted "podman: a signature of another name" 'TW0101 demo/other:1' -- "${run[@]}" "$APP:borrowed" true
    want_nothing
    check "podman: where nothing is wanted, everything runs" -- "${run[@]}" "$APP:unsigned" true
}

buildah_cases() {
    local container
    want bound-layers
    container=$(buildah from -q --pull-never "$APP:1")
    check "buildah: run in a signed image" -o '^hello from the registry$' -- buildah run --network none "$container" -- cat /etc/greeting
    check "buildah: again, what writes" -- buildah run --network none "$container" -- sh -c 'echo new >/etc/new'
    not_trusted "buildah: what was written to is no image any more" 'TW0103 upper.directory.is.not.empty' -- buildah run --network none "$container" -- true
    check "buildah: pushed and signed" -t 60 -- buildah_push
    buildah rm "$container" >/dev/null
    container=$(buildah from -q --pull-never "$APP:unsigned")
    not_trusted "buildah: nobody signed it" 'TW0101 no.signature' -- buildah run --network none "$container" -- true
    buildah rm "$container" >/dev/null
}

buildah_push() {
    local container
    want_nothing
    container=$(buildah from -q --pull-never "$APP:1") && buildah run --network none "$container" -- sh -c 'echo second >/etc/second' &&
        buildah commit -q "$container" "$APP:2" && buildah push -q --tls-verify=false --sign-by release@example.test "$APP:2" && buildah rm "$container"
    buildah rmi "$APP:2"
    want bound-layers
    buildah pull -q --tls-verify=false "$APP:2" && container=$(buildah from -q --pull-never "$APP:2") &&
        [ "$(buildah run --network none "$container" -- cat /etc/second)" = second ] && buildah rm "$container"
}

make_user() {
    cat >"$WORLD/bin/as-user" <<END
#!/bin/sh
cd $USER_HOME && exec setpriv --reuid $TEST_UID --regid $TEST_UID --init-groups env -i HOME=$USER_HOME USER=$TEST_USER \
    XDG_RUNTIME_DIR=/run/user/$TEST_UID PATH=$PATH TMPDIR=$WORLD/tmp "\$@"
END
    chmod 755 "$WORLD/bin/as-user"
    PODMAN=("$WORLD/bin/as-user" podman --log-level=error)
    mkdir /sys/fs/cgroup/users && chown "$TEST_UID:$TEST_UID" /sys/fs/cgroup/users
}

rootless_cases() {
    local run=("${PODMAN[@]}" run --rm --network none) layer
    want bound-layers
    check "rootless podman: pull" -t 60 -- "${PODMAN[@]}" pull -q --tls-verify=false "$APP:1"
    check "rootless podman: a signed image runs" -o '^hello from the registry$' -- "${run[@]}" "$APP:1" cat /etc/greeting
    layer=$("${PODMAN[@]}" image inspect --format '{{.GraphDriver.Data.UpperDir}}' "$APP:1")
    change "$layer/etc/deep/file"
    not_trusted "rootless podman: one byte of a layer's file" 'TW0103 /etc/deep/file' -- "${run[@]}" "$APP:1" true
    change_back "$layer/etc/deep/file"
    "${PODMAN[@]}" pull -q --tls-verify=false "$APP:unsigned" >/dev/null
    not_trusted "rootless podman: nobody signed it" 'TW0101 no.signature' -- "${run[@]}" "$APP:unsigned" true
}

# --- containerd -------------------------------------------------------------------------------------------------------------

start_containerd() {
    mkdir -p "${CONTAINERD_ADDRESS%/*}"
    cat >"$WORLD/containerd.toml" <<CONF
version = 2
root = "/var/lib/containerd"
state = "/run/containerd-test/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "$CONTAINERD_ADDRESS"
CONF
    containerd --config "$WORLD/containerd.toml" >"$WORLD/logs/containerd" 2>&1 &
    containerd=$!
    await 20 ctr version
}

# in_ctr ID IMAGE COMMAND...
in_ctr() {
    local shares=() id=$1 image=$2
    shift 2
    [[ $CONTROLLERS == *" cpu "* ]] || shares=(--cpu-shares 0)
    ctr run --rm --runc-binary "$RUNTIME_PATH" "${shares[@]}" "$image" "$id" "$@"
}

containerd_cases() {
    local layer
    want bound-layers
    check "containerd: pull" -t 60 -- ctr image pull --plain-http "$APP:1"
    check "containerd: a signed image runs" -o '^hello from the registry$' -- in_ctr c1 "$APP:1" cat /etc/greeting
    layer=$(find /var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots -path '*/fs/etc/deep/file')
    change "$layer"
    not_trusted "containerd: one byte of a layer's file" 'TW0103 /etc/deep/file' -- in_ctr c2 "$APP:1" true
    change_back "$layer"
    ctr image pull --plain-http "$APP:unsigned" >/dev/null && ctr image pull --plain-http "$APP:borrowed" >/dev/null
    not_trusted "containerd: nobody signed it" 'TW0101 no.signature' -- in_ctr c3 "$APP:unsigned" true
    not_trusted "containerd: a signature of another name" 'TW0101 demo/other:1' -- in_ctr c4 "$APP:borrowed" true
}

# --- docker -----------------------------------------------------------------------------------------------------------------

start_docker() {
    export DOCKER_HOST=unix:///run/docker.socket
    dockerd --data-root /var/lib/docker/data --exec-root /run/docker --pidfile /run/docker.pid --host "$DOCKER_HOST" \
        --bridge none --iptables=false --ip6tables=false --oom-score-adjust 0 \
        --add-runtime "tested=$RUNTIME_PATH" --default-runtime tested >"$WORLD/logs/docker" 2>&1 &
    docker=$!
    await 30 docker version
}

docker_cases() {
    local run=(docker run --rm --network none) layer
    want bound-layers
    check "docker: pull" -t 60 -- docker pull -q "$APP:1"
    check "docker: a signed image runs" -o '^hello from the registry$' -- "${run[@]}" "$APP:1" cat /etc/greeting
    layer=$(find /var/lib/docker/data/overlay2 -path '*/diff/etc/deep/file')
    change "$layer"
    not_trusted "docker: one byte of a layer's file" 'TW0103 /etc/deep/file' -- "${run[@]}" "$APP:1" true
    change_back "$layer"
    docker pull -q "$APP:unsigned" >/dev/null && docker pull -q "$APP:borrowed" >/dev/null && docker pull -q "$APP:stranger" >/dev/null
    not_trusted "docker: nobody signed it" 'TW0101 no.signature' -- "${run[@]}" "$APP:unsigned" true
    not_trusted "docker: a signature of another name" 'TW0101 demo/other:1' -- "${run[@]}" "$APP:borrowed" true
    not_trusted "docker: no manifest beside the signature" 'TW0101 keeps.no.manifest' -- "${run[@]}" "$APP:stranger" true
}

# --- the tutorial -----------------------------------------------------------------------------------------------------------

# The page as it is typed on a machine on which nothing was set up, but for the registry and where podman finds the runtime.
# With THWART_UPDATE_GOLDEN=1 the results have the page with what is printed.
tutorial() {
    local page=$WORLD/scripts/tutorial-signed-images.md
    unset GNUPGHOME
    export PATH=$WORLD/bin:$PATH
    rm -rf /etc/thwart /etc/containers/registries.d "$LOOKASIDE"
    mkdir "$WORLD/tutorial" && cd "$WORLD/tutorial" || return
    if [ -n "${THWART_UPDATE_GOLDEN:-}" ]; then
        python3 "$WORLD/scripts/console_page.py" --update "$page" && cp "$page" "$WORLD/results/"
    else
        python3 "$WORLD/scripts/console_page.py" "$page"
    fi
    gpgconf --kill all
}

tutorial_cases() {
    check "tutorial: only our signed images run here" -t 60 -o ' 0 print something else$' -- tutorial
    mkdir -p /etc/thwart
}

engine_cases() {
    group podman_cases
    group buildah_cases
    group rootless_cases
    group containerd_cases
    group docker_cases
    group tutorial_cases
    want_nothing
}
