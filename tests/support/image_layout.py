#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes an OCI image layout. usage: image_layout.py FOLDER NAME=CONFIGURATION...   (CONFIGURATION: the JSON of "config")
# With PLATFORMS=1 in the environment each image is one of an index for several platforms, with an attestation.
import hashlib
import json
import os
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
blobs = folder / "blobs" / "sha256"
blobs.mkdir(parents=True)


def put(document, media_type, **more):
    data = json.dumps(document, indent=2).encode() if not isinstance(document, bytes) else document
    digest = hashlib.sha256(data).hexdigest()
    (blobs / digest).write_bytes(data)
    return {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(data), **more}


def manifest(config, architecture):
    oci = "application/vnd.oci.image."
    image = {
        "architecture": architecture,
        "os": "linux",
        "config": config,
        "rootfs": {"type": "layers", "diff_ids": []},
    }
    return put(
        {
            "schemaVersion": 2,
            "mediaType": oci + "manifest.v1+json",
            "config": put(image, oci + "config.v1+json"),
            "layers": [put(b"\0" * 100000, oci + "layer.v1.tar")],
        },
        oci + "manifest.v1+json",
    )


images = []
for word in sys.argv[2:]:
    name, config = word.split("=", 1)
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
    image = manifest(json.loads(config), machine)
    if os.environ.get("PLATFORMS"):
        other = manifest({"User": "0"}, "mips")
        image = put(
            {
                "schemaVersion": 2,
                "manifests": [
                    {**other, "platform": {"os": "linux", "architecture": "mips"}},
                    {**image, "platform": {"os": "linux", "architecture": machine}},
                    {**other, "platform": {"os": "unknown", "architecture": "unknown"}},
                ],
            },
            "application/vnd.oci.image.index.v1+json",
        )
    images.append({**image, "annotations": {"org.opencontainers.image.ref.name": name}})
(folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": images}))
(folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
