#include "drivers/new_driver.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/language.h"

namespace etalon::drivers {

using base::InputError;
using base::tr;

namespace {

constexpr const char* head =
    R"toml(# Everything here is an example: replace it, from top to bottom, by what the instrument's manual says.
# The format is described in docs/drivers.md. Try it at any time:   etalon driver check THIS_FILE

[driver]
title    = "@NAME@ (what it is, maker and models)"
sources  = ["the manual, its edition and chapter"]
recalled = ["what you remember and have not looked up yet"]

[link]
send_terminator  = "\n"              # what ends a message to the instrument …
reply_terminator = "\n"              # … and what ends its replies
timeout          = "5 s"             # for a reply that needs no measuring
port             = 5025              # or, for a serial line as delivered:   serial = "9600-8N1"

[identity]
query   = "*IDN?"
pattern = '^(?<maker>EXAMPLE),(?<model>@MODEL@),(?<serial>[^,]+),(?<firmware>.+)$'
example = "EXAMPLE,@MODEL@,{serial},1.0"    # a real reply, {serial} where its serial number stands

[errors]                             # leave it out when the instrument has no error queue
query = "SYST:ERR?"
reply = '{code:d},"{text}"'
none  = "0"
clear = "*CLS"
)toml";

constexpr const char* meter = R"toml(
[settings]                           # what procedures may choose; messages use it as {rate}
rate = { values = ["SLOW", "FAST"], standard = "SLOW" }

[[measures]]                         # one for each quantity
quantity   = "dc voltage"
unit       = "V"
ranges     = [1, 10]                 # upper ends
over_range = 1.1                     # the highest indication is 1.1 times the range
resolution = 1e-6                    # of range
configure  = ["CONF:VOLT:DC {range}", "RATE {rate}"]
check      = [{ send = "RATE?", reply = "{rate}" }]        # read back: must be what was set
read       = { send = "READ?", reply = "{value:+.7E}" }    # all digits: a reply that lost some is then noticed
read_time  = { fixed = "0.4 s" }
overload   = 9.9e37                  # readings of this size mean overload

[measures.accuracy]
period = "1 year"
source = "the data sheet"
rows   = [                           # range, of reading, of range
  [1,  100e-6, 40e-6],
  [10, 100e-6, 40e-6],
]

[measures.physics]                   # the simulator's individual
rows = [                             # range; noise a, b (V); gain ± (of reading), offset ± (of range)
  [1,  3e-6,  0, 60e-6, 20e-6],
  [10, 30e-6, 0, 60e-6, 20e-6],
]
)toml";

constexpr const char* source = R"toml(
[flags.operate]                      # states that can be asked for by name
query = "OUTP?"
reply = "{flag}"
on    = ["1"]
off   = ["0"]
[flags.settled]                      # … or a bit of a register
query = "STAT:OPER:COND?"
reply = "{status:d}"
bit   = 4

[[sources]]                          # one for each quantity
quantity  = "dc voltage"
unit      = "V"
minimum   = -10                      # a value beyond is refused before anything is sent
maximum   = 10
ranges    = [1, 10]
set       = ["VOLT {value}"]
operate   = "OUTP 1"                 # sent after every set
operating = "operate"                # the flag that shows it
settled   = "settled"
read_back = { send = "VOLT?", reply = "{value:+.7E}" }
settle_time = "2 s"

[sources.accuracy]
period = "1 year"
source = "the data sheet"
rows   = [[1, 50e-6, 20e-6], [10, 50e-6, 20e-6]]

[sources.physics]                    # the simulator's individual
time_constant = "0.2 s"
settled_after = "2 s"
rows = [                             # up to; gain, offset (standard deviations); noise: of output, V
  [1,  10e-6, 5e-6,  1e-6, 1e-6],
  [10, 10e-6, 50e-6, 1e-6, 5e-6],
]

[safe_state]                         # how to make it harmless, and what shows that it is
send = ["OUTP 0"]
flag = "operate"
is   = false
)toml";

std::string with_all(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

}  // namespace

std::string new_driver_text(const std::string& name, const std::string& kind) {
  if (name.empty() || name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") != std::string::npos ||
      name.front() == '.' || name.front() == '-') {
    throw InputError(fmt::format(
        fmt::runtime(tr("'{}': expected a name of small letters, digits and hyphens, such as acme-dm7")), name));
  }
  if (kind != "meter" && kind != "source")
    throw InputError(fmt::format(fmt::runtime(tr("'{}' is no kind; expected meter or source")), kind));
  std::string model = name;
  for (char& c : model)
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c == '.' ? '-' : c;
  return with_all(with_all(std::string(head) + (kind == "meter" ? meter : source), "@NAME@", name), "@MODEL@", model);
}

}  // namespace etalon::drivers
