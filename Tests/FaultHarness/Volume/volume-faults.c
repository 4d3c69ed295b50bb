// Preloaded into the processes under test: makes calls on files of one volume fail or stall when the test says so.
//
// FAULT_VOLUME is the volume's folder, FAULT_CONTROL a file that the test maps as well, in which it
// arms one rule for each kind of call: let `skip` calls pass, then let the next `times` fail or stall.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum kind { OPEN, WRITE, FDATASYNC, FSYNC, RENAME, UNLINK, FTRUNCATE, COPY, KINDS };

// What a call does that a rule meets: nothing but fail; its work, and fail all the same (a lost answer of a file
// server); half of its work (a short write); fail and lose every byte since the last good sync (a broken disk).
enum mode { REFUSE, DO_AND_FAIL, HALF, LOSE };

// `upload` is the hash of the one upload that the rule is for; 0: any.
struct rule { int32_t armed, skip, times, error, stall_ms, mode, fired, upload; };
struct control { int32_t healed, unused[7]; struct rule rules[KINDS]; };

#define DESCRIPTORS 65536
// The bytes from low to high were written since the last good sync.
struct file { int ours; int32_t upload; off_t low, high; };

static struct control *control;
static const char *volume;
static size_t volume_length;
static struct file files[DESCRIPTORS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAULT_CONTROL");
    const char *folder = getenv("FAULT_VOLUME");
    if (!path || !folder) return;
    int descriptor = REAL(open)(path, O_RDWR | O_CLOEXEC);
    if (descriptor < 0) abort();
    void *memory = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (memory == MAP_FAILED) abort();
    REAL(close)(descriptor);
    volume = folder;
    volume_length = strlen(folder);
    control = memory;
}

static int is_below(const char *path) {
    return control && path && strncmp(path, volume, volume_length) == 0 && path[volume_length] == '/';
}

static int is_ours(int descriptor) {
    return control && descriptor >= 0 && descriptor < DESCRIPTORS
        && __atomic_load_n(&files[descriptor].ours, __ATOMIC_ACQUIRE);
}

// FNV-1a of the upload's id, with which the names of all its files begin.
static int32_t upload_of(const char *path) {
    const char *slash = strrchr(path, '/');
    uint32_t hash = 2166136261u;
    const char *name = slash ? slash + 1 : path;
    for (const char *at = name; *at && at - name < 32; at++) {
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    }
    return (int32_t)hash;
}

static void remember(int descriptor, int ours, int32_t upload) {
    if (descriptor < 0 || descriptor >= DESCRIPTORS) return;
    pthread_mutex_lock(&lock);
    files[descriptor] = (struct file){ .ours = ours, .upload = upload };
    pthread_mutex_unlock(&lock);
}

static void stall(int milliseconds) {
    struct timespec pause = { 0, 10 * 1000 * 1000 };
    for (int done = 0; done < milliseconds; done += 10) {
        if (__atomic_load_n(&control->healed, __ATOMIC_ACQUIRE)) return;
        nanosleep(&pause, NULL);
    }
}

// Whether a rule meets this call; stalls it if the rule says so.
static int meets(enum kind kind, int32_t upload, struct rule *met) {
    struct rule *rule = &control->rules[kind];
    int isMet = 0;
    pthread_mutex_lock(&lock);
    if (__atomic_load_n(&rule->armed, __ATOMIC_ACQUIRE) && (!rule->upload || rule->upload == upload)) {
        if (rule->skip > 0) {
            rule->skip--;
        } else {
            isMet = 1;
            rule->fired++;
            *met = *rule;
            if (--rule->times <= 0) __atomic_store_n(&rule->armed, 0, __ATOMIC_RELEASE);
        }
    }
    pthread_mutex_unlock(&lock);
    if (isMet) stall(met->stall_ms);
    return isMet;
}

// What is to be done in place of the call: its result is -1 with errno.
static int refused(const struct rule *rule) {
    errno = rule->error;
    return -1;
}

static void wrote(int descriptor, off_t offset, ssize_t count) {
    if (count <= 0) return;
    pthread_mutex_lock(&lock);
    struct file *file = &files[descriptor];
    if (file->high == 0 || offset < file->low) file->low = offset;
    if (offset + count > file->high) file->high = offset + count;
    pthread_mutex_unlock(&lock);
}

// MARK: Opening and closing

static int opened(const char *path, int descriptor) {
    if (descriptor >= 0) remember(descriptor, is_below(path), upload_of(path));
    return descriptor;
}

#define OPEN_AS(name)                                                     \
    int name(const char *path, int flags, ...) {                          \
        va_list list;                                                     \
        va_start(list, flags);                                            \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0; \
        va_end(list);                                                     \
        struct rule rule;                                                 \
        if (is_below(path) && meets(OPEN, upload_of(path), &rule) && rule.error) return refused(&rule); \
        return opened(path, REAL(name)(path, flags, mode));               \
    }
OPEN_AS(open)
OPEN_AS(open64)

