// Sleep, for the fixture to measure what the unit draws then. Device OS takes USB off the bus meanwhile, and the same
// start of the firmware goes on afterwards (hal/src/nRF52840/sleep_hal.cpp).
#include "Particle.h"
#include "subjects.h"

namespace factory {

namespace {

constexpr double shortest = 1, longest = 60;  // seconds
constexpr system_tick_t leave = 500;          // ms for the answer to reach the host; a design margin, not measured

system_tick_t duration = 0;  // ms; 0 is no sleep ahead
system_tick_t asked = 0;

}  // namespace

void sleep(const Question& question, Answer& answer) {
    const double seconds = question.number("seconds", 0);
    if (!(seconds >= shortest && seconds <= longest)) {
        answer.refuse("seconds must be 1 to 60");
        return;
    }
    duration = static_cast<system_tick_t>(seconds * 1000 + 0.5);
    asked = millis();
    answer.number("seconds", duration / 1000.0, 3);
}

void sleepWhenDue() {
    if (duration == 0 || millis() - asked < leave) {
        return;
    }
    const system_tick_t now = duration;
    duration = 0;
    switchLoad(false);
    System.sleep(SystemSleepConfiguration().mode(SystemSleepMode::ULTRA_LOW_POWER).duration(now));
}

}  // namespace factory
