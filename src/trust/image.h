/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which image a bundle's root was made of, as the engine's store knows it: one file a store
 * (image_containers.c, image_containerd.c with bolt.c, image_docker.c, image_bundle.c). A store only leads to
 * bytes; what they are is computed from them.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "trust/requirement.h"

/* The root as it is mounted, observed by the container floor before (linux/mountinfo.h). */
struct trust_root {
    const char *bundle; /* absolute */
    const char *path;   /* root.path, absolute */
    /* Where path led when it was looked at; all that is opened by it has to be that. 0, 0: not known. */
    uint64_t device, inode;
    const char *type; /* of the mount at or above path: "overlay", "ext4", "erofs" … */
    const char *const
        *lowers; /* of an overlay, topmost first, absolute and without the store's short links */
    size_t lower_count;
    const char *upper;   /* NULL: none */
    bool at_mount;       /* path is the mount's own root */
    const char *options; /* of the mount's file system, as mountinfo writes them (octal escapes):
                            "verity=require" … */
    const char *unclear; /* NULL, or why lowers cannot be told: "LOWER does not exist", "not an overlay of the
                            kernel" */
    /* Of the bundle's configuration; zero where there is none. What a runtime has made in the upper directory
     * at an earlier start is told by them (engine_files.h). */
    const char *const *mounts; /* destinations */
    size_t mount_count;
    uint32_t user, group; /* ids of the container's root on the host */
    const char *covered;  /* NULL, or a mount point beneath path: what is seen there is of no layer */
};

/* Among a mount's options: whole words, which no path in them is. options: NULL: none. */
bool trust_has_option(const char *options, const char *option);

/* Is the open directory the root that was looked at? */
bool trust_root_is(const struct trust_root *root, int directory);

/* Where to look; what is NULL is the usual place. For tests and for rootless stores. */
struct trust_places {
    const char *containers_root, *containerd_root, *docker_root;
    const char *lookaside;    /* folder; beside what registries.d says */
    const char *bundle_image; /* folder that stands for a bundle's own thwart.image: absolute */
    const char *registries_d; /* NULL: that of the user at home, or else /etc/containers/registries.d */
    const char *home; /* of an unprivileged user: their registries.d and sigstore are meant; NULL: root's */
    bool signatures_only; /* nobody asks for layers: what a store says of each need not be read, and image
                             has none (layers_broken) */
};

struct trust_layer {
    const char *diff_id;   /* of the configuration: "sha256:HEX" of the uncompressed tar */
    const char *directory; /* what the overlay mounts for it */
    const char *blob;      /* the compressed or plain tar where the store keeps it; NULL */
    const char *blob_digest;
    const char *tar_split; /* containers-storage's .tar-split.gz; NULL */
};

struct trust_image {
    const char *store;    /* "containers-storage", "containerd", "docker", "bundle"; NULL: no image found */
    const char *why_not;  /* when nothing was found: one line */
    const char *id;       /* the store's word for it */
    const char *manifest; /* bytes; NULL: this store keeps none (docker) */
    size_t manifest_length;
    const char *configuration; /* bytes */
    size_t configuration_length;
    const char *const *names; /* by which the store knows it: hints for the lookaside, and `I` of the identity
                                 rules; never a proof */
    size_t name_count;
    bool first_name_used; /* the engine made the container by names[0]: it alone is `I` (judgement.h) */
    const struct trust_layer *layers; /* bottom first; checked: count and order are those of diff_ids and of
                                         the mount */
    size_t layer_count;
    const char *layers_broken; /* NULL: the mount is made of exactly these layers; else what is otherwise */
    const struct trust_blob *signatures; /* that the store keeps; those of the lookaside come behind */
    size_t signature_count;
    const char *lookaside; /* for explanations, one line: where else signatures were looked for, by which
                              scope of registries.d, or why not; NULL: nowhere */
    const char *const
        *seals; /* files that may hold a seal's list (seal.h), absolute; nothing was opened yet */
    size_t seal_count;
};

/*
 * Find the image of a root. Never fails because there is none, or because a store is torn or lies: why_not,
 * or layers_broken, says so. Nothing that is found is proven (trust_chain_of, binding.h).
 */
int trust_image_find(const struct trust_root *root, const struct trust_places *places, struct arena *arena,
                     struct trust_image *image, struct error *error);

/* The chain from the manifest's bytes: its digest, the configuration that it names (bytes must be there and
 * fit), diff_ids against layers. *broken: NULL, or where the chain ends. */
struct trust_chain {
    const char *manifest_digest, *config_digest; /* NULL: not reached */
    const char *const *diff_ids;
    size_t diff_id_count;
    const char *broken;
};
int trust_chain_of(const struct trust_image *image, struct arena *arena, struct trust_chain *chain,
                   struct error *error);
