#include "drivers/dialects/dialect.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/language.h"
#include "base/toml.h"
#include "drivers/dialects/dhi.h"
#include "drivers/dialects/duci.h"
#include "drivers/dialects/hart.h"
#include "drivers/dialects/mensor.h"
#include "drivers/dialects/rotronic.h"
#include "drivers/dialects/sartorius_sbi.h"
#include "drivers/driver_file.h"

namespace etalon::drivers {

using base::tr;

namespace {

class PlainMessages : public Dialect {
 public:
  PlainMessages(const LinkSettings& link, const std::string& address) : Dialect(link, address) {}
};

using Maker = std::unique_ptr<Dialect> (*)(const LinkSettings&, const std::string& address);
template <typename Kind>
std::unique_ptr<Dialect> make(const LinkSettings& link, const std::string& address) {
  return std::make_unique<Kind>(link, address);
}

struct Entry {
  const char* name;
  Maker maker;
};
constexpr std::array<Entry, 7> dialects = {{
    {"", &make<PlainMessages>},
    {"dhi", &make<DhiDialect>},
    {"duci", &make<DuciDialect>},
    {"hart", &make<HartDialect>},
    {"mensor", &make<MensorDialect>},
    {"rotronic", &make<RotronicDialect>},
    {"sartorius-sbi", &make<SartoriusSbiDialect>},
}};

bool is_over_gpib(const std::string& address) {
  if (address.empty()) return false;
  const Address parsed = parse_address(address);
  if (std::holds_alternative<GpibAddress>(parsed)) return true;
  const auto* gateway = std::get_if<Vxi11Address>(&parsed);
  return gateway && gateway->device.starts_with("gpib");
}

}  // namespace

Dialect::Dialect(const LinkSettings& link, const std::string& address)
    : reply_terminator_(link.reply_terminator), over_gpib_(is_over_gpib(address)) {}

std::string Dialect::query(Conversation& conversation, const std::string& message, const ReplyShape& shape,
                           const QueryOptions& options) const {
  if (shape.lines <= 1) return conversation.query(message, options);
  std::string reply;
  conversation.exchange(message, options, [&](ReplyReader& reader) {
    for (std::size_t lines = 0; lines < shape.lines; ++lines) {
      const std::string line = reader.line();
      reply += (lines == 0 ? "" : "\n") + line;
      if (shape.is_last && shape.is_last(line)) return;
    }
  });
  return reply;
}

void Dialect::send(Conversation& conversation, const std::string& message, const QueryOptions& options) const {
  conversation.send(message, options);
}

std::string Dialect::said(const std::string&, const std::optional<std::string>& reply, bool) {
  if (!reply) return "";
  std::string bytes;
  for (const char c : *reply) {
    if (c == '\n') {
      // An example of several lines may bring its own terminators.
      if (!bytes.ends_with('\r') || !reply_terminator_.starts_with('\r')) {
        bytes += reply_terminator_;
        continue;
      }
      bytes.pop_back();
      bytes += reply_terminator_;
    } else {
      bytes += c;
    }
  }
  return bytes + reply_terminator_;
}

std::vector<std::string> dialect_names() {
  std::vector<std::string> names;
  for (const Entry& entry : dialects) {
    if (*entry.name) names.emplace_back(entry.name);
  }
  return names;
}

std::unique_ptr<Dialect> make_dialect(const std::string& name, const LinkSettings& link, const std::string& address) {
  for (const Entry& entry : dialects) {
    if (name == entry.name) return entry.maker(link, address);
  }
  const std::string nearest = base::nearest_word(name, dialect_names());
  throw base::InputError(
      nearest.empty()
          ? fmt::format(fmt::runtime(tr("no dialect '{}'; known are {}")), name, fmt::join(dialect_names(), ", "))
          : fmt::format(fmt::runtime(tr("no dialect '{}'; did you mean '{}'?")), name, nearest));
}

InstrumentError dialect_error(const Conversation& conversation, Fault fault, const std::string& sent,
                              const std::string& received, const std::string& detail) {
  return InstrumentError(fault, {conversation.instrument(), conversation.address(), sent, received}, detail);
}

bool is_plain_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

}  // namespace etalon::drivers
