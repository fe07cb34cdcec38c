// The checks of the C tests, and one for what must be thrown.
#ifndef QUBE_TEST_CHECK_HPP
#define QUBE_TEST_CHECK_HPP

#include "../c/check.h"

#include <qube_budget.hpp>

#include <string>

// The expression throws qube::Error with this status, and its message has this text in it.
#define CHECK_THROWS(expression, expected, text)                                                    \
    do {                                                                                            \
        std::string said_ = "nothing thrown";                                                       \
        qube::Status status_ = qube::Status::ok;                                                    \
        try {                                                                                       \
            static_cast<void>(expression);                                                          \
        } catch (const qube::Error &error_) {                                                       \
            said_ = error_.what();                                                                  \
            status_ = error_.status();                                                              \
        }                                                                                           \
        if (status_ == qube::Status::expected && said_.find(text) != std::string::npos) {           \
            checks_passed++;                                                                        \
        } else {                                                                                    \
            checks_failed++;                                                                        \
            std::fprintf(stderr, "%s:%d: %s: status %d, message \"%s\", expected \"%s\"\n", __FILE__, \
                         __LINE__, #expression, static_cast<int>(status_), said_.c_str(), text);    \
        }                                                                                           \
    } while (0)

#endif
