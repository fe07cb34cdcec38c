// Counts what holds and what does not; goes on after a failure.
#ifndef QUBE_TEST_CHECK_HPP
#define QUBE_TEST_CHECK_HPP

#include <cstdio>
#include <string>

#include <qube_budget.hpp>

inline int checks_passed = 0;
inline int checks_failed = 0;

inline void checked(bool holds, const char *file, int line, const std::string &what)
{
    ++(holds ? checks_passed : checks_failed);
    if (!holds) {
        std::fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what.c_str());
    }
}

#define CHECK(condition) checked(static_cast<bool>(condition), __FILE__, __LINE__, #condition)

// The expression throws qube::Error with this status, and its message has this text in it.
#define CHECK_THROWS(expression, expected, text)                                                   \
    do {                                                                                           \
        std::string said_ = "nothing thrown";                                                      \
        qube::Status status_ = qube::Status::ok;                                                   \
        try {                                                                                      \
            static_cast<void>(expression);                                                         \
        } catch (const qube::Error &error_) {                                                      \
            said_ = error_.what();                                                                 \
            status_ = error_.status();                                                             \
        }                                                                                          \
        checked(status_ == qube::Status::expected && said_.find(text) != std::string::npos,        \
                __FILE__, __LINE__,                                                                \
                #expression " throws " #expected " with '" + std::string(text) + "'; status " +    \
                    std::to_string(static_cast<int>(status_)) + ", message: " + said_);            \
    } while (0)

// What main returns.
inline int checks_done()
{
    std::printf("%d checks passed\n", checks_passed);
    if (checks_failed > 0) {
        std::printf("%d checks failed\n", checks_failed);
    }
    return checks_failed > 0;
}

#endif
