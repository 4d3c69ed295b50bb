#define _GNU_SOURCE
#include "CFileCalls.h"

#include <errno.h>
#include <linux/fs.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
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

int tussock_populate(int descriptor, int64_t offset, size_t count) {
    const int64_t start = offset & ~(int64_t)(sysconf(_SC_PAGESIZE) - 1);
    const size_t length = count + (size_t)(offset - start);
    void *memory = mmap(NULL, length, PROT_READ, MAP_SHARED, descriptor, start);
    if (memory == MAP_FAILED) return -1;
    const int result = madvise(memory, length, MADV_POPULATE_READ);
    const int failure = errno;
    munmap(memory, length);
    errno = failure;
    return result;
}

void tussock_name_this_thread(const char *name) {
    char cut[16] = {0};
    strncpy(cut, name, sizeof cut - 1);
    pthread_setname_np(pthread_self(), cut);
}
