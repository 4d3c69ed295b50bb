#ifndef TUSSOCK_C_CHECKSUMS_H
#define TUSSOCK_C_CHECKSUMS_H

#include <stddef.h>
#include <stdint.h>

/// Continues a CRC-32 (ISO-HDLC, that of zlib and PNG) over `count` more bytes; 0 begins one.
uint32_t tussock_crc32(uint32_t crc, const void *bytes, size_t count);

/// Continues a CRC-32C (Castagnoli, RFC 3720 §12.1) over `count` more bytes; 0 begins one.
uint32_t tussock_crc32c(uint32_t crc, const void *bytes, size_t count);

/// The same without the processor's own instruction, so that a test can hold one against the other.
uint32_t tussock_crc32c_portable(uint32_t crc, const void *bytes, size_t count);

#endif
