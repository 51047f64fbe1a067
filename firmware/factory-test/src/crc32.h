// CRC-32 as zlib, Ethernet and PKZIP compute it: polynomial 0x04C11DB7, reflected (ITU-T V.42 §8.1.1.6.2).
#pragma once

#include <cstddef>
#include <cstdint>

namespace factory {

uint32_t crc32(const char* data, size_t size);

}  // namespace factory
