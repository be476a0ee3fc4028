// A template in the first line, a reply in the rest: what match() takes out is what fill() puts in.
#include "drivers/messages/message_template.h"

#include "tests/fuzz/property.h"

using namespace etalon;
using drivers::MessageTemplate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [form, reply] = fuzz::first_line(fuzz::text_of(data, size));
  MessageTemplate message;
  if (!fuzz::is_accepted([&, &form = form] { message = MessageTemplate(form); })) return 0;
  message.mismatch(reply);
  message.is_query();
  const auto values = message.match(reply);
  message.match(reply, true);
  if (!values) return 0;
  for (const auto& [name, value] : *values)
    fuzz::must(reply.find(value) != std::string::npos, "a value stands in the reply it was taken from");
  // With several places, a value may hold the text that stands before the next one; so may a text that the file itself
  // writes into a place.
  if (message.names().size() != 1 || form.find('=') != std::string::npos) return 0;
  const auto again = message.match(message.fill(*values));
  fuzz::must(again.has_value(), "a filled template matches itself");
  fuzz::must(*again == *values, "the values of a filled template are those it was filled with");
  return 0;
}
