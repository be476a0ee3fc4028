#include "archive/dcc_numbers_reader.h"

#include <algorithm>
#include <optional>

namespace etalon::archive {

namespace {

using Form = DccNumbers::Form;

class NumbersReader {
 public:
  explicit NumbersReader(DccElements& elements) : elements_(elements) {}

  // Every statement of numbers at or below `node`, in the order of the file; empty when `node` is none.
  std::vector<DccNumbers> all(const xmlNode* node) {
    const std::string name = local_name(node);
    if (name == "real" || name == "realListXMLList") return {real(open(node))};
    if (name == "complex" || name == "complexListXMLList") return {complex(open(node))};
    if (name == "constant") {
      DccNumbers numbers = real(open(node));
      numbers.form = Form::constant;
      return {numbers};
    }
    if (name == "list" || name == "realList" || name == "complexList") return list(open(node));
    return {};
  }

  DccNumbers real(const xmlNode* node) {
    DccNumbers out = begin(node, Form::real);
    out.values = words(node, "value");
    out.units = words(node, "unit");
    out.uncertainty = uncertainty(node);
    return out;
  }

 private:
  const xmlNode* open(const xmlNode* node) {
    elements_.open(node);
    return node;
  }

  // The single form and that of a list have the same names but for the ending.
  Words words(const xmlNode* node, const std::string& name) {
    Words found = elements_.si_words(node, name);
    const Words listed = elements_.si_words(node, name + "XMLList");
    found.insert(found.end(), listed.begin(), listed.end());
    return found;
  }
  const xmlNode* child(const xmlNode* node, const std::string& name) {
    if (const xmlNode* single = elements_.si(node, name.c_str())) return single;
    return elements_.si(node, (name + "XMLList").c_str());
  }

  DccNumbers begin(const xmlNode* node, Form form) {
    DccNumbers out;
    out.form = form;
    out.element = "si:" + local_name(node);
    out.line = DccElements::line(node);
    // A single label may hold blanks; those of a list may not.
    if (const xmlNode* label = elements_.si(node, "label")) {
      const std::string text = elements_.text(label);
      if (!text.empty()) out.labels = {text};
    } else {
      out.labels = words(node, "label");
    }
    for (const char* name : {"quantityType", "quantityTypeQUDT", "listQuantityType", "listQuantityTypeQUDT"}) {
      if (out.quantity_kinds.empty()) out.quantity_kinds = words(node, name);
    }
    out.times = words(node, "dateTime");
    out.significant_digits = words(node, "significantDigit");
    regions(node, out);
    return out;
  }

  DccNumbers complex(const xmlNode* node) {
    DccNumbers out = begin(node, Form::complex_cartesian);
    out.values = words(node, "valueReal");
    out.second_values = words(node, "valueImag");
    if (out.values.empty() && out.second_values.empty()) {
      out.form = Form::complex_polar;
      out.values = words(node, "valueMagnitude");
      out.second_values = words(node, "valuePhase");
    }
    out.units = words(node, "unit");
    out.phase_units = words(node, "unitPhase");
    return out;
  }

