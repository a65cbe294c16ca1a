/* What `dist/edge` runs first: finds the files of the program that hang on its own end, or unpacks them once, and
 * becomes the Python among them.
 *
 * The executable is this program, then
 *
 *     index     a text: a line "SIZE MODE PATH" for each file, in the order of the data
 *     data      the index again and the contents of all files, one after the other: a Zstandard frame with a checksum
 *     trailer   see `struct trailer`
 *
 * Unpacked files are in DIRECTORY/KEY, where KEY is the SHA-256 of index and data: another build never meets files of
 * this one.  A folder is made under another name, whole, and renamed, by one process at a time.  Whoever uses one
 * holds a shared lock on it as long as it lives, and who unpacks removes the folders that nobody holds.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <zstd.h>

#define MAGIC "edgebin1"
#define VARIABLE "EDGE_UNPACK_DIR"
#define CHUNK (128 * 1024)
#define LONGEST 4096

/* Numbers are little-endian, as on every machine that this is built for. */
struct trailer {
    char magic[8];
    uint64_t index_offset, index_size, data_offset, data_size;
    unsigned char key[32];
};

extern char **environ;

static const unsigned char *image; /* this executable, mapped */
static struct trailer parts;
static char key[65];

/* What did not work so far; shown when nothing does. */
static char failures[8 * 1024];

static void complain(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("edge: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

static int path_of(char *path, const char *folder, const char *name) {
    if (snprintf(path, LONGEST, "%s/%s", folder, name) < LONGEST)
        return 0;
    errno = ENAMETOOLONG;
    return -1;
}

/* ---- this executable ---- */

static int open_image(void) {
    struct stat status;
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &status) < 0) {
        complain("cannot read itself (/proc/self/exe): %s", strerror(errno));
        return -1;
    }
    size_t size = (size_t)status.st_size;
    image = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    if (image == MAP_FAILED) {
        complain("cannot map itself: %s", strerror(errno));
        return -1;
    }
    if (size > sizeof parts)
        memcpy(&parts, image + size - sizeof parts, sizeof parts);
    size_t room = size - sizeof parts;
    if (memcmp(parts.magic, MAGIC, sizeof parts.magic) != 0 || parts.index_offset > room ||
        parts.index_size > room - parts.index_offset || parts.data_offset > room ||
        parts.data_size > room - parts.data_offset) {
        complain("this file is incomplete: download or build it again");
        return -1;
    }
    for (int at = 0; at < 32; at++)
        snprintf(key + 2 * at, 3, "%02x", parts.key[at]);
    return 0;
}

struct entry {
    unsigned long long size;
    unsigned mode;
    char path[LONGEST];
};

/* The next file of the index, from *at on; 0 at its end, -1 when it makes no sense. */
static int next_entry(size_t *at, struct entry *entry) {
    const char *index = (const char *)image + parts.index_offset;
    if (*at >= parts.index_size)
        return 0;
    const char *line = index + *at;
    const char *end = memchr(line, '\n', parts.index_size - *at);
    char text[LONGEST + 32];
    if (end == NULL || (size_t)(end - line) >= sizeof text)
        return -1;
    memcpy(text, line, (size_t)(end - line));
    text[end - line] = 0;
    *at += (size_t)(end - line) + 1;
    int used = 0;
    if (sscanf(text, "%llu %o %n", &entry->size, &entry->mode, &used) != 2 || used == 0)
        return -1;
    if (snprintf(entry->path, sizeof entry->path, "%s", text + used) >= LONGEST)
        return -1;
    return 1;
}

/* ---- folders ---- */

/* Whether only we (or root) can change what is in a folder. */
static int is_ours(const char *folder) {
    struct stat status;
    if (lstat(folder, &status) < 0)
        return 0;
    if (S_ISDIR(status.st_mode) && (status.st_uid == geteuid() || status.st_uid == 0) && !(status.st_mode & 022))
        return 1;
    errno = EPERM;
    return 0;
}

static int make_parents(char *path) {
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        int made = mkdir(path, 0755);
        *slash = '/';
        if (made < 0 && errno != EEXIST)
            return -1;
    }
    return 0;
}

/* A folder of ours, made where it is missing; programs can be started from it. */
static int make_folder(char *folder) {
    if (make_parents(folder) < 0 || (mkdir(folder, 0755) < 0 && errno != EEXIST))
        return -1;
    if (!is_ours(folder))
        return -1;
    struct statvfs system;
    if (statvfs(folder, &system) == 0 && system.f_flag & ST_NOEXEC) {
        errno = EACCES;
        return -1;
    }
    return 0;
}

static void remove_tree(const char *folder) {
    DIR *listing = opendir(folder);
    if (listing != NULL) {
        struct dirent *found;
        while ((found = readdir(listing)) != NULL) {
            char path[LONGEST];
            struct stat status;
            if (strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0 ||
                path_of(path, folder, found->d_name) < 0)
                continue;
            if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode))
                remove_tree(path);
            else
                unlink(path);
        }
        closedir(listing);
    }
    rmdir(folder);
}

