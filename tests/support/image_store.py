#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes an image of three layers in the layout of containers-storage, as podman's pull leaves it, and one container of it.

    image_store.py make STORE NAME PROGRAM   the store, its image by this name, PROGRAM as /bin/probe in the lowest layer
    image_store.py sign STORE SIGNATURE...   the image's stored signatures are these files (none: it has none)

Beside the store's own files there are: STORE/facts (NAME=VALUE lines for a shell: MANIFEST, CONFIG, IMAGE, LAYERS bottom
first, CONTAINER, TOP of the container), STORE/manifest.json, STORE/config.json and STORE/layer-N.tar. Needs root.
"""
import base64
import gzip
import hashlib
import io
import json
import os
import shutil
import stat
import struct
import sys
import tarfile

TIME = 1700000000
# cap_net_raw, permitted and effective, revision 2.
CAPABILITY = struct.pack("<5I", 0x02000001, 1 << 13, 0, 0, 0)


def entry(name, kind=tarfile.REGTYPE, mode=0o644, data=b"", link="", owner=0, device=(0, 0), xattrs=()):
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.size, info.linkname = kind, mode, len(data), link
    info.uid = info.gid = owner
    info.devmajor, info.devminor = device
    info.mtime = TIME
    for key, value in xattrs:
        info.pax_headers["SCHILY.xattr." + key] = value.decode("utf-8", "surrogateescape")
    return info, data


def folder(name, mode=0o755, owner=0):
    return entry(name + "/", tarfile.DIRTYPE, mode, owner=owner)


def layers(program):
    return [
        [
            folder("."), folder("./bin"), entry("./bin/probe", mode=0o755, data=program),
            entry("./bin/su", mode=0o4755, data=b"set-user-id\n"),
            entry("./bin/ping", mode=0o755, data=b"capable\n", xattrs=[("security.capability", CAPABILITY)]),
            *[folder("./" + name) for name in ("dev", "etc", "proc", "sys", "usr", "usr/lib", "var", "var/hidden", "srv")],
            folder("./tmp", 0o1777), folder("./home", 0o750, 1000),
            entry("./etc/passwd", data=b"root:x:0:0:root:/root:/bin/sh\n"), entry("./etc/group", data=b"root:x:0:\n"),
            entry("./etc/config", data=b"setting = 1\n"), entry("./etc/secret", mode=0o600, data=b"a secret\n"),
            entry("./etc/same", tarfile.LNKTYPE, link="./etc/passwd"),
            entry("./lib", tarfile.SYMTYPE, 0o777, link="usr/lib"), entry("./usr/lib/data", data=b"data\n" * 1000),
            entry("./var/fifo", tarfile.FIFOTYPE), entry("./srv/null", tarfile.CHRTYPE, 0o666, device=(1, 3)),
            entry("./var/hidden/old", data=b"old\n"), entry("./usr/lib/" + "long" * 40, data=b"a long name\n"),
        ],
        [
            folder("./etc"), entry("./etc/config", data=b"setting = 2\n"), entry("./etc/.wh.secret"),
            folder("./var"), folder("./var/hidden"), entry("./var/hidden/.wh..wh..opq"), entry("./var/hidden/new", data=b"new\n"),
        ],
        [folder("./srv"), entry("./srv/app", mode=0o755, data=b"#!/bin/sh\necho app\n"), entry("./srv/owned", owner=1000, data=b"mine\n")],
    ]


def crc64(data, table=[]):
    """The reflected one of ISO 3309 that tar-split keeps of each file."""
    if not table:
        for number in range(256):
            for _ in range(8):
                number = number >> 1 ^ (0xD800000000000000 if number & 1 else 0)
            table.append(number)
    value = 0xFFFFFFFFFFFFFFFF
    for byte in data:
        value = table[value & 0xFF ^ byte] ^ value >> 8
    return struct.pack(">Q", value ^ 0xFFFFFFFFFFFFFFFF)


def pack(entries):
    """(the tar, its tar-split): all that is no file's contents, and where contents go."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for info, data in entries:
            archive.addfile(info, io.BytesIO(data))
    whole, lines, at = stream.getvalue(), [], 0
    with tarfile.open(fileobj=io.BytesIO(whole)) as archive:
        for info in archive:
            begin, size = info.offset_data, info.size if info.isreg() else 0
            lines.append({"type": 2, "payload": base64.b64encode(whole[at:begin]).decode(), "position": len(lines)})
            row = {"type": 1, "name": info.name + ("/" if info.isdir() else ""), "payload": None, "position": len(lines)}
            if size:
                row.update(size=size, payload=base64.b64encode(crc64(whole[begin : begin + size])).decode())
            lines.append(row)
            at = begin + size
    lines.append({"type": 2, "payload": base64.b64encode(whole[at:]).decode(), "position": len(lines)})
    return whole, gzip.compress("".join(json.dumps(each, separators=(",", ":")) + "\n" for each in lines).encode(), mtime=0)


