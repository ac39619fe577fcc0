/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One table for every option word, and the reader that walks it. */
#include "spec/mount_options.h"

#include <string.h>
#include <sys/mount.h>
#include "base/memory.h"
#include "base/text.h"

enum option_kind {
    OPTION_NOTHING,        /* mount(8)'s own words: nothing for a runtime to do */
    OPTION_WITHOUT_EFFECT, /* asks for something that the kernel's mount interface of today cannot express */
    OPTION_BIND,
    OPTION_RECURSIVE_BIND,
    OPTION_REMOUNT,
    OPTION_SET,
    OPTION_CLEAR,
    OPTION_ACCESS_TIME,     /* choose this way of keeping access times */
    OPTION_NOT_ACCESS_TIME, /* any but this one */
    OPTION_RECURSIVE_SET,
    OPTION_RECURSIVE_CLEAR,
    OPTION_RECURSIVE_ACCESS_TIME,
    OPTION_RECURSIVE_NOT_ACCESS_TIME,
    OPTION_FLAG, /* of the super block */
    OPTION_PROPAGATION,
    OPTION_COPY_UP,
    OPTION_IDMAP,
    OPTION_RECURSIVE_IDMAP,
    OPTION_SOURCE_NO_FOLLOW,
    OPTION_REFUSED,
};

struct option {
    const char *word;
    enum option_kind kind;
    uint64_t value;
    const char *reason; /* OPTION_REFUSED */
};

#define NO_RECURSIVE_FLAG "it is a flag of a whole file system: no kernel sets it mount by mount"

