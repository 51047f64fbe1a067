// The test load on the 3.3 V rail.
#include "board.h"
#include "subjects.h"

namespace factory {

void switchLoad(bool on) {
    if (loadPin.number != noPin.number) {
        digitalWrite(loadPin.number, on ? HIGH : LOW);
    }
}

void beginLoad() {
    if (loadPin.number != noPin.number) {
        pinMode(loadPin.number, OUTPUT);
        switchLoad(false);
    }
}

void load(const Question& question, Answer& answer) {
    if (loadPin.number == noPin.number) {
        answer.refuse("this board has no test load");
        return;
    }
    switchLoad(question.flag("on", false));
}

}  // namespace factory
