// The external flash: who it is, and whether it keeps what is written.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "Particle.h"
#include "chip.h"
#include "subjects.h"
#include "text.h"

namespace factory {

namespace {

// Applications have /usr to themselves (docs.particle.io, file system).
constexpr const char* folder = "/usr";
constexpr const char* file = "/usr/factory-test.bin";
constexpr double mebibyte = 1 << 20;
constexpr size_t blocks = 16, blockSize = 256;  // 4096 bytes: one erase sector

// Bytes that no other start and no erased or stuck cell shows by chance.
void fill(uint8_t (&block)[blockSize], uint32_t number) {
    uint32_t state = bootNumber() ^ (number * 0x9E3779B9u);
    for (uint8_t& byte : block) {
        state = state * 1664525u + 1013904223u;  // Numerical Recipes §7.1, "an even quicker generator"
        byte = static_cast<uint8_t>(state >> 24);
    }
}

const char* put() {
    ::mkdir(folder, 0777);
    const int to = ::open(file, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (to < 0) {
        return "no file can be made on the external flash";
    }
    bool written = true;
    for (uint32_t number = 0; number < blocks && written; ++number) {
        uint8_t block[blockSize];
        fill(block, number);
        written = ::write(to, block, sizeof(block)) == static_cast<int>(sizeof(block));
    }
    return ::close(to) == 0 && written ? nullptr : "the external flash does not take what is written";
}

const char* check() {
    const int from = ::open(file, O_RDONLY);
    if (from < 0) {
        return "the external flash has lost the file";
    }
    bool same = true;
    for (uint32_t number = 0; number < blocks && same; ++number) {
        uint8_t block[blockSize], seen[blockSize] = {};
        fill(block, number);
        same =
            ::read(from, seen, sizeof(seen)) == static_cast<int>(sizeof(seen)) && memcmp(block, seen, blockSize) == 0;
    }
    ::close(from);
    return same ? nullptr : "the external flash gives back something else";
}

}  // namespace

void flashId(const Question&, Answer& answer) {
    uint8_t id[3] = {};
    const bool asked = chip::jedecId(id);
    const bool blank = (id[0] | id[1] | id[2]) == 0 || (id[0] & id[1] & id[2]) == 0xFF;
    if (!asked || blank) {
        answer.refuse("the external flash does not answer");
        return;
    }
    answer.text("jedec", Text().hex(id[0]).hex(id[1]).hex(id[2]).c_str());
    // Its third byte is the size as a power of two, by the custom of all makers that Device OS knows.
    if (id[2] < 31) {
        answer.number("size", (uint32_t{1} << id[2]) / mebibyte, 6);
    }
}

void flashCheck(const Question&, Answer& answer) {
    const char* wrong = put();
    if (!wrong) {
        wrong = check();
    }
    if (::unlink(file) != 0 && !wrong) {
        wrong = "the file cannot be removed from the external flash";
    }
    if (wrong) {
        answer.refuse(wrong);
        return;
    }
    answer.number("bytes", blocks * blockSize, 0);
}

}  // namespace factory
