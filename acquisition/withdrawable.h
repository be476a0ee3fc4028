// What readings add up to (statistics, a plot), with the latest of them still apart: they may be withdrawn.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace etalon::acquisition {

// `Sum` is a value with add(time, value).
template <typename Sum>
class Withdrawable {
 public:
  void add(int slot, double time, double value) {
    sum_.add(time, value);
    latest_.push_back({slot, time, value});
    if (latest_.size() >= 2 * kept) fold();
  }
  // Readings of the slots from `first` to `last` never came.
  void withdraw(int first, int last) {
    latest_.erase(std::remove_if(latest_.begin(), latest_.end(),
                                 [&](const Entry& entry) { return entry.slot >= first && entry.slot <= last; }),
                  latest_.end());
    sum_ = folded_;
    for (const Entry& entry : latest_)
      sum_.add(entry.time, entry.value);
  }
  const Sum& sum() const { return sum_; }

 private:
  struct Entry {
    int slot;
    double time, value;
  };
  // More than come between two proofs of a line (instrument_channels.h).
  static constexpr std::size_t kept = 1u << 17;
  void fold() {
    for (std::size_t i = 0; i < kept; ++i)
      folded_.add(latest_[i].time, latest_[i].value);
    latest_.erase(latest_.begin(), latest_.begin() + kept);
  }
  Sum folded_{}, sum_{};
  std::vector<Entry> latest_;
};

}  // namespace etalon::acquisition
