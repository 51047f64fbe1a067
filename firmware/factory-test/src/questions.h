// The table of questions, and the one way from a message to its answer, whatever brought it.
#pragma once

#include "answer.h"
#include "question.h"

namespace factory {

struct Argument {
    const char* name;
    Kind kind;
    bool needed;
};

struct Entry {
    const char* name;
    Argument given[2];  // unused ones have no name
    void (*answer)(const Question&, Answer&);
};

extern const Entry questions[];
extern const size_t questionCount;

// Answers the message of `size` bytes, and writes into it on the way. Returns the length of the reply, which has room
// for maxMessage bytes; 0 when the message is no question. Not to be called while it is at work.
size_t answer(char* message, size_t size, char* reply);

}  // namespace factory
