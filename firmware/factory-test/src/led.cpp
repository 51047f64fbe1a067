// The status LED, taken from Device OS until the next start.
#include <cstring>

#include "Particle.h"
#include "subjects.h"

namespace factory {

namespace {

struct Colour {
    const char* name;
    int red, green, blue;
};

constexpr Colour colours[] = {
    {"off", 0, 0, 0}, {"red", 255, 0, 0}, {"green", 0, 255, 0}, {"blue", 0, 0, 255}, {"white", 255, 255, 255},
};

}  // namespace

void led(const Question& question, Answer& answer) {
    const char* wanted = question.text("colour", "");
    for (const Colour& colour : colours) {
        if (strcmp(colour.name, wanted) == 0) {
            RGB.control(true);
            RGB.color(colour.red, colour.green, colour.blue);
            return;
        }
    }
    answer.refuse("colour must be off, red, green, blue or white");
}

}  // namespace factory
