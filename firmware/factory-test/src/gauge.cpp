// The fuel gauge.
#include "Particle.h"
#include "subjects.h"

namespace factory {

void gauge(const Question&, Answer& answer) {
    FuelGauge gauge;
    gauge.begin();
    // Either is -1 when the gauge does not answer (Device OS, wiring/src/spark_wiring_fuel.cpp).
    const float cell = gauge.getVCell();
    const float charge = gauge.getSoC();
    if (cell < 0 || charge < 0) {
        answer.refuse("the fuel gauge does not answer");
        return;
    }
    answer.number("vcell", cell, 3);
    answer.number("soc", charge, 1);
}

}  // namespace factory
