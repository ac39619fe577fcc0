# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Images made of the one image (run.sh), in a world.

# shellcheck disable=SC2034 # for the engines' cases
USER_IMAGE=localhost/user:1 # that image, to be run as user 1000

# derive_image FILE NAME FILTER: the image again, its configuration changed by the jq filter. Like the first one's, the archive
# is docker's and OCI's.
derive_image() {
    local stage=$WORLD/derived config manifest
    mkdir "$stage" && tar -C "$stage" -xf "$IMAGE_ARCHIVE" || return
    config=$(jq -r '.[0].Config' "$stage/manifest.json")
    manifest=$(jq -r '.manifests[0].digest' "$stage/index.json")
    jq -c "$3" "$stage/$config" >"$stage/config" || return
    config=$(sha256sum <"$stage/config" | cut -d' ' -f1)
    jq -c --arg digest "sha256:$config" --argjson size "$(stat -c %s "$stage/config")" \
        '.config.digest = $digest | .config.size = $size' "$stage/blobs/sha256/${manifest#sha256:}" >"$stage/manifest"
    mv "$stage/config" "$stage/blobs/sha256/$config"
    manifest=$(sha256sum <"$stage/manifest" | cut -d' ' -f1)
    jq -c --arg digest "sha256:$manifest" --argjson size "$(stat -c %s "$stage/manifest")" --arg name "$2" '
        .manifests[0] |= (.digest = $digest | .size = $size | .annotations[] = $name)' "$stage/index.json" >"$stage/index"
    jq -c --arg config "blobs/sha256/$config" --arg name "$2" \
        '.[0] |= (.Config = $config | .RepoTags = [$name])' "$stage/manifest.json" >"$stage/manifest.new"
    mv "$stage/manifest" "$stage/blobs/sha256/$manifest"
    mv "$stage/index" "$stage/index.json"
    mv "$stage/manifest.new" "$stage/manifest.json"
    tar -C "$stage" -cf "$1" oci-layout index.json manifest.json blobs
    rm -rf "$stage"
}

# make_user_image: its archive is user.tar of the world.
make_user_image() {
    derive_image "$WORLD/user.tar" "$USER_IMAGE" '.config.User = "1000:1000"'
}
