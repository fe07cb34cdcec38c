/// @file
/// qube_budget in C++17: memory budgets, batch policies and contraction plans, before a run
/// allocates anything. Header only, over the C interface; link libqube_budget. qube_budget.h is the
/// manual of all numbers and formulas.
///
/// Conventions:
///  - Errors: a failure throws qube::Error with the status of the C interface. Its message names
///    the culprit, its value, and the allowed values. An exception of a callback or cost model
///    reaches the caller with its type.
///  - Ownership: Budget, Network, Plan, ... own a handle of the library. They move; they do not
///    copy. A moved-from object can be assigned or destroyed; other uses throw Error
///    (Status::null_pointer). Arguments are copied.
///  - Elements (Stage, Node, Loop, ...) are small values. Their texts (std::string_view) and ranges
///    point into their handle and are valid as long as it; rvalues therefore refuse to give them.
///    Fields have the names and meanings of the C interface: 0 or -1 for "none" as in C, "" for an
///    absent text. Numbers count from 0.
///  - Text is UTF-8. Arguments need no terminating NUL; a NUL inside is an Error (Status::parse).
///  - Threads: const members may run on several threads at once, also on one object.
#ifndef QUBE_BUDGET_HPP
#define QUBE_BUDGET_HPP

#if defined(_MSVC_LANG) ? _MSVC_LANG < 201703L : __cplusplus < 201703L
#error "qube_budget.hpp needs C++17 or newer (-std=c++17); older standards have qube_budget.h"
#endif

/// The interface of qube_budget.
namespace qube {}

#include "qube_budget/budget.hpp"
#include "qube_budget/comparison.hpp"
#include "qube_budget/custom.hpp"
#include "qube_budget/fit.hpp"
#include "qube_budget/many.hpp"
#include "qube_budget/meter.hpp"
#include "qube_budget/network.hpp"
#include "qube_budget/optimize.hpp"
#include "qube_budget/options.hpp"
#include "qube_budget/pipeline.hpp"
#include "qube_budget/plan.hpp"
#include "qube_budget/policy.hpp"
#include "qube_budget/ranks.hpp"
#include "qube_budget/request.hpp"

#endif // QUBE_BUDGET_HPP