#define OPENAT_AS(name)                                                   \
    int name(int folder, const char *path, int flags, ...) {              \
        va_list list;                                                     \
        va_start(list, flags);                                            \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0; \
        va_end(list);                                                     \
        struct rule rule;                                                 \
        if (is_below(path) && meets(OPEN, upload_of(path), &rule) && rule.error) return refused(&rule); \
        return opened(path, REAL(name)(folder, path, flags, mode));       \
    }
OPENAT_AS(openat)
OPENAT_AS(openat64)

int close(int descriptor) {
    if (is_ours(descriptor)) remember(descriptor, 0, 0);
    return REAL(close)(descriptor);
}

// MARK: Writing

static ssize_t write_half(int descriptor, const void *bytes, size_t count, off_t offset) {
    return REAL(pwrite)(descriptor, bytes, count > 1 ? count / 2 : count, offset);
}

#define PWRITE_AS(name)                                                            \
    ssize_t name(int descriptor, const void *bytes, size_t count, off_t offset) {  \
        struct rule rule;                                                          \
        ssize_t done;                                                              \
        if (is_ours(descriptor) && meets(WRITE, files[descriptor].upload, &rule) && (rule.error || rule.mode == HALF)) { \
            if (rule.mode != HALF) return refused(&rule);                          \
            done = write_half(descriptor, bytes, count, offset);                   \
        } else {                                                                   \
            done = REAL(name)(descriptor, bytes, count, offset);                   \
        }                                                                          \
        if (is_ours(descriptor)) wrote(descriptor, offset, done);                  \
        return done;                                                               \
    }
PWRITE_AS(pwrite)
PWRITE_AS(pwrite64)

#define PWRITEV_AS(name)                                                                      \
    ssize_t name(int descriptor, const struct iovec *vectors, int count, off_t offset) {      \
        struct rule rule;                                                                     \
        ssize_t done;                                                                         \
        if (is_ours(descriptor) && meets(WRITE, files[descriptor].upload, &rule) && (rule.error || rule.mode == HALF)) { \
            if (rule.mode != HALF || count < 1) return refused(&rule);                        \
            done = write_half(descriptor, vectors[0].iov_base, vectors[0].iov_len, offset);   \
        } else {                                                                              \
            done = REAL(name)(descriptor, vectors, count, offset);                            \
        }                                                                                     \
        if (is_ours(descriptor)) wrote(descriptor, offset, done);                             \
        return done;                                                                          \
    }
PWRITEV_AS(pwritev)
PWRITEV_AS(pwritev64)

ssize_t copy_file_range(int source, off64_t *from, int target, off64_t *to, size_t count, unsigned flags) {
    struct rule rule;
    off_t start = to ? *to : 0;
    if (is_ours(target) && meets(COPY, files[target].upload, &rule) && rule.error) return refused(&rule);
    ssize_t done = REAL(copy_file_range)(source, from, target, to, count, flags);
    if (is_ours(target)) wrote(target, start, done);
    return done;
}

#define FTRUNCATE_AS(name)                                                                      \
    int name(int descriptor, off_t length) {                                                    \
        struct rule rule;                                                                       \
        if (is_ours(descriptor) && meets(FTRUNCATE, files[descriptor].upload, &rule) && rule.error) return refused(&rule); \
        return REAL(name)(descriptor, length);                                                  \
    }
FTRUNCATE_AS(ftruncate)
FTRUNCATE_AS(ftruncate64)

// MARK: Syncing

// Pages that could not be written are clean afterwards and hold whatever the disk holds.
static void lose(int descriptor, struct file range) {
    char garbage[4096];
    memset(garbage, 0xDB, sizeof garbage);
    for (off_t at = range.low; at < range.high;) {
        size_t count = range.high - at < (off_t)sizeof garbage ? (size_t)(range.high - at) : sizeof garbage;
        if (REAL(pwrite)(descriptor, garbage, count, at) <= 0) return;
        at += count;
    }
}

#define SYNC_AS(name, kind)                                                         \
    int name(int descriptor) {                                                      \
        if (!is_ours(descriptor)) return REAL(name)(descriptor);                    \
        pthread_mutex_lock(&lock);                                                  \
        struct file range = files[descriptor];                                      \
        files[descriptor].low = files[descriptor].high = 0;                         \
        pthread_mutex_unlock(&lock);                                                \
        struct rule rule;                                                           \
        if (!meets(kind, range.upload, &rule) || !rule.error) return REAL(name)(descriptor);      \
        if (rule.mode == LOSE) lose(descriptor, range);                             \
        return refused(&rule);                                                      \
    }
SYNC_AS(fdatasync, FDATASYNC)
SYNC_AS(fsync, FSYNC)

// MARK: Names

int rename(const char *from, const char *to) {
    struct rule rule;
    if (!is_below(from) || !meets(RENAME, upload_of(from), &rule) || !rule.error) return REAL(rename)(from, to);
    if (rule.mode == DO_AND_FAIL && REAL(rename)(from, to) != 0) return -1;
    return refused(&rule);
}

int unlink(const char *path) {
    struct rule rule;
    if (!is_below(path) || !meets(UNLINK, upload_of(path), &rule) || !rule.error) return REAL(unlink)(path);
    if (rule.mode == DO_AND_FAIL && REAL(unlink)(path) != 0) return -1;
    return refused(&rule);
}
