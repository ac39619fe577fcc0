#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Layers on disk that are not what was signed, or not what is mounted; and stores that lie about it. The image is signed by
# an accepted key for its name throughout: only its files are attacked, as whoever can write to the store would. Each is
# refused with the name of what is otherwise, beside the image as it was.
load ../suite
load ../trust

setup_file() { trust_setup_file; }
teardown_file() { trust_teardown_file; }
teardown() { trust_teardown; }

setup() {
    trust_setup
    stacked
    demand_release bound-layers
}

# found PATTERN: with what was done to the layers, the image is refused with such words.
found() {
    mounted
    untrusted "TW0103.*$1"
}

# kept_time FILE COMMAND...: the command changes the file, whose times stay as they are.
kept_time() {
    local file=$1
    shift
    : >"$WORK/times"
    touch -r "$file" "$WORK/times"
    "$@"
    touch -h -r "$WORK/times" "$file"
}

first_byte() { printf X | dd of="$1" conv=notrunc status=none; }

@test "control: the image as it was signed runs, twice, and so does one that was mounted read-only" {
    mounted
    runs
    runs
    umount "$MERGED"
    mount -t overlay overlay -o "lowerdir=${LAYER[2]}:${LAYER[1]}:${LAYER[0]}" "$MERGED"
    config '.root.readonly = true'
    runs
}

@test "control: without a demand for its files a changed one runs; the level is told" {
    first_byte "${LAYER[0]}/usr/lib/data"
    mounted
    demand_release manifest-only
    runs
}

@test "contents: one byte, same size, same times" {
    kept_time "${LAYER[0]}/usr/lib/data" first_byte "${LAYER[0]}/usr/lib/data"
    found 'usr/lib/data'
}

@test "contents: the last byte of the last file, more of it, less of it" {
    kept_time "${LAYER[2]}/srv/owned" dd if=/dev/zero of="${LAYER[2]}/srv/owned" bs=1 seek=4 count=1 conv=notrunc status=none
    found 'srv/owned'
    echo mine >"${LAYER[2]}/srv/owned"
    umount "$MERGED"
    echo more >>"${LAYER[0]}/etc/group"
    found 'etc/group'
    umount "$MERGED"
    : >"${LAYER[0]}/etc/group"
    found 'etc/group'
}

@test "contents: what a layer above hides is the layer's all the same" {
    first_byte "${LAYER[0]}/etc/config"
    found 'etc/config'
}

@test "mode: set-user-id added, a bit taken, everybody may write" {
    chmod u+s "${LAYER[0]}/bin/probe"
    found 'bin/probe'
    umount "$MERGED"
    chmod 0755 "${LAYER[0]}/bin/probe"
    chmod 0666 "${LAYER[0]}/etc/passwd"
    found 'etc/(passwd|same)'
    umount "$MERGED"
    chmod 0644 "${LAYER[0]}/etc/passwd"
    chmod 0777 "${LAYER[0]}/etc"
    found 'etc'
}

@test "owner: a file and a folder handed to another" {
    chown 1000 "${LAYER[0]}/etc/passwd"
    found 'etc/(passwd|same)'
    umount "$MERGED"
    chown 0 "${LAYER[0]}/etc/passwd"
    chgrp 1000 "${LAYER[0]}/usr/lib"
    found 'usr/lib'
}

@test "attributes: a capability added, one taken, one changed" {
    python3 -c 'import os, struct, sys; os.setxattr(sys.argv[1], "security.capability", struct.pack("<5I", 0x02000001, 1 << 21, 0, 0, 0))' "${LAYER[0]}/bin/probe"
    found 'bin/probe'
    umount "$MERGED"
    python3 -c 'import os, sys; os.removexattr(sys.argv[1], "security.capability")' "${LAYER[0]}/bin/probe"
    python3 -c 'import os, struct, sys; os.setxattr(sys.argv[1], "security.capability", struct.pack("<5I", 0x02000001, 1 << 21, 0, 0, 0))' "${LAYER[0]}/bin/ping"
    found 'bin/ping'
    umount "$MERGED"
    python3 -c 'import os, sys; os.removexattr(sys.argv[1], "security.capability")' "${LAYER[0]}/bin/ping"
    found 'bin/ping'
}

@test "a file added, also one that is empty, hidden or in the lowest layer" {
    echo evil >"${LAYER[2]}/srv/evil"
    found 'srv/evil'
    umount "$MERGED"
    rm "${LAYER[2]}/srv/evil"
    : >"${LAYER[0]}/etc/.hidden"
    found 'etc/.hidden'
    umount "$MERGED"
    rm "${LAYER[0]}/etc/.hidden"
    mkdir "${LAYER[1]}/new"
    found 'new'
}

