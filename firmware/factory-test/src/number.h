// A number as JSON (RFC 8259) writes it, within the bounds of the language.
#pragma once

#include "language.h"

namespace factory {

inline bool isDigit(char c) { return c >= '0' && c <= '9'; }

// Reads the number that begins at `at`; returns where it ends, nullptr where none begins or the language has no such.
// `value` is right to some parts in 10^15, and exact for a `whole` one, which has neither fraction nor exponent.
const char* readNumber(const char* at, const char* end, double& value, bool& whole);

}  // namespace factory
