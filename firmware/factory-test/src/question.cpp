#include "question.h"

#include <cstring>

#include "number.h"

namespace factory {

namespace {

bool isName(const char* text) {
    if (text[0] < 'a' || text[0] > 'z' || strlen(text) > maxName) {
        return false;
    }
    for (const char* c = text; *c; ++c) {
        if (!((*c >= 'a' && *c <= 'z') || isDigit(*c) || *c == '_')) {
            return false;
        }
    }
    return true;
}

// Reads JSON (RFC 8259) as far as the language has it: one object of numbers, texts and booleans.
class Reader {
public:
    Reader(char* message, size_t size) : at_(message), end_(message + size) {}

    bool read(Question& question) {
        question.count = 0;
        question.id = 0;
        question.ask = nullptr;
        if (!taken('{')) {
            return false;
        }
        do {
            if (!member(question)) {
                return false;
            }
        } while (taken(','));
        return taken('}') && atEnd() && question.id != 0 && question.ask != nullptr;
    }

private:
    bool atEnd() {
        skip();
        return at_ == end_;
    }

    // Printable ASCII has no other blank than this one.
    void skip() {
        while (at_ < end_ && *at_ == ' ') {
            ++at_;
        }
    }

    bool taken(char c) {
        skip();
        if (at_ == end_ || *at_ != c) {
            return false;
        }
        ++at_;
        return true;
    }

    bool word(const char* letters) {
        const size_t length = strlen(letters);
        if (static_cast<size_t>(end_ - at_) < length || memcmp(at_, letters, length) != 0) {
            return false;
        }
        at_ += length;
        return true;
    }

    bool member(Question& question) {
        const char* name = nullptr;
        skip();
        if (!text(name) || !taken(':')) {
            return false;
        }
        skip();
        if (strcmp(name, "id") == 0) {
            return question.id == 0 && identity(question.id);
        }
        if (strcmp(name, "ask") == 0) {
            return question.ask == nullptr && text(question.ask) && isName(question.ask);
        }
        if (!isName(name) || strcmp(name, "ok") == 0 || strcmp(name, "error") == 0 || question.find(name) != nullptr ||
            question.count == maxValues) {
            return false;
        }
        Value& value = question.given[question.count++];
        value = {name, Kind::flag, false, "", 0};
        return this->value(value);
    }

    bool identity(uint16_t& id) {
        double value = 0;
        bool whole = false;
        if (!number(value, whole) || !whole || value < 1 || value > 0xFFFF) {
            return false;
        }
        id = static_cast<uint16_t>(value);
        return true;
    }

    bool value(Value& value) {
        if (at_ == end_) {
            return false;
        }
        if (*at_ == '"') {
            value.kind = Kind::text;
            return text(value.text);
        }
        if (word("true")) {
            value.flag = true;
            return true;
        }
        if (word("false")) {
            return true;
        }
        bool whole = false;
        value.kind = Kind::number;
        return number(value.number, whole);
    }

    // A string, undone in place: an escape is longer than what it stands for.
    bool text(const char*& out) {
        if (at_ == end_ || *at_ != '"') {
            return false;
        }
        char* to = ++at_;
        char* const begin = to;
        while (at_ < end_ && *at_ != '"') {
            char c = *at_++;
            if (c == '\\' && !escape(c)) {
                return false;
            }
            if (!printable(c)) {
                return false;
            }
            *to++ = c;
        }
        if (at_ == end_ || to - begin > static_cast<ptrdiff_t>(maxText)) {
            return false;
        }
        ++at_;
        *to = '\0';
        out = begin;
        return true;
    }

    // What stands behind a backslash; anything that is no printable ASCII is not in the language.
    bool escape(char& c) {
        if (at_ == end_) {
            return false;
        }
        c = *at_++;
        if (c == '"' || c == '\\' || c == '/') {
            return true;
        }
        if (c != 'u' || end_ - at_ < 4) {
            return false;
        }
        unsigned code = 0;
        for (int digit = 0; digit < 4; ++digit) {
            const char hex = *at_++;
            const unsigned value = isDigit(hex)               ? hex - '0'
                                   : hex >= 'a' && hex <= 'f' ? hex - 'a' + 10
                                   : hex >= 'A' && hex <= 'F' ? hex - 'A' + 10
                                                              : 16;
            if (value == 16) {
                return false;
            }
            code = code << 4 | value;
        }
        c = static_cast<char>(code);
        return code < 0x80;
    }

    bool number(double& value, bool& whole) {
        const char* const end = readNumber(at_, end_, value, whole);
        if (end == nullptr) {
            return false;
        }
        at_ += end - at_;
        return true;
    }

    char* at_;
    char* const end_;
};

}  // namespace

const Value* Question::find(const char* name) const {
    for (size_t at = 0; at < count; ++at) {
        if (strcmp(given[at].name, name) == 0) {
            return &given[at];
        }
    }
    return nullptr;
}

double Question::number(const char* name, double otherwise) const {
    const Value* value = find(name);
    return value ? value->number : otherwise;
}

const char* Question::text(const char* name, const char* otherwise) const {
    const Value* value = find(name);
    return value ? value->text : otherwise;
}

bool Question::flag(const char* name, bool otherwise) const {
    const Value* value = find(name);
    return value ? value->flag : otherwise;
}

bool readQuestion(char* message, size_t size, Question& question) {
    if (size > maxMessage) {
        return false;
    }
    for (size_t at = 0; at < size; ++at) {
        if (!printable(message[at])) {
            return false;
        }
    }
    return Reader(message, size).read(question);
}

}  // namespace factory
