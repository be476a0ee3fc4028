// Who is at an address? The identity queries of all driver files are put to it, each as its file says it (terminators,
// dialect), until a driver file claims the reply. An identity query changes nothing in the instruments that know it,
// and others refuse it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "drivers/driver_file.h"
#include "drivers/links/gpib_adapters.h"
#include "drivers/links/link.h"

namespace etalon::drivers {

struct IdentitySearchOptions {
  milliseconds connect_timeout{5000};
  milliseconds reply_timeout{2000};  // of each question
  std::shared_ptr<Transcript> transcript;
  std::shared_ptr<GpibAdapters> gpib_adapters;
  const base::Cancellation* cancellation = nullptr;
  std::function<void(const std::string& question)> before;  // each question
};

// What was asked, and what came.
struct IdentityAnswer {
  std::string sent;      // printable, several queries separated by blanks
  std::string received;  // printable; empty: nothing came
};

struct IdentitySearch {
  const DriverFile* driver = nullptr;  // of those given; nullptr: none claims it
  Identity identity;
  std::vector<IdentityAnswer> answers;
  bool answered() const;
};

// The questions in the order in which they are asked: *IDN? first; then the likeliest by what the driver files say of
// port and serial settings. A driver file that claims only what no other does (generic) loses against any other that
// claims the same reply. InstrumentError when the address cannot be opened; silence is no error.
IdentitySearch find_identity(const std::string& address, const std::vector<DriverFile>& drivers,
                             const IdentitySearchOptions& options);

}  // namespace etalon::drivers
