// What the Wiring API does, over the model.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>

#include "Particle.h"
#include "chip.h"
#include "model.h"
#include "usb.h"

SystemClass System;
USBSerial Serial;
TwoWire Wire(0), Wire1(1);
RGBClass RGB;
NetworkClass Network;
CloudClass Particle;
CellularClass Cellular;

// Pins

void pinMode(uint16_t pin, PinMode mode) { model.pins[pin].mode = mode; }

void digitalWrite(uint16_t pin, uint8_t level) { model.pins[pin].level = level; }

int32_t digitalRead(uint16_t pin) {
    const std::vector<unsigned> net = model.net(pin);
    const auto any = [&](auto holds) {
        return std::find_if(net.begin(), net.end(), [&](unsigned one) { return holds(model.pins[one]); });
    };
    if (const auto tied = any([](const PinState& one) { return one.tied >= 0; }); tied != net.end()) {
        return model.pins[*tied].tied;
    }
    const auto drives = [](const PinState& one) { return one.mode == OUTPUT; };
    if (std::count_if(net.begin(), net.end(), [&](unsigned one) { return drives(model.pins[one]); }) > 1) {
        abort();  // two outputs against each other: the firmware must never do that
    }
    if (const auto driver = any(drives); driver != net.end()) {
        return model.pins[*driver].level;
    }
    return any([](const PinState& one) { return one.mode == INPUT_PULLUP; }) != net.end() ? HIGH : LOW;
}

int32_t analogRead(uint16_t pin) {
    constexpr int fullScale = 4095 * 3600 / 3300;  // internal reference, as Device OS scales it (adc_hal.cpp)
    const double counts = model.pins[pin].volts * model.adcGain * 4095 / 3.3;
    return std::clamp(static_cast<int>(std::lround(counts)), 0, fullScale);
}

int analogSetReference(AdcReference) { return 0; }

// Time. Each look at a clock takes a quarter of a microsecond, so that a loop that waits for one comes to an end.

namespace {

uint64_t look() { return model.now += 250; }

}  // namespace

system_tick_t millis() { return static_cast<system_tick_t>(look() / 1000000); }

void delayMicroseconds(unsigned us) { model.now += uint64_t{us} * 1000; }

void HAL_Delay_Milliseconds(uint32_t ms) { model.now += uint64_t{ms} * 1000000; }

uint64_t SystemClass::millis() { return look() / 1000000; }

uint32_t SystemClass::ticks() { return static_cast<uint32_t>(look() * 64 / 1000); }

uint32_t SystemClass::ticksPerMicrosecond() { return 64; }

bool factory::chip::slowCounter(uint32_t& counter) {
    const double seconds = static_cast<double>(look()) * 1e-9;
    const double counts = model.slowRuns ? seconds * slowHertz * (1 + model.slowPpm * 1e-6) : 0;
    counter = static_cast<uint32_t>(static_cast<uint64_t>(counts) % slowModulus);
    return true;
}

// System

uint32_t HAL_RNG_GetRandomNumber() { return std::random_device()(); }

int hal_get_device_serial_number(char* text, size_t size, void*) {
    const size_t count = std::min(size, model.serial.size());
    memcpy(text, model.serial.data(), count);
    return static_cast<int>(count);
}

static System_Mode_TypeDef systemMode = AUTOMATIC;

SystemClass::SystemClass(System_Mode_TypeDef mode) {
    if (mode != DEFAULT) {
        systemMode = mode;
    }
}

System_Mode_TypeDef SystemClass::mode() { return systemMode; }

String SystemClass::version() { return model.version; }

String SystemClass::deviceID() { return model.deviceId; }

void SystemClass::on(system_event_t events, void (*handler)(system_event_t, int, void*)) {
    if (events == button_status) {
        model.onButton = handler;
    }
}

int particle::AbstractIntegerDiagnosticData::get(uint16_t id, int32_t& value) {
    value = id == DIAG_ID_NETWORK_CONNECTION_ATTEMPTS ? model.networkAttempts : model.cloudAttempts;
    return 0;
}

// Around the chip

void USBSerial::begin(long) {}

void USBSerial::blockOnOverrun(bool block) {
    if (block) {
        abort();  // a unit that waits for its host stands still when there is none
    }
}

bool USBSerial::isConnected() { return usb.connected(); }

int USBSerial::available() { return static_cast<int>(usb.in.size()); }

int USBSerial::availableForWrite() { return static_cast<int>(Usb::room - usb.out.size()); }

int USBSerial::read() {
    if (usb.in.empty()) {
        return -1;
    }
    const int byte = usb.in.front();
    usb.in.pop_front();
    return byte;
}

size_t USBSerial::write(uint8_t byte) {
    if (usb.out.size() >= Usb::room) {
        return 0;
    }
    usb.out.push_back(byte);
    return 1;
}

size_t TwoWire::requestFrom(uint8_t address, size_t quantity) {
    const bool there = enabled_ && (model.heldLow[bus_] || model.devices[bus_].count(address) > 0);
    waiting_ = there ? static_cast<int>(quantity) : 0;
    return there ? quantity : 0;
}

bool FuelGauge::begin() { return true; }

float FuelGauge::getVCell() { return model.gaugeAnswers ? static_cast<float>(model.cell) : -1.0f; }

float FuelGauge::getSoC() { return model.gaugeAnswers ? static_cast<float>(model.charge) : -1.0f; }

bool factory::chip::jedecId(uint8_t (&id)[3]) {
    std::copy(model.jedec.begin(), model.jedec.end(), id);
    return true;
}

void RGBClass::control(bool taken) { model.ledTaken = taken; }

void RGBClass::color(int red, int green, int blue) {
    if (model.ledTaken) {
        model.red = red;
        model.green = green;
        model.blue = blue;
    }
}

// Radio

bool NetworkClass::listening() { return model.listening; }

bool NetworkClass::connecting() { return false; }

bool NetworkClass::ready() { return model.networkUp; }

bool CloudClass::connected() { return model.cloudUp; }

void CellularClass::on() {
    model.modemOn = true;
    ++model.modemPowerUps;
}

void CellularClass::off() { model.modemOn = model.modemOn && !model.modemGoesOff; }

bool CellularClass::isOn() { return model.modemOn && model.modemAnswers; }

bool CellularClass::isOff() { return !model.modemOn; }

int CellularClass::command(int (*line)(int, const char*, int, char*), char* parameter, const char*) {
    for (const std::string& one : {"\r\n" + model.imei + "\r\n", std::string("\r\nOK\r\n")}) {
        line(0, one.data(), static_cast<int>(one.size()), parameter);
    }
    return 0;
}

int cellular_device_info(CellularDevice* device, void*) {
    // With the modem off, Device OS answers with what it remembers (hal/network/ncp/cellular/cellular_hal.cpp).
    const bool asked = Cellular.isOn();
    if (asked && model.iccid.empty()) {
        return -1;
    }
    const std::string iccid = asked ? model.iccid : "8900000000000000000",
                      imei = asked ? model.imei : "000000000000000";
    strncpy(device->iccid, iccid.c_str(), sizeof(device->iccid) - 1);
    strncpy(device->imei, imei.c_str(), sizeof(device->imei) - 1);
    return 0;
}
