#include "model.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "board.h"

Model model;

namespace {

uint64_t realNow() {
    timespec at{};
    clock_gettime(CLOCK_MONOTONIC, &at);
    return static_cast<uint64_t>(at.tv_sec) * 1000000000 + static_cast<uint64_t>(at.tv_nsec);
}

struct Misspelt {
    std::string why;
};

unsigned pinOf(const std::string& name) {
    const unsigned number = name.size() > 1 ? static_cast<unsigned>(strtoul(name.c_str() + 1, nullptr, 10)) : 99;
    if (name[0] == 'D' && number <= 19) {
        return number;
    }
    if (name[0] == 'A' && number <= 5) {
        return A0 - number;
    }
    throw Misspelt{"no pin is called " + name};
}

double numberOf(const std::string& text) {
    char* end = nullptr;
    const double value = strtod(text.c_str(), &end);
    if (text.empty() || *end) {
        throw Misspelt{text + " is no number"};
    }
    return value;
}

bool flagOf(const std::string& text) {
    if (text != "on" && text != "off") {
        throw Misspelt{text + " is neither on nor off"};
    }
    return text == "on";
}

std::pair<unsigned, unsigned> pairOf(const std::string& a, const std::string& b) {
    return std::minmax({pinOf(a), pinOf(b)});
}

}  // namespace

Model::Model() : begun_(realNow()) {
    using namespace factory;
    for (const Loop& loop : boardLoops) {
        joined.insert(std::minmax({unsigned{loop.a.number}, unsigned{loop.b.number}}));
    }
    const std::pair<const char*, double> volts[] = {{"vbat", 3.92}, {"v3v3", 3.305}, {"vbus", 5.04}};
    for (const Rail& rail : boardRails) {
        for (const auto& [name, value] : volts) {
            if (std::string(rail.name) == name) {
                pins[rail.pin.number].volts = value / rail.ratio;
            }
        }
    }
    if (referencePin.number != noPin.number) {
        pins[referencePin.number].volts = referenceVolts;
    }
    size_t number = 0;
    for (const Bus& bus : boardBuses) {
        for (uint8_t address : bus.devices) {
            if (address && number < busCount) {
                devices[number].insert(address);
            }
        }
        ++number;
    }
}

void Model::catchUp() { now = std::max(now, realNow() - begun_ + skipped_); }

std::vector<unsigned> Model::net(unsigned pin) const {
    std::vector<unsigned> found{pin};
    for (size_t at = 0; at < found.size(); ++at) {
        for (const auto& [a, b] : joined) {
            for (const auto& [here, there] : {std::pair(a, b), std::pair(b, a)}) {
                if (found[at] == here && std::find(found.begin(), found.end(), there) == found.end()) {
                    found.push_back(there);
                }
            }
        }
    }
    return found;
}

std::string Model::command(const std::vector<std::string>& words) {
    const auto is = [&](const char* name, size_t arguments) {
        return words[0] == name && words.size() == arguments + 1;
    };
    try {
        if (is("join", 2)) {
            joined.insert(pairOf(words[1], words[2]));
        } else if (is("cut", 2)) {
            joined.erase(pairOf(words[1], words[2]));
        } else if (is("tie", 2)) {
            pins[pinOf(words[1])].tied = words[2] == "free" ? -1 : flagOf(words[2]) ? HIGH : LOW;
        } else if (is("volts", 2)) {
            pins[pinOf(words[1])].volts = numberOf(words[2]);
        } else if (is("rail", 2)) {
            for (const factory::Rail& rail : factory::boardRails) {
                if (words[1] == rail.name) {
                    pins[rail.pin.number].volts = numberOf(words[2]) / rail.ratio;
                }
            }
        } else if (is("adc", 1)) {
            adcGain = numberOf(words[1]);
        } else if (words[0] == "i2c" && words.size() >= 2) {
            const size_t bus = static_cast<size_t>(numberOf(words[1]));
            if (bus >= busCount) {
                return "no such bus";
            }
            heldLow[bus] = is("i2c", 2) && words[2] == "held";
            devices[bus].clear();
            for (size_t at = 2; at < words.size() && !heldLow[bus]; ++at) {
                devices[bus].insert(static_cast<uint8_t>(strtoul(words[at].c_str(), nullptr, 16)));
            }
        } else if (is("gauge", 1) && words[1] == "silent") {
            gaugeAnswers = false;
        } else if (is("gauge", 2)) {
            gaugeAnswers = true;
            cell = numberOf(words[1]);
            charge = numberOf(words[2]);
        } else if (is("jedec", 1) && words[1].size() == 6) {
            const unsigned long id = strtoul(words[1].c_str(), nullptr, 16);
            jedec = {static_cast<uint8_t>(id >> 16), static_cast<uint8_t>(id >> 8), static_cast<uint8_t>(id)};
        } else if (is("flash", 1)) {
            flash = words[1] == "good" ? Flash::good : words[1] == "bad" ? Flash::bad : Flash::readOnly;
        } else if (is("rtc", 1)) {
            slowRuns = words[1] != "stopped";
            slowPpm = slowRuns ? numberOf(words[1]) : 0;
        } else if (is("sim", 1)) {
            iccid = words[1] == "none" ? "" : words[1];
        } else if (is("imei", 1)) {
            imei = words[1];
        } else if (is("modem", 1)) {
            modemAnswers = words[1] != "dead";
            modemGoesOff = words[1] != "stuck";
        } else if (is("serial", 1)) {
            serial = words[1] == "none" ? "" : words[1];
        } else if (is("device", 1)) {
            deviceId = words[1];
        } else if (is("listen", 1)) {
            listening = flagOf(words[1]);
        } else if (is("attempts", 2)) {
            networkAttempts = static_cast<int>(numberOf(words[1]));
            cloudAttempts = static_cast<int>(numberOf(words[2]));
        } else if (is("network", 1)) {
            networkUp = flagOf(words[1]);
        } else if (is("cloud", 1)) {
            cloudUp = flagOf(words[1]);
        } else if ((is("press", 0) || is("hold", 0) || is("release", 0)) && onButton) {
            if (words[0] != "release") {
                onButton(button_status, 0, nullptr);
            }
            if (words[0] != "hold") {
                onButton(button_status, 120, nullptr);  // milliseconds it was down
            }
        } else if (is("advance", 1)) {
            skipped_ += static_cast<uint64_t>(numberOf(words[1]) * 1e9);
            catchUp();
        } else {
            return "no such command";
        }
    } catch (const Misspelt& wrong) {
        return wrong.why;
    }
    return "";
}

std::string Model::look() const {
    const unsigned load = factory::loadPin.number;
    const bool loadOn = load < pinCount && pins[load].mode == OUTPUT && pins[load].level == HIGH;
    char text[256];
    snprintf(
        text, sizeof(text),
        "{\"led\":\"%s%02x%02x%02x\",\"load\":%s,\"modem_on\":%s,\"modem_power_ups\":%u,\"asleep\":%s,\"sleeps\":%u}",
        ledTaken ? "#" : "system ", red, green, blue, loadOn ? "true" : "false", modemOn ? "true" : "false",
        modemPowerUps, asleep ? "true" : "false", sleeps);
    return text;
}
