#include "CChecksums.h"

#include <pthread.h>
#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

// Eight bytes a step ("slicing by 8"): entry [k][b] is the CRC of byte b followed by k zero bytes. Both polynomials are
// written with their bits reversed, as the algorithms shift to the right.
static uint32_t iso_tables[8][256];
static uint32_t castagnoli_tables[8][256];
static pthread_once_t tables_are_made = PTHREAD_ONCE_INIT;

static void make_table(uint32_t tables[8][256], uint32_t polynomial) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ polynomial : crc >> 1;
        tables[0][byte] = crc;
    }
    for (int zeros = 1; zeros < 8; zeros++) {
        for (int byte = 0; byte < 256; byte++) {
            uint32_t shorter = tables[zeros - 1][byte];
            tables[zeros][byte] = shorter >> 8 ^ tables[0][shorter & 0xFF];
        }
    }
}

static void make_tables(void) {
    make_table(iso_tables, 0xEDB88320u);
    make_table(castagnoli_tables, 0x82F63B78u);
}

static uint32_t slice_by_8(uint32_t tables[8][256], uint32_t crc, const uint8_t *next, size_t count) {
    crc = ~crc;
    for (; count >= 8; next += 8, count -= 8) {
        uint32_t low = crc ^ ((uint32_t)next[0] | (uint32_t)next[1] << 8 | (uint32_t)next[2] << 16
                              | (uint32_t)next[3] << 24);
        crc = tables[7][low & 0xFF] ^ tables[6][low >> 8 & 0xFF] ^ tables[5][low >> 16 & 0xFF] ^ tables[4][low >> 24]
            ^ tables[3][next[4]] ^ tables[2][next[5]] ^ tables[1][next[6]] ^ tables[0][next[7]];
    }
    for (; count > 0; next++, count--) crc = crc >> 8 ^ tables[0][(crc ^ *next) & 0xFF];
    return ~crc;
}

uint32_t tussock_crc32(uint32_t crc, const void *bytes, size_t count) {
    pthread_once(&tables_are_made, make_tables);
    return slice_by_8(iso_tables, crc, bytes, count);
}

uint32_t tussock_crc32c_portable(uint32_t crc, const void *bytes, size_t count) {
    pthread_once(&tables_are_made, make_tables);
    return slice_by_8(castagnoli_tables, crc, bytes, count);
}

#if defined(__x86_64__)
__attribute__((target("sse4.2")))
static uint32_t crc32c_of_the_processor(uint32_t crc, const uint8_t *next, size_t count) {
    uint64_t wide = ~crc;
    for (; count >= 8; next += 8, count -= 8) {
        uint64_t word;
        memcpy(&word, next, sizeof word);
        wide = _mm_crc32_u64(wide, word);
    }
    uint32_t narrow = (uint32_t)wide;
    for (; count > 0; next++, count--) narrow = _mm_crc32_u8(narrow, *next);
    return ~narrow;
}
#endif

uint32_t tussock_crc32c(uint32_t crc, const void *bytes, size_t count) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2")) return crc32c_of_the_processor(crc, bytes, count);
#endif
    return tussock_crc32c_portable(crc, bytes, count);
}
