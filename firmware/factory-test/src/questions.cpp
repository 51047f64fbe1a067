#include "questions.h"

#include <cstring>

#include "subjects.h"
#include "text.h"

namespace factory {

// The same table as station/domain/questions.py and README.md; a test compares all of them.
const Entry questions[] = {
    {"who", {}, who},
    {"radio", {}, radio},
    {"rails", {}, rails},
    {"gauge", {}, gauge},
    {"loopback", {}, loopback},
    {"i2c", {{"bus", Kind::number, false}, {"expect", Kind::text, false}}, i2c},
    {"flash_id", {}, flashId},
    {"flash_check", {}, flashCheck},
    {"rtc", {}, rtc},
    {"button", {}, button},
    {"led", {{"colour", Kind::text, true}}, led},
    {"load", {{"on", Kind::flag, true}}, load},
    {"sleep", {{"seconds", Kind::number, true}}, sleep},
    {"modem", {{"allow", Kind::flag, true}}, modem},
};

const size_t questionCount = sizeof(questions) / sizeof(questions[0]);

namespace {

const Entry* entryOf(const char* name) {
    for (const Entry& entry : questions) {
        if (strcmp(entry.name, name) == 0) {
            return &entry;
        }
    }
    return nullptr;
}

const char* kindOf(Kind kind) {
    switch (kind) {
        case Kind::number:
            return "a number";
        case Kind::text:
            return "a text";
        case Kind::flag:
            return "true or false";
    }
    return "";
}

const Argument* argumentOf(const Entry& entry, const char* name) {
    for (const Argument& argument : entry.given) {
        if (argument.name && strcmp(argument.name, name) == 0) {
            return &argument;
        }
    }
    return nullptr;
}

// Whether the question has the arguments it may and must have; says so in the answer where not.
bool accepted(const Entry& entry, const Question& question, Answer& answer) {
    for (size_t at = 0; at < question.count; ++at) {
        const Value& value = question.given[at];
        const Argument* argument = argumentOf(entry, value.name);
        if (!argument) {
            answer.refuse((Text() << entry.name << " takes no " << value.name).c_str());
            return false;
        }
        if (argument->kind != value.kind) {
            answer.refuse((Text() << value.name << " must be " << kindOf(argument->kind)).c_str());
            return false;
        }
    }
    for (const Argument& argument : entry.given) {
        if (argument.name && argument.needed && !question.find(argument.name)) {
            answer.refuse((Text() << entry.name << " needs " << argument.name).c_str());
            return false;
        }
    }
    return true;
}

}  // namespace

size_t answer(char* message, size_t size, char* reply) {
    static Question question;  // too large for a stack that others share
    if (!readQuestion(message, size, question)) {
        return 0;
    }
    Answer answer(question.id, reply);
    const Entry* entry = entryOf(question.ask);
    if (!entry) {
        answer.refuse("unknown question");
    } else if (accepted(*entry, question, answer)) {
        entry->answer(question, answer);
    }
    return answer.finish();
}

}  // namespace factory
