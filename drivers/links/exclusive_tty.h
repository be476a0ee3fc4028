// One program at a time on a serial line.
#pragma once

namespace etalon::drivers {

// Takes the open tty for this program (flock, and TIOCEXCL against programs that do not ask). 0, or errno: EWOULDBLOCK
// when another program holds it.
int take_exclusively(int descriptor);

}  // namespace etalon::drivers
