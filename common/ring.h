#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "common/error.h"

namespace sockbench {

/// A first-in first-out queue in one array that doubles when it is full: after warm-up it does not
/// allocate. A single item has its place in the object itself, which saves a queue that never grows
/// a cache line.
template <typename T>
class Ring final {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  T& front() {
    SOCKBENCH_ASSERT(size_ > 0);
    return items()[first_];
  }
  /// The `i`th oldest, i < size().
  const T& at(std::size_t i) const {
    SOCKBENCH_ASSERT(i < size_);
    return const_cast<Ring*>(this)->items()[(first_ + i) & (capacity_ - 1)];
  }
  void push(const T& item) {
    if (size_ == capacity_) grow();
    items()[(first_ + size_++) & (capacity_ - 1)] = item;
  }
  void pop() {
    SOCKBENCH_ASSERT(size_ > 0);
    first_ = (first_ + 1) & (capacity_ - 1);
    --size_;
  }
  void clear() { first_ = size_ = 0; }

 private:
  T* items() { return capacity_ == 1 ? &single_ : many_.data(); }
  void grow() {
    std::vector<T> larger(capacity_ * 2);
    for (std::size_t i = 0; i < size_; ++i) larger[i] = at(i);
    many_ = std::move(larger);
    capacity_ *= 2;
    first_ = 0;
  }

  T single_{};
  std::size_t first_ = 0;
  std::size_t size_ = 0;
  std::size_t capacity_ = 1;  // a power of two
  std::vector<T> many_;       // unless capacity_ is 1
};

}  // namespace sockbench
