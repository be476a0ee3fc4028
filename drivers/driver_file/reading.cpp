#include "drivers/driver_file/reading.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/language.h"

namespace etalon::drivers {

using base::FileError;
using base::InputError;
using base::TomlTable;
using base::tr;

MessageTemplate template_at(const std::string& text, const base::Position& position) {
  try {
    return MessageTemplate(text);
  } catch (const InputError& error) {
    throw FileError(position, error.what());
  }
}

std::string plain_message(const TomlTable& table, const std::string& key, const std::string& text) {
  const MessageTemplate message = template_at(text, table.position_of(key));
  if (message.empty()) table.fail(key, tr("expected a message"));
  if (!message.names().empty())
    table.fail(key, fmt::format(fmt::runtime(tr("\"{}\": no places are possible here")), text));
  return message.fill({});
}

std::string plain_message(const TomlTable& table, const std::string& key) {
  return plain_message(table, key, table.text(key));
}

bool has_place(const MessageTemplate& reply, const std::string& place) {
  const auto names = reply.names();
  return std::find(names.begin(), names.end(), place) != names.end();
}

Exchange exchange_from(const TomlTable& table) {
  Exchange exchange;
  exchange.send = template_at(table.text("send"), table.position_of("send"));
  if (exchange.send.empty()) table.fail("send", tr("expected a message"));
  if (table.has("reply")) exchange.reply = template_at(table.text("reply"), table.position_of("reply"));
  exchange.takes = table.quantity_or("takes", "s", 0);
  if (!(exchange.takes >= 0 && exchange.takes <= 36000)) table.fail("takes", tr("expected a time from 0 s to 10 h"));
  const std::string complete = table.text_or("complete", "");
  if (complete == "*OPC?") {
    exchange.completion = Completion::operation_query;
  } else if (complete == "SRQ") {
    exchange.completion = Completion::service_request;
  } else if (!complete.empty()) {
    table.fail("complete", tr("expected \"*OPC?\" or \"SRQ\""));
  }
  if (exchange.reply && exchange.completion != Completion::none)
    table.fail("complete", tr("a reply shows by itself that the message is done"));
  return exchange;
}

std::vector<Exchange> exchanges_from(const TomlTable& table, const std::string& key) {
  std::vector<Exchange> exchanges;
  for (const auto& element : table.texts_or_tables(key)) {
    if (element.text) {
      if (element.text->empty()) table.fail(key, tr("expected a message"));
      exchanges.push_back({template_at(*element.text, element.position), std::nullopt, 0, Completion::none});
    } else {
      exchanges.push_back(exchange_from(*element.table));
    }
  }
  return exchanges;
}

std::optional<Exchange> exchange_if_any(const TomlTable& table, const std::string& key) {
  if (!table.has(key)) return std::nullopt;
  const auto exchanges = exchanges_from(table, key);
  if (exchanges.size() != 1) table.fail(key, tr("expected one message"));
  return exchanges.front();
}

std::string unit_from(const TomlTable& table) {
  const std::string unit = table.text("unit");
  if (!base::is_unit(unit))
    table.fail("unit", fmt::format(fmt::runtime(tr("'{}' is no unit; expected such as V, degC, hPa, %")), unit));
  return unit;
}

std::vector<double> ranges_from(const TomlTable& table) {
  if (!table.has("ranges")) return {};
  const std::vector<double> ranges = table.numbers("ranges");
  double former = 0;
  for (const double range : ranges) {
    if (!(range > former)) table.fail("ranges", tr("expected numbers above 0, smallest first"));
    former = range;
  }
  return ranges;
}

std::vector<std::vector<double>> rows_from(const TomlTable& table, std::size_t least, std::size_t most,
                                           const char* columns) {
  auto rows = table.number_rows("rows");
  for (auto& row : rows) {
    if (row.size() < least || row.size() > most) {
      table.fail("rows", fmt::format(fmt::runtime(tr("a row has {} numbers, expected {}")), row.size(), tr(columns)));
    }
    row.resize(most, 0.0);
  }
  return rows;
}

}  // namespace etalon::drivers
