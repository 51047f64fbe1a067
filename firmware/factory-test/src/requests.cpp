// Questions as control request 10, which also reaches a protected unit. Device OS hands it to the application's thread,
// between two loops or within a delay (system/src/system_control_internal.cpp).
#include <cstring>

#include "Particle.h"
#include "questions.h"
#include "transports.h"

namespace factory {

namespace {

// They are put aside here and answered from the loop: one that comes while another is answered must wait.
constexpr size_t places = 4;  // as many as Device OS has under way (system/src/usb_control_request_channel.cpp)
ctrl_request* waiting[places];
size_t waitingCount = 0;

void finish(ctrl_request* request, int result) { system_ctrl_set_result(request, result, nullptr, nullptr, nullptr); }

void answerOne(ctrl_request* request) {
    static char message[maxMessage], reply[maxMessage];
    size_t size = 0;
    if (request->request_size <= sizeof(message)) {
        memcpy(message, request->request_data, request->request_size);
        size = answer(message, request->request_size, reply);
    }
    if (size == 0) {
        finish(request, SYSTEM_ERROR_BAD_DATA);
    } else if (system_ctrl_alloc_reply_data(request, size, nullptr) != 0) {
        finish(request, SYSTEM_ERROR_NO_MEMORY);
    } else {
        memcpy(request->reply_data, reply, size);
        finish(request, SYSTEM_ERROR_NONE);
    }
}

}  // namespace

void runRequests() {
    while (waitingCount > 0) {
        ctrl_request* const first = waiting[0];
        --waitingCount;
        memmove(waiting, waiting + 1, waitingCount * sizeof(waiting[0]));
        answerOne(first);
    }
}

}  // namespace factory

// Device OS calls this by its name (wiring/src/user.cpp).
void ctrl_request_custom_handler(ctrl_request* request) {
    using namespace factory;
    if (waitingCount == places) {
        finish(request, SYSTEM_ERROR_BUSY);
    } else {
        waiting[waitingCount++] = request;
    }
}
