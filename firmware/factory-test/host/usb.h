// USB serial as a pseudo-terminal, with the buffers a unit has.
#pragma once

#include <deque>
#include <string>

class Usb {
public:
    // Puts the port on the bus, or takes it off: a symbolic link leads to it while it is there.
    void attach(const std::string& link);
    void detach();

    // Moves bytes between the terminal and the buffers. Returns at once.
    void turn();

    int master() const { return master_; }
    bool connected() const { return connected_; }

    std::deque<uint8_t> in, out;
    static constexpr size_t room = 256;  // Device OS, hal/src/nRF52840/usb_settings.h, both ways

private:
    int master_ = -1;
    bool connected_ = false;
    std::string link_;
};

extern Usb usb;
