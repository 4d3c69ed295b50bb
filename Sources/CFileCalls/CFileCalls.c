#define _GNU_SOURCE
#include "CFileCalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

ssize_t tussock_copy_file_range(int source, int64_t source_offset, int target, int64_t target_offset, size_t count) {
    off64_t from = source_offset, to = target_offset;
    return copy_file_range(source, &from, target, &to, count, 0);
}

int tussock_clone_range(int source, int64_t source_offset, int target, int64_t target_offset, uint64_t count) {
    struct file_clone_range range = {
        .src_fd = source,
        .src_offset = (uint64_t)source_offset,
        .src_length = count,
        .dest_offset = (uint64_t)target_offset,
    };
    return ioctl(target, FICLONERANGE, &range);
}

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

// Whether all pages of a range are in memory, by cachestat(2), Linux 6.5. 0 also where the kernel does not say.
static int is_cached(int descriptor, int64_t start, size_t pages) {
    const uint64_t range[2] = {(uint64_t)start, pages * (uint64_t)sysconf(_SC_PAGESIZE)};
    uint64_t counts[5] = {0};
    return syscall(SYS_cachestat, descriptor, range, counts, 0) == 0 && counts[0] >= pages;
}

// Whether they have all been read: cachestat counts those that are still on their way as well. mincore(2) alone says of
// a file that is not the caller's that all is there.
static int is_read(void *memory, size_t length, size_t pages) {
    unsigned char *states = malloc(pages);
    if (states == NULL) return 0;
    int all = mincore(memory, length, states) == 0;
    for (size_t page = 0; all && page < pages; page++) all = states[page] & 1;
    free(states);
    return all;
}

int tussock_populate(int descriptor, int64_t offset, size_t count) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const int64_t start = offset & ~(int64_t)(page - 1);
    const size_t length = count + (size_t)(offset - start), pages = (length + page - 1) / page;
    void *memory = mmap(NULL, length, PROT_READ, MAP_SHARED, descriptor, start);
    if (memory == MAP_FAILED) return -1;
    const int is_there = is_cached(descriptor, start, pages) && is_read(memory, length, pages);
    const int result = is_there ? 0 : madvise(memory, length, MADV_POPULATE_READ);
    const int failure = errno;
    munmap(memory, length);
    errno = failure;
    return result;
}

int tussock_start_writing(int descriptor, int64_t offset, int64_t count) {
    return sync_file_range(descriptor, offset, count, SYNC_FILE_RANGE_WRITE);
}

void tussock_name_this_thread(const char *name) {
    char cut[16] = {0};
    strncpy(cut, name, sizeof cut - 1);
    pthread_setname_np(pthread_self(), cut);
}
