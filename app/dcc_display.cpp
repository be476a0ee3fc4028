#include "app/dcc_display.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/dcc_values_display.h"
#include "archive/dcc_unit.h"
#include "base/language.h"
#include "base/visible_text.h"

namespace etalon::app {

using archive::Words;
using base::LocalText;
using base::message_id;
using base::tr;

namespace {

std::string said(const LocalText& text) {
  return text.in(base::interface_language());
}

std::string joined(const Words& words, const char* between = ", ") {
  std::string all;
  for (const auto& word : words)
    all += (all.empty() ? "" : between) + word;
  return all;
}

class Display {
 public:
  Display(std::ostream& out, const archive::DccDocument& document, const std::string& file)
      : out_(out), document_(document), file_(file) {}

  bool print() {
    for (const auto& notice : archive::notices(document_))
      out_ << dcc_line(file_, notice.line, notice.message) << "\n";
    for (const auto& fault : document_.faults)
      out_ << dcc_line(file_, fault.line, fault.message) << "\n";
    administrative();
    for (const auto& statement : document_.statements)
      metadata(statement, tr("Statement"), "");
    methods();
    equipment();
    for (const auto& table : document_.tables)
      this->table(table);
    if (document_.tables.empty()) out_ << "\n" << tr("(no results)") << "\n";
    rest();
    return dealt_out_;
  }

 private:
  void line(const std::string& text) { out_ << base::visible_line(text) << "\n"; }
  void entry(const char* name, const std::string& value, const char* indent = "") {
    if (!value.empty()) line(indent + fmt::format(fmt::runtime(tr("{}: {}")), tr(name), value));
  }

  static std::string identification(const archive::DccIdentification& one) {
    std::string text = one.value;
    if (!one.name.empty()) text += " " + said(one.name);
    return text + " (" + one.issuer + ")";
  }
  static std::string identifications(const std::vector<archive::DccIdentification>& list) {
    Words texts;
    for (const auto& one : list)
      texts.push_back(identification(one));
    return joined(texts, "; ");
  }

  void administrative() {
    const auto& d = document_;
    const auto required = [this](const char* name, const std::string& value) {
      entry(name, value.empty() ? tr("(not stated)") : value);
    };
    required(message_id("Certificate"), d.unique_identifier);
    entry(message_id("Format"),
          "DCC " + (d.schema_version.empty() ? tr("without a version") : d.schema_version) +
              (d.si_namespace.empty() || d.si_namespace == "https://ptb.de/si" ? "" : ", " + d.si_namespace));
    if (d.replacement) entry(message_id("Change"), d.replacement->type_of_change + ": " + d.replacement->replaced);
    if (d.previous_report) entry(message_id("Previous report"), reference(*d.previous_report));
    entry(message_id("Received"), d.receipt_date);
    required(message_id("Performed"), d.begin_date == d.end_date ? d.begin_date : d.begin_date + " – " + d.end_date);
    entry(message_id("Issued"), d.issue_date);
    required(message_id("Laboratory"),
             said(d.laboratory) + (d.laboratory_code.empty() ? "" : " (" + d.laboratory_code + ")"));
    entry(message_id("Country"), d.country_code);
    entry(message_id("Place"), d.performance_location);
    entry(message_id("Languages"),
          joined(d.used_languages) + (d.mandatory_languages.empty() ? "" : " (" + joined(d.mandatory_languages) + ")"));
    required(message_id("Customer"), said(d.customer));
    if (d.items.empty()) required(message_id("Item"), "");
    for (const auto& item : d.items) {
      entry(message_id("Item"), joined(without_empty({said(item.name), said(item.maker), item.model})));
      entry(message_id("Identifications"), identifications(item.identifications), "  ");
    }
    for (const auto& person : d.persons) {
      entry(message_id("Person"),
            joined(without_empty({said(person.name), person.role, person.main_signer ? tr("main signer") : ""})));
    }
  }

  static Words without_empty(const Words& words) {
    Words out;
    for (const auto& word : words) {
      if (!word.empty()) out.push_back(word);
    }
    return out;
  }

  static std::string reference(const archive::DccReference& one) {
    return joined(without_empty({said(one.referral), one.referral_id, one.procedure + " " + one.value,
                                 one.in_validity_range == true    ? tr("in its validity range")
                                 : one.in_validity_range == false ? tr("NOT in its validity range")
                                                                  : "",
                                 one.traceable == true    ? tr("traceable")
                                 : one.traceable == false ? tr("NOT traceable")
                                                          : ""}));
  }

