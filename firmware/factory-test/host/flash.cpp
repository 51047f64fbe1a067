// The external flash's file system, for the one file the firmware makes: the linker hands its calls here (--wrap).
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <string>

#include "model.h"

extern "C" {

int __real_open(const char* path, int flags, ...);
ssize_t __real_read(int file, void* data, size_t size);
ssize_t __real_write(int file, const void* data, size_t size);
int __real_close(int file);
int __real_unlink(const char* path);
int __real_mkdir(const char* path, mode_t mode);
}

namespace {

constexpr int ours = 100000;  // no file of this process has such a number
constexpr const char* folder = "/usr";

std::string content;
size_t at = 0;
bool there = false;

bool onFlash(const char* path) { return strncmp(path, folder, strlen(folder)) == 0; }

}  // namespace

extern "C" {

int __wrap_open(const char* path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    const mode_t mode = (flags & O_CREAT) ? va_arg(more, mode_t) : 0;
    va_end(more);
    if (!onFlash(path)) {
        return __real_open(path, flags, mode);
    }
    if (((flags & O_CREAT) && model.flash == Flash::readOnly) || (!(flags & O_CREAT) && !there)) {
        errno = EIO;
        return -1;
    }
    if (flags & O_TRUNC) {
        content.clear();
    }
    there = true;
    at = 0;
    return ours;
}

ssize_t __wrap_write(int file, const void* data, size_t size) {
    if (file != ours) {
        return __real_write(file, data, size);
    }
    content.append(static_cast<const char*>(data), size);
    return static_cast<ssize_t>(size);
}

ssize_t __wrap_read(int file, void* data, size_t size) {
    if (file != ours) {
        return __real_read(file, data, size);
    }
    const size_t count = content.copy(static_cast<char*>(data), size, at);
    at += count;
    if (model.flash == Flash::bad && count > 0) {
        static_cast<char*>(data)[count / 2] ^= 0x10;  // one bit that does not stay
    }
    return static_cast<ssize_t>(count);
}

int __wrap_close(int file) { return file == ours ? 0 : __real_close(file); }

int __wrap_unlink(const char* path) {
    if (!onFlash(path)) {
        return __real_unlink(path);
    }
    const bool was = there;
    there = false;
    return was ? 0 : -1;
}

int __wrap_mkdir(const char* path, mode_t mode) { return onFlash(path) ? 0 : __real_mkdir(path, mode); }
}