def unpack(entries, directory):
    """As containers-storage does for overlay: a whiteout is a device 0:0, an opaque folder has an attribute."""
    os.makedirs(directory)
    for info, data in entries:
        path = os.path.normpath(os.path.join(directory, info.name))
        parent, name = os.path.split(path)
        if name == ".wh..wh..opq":
            os.setxattr(parent, "trusted.overlay.opaque", b"y")
            continue
        if name.startswith(".wh."):
            os.mknod(os.path.join(parent, name[4:]), stat.S_IFCHR | 0o600, os.makedev(0, 0))
            continue
        if info.isdir():
            os.makedirs(path, exist_ok=True)
        elif info.issym():
            os.symlink(info.linkname, path)
        elif info.islnk():
            os.link(os.path.join(directory, info.linkname), path)
            continue
        elif info.isfifo():
            os.mkfifo(path)
        elif info.ischr():
            os.mknod(path, stat.S_IFCHR, os.makedev(info.devmajor, info.devminor))
        else:
            with open(path, "wb") as stream:
                stream.write(data)
        os.lchown(path, info.uid, info.gid)
        if not info.issym():
            os.chmod(path, info.mode)
        for key, value in info.pax_headers.items():
            os.setxattr(path, key[len("SCHILY.xattr.") :], value.encode("utf-8", "surrogateescape"))
    for info, _ in reversed(entries):
        path = os.path.join(directory, info.name)
        if os.path.lexists(path) and not os.path.basename(path).startswith(".wh."):
            os.utime(path, (TIME, TIME), follow_symlinks=False)


def hex_of(data):
    return hashlib.sha256(data).hexdigest()


def put(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as stream:
        stream.write(data)


def put_json(path, value):
    put(path, json.dumps(value, separators=(",", ":")).encode())


def big_data(store, image, key, data):
    name = key if not set(key) - set(".0123456789abcdefghijklmnopqrstuvwxyz") else "=" + base64.b64encode(key.encode()).decode()
    put(f"{store}/overlay-images/{image}/{name}", data)


def make(store, name, program):
    with open(program, "rb") as stream:
        parts = layers(stream.read())
    diff_ids, records, parent = [], [], None
    os.makedirs(f"{store}/overlay/l")
    for number, entries in enumerate(parts, 1):
        tar, split = pack(entries)
        put(f"{store}/layer-{number}.tar", tar)
        diff_ids.append("sha256:" + hex_of(tar))
        layer = hex_of((parent or "").encode() + tar)
        unpack(entries, f"{store}/overlay/{layer}/diff")
        link = "LAYER%021d" % number
        put(f"{store}/overlay/{layer}/link", link.encode())
        os.symlink(f"../{layer}/diff", f"{store}/overlay/l/{link}")
        put(f"{store}/overlay-layers/{layer}.tar-split.gz", split)
        records.append({"id": layer, **({"parent": parent} if parent else {}), "created": "2024-01-02T03:04:05Z",
                        "diff-digest": diff_ids[-1], "diff-size": len(tar), "uidset": [0], "gidset": [0]})
        parent = layer
    config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Cmd": ["/bin/probe", "report"]},
                         "rootfs": {"type": "layers", "diff_ids": diff_ids}}, separators=(",", ":")).encode()
    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": "sha256:" + hex_of(config), "size": len(config)},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": each, "size": record["diff-size"]}
                   for each, record in zip(diff_ids, records)]}, separators=(",", ":")).encode()
    image, digest = hex_of(config), "sha256:" + hex_of(manifest)
    container, top = hex_of(b"container"), hex_of(b"top")
    for key, data in (("manifest", manifest), ("manifest-" + digest, manifest), ("sha256:" + image, config)):
        big_data(store, image, key, data)
    put(f"{store}/manifest.json", manifest)
    put(f"{store}/config.json", config)
    put_json(f"{store}/overlay-images/images.json", [{
        "id": image, "digest": digest, "names": [name], "layer": parent, "metadata": "{}", "created": "2024-01-02T03:04:05Z",
        "big-data-names": ["sha256:" + image, "manifest-" + digest, "manifest"]}])
    put_json(f"{store}/overlay-containers/containers.json", [{
        "id": container, "names": ["one"], "image": image, "layer": top, "created": "2024-01-02T03:04:05Z",
        "metadata": json.dumps({"image-name": name, "image-id": image, "name": "one"})}])
    put_json(f"{store}/overlay-layers/layers.json", records + [{"id": top, "parent": parent, "created": "2024-01-02T03:04:05Z"}])
    for each in ("diff", "work", "merged"):
        os.makedirs(f"{store}/overlay/{top}/{each}")
    os.makedirs(f"{store}/overlay-containers/{container}/userdata")
    facts = {"MANIFEST": digest, "CONFIG": "sha256:" + image, "IMAGE": image, "CONTAINER": container, "TOP": top,
             "LAYERS": "'%s'" % " ".join(record["id"] for record in records)}
    put(f"{store}/facts", "".join(f"{key}={value}\n" for key, value in facts.items()).encode())


def sign(store, signatures):
    path = f"{store}/overlay-images/images.json"
    with open(path, encoding="utf-8") as stream:
        images = json.load(stream)
    image, blobs = images[0], []
    for each in signatures:
        with open(each, "rb") as stream:
            blobs.append(stream.read())
    key = "signature-" + image["digest"].removeprefix("sha256:")
    image["metadata"] = json.dumps({"signatures-sizes": {image["digest"]: [len(each) for each in blobs]}} if blobs else {})
    image["big-data-names"] = [each for each in image["big-data-names"] if each != key] + ([key] if blobs else [])
    if blobs:
        big_data(store, image["id"], key, b"".join(blobs))
    put_json(path, images)


def main(arguments):
    if len(arguments) == 4 and arguments[0] == "make":
        shutil.rmtree(arguments[1], ignore_errors=True)
        make(*arguments[1:])
    elif len(arguments) >= 2 and arguments[0] == "sign":
        sign(arguments[1], arguments[2:])
    else:
        sys.exit(__doc__)


main(sys.argv[1:])
