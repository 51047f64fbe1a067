// What the Wiring API does not give away and a test must know. Read only; a chip without it says so.
#pragma once

#include <cstddef>
#include <cstdint>

namespace factory::chip {

// The three bytes that the external flash answers to "read identification" (9F). False when it cannot be asked.
bool jedecId(uint8_t (&id)[3]);

// The counter of the 32.768 kHz clock, modulo 2^24. False where the chip has none that can be read.
bool slowCounter(uint32_t& counter);
constexpr uint32_t slowModulus = uint32_t{1} << 24;
constexpr double slowHertz = 32768;

}  // namespace factory::chip
