// The only file to edit for a product: how its unit is wired to the fixture. As it stands: a Boron in the example's.
#pragma once

#include "Particle.h"

namespace factory {

struct Pin {
    hal_pin_t number;
    const char* name;
};

#define PIN(name) \
    factory::Pin { name, #name }

constexpr Pin noPin{PIN_INVALID, ""};

// Supplies, each behind a divider of the fixture: `ratio` is rail over pin. A pin takes up to 3.3 V.
struct Rail {
    const char* name;
    Pin pin;
    double ratio;
};

constexpr Rail boardRails[] = {
    {"vbat", PIN(A0), 2.0},
    {"v3v3", PIN(A1), 2.0},
    {"vbus", PIN(A2), 2.0},
};

// A voltage reference of the fixture that the ADC is corrected by: its own is good to some percent only. noPin: none.
constexpr Pin referencePin = PIN(A3);
constexpr double referenceVolts = 2.5;

// Pins that the fixture joins, two by two.
struct Loop {
    Pin a, b;
};

constexpr Loop boardLoops[] = {
    {PIN(D2), PIN(D3)},
    {PIN(D4), PIN(D5)},
    {PIN(D6), PIN(D8)},
    {PIN(D9), PIN(D10)},
};

// I2C buses by number, and the addresses that must answer there; 0 ends them. On a Boron, bus 1 is inside: fuel gauge
// (36) and charger (6b).
constexpr size_t maxDevices = 8;

struct Bus {
    TwoWire& (*wire)();
    uint8_t devices[maxDevices];
};

constexpr Bus boardBuses[] = {
    {[]() -> TwoWire& { return Wire; }, {}},
    {[]() -> TwoWire& { return Wire1; }, {0x36, 0x6b}},
};

constexpr size_t usualBus = 1;

// High switches a load onto the 3.3 V rail. noPin: none.
constexpr Pin loadPin = PIN(A4);

}  // namespace factory
