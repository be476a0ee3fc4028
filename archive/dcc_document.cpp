#include "archive/dcc_document.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace etalon::archive {

using base::tr;

namespace {

bool contains(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

const DccQuantity* find_in(const std::vector<DccQuantity>& quantities, std::string_view ref_type) {
  for (const auto& quantity : quantities) {
    if (quantity.has_ref_type(ref_type)) return &quantity;
  }
  return nullptr;
}

}  // namespace

const std::string& word_at(const Words& words, std::size_t index, const std::string& what) {
  if (words.size() == 1) return words.front();
  if (index >= words.size()) {
    throw base::InputError(fmt::format(fmt::runtime(tr("the list of {} has {} members, number {} is missing")), what,
                                       words.size(), index + 1));
  }
  return words[index];
}

bool dealt_out(const Words& words, std::size_t count) {
  return words.size() == 1 || (!words.empty() && words.size() == count);
}

bool DccMetaData::has_ref_type(std::string_view type) const {
  return contains(ref_types, type);
}

const DccQuantity* DccMetaData::find(std::string_view ref_type) const {
  return find_in(quantities, ref_type);
}

bool DccQuantity::has_ref_type(std::string_view type) const {
  return contains(ref_types, type);
}

void DccQuantity::take(std::vector<DccNumbers> all, Others rest_are) {
  static_cast<DccNumbers&>(*this) = std::move(all.front());
  all.erase(all.begin());
  others = std::move(all);
  others_are = others.empty() ? Others::none : rest_are;
}

std::size_t DccQuantity::count() const {
  std::size_t n = values.size();
  if (others_are == Others::further_values) {
    for (const auto& other : others)
      n += other.values.size();
  }
  return n;
}

const DccMetaData* DccQuantity::judgement(std::string_view ref_type) const {
  for (const auto& one : metadata) {
    if (one.is_judgement() && (ref_type.empty() || one.has_ref_type(ref_type))) return &one;
  }
  return nullptr;
}

const DccQuantity* DccTable::find(std::string_view ref_type) const {
  return find_in(quantities, ref_type);
}

}  // namespace etalon::archive
