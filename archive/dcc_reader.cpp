#include "archive/dcc_reader.h"

#include <algorithm>
#include <set>

#include "archive/dcc_data_reader.h"
#include "archive/dcc_signatures.h"
#include "base/error.h"
#include "base/language.h"

namespace etalon::archive {

using base::LocalText;
using base::tr;

namespace {

// Lists repeat what the result around them says. A certificate needs a few kilobytes of it.
constexpr std::size_t kLargestRepetition = 32u << 20;

Words without_repetition(const Words& words) {
  Words out;
  std::set<std::string_view> seen;
  for (const auto& word : words) {
    if (seen.insert(word).second) out.push_back(word);
  }
  return out;
}

std::size_t size_of(const DccTable& table) {
  std::size_t size = table.id.size() + table.name.en.size() + table.name.zh.size() + table.status.size();
  for (const auto& word : table.ref_types)
    size += sizeof(word) + word.size();
  return size;
}

class Reader {
 public:
  Reader(std::string_view bytes, std::string file) : file_(std::move(file)), elements_(bytes, file_) {}

  DccDocument read() {
    const xmlNode* root = elements_.root();
    out_.schema_version = attribute(root, "schemaVersion");
    out_.si_namespace = elements_.si_namespace();
    out_.signatures = read_signatures(elements_);
    administrative_data(dcc(root, "administrativeData"));
    for (const xmlNode* results : all(root, "measurementResults")) {
      common_blocks(results);
      metadata_table(results);
      for (const xmlNode* result : all(results, "measurementResult")) {
        common_blocks(result);
        for (const xmlNode* holder : all(result, "results")) {
          for (const xmlNode* one : all(holder, "result"))
            container(one, false);
        }
        metadata_table(result);
      }
    }
    elements_.collect_rest();
    out_.entries = std::move(elements_.entries);
    out_.unread = std::move(elements_.unread);
    out_.faults = std::move(elements_.faults);
    const auto by_line = [](const auto& a, const auto& b) { return a.line < b.line; };
    std::stable_sort(out_.unread.begin(), out_.unread.end(), by_line);
    std::stable_sort(out_.faults.begin(), out_.faults.end(), by_line);
    return std::move(out_);
  }

 private:
  const xmlNode* dcc(const xmlNode* parent, const char* name) { return elements_.dcc(parent, name); }
  std::vector<const xmlNode*> all(const xmlNode* parent, const char* name) { return elements_.dcc_all(parent, name); }
  std::string text(const xmlNode* parent, const char* name) { return elements_.dcc_text(parent, name); }
  LocalText local_text(const xmlNode* parent, const char* name) { return elements_.local_text(parent, name); }
  static int line(const xmlNode* node) { return DccElements::line(node); }

  std::optional<bool> boolean(const xmlNode* parent, const char* name) { return elements_.boolean(dcc(parent, name)); }

  std::vector<DccIdentification> identifications(const xmlNode* parent) {
    std::vector<DccIdentification> list;
    for (const xmlNode* node : all(dcc(parent, "identifications"), "identification"))
      list.push_back({text(node, "issuer"), text(node, "value"), local_text(node, "name")});
    return list;
  }

  void administrative_data(const xmlNode* data) {
    core_data(dcc(data, "coreData"));
    const xmlNode* laboratory = dcc(data, "calibrationLaboratory");
    out_.laboratory = local_text(dcc(laboratory, "contact"), "name");
    out_.laboratory_code = text(laboratory, "calibrationLaboratoryCode");
    states_signature(laboratory);
    out_.customer = local_text(dcc(data, "customer"), "name");
    for (const xmlNode* node : all(dcc(data, "respPersons"), "respPerson")) {
      out_.persons.push_back(
          {local_text(dcc(node, "person"), "name"), text(node, "role"), boolean(node, "mainSigner").value_or(false)});
      states_signature(node);
    }
    items(dcc(data, "items"));
    for (const xmlNode* node : all(dcc(data, "statements"), "statement"))
      out_.statements.push_back(read_metadata(elements_, node));
  }

