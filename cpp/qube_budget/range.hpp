/// @file
/// Arrays of a view, whose elements become C++ values when they are read.
#ifndef QUBE_BUDGET_RANGE_HPP
#define QUBE_BUDGET_RANGE_HPP

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "error.hpp"

namespace qube {

/// An array that belongs to a handle, and lives as long as it: a pointer and a count. An element of
/// type T is made from the C element when it is read.
template <class T, class C = T> class Range {
    static constexpr bool is_plain = std::is_same_v<T, C>;

public:
    /// Walks an array of C elements, and gives values.
    class Iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = T;
        using reference = T;
        using pointer = void;
        using difference_type = std::ptrdiff_t;

        Iterator() noexcept = default;
        explicit Iterator(const C *at) noexcept : at_(at) {}
        T operator*() const { return T(*at_); }
        Iterator &operator++() noexcept
        {
            ++at_;
            return *this;
        }
        Iterator operator++(int) noexcept { return Iterator(at_++); }
        friend bool operator==(Iterator a, Iterator b) noexcept { return a.at_ == b.at_; }
        friend bool operator!=(Iterator a, Iterator b) noexcept { return a.at_ != b.at_; }

    private:
        const C *at_ = nullptr;
    };

    using value_type = T;
    using const_iterator = std::conditional_t<is_plain, const C *, Iterator>;
    using iterator = const_iterator;

    Range() noexcept = default;
    Range(const C *first, std::int64_t count) noexcept
        : first_(first), size_(static_cast<std::size_t>(count))
    {
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] const_iterator begin() const noexcept { return const_iterator(first_); }
    [[nodiscard]] const_iterator end() const noexcept { return const_iterator(first_ + size_); }

    /// The element of this number, from 0. @throws Error position
    [[nodiscard]] T operator[](std::int64_t number) const
    {
        if (number < 0 || static_cast<std::size_t>(number) >= size_) {
            throw Error(Status::position, "element " + std::to_string(number) +
                                              " was asked for; give 0 to " +
                                              std::to_string(size_) + " - 1");
        }
        return T(first_[number]);
    }

    /// The first element. @throws Error position
    [[nodiscard]] T front() const { return (*this)[0]; }
    /// The last element. @throws Error position
    [[nodiscard]] T back() const { return (*this)[static_cast<std::int64_t>(size_) - 1]; }

    /// A copy that outlives the handle, as far as its elements do.
    [[nodiscard]] std::vector<T> to_vector() const { return std::vector<T>(begin(), end()); }

private:
    const C *first_ = nullptr;
    std::size_t size_ = 0;
};

/// Texts of a view.
using Texts = Range<std::string_view, const char *>;

} // namespace qube

#endif // QUBE_BUDGET_RANGE_HPP
