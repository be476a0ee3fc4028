// What the simulated instrument of each shipped driver file understands.
#include "drivers/simulation/vocabulary.h"

#include <memory>

#include "tests/fuzz/property.h"
#include "tests/fuzz/shipped_drivers.h"

using namespace etalon;
using drivers::simulation::Vocabulary;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<std::unique_ptr<Vocabulary>> vocabularies = [] {
    std::vector<std::unique_ptr<Vocabulary>> all;
    for (const drivers::DriverFile& driver : fuzz::shipped_drivers())
      all.push_back(std::make_unique<Vocabulary>(driver));
    return all;
  }();
  if (size < 2) return 0;
  const Vocabulary& vocabulary = *vocabularies[data[0] % vocabularies.size()];
  const std::string message = fuzz::text_of(data + 2, size - 2);
  drivers::simulation::header_of(message);
  const auto match = vocabulary.find(message, data[1] & 7, data[1] >> 4);
  if (!match.entry) return 0;
  for (const auto& [name, value] : match.values)
    fuzz::must(message.find(value) != std::string::npos, "a value stands in the message it was taken from");
  const std::string filled = match.entry->send.fill(match.values);
  const auto again = vocabulary.find(filled, data[1] & 7, data[1] >> 4);
  fuzz::must(again.entry != nullptr, "what is understood is understood in its long form");
  return 0;
}