@test "a file removed, a folder removed" {
    rm "${LAYER[0]}/etc/group"
    found 'etc/group'
    umount "$MERGED"
    echo root:x:0: >"${LAYER[0]}/etc/group"
    rm -r "${LAYER[0]}/srv"
    found 'srv'
}

@test "symbolic links: another target, a link in the place of a file, of a folder" {
    ln -sfn /tmp "${LAYER[0]}/lib"
    found 'lib'
    umount "$MERGED"
    ln -sfn usr/lib "${LAYER[0]}/lib"
    cp -a "${LAYER[0]}/etc/config" "$WORK/config"
    ln -sfn "$WORK/config" "${LAYER[0]}/etc/config"
    found 'etc/config'
    umount "$MERGED"
    rm "${LAYER[0]}/etc/config"
    cp -a "$WORK/config" "${LAYER[0]}/etc/config"
    mv "${LAYER[0]}/usr" "$WORK/usr"
    ln -s "$WORK/usr" "${LAYER[0]}/usr"
    found 'usr'
}

@test "hard links: to another file, to one outside of the layer, a further name" {
    ln -f "${LAYER[0]}/etc/passwd" "${LAYER[0]}/etc/group"
    found 'etc/group'
    umount "$MERGED"
    rm "${LAYER[0]}/etc/group"
    printf 'root:x:0:\n' >"$WORK/outside"
    ln "$WORK/outside" "${LAYER[0]}/etc/group"
    mounted
    runs # the same bytes: what they are counts
    umount "$MERGED"
    echo 'evil:x:0:' >"$WORK/outside"
    found 'etc/group'
    umount "$MERGED"
    printf 'root:x:0:\n' >"$WORK/outside"
    ln "${LAYER[0]}/bin/su" "${LAYER[0]}/bin/other"
    found 'bin/other'
}

@test "device nodes: other numbers, one in the place of a file, one added" {
    rm "${LAYER[0]}/srv/null"
    mknod -m 0666 "${LAYER[0]}/srv/null" c 1 5
    found 'srv/null'
    umount "$MERGED"
    rm "${LAYER[0]}/srv/null"
    mknod -m 0666 "${LAYER[0]}/srv/null" b 1 3
    found 'srv/null'
    umount "$MERGED"
    rm "${LAYER[0]}/srv/null"
    mknod -m 0666 "${LAYER[0]}/srv/null" c 1 3
    mounted
    runs
    umount "$MERGED"
    rm "${LAYER[0]}/etc/group"
    mkfifo "${LAYER[0]}/etc/group"
    found 'etc/group'
}

@test "whiteouts: one taken away, one added, one that is a file" {
    rm "${LAYER[1]}/etc/secret"
    found 'etc/(.wh.)?secret'
    umount "$MERGED"
    mknod "${LAYER[1]}/etc/secret" c 0 0
    chmod 0600 "${LAYER[1]}/etc/secret"
    mknod "${LAYER[2]}/srv/null" c 0 0
    found 'srv/(.wh.)?null'
    umount "$MERGED"
    rm "${LAYER[2]}/srv/null"
    : >"${LAYER[2]}/srv/.wh.null"
    found 'srv/.wh.null'
    umount "$MERGED"
    rm "${LAYER[2]}/srv/.wh.null"
    rm "${LAYER[1]}/etc/secret"
    : >"${LAYER[1]}/etc/.wh.secret"
    found 'etc/(.wh.)?secret'
}

# mark FILE NAME VALUE
mark() { python3 -c 'import os, sys; os.setxattr(sys.argv[1], sys.argv[2], sys.argv[3].encode())' "$@"; }