static const struct option options_table[] = {
    /* The specification's table, in its order. */
    {"async", OPTION_FLAG, 0, NULL},
    {"atime", OPTION_NOT_ACCESS_TIME, MOUNT_ATTR_NOATIME, NULL},
    {"bind", OPTION_BIND, 0, NULL},
    {"defaults", OPTION_NOTHING, 0, NULL},
    {"dev", OPTION_CLEAR, MOUNT_ATTR_NODEV, NULL},
    {"diratime", OPTION_CLEAR, MOUNT_ATTR_NODIRATIME, NULL},
    {"dirsync", OPTION_FLAG, 0, NULL},
    {"exec", OPTION_CLEAR, MOUNT_ATTR_NOEXEC, NULL},
    /* Only mount(2) has MS_I_VERSION; fsconfig has no such flag, and the file systems that count changes
       always do. */
    {"iversion", OPTION_WITHOUT_EFFECT, 0, NULL},
    {"lazytime", OPTION_FLAG, 0, NULL},
    {"loud", OPTION_NOTHING, 0, NULL},
    {"mand", OPTION_FLAG, 0, NULL}, /* the kernel warns and ignores it since 5.15 */
    {"noatime", OPTION_ACCESS_TIME, MOUNT_ATTR_NOATIME, NULL},
    {"nodev", OPTION_SET, MOUNT_ATTR_NODEV, NULL},
    {"nodiratime", OPTION_SET, MOUNT_ATTR_NODIRATIME, NULL},
    {"noexec", OPTION_SET, MOUNT_ATTR_NOEXEC, NULL},
    {"noiversion", OPTION_NOTHING, 0, NULL},
    {"nolazytime", OPTION_FLAG, 0, NULL},
    {"nomand", OPTION_FLAG, 0, NULL},
    {"norelatime", OPTION_NOT_ACCESS_TIME, MOUNT_ATTR_RELATIME, NULL},
    {"nostrictatime", OPTION_NOT_ACCESS_TIME, MOUNT_ATTR_STRICTATIME, NULL},
    {"nosuid", OPTION_SET, MOUNT_ATTR_NOSUID, NULL},
    {"nosymfollow", OPTION_SET, MOUNT_ATTR_NOSYMFOLLOW, NULL},
    {"private", OPTION_PROPAGATION, MS_PRIVATE, NULL},
    {"ratime", OPTION_RECURSIVE_NOT_ACCESS_TIME, MOUNT_ATTR_NOATIME, NULL},
    {"rbind", OPTION_RECURSIVE_BIND, 0, NULL},
    {"rdev", OPTION_RECURSIVE_CLEAR, MOUNT_ATTR_NODEV, NULL},
    {"rdiratime", OPTION_RECURSIVE_CLEAR, MOUNT_ATTR_NODIRATIME, NULL},
    {"relatime", OPTION_ACCESS_TIME, MOUNT_ATTR_RELATIME, NULL},
    {"remount", OPTION_REMOUNT, 0, NULL},
    {"rexec", OPTION_RECURSIVE_CLEAR, MOUNT_ATTR_NOEXEC, NULL},
    {"rnoatime", OPTION_RECURSIVE_ACCESS_TIME, MOUNT_ATTR_NOATIME, NULL},
    {"rnodev", OPTION_RECURSIVE_SET, MOUNT_ATTR_NODEV, NULL},
    {"rnodiratime", OPTION_RECURSIVE_SET, MOUNT_ATTR_NODIRATIME, NULL},
    {"rnoexec", OPTION_RECURSIVE_SET, MOUNT_ATTR_NOEXEC, NULL},
    {"rnorelatime", OPTION_RECURSIVE_NOT_ACCESS_TIME, MOUNT_ATTR_RELATIME, NULL},
    {"rnostrictatime", OPTION_RECURSIVE_NOT_ACCESS_TIME, MOUNT_ATTR_STRICTATIME, NULL},
    {"rnosuid", OPTION_RECURSIVE_SET, MOUNT_ATTR_NOSUID, NULL},
    {"rnosymfollow", OPTION_RECURSIVE_SET, MOUNT_ATTR_NOSYMFOLLOW, NULL},
    {"ro", OPTION_SET, MOUNT_ATTR_RDONLY, NULL},
    {"rprivate", OPTION_PROPAGATION, MS_PRIVATE | MS_REC, NULL},
    {"rrelatime", OPTION_RECURSIVE_ACCESS_TIME, MOUNT_ATTR_RELATIME, NULL},
    {"rro", OPTION_RECURSIVE_SET, MOUNT_ATTR_RDONLY, NULL},
    {"rrw", OPTION_RECURSIVE_CLEAR, MOUNT_ATTR_RDONLY, NULL},
    {"rshared", OPTION_PROPAGATION, MS_SHARED | MS_REC, NULL},
    {"rslave", OPTION_PROPAGATION, MS_SLAVE | MS_REC, NULL},
    {"rstrictatime", OPTION_RECURSIVE_ACCESS_TIME, MOUNT_ATTR_STRICTATIME, NULL},
    {"rsuid", OPTION_RECURSIVE_CLEAR, MOUNT_ATTR_NOSUID, NULL},
    {"rsymfollow", OPTION_RECURSIVE_CLEAR, MOUNT_ATTR_NOSYMFOLLOW, NULL},
    {"runbindable", OPTION_PROPAGATION, MS_UNBINDABLE | MS_REC, NULL},
    {"rw", OPTION_CLEAR, MOUNT_ATTR_RDONLY, NULL},
    {"shared", OPTION_PROPAGATION, MS_SHARED, NULL},
    {"silent", OPTION_NOTHING, 0,
     NULL}, /* quiets the kernel's log while mounting; fsconfig reports to the caller instead */
    {"slave", OPTION_PROPAGATION, MS_SLAVE, NULL},
    {"strictatime", OPTION_ACCESS_TIME, MOUNT_ATTR_STRICTATIME, NULL},
    {"suid", OPTION_CLEAR, MOUNT_ATTR_NOSUID, NULL},
    {"symfollow", OPTION_CLEAR, MOUNT_ATTR_NOSYMFOLLOW, NULL},
    {"sync", OPTION_FLAG, 0, NULL},
    {"tmpcopyup", OPTION_COPY_UP, 0, NULL},
    {"unbindable", OPTION_PROPAGATION, MS_UNBINDABLE, NULL},
    {"idmap", OPTION_IDMAP, 0, NULL},
    {"ridmap", OPTION_RECURSIVE_IDMAP, 0, NULL},
    /* mount(8)'s words for fstab: they speak to that program, or imply attributes. */
    {"auto", OPTION_NOTHING, 0, NULL},
    {"noauto", OPTION_NOTHING, 0, NULL},
    {"nofail", OPTION_NOTHING, 0, NULL},
    {"nouser", OPTION_NOTHING, 0, NULL},
    {"_netdev", OPTION_NOTHING, 0, NULL},
    {"user", OPTION_SET, MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, NULL},
    {"users", OPTION_SET, MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, NULL},
    {"owner", OPTION_SET, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, NULL},
    {"group", OPTION_SET, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, NULL},
    /* crun's own words. Those that would act on symlinks of the rootfs are refused: targets never leave it
       here. */
    {"src-nofollow", OPTION_SOURCE_NO_FOLLOW, 0, NULL},
    {"copy-symlink", OPTION_REFUSED, 0, "a symlink is not recreated from the host: mount what it points to"},
    {"dest-nofollow", OPTION_REFUSED, 0, "nothing is mounted on a symlink: name the place that it points to"},
    {"rsync", OPTION_REFUSED, 0, NO_RECURSIVE_FLAG},
    {"rasync", OPTION_REFUSED, 0, NO_RECURSIVE_FLAG},
    {"rdirsync", OPTION_REFUSED, 0, NO_RECURSIVE_FLAG},
    {"rmand", OPTION_REFUSED, 0, NO_RECURSIVE_FLAG},
    {"rnomand", OPTION_REFUSED, 0, NO_RECURSIVE_FLAG},
};

