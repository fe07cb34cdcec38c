/// @file
/// The exception of failed calls, the library's version, and the machine's memory.
#ifndef QUBE_BUDGET_ERROR_HPP
#define QUBE_BUDGET_ERROR_HPP

#include <cstdint>
#include <stdexcept>
#include <string>

#include <qube_budget.h>

namespace qube {

/// Why a call failed: the status codes of the C interface.
enum class Status : std::int32_t {
    ok = QUBE_OK,                           ///< Never in an Error.
    null_pointer = QUBE_ERR_NULL,           ///< A moved-from object.
    abi = QUBE_ERR_ABI,                     ///< The library does not fit this header.
    utf8 = QUBE_ERR_UTF8,                   ///< Text that is not UTF-8.
    input = QUBE_ERR_INPUT,                 ///< A budget input or a count outside its range.
    conflict = QUBE_ERR_CONFLICT,           ///< Two inputs that contradict each other.
    overflow = QUBE_ERR_OVERFLOW,           ///< A number that its type cannot hold.
    unknown_stage = QUBE_ERR_UNKNOWN_STAGE, ///< A stage that the budget lacks.
    position = QUBE_ERR_POSITION,           ///< A number past the last element.
    extent = QUBE_ERR_EXTENT,               ///< An extent below 1.
    power_mean = QUBE_ERR_POWER_MEAN,       ///< A power mean missing, or not finite and above 0.
    unknown_index = QUBE_ERR_UNKNOWN_INDEX, ///< An index that the network lacks.
    unknown_space = QUBE_ERR_UNKNOWN_SPACE, ///< A space without an extent.
    duplicate = QUBE_ERR_DUPLICATE,         ///< A label that exists already.
    parse = QUBE_ERR_PARSE,           ///< Text not in the expected form, or with a NUL inside.
    no_tensors = QUBE_ERR_NO_TENSORS, ///< A network without tensors.
    too_large = QUBE_ERR_TOO_LARGE,   ///< More than the method can take.
    target = QUBE_ERR_TARGET,         ///< A batch target or tile below 1, or missing.
    option = QUBE_ERR_OPTION,         ///< An option, weight or format outside its range.
    document = QUBE_ERR_DOCUMENT,     ///< A document with an invalid value.
    system = QUBE_ERR_SYSTEM,         ///< The operating system refused.
    label = QUBE_ERR_LABEL,           ///< A label that is empty or has control characters.
    callback = QUBE_ERR_CALLBACK,     ///< A callback failed, or cancelled the call.
    replay = QUBE_ERR_REPLAY,         ///< A plan disagrees with its recomputation.
    limit = QUBE_ERR_LIMIT,           ///< A limit leaves no plan, or none with a proof.
    panic = QUBE_ERR_PANIC,           ///< A defect of the library.
};

/// The exception of every failure. what() names the culprit, its value, and the allowed values.
class Error : public std::runtime_error {
public:
    /// A failure with this status and message.
    Error(Status status, const std::string &message) : std::runtime_error(message), status_(status)
    {
    }

    /// The status of the C interface.
    [[nodiscard]] Status status() const noexcept { return status_; }

private:
    Status status_;
};

/// Not part of the interface.
namespace priv {

/// Throws unless the status is ok, with this thread's message.
inline void check(std::int32_t status)
{
    if (status != QUBE_OK) {
        throw Error(static_cast<Status>(status), qube_last_error());
    }
}

/// Refuses a library with another binary interface.
inline void check_abi()
{
    if (qube_abi_version() != QUBE_ABI_VERSION) {
        throw Error(Status::abi, "the loaded library has binary interface " +
                                     std::to_string(qube_abi_version()) + "; load one with " +
                                     std::to_string(QUBE_ABI_VERSION) + ", that of the header");
    }
}

} // namespace priv

/// The version of the loaded library, "major.minor.patch".
[[nodiscard]] inline std::string version()
{
    return qube_version();
}

/// The memory that this process may use, bytes (qube_memory_limit()).
/// @param bound  receives the name of the limit in force, if not NULL
/// @throws Error system
[[nodiscard]] inline std::int64_t memory_limit(std::string *bound = nullptr)
{
    priv::check_abi();
    std::int64_t bytes = 0;
    const char *name = nullptr;
    priv::check(qube_memory_limit(&bytes, &name));
    if (bound != nullptr) {
        *bound = name;
    }
    return bytes;
}

} // namespace qube

#endif // QUBE_BUDGET_ERROR_HPP
