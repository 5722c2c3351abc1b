/*
 * Records what a process does to the files below one folder, so that a test can afterwards rebuild what a
 * disk would still hold had the power failed. Built by `Shim::build` in src/powerloss.rs, loaded with LD_PRELOAD.
 *
 * POWERLOSS_ROOT  the watched folder (canonical path; it must exist)
 * POWERLOSS_LOG   a folder outside of it; the journal is written to POWERLOSS_LOG/journal
 *
 * Faults, all optional, all about calls below the root only:
 * POWERLOSS_FULL_AFTER=n   the n-th call that needs space, and every later one, fails with ENOSPC until the file
 *                          POWERLOSS_LOG/space-freed appears
 * POWERLOSS_FULL_ONCE=1    only the n-th fails
 * POWERLOSS_SYNC_FAILS=n   the n-th fsync or fdatasync, and every later one, fails with EIO
 * POWERLOSS_ARM_LATER=1    counting begins when the file POWERLOSS_LOG/armed appears
 *
 * Invariants
 * - One lock is held around the real call and its record: the journal's order is the order in which things happened.
 * - A record is in the journal before the wrapped call returns. Only kill -9 is expected, the kernel survives, so the
 *   journal itself needs no sync.
 * - No table of descriptors: whether a descriptor is watched is asked of /proc/self/fd each time. Therefore dup, fcntl,
 *   close and inherited descriptors need no wrapper.
 * - What cannot be recorded is recorded as UNSUPPORTED, which makes the rebuild fail: never a silent gap.
 *
 * Not counted as a sync: sync_file_range, syncfs, sync, msync (they are not wrapped). Not seen: stdio (fopen) and raw
 * syscalls. Ignored by the rebuild: SQLite's "-shm" file, which is mapped memory that SQLite makes anew.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#if UINTPTR_MAX < UINT64_MAX
#error "this shim assumes a 64-bit system, where off_t and off64_t are the same"
#endif

/* The layout is read by src/powerloss/journal.rs. */
enum { OPEN = 1, WRITE, TRUNCATE, SYNC, RENAME, UNLINK, LINK, MKDIR, UNSUPPORTED };

struct record {
    uint64_t order;  /* 1, 2, 3, ... */
    uint32_t kind;
    uint32_t flags;  /* OPEN: 1 = may create, 2 = truncates, 4 = is a folder */
    uint64_t inode;
    uint64_t offset; /* TRUNCATE: the new length */
    uint64_t first;  /* length of the path, the data or the text that follows */
    uint64_t second; /* length of the second path that follows */
};

enum { MAY_CREATE = 1, TRUNCATES = 2, IS_FOLDER = 4 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_MAX];
static size_t root_length; /* 0 = nothing is watched */
static char journal_path[PATH_MAX + 16], freed_path[PATH_MAX + 16], armed_path[PATH_MAX + 16];
static int journal = -1;
static uint64_t order;
static long full_after, sync_fails, needing_space, syncs;
static int full_once, freed, armed;

