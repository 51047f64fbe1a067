// Whether a network or the cloud was asked for since this start, by the counters of Device OS itself.
#include "Particle.h"
#include "diagnostics.h"
#include "spark_wiring_diagnostics.h"
#include "subjects.h"

namespace factory {

namespace {

// Device OS counts an attempt before it makes it (system/src/system_task.cpp, system_network_manager.cpp).
bool attempted(uint16_t id, bool& yes) {
    int32_t attempts = 0;
    if (particle::AbstractIntegerDiagnosticData::get(id, attempts) != 0) {
        return false;
    }
    yes = attempts != 0;
    return true;
}

}  // namespace

void radio(const Question&, Answer& answer) {
    bool network = false, cloud = false;
    if (!attempted(DIAG_ID_NETWORK_CONNECTION_ATTEMPTS, network) ||
        !attempted(DIAG_ID_CLOUD_CONNECTION_ATTEMPTS, cloud)) {
        answer.refuse("the counters of attempts do not answer");
        return;
    }
    answer.flag("network", network || Network.connecting() || Network.ready());
    answer.flag("cloud", cloud || Particle.connected());
    answer.number("boot", bootNumber(), 0);
    answer.number("uptime", uptimeSeconds(), 3);
}

}  // namespace factory
