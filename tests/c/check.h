/* Counts what holds and what does not; goes on after a failure. */
#ifndef QUBE_TEST_CHECK_H
#define QUBE_TEST_CHECK_H

#include <stdio.h>
#include <string.h>

#include "qube_budget.h"

static int checks_passed = 0;
static int checks_failed = 0;

static inline int check_(int holds, const char *file, int line, const char *what, const char *detail)
{
    if (holds) {
        checks_passed++;
    } else {
        checks_failed++;
        fprintf(stderr, "%s:%d: does not hold: %s%s%s\n", file, line, what, *detail ? "\n    " : "",
                detail);
    }
    return holds;
}

#define CHECK(condition) check_(!!(condition), __FILE__, __LINE__, #condition, "")

/* A call that succeeds; its message, if it does not. */
#define CHECK_OK(call)                                                                       \
    do {                                                                                     \
        const int32_t status_ = (call);                                                      \
        check_(status_ == QUBE_OK, __FILE__, __LINE__, #call,                                \
               status_ == QUBE_OK ? "" : qube_last_error());                                 \
    } while (0)

/* Whether a text has the pieces of a pattern, which are between "...", in their order. Patterns name
   the culprit and its value; what a message advises may be worded anew. */
static inline int says(const char *text, const char *pattern)
{
    while (*pattern != '\0') {
        const char *end = strstr(pattern, "...");
        const size_t length = end != NULL ? (size_t)(end - pattern) : strlen(pattern);
        while (strncmp(text, pattern, length) != 0) {
            if (*text++ == '\0') {
                return 0;
            }
        }
        text += length;
        pattern += length + (end != NULL ? 3 : 0);
    }
    return 1;
}

static inline void check_fails_(int32_t status, int32_t expected, const char *pattern,
                                const char *file, int line, const char *call)
{
    if (status == expected && says(qube_last_error(), pattern)) {
        checks_passed++;
    } else {
        checks_failed++;
        fprintf(stderr, "%s:%d: %s\n    status %d, expected %d; \"%s\", expected \"%s\"\n", file, line,
                call, (int)status, (int)expected, qube_last_error(), pattern);
    }
}

/* The call fails with exactly this status, and its message says so. */
#define CHECK_FAILS(call, expected, pattern) \
    check_fails_((call), expected, pattern, __FILE__, __LINE__, #call)

/* An address that no handle and no text has: what a failing call must replace by NULL. */
#define POISON ((void *)8)

/* The call fails in this way, and leaves NULL in the handle or text. */
#define CHECK_NOTHING(result, call, expected, pattern) \
    do {                                               \
        (result) = POISON;                             \
        CHECK_FAILS(call, expected, pattern);          \
        CHECK((result) == NULL);                       \
    } while (0)

/* A text is this one. */
#define CHECK_TEXT(found, expected)                                                   \
    do {                                                                              \
        const char *found_ = (found);                                                 \
        check_(found_ != NULL && strcmp(found_, expected) == 0, __FILE__, __LINE__,   \
               #found " is " #expected, found_ != NULL ? found_ : "NULL");            \
    } while (0)

/* A text has these pieces, in this order. */
#define CHECK_SAYS(found, pattern)                                                    \
    do {                                                                              \
        const char *found_ = (found);                                                 \
        check_(found_ != NULL && says(found_, pattern), __FILE__, __LINE__,           \
               #found " says " #pattern, found_ != NULL ? found_ : "NULL");           \
    } while (0)

/* What main returns. */
static inline int checks_done(void)
{
    printf("%d checks passed\n", checks_passed);
    if (checks_failed > 0) {
        printf("%d checks failed\n", checks_failed);
    }
    return checks_failed > 0;
}

#endif
