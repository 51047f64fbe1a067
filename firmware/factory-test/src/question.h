// A question, read from one flat JSON object without a heap.
#pragma once

#include "language.h"

namespace factory {

enum class Kind : uint8_t { number, text, flag };

struct Value {
    const char* name;
    Kind kind;
    bool flag;
    const char* text;
    double number;
};

// What the station asks. Names and texts point into the message they were read from.
struct Question {
    uint16_t id;
    const char* ask;
    Value given[maxValues];
    size_t count;

    // The argument of this name, or nullptr.
    const Value* find(const char* name) const;
    double number(const char* name, double otherwise) const;
    const char* text(const char* name, const char* otherwise) const;
    bool flag(const char* name, bool otherwise) const;
};

// Reads a message of `size` bytes, and writes into it: escapes are undone, texts end in NUL. False when the message is
// no question of the language.
bool readQuestion(char* message, size_t size, Question& question);

}  // namespace factory