  // Lists of lists; units, uncertainty and time stated for a whole list go to the members that have none of their own.
  std::vector<DccNumbers> list(const xmlNode* node) {
    std::vector<DccNumbers> out;
    const DccNumbers common = begin(node, Form::none);
    const Words unit = elements_.si_words(node, "listUnit");
    const Words phase_unit = elements_.si_words(node, "listUnitPhase");
    const Words digits = elements_.si_words(node, "listsignificantDigit");
    std::optional<DccUncertainty> shared;
    for (const char* name : {"listMeasurementUncertaintyUnivariate", "listUnivariateUnc"}) {
      const xmlNode* stated = elements_.si(node, name);
      if (stated && !shared) shared = uncertainty_in(stated);
    }
    std::vector<DccCoverageRegion> shared_regions = common.regions;
    if (const xmlNode* stated = elements_.si(node, "listBivariateUnc")) {
      DccNumbers found;
      regions(stated, found);
      shared_regions.insert(shared_regions.end(), found.regions.begin(), found.regions.end());
    }
    for (const xmlNode* one = node->children; one; one = one->next) {
      if (!elements_.is_si(one)) continue;
      for (DccNumbers& member : all(one)) {
        if (member.units.empty()) member.units = unit;
        if (member.phase_units.empty() && member.form == Form::complex_polar) member.phase_units = phase_unit;
        if (member.significant_digits.empty()) member.significant_digits = digits;
        if (member.times.empty()) member.times = common.times;
        if (member.labels.empty()) member.labels = common.labels;
        if (member.quantity_kinds.empty()) member.quantity_kinds = common.quantity_kinds;
        if (!member.uncertainty) member.uncertainty = shared;
        out.push_back(std::move(member));
      }
    }
    // What holds for the list as a whole stands with its first member.
    if (!out.empty()) {
      auto& regions = out.front().regions;
      regions.insert(regions.end(), shared_regions.begin(), shared_regions.end());
    }
    return out;
  }

  DccUncertainty expanded(const xmlNode* node, const char* value) {
    DccUncertainty out;
    out.kind = DccUncertainty::Kind::expanded;
    out.values = words(node, value);
    coverage(node, out);
    return out;
  }
  DccUncertainty interval(const xmlNode* node, const char* value) {
    DccUncertainty out;
    out.kind = DccUncertainty::Kind::coverage_interval;
    out.values = words(node, value);
    out.lower = words(node, "intervalMin");
    out.upper = words(node, "intervalMax");
    coverage(node, out);
    return out;
  }
  void coverage(const xmlNode* node, DccUncertainty& out) {
    out.coverage_factors = words(node, "coverageFactor");
    out.coverage_probabilities = words(node, "coverageProbability");
    out.distributions = words(node, "distribution");
  }

  // expandedMU, standardMU, coverageIntervalMU and their forerunners, within `node`.
  std::optional<DccUncertainty> uncertainty_in(const xmlNode* node) {
    if (const xmlNode* one = child(node, "expandedMU")) return expanded(one, "valueExpandedMU");
    if (const xmlNode* one = child(node, "expandedUnc")) return expanded(one, "uncertainty");
    if (const xmlNode* one = child(node, "standardMU")) {
      DccUncertainty out;
      out.kind = DccUncertainty::Kind::standard;
      out.values = words(one, "valueStandardMU");
      coverage(one, out);
      return out;
    }
    // In a realList the schema gives coverageIntervalMU the names of coverageInterval.
    for (const char* name : {"coverageIntervalMU", "coverageInterval"}) {
      if (const xmlNode* one = child(node, name)) {
        DccUncertainty out = interval(one, "valueStandardMU");
        if (out.values.empty()) out.values = words(one, "standardUnc");
        return out;
      }
    }
    return std::nullopt;
  }

  std::optional<DccUncertainty> uncertainty(const xmlNode* node) {
    // The second name is a misspelling in the schema of D-SI 2.2.1 (realInListType).
    for (const char* name : {"measurementUncertaintyUnivariate", "measurementUncertaintyUnivaraite"}) {
      if (const xmlNode* univariate = child(node, name)) {
        if (auto found = uncertainty_in(univariate)) return found;
      }
    }
    if (auto found = uncertainty_in(node)) return found;
    // Constants state u, or a bare "uncertainty" that D-SI 2.1 calls standard; D-SI 1.0 states U with k and p there.
    DccUncertainty out;
    out.kind = DccUncertainty::Kind::standard;
    out.values = words(node, "valueStandardMU");
    const Words bare = words(node, "uncertainty");
    if (out.values.empty()) out.values = bare;
    coverage(node, out);
    if (out.values.empty()) return std::nullopt;
    if (!out.coverage_factors.empty()) out.kind = DccUncertainty::Kind::expanded;
    return out;
  }

