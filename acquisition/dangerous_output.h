// Which outputs a person must not meet by surprise.
#pragma once

#include <string>

namespace etalon::acquisition {

// Whether |value| (in `unit`, the quantity's) of a quantity is beyond what bare parts may carry where hands are:
// above 50 V dc or 25 V ac (V rms). IEC 60364-4-41:2005, 414.4.5, needs no protection against touch up to 60 V dc and
// 25 V ac in dry places; IEC 61010-1:2010, 6.3.1, calls 60 V dc and 30 V ac rms hazardous live; IEC 61140:2016 ends
// extra-low voltage at 120 V dc and 50 V ac. The lowest of them, dc rounded down. Other quantities: never.
bool dangerous_output(const std::string& quantity, double value, const std::string& unit);

}  // namespace etalon::acquisition
