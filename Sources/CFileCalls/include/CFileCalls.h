#ifndef TUSSOCK_C_FILE_CALLS_H
#define TUSSOCK_C_FILE_CALLS_H

#include <stdint.h>
#include <sys/types.h>

/// Calls that Swift's Glibc module does not show, because they need _GNU_SOURCE or a Linux header.

/// copy_file_range(2) at given offsets, flags 0. Bytes copied (0 = end of the source), or -1 with errno.
ssize_t tussock_copy_file_range(int source, int64_t source_offset, int target, int64_t target_offset, size_t count);

/// ioctl_ficlonerange(2): shares the range's blocks. 0, or -1 with errno.
int tussock_clone_range(int source, int64_t source_offset, int target, int64_t target_offset, uint64_t count);

/// Reads a range of a file into the page cache, by madvise(2) with MADV_POPULATE_READ (Linux 5.14), without copying it;
/// does nothing where all of it is there, as far as the kernel can tell.
/// 0, or -1 with errno: EINVAL where the kernel cannot, EFAULT where the file ends before.
int tussock_populate(int descriptor, int64_t offset, size_t count);

/// sync_file_range(2) with SYNC_FILE_RANGE_WRITE: begins to write what is in memory of the range; waits only for room in
/// the disk's queue. 0, or -1 with errno, which fdatasync(2) need not tell again.
int tussock_start_writing(int descriptor, int64_t offset, int64_t count);

/// pthread_setname_np(3) of the calling thread; the name is cut to 15 bytes.
void tussock_name_this_thread(const char *name);

#endif
