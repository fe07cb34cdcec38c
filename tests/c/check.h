/* Counts what holds and what does not; goes on after a failure. */
#ifndef QUBE_TEST_CHECK_H
#define QUBE_TEST_CHECK_H

#include <stdio.h>
#include <string.h>

#include "qube_budget.h"

static int checks_passed = 0;
static int checks_failed = 0;

#define CHECK(condition)                                                                    \
    do {                                                                                    \
        if (condition) {                                                                    \
            checks_passed++;                                                                \
        } else {                                                                            \
            checks_failed++;                                                                \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);  \
        }                                                                                   \
    } while (0)

/* The call fails with exactly this status, and its message has this text in it. */
#define CHECK_FAILS(call, expected, text)                                                   \
    do {                                                                                    \
        int32_t status_ = (call);                                                           \
        char message_[1024];                                                                \
        qube_last_error(message_, sizeof message_);                                         \
        if (status_ == (expected) && strstr(message_, (text)) != NULL) {                    \
            checks_passed++;                                                                \
        } else {                                                                            \
            checks_failed++;                                                                \
            fprintf(stderr, "%s:%d: %s: status %d, expected %d; ", __FILE__, __LINE__, #call, \
                    (int)status_, (int)(expected));                                         \
            fprintf(stderr, "message \"%s\", expected \"%s\"\n", message_, (text));         \
        }                                                                                   \
    } while (0)

/* What main returns. */
static int checks_done(void) {
    printf("%d checks passed\n", checks_passed);
    if (checks_failed > 0) {
        printf("%d checks failed\n", checks_failed);
    }
    return checks_failed > 0;
}

#endif
