// A short text that is put together piece by piece; what does not fit is left out.
#pragma once

#include "language.h"

namespace factory {

class Text {
public:
    Text& operator<<(const char* piece) {
        while (*piece && length_ < maxText) {
            held_[length_++] = *piece++;
        }
        held_[length_] = '\0';
        return *this;
    }

    // Two hexadecimal digits.
    Text& hex(uint8_t value) {
        const char digits[] = {"0123456789abcdef"[value >> 4], "0123456789abcdef"[value & 0xF], '\0'};
        return *this << digits;
    }

    // Like `<<`, with ", " between pieces.
    Text& item(const char* piece) { return length_ ? *this << ", " << piece : *this << piece; }

    bool empty() const { return length_ == 0; }
    const char* c_str() const { return held_; }

private:
    char held_[maxText + 1] = {};
    size_t length_ = 0;
};

}  // namespace factory
