// Supplies by the ADC.
#include "board.h"
#include "subjects.h"
#include "text.h"

namespace factory {

namespace {

// analogRead counts to 4095 at 3.3 V with either reference (Device OS, hal/src/nRF52840/adc_hal.cpp).
constexpr double voltsPerCount = 3.3 / 4095;
constexpr int samples = 16;  // a design margin, not measured

double volts(const Pin& pin) {
    int32_t sum = 0;
    for (int sample = 0; sample < samples; ++sample) {
        sum += analogRead(pin.number);
    }
    return sum * voltsPerCount / samples;
}

}  // namespace

void rails(const Question&, Answer& answer) {
    // The other reference is the 3.3 V rail itself, which could never be seen to be wrong.
    analogSetReference(AdcReference::INTERNAL);
    double correction = 1;
    if (referencePin.number != noPin.number) {
        const double seen = volts(referencePin);
        // The ADC is 4 % off at most (nRF52840 PS v1.11, SAADC, gain error); more is no contact.
        if (seen < referenceVolts * 0.9 || seen > referenceVolts * 1.1) {
            answer.refuse((Text() << "the reference is not at " << referencePin.name).c_str());
            return;
        }
        correction = referenceVolts / seen;
    }
    for (const Rail& rail : boardRails) {
        answer.number(rail.name, volts(rail.pin) * correction * rail.ratio, 3);
    }
}

}  // namespace factory
