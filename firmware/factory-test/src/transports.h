// What brings questions: USB serial and control request 10. Both end in answer() of questions.h.
#pragma once

namespace factory {

void beginSerial();
void runSerial();
void runRequests();

}  // namespace factory
