/// @file
/// Arrays of a view. Reading an element makes a C++ value.
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

/// An array of a handle, valid as long as the handle: a pointer and a count. Reading an element of
/// type C makes a T.
template <class T, class C = T> class Range {
    static constexpr bool is_plain = std::is_same_v<T, C>;

public:
    /// An input iterator over the values.
    class Iterator {
    public:
        using iterator_category = std::input_iterator_tag; ///< Values, not references.
        using value_type = T;                              ///< An element.
        using reference = T;                               ///< An element.
        using pointer = void;                              ///< None.
        using difference_type = std::ptrdiff_t;            ///< Of two places.

        /// No place.
        Iterator() noexcept = default;
        /// The place of a C element.
        explicit Iterator(const C *at) noexcept : at_(at) {}
        /// The element.
        T operator*() const { return T(*at_); }
        /// Advances.
        Iterator &operator++() noexcept
        {
            ++at_;
            return *this;
        }
        /// Advances, and returns the old place.
        Iterator operator++(int) noexcept { return Iterator(at_++); }
        /// Whether both are at one place.
        friend bool operator==(Iterator a, Iterator b) noexcept { return a.at_ == b.at_; }
        /// Whether both are at different places.
        friend bool operator!=(Iterator a, Iterator b) noexcept { return a.at_ != b.at_; }

    private:
        const C *at_ = nullptr;
    };

    using value_type = T; ///< An element.
    /// Of plain elements a pointer.
    using const_iterator = std::conditional_t<is_plain, const C *, Iterator>;
    using iterator = const_iterator; ///< Elements are constant.

    /// An empty array.
    Range() noexcept = default;
    /// An array of a view.
    Range(const C *first, std::int64_t count) noexcept
        : first_(first), size_(static_cast<std::size_t>(count))
    {
    }

    /// The number of elements.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Whether there are no elements.
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    /// The first element's place.
    [[nodiscard]] const_iterator begin() const noexcept { return const_iterator(first_); }
    /// The place past the last element.
    [[nodiscard]] const_iterator end() const noexcept { return const_iterator(first_ + size_); }

    /// The element of a number, from 0.
    /// @throws Error position
    [[nodiscard]] T operator[](std::int64_t number) const
    {
        if (number < 0 || static_cast<std::size_t>(number) >= size_) {
            throw Error(Status::position, "element " + std::to_string(number) +
                                              " was asked for; give 0 to " +
                                              std::to_string(size_) + " - 1");
        }
        return T(first_[number]);
    }

    /// The first element.
    /// @throws Error position
    [[nodiscard]] T front() const { return (*this)[0]; }
    /// The last element.
    /// @throws Error position
    [[nodiscard]] T back() const { return (*this)[static_cast<std::int64_t>(size_) - 1]; }

    /// A copy of the elements. Their texts and ranges still belong to the handle.
    [[nodiscard]] std::vector<T> to_vector() const { return std::vector<T>(begin(), end()); }

private:
    const C *first_ = nullptr;
    std::size_t size_ = 0;
};

/// Texts of a view.
using Texts = Range<std::string_view, const char *>;

} // namespace qube

#endif // QUBE_BUDGET_RANGE_HPP