  void regions(const xmlNode* node, DccNumbers& out) {
    for (const char* name : {"measurementUncertaintyMultivariate", "measurementUncertaintyBivariate"}) {
      if (const xmlNode* holder = child(node, name)) regions(holder, out);
    }
    for (const char* shape : {"ellipsoidalRegion", "rectangularRegion"}) {
      for (const char* suffix : {"", "XMLList", "MUXMLList", "MU"}) {
        for (const xmlNode* one : elements_.si_all(node, (std::string(shape) + suffix).c_str()))
          out.regions.push_back(region(one, shape));
      }
    }
  }

  DccCoverageRegion region(const xmlNode* node, const char* shape) {
    DccCoverageRegion out;
    out.shape = shape;
    out.coverage_factors = words(node, "coverageFactor");
    out.coverage_probabilities = words(node, "coverageProbability");
    out.distributions = words(node, "distribution");
    const xmlNode* matrix = child(node, "covarianceMatrix");
    for (const char* column_name : {"column", "columnXMLList"}) {
      for (const xmlNode* column : elements_.si_all(matrix, column_name)) {
        Words cells;
        for (const char* cell_name : {"covariance", "covarianceXMLList"}) {
          for (const xmlNode* cell : elements_.si_all(column, cell_name)) {
            std::string text;
            for (const auto& part : {words(cell, "value"), words(cell, "unit")}) {
              for (const auto& word : part)
                text += (text.empty() ? "" : " ") + word;
            }
            cells.push_back(text);
          }
        }
        out.columns.push_back(std::move(cells));
      }
    }
    return out;
  }

  DccElements& elements_;
};

// Fewer factors read more easily: ohm before kg m2 s-3 A-2. Units outside of D-SI begin with "|" and come last.
std::size_t factors(const DccNumbers& numbers) {
  std::size_t most = 0;
  for (const auto& unit : numbers.units) {
    std::size_t n = unit.rfind('|', 0) == 0 ? 1000 : 0;
    for (const char c : unit)
      n += c == '\\';
    most = std::max(most, n);
  }
  return most;
}

// Of a hybrid the most readable member comes first, the others after it.
void read_hybrid(DccElements& elements, NumbersReader& reader, const xmlNode* hybrid, DccQuantity& quantity) {
  std::vector<std::vector<DccNumbers>> members;
  std::vector<const xmlNode*> nodes;
  std::size_t first = 0;
  for (const xmlNode* node = hybrid->children; node; node = node->next) {
    if (!elements.is_si(node)) continue;
    auto found = reader.all(node);
    if (found.empty()) continue;
    members.push_back(std::move(found));
    nodes.push_back(node);
    if (factors(members.back().front()) < factors(members[first].front())) first = members.size() - 1;
  }
  if (members.empty()) return;
  quantity.take(std::move(members[first]), DccQuantity::Others::further_values);
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (i == first) continue;
    // Lists of lists in several units are shown in one of them.
    if (members[i].size() != 1 || quantity.others_are == DccQuantity::Others::further_values) {
      elements.add_unread(nodes[i]);
      continue;
    }
    quantity.others.push_back(std::move(members[i].front()));
  }
  if (quantity.others_are == DccQuantity::Others::none && !quantity.others.empty())
    quantity.others_are = DccQuantity::Others::same_in_other_units;
}

}  // namespace

bool read_numbers(DccElements& elements, const xmlNode* parent, DccQuantity& quantity) {
  NumbersReader reader(elements);
  for (const xmlNode* node = parent->children; node; node = node->next) {
    if (!elements.is_si(node)) continue;
    if (local_name(node) == "hybrid") {
      elements.open(node);
      read_hybrid(elements, reader, node, quantity);
      return quantity.form != Form::none;
    }
    auto found = reader.all(node);
    if (found.empty()) continue;
    quantity.take(std::move(found), DccQuantity::Others::further_values);
    return true;
  }
  return false;
}

DccNumbers read_real(DccElements& elements, const xmlNode* element) {
  return NumbersReader(elements).real(element);
}

}  // namespace etalon::archive
