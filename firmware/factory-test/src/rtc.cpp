// The 32.768 kHz clock against the core's. Time and millis() will not do: on an nRF52840 both follow the core's clock
// for minutes, until the slow one overflows (Device OS, hal/src/nRF52840/timer_hal.cpp).
#include "Particle.h"
#include "chip.h"
#include "subjects.h"

namespace factory {

namespace {

constexpr uint32_t measureCounts = 32768;  // one second
constexpr unsigned patienceMicros = 1000;  // 32 counts: a clock that has not moved by then stands still
constexpr unsigned earlyMillis = 20;       // a sleep may be late by so much; a design margin, not measured

// Waits for the next count, and tells the core's ticks at that moment. False when the clock stands still.
bool edge(uint32_t& counter, uint32_t& ticks) {
    uint32_t before = 0;
    if (!chip::slowCounter(before)) {
        return false;
    }
    bool moved = false;
    // Nothing may come between a count and its ticks.
    ATOMIC_BLOCK() {
        const uint32_t begun = System.ticks(), patience = patienceMicros * System.ticksPerMicrosecond();
        do {
            ticks = System.ticks();
            chip::slowCounter(counter);
            moved = counter != before;
        } while (!moved && ticks - begun < patience);
    }
    return moved;
}

}  // namespace

void rtc(const Question&, Answer& answer) {
    uint32_t firstCount = 0, firstTicks = 0, lastCount = 0, lastTicks = 0;
    bool runs = edge(firstCount, firstTicks);
    if (runs) {
        HAL_Delay_Milliseconds(1000 - earlyMillis);
        do {
            runs = edge(lastCount, lastTicks);
        } while (runs && (lastCount - firstCount) % chip::slowModulus < measureCounts);
    }
    if (!runs) {
        answer.refuse("the 32 kHz clock stands still");
        return;
    }
    const double slow = (lastCount - firstCount) % chip::slowModulus / chip::slowHertz;
    const double core = (lastTicks - firstTicks) / (System.ticksPerMicrosecond() * 1e6);
    answer.number("seconds", core, 3);
    answer.number("drift", (slow / core - 1) * 1e6, 1);
}

}  // namespace factory
