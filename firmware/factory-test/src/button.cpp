// The MODE button, as Device OS hears it. Pressed twice within a second it switches a unit off, held for three seconds
// it makes it listen (Device OS, system/src/main.cpp): one press is what to ask for.
#include "Particle.h"
#include "subjects.h"

namespace factory {

namespace {

volatile uint32_t presses = 0;
volatile bool down = false;

// May be called from an interrupt. `duration` is 0 when the button goes down, the milliseconds it was down after that.
void onButton(system_event_t, int duration, void*) {
    down = duration == 0;
    if (down) {
        presses = presses + 1;
    }
}

}  // namespace

void beginButton() { System.on(button_status, onButton); }

void button(const Question&, Answer& answer) {
    answer.number("presses", presses, 0);
    answer.flag("pressed", down);
}

}  // namespace factory
