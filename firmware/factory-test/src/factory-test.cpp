// The factory-test firmware: answers questions over USB and connects to nothing.
#include "Particle.h"
#include "subjects.h"
#include "transports.h"

// Device OS connects in no other way than by a call in the application, and there is none.
SYSTEM_MODE(MANUAL);

// From 6.2.0 on the system's thread is always there, and asking for it is a warning.
#ifndef SYSTEM_VERSION_620
SYSTEM_THREAD(ENABLED);
#endif

void setup() {
    factory::beginStart();
    factory::beginLoad();
    factory::beginButton();
    factory::beginSerial();
}

void loop() {
    factory::runSerial();
    factory::runRequests();
    factory::sleepWhenDue();
}