static const struct option *find_option(const char *word)
{
    for (size_t i = 0; i < ARRAY_LENGTH(options_table); i++)
        if (options_table[i].word[0] == word[0] && strcmp(options_table[i].word, word) == 0)
            return &options_table[i];
    return NULL;
}

const char *mount_option_word(size_t n)
{
    for (size_t i = 0; i < ARRAY_LENGTH(options_table); i++) {
        if (options_table[i].kind == OPTION_REFUSED)
            continue;
        if (n-- == 0)
            return options_table[i].word;
    }
    return NULL;
}

const char *mount_propagation_word(uint64_t flags)
{
    for (size_t i = 0; i < ARRAY_LENGTH(options_table); i++)
        if (options_table[i].kind == OPTION_PROPAGATION && options_table[i].value == flags)
            return options_table[i].word;
    return "";
}

/* mount(8): comments for other programs, written by fstab's editors. */
static bool is_comment(const char *word)
{
    return text_starts_with(word, "x-") || text_starts_with(word, "X-") || text_starts_with(word, "comment=");
}

static void set_bits(uint64_t *set, uint64_t *clear, uint64_t bits)
{
    *set |= bits;
    *clear &= ~bits;
}

/*
 * Access time is one field of the attributes, not three bits. "atime" takes back "noatime" but leaves
 * "strictatime" alone, as clearing MS_NOATIME does; what is left then is the kernel's default, relatime. To
 * take that back says nothing.
 */
static void refuse_access_time(bool *has, uint64_t *value, uint64_t refused)
{
    if (*has && *value != refused)
        return;
    *has = refused != MOUNT_ATTR_RELATIME;
    *value = MOUNT_ATTR_RELATIME;
}

static void apply_option(const struct option *option, struct mount_words *words)
{
    switch (option->kind) {
    case OPTION_NOTHING:
    case OPTION_REFUSED:
        break;
    case OPTION_WITHOUT_EFFECT:
        words->without_effect = option->word;
        break;
    case OPTION_BIND:
        words->bind = true;
        break;
    case OPTION_RECURSIVE_BIND:
        words->bind = words->recursive_bind = true;
        break;
    case OPTION_REMOUNT:
        words->remount = true;
        break;
    case OPTION_SET:
        set_bits(&words->set, &words->clear, option->value);
        break;
    case OPTION_CLEAR:
        set_bits(&words->clear, &words->set, option->value);
        break;
    case OPTION_ACCESS_TIME:
        words->has_access_time = true;
        words->access_time = option->value;
        break;
    case OPTION_NOT_ACCESS_TIME:
        refuse_access_time(&words->has_access_time, &words->access_time, option->value);
        break;
    case OPTION_RECURSIVE_SET:
        set_bits(&words->recursive_set, &words->recursive_clear, option->value);
        break;
    case OPTION_RECURSIVE_CLEAR:
        set_bits(&words->recursive_clear, &words->recursive_set, option->value);
        break;
    case OPTION_RECURSIVE_ACCESS_TIME:
        words->has_recursive_access_time = true;
        words->recursive_access_time = option->value;
        break;
    case OPTION_RECURSIVE_NOT_ACCESS_TIME:
        refuse_access_time(&words->has_recursive_access_time, &words->recursive_access_time, option->value);
        break;
    case OPTION_FLAG:
        words->flags[words->flag_count++] = (struct mount_option){.key = option->word};
        break;
    case OPTION_PROPAGATION:
        words->propagation[words->propagation_count++] = option->value;
        break;
    case OPTION_COPY_UP:
        words->copy_up = true;
        break;
    case OPTION_IDMAP:
        words->idmap = true;
        break;
    case OPTION_RECURSIVE_IDMAP:
        words->idmap = words->idmap_recursive = true;
        break;
    case OPTION_SOURCE_NO_FOLLOW:
        words->source_no_follow = true;
        break;
    }
}

