// When the readings of a block were taken.
#pragma once

namespace etalon::acquisition {

// Real time, in s, that asking for a block and bringing it may take beside its readings.
inline constexpr double block_patience = 0.1;

struct BlockTimes {
  double arrived = 0;  // on the clock, s
  double spacing = 0;  // s; 0 when it is not known
  int count = 0;
  bool known = false;  // false: only when the block arrived

  // Of reading `i`, from 0: the last one was taken when the block arrived.
  double of(int i) const { return arrived - spacing * (count - 1 - i); }
};

// `spacing` is what the driver file says (0: nothing). It is believed where the block took as long as that many
// readings do: not shorter, and by `patience` (s of the clock) and half of it longer at most. A meter that was set to
// another integration time than the one the file speaks of does not take that long.
BlockTimes block_times(double asked, double arrived, int count, double spacing, double patience);

}  // namespace etalon::acquisition
