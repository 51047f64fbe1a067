// The sizes of the language; its grammar stands in station/codec/factory_test.py.
#pragma once

#include <cstddef>
#include <cstdint>

namespace factory {

constexpr size_t maxLine = 512;  // bytes, LF included
constexpr size_t maxMessage = maxLine - sizeof("*00000000\n") + 1;
constexpr size_t maxName = 40;
constexpr size_t maxText = 200;
constexpr size_t maxNumber = 32;  // characters
constexpr size_t maxValues = 32;
constexpr uint64_t maxWhole = uint64_t{1} << 53;  // what a double holds exactly

inline bool printable(char c) { return c >= ' ' && c <= '~'; }

}  // namespace factory
