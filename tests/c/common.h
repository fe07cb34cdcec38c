/* What the tests of networks, policies and plans share. */
#ifndef QUBE_TEST_COMMON_H
#define QUBE_TEST_COMMON_H

#include <fenv.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "check.h"

/* Not UTF-8: a lone continuation byte. */
#define BAD_UTF8 "x\x80y"

/* A handle that a failing call has to replace by NULL. */
#define POISON ((void *)1)

#define CHECK_OK(call) CHECK((call) == QUBE_OK)

/* The call fails with this status and message, and leaves NULL in the handle. */
#define CHECK_NO_HANDLE(handle, call, expected, text) \
    do {                                              \
        (handle) = POISON;                            \
        CHECK_FAILS(call, expected, text);            \
        CHECK((handle) == NULL);                      \
    } while (0)

/* Flags that a host may trap. Inexact is harmless. */
#define TRAPPED (FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW | FE_UNDERFLOW)

#define CHECK_NO_FLAGS()                                                                       \
    do {                                                                                       \
        CHECK(fetestexcept(TRAPPED) == 0);                                                     \
        feclearexcept(FE_ALL_EXCEPT);                                                          \
    } while (0)

/* Comparing it raises FE_INVALID; copying it does not. */
static inline double signaling_nan(void)
{
    const uint64_t bits = UINT64_C(0x7FF0000000000001);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* What a call that gives text, function(..., buf, cap, length), owes: the length alone, the text in a
   buffer that just fits, the length and an untouched buffer where it is one byte too short. */
#define CHECK_TEXT(expected, function, ...)                                                     \
    do {                                                                                        \
        const size_t wanted_ = strlen(expected);                                                \
        char buf_[512];                                                                         \
        size_t length_ = 999;                                                                   \
        CHECK(wanted_ < sizeof buf_);                                                           \
        CHECK_OK(function(__VA_ARGS__, NULL, 0, &length_));                                     \
        CHECK(length_ == wanted_);                                                              \
        memset(buf_, '#', sizeof buf_);                                                         \
        CHECK_OK(function(__VA_ARGS__, buf_, wanted_ + 1, &length_));                           \
        CHECK(length_ == wanted_ && strcmp(buf_, expected) == 0 &&                              \
              (wanted_ + 1 == sizeof buf_ || buf_[wanted_ + 1] == '#'));                        \
        memset(buf_, '#', sizeof buf_);                                                         \
        length_ = 999;                                                                          \
        CHECK_FAILS(function(__VA_ARGS__, buf_, wanted_, &length_), QUBE_ERR_BUFFER, "allowed: "); \
        CHECK(length_ == wanted_ && buf_[0] == '#');                                            \
        length_ = 999;                                                                          \
        CHECK_FAILS(function(__VA_ARGS__, buf_, 0, &length_), QUBE_ERR_BUFFER, "buffer holds 0"); \
        CHECK(length_ == wanted_ && buf_[0] == '#');                                            \
        CHECK_FAILS(function(__VA_ARGS__, buf_, sizeof buf_, NULL), QUBE_ERR_NULL, "length is NULL"); \
        CHECK(buf_[0] == '#');                                                                  \
        CHECK_FAILS(function(__VA_ARGS__, NULL, 5, &length_), QUBE_ERR_NULL, "buf is NULL");    \
    } while (0)

/* A table of einsum letters: "ij" with extents 2, 3. */
static inline qube_spaces *letters(const char *names, const int64_t *extents)
{
    qube_spaces *spaces = NULL;
    CHECK_OK(qube_spaces_create(&spaces));
    for (int k = 0; names[k] != '\0'; ++k) {
        const char name[2] = {names[k], '\0'};
        CHECK_OK(qube_spaces_add(spaces, name, extents[k]));
    }
    return spaces;
}

/* A network from an einsum text. */
static inline qube_network *einsum(const char *text, const char *names, const int64_t *extents)
{
    qube_network *network = NULL;
    qube_spaces *spaces = letters(names, extents);
    CHECK_OK(qube_network_einsum(text, spaces, &network));
    qube_spaces_free(spaces);
    return network;
}

#endif