@test "opaque folders: the mark taken, one added; the marks of redirected, metacopied and hidden files" {
    python3 -c 'import os, sys; os.removexattr(sys.argv[1], "trusted.overlay.opaque")' "${LAYER[1]}/var/hidden"
    found 'var/hidden'
    umount "$MERGED"
    mark "${LAYER[1]}/var/hidden" trusted.overlay.opaque y
    mark "${LAYER[2]}/srv" trusted.overlay.opaque y
    found 'srv'
    umount "$MERGED"
    python3 -c 'import os, sys; os.removexattr(sys.argv[1], "trusted.overlay.opaque")' "${LAYER[2]}/srv"
    mark "${LAYER[2]}/srv" trusted.overlay.redirect /etc
    found 'srv'
    umount "$MERGED"
    python3 -c 'import os, sys; os.removexattr(sys.argv[1], "trusted.overlay.redirect")' "${LAYER[2]}/srv"
    mark "${LAYER[2]}/srv/app" trusted.overlay.metacopy ''
    found 'srv/app'
    umount "$MERGED"
    python3 -c 'import os, sys; os.removexattr(sys.argv[1], "trusted.overlay.metacopy")' "${LAYER[2]}/srv/app"
    mark "${LAYER[2]}/srv" trusted.overlay.opaque x
    mark "${LAYER[2]}/srv/owned" trusted.overlay.whiteout ''
    found 'srv'
}

@test "the upper directory: a file, a whiteout, an opaque folder, other owners and modes, an attribute" {
    mkdir "$UPPER/etc"
    echo evil >"$UPPER/etc/passwd"
    found 'etc/passwd'
    umount "$MERGED"
    rm "$UPPER/etc/passwd"
    mknod "$UPPER/etc/passwd" c 0 0
    found 'etc/passwd'
    umount "$MERGED"
    rm "$UPPER/etc/passwd"
    mark "$UPPER/etc" trusted.overlay.opaque y
    found 'etc'
    umount "$MERGED"
    rmdir "$UPPER/etc"
    mkdir "$UPPER/etc"
    mounted
    runs # a folder that podman makes for its links
    umount "$MERGED"
    chown 1000 "$UPPER/etc"
    found 'etc'
    umount "$MERGED"
    chown 0 "$UPPER/etc"
    chmod 0777 "$UPPER/etc"
    found 'etc'
    umount "$MERGED"
    rmdir "$UPPER/etc"
    chown 1000 "$UPPER"
    found 'upper|root'
    umount "$MERGED"
    chown 0 "$UPPER"
    chmod 0777 "$UPPER"
    found 'upper|root'
}

@test "what podman puts into the upper directory passes, and nothing that only looks like it" {
    mkdir "$UPPER/etc"
    ln -s /proc/mounts "$UPPER/etc/mtab"
    mounted
    runs
    umount "$MERGED"
    ln -sfn /etc/evil "$UPPER/etc/mtab"
    found 'etc/mtab'
    umount "$MERGED"
    rm "$UPPER/etc/mtab"
    echo 192.0.2.1 registry.example >"$UPPER/etc/hosts"
    found 'etc/hosts'
}

@test "the order of layers, one left out, one twice, one more, a stranger" {
    mounted "${LAYER[1]}" "${LAYER[2]}" "${LAYER[0]}"
    untrusted 'TW0103.*layer'
    umount "$MERGED"
    mounted "${LAYER[2]}" "${LAYER[0]}"
    untrusted 'TW0103.*layer'
    umount "$MERGED"
    mkdir "$WORK/stranger"
    mounted "$WORK/stranger" "${LAYER[2]}" "${LAYER[1]}" "${LAYER[0]}"
    untrusted 'TW0103.*(stranger|layer)'
    umount "$MERGED"
    cp -a "${LAYER[0]}" "$WORK/copy"
    echo evil >"$WORK/copy/etc/passwd"
    mounted "${LAYER[2]}" "${LAYER[1]}" "$WORK/copy"
    untrusted 'TW0103.*(copy|layer)'
}

@test "a layer's directory is a link to another, or has another mounted over it" {
    cp -a "${LAYER[0]}" "$WORK/copy"
    echo evil >"$WORK/copy/etc/passwd"
    mv "${LAYER[0]}" "$WORK/original"
    ln -s "$WORK/copy" "${LAYER[0]}"
    mounted
    untrusted 'TW0103'
    umount "$MERGED"
    rm "${LAYER[0]}"
    mv "$WORK/original" "${LAYER[0]}"
    mount --bind "$WORK/copy" "${LAYER[0]}"
    mounted
    untrusted 'TW0103'
    # The overlay keeps what it was made of; a look at the name now shows the image's own.
    umount "${LAYER[0]}"
    untrusted 'TW0103'
}

@test "the good layers are looked at, others were mounted: directories exchanged after the mount" {
    cp -a "${LAYER[0]}" "$WORK/copy"
    echo 'evil:x:0:0::/:/bin/sh' >"$WORK/copy/etc/passwd"
    mv "${LAYER[0]}" "$WORK/original"
    mv "$WORK/copy" "${LAYER[0]}"
    mounted
    mv "${LAYER[0]}" "$WORK/mounted"
    mv "$WORK/original" "${LAYER[0]}"
    grep -q evil "$MERGED/etc/passwd"
    untrusted 'TW0103'
}

