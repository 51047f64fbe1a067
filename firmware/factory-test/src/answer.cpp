#include "answer.h"

#include <cmath>

namespace factory {

Answer::Answer(uint16_t id, char* message) : message_(message), id_(id) { begin("true"); }

void Answer::begin(const char* outcome) {
    length_ = 0;
    full_ = false;
    put("{\"id\":");
    whole(id_);
    put(",\"ok\":");
    put(outcome);
}

void Answer::number(const char* name, double value, unsigned decimals) {
    if (refused_) {
        return;
    }
    double power = 1;
    for (unsigned decimal = 0; decimal < decimals; ++decimal) {
        power *= 10;
    }
    const double scaled = std::round(std::fabs(value) * power);
    if (!std::isfinite(scaled) || scaled > static_cast<double>(maxWhole)) {
        refuse("a value is no number");
        return;
    }
    uint64_t digits = static_cast<uint64_t>(scaled);
    const uint64_t unit = static_cast<uint64_t>(power);
    this->name(name);
    if (value < 0 && digits != 0) {
        put('-');
    }
    whole(digits / unit);
    digits %= unit;
    if (digits != 0) {
        put('.');
        for (uint64_t place = unit / 10; digits != 0; place /= 10) {
            put(static_cast<char>('0' + digits / place));
            digits %= place;
        }
    }
}

void Answer::text(const char* name, const char* value) {
    if (!refused_) {
        this->name(name);
        quoted(value);
    }
}

void Answer::flag(const char* name, bool value) {
    if (!refused_) {
        this->name(name);
        put(value ? "true" : "false");
    }
}

void Answer::refuse(const char* error) {
    if (refused_) {
        return;
    }
    refused_ = true;
    begin("false");
    name("error");
    quoted(error);
}

size_t Answer::finish() {
    if (full_) {
        refuse("the answer is too long");
    }
    message_[length_] = '}';
    return length_ + 1;
}

void Answer::name(const char* name) {
    put(",\"");
    put(name);
    put("\":");
}

void Answer::put(char c) {
    if (length_ < maxMessage - 1) {  // a byte is kept for the brace
        message_[length_++] = c;
    } else {
        full_ = true;
    }
}

void Answer::put(const char* text) {
    while (*text) {
        put(*text++);
    }
}

void Answer::whole(uint64_t value) {
    char digits[20];  // 2^64 has as many
    size_t count = 0;
    do {
        digits[count++] = static_cast<char>('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (count > 0) {
        put(digits[--count]);
    }
}

// What is no printable ASCII is shown as "?", since it can only be noise of a chip that was asked.
void Answer::quoted(const char* text) {
    put('"');
    for (size_t at = 0; text[at] && at < maxText; ++at) {
        const char c = printable(text[at]) ? text[at] : '?';
        if (c == '"' || c == '\\') {
            put('\\');
        }
        put(c);
    }
    put('"');
}

}  // namespace factory
