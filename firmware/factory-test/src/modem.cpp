// Names of SIM and modem. The modem is powered for that and stays out of the network: until it is told to connect,
// Device OS keeps it at minimum functionality (hal/network/ncp_client, AT+CFUN=0).
#include <cstring>

#include "Particle.h"
#include "subjects.h"

namespace factory {

#if Wiring_Cellular

namespace {

constexpr system_tick_t comesUp = 30000, goesOff = 20000;  // ms; design margins, not measured
constexpr int imeiDigits = 15;                             // 3GPP TS 23.003 §6.2

bool within(system_tick_t patience, bool (*reached)()) {
    const system_tick_t begun = millis();
    while (!reached()) {
        if (millis() - begun > patience) {
            return false;
        }
        HAL_Delay_Milliseconds(100);
    }
    return true;
}

// Takes the line of the modem's reply to AT+CGSN that has 15 digits and nothing else between its line ends.
int imeiLine(int, const char* line, int length, char* imei) {
    int at = 0, digits = 0;
    while (at < length && (line[at] == '\r' || line[at] == '\n')) {
        ++at;
    }
    while (at + digits < length && line[at + digits] >= '0' && line[at + digits] <= '9') {
        ++digits;
    }
    if (digits == imeiDigits) {
        memcpy(imei, line + at, imeiDigits);
    }
    return WAIT;
}

// Device OS names neither when there is no SIM: the modem is then asked for itself.
void identify(CellularDevice& device) {
    if (cellular_device_info(&device, nullptr) == 0) {
        return;
    }
    memset(device.iccid, 0, sizeof(device.iccid));
    memset(device.imei, 0, sizeof(device.imei));
    Cellular.command(imeiLine, device.imei, "AT+CGSN\r\n");
}

}  // namespace

void modem(const Question& question, Answer& answer) {
    if (!question.flag("allow", false)) {
        answer.refuse("the modem stays off: allow is not true");
        return;
    }
    CellularDevice device;
    Cellular.on();
    // Asked before it is up, Device OS answers with what it remembers of some earlier SIM (cellular_hal.cpp).
    const bool up = within(comesUp, [] { return Cellular.isOn(); });
    if (up) {
        identify(device);
    }
    Cellular.off();
    const bool off = within(goesOff, [] { return Cellular.isOff(); });
    if (!off) {
        answer.refuse("the modem does not go off");
    } else if (!up || device.imei[0] == '\0') {
        answer.refuse("the modem does not answer");
    } else {
        answer.text("iccid", device.iccid);
        answer.text("imei", device.imei);
    }
}

#else

void modem(const Question& question, Answer& answer) {
    answer.refuse(question.flag("allow", false) ? "this board has no modem" : "the modem stays off: allow is not true");
}

#endif

}  // namespace factory
