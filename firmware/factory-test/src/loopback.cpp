// Pins that the fixture joins two by two. Only one pin drives at a time, so that nothing drives against anything:
// a pin that moves by itself is stuck, one that does not follow its partner is open, one that follows another pair's
// pin is short to it.
#include "board.h"
#include "subjects.h"
#include "text.h"

namespace factory {

namespace {

constexpr size_t pairs = sizeof(boardLoops) / sizeof(boardLoops[0]);
constexpr size_t pinCount = 2 * pairs;
constexpr unsigned settleMicros = 50;  // a pull-up of 16 kOhm and 300 pF of fixture: ten times their time constant

const Pin& pinAt(size_t at) { return at % 2 ? boardLoops[at / 2].b : boardLoops[at / 2].a; }

size_t partnerOf(size_t at) { return at ^ 1; }

void release() {
    for (size_t at = 0; at < pinCount; ++at) {
        pinMode(pinAt(at).number, INPUT);
    }
}

bool readsHigh(size_t at) {
    delayMicroseconds(settleMicros);
    return digitalRead(pinAt(at).number) == HIGH;
}

// What a pin reads that only its own pull moves.
bool pulled(size_t at, bool up) {
    pinMode(pinAt(at).number, up ? INPUT_PULLUP : INPUT_PULLDOWN);
    const bool high = readsHigh(at);
    pinMode(pinAt(at).number, INPUT);
    return high;
}

// What `listener`, pulled the other way, reads while `driver` drives.
bool follows(size_t driver, size_t listener, bool high) {
    pinMode(pinAt(listener).number, high ? INPUT_PULLDOWN : INPUT_PULLUP);
    pinMode(pinAt(driver).number, OUTPUT);
    digitalWrite(pinAt(driver).number, high ? HIGH : LOW);
    const bool followed = readsHigh(listener) == high;
    pinMode(pinAt(driver).number, INPUT);
    pinMode(pinAt(listener).number, INPUT);
    return followed;
}

bool joined(size_t a, size_t b) {
    return follows(a, b, true) && follows(a, b, false) && follows(b, a, true) && follows(b, a, false);
}

void name(Text& found, const char* what, size_t a) { found.item(what) << pinAt(a).name; }

void name(Text& found, const char* what, size_t a, size_t b) {
    found.item(what) << pinAt(a).name << "-" << pinAt(b).name;
}

}  // namespace

void loopback(const Question&, Answer& answer) {
    bool stuck[pinCount] = {};
    bool told[pairs][pairs] = {};
    Text found;
    release();
    for (size_t at = 0; at < pinCount; ++at) {
        const bool low = !pulled(at, true), high = pulled(at, false);
        stuck[at] = low || high;
        if (stuck[at]) {
            name(found, low ? "stuck low " : "stuck high ", at);
        }
    }
    for (size_t a = 0; a < pinCount; a += 2) {
        if (!stuck[a] && !stuck[partnerOf(a)] && !joined(a, partnerOf(a))) {
            name(found, "open ", a, partnerOf(a));
        }
    }
    for (size_t a = 0; a < pinCount; ++a) {
        for (size_t b = a + 1; b < pinCount; ++b) {
            if (a / 2 != b / 2 && !stuck[a] && !stuck[b] && !told[a / 2][b / 2] && joined(a, b)) {
                told[a / 2][b / 2] = true;
                name(found, "short ", a, b);
            }
        }
    }
    release();
    if (!found.empty()) {
        answer.refuse(found.c_str());
        return;
    }
    answer.number("pairs", pairs, 0);
}

}  // namespace factory
