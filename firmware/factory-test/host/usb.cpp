#include "usb.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

Usb usb;

void Usb::attach(const std::string& link) {
    int slave = -1;
    char name[128];
    termios raw{};
    cfmakeraw(&raw);
    if (openpty(&master_, &slave, name, &raw, nullptr) != 0) {
        perror("openpty");
        exit(1);
    }
    fcntl(master_, F_SETFL, O_NONBLOCK);
    // Nobody has it open now: the terminal hangs up until a host comes, which is how a host is noticed.
    close(slave);
    link_ = link;
    const std::string fresh = link_ + ".new";
    unlink(fresh.c_str());
    if (symlink(name, fresh.c_str()) != 0 || rename(fresh.c_str(), link_.c_str()) != 0) {
        perror(link_.c_str());
        exit(1);
    }
}

void Usb::detach() {
    unlink(link_.c_str());
    close(master_);
    master_ = -1;
    connected_ = false;
    in.clear();
    out.clear();
}

void Usb::turn() {
    if (master_ < 0) {
        return;
    }
    pollfd state{master_, POLLIN, 0};
    poll(&state, 1, 0);
    connected_ = !(state.revents & POLLHUP);
    if (!connected_) {
        out.clear();
    }
    uint8_t bytes[room];
    if ((state.revents & POLLIN) && in.size() < room) {
        const ssize_t count = read(master_, bytes, room - in.size());
        for (ssize_t at = 0; at < count; ++at) {
            in.push_back(bytes[at]);
        }
    }
    size_t count = 0;
    while (count < out.size()) {
        bytes[count] = out[count];
        ++count;
    }
    if (count > 0) {
        const ssize_t written = write(master_, bytes, count);
        for (ssize_t at = 0; at < written; ++at) {
            out.pop_front();
        }
    }
}
