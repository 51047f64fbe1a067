#include "number.h"

namespace factory {

namespace {

// The digits of a number, and the power of ten that goes with them.
struct Decimal {
    double digits = 0;
    uint64_t whole = 0;  // runs over beyond 19 digits: who uses it counts them first
    int power = 0;
};

const char* readDigits(const char* at, const char* end, Decimal& decimal, int step) {
    for (; at < end && isDigit(*at); ++at) {
        decimal.digits = decimal.digits * 10 + (*at - '0');
        decimal.whole = decimal.whole * 10 + static_cast<unsigned>(*at - '0');
        decimal.power += step;
    }
    return at;
}

// What stands behind "e": a sign or none, one or two digits.
const char* readExponent(const char* at, const char* end, Decimal& decimal) {
    const bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+')) {
        ++at;
    }
    Decimal power;
    const char* const after = readDigits(at, end, power, 0);
    if (after == at || after - at > 2) {
        return nullptr;
    }
    decimal.power += negative ? -static_cast<int>(power.whole) : static_cast<int>(power.whole);
    return after;
}

double valueOf(const Decimal& decimal) {
    double factor = 1;
    for (int power = decimal.power; power != 0; power += power > 0 ? -1 : 1) {
        factor *= 10;
    }
    return decimal.power > 0 ? decimal.digits * factor : decimal.digits / factor;
}

}  // namespace

const char* readNumber(const char* at, const char* end, double& value, bool& whole) {
    const char* const begin = at;
    const bool negative = at < end && *at == '-';
    at += negative;
    Decimal decimal;
    const char* const first = at;
    at = readDigits(at, end, decimal, 0);
    const ptrdiff_t count = at - first;
    if (count == 0 || (*first == '0' && count > 1)) {
        return nullptr;
    }
    whole = true;
    if (at < end && *at == '.') {
        whole = false;
        const char* const fraction = ++at;
        at = readDigits(at, end, decimal, -1);
        if (at == fraction) {
            return nullptr;
        }
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        whole = false;
        at = readExponent(at + 1, end, decimal);
        if (at == nullptr) {
            return nullptr;
        }
    }
    constexpr ptrdiff_t wholeDigits = 16;  // as many as 2^53 has
    if (at - begin > static_cast<ptrdiff_t>(maxNumber) ||
        (whole && (count > wholeDigits || decimal.whole > maxWhole))) {
        return nullptr;
    }
    value = negative ? -valueOf(decimal) : valueOf(decimal);
    return at;
}

}  // namespace factory
