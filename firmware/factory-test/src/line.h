// Lines on the wire: a message, "*", its CRC-32 in eight upper-case hexadecimal digits, LF.
#pragma once

#include "language.h"

namespace factory {

// Finds messages in a byte stream, however it is cut. What is no line of ours is passed over, however long it is.
class LineReader {
public:
    // Takes one byte; true when it ends a line whose message is whole. The message is valid until the next byte.
    bool take(char byte);

    // Forgets what came since the last line.
    void forget() { length_ = 0; }

    char* message() { return held_; }
    size_t size() const { return length_ - sizeof("*00000000") + 1; }

private:
    bool whole() const;

    char held_[maxLine];
    size_t length_ = 0;  // of the line so far; only what is below maxLine is held
    bool ended_ = false;
};

// Puts the CRC and LF behind a message of `size` bytes; returns the length of the line. `line` has room for maxLine.
size_t seal(char* line, size_t size);

}  // namespace factory
