#pragma once

#include <cstddef>
#include <vector>

#include "common/error.h"

namespace sockbench {

/// A first-in first-out queue in one array that doubles when it is full: after warm-up it does not
/// allocate.
template <typename T>
class Ring final {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  T& front() {
    SOCKBENCH_ASSERT(size_ > 0);
    return items_[first_];
  }
  /// The `i`th oldest, i < size().
  const T& at(std::size_t i) const {
    SOCKBENCH_ASSERT(i < size_);
    return items_[(first_ + i) & (items_.size() - 1)];
  }
  void push(const T& item) {
    if (size_ == items_.size()) grow();
    items_[(first_ + size_++) & (items_.size() - 1)] = item;
  }
  void pop() {
    SOCKBENCH_ASSERT(size_ > 0);
    first_ = (first_ + 1) & (items_.size() - 1);
    --size_;
  }
  void clear() { first_ = size_ = 0; }

 private:
  void grow() {
    std::vector<T> larger(items_.empty() ? 1 : items_.size() * 2);
    for (std::size_t i = 0; i < size_; ++i) larger[i] = at(i);
    items_ = std::move(larger);
    first_ = 0;
  }

  std::vector<T> items_;  // a power of two of them
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace sockbench
