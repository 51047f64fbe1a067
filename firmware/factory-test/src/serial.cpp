// Questions over USB serial. Nothing here waits for the host.
#include "Particle.h"
#include "line.h"
#include "questions.h"
#include "transports.h"

namespace factory {

namespace {

LineReader reader;
char out[maxLine];
size_t outSize = 0, sent = 0;

void forget() {
    reader.forget();
    outSize = sent = 0;
}

// Sends as much as USB takes now.
void send() {
    while (sent < outSize && Serial.availableForWrite() > 0 && Serial.write(static_cast<uint8_t>(out[sent])) == 1) {
        ++sent;
    }
}

}  // namespace

void beginSerial() {
    Serial.begin();
    Serial.blockOnOverrun(false);
}

void runSerial() {
    // While it listens, the system's own console reads this port; with nobody at the other end, answers are for nobody.
    if (Network.listening() || !Serial.isConnected()) {
        forget();
        return;
    }
    send();
    // The next question is read when the last answer is on its way: the host's bytes wait in USB.
    while (sent == outSize && Serial.available() > 0) {
        const int byte = Serial.read();
        if (byte < 0) {
            return;
        }
        if (reader.take(static_cast<char>(byte))) {
            const size_t size = answer(reader.message(), reader.size(), out);
            outSize = size ? seal(out, size) : 0;
            sent = 0;
            send();
        }
    }
}

}  // namespace factory
