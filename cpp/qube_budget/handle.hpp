/// @file
/// Ownership of handles, and exceptions of callbacks. Only Format is part of the interface.
#ifndef QUBE_BUDGET_HANDLE_HPP
#define QUBE_BUDGET_HANDLE_HPP

#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "error.hpp"
#include "range.hpp"

namespace qube {

/// The formats of render(). Each class lists its own.
enum class Format : std::int32_t {
    table = QUBE_FORMAT_TABLE, ///< For people. The layout may change.
    json = QUBE_FORMAT_JSON,   ///< One line, with a field "schema".
    svg = QUBE_FORMAT_SVG,     ///< A drawing.
    dot = QUBE_FORMAT_DOT,     ///< A graph for Graphviz.
    job_script = QUBE_FORMAT_JOB_SCRIPT, ///< The line of a job script that requests the memory.
    job_script_per_cpu = QUBE_FORMAT_JOB_SCRIPT_PER_CPU, ///< The same, per processor.
    script = QUBE_FORMAT_SCRIPT,         ///< A whole job script; replace its program.
    markdown = QUBE_FORMAT_MARKDOWN,     ///< A sentence and a table, for a proposal.
    trace = QUBE_FORMAT_TRACE,           ///< Chrome trace events, for Perfetto.
    bars = QUBE_FORMAT_BARS,             ///< A bar for each stage, for a terminal with UTF-8.
    bars_ascii = QUBE_FORMAT_BARS_ASCII, ///< The same in ASCII.
};

/// Not part of the interface.
namespace priv {

/// Text of a view; "" for NULL.
inline std::string_view text(const char *text) noexcept
{
    return text == nullptr ? std::string_view() : std::string_view(text);
}

/// A copy of text for C.
/// @throws Error parse (a NUL inside)
inline std::string c_text(std::string_view text, const char *name)
{
    const std::size_t nul = text.find('\0');
    if (nul != std::string_view::npos) {
        throw Error(Status::parse, std::string(name) + " has a NUL at byte " +
                                       std::to_string(nul + 1) + "; give text without NUL");
    }
    return std::string(text);
}

/// The document that a call renders.
template <class Call> std::string rendered(const Call &call)
{
    struct Free {
        void operator()(char *text) const noexcept { qube_text_free(text); }
    };
    char *text = nullptr;
    check(call(&text));
    const std::unique_ptr<char, Free> owned(text);
    return std::string(text);
}

/// Holds the first exception of a callback during a call. An exception must not pass through the
/// library, so it waits in the caller's frame. A call within a callback has its own frame.
class Parked {
public:
    Parked() noexcept : outer_(innermost()) { innermost() = this; }
    ~Parked() { innermost() = outer_; }
    Parked(const Parked &) = delete;
    Parked &operator=(const Parked &) = delete;

    /// Rethrows the exception, if there is one, with its type.
    void rethrow() const
    {
        if (thrown_) {
            std::rethrow_exception(thrown_);
        }
    }

    /// Runs a callback. Returns 0 to the library if it succeeded, else 1, which ends the call.
    template <class Body> static std::int32_t guarded(const Body &body) noexcept
    {
        try {
            return body() ? 0 : 1;
        } catch (...) {
            if (innermost() != nullptr) { // none: the host called the C interface itself
                innermost()->thrown_ = std::current_exception();
            }
            return 1;
        }
    }

private:
    static Parked *&innermost() noexcept
    {
        thread_local Parked *frame = nullptr;
        return frame;
    }

    Parked *outer_;
    std::exception_ptr thrown_;
};

/// A handle of a mutable object; NULL after a move.
template <class T, void (*free)(T *)> class Owner {
public:
    explicit Owner(T *handle) noexcept : handle_(handle) {}

    [[nodiscard]] T *get() const noexcept { return handle_.get(); }

    /// The handle for a call.
    /// @throws Error null_pointer
    [[nodiscard]] T *use(const char *name) const
    {
        if (!handle_) {
            throw Error(Status::null_pointer,
                        std::string("a qube::") + name +
                            " was used after a move; assign to it first");
        }
        return handle_.get();
    }

private:
    struct Free {
        void operator()(T *handle) const noexcept { free(handle); }
    };
    std::unique_ptr<T, Free> handle_;
};

/// Makes a handle. An exception of a callback precedes the status. Every object begins here.
template <class T, void (*free)(T *), class Call> T *make(const Call &call)
{
    check_abi();
    T *handle = nullptr;
    Parked parked;
    const std::int32_t status = call(&handle);
    try {
        parked.rethrow();
    } catch (...) {
        free(handle); // a search stopped by progress has a plan
        throw;
    }
    check(status);
    return handle;
}

/// A handle of an immutable object, and its view. Owned, or lent by another handle, which it keeps
/// alive.
template <class T, class V, std::int32_t (*fill)(const T *, V *), void (*free)(T *)> class Result {
public:
    Result(const Result &) = delete;
    Result &operator=(const Result &) = delete;
    Result(Result &&) noexcept = default;
    Result &operator=(Result &&) noexcept = default;

    /// The handle for calls of the C interface; NULL after a move.
    [[nodiscard]] const T *get() const noexcept { return handle_.get(); }

protected:
    using View = V;

    ~Result() = default;

    /// Owns the handle of a call.
    template <class Call> explicit Result(const Call &call)
        : handle_(make<T, free>(call), [](const T *handle) { free(const_cast<T *>(handle)); })
    {
    }

    /// Borrows a handle from its owner.
    Result(const T *lent, const std::shared_ptr<const void> &lender) : handle_(lender, lent) {}

    /// The owner of handles within this one.
    [[nodiscard]] const std::shared_ptr<const T> &lender() const noexcept { return handle_; }

    /// The handle for a call.
    /// @throws Error null_pointer
    [[nodiscard]] const T *use() const
    {
        if (!handle_) {
            throw Error(Status::null_pointer,
                        "an object was used after a move; assign to it first");
        }
        return handle_.get();
    }

    /// The view. The library makes it once; later calls return the same pointers.
    [[nodiscard]] View view() const
    {
        View view;
        view.struct_size = sizeof view;
        check(fill(use(), &view));
        return view;
    }

    /// An array of the view.
    template <class E, class C>
    [[nodiscard]] Range<E, C> range(const C *V::*first, std::int64_t V::*count) const
    {
        const V v = view();
        return {v.*first, v.*count};
    }

    /// The document of qube_TYPE_render(handle, format, ...).
    template <class Call, class... Options>
    [[nodiscard]] std::string document(Call call, Format format, Options... options) const
    {
        return rendered([&](char **text) {
            return call(use(), static_cast<std::int32_t>(format), options..., text);
        });
    }

private:
    std::shared_ptr<const T> handle_;
};

/// A host's function for C. A call takes ownership, and drop() frees it.
template <class Function> std::unique_ptr<Function> owned(Function function)
{
    return function ? std::make_unique<Function>(std::move(function)) : nullptr;
}

template <class Function> void drop(void *user) noexcept
{
    delete static_cast<Function *>(user);
}

} // namespace priv
} // namespace qube

#endif // QUBE_BUDGET_HANDLE_HPP
