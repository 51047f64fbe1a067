// What can be asked, one file a subject. The table in questions.cpp says which arguments each takes.
#pragma once

#include "answer.h"
#include "question.h"

namespace factory {

void who(const Question& question, Answer& answer);
void radio(const Question& question, Answer& answer);
void rails(const Question& question, Answer& answer);
void gauge(const Question& question, Answer& answer);
void loopback(const Question& question, Answer& answer);
void i2c(const Question& question, Answer& answer);
void flashId(const Question& question, Answer& answer);
void flashCheck(const Question& question, Answer& answer);
void rtc(const Question& question, Answer& answer);
void button(const Question& question, Answer& answer);
void led(const Question& question, Answer& answer);
void load(const Question& question, Answer& answer);
void sleep(const Question& question, Answer& answer);
void modem(const Question& question, Answer& answer);

// Called once at the start.
void beginStart();
void beginButton();
void beginLoad();

// Called from the loop: goes to sleep once an answer said so and had time to leave.
void sleepWhenDue();

// A random number of this start, 1 to 2^32 - 1; the same until the next one.
uint32_t bootNumber();
double uptimeSeconds();

// The test load on or off; nothing where the board has none.
void switchLoad(bool on);

}  // namespace factory
