// An answer, written as one flat JSON object into a buffer of fixed size.
#pragma once

#include "language.h"

namespace factory {

// Begins as an answer that is ok and holds nothing.
class Answer {
public:
    // `message` has room for maxMessage bytes.
    Answer(uint16_t id, char* message);

    // A number with that many decimals. One that is none, or that a double cannot hold exactly, makes the answer a no.
    void number(const char* name, double value, unsigned decimals);
    void text(const char* name, const char* value);
    void flag(const char* name, bool value);

    // Makes the answer a no: it holds this error and nothing else. The first no stands.
    void refuse(const char* error);

    // Ends the object; returns its length. What had no room makes it a no.
    size_t finish();

private:
    void begin(const char* outcome);
    void name(const char* name);
    void put(char c);
    void put(const char* text);
    void whole(uint64_t value);
    void quoted(const char* text);

    char* const message_;
    const uint16_t id_;
    size_t length_ = 0;
    bool full_ = false;
    bool refused_ = false;
};

}  // namespace factory