  // In DCC 2.1 a person was a text.
  LocalText person(const xmlNode* node) {
    LocalText name = local_text(node, "name");
    if (!name.empty() || !node || !child_elements(node).empty()) return name;
    const std::string plain = elements_.text(node);
    return {plain, plain};
  }

  void core_data(const xmlNode* core) {
    out_.unique_identifier = text(core, "uniqueIdentifier");
    out_.country_code = text(core, "countryCodeISO3166_1");
    out_.used_languages = elements_.dcc_texts(core, "usedLangCodeISO639_1");
    out_.mandatory_languages = elements_.dcc_texts(core, "mandatoryLangCodeISO639_1");
    out_.receipt_date = text(core, "receiptDate");
    out_.begin_date = text(core, "beginPerformanceDate");
    out_.end_date = text(core, "endPerformanceDate");
    out_.issue_date = text(core, "issueDate");
    out_.performance_location = text(core, "performanceLocation");
    if (const xmlNode* change = dcc(core, "reportAmendedSubstituted"))
      out_.replacement = {text(change, "typeOfChange"), text(change, "replacedUniqueIdentifier"), line(change)};
    if (const xmlNode* previous = dcc(core, "previousReport")) out_.previous_report = reference(previous);
  }

  void states_signature(const xmlNode* node) {
    for (const char* name : {"cryptElectronicSeal", "cryptElectronicSignature", "cryptElectronicTimeStamp"}) {
      if (const xmlNode* stated = dcc(node, name)) {
        if (elements_.boolean(stated) == true && !out_.states_signature) out_.states_signature = line(stated);
      }
    }
  }

  // Items may hold further ones.
  void items(const xmlNode* holder) {
    for (const xmlNode* node : all(holder, "item")) {
      out_.items.push_back({local_text(node, "name"), local_text(dcc(node, "manufacturer"), "name"),
                            text(node, "model"), identifications(node)});
      primitive_quantities(node, "itemQuantities", "itemQuantity", out_.items.back().name);
      if (const xmlNode* inner = dcc(node, "subItems")) items(inner);
    }
  }

  DccReference reference(const xmlNode* hash) {
    return {local_text(hash, "referral"),
            text(hash, "referralID"),
            text(hash, "procedure"),
            text(hash, "value"),
            boolean(hash, "inValidityRange"),
            boolean(hash, "traceable"),
            line(hash)};
  }

  // Equipment, methods and conditions stand in each measurementResult, since 3.3.0 also once for all, and in quantities
  // and lists.
  void common_blocks(const xmlNode* parent) {
    for (const xmlNode* node : all(dcc(parent, "usedMethods"), "usedMethod")) {
      out_.methods.push_back({attribute(node, "id"), local_text(node, "name"), local_text(node, "description"),
                              elements_.dcc_texts(node, "norm"), elements_.dcc_texts(node, "reference")});
      primitive_quantities(node, "usedMethodQuantities", "usedMethodQuantity", out_.methods.back().name);
    }
    for (const xmlNode* node : all(dcc(parent, "measuringEquipments"), "measuringEquipment")) {
      DccEquipment equipment{attribute(node, "id"), local_text(node, "name"), text(node, "model"),
                             identifications(node), std::nullopt};
      if (const xmlNode* hash = dcc(node, "certificate")) equipment.certificate = reference(hash);
      out_.equipment.push_back(std::move(equipment));
      primitive_quantities(node, "measuringEquipmentQuantities", "measuringEquipmentQuantity",
                           out_.equipment.back().name);
    }
    for (const xmlNode* node : all(dcc(parent, "influenceConditions"), "influenceCondition"))
      container(node, true);
  }

  // The quantities of an item, a method or an instrument: like those of a condition, they are no results.
  void primitive_quantities(const xmlNode* parent, const char* list_name, const char* name, const LocalText& of) {
    const xmlNode* list = dcc(parent, list_name);
    if (!list) return;
    DccTable table;
    table.name = of;
    table.is_influence_condition = true;
    table.line = line(list);
    for (const xmlNode* node : all(list, name))
      table.quantities.push_back(read_quantity(elements_, node));
    out_.tables.push_back(std::move(table));
  }