@test "mounts beneath the root, and over it" {
    mounted
    echo evil >"$WORK/evil"
    mount --bind "$WORK/evil" "$MERGED/etc/passwd"
    untrusted 'TW0103.*etc/passwd'
    umount "$MERGED/etc/passwd"
    mount -t tmpfs tmpfs "$MERGED/srv"
    untrusted 'TW0103.*srv'
    umount "$MERGED/srv"
    runs
    cp -a "$MERGED" "$WORK/tree"
    mount --bind "$WORK/tree" "$MERGED"
    untrusted 'TW0103'
}

@test "no overlay at all: a copy of the tree, one folder beneath the mount" {
    mounted
    cp -a "$MERGED/." "$WORK/tree"
    umount "$MERGED"
    cp -a "$WORK/tree/." "$MERGED/"
    untrusted 'TW0103'
    rm -r "${MERGED:?}"/*
    mounted
    config '.root.path = $p' --arg p "$MERGED/usr"
    untrusted 'TW010[123]'
}

@test "other files' marks: a bundle of this image with the root of another" {
    # Another image's layers, mounted where this one's container has its root.
    mkdir -p "$WORK/other/overlay/feed/diff/bin"
    cp "$SUPPORT/probe" "$WORK/other/overlay/feed/diff/bin/probe"
    mounted "$WORK/other/overlay/feed/diff"
    untrusted 'TW0103|TW0101'
    umount "$MERGED"
    # This image's documents beside a plain root of something else.
    new_bundle "$WORK/plain"
    program /bin/probe report
    plain "$TRUST/release.sig"
    untrusted 'TW0103'
}

@test "the store: the manifest is another, the configuration is another" {
    local data=$STORE/overlay-images/$IMAGE file
    mounted
    for file in "$data/manifest" "$data"/=*; do
        grep -qs schemaVersion "$file" || continue
        sed -i 's/"schemaVersion":2/"schemaVersion": 2/' "$file"
    done
    untrusted 'TW0101.*(manifest|signature)'
    rm -r "$data"
    cp -a "$TRUST/store/overlay-images/$IMAGE" "$data"
    runs
    for file in "$data"/=*; do
        ! grep -qs '"architecture"' "$file" || sed -i 's/amd64/arm64/' "$file"
    done
    untrusted 'TW010[13].*configuration'
}

@test "the store: images.json, containers.json and layers.json say otherwise" {
    local images=$STORE/overlay-images/images.json layers=$STORE/overlay-layers/layers.json
    mounted
    jq -c '.[0].names = ["registry.example/trusted/app:1"] | .[0].digest = "sha256:" + ("0" * 64)' "$images" >"$WORK/new" && cp "$WORK/new" "$images"
    runs # names and what the store believes prove nothing, and take nothing away
    demand "{\"signature\": {\"keys\": [\"$KEYS/release.gpg\"]}, \"integrity\": \"bound-layers\"}"
    untrusted 'TW0101.*registry.example/demo/app'
    demand_release bound-layers
    cp "$TRUST/store/overlay-images/images.json" "$images"
    jq -c '.[1]."diff-digest" = "sha256:" + ("0" * 64)' "$layers" >"$WORK/new" && cp "$WORK/new" "$layers"
    untrusted 'TW0103.*layer'
    jq -c '.[2].parent = .[0].id' "$TRUST/store/overlay-layers/layers.json" >"$layers"
    untrusted 'TW0103.*layer'
    cp "$TRUST/store/overlay-layers/layers.json" "$layers"
    jq -c '.[0].image = ("0" * 64)' "$STORE/overlay-containers/containers.json" >"$WORK/new" && cp "$WORK/new" "$STORE/overlay-containers/containers.json"
    untrusted 'TW010[13]'
}

@test "the store: a tar-split that describes the changed file, one that is missing, torn, a bomb, or leads out" {
    local split=$STORE/overlay-layers/${LAYERS%% *}.tar-split.gz
    mounted
    mv "$split" "$WORK/split"
    untrusted 'TW0103.*neither record nor blob of layer 1'
    head -c 200 "$WORK/split" >"$split"
    untrusted 'TW0103.*(is cut off)'
    # Which file an entry is, the tar's header says, which is in the digest.
    zcat "$WORK/split" | sed 's|"./usr/lib/data"|"../../../../../../../../etc/passwd"|; s|"./etc/group"|"./var/fifo"|' | gzip >"$split"
    runs
    zcat "$WORK/split" | sed 's|"size":10}|"size":9}|' | gzip >"$split"
    untrusted 'TW0103.*(does not fit itself)'
    zcat "$WORK/split" | sed 1d | gzip >"$split"
    untrusted 'TW0103.*(layer 1 is sha256:.*signed is)'
    { zcat "$WORK/split" && head -c 300000000 /dev/zero; } | gzip >"$split"
    untrusted 'TW0103.*(record of the tar is malformed)'
    echo 'no gzip' >"$split"
    untrusted 'TW0103.*(record of the tar is malformed)'
    cp "$WORK/split" "$split"
    runs
    # A file that is changed, and a tar-split made anew for it: it is another tar then.
    echo evil >"${LAYER[0]}/etc/group"
    zcat "$WORK/split" | sed -E 's|("name":"./etc/group","payload":")[^"]*(".*"size":)10|\1AAAAAAAAAAA=\25|' | gzip >"$split"
    untrusted 'TW0103.*(group|layer 1 is sha256)'
}

@test "links and pipes in the place of the store's files" {
    local data=$STORE/overlay-images/$IMAGE
    mounted
    mv "$data/manifest" "$WORK/manifest"
    mkfifo "$data/manifest"
    RT_TIMEOUT=10 runs # it has another, by its digest
    rm "$data"/*
    mkfifo "$data/manifest"
    untrusted 'TW0101'
    rm "$data/manifest"
    ln -s "$TRUST/store/manifest.json" "$data/manifest"
    untrusted 'TW0101'
    rm "$STORE/overlay-images/images.json"
    ln -s /dev/zero "$STORE/overlay-images/images.json"
    untrusted 'TW0101'
}

@test "root and layers that are read once per boot: another mount, another layer, another demand are read again" {
    demand "{\"signature\": $(signed_by release), \"integrity\": {\"value\": \"bound-layers\", \"reread\": \"once-per-boot\"}}"
    mounted
    runs
    runs
    umount "$MERGED"
    mv "${LAYER[1]}" "$WORK/original"
    cp -a "$WORK/original" "${LAYER[1]}"
    echo evil >"${LAYER[1]}/etc/config"
    found 'etc/config'
    umount "$MERGED"
    rm -r "${LAYER[1]}"
    mv "$WORK/original" "${LAYER[1]}"
    mounted
    demand_release bound-layers
    first_byte "${LAYER[0]}/usr/lib/data"
    untrusted 'TW0103.*usr/lib/data'
}

# clone LAYER: a directory of hard links to its files, which has one more.
clone() {
    cp -al "$1" "$STORE/other"
    cp -a "$1/bin/probe" "$STORE/other/bin/more"
}

@test "a link that leads elsewhere for each process: mounted is a directory of hard links and one more file, read the signed one" {
    clone "${LAYER[0]}"
    mkdir -p "$STORE/overlay/l" "$WORK/there"
    ln -s /proc/self/cwd/x "$STORE/overlay/l/LINK"
    ln -s "$STORE/other" "$WORK/there/x"
    ln -s "${LAYER[0]}" "$BUNDLE/x"
    (cd "$WORK/there" && mounted "${LAYER[2]}" "${LAYER[1]}" "$STORE/overlay/l/LINK")
    [ -e "$MERGED/bin/more" ]
    cd "$BUNDLE"
    untrusted 'TW0103.*lower directory.*LINK'
}

@test "a layer's directory is moved away after the mount, and the signed files lie in its place: one more, one less, another" {
    local change
    for change in 'cp -a bin/probe bin/more' 'rm etc/passwd' 'rm -r usr/lib' 'chown 7 bin' 'chmod 0777 usr/lib' 'mv usr/lib usr/lib2' 'mkdir usr/more' 'mv etc/same etc/sane' 'ln -sf elsewhere etc/group'; do
        mv "${LAYER[0]}" "$STORE/other"
        cp -al "$STORE/other" "${LAYER[0]}"
        (cd "$STORE/other" && eval "$change")
        mv "${LAYER[0]}" "$STORE/signed" && mv "$STORE/other" "${LAYER[0]}"
        mounted
        mv "${LAYER[0]}" "$STORE/other" && mv "$STORE/signed" "${LAYER[0]}"
        untrusted 'TW0103.*another than the one that is mounted' || { echo "after $change" >&2 && return 1; }
        umount "$MERGED"
        rm -rf "$STORE/other"
    done
    mounted
    runs
}