  // The id is what others refer to it by.
  static std::string named(const std::string& name, const std::string& id) {
    return id.empty() ? name : name + " [" + id + "]";
  }

  // Everything of it but the numbers that stand with the values.
  void metadata(const archive::DccMetaData& one, const std::string& title, const std::string& indent) {
    std::string head = indent + title;
    if (!one.ref_types.empty()) head += " [" + joined(one.ref_types, " ") + "]";
    if (!one.name.empty()) head += " " + said(one.name);
    if (!one.valid.empty()) head += " (" + fmt::format(fmt::runtime(tr("valid: {}")), joined(one.valid, " ")) + ")";
    if (!one.conformity.empty()) head += ": " + verdicts_in_words(one.conformity);
    line(head);
    const std::string inner = indent + "  ";
    for (const auto& detail : metadata_details(one))
      line(inner + detail);
    for (const auto& quantity : one.quantities)
      this->quantity(quantity, inner);
  }

  void methods() {
    for (const auto& method : document_.methods) {
      entry(message_id("Method"), joined(without_empty({named(said(method.name), method.id), joined(method.norms),
                                                        joined(method.references)})));
      entry(message_id("Description"), said(method.description), "  ");
    }
  }

  void equipment() {
    for (const auto& one : document_.equipment) {
      entry(message_id("Equipment"), joined(without_empty({named(said(one.name), one.id), one.model})));
      entry(message_id("Identifications"), identifications(one.identifications), "  ");
      if (one.certificate) entry(message_id("Its certificate"), reference(*one.certificate), "  ");
    }
  }

  void table(const archive::DccTable& table) {
    out_ << "\n";
    std::string head = table.name.empty() ? tr("(without a name)") : said(table.name);
    if (!table.ref_types.empty()) head += " [" + joined(table.ref_types, " ") + "]";
    if (!table.status.empty()) head += " – " + archive::status_words(table.status);
    if (table.is_influence_condition && table.status.empty())
      head += " (" + tr("no result: a condition or property") + ")";
    line(head);
    entry(message_id("Description"), said(table.description), "  ");
    entry(message_id("Times"), joined(table.times, " "), "  ");
    for (const auto& text : table.texts)
      line("  " + said(text));
    for (const auto& one : table.metadata)
      metadata(one, one.is_judgement() ? tr("Judgement on all of it") : tr("Remark"), "  ");
    for (const auto& quantity : table.quantities)
      this->quantity(quantity, "  ");
    if (table.quantities.empty() && table.texts.empty() && table.metadata.empty() && table.description.empty() &&
        table.times.empty())
      line("  " + tr("(nothing in it)"));
  }

  void quantity(const archive::DccQuantity& quantity, const std::string& indent) {
    dealt_out_ = print_quantity(out_, quantity, indent) && dealt_out_;
  }

  void rest() {
    if (!document_.entries.empty()) {
      out_ << "\n" << tr("Further entries") << "\n";
      for (const auto& one : document_.entries)
        line(fmt::format("  {}: {}", one.path, said(one.text)));
    }
    if (document_.unread.empty()) return;
    out_ << "\n";
    constexpr std::size_t kMost = 200;
    for (std::size_t i = 0; i < std::min(document_.unread.size(), kMost); ++i) {
      const auto& one = document_.unread[i];
      line(fmt::format(fmt::runtime(tr("not read: {}, line {}")), one.what, one.line));
    }
    if (document_.unread.size() > kMost)
      line(fmt::format(fmt::runtime(tr("… and {} more parts that were not read")), document_.unread.size() - kMost));
  }

  std::ostream& out_;
  const archive::DccDocument& document_;
  const std::string& file_;
  bool dealt_out_ = true;
};

}  // namespace

std::string dcc_line(const std::string& file, int line, const std::string& message) {
  return base::visible_line(line > 0 ? fmt::format("{}:{}: {}", file, line, message)
                                     : fmt::format("{}: {}", file, message));
}

bool print_dcc(std::ostream& out, const archive::DccDocument& document, const std::string& file) {
  return Display(out, document, file).print();
}

}  // namespace etalon::app
