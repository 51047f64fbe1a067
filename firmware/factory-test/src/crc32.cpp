#include "crc32.h"

namespace factory {

// Bit by bit: a line of 502 bytes takes well under a millisecond, and a table would take 1 KiB of flash.
uint32_t crc32(const char* data, size_t size) {
    constexpr uint32_t reflected = 0xEDB88320;
    uint32_t crc = 0xFFFFFFFF;
    for (size_t at = 0; at < size; ++at) {
        crc ^= static_cast<uint8_t>(data[at]);
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc >> 1) ^ ((crc & 1) ? reflected : 0);
        }
    }
    return ~crc;
}

}  // namespace factory
