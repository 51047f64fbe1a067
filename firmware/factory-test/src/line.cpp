#include "line.h"

#include "crc32.h"

namespace factory {

namespace {

constexpr size_t trailer = sizeof("*00000000") - 1;

void writeHex(char* digits, uint32_t value) {
    for (int digit = 7; digit >= 0; --digit) {
        digits[digit] = "0123456789ABCDEF"[value & 0xF];
        value >>= 4;
    }
}

}  // namespace

bool LineReader::take(char byte) {
    if (ended_) {
        ended_ = false;
        length_ = 0;
    }
    if (byte == '\n') {
        ended_ = true;
        return whole();
    }
    // A stretch without LF may be longer than any counter: it only has to stay too long.
    if (length_ < maxLine) {
        held_[length_++] = byte;
    }
    return false;
}

bool LineReader::whole() const {
    if (length_ >= maxLine || length_ < trailer + 2) {
        return false;
    }
    const size_t message = length_ - trailer;
    if (held_[0] != '{' || held_[message - 1] != '}' || held_[message] != '*') {
        return false;
    }
    for (size_t at = 0; at < message; ++at) {
        if (!printable(held_[at])) {
            return false;
        }
    }
    char right[8];
    writeHex(right, crc32(held_, message));
    for (size_t digit = 0; digit < sizeof(right); ++digit) {
        if (held_[message + 1 + digit] != right[digit]) {
            return false;
        }
    }
    return true;
}

size_t seal(char* line, size_t size) {
    line[size] = '*';
    writeHex(line + size + 1, crc32(line, size));
    line[size + trailer] = '\n';
    return size + trailer + 1;
}

}  // namespace factory
