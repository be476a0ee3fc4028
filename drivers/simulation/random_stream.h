// Random numbers of the simulators: a counter-based generator (the output function of SplitMix64, Steele, Lea and
// Flood, OOPSLA 2014, section 4), so that each purpose has a stream of its own and one instrument's numbers do not
// depend on how often another one is asked.
#pragma once

#include <cstdint>
#include <string_view>

namespace etalon::drivers::simulation {

class RandomStream {
 public:
  // The same seed and name give the same numbers, on every machine.
  RandomStream(std::uint64_t seed, std::string_view name);

  // The `index`th number of the stream, in (0, 1); does not move the stream on.
  double at(std::uint64_t index) const;
  std::uint64_t bits_at(std::uint64_t index) const;

  double uniform(double low, double high);
  double normal();  // mean 0, standard deviation 1 (Box and Muller)
  std::uint64_t bits() { return bits_at(next_++); }

 private:
  std::uint64_t key_;
  std::uint64_t next_ = 0;
};

}  // namespace etalon::drivers::simulation