/* Where the word that starts here ends: at a comma outside quotes with no backslash before it, or at the end.
 */
static size_t word_length(const char *start)
{
    bool quoted = false;
    size_t length = 0;

    for (; start[length] != '\0'; length++) {
        if (start[length] == '"')
            quoted = !quoted;
        else if (start[length] == '\\' && start[length + 1] != '\0')
            length++;
        else if (start[length] == ',' && !quoted)
            break;
    }
    return length;
}

/* "key=value" as key and value. SELinux contexts come in quotes because of their commas; fsconfig wants the
 * bare value. */
static struct mount_option split_data(char *word)
{
    char *value = strchr(word, '=');
    size_t length;

    if (value == NULL)
        return (struct mount_option){.key = word};
    *value++ = '\0';
    length = strlen(value);
    if (length >= 2 && value[0] == '"' && value[length - 1] == '"') {
        value[length - 1] = '\0';
        value++;
    }
    return (struct mount_option){.key = word, .value = value};
}

static int read_word(const char *word, size_t index, struct arena *arena, struct mount_words *words,
                     struct error *error)
{
    const struct option *option = find_option(word);

    if (option != NULL) {
        if (option->kind == OPTION_REFUSED)
            return error_set(error, ERROR_UNSUPPORTED, "/mounts/%zu/options: \"%s\" is not supported: %s",
                             index, word, option->reason);
        apply_option(option, words);
        return 0;
    }
    if (word[0] == '\0' || is_comment(word))
        return 0;
    if (text_starts_with(word, "idmap=") || text_starts_with(word, "ridmap=")) {
        words->idmap = true;
        words->idmap_recursive = word[0] == 'r';
        words->idmap_text = strchr(word, '=') + 1;
        return 0;
    }
    words->data[words->data_count++] = split_data(arena_string(arena, word));
    return 0;
}

/* The number of words at most: one a list item, and one more a comma. */
static size_t count_words(const struct json_strings *options)
{
    size_t count = options->count;

    for (size_t i = 0; i < options->count; i++)
        for (const char *comma = strchr(options->items[i], ','); comma != NULL;
             comma = strchr(comma + 1, ','))
            count++;
    return count;
}

int mount_words_read(const struct json_strings *options, size_t index, struct arena *arena,
                     struct mount_words *words, struct error *error)
{
    size_t count = count_words(options);

    *words = (struct mount_words){0};
    if (count == 0)
        return 0;
    words->propagation = arena_array(arena, count, sizeof(*words->propagation));
    words->flags = arena_array(arena, count, sizeof(*words->flags));
    words->data = arena_array(arena, count, sizeof(*words->data));

    for (size_t i = 0; i < options->count; i++) {
        const char *rest = options->items[i];

        for (;;) {
            size_t length = word_length(rest);
            bool whole = rest == options->items[i] && rest[length] == '\0';

            if (read_word(whole ? rest : arena_copy(arena, rest, length), index, arena, words, error) < 0)
                return -1;
            if (rest[length] == '\0')
                break;
            rest += length + 1;
        }
    }
    return 0;
}

enum mount_kind mount_kind_of(const struct spec_mount *mount, const struct mount_words *words)
{
    const char *type = mount->type != NULL ? mount->type : "";

    if (words->remount)
        return MOUNT_KIND_REMOUNT;
    if (words->bind || strcmp(type, "bind") == 0 || strcmp(type, "rbind") == 0)
        return MOUNT_KIND_BIND;
    if (strcmp(type, "cgroup") == 0 || strcmp(type, "cgroup2") == 0)
        return MOUNT_KIND_CGROUP;
    if (type[0] == '\0' || strcmp(type, "none") == 0)
        return MOUNT_KIND_NOTHING;
    return MOUNT_KIND_FILESYSTEM;
}

bool mount_is_recursive(const struct spec_mount *mount, const struct mount_words *words)
{
    return words->recursive_bind || (mount->type != NULL && strcmp(mount->type, "rbind") == 0);
}

bool mount_words_hold(const struct mount_words *words, uint64_t attributes, bool tree)
{
    if ((words->recursive_set & attributes) == attributes)
        return true;
    if (tree || (words->recursive_clear & attributes) != 0)
        return false;
    return ((words->set | words->recursive_set) & attributes) == attributes;
}
