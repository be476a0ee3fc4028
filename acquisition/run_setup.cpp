#include "acquisition/run_setup.h"

#include <sstream>

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

std::string standard_name(const std::string& stated) {
  std::string name = stated.substr(stated.rfind('/') + 1);
  const std::string ending = ".toml";
  if (name.size() > ending.size() && name.ends_with(ending)) name.erase(name.size() - ending.size());
  return name;
}

std::string standard_input(const std::map<std::string, std::string>& inputs, const std::string& stated) {
  std::string clean = "standard/" + standard_name(stated);
  if (inputs.count(clean) > 0) return clean;
  // As HDF5 writes a path: without empty parts and "." in it.
  std::string earlier = "standard";
  std::istringstream parts(stated);
  for (std::string part; std::getline(parts, part, '/');) {
    if (!part.empty() && part != ".") earlier += "/" + part;
  }
  return inputs.count(earlier) > 0 ? earlier : clean;
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
