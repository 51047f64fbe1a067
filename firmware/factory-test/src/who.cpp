// Which unit this is, which firmware, and which start of it.
#include "Particle.h"
#include "deviceid_hal.h"
#include "rng_hal.h"
#include "subjects.h"

namespace factory {

namespace {

constexpr const char* firmware = "factory-test";
constexpr const char* version = "1.0.0";

uint32_t boot = 0;

}  // namespace

void beginStart() {
    while (boot == 0) {
        boot = HAL_RNG_GetRandomNumber();
    }
}

uint32_t bootNumber() { return boot; }

double uptimeSeconds() { return static_cast<double>(System.millis()) / 1000; }

void who(const Question&, Answer& answer) {
    // The number on the label, from one-time programmable memory; a unit that was never given one answers with nothing.
    char serial[HAL_DEVICE_SERIAL_NUMBER_SIZE + 1] = {};
    hal_get_device_serial_number(serial, sizeof(serial), nullptr);
    answer.text("firmware", firmware);
    answer.text("version", version);
    answer.text("mode", System.mode() == MANUAL ? "MANUAL" : "other");
    answer.text("os", System.version().c_str());
    answer.number("platform", PLATFORM_ID, 0);
    answer.text("device_id", System.deviceID().c_str());
    answer.text("serial", serial);
    answer.number("boot", boot, 0);
    answer.number("uptime", uptimeSeconds(), 3);
}

}  // namespace factory
