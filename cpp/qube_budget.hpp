/// @file
/// qube_budget in C++17: memory budgets, batch policies and contraction plans, before anything is
/// allocated. Header only, over the C interface (qube_budget.h), which is the manual of what the
/// numbers mean; link libqube_budget.
///
/// Conventions:
///  - A failure throws qube::Error: the status of the C interface, and a message that names the
///    culprit, its value and what is allowed. Callbacks and cost models may throw anything; it
///    reaches the caller with its type.
///  - Budget, Network, Plan, ... own a handle of the library: they move, and do not copy. After a
///    move, assign or destroy; any other use throws Error (Status::null_pointer).
///  - Elements (Stage, Node, Loop, ...) are small values. Their texts (std::string_view) and ranges
///    point into the handle they came from and live as long as it; an rvalue does not give any.
///    Fields have the names of the C interface, and its meaning: 0 or -1 for "none" where C says
///    so, "" for an absent text.
///  - Text is UTF-8. Arguments need no NUL behind them; one inside is an Error (Status::parse).
///  - Const members may run on any number of threads at a time, also on one object.
#ifndef QUBE_BUDGET_HPP
#define QUBE_BUDGET_HPP

#if defined(_MSVC_LANG) ? _MSVC_LANG < 201703L : __cplusplus < 201703L
#error "qube_budget.hpp needs C++17 or newer (-std=c++17); older standards have qube_budget.h"
#endif

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
