// The Wiring API and the parts of Device OS that the factory-test firmware uses, and no more, for the host. Names and
// signatures are those of Device OS 6.2.0 (wiring/inc, hal/inc, system/inc); what they do is in wiring.cpp, over
// model.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#define PLATFORM_ID 13  // a Boron
#define SYSTEM_VERSION_620
#define Wiring_Cellular 1

using hal_pin_t = uint16_t;
using system_tick_t = uint32_t;

// hal/src/boron/pinmap_defines.h
#define D0 0
#define D1 1
#define D2 2
#define D3 3
#define D4 4
#define D5 5
#define D6 6
#define D7 7
#define D8 8
#define D9 9
#define D10 10
#define D11 11
#define D12 12
#define D13 13
#define A0 19
#define A1 18
#define A2 17
#define A3 16
#define A4 15
#define A5 14
#define PIN_INVALID 0xff

enum PinMode { INPUT, OUTPUT, INPUT_PULLUP, INPUT_PULLDOWN };
enum { LOW = 0, HIGH = 1 };
enum class AdcReference { DEFAULT, INTERNAL, VCC };

void pinMode(uint16_t pin, PinMode mode);
void digitalWrite(uint16_t pin, uint8_t level);
int32_t digitalRead(uint16_t pin);
int32_t analogRead(uint16_t pin);
int analogSetReference(AdcReference reference);

system_tick_t millis();
void delayMicroseconds(unsigned us);
void HAL_Delay_Milliseconds(uint32_t ms);
uint32_t HAL_RNG_GetRandomNumber();

#define ATOMIC_BLOCK()

constexpr int HAL_DEVICE_SERIAL_NUMBER_SIZE = 15;
int hal_get_device_serial_number(char* text, size_t size, void* reserved);

class String {
public:
    String(std::string text) : text_(std::move(text)) {}
    const char* c_str() const { return text_.c_str(); }

private:
    std::string text_;
};

// System

enum System_Mode_TypeDef { DEFAULT = 0, AUTOMATIC = 1, SEMI_AUTOMATIC = 2, MANUAL = 3, SAFE_MODE = 4 };
using system_event_t = uint64_t;
constexpr system_event_t button_status = 1 << 7;

enum class SystemSleepMode { NONE, STOP, ULTRA_LOW_POWER, HIBERNATE };

class SystemSleepConfiguration {
public:
    SystemSleepConfiguration& mode(SystemSleepMode mode) {
        mode_ = mode;
        return *this;
    }
    SystemSleepConfiguration& duration(system_tick_t ms) {
        ms_ = ms;
        return *this;
    }
    SystemSleepMode mode() const { return mode_; }
    system_tick_t ms() const { return ms_; }

private:
    SystemSleepMode mode_ = SystemSleepMode::NONE;
    system_tick_t ms_ = 0;
};

class SystemClass {
public:
    explicit SystemClass(System_Mode_TypeDef mode = DEFAULT);
    System_Mode_TypeDef mode();
    String version();
    String deviceID();
    uint64_t millis();
    uint32_t ticks();
    uint32_t ticksPerMicrosecond();
    void on(system_event_t events, void (*handler)(system_event_t, int, void*));
    void sleep(const SystemSleepConfiguration& config);
};

extern SystemClass System;
#define SYSTEM_MODE(mode) SystemClass SystemMode(mode)

constexpr int SYSTEM_ERROR_NONE = 0, SYSTEM_ERROR_BUSY = -110, SYSTEM_ERROR_NO_MEMORY = -260,
              SYSTEM_ERROR_BAD_DATA = -280;

struct ctrl_request {
    uint16_t size, type;
    char* request_data;
    size_t request_size;
    char* reply_data;
    size_t reply_size;
    void* channel;
};

int system_ctrl_alloc_reply_data(ctrl_request* request, size_t size, void* reserved);
void system_ctrl_set_result(ctrl_request* request, int result, void (*handler)(int, void*), void* data, void* reserved);

// Around the chip

class USBSerial {
public:
    void begin(long speed = 9600);
    void blockOnOverrun(bool block);
    bool isConnected();
    int available();
    int availableForWrite();
    int read();
    size_t write(uint8_t byte);
};

extern USBSerial Serial;

class TwoWire {
public:
    explicit TwoWire(size_t bus) : bus_(bus) {}
    bool isEnabled() { return enabled_; }
    void begin() { enabled_ = true; }
    bool lock() { return true; }
    bool unlock() { return true; }
    size_t requestFrom(uint8_t address, size_t quantity);
    int available() { return waiting_; }
    int read() { return waiting_ > 0 ? --waiting_, 0 : -1; }

private:
    size_t bus_;
    bool enabled_ = false;
    int waiting_ = 0;
};

extern TwoWire Wire, Wire1;

class FuelGauge {
public:
    bool begin();
    float getVCell();
    float getSoC();
};

class RGBClass {
public:
    void control(bool taken);
    void color(int red, int green, int blue);
};

extern RGBClass RGB;

// Radio

class NetworkClass {
public:
    bool listening();
    bool connecting();
    bool ready();
};

extern NetworkClass Network;

class CloudClass {
public:
    bool connected();
};

extern CloudClass Particle;

struct CellularDevice {
    uint16_t size = sizeof(CellularDevice);
    char iccid[21] = {}, imei[16] = {};
    int dev = 0;
    char radiofw[25] = {};
};

constexpr int WAIT = -1;  // what a callback of a modem's lines returns to go on
int cellular_device_info(CellularDevice* device, void* reserved);

class CellularClass {
public:
    void on();
    void off();
    bool isOn();
    bool isOff();
    int command(int (*line)(int, const char*, int, char*), char* parameter, const char* text);
};

extern CellularClass Cellular;

constexpr uint16_t DIAG_ID_NETWORK_CONNECTION_ATTEMPTS = 27, DIAG_ID_CLOUD_CONNECTION_ATTEMPTS = 29;

namespace particle {

class AbstractIntegerDiagnosticData {
public:
    static int get(uint16_t id, int32_t& value);
};

}  // namespace particle

// The application

void setup();
void loop();
void ctrl_request_custom_handler(ctrl_request* request);