  // Judgements and other metadata of a whole measurement.
  void metadata_table(const xmlNode* parent) {
    DccTable table;
    table.metadata = read_metadata_of(elements_, parent);
    if (table.metadata.empty()) return;
    table.name = local_text(parent, "name");
    table.line = line(parent);
    out_.tables.push_back(std::move(table));
  }

  // A result or an influence condition.
  void container(const xmlNode* node, bool is_condition) {
    DccTable table;
    table.id = attribute(node, "id");
    table.ref_types = without_repetition(split_words(attribute(node, "refType")));
    table.name = local_text(node, "name");
    table.status = text(node, "status");
    table.is_influence_condition = is_condition;
    table.line = line(node);
    const std::size_t before = out_.tables.size();
    for (const xmlNode* data : all(node, "data")) {
      DccTable first = table;
      tables_in(data, table, first);
    }
    // An empty result is a result, too.
    if (out_.tables.size() == before) out_.tables.push_back(std::move(table));
    describe(out_.tables[before], local_text(node, "description"));
  }

  // A list within a result: "Ambient conditions: temperature".
  static LocalText within(const LocalText& outer, const LocalText& inner) {
    if (inner.empty()) return outer;
    if (outer.empty()) return inner;
    const auto joined = [&](base::Language language) { return outer.in(language) + ": " + inner.in(language); };
    return {joined(base::Language::en), joined(base::Language::zh)};
  }

  // What is said of a container stands with its first table.
  static void describe(DccTable& table, const LocalText& text) {
    const auto join = [](const std::string& a, const std::string& b) {
      return a.empty() || b.empty() ? a + b : a + " " + b;
    };
    table.description = {join(text.en, table.description.en), join(text.zh, table.description.zh)};
  }

  // What stands directly below `node` makes one table; each list below it makes another. `table` is what is known of
  // the one, `outer` of the others.
  void tables_in(const xmlNode* node, const DccTable& outer, DccTable& table) {
    const auto quantities = all(node, "quantity");
    for (const xmlNode* child : quantities)
      table.quantities.push_back(read_quantity(elements_, child));
    table.texts = read_texts(elements_, node);
    if (!table.quantities.empty() || !table.texts.empty() || !table.metadata.empty())
      out_.tables.push_back(std::move(table));
    for (const xmlNode* child : quantities)
      common_blocks(child);
    for (const xmlNode* child : all(node, "list")) {
      repeated_ += size_of(outer);
      if (repeated_ > kLargestRepetition) {
        throw base::FileError({file_, line(child)},
                              tr("the lists within lists repeat too much: the names and types of reference around "
                                 "them come to more than 32 MiB"));
      }
      DccTable inner = outer;
      const Words own = split_words(attribute(child, "refType"));
      inner.ref_types.insert(inner.ref_types.end(), own.begin(), own.end());
      inner.ref_types = without_repetition(inner.ref_types);
      inner.name = within(outer.name, local_text(child, "name"));
      inner.line = line(child);
      DccTable first = inner;
      first.metadata = read_metadata_of(elements_, child);
      const std::size_t before = out_.tables.size();
      tables_in(child, inner, first);
      if (out_.tables.size() == before) out_.tables.push_back(std::move(inner));
      describe(out_.tables[before], local_text(child, "description"));
      Words times = elements_.dcc_texts(child, "dateTime");
      if (const xmlNode* list = dcc(child, "dateTimeXMLList")) times = elements_.words(list);
      auto& known = out_.tables[before].times;
      known.insert(known.begin(), times.begin(), times.end());
      common_blocks(child);
    }
  }

  std::string file_;
  DccElements elements_;
  DccDocument out_;
  std::size_t repeated_ = 0;
};

}  // namespace

DccDocument examine_dcc(std::string_view bytes, const std::string& name) {
  return Reader(bytes, name).read();
}

DccDocument read_dcc(std::string_view bytes, const std::string& name) {
  DccDocument document = examine_dcc(bytes, name);
  if (!document.faults.empty()) {
    const DccFault& first = document.faults.front();
    throw base::FileError({name, first.line}, first.message);
  }
  return document;
}

}  // namespace etalon::archive