/* Whether every file is there in its size: cleaners of temporary folders leave gaps. */
static int is_whole(const char *folder) {
    struct entry entry;
    size_t at = 0;
    int more;
    while ((more = next_entry(&at, &entry)) == 1) {
        char path[LONGEST];
        struct stat status;
        if (path_of(path, folder, entry.path) < 0 || lstat(path, &status) < 0 || !S_ISREG(status.st_mode) ||
            (unsigned long long)status.st_size != entry.size)
            return 0;
    }
    return more == 0;
}

/* ---- unpacking ---- */

static ZSTD_DStream *stream;
static ZSTD_inBuffer data;

/* Bytes of the data, fewer than asked for at their end only; -1 when they make no sense. */
static long read_data(unsigned char *buffer, size_t size) {
    ZSTD_outBuffer output = {buffer, size, 0};
    while (output.pos < size) {
        size_t before = output.pos, left = ZSTD_decompressStream(stream, &output, &data);
        if (ZSTD_isError(left))
            return -1;
        if (left == 0 || (output.pos == before && data.pos == data.size))
            break;
    }
    return (long)output.pos;
}

/* From the beginning, behind the copy of the index, which proves that the index is as it was written. */
static int open_data(void) {
    unsigned char *copy = malloc(parts.index_size);
    stream = ZSTD_createDStream();
    data = (ZSTD_inBuffer){image + parts.data_offset, parts.data_size, 0};
    if (stream == NULL || copy == NULL)
        return -1;
    int same = read_data(copy, parts.index_size) == (long)parts.index_size &&
               memcmp(copy, image + parts.index_offset, parts.index_size) == 0;
    free(copy);
    errno = EBADMSG;
    return same ? 0 : -1;
}

static int write_file(const char *path, const struct entry *entry) {
    static unsigned char buffer[CHUNK];
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return -1;
    unsigned long long left = entry->size;
    while (left > 0) {
        long got = read_data(buffer, left < CHUNK ? (size_t)left : CHUNK);
        if (got <= 0) {
            errno = EBADMSG;
            break;
        }
        for (long done = 0; done < got;) {
            ssize_t wrote = write(file, buffer + done, (size_t)(got - done));
            if (wrote < 0 && errno == EINTR)
                continue;
            if (wrote < 0) {
                close(file);
                return -1;
            }
            done += wrote;
        }
        left -= (unsigned long long)got;
    }
    int failed = left > 0 || fchmod(file, entry->mode) < 0;
    return close(file) < 0 || failed ? -1 : 0;
}

static int write_files(const char *folder) {
    struct entry entry;
    size_t at = 0;
    int more;
    if (open_data() < 0)
        return -1;
    while ((more = next_entry(&at, &entry)) == 1) {
        char path[LONGEST];
        if (path_of(path, folder, entry.path) < 0)
            return -1;
        int failed = write_file(path, &entry);
        if (failed && errno == ENOENT)
            failed = make_parents(path) < 0 || write_file(path, &entry);
        if (failed)
            return -1;
    }
    unsigned char rest;
    if (more < 0 || read_data(&rest, 1) != 0) { /* the frame's checksum is behind the last file */
        errno = EBADMSG;
        return -1;
    }
    return 0;
}

/* Takes a shared lock that outlives us: it is handed to the program.  The folder may be gone meanwhile. */
static int hold(const char *folder) {
    int file = open(folder, O_RDONLY | O_DIRECTORY);
    if (file < 0)
        return -1;
    struct stat held, named;
    if (flock(file, LOCK_SH | LOCK_NB) == 0 && fstat(file, &held) == 0 && lstat(folder, &named) == 0 &&
        held.st_ino == named.st_ino && held.st_dev == named.st_dev)
        return file;
    close(file);
    return -1;
}

/* Removes what nobody uses: folders of other builds, and of processes that were killed while they unpacked. */
static void clean(const char *directory) {
    DIR *listing = opendir(directory);
    struct dirent *found;
    while (listing != NULL && (found = readdir(listing)) != NULL) {
        char path[LONGEST];
        size_t length = strlen(found->d_name);
        int unfinished = strncmp(found->d_name, ".new-", 5) == 0;
        if ((!unfinished && (length != 64 || strspn(found->d_name, "0123456789abcdef") != 64)) ||
            strcmp(found->d_name, key) == 0 || path_of(path, directory, found->d_name) < 0)
            continue;
        int file = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0)
            remove_tree(path);
        if (file >= 0)
            close(file);
    }
    if (listing != NULL)
        closedir(listing);
}

