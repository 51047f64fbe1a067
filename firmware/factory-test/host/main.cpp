// The factory-test firmware as a program: USB serial is a pseudo-terminal, control requests and faults come in lines on
// standard input.
//
//     factory-test-host LINK [COMMAND...]    LINK becomes a symbolic link to the serial port
//     factory-test-host --questions          prints the firmware's table of questions, a JSON object a line
//
//     request HEX...    control requests 10, all at once; "reply RESULT HEX" for each
//     look              what is to be seen from outside, as a JSON object
//     COMMAND           a fault or an event (README.md); "ok", or "no" and why
//
// It ends with standard input.
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "Particle.h"
#include "model.h"
#include "questions.h"
#include "usb.h"

namespace {

std::string port, typed;

struct Request {
    ctrl_request request{};
    std::string asked, reply;
    int result = 0;
    bool done = false;
};

void turn() {
    model.catchUp();
    usb.turn();
    loop();
    usb.turn();
}

std::string bytesOf(const std::string& hex) {
    std::string bytes;
    for (size_t at = 0; at + 1 < hex.size(); at += 2) {
        bytes.push_back(static_cast<char>(strtoul(hex.substr(at, 2).c_str(), nullptr, 16)));
    }
    return bytes;
}

void request(const std::vector<std::string>& words) {
    std::vector<Request> all(words.size() - 1);
    for (size_t at = 0; at < all.size(); ++at) {
        Request& one = all[at];
        one.asked = words[at + 1] == "-" ? "" : bytesOf(words[at + 1]);
        one.request.type = 10;
        one.request.request_data = one.asked.data();
        one.request.request_size = one.asked.size();
        one.request.channel = &one;
        ctrl_request_custom_handler(&one.request);
    }
    for (Request& one : all) {
        while (!one.done) {
            turn();
        }
        printf("reply %d ", one.result);
        for (const char byte : one.reply) {
            printf("%02x", static_cast<unsigned>(static_cast<unsigned char>(byte)));
        }
        printf("\n");
    }
}

void obey(const std::string& line) {
    std::istringstream text(line);
    std::vector<std::string> words;
    for (std::string word; text >> word;) {
        words.push_back(word);
    }
    if (words.empty()) {
        return;
    }
    if (words[0] == "request") {
        request(words);
    } else if (words[0] == "look") {
        printf("%s\n", model.look().c_str());
    } else {
        const std::string why = model.command(words);
        printf("%s\n", why.empty() ? "ok" : ("no " + why).c_str());
    }
    fflush(stdout);
}

// Waits a moment for standard input or USB, and obeys what was typed.
void wait(int ms) {
    pollfd ends[] = {{STDIN_FILENO, POLLIN, 0}, {usb.connected() ? usb.master() : -1, POLLIN, 0}};
    poll(ends, 2, ms);
    if (!ends[0].revents) {
        return;
    }
    char bytes[65536];
    const ssize_t count = read(STDIN_FILENO, bytes, sizeof(bytes));
    if (count <= 0) {
        usb.detach();
        exit(0);
    }
    typed.append(bytes, static_cast<size_t>(count));
    for (size_t end; (end = typed.find('\n')) != std::string::npos;) {
        const std::string line = typed.substr(0, end);
        typed.erase(0, end + 1);
        obey(line);
    }
}

void printQuestions() {
    const char* kinds[] = {"number", "text", "flag"};
    for (size_t at = 0; at < factory::questionCount; ++at) {
        const factory::Entry& entry = factory::questions[at];
        printf("{\"name\":\"%s\",\"given\":{", entry.name);
        const char* between = "";
        for (const factory::Argument& one : entry.given) {
            if (one.name) {
                printf("%s\"%s\":[\"%s\",%s]", between, one.name, kinds[static_cast<size_t>(one.kind)],
                       one.needed ? "true" : "false");
                between = ",";
            }
        }
        printf("}}\n");
    }
}

}  // namespace

// Requests and sleep end in this file, as only it knows what else goes on.

int system_ctrl_alloc_reply_data(ctrl_request* request, size_t size, void*) {
    std::string& reply = static_cast<Request*>(request->channel)->reply;
    reply.resize(size);
    request->reply_data = reply.data();
    request->reply_size = size;
    return 0;
}

void system_ctrl_set_result(ctrl_request* request, int result, void (*)(int, void*), void*, void*) {
    Request* const one = static_cast<Request*>(request->channel);
    if (one->done) {
        abort();  // a request is answered once
    }
    one->result = result;
    one->done = true;
}

void SystemClass::sleep(const SystemSleepConfiguration& config) {
    if (config.mode() != SystemSleepMode::ULTRA_LOW_POWER) {
        abort();
    }
    const uint64_t wakes = model.now + uint64_t{config.ms()} * 1000000;
    usb.detach();
    model.asleep = true;
    ++model.sleeps;
    while (model.now < wakes) {
        wait(5);
        model.catchUp();
    }
    model.asleep = false;
    usb.attach(port);
}

int main(int count, char** words) {
    if (count == 2 && std::string(words[1]) == "--questions") {
        printQuestions();
        return 0;
    }
    if (count < 2) {
        fprintf(stderr, "usage: factory-test-host LINK [COMMAND...] | --questions\n");
        return 2;
    }
    port = words[1];
    setup();
    for (int at = 2; at < count; ++at) {
        std::istringstream text(words[at]);
        std::vector<std::string> command;
        for (std::string word; text >> word;) {
            command.push_back(word);
        }
        const std::string why = command.empty() ? "no such command" : model.command(command);
        if (!why.empty()) {
            fprintf(stderr, "%s: %s\n", words[at], why.c_str());
            return 2;
        }
    }
    usb.attach(port);
    printf("ready\n");
    fflush(stdout);
    for (;;) {
        turn();
        wait(usb.in.empty() && usb.out.empty() ? 2 : 0);
    }
}
