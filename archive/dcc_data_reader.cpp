#include "archive/dcc_data_reader.h"

#include <fmt/format.h>

#include "archive/dcc_findings.h"
#include "archive/dcc_numbers_reader.h"

namespace etalon::archive {

using base::Language;
using base::LocalText;
using base::tr;

namespace {

void append(Words& to, const Words& from) {
  to.insert(to.end(), from.begin(), from.end());
}

// A list within metadata gives its quantities its name: "accuracy: evaluation size".
void quantities_below(DccElements& elements, const xmlNode* node, const LocalText& outer, DccMetaData& out) {
  for (const xmlNode* child : elements.dcc_all(node, "quantity")) {
    DccQuantity quantity = read_quantity(elements, child);
    if (!outer.empty()) {
      const auto joined = [&](Language language) {
        const std::string& own = quantity.name.in(language);
        return own.empty() ? outer.in(language) : outer.in(language) + ": " + own;
      };
      quantity.name = {joined(Language::en), joined(Language::zh)};
    }
    out.quantities.push_back(std::move(quantity));
  }
  for (const xmlNode* list : elements.dcc_all(node, "list")) {
    const LocalText name = elements.local_text(list, "name");
    quantities_below(elements, list, name.empty() ? outer : name, out);
  }
}

}  // namespace

std::vector<LocalText> read_texts(DccElements& elements, const xmlNode* data) {
  std::vector<LocalText> texts;
  for (const xmlNode* child = data ? data->children : nullptr; child; child = child->next) {
    LocalText text;
    if (is_element(child, kDccNamespace, "text")) {
      elements.open(child);
      text = elements.local_text(child);
    } else if (is_element(child, kDccNamespace, "formula")) {
      const std::string formula = elements.formula(child);
      text = {formula, formula};
    } else if (is_element(child, kDccNamespace, "byteData")) {
      const std::string file = elements.file(child);
      text = {file, file};
    }
    if (!text.empty()) texts.push_back(std::move(text));
  }
  return texts;
}

DccMetaData read_metadata(DccElements& elements, const xmlNode* node) {
  DccMetaData out;
  out.line = DccElements::line(node);
  out.ref_types = split_words(attribute(node, "refType"));
  out.refers_to = split_words(attribute(node, "refId"));
  out.name = elements.local_text(node, "name");
  out.description = elements.local_text(node, "description");
  out.declaration = elements.local_text(node, "declaration");
  out.convention = elements.dcc_text(node, "convention");
  out.norms = elements.dcc_texts(node, "norm");
  out.references = elements.dcc_texts(node, "reference");
  out.traceable = elements.boolean(elements.dcc(node, "traceable"));
  for (const char* name : {"conformity", "conformityXMLList"}) {
    for (const xmlNode* one : elements.dcc_all(node, name)) {
      out.states_conformity = true;
      append(out.conformity, elements.words(one));
    }
  }
  for (const char* name : {"valid", "validXMLList"}) {
    for (const xmlNode* one : elements.dcc_all(node, name)) {
      out.states_validity = true;
      append(out.valid, elements.words(one));
    }
  }
  for (std::string& word : out.valid) {
    word = word == "1" ? "true" : word == "0" ? "false" : word;
    if (word != "true" && word != "false") {
      elements.faults.push_back(
          {fmt::format(fmt::runtime(tr("\"{}\" is no word of validity, expected true or false")), archive::quoted(word)),
           out.line});
    }
  }
  out.date = elements.dcc_text(node, "date");
  out.period = elements.dcc_text(node, "period");
  if (const xmlNode* authority = elements.dcc(node, "respAuthority"))
    out.authority = elements.local_text(authority, "name");
  out.non_si_definition = elements.dcc_text(node, "nonSIDefinition");
  out.non_si_unit = elements.dcc_text(node, "nonSIUnit");
  if (const xmlNode* data = elements.dcc(node, "data")) {
    out.texts = read_texts(elements, data);
    quantities_below(elements, data, {}, out);
  }
  return out;
}

std::vector<DccMetaData> read_metadata_of(DccElements& elements, const xmlNode* parent) {
  std::vector<DccMetaData> all;
  for (const xmlNode* holder : elements.dcc_all(parent, "measurementMetaData")) {
    for (const xmlNode* one : elements.dcc_all(holder, "metaData"))
      all.push_back(read_metadata(elements, one));
  }
  return all;
}

DccQuantity read_quantity(DccElements& elements, const xmlNode* node) {
  DccQuantity out;
  const bool numbers = read_numbers(elements, node, out);
  out.line = DccElements::line(node);
  out.name = elements.local_text(node, "name");
  out.description = elements.local_text(node, "description");
  out.ref_types = split_words(attribute(node, "refType"));
  out.id = attribute(node, "id");
  out.refers_to = split_words(attribute(node, "refId"));
  if (!numbers) {
    if (const xmlNode* chars = elements.dcc(node, "charsXMLList")) {
      out.form = DccNumbers::Form::words;
      out.element = "dcc:charsXMLList";
      out.values = elements.words(chars);
    } else {
      out.text = elements.local_text(node, "noQuantity");
    }
  }
  if (const xmlNode* relative = elements.dcc(node, "relativeUncertainty")) {
    for (const char* name : {"relativeUncertaintySingle", "relativeUncertaintyXmlList", "relativeUncertaintyXMLList"}) {
      if (const xmlNode* stated = elements.dcc(relative, name)) out.relative_uncertainty = read_real(elements, stated);
    }
  }
  out.metadata = read_metadata_of(elements, node);
  return out;
}

}  // namespace etalon::archive