/* Under the lock of `directory`. */
static int unpack(const char *directory, const char *folder) {
    char fresh[LONGEST], name[64];
    snprintf(name, sizeof name, ".new-%ld", (long)getpid());
    if (path_of(fresh, directory, name) < 0)
        return -1;
    clean(directory);
    if (mkdir(fresh, 0755) < 0)
        return -1;
    int failed = write_files(fresh) < 0;
    if (!failed) {
        remove_tree(folder); /* one with gaps; it was looked at under the lock */
        failed = rename(fresh, folder) < 0;
    }
    if (failed) {
        int reason = errno;
        remove_tree(fresh);
        errno = reason;
    }
    return failed ? -1 : 0;
}

/* The folder with our files under `directory`, held; -1 where there can be none. */
static int prepare(char *directory, char *folder) {
    if (path_of(folder, directory, key) < 0)
        return -1;
    if (is_ours(directory) && is_ours(folder) && is_whole(folder))
        return hold(folder);
    if (make_folder(directory) < 0)
        return -1;
    char path[LONGEST];
    if (path_of(path, directory, ".lock") < 0)
        return -1;
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0 || flock(lock, LOCK_EX) < 0)
        return -1;
    int held = -1;
    if ((is_ours(folder) && is_whole(folder)) || unpack(directory, folder) == 0)
        held = hold(folder);
    int reason = errno;
    close(lock);
    errno = reason;
    return held;
}

static int try(const char *folder_format, const char *argument, char *folder) {
    char directory[LONGEST];
    if (argument == NULL || snprintf(directory, sizeof directory, folder_format, argument) >= (int)sizeof directory ||
        directory[0] != '/')
        return -1;
    int held = prepare(directory, folder);
    int reason = errno;
    if (held < 0) {
        size_t used = strlen(failures);
        snprintf(failures + used, sizeof failures - used, "edge: cannot unpack into %s: %s\n", directory,
                 strerror(reason));
    }
    if (held < 0 && reason == EBADMSG) {
        complain("this file is damaged: download or build it again");
        exit(1);
    }
    return held;
}

/* The folder that the user names, or the first that can be used of those where caches belong. */
static int find_place(char *folder) {
    char user[32];
    snprintf(user, sizeof user, "%ld", (long)geteuid());
    const char *named = getenv(VARIABLE);
    if (named != NULL && *named != 0) {
        if (*named != '/')
            complain("%s must be an absolute path, not %s", VARIABLE, named);
        return try("%s", named, folder);
    }
    char *of_service = getenv("CACHE_DIRECTORY"); /* of systemd: several are separated by colons */
    char service[LONGEST] = "";
    if (of_service != NULL)
        snprintf(service, sizeof service, "%.*s", (int)strcspn(of_service, ":"), of_service);
    const char *home = getenv("HOME"), *caches = getenv("XDG_CACHE_HOME");
    int held = *service ? try("%s/program", service, folder) : -1;
    if (held < 0 && caches != NULL && *caches)
        held = try("%s/edge", caches, folder);
    if (held < 0 && home != NULL && *home && strcmp(home, "/") != 0)
        held = try("%s/.cache/edge", home, folder);
    if (held < 0)
        held = try("/var/tmp/edge-%s", user, folder);
    if (held < 0)
        held = try("/dev/shm/edge-%s", user, folder);
    return held;
}

/* ---- becoming the program ---- */

static int is_wanted(const char *variable) { return strncmp(variable, "PYTHON", 6) != 0; }

int main(int count, char **arguments) {
    static char folder[LONGEST], python[LONGEST + 32], program[LONGEST + 32], self[LONGEST];
    mode_t mask = umask(022);
    if (open_image() < 0)
        return 1;
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0)
        return 1;
    if (find_place(folder) < 0) {
        fputs(failures, stderr);
        complain("needs a folder of its own for 200 MB of files, where programs may run: set %s", VARIABLE);
        return 1;
    }
    snprintf(python, sizeof python, "%s/bin/python3", folder);
    snprintf(program, sizeof program, "%s/program.py", folder);
    char **passed = calloc((size_t)count + 5, sizeof *passed);
    if (passed == NULL)
        return 1;
    int at = 0;
    passed[at++] = python;
    passed[at++] = "-I";
    passed[at++] = program;
    passed[at++] = self;
    for (int given = 1; given < count; given++)
        passed[at++] = arguments[given];
    char **kept = environ; /* settings of another Python are not for this one */
    for (char **variable = environ; *variable != NULL; variable++)
        if (is_wanted(*variable))
            *kept++ = *variable;
    *kept = NULL;
    umask(mask);
    execve(python, passed, environ);
    if (errno == ENOENT)
        complain("this system has no glibc, which Python and V8 need (Debian 12, Ubuntu 24.04, Fedora 38 or newer)");
    else
        complain("cannot start %s: %s", python, strerror(errno));
    return 1;
}
