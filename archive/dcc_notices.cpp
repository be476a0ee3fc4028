#include "archive/dcc_notices.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "archive/dcc_quantity_check.h"
#include "archive/dcc_text.h"
#include "base/language.h"

namespace etalon::archive {

using base::LocalText;
using base::tr;

namespace {

using Kind = DccNotice::Kind;

std::string said(const LocalText& text) {
  return text.in(base::interface_language());
}

std::string statement_label(const DccMetaData& one) {
  for (const LocalText* text : {&one.name, &one.declaration, &one.description}) {
    if (!text->empty()) return "\"" + said(*text) + "\"";
  }
  return one.ref_types.empty() ? tr("without a name") : one.ref_types.front();
}

class Notices {
 public:
  explicit Notices(const DccDocument& document) : document_(document) {}

  std::vector<DccNotice> all() {
    for (const auto& statement : document_.statements) {
      this->statement(statement);
      for (const auto& quantity : statement.quantities)
        invalid_values(quantity);
    }
    for (const auto& table : document_.tables) {
      for (const auto& one : table.metadata) {
        invalid_whole(one, table.name.empty() ? tr("a result") : "\"" + said(table.name) + "\"");
        for (const auto& quantity : one.quantities)
          invalid_values(quantity);
      }
      for (const auto& quantity : table.quantities)
        invalid_values(quantity);
    }
    if (document_.previous_report) invalid_reference(*document_.previous_report, tr("the previous report"));
    for (const auto& equipment : document_.equipment) {
      if (equipment.certificate) {
        invalid_reference(*equipment.certificate,
                          fmt::format(fmt::runtime(tr("the certificate of \"{}\"")), said(equipment.name)));
      }
    }
    signatures();
    replacement();
    adjustment();
    std::stable_sort(notices_.begin(), notices_.end(),
                     [](const DccNotice& a, const DccNotice& b) { return a.kind < b.kind; });
    return std::move(notices_);
  }

 private:
  void add(Kind kind, int line, const std::string& message) { notices_.push_back({kind, line, message}); }

  static bool says_false(const DccMetaData& one) {
    return std::find(one.valid.begin(), one.valid.end(), "false") != one.valid.end();
  }

  void statement(const DccMetaData& one) {
    // Certificates of earlier versions of this suite have the sentence, but not the mark.
    const auto is = [&](const char* type, const LocalText& sentence) {
      return one.has_ref_type(type) || one.declaration.en == sentence.en;
    };
    const bool simulated = is(dcc_text::kSimulatedType, dcc_text::kSimulated);
    if (simulated || is(dcc_text::kDraftType, dcc_text::kDraft)) {
      const auto text =
          said(one.declaration.empty() ? (simulated ? dcc_text::kSimulated : dcc_text::kDraft) : one.declaration);
      add(Kind::not_a_certificate, one.line, fmt::format(fmt::runtime(tr("NOT A CERTIFICATE: {}")), text));
      return;
    }
    if (says_false(one)) {
      add(Kind::not_valid, one.line,
          fmt::format(fmt::runtime(tr("NOT VALID: the statement {} is marked as not valid")), statement_label(one)));
    }
    if (one.traceable == false) {
      add(Kind::not_valid, one.line,
          fmt::format(fmt::runtime(tr("NOT TRACEABLE: the statement {} says so")), statement_label(one)));
    }
  }

  void invalid_whole(const DccMetaData& one, const std::string& what) {
    if (says_false(one)) {
      add(Kind::not_valid, one.line,
          one.valid.size() == 1
              ? fmt::format(fmt::runtime(tr("NOT VALID: {}")), what)
              : fmt::format(fmt::runtime(tr("NOT VALID: value {} of {}")), numbers_of_false(one.valid), what));
    }
    if (one.traceable == false)
      add(Kind::not_valid, one.line, fmt::format(fmt::runtime(tr("NOT TRACEABLE: {}")), what));
  }