/* The next definition of a wrapped function: libc's. */
#define REAL(result, name, ...)                                                   \
    static result (*real)(__VA_ARGS__);                                           \
    if (!real && !(*(void **)&real = dlsym(RTLD_NEXT, #name))) die("no " #name)

static ssize_t write_to(int fd, const struct iovec *parts, int count) {
    return syscall(SYS_writev, fd, parts, count); /* never through a wrapper */
}

static void die(const char *why) {
    char text[256];
    int length = snprintf(text, sizeof text, "powerloss shim: %s (errno %d)\n", why, errno);
    struct iovec part = {text, (size_t)length};
    write_to(2, &part, 1);
    abort();
}

static long number(const char *name) {
    const char *text = getenv(name);
    return text ? strtol(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void begin(void) {
    const char *folder = getenv("POWERLOSS_ROOT"), *log = getenv("POWERLOSS_LOG");
    if (!folder || !log) return;
    if (!realpath(folder, root)) die("POWERLOSS_ROOT does not exist");
    snprintf(journal_path, sizeof journal_path, "%s/journal", log);
    snprintf(freed_path, sizeof freed_path, "%s/space-freed", log);
    snprintf(armed_path, sizeof armed_path, "%s/armed", log);
    full_after = number("POWERLOSS_FULL_AFTER");
    full_once = number("POWERLOSS_FULL_ONCE") != 0;
    sync_fails = number("POWERLOSS_SYNC_FAILS");
    armed = number("POWERLOSS_ARM_LATER") == 0;
    root_length = strlen(root);
}

/* ---- the journal; every function of this part is called with the lock held ---- */

static void append(struct iovec *parts, int count) {
    if (journal < 0) {
        /* Opened at the first record, so that a child process that never touches the root leaves no trace. */
        journal = (int)syscall(SYS_openat, AT_FDCWD, journal_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (journal < 0) die("cannot open the journal");
    }
    while (count > 0) {
        ssize_t done = write_to(journal, parts, count);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) die("cannot write the journal");
        while (count > 0 && (size_t)done >= parts->iov_len) {
            done -= (ssize_t)parts->iov_len;
            parts++, count--;
        }
        if (count > 0) {
            parts->iov_base = (char *)parts->iov_base + done;
            parts->iov_len -= (size_t)done;
        }
    }
}

static void emit(struct record record, const void *first, const void *second) {
    record.order = ++order;
    struct iovec parts[] = {
        {&record, sizeof record},
        {(void *)first, record.first},
        {(void *)second, record.second},
    };
    append(parts, 3);
}

static void emit_paths(uint32_t kind, const char *first, const char *second) {
    struct record record = {.kind = kind, .first = strlen(first), .second = second ? strlen(second) : 0};
    emit(record, first, second);
}

static void emit_write(uint64_t inode, off_t offset, const struct iovec *parts, int count, size_t length) {
    char *data = malloc(length + 1), *end = data;
    if (!data) die("out of memory");
    for (int i = 0; i < count; i++) {
        size_t left = length - (size_t)(end - data);
        size_t part = parts[i].iov_len < left ? parts[i].iov_len : left;
        if (part) memcpy(end, parts[i].iov_base, part);
        end += part;
    }
    struct record record = {.kind = WRITE, .inode = inode, .offset = (uint64_t)offset, .first = length};
    emit(record, data, NULL);
    free(data);
}

/* ---- faults; called with the lock held ---- */

static int is_armed(void) { return armed || (armed = access(armed_path, F_OK) == 0); }

/* Counts one call that needs space and says whether the disk is full for it. */
static int disk_full(void) {
    if (!full_after || !is_armed() || ++needing_space < full_after) return 0;
    if (full_once) return needing_space == full_after;
    return !(freed || (freed = access(freed_path, F_OK) == 0));
}

static int sync_fault(void) { return sync_fails && is_armed() && ++syncs >= sync_fails; }

/* ---- which file is meant ---- */

/* The part of an absolute path below the root ("" for the root itself), or NULL. */
static const char *below(const char *path) {
    if (!root_length || strncmp(path, root, root_length) != 0) return NULL;
    if (path[root_length] == '/') return path + root_length + 1;
    return path[root_length] == '\0' ? path + root_length : NULL;
}

static int path_of(int fd, char out[PATH_MAX]) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, out, PATH_MAX - 1);
    if (length < 0) return 0;
    out[length] = '\0';
    return 1;
}

/* Is this descriptor a file or folder below the root? errno is kept. */
static const char *watched(int fd, struct stat *about, char path[PATH_MAX]) {
    int before = errno;
    const char *relative = NULL;
    if (root_length && fstat(fd, about) == 0 && (S_ISREG(about->st_mode) || S_ISDIR(about->st_mode)) &&
        path_of(fd, path))
        relative = below(path);
    errno = before;
    return relative;
}

/* The part below the root of a path that need not exist (its folder must), or NULL. errno is kept. */
static const char *resolve(int dirfd, const char *path, char out[PATH_MAX]) {
    char joined[2 * PATH_MAX + 2], folder[PATH_MAX] = "";
    int before = errno;
    const char *relative = NULL;
    if (!root_length || !path || strlen(path) >= PATH_MAX) return NULL;
    if (path[0] != '/' && !(dirfd == AT_FDCWD ? getcwd(folder, sizeof folder) != NULL : path_of(dirfd, folder)))
        goto done;
    int length = snprintf(joined, sizeof joined, "%s%s%s", folder, path[0] == '/' ? "" : "/", path);
    while (length > 1 && joined[length - 1] == '/') joined[--length] = '\0';
    char *name = strrchr(joined, '/');
    *name++ = '\0';
    if (!realpath(joined[0] ? joined : "/", out)) goto done;
    size_t used = strlen(out);
    if (used + strlen(name) + 2 > PATH_MAX) goto done;
    snprintf(out + used, PATH_MAX - used, "%s%s", out[used - 1] == '/' ? "" : "/", name);
    relative = below(out);
done:
    errno = before;
    return relative;
}

static int refuse(int error) {
    errno = error;
    return -1;
}

/* ---- opening ---- */

static void record_open(int fd, int flags) {
    struct stat about;
    char path[PATH_MAX];
    const char *relative = watched(fd, &about, path);
    if (!relative) return;
    if ((flags & O_TMPFILE) == O_TMPFILE) emit_paths(UNSUPPORTED, "open with O_TMPFILE", NULL);
    if ((flags & O_ACCMODE) != O_RDONLY && (flags & (O_SYNC | O_DSYNC)))
        emit_paths(UNSUPPORTED, "open with O_SYNC or O_DSYNC", NULL);
    struct record record = {
        .kind = OPEN,
        .flags = (flags & O_CREAT ? MAY_CREATE : 0) | (flags & O_TRUNC ? TRUNCATES : 0) |
                 (S_ISDIR(about.st_mode) ? IS_FOLDER : 0),
        .inode = about.st_ino,
        .first = strlen(relative),
    };
    emit(record, relative, NULL);
}

static int open_any(int dirfd, const char *path, int flags, mode_t mode) {
    REAL(int, openat, int, const char *, int, ...);
    char target[PATH_MAX];
    /* Outside of the root nothing waits for the lock: opening a pipe may block for ever. */
    if (!resolve(dirfd, path, target)) {
        int fd = real(dirfd, path, flags, mode);
        if (fd >= 0 && root_length) { /* perhaps through a symbolic link */
            pthread_mutex_lock(&lock);
            record_open(fd, flags);
            pthread_mutex_unlock(&lock);
        }
        return fd;
    }
    int fd, creates = (flags & O_CREAT) && access(target, F_OK) != 0;
    pthread_mutex_lock(&lock);
    if (creates && disk_full()) {
        fd = refuse(ENOSPC);
    } else {
        fd = real(dirfd, path, flags, mode);
        if (fd >= 0) record_open(fd, flags);
    }
    pthread_mutex_unlock(&lock);
    return fd;
}

#define MODE_ARGUMENT                                   \
    mode_t mode = 0;                                    \
    if (flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) { \
        va_list rest;                                   \
        va_start(rest, flags);                          \
        mode = va_arg(rest, mode_t);                    \
        va_end(rest);                                   \
    }

int open(const char *path, int flags, ...) { MODE_ARGUMENT return open_any(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE_ARGUMENT return open_any(AT_FDCWD, path, flags, mode); }
int openat(int dirfd, const char *path, int flags, ...) { MODE_ARGUMENT return open_any(dirfd, path, flags, mode); }
int openat64(int dirfd, const char *path, int flags, ...) { MODE_ARGUMENT return open_any(dirfd, path, flags, mode); }
int creat(const char *path, mode_t mode) { return open_any(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return open_any(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

/* ---- writing: `offset` is evaluated after the call, with its result in `done` ---- */

#define WRITE_AND_RECORD(fd, call, at, parts, count)                                    \
    do {                                                                                \
        struct stat about;                                                              \
        char path[PATH_MAX];                                                            \
        if (!watched(fd, &about, path)) return call;                                    \
        pthread_mutex_lock(&lock);                                                      \
        ssize_t done = disk_full() ? refuse(ENOSPC) : call;                             \
        if (done > 0) emit_write(about.st_ino, at, parts, count, (size_t)done);         \
        pthread_mutex_unlock(&lock);                                                    \
        return done;                                                                    \
    } while (0)

/* Where a write without an offset began; also right for O_APPEND, which moves to the end first. */
#define BEFORE_POSITION (lseek(fd, 0, SEEK_CUR) - done)

ssize_t write(int fd, const void *data, size_t length) {
    REAL(ssize_t, write, int, const void *, size_t);
    struct iovec one = {(void *)data, length};
    WRITE_AND_RECORD(fd, real(fd, data, length), BEFORE_POSITION, &one, 1);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(ssize_t, writev, int, const struct iovec *, int);
    WRITE_AND_RECORD(fd, real(fd, parts, count), BEFORE_POSITION, parts, count);
}

#define POSITIONED_WRITE(name)                                              \
    ssize_t name(int fd, const void *data, size_t length, off_t offset) {   \
        REAL(ssize_t, name, int, const void *, size_t, off_t);              \
        struct iovec one = {(void *)data, length};                          \
        WRITE_AND_RECORD(fd, real(fd, data, length, offset), offset, &one, 1); \
    }
POSITIONED_WRITE(pwrite)
POSITIONED_WRITE(pwrite64)

#define POSITIONED_WRITEV(name)                                                     \
    ssize_t name(int fd, const struct iovec *parts, int count, off_t offset) {      \
        REAL(ssize_t, name, int, const struct iovec *, int, off_t);                 \
        WRITE_AND_RECORD(fd, real(fd, parts, count, offset), offset, parts, count); \
    }
POSITIONED_WRITEV(pwritev)
POSITIONED_WRITEV(pwritev64)

/* Offset -1 means the current position here. */
#define POSITIONED_WRITEV2(name)                                                              \
    ssize_t name(int fd, const struct iovec *parts, int count, off_t offset, int flags) {     \
        REAL(ssize_t, name, int, const struct iovec *, int, off_t, int);                      \
        WRITE_AND_RECORD(fd, real(fd, parts, count, offset, flags),                           \
                         offset == -1 ? BEFORE_POSITION : offset, parts, count);              \
    }
POSITIONED_WRITEV2(pwritev2)
POSITIONED_WRITEV2(pwritev64v2)

static int truncate_fd(int fd, off_t length, int (*real)(int, off_t)) {
    struct stat about;
    char path[PATH_MAX];
    if (!watched(fd, &about, path)) return real(fd, length);
    pthread_mutex_lock(&lock);
    int result = length > about.st_size && disk_full() ? refuse(ENOSPC) : real(fd, length);
    if (result == 0) {
        struct record record = {.kind = TRUNCATE, .inode = about.st_ino, .offset = (uint64_t)length};
        emit(record, NULL, NULL);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

int ftruncate(int fd, off_t length) {
    REAL(int, ftruncate, int, off_t);
    return truncate_fd(fd, length, real);
}

int ftruncate64(int fd, off_t length) {
    REAL(int, ftruncate64, int, off_t);
    return truncate_fd(fd, length, real);
}

/* ---- syncing: recorded only once it has succeeded ---- */

static int sync_fd(int fd, int (*real)(int)) {
    struct stat about;
    char path[PATH_MAX];
    if (!watched(fd, &about, path)) return real(fd);
    pthread_mutex_lock(&lock);
    int result = sync_fault() ? refuse(EIO) : real(fd);
    if (result == 0) {
        struct record record = {.kind = SYNC, .inode = about.st_ino};
        emit(record, NULL, NULL);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

int fsync(int fd) {
    REAL(int, fsync, int);
    return sync_fd(fd, real);
}

int fdatasync(int fd) {
    REAL(int, fdatasync, int);
    return sync_fd(fd, real);
}

/* ---- folders and their entries ---- */

/* A socket is no data: it is made by bind, which is not wrapped, and nobody expects it after a power failure. */
static int is_socket(int dirfd, const char *path) {
    struct stat info;
    return fstatat(dirfd, path, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(info.st_mode);
}

/* A call with one path; CALL is made under the lock. */
#define ENTRY_AND_RECORD(dirfd, path, needs_space, call, what)                   \
    do {                                                                         \
        char target[PATH_MAX];                                                   \
        const char *relative = resolve(dirfd, path, target);                     \
        if (!relative || is_socket(dirfd, path)) return call;                    \
        pthread_mutex_lock(&lock);                                               \
        int result = (needs_space) && disk_full() ? refuse(ENOSPC) : call;       \
        if (result == 0) emit_paths(what, relative, NULL);                       \
        pthread_mutex_unlock(&lock);                                             \
        return result;                                                           \
    } while (0)

int unlink(const char *path) {
    REAL(int, unlink, const char *);
    ENTRY_AND_RECORD(AT_FDCWD, path, 0, real(path), UNLINK);
}

int rmdir(const char *path) {
    REAL(int, rmdir, const char *);
    ENTRY_AND_RECORD(AT_FDCWD, path, 0, real(path), UNLINK);
}

int unlinkat(int dirfd, const char *path, int flags) {
    REAL(int, unlinkat, int, const char *, int);
    ENTRY_AND_RECORD(dirfd, path, 0, real(dirfd, path, flags), UNLINK);
}

int mkdir(const char *path, mode_t mode) {
    REAL(int, mkdir, const char *, mode_t);
    ENTRY_AND_RECORD(AT_FDCWD, path, 1, real(path, mode), MKDIR);
}

int mkdirat(int dirfd, const char *path, mode_t mode) {
    REAL(int, mkdirat, int, const char *, mode_t);
    ENTRY_AND_RECORD(dirfd, path, 1, real(dirfd, path, mode), MKDIR);
}

static int two_paths(uint32_t kind, int result, const char *from, const char *to, int supported) {
    if (result != 0) return result;
    if (from && to && supported)
        emit_paths(kind, from, to);
    else
        emit_paths(UNSUPPORTED, kind == LINK ? "a link across the watched folder's border"
                                             : "an exchange, or a rename across the watched folder's border", NULL);
    return result;
}

/* A call with two paths. */
#define PAIR_AND_RECORD(fromfd, from, tofd, to, call, what, needs_space, supported)            \
    do {                                                                                       \
        char from_target[PATH_MAX], to_target[PATH_MAX];                                       \
        const char *from_below = resolve(fromfd, from, from_target);                           \
        const char *to_below = resolve(tofd, to, to_target);                                   \
        if ((!from_below && !to_below) || is_socket(fromfd, from)) return call;                \
        pthread_mutex_lock(&lock);                                                             \
        int result = (needs_space) && disk_full() ? refuse(ENOSPC)                             \
                                                  : two_paths(what, call, from_below, to_below, supported); \
        pthread_mutex_unlock(&lock);                                                           \
        return result;                                                                         \
    } while (0)

int rename(const char *from, const char *to) {
    REAL(int, rename, const char *, const char *);
    PAIR_AND_RECORD(AT_FDCWD, from, AT_FDCWD, to, real(from, to), RENAME, 0, 1);
}

int renameat(int fromfd, const char *from, int tofd, const char *to) {
    REAL(int, renameat, int, const char *, int, const char *);
    PAIR_AND_RECORD(fromfd, from, tofd, to, real(fromfd, from, tofd, to), RENAME, 0, 1);
}

int renameat2(int fromfd, const char *from, int tofd, const char *to, unsigned flags) {
    REAL(int, renameat2, int, const char *, int, const char *, unsigned);
    PAIR_AND_RECORD(fromfd, from, tofd, to, real(fromfd, from, tofd, to, flags), RENAME, 0,
                    (flags & ~(unsigned)RENAME_NOREPLACE) == 0);
}

int link(const char *from, const char *to) {
    REAL(int, link, const char *, const char *);
    PAIR_AND_RECORD(AT_FDCWD, from, AT_FDCWD, to, real(from, to), LINK, 1, 1);
}

int linkat(int fromfd, const char *from, int tofd, const char *to, int flags) {
    REAL(int, linkat, int, const char *, int, const char *, int);
    PAIR_AND_RECORD(fromfd, from, tofd, to, real(fromfd, from, tofd, to, flags), LINK, 1, 1);
}

/* ---- what the journal cannot describe ---- */

static void unsupported(const char *what) {
    pthread_mutex_lock(&lock);
    emit_paths(UNSUPPORTED, what, NULL);
    pthread_mutex_unlock(&lock);
}

int symlinkat(const char *from, int dirfd, const char *path) {
    REAL(int, symlinkat, const char *, int, const char *);
    char target[PATH_MAX];
    if (resolve(dirfd, path, target)) unsupported("a symbolic link");
    return real(from, dirfd, path);
}

int symlink(const char *from, const char *path) { return symlinkat(from, AT_FDCWD, path); }

int truncate(const char *path, off_t length) {
    REAL(int, truncate, const char *, off_t);
    char target[PATH_MAX];
    if (resolve(AT_FDCWD, path, target)) unsupported("truncate by path");
    return real(path, length);
}

int truncate64(const char *path, off_t length) { return truncate(path, length); }

/* Raw, because an allocator may map memory before dlsym works. */
void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
    struct stat about;
    char path[PATH_MAX];
    if (fd >= 0 && (flags & MAP_SHARED) && (protection & PROT_WRITE) && watched(fd, &about, path)) {
        size_t end = strlen(path);
        if (end < 4 || strcmp(path + end - 4, "-shm") != 0) unsupported("a shared writable mapping");
    }
    return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}

void *mmap64(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
    return mmap(address, length, protection, flags, fd, offset);
}

/* Refused below the root, as some file systems do: callers fall back to plain writes. */
#define NOT_HERE(fd, error)                               \
    do {                                                  \
        struct stat about;                                \
        char path[PATH_MAX];                              \
        if (watched(fd, &about, path)) return refuse(error); \
    } while (0)

ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t length, unsigned flags) {
    REAL(ssize_t, copy_file_range, int, off64_t *, int, off64_t *, size_t, unsigned);
    NOT_HERE(to, EXDEV);
    return real(from, from_at, to, to_at, length, flags);
}

ssize_t sendfile(int to, int from, off_t *at, size_t length) {
    REAL(ssize_t, sendfile, int, int, off_t *, size_t);
    NOT_HERE(to, EINVAL);
    return real(to, from, at, length);
}

ssize_t sendfile64(int to, int from, off64_t *at, size_t length) { return sendfile(to, from, at, length); }

ssize_t splice(int from, off64_t *from_at, int to, off64_t *to_at, size_t length, unsigned flags) {
    REAL(ssize_t, splice, int, off64_t *, int, off64_t *, size_t, unsigned);
    NOT_HERE(to, EINVAL);
    return real(from, from_at, to, to_at, length, flags);
}

int fallocate(int fd, int mode, off_t offset, off_t length) {
    REAL(int, fallocate, int, int, off_t, off_t);
    NOT_HERE(fd, EOPNOTSUPP);
    return real(fd, mode, offset, length);
}

int fallocate64(int fd, int mode, off64_t offset, off64_t length) { return fallocate(fd, mode, offset, length); }

/* These two return the error instead of setting errno. */
int posix_fallocate(int fd, off_t offset, off_t length) {
    REAL(int, posix_fallocate, int, off_t, off_t);
    struct stat about;
    char path[PATH_MAX];
    return watched(fd, &about, path) ? EOPNOTSUPP : real(fd, offset, length);
}

int posix_fallocate64(int fd, off64_t offset, off64_t length) { return posix_fallocate(fd, offset, length); }
