#include "acquisition/run_setup.h"

#include "acquisition/item_on_bench.h"

namespace etalon::acquisition {

std::map<std::string, std::string> driver_texts_of(const RunRecord& record) {
  std::map<std::string, std::string> texts;
  const std::string prefix = "driver/";
  for (const auto& [name, text] : record.inputs) {
    if (name.starts_with(prefix)) texts[name.substr(prefix.size())] = text;
  }
  return texts;
}

RunSetup setup_of(const RunRecord& record) {
  RunSetup setup;
  setup.procedure = parse_procedure(record.input("procedure"), record.path + ": procedure");
  setup.item = parse_item(record.input("item"), record.path + ": item");
  setup.bench = drivers::parse_bench(record.input("bench"), record.path + ": bench", driver_texts_of(record));
  put_item_on_bench(setup.bench, setup.item);
  return setup;
}

}  // namespace etalon::acquisition