  void invalid_values(const DccQuantity& quantity) {
    for (const auto& one : quantity.metadata) {
      if (one.traceable == false)
        add(Kind::not_valid, one.line, fmt::format(fmt::runtime(tr("NOT TRACEABLE: {}")), label(quantity)));
      if (says_false(one)) {
        const std::size_t n = quantity.count();
        if (one.valid.size() == 1) {
          add(Kind::not_valid, one.line, fmt::format(fmt::runtime(tr("NOT VALID: {}")), label(quantity)));
        } else if (!dealt_out(one.valid, n)) {
          add(Kind::not_valid, one.line,
              fmt::format(fmt::runtime(tr("NOT VALID: {} of the {} values of {}; the list of validity has {} words, so "
                                          "it is unknown which")),
                          std::count(one.valid.begin(), one.valid.end(), "false"), n, label(quantity),
                          one.valid.size()));
        } else {
          add(Kind::not_valid, one.line,
              fmt::format(fmt::runtime(tr("NOT VALID: value {} of {}")), numbers_of_false(one.valid), label(quantity)));
        }
      }
      for (const auto& inner : one.quantities)
        invalid_values(inner);
    }
  }

  static std::string numbers_of_false(const Words& valid) {
    constexpr int kMost = 20;
    std::string list;
    int n = 0;
    for (std::size_t i = 0; i < valid.size(); ++i) {
      if (valid[i] != "false" || ++n > kMost) continue;
      list += (list.empty() ? "" : ", ") + std::to_string(i + 1);
    }
    if (n > kMost) list += fmt::format(fmt::runtime(tr(" and {} more")), n - kMost);
    return list;
  }

  void invalid_reference(const DccReference& reference, const std::string& what) {
    if (reference.in_validity_range == false) {
      add(Kind::not_valid, reference.line,
          fmt::format(fmt::runtime(tr("NOT VALID: {} was not in its validity range")), what));
    }
    if (reference.traceable == false)
      add(Kind::not_valid, reference.line, fmt::format(fmt::runtime(tr("NOT TRACEABLE: {}")), what));
  }

  void signatures() {
    for (const auto& signature : document_.signatures) {
      add(Kind::unchecked_signature, signature.line,
          fmt::format(fmt::runtime(tr("SIGNED ({}) by {}; the signature was NOT checked")), signature.kind,
                      signature.signer.empty() ? tr("somebody the signature does not name") : signature.signer));
    }
    if (document_.signatures.empty() && document_.states_signature) {
      add(Kind::unchecked_signature, document_.states_signature,
          tr("NO SIGNATURE in this file, though the certificate says that it carries an electronic signature, seal or "
             "time stamp"));
    }
  }

  void replacement() {
    if (!document_.replacement) return;
    const auto& change = *document_.replacement;
    const std::string format = change.type_of_change == "amended"       ? tr("AMENDS the certificate {}")
                               : change.type_of_change == "substituted" ? tr("SUBSTITUTES the certificate {}")
                                                                        : tr("REPLACES the certificate {}");
    add(Kind::replaces, change.line, fmt::format(fmt::runtime(format), change.replaced));
  }

  void adjustment() {
    std::set<std::pair<std::string, std::string>> known;
    for (const auto& table : document_.tables) {
      if (table.status.empty() || !known.insert({table.status, table.name.en}).second) continue;
      add(Kind::adjustment, table.line,
          fmt::format(fmt::runtime(tr("{}: \"{}\"")), status_words(table.status), said(table.name)));
    }
  }

  const DccDocument& document_;
  std::vector<DccNotice> notices_;
};

}  // namespace

std::string status_words(const std::string& status) {
  if (status == "beforeAdjustment") return tr("BEFORE ADJUSTMENT (as found)");
  if (status == "afterAdjustment") return tr("AFTER ADJUSTMENT (as left)");
  if (status == "beforeRepair") return tr("BEFORE REPAIR");
  if (status == "afterRepair") return tr("AFTER REPAIR");
  return status;
}

std::vector<DccNotice> notices(const DccDocument& document) {
  return Notices(document).all();
}

}  // namespace etalon::archive
