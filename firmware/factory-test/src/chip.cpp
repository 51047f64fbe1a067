// Registers of the nRF52840 (PS v1.11, QSPI and RTC). Never run on hardware.
#include "chip.h"

#include "Particle.h"

namespace factory::chip {

#if HAL_PLATFORM_NRF52840

namespace {

volatile uint32_t& reg(uint32_t address) { return *reinterpret_cast<volatile uint32_t*>(address); }

constexpr uint32_t rtc2Counter = 0x40024504;  // runs at 32.768 kHz (Device OS, hal/src/nRF52840/timer_hal.cpp)
constexpr uint32_t qspi = 0x40029000, activate = qspi + 0x000, ready = qspi + 0x100;
constexpr uint32_t customInstruction = qspi + 0x634, customData = qspi + 0x638;
constexpr uint32_t readIdentification = 0x9F;
constexpr uint32_t fourBytes = 4 << 8, io2High = 1 << 12, io3High = 1 << 13, waitWhileWriting = 1 << 14;
constexpr uint32_t patience = 100000;  // looks; far longer than 4 bytes at any clock, a design margin

bool done() {
    for (uint32_t look = 0; look < patience; ++look) {
        if (reg(ready)) {
            reg(ready) = 0;
            return true;
        }
    }
    return false;
}

}  // namespace

bool jedecId(uint8_t (&id)[3]) {
    bool read = false;
    // Nobody else may use the flash between the two steps. Activating first is the way around anomaly 215: after reads
    // through the memory map, custom instructions fail otherwise.
    SINGLE_THREADED_BLOCK() {
        reg(ready) = 0;
        reg(activate) = 1;
        if (done()) {
            reg(customInstruction) = readIdentification | fourBytes | io2High | io3High | waitWhileWriting;
            read = done();
        }
        const uint32_t data = reg(customData);
        for (int at = 0; at < 3; ++at) {
            id[at] = static_cast<uint8_t>(data >> (8 * at));
        }
    }
    return read;
}

bool slowCounter(uint32_t& counter) {
    counter = reg(rtc2Counter);
    return true;
}

#else

bool jedecId(uint8_t (&)[3]) { return false; }

bool slowCounter(uint32_t&) { return false; }

#endif

}  // namespace factory::chip
