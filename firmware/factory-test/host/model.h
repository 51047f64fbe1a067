// The unit around the firmware: its pins and what joins them, its chips, its modem, its clock; and the faults of all.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "Particle.h"

constexpr size_t pinCount = 32;
constexpr size_t busCount = 2;

struct PinState {
    PinMode mode = INPUT;
    uint8_t level = LOW;
    double volts = 0;  // at the ADC
    int tied = -1;     // LOW or HIGH when something holds it there
};

enum class Flash { good, bad, readOnly };

struct Model {
    Model();

    // Does what one line says, such as "cut D2 D3"; returns why it cannot, or nothing. README.md has the list.
    std::string command(const std::vector<std::string>& words);

    // All there is to see from outside, as a JSON object.
    std::string look() const;

    // Nanoseconds since the start. Time stands still but for what the firmware waits for or looks at, and catches up
    // with real time between two rounds of its loop.
    uint64_t now = 0;
    void catchUp();

    std::array<PinState, pinCount> pins;
    std::set<std::pair<unsigned, unsigned>> joined;
    std::vector<unsigned> net(unsigned pin) const;

    double adcGain = 1;
    std::array<std::set<uint8_t>, busCount> devices;
    std::array<bool, busCount> heldLow{};
    double cell = 3.92, charge = 81.4;  // the gauge's
    bool gaugeAnswers = true;
    std::array<uint8_t, 3> jedec{0xC2, 0x20, 0x16};  // MX25L3233F (Device OS, hal/src/boron/hal_platform_config.h)
    Flash flash = Flash::good;
    double slowPpm = 4;
    bool slowRuns = true;

    std::string deviceId = "e00fce68aabbccddeeff0011", serial = "B31KBN0001VK6SD", version = "6.2.0";
    std::string iccid = "8934076500002589174", imei = "353785720000018";
    bool modemOn = false, modemAnswers = true, modemGoesOff = true;
    unsigned modemPowerUps = 0;

    bool listening = false, networkUp = false, cloudUp = false;
    int networkAttempts = 0, cloudAttempts = 0;

    bool ledTaken = false;
    int red = 0, green = 0, blue = 0;
    bool asleep = false;
    unsigned sleeps = 0;
    void (*onButton)(system_event_t, int, void*) = nullptr;

private:
    uint64_t begun_;
    uint64_t skipped_ = 0;
};

extern Model model;
