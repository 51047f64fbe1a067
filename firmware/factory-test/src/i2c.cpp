// Who answers on an I2C bus.
#include "board.h"
#include "subjects.h"
#include "text.h"

namespace factory {

namespace {

constexpr uint8_t firstAddress = 0x08, lastAddress = 0x77;  // the others are reserved (UM10204 §3.1.12)
constexpr size_t busCount = sizeof(boardBuses) / sizeof(boardBuses[0]);
constexpr size_t mostAddresses = 60;  // more answer only on a bus that is held low, and more have no room in a text

// A read of one byte: an empty write never ends on an nRF52840 once its address is acknowledged, and is acknowledged
// by every address on a P2 (zephyr #34388; community.particle.io, "P2 I2C compatibility issue").
bool answers(TwoWire& wire, uint8_t address) {
    wire.lock();
    const bool there = wire.requestFrom(address, 1) == 1;
    while (wire.available() > 0) {
        wire.read();
    }
    wire.unlock();
    return there;
}

int digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

// Addresses of two lower-case hexadecimal digits, one blank between them. False when `text` is none such.
bool parse(const char* text, bool (&wanted)[128]) {
    while (*text) {
        const int high = digit(text[0]), low = high < 0 ? -1 : digit(text[1]);
        const int address = high * 16 + low;
        if (low < 0 || address < firstAddress || address > lastAddress) {
            return false;
        }
        wanted[address] = true;
        text += 2;
        if (*text == ' ' && text[1]) {
            ++text;
        } else if (*text) {
            return false;
        }
    }
    return true;
}

}  // namespace

void i2c(const Question& question, Answer& answer) {
    const double number = question.number("bus", usualBus);
    size_t at = 0;
    while (at < busCount && number != static_cast<double>(at)) {
        ++at;
    }
    if (at == busCount) {
        answer.refuse("there is no such bus");
        return;
    }
    bool wanted[128] = {};
    const char* expect = question.text("expect", nullptr);
    if (expect && !parse(expect, wanted)) {
        answer.refuse("expect must be addresses such as 36 6b");
        return;
    }
    for (size_t device = 0; !expect && device < maxDevices && boardBuses[at].devices[device]; ++device) {
        wanted[boardBuses[at].devices[device]] = true;
    }
    TwoWire& wire = boardBuses[at].wire();
    if (!wire.isEnabled()) {
        wire.begin();
    }
    Text found, missing;
    unsigned count = 0;
    for (uint8_t address = firstAddress; address <= lastAddress; ++address) {
        const bool there = answers(wire, address);
        if (there && ++count <= mostAddresses) {
            (found.empty() ? found : found << " ").hex(address);
        }
        if (!there && wanted[address]) {
            (missing.empty() ? missing : missing << " ").hex(address);
        }
    }
    if (count > mostAddresses) {
        answer.refuse("every address answers: a line of the bus is held low");
        return;
    }
    if (!missing.empty()) {
        answer.refuse((Text() << "no answer from " << missing.c_str()).c_str());
        return;
    }
    answer.number("found", count, 0);
    answer.text("addresses", found.c_str());
}

}  // namespace factory
