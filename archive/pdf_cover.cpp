#include "archive/pdf_cover.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "archive/pdf_verdict.h"
#include "archive/qr_code.h"

namespace etalon::archive {
namespace {

constexpr double kLabelWidth = 88;
constexpr double kRowPadding = 4.6;
constexpr double kGap = 14;  // between the two halves of a row

struct Field {
  Bilingual label;
  Bilingual value;
};

const TextStyle kLabel{8.2, Weight::semibold, paper::kAccent, Align::left};
const TextStyle kLabelSecond{7.2, Weight::regular, paper::kGrey, Align::left};
const TextStyle kValue{9.4, Weight::regular, paper::kInk, Align::left};
const TextStyle kValueSecond{8.2, Weight::regular, paper::kGrey, Align::left};

double stacked(cairo_t* cairo, double x, double y, const Bilingual& text, const TextStyle& first,
               const TextStyle& second, double width, bool draw) {
  double height = 0;
  for (const auto* part : {&text.first, &text.second}) {
    if (part->empty()) continue;
    const auto& style = part == &text.first ? first : second;
    height += draw ? draw_text(cairo, x, y + height, *part, style, width).height
                   : measure_text(cairo, *part, style, width).height;
  }
  return height;
}

class Cover {
 public:
  Cover(PdfPages& pages, const Certificate& certificate, base::Language leading)
      : pages_(pages), cairo_(pages.cairo()), c_(certificate), leading_(leading) {}

  void draw(const std::string& qr) {
    head(qr);
    title();
    fields();
    conformity();
    signatures();
  }

 private:
  Bilingual both(const LocalText& text) const { return bilingual(text, leading_); }
  Bilingual both(const char* id) const { return bilingual(id, leading_); }
  static Bilingual plain(const std::string& text) { return {text, {}}; }

  void head(const std::string& qr) {
    constexpr double kQr = 84;
    const double width = paper::kTextWidth - kQr - 12;
    double y = 40;
    const Bilingual name = both(c_.laboratory.name);
    y += draw_text(cairo_, paper::kLeft, y, name.first, {14, Weight::semibold, paper::kAccent, Align::left}, width)
             .height;
    if (!name.second.empty()) {
      y += draw_text(cairo_, paper::kLeft, y, name.second, {10, Weight::regular, paper::kGrey, Align::left}, width)
               .height;
    }
    y += 4;
    const TextStyle small{8, Weight::regular, paper::kInk, Align::left};
    const Bilingual address = both(c_.laboratory.address);
    y += draw_text(cairo_, paper::kLeft, y, address.joined("  "), small, width).height;
    std::string line;
    const auto add = [&](const char* id, const std::string& value) {
      if (!value.empty()) line += (line.empty() ? "" : "    ") + both(id).joined(" ") + "  " + value;
    };
    add(label::kTelephone, c_.laboratory.phone);
    add(label::kEmail, c_.laboratory.email);
    if (!line.empty()) y += draw_text(cairo_, paper::kLeft, y, line, small, width).height;
    line.clear();
    add(label::kLaboratoryCode, c_.laboratory.code);
    if (!line.empty()) y += draw_text(cairo_, paper::kLeft, y, line, small, width).height;

    // The quiet zone may stand in the margin.
    draw_qr_code(cairo_, paper::kRight - kQr + 6, 30, kQr, qr);
    const TextStyle caption{5.8, Weight::regular, paper::kGrey, Align::right};
    constexpr double kCaption = 130;
    const double caption_end =
        112 + stacked(cairo_, paper::kRight - kCaption, 112, both(label::kQrCaption), caption, caption, kCaption, true);
    pages_.y = std::max(y, caption_end) + 6;
    rule(cairo_, paper::kLeft, paper::kRight, pages_.y, 1.2, paper::kAccent);
    pages_.y += 12;
  }

  void title() {
    const Bilingual title = both(c_.title);
    const double middle = paper::kWidth / 2;
    pages_.y +=
        draw_text(cairo_, middle, pages_.y, title.first, {25, Weight::semibold, paper::kInk, Align::centre}).height;
    if (!title.second.empty()) {
      pages_.y +=
          draw_text(cairo_, middle, pages_.y, title.second, {13, Weight::regular, paper::kGrey, Align::centre}).height;
    }
    pages_.y += 4;
    const std::string number = both(label::kCertificateNumber).joined(" ") + "   " + c_.number;
    pages_.y +=
        draw_text(cairo_, middle, pages_.y, number, {10.5, Weight::semibold, paper::kAccent, Align::centre}).height;
    pages_.y += 12;
  }

  double field(double x, double y, double width, const Field& field, bool draw) {
    const double label = stacked(cairo_, x, y, field.label, kLabel, kLabelSecond, kLabelWidth - 6, draw);
    const double value =
        stacked(cairo_, x + kLabelWidth, y, field.value, kValue, kValueSecond, width - kLabelWidth, draw);
    return std::max(label, value);
  }

  // One field over the width, or two beside each other.
  void row(const std::vector<Field>& fields) {
    const double width = fields.size() == 1 ? paper::kTextWidth : (paper::kTextWidth - kGap) / 2;
    double height = 0;
    for (const bool draw : {false, true}) {
      if (draw) pages_.need(height + 2 * kRowPadding);
      double x = paper::kLeft;
      for (const auto& one : fields) {
        height = std::max(height, field(x, pages_.y, width, one, draw));
        x += width + kGap;
      }
    }
    pages_.y += height + kRowPadding;
    rule(cairo_, paper::kLeft, paper::kRight, pages_.y, 0.4, paper::kLine);
    pages_.y += kRowPadding;
  }

  // Fields without a value are left out; the others fill the halves.
  void pairs(const std::vector<Field>& fields) {
    std::vector<Field> waiting;
    for (const auto& one : fields) {
      if (one.value.first.empty()) continue;
      waiting.push_back(one);
      if (waiting.size() == 2) {
        row(waiting);
        waiting.clear();
      }
    }
    if (!waiting.empty()) row(waiting);
  }

  void fields() {
    const Bilingual name = both(c_.customer.name);
    const Bilingual address = both(c_.customer.address);
    row({{both(label::kCustomer),
          {name.first + (address.first.empty() ? "" : "  ·  " + address.first),
           name.second + (name.second.empty() || address.second.empty() ? "" : "  ·  ") + address.second}}});
    row({{both(label::kItem), both(c_.item.name)}});
    pairs({{both(label::kMaker), both(c_.item.maker)},
           {both(label::kModel), plain(c_.item.model)},
           {both(label::kSerialNumber), plain(c_.item.serial)},
           {both(label::kLaboratoryId), plain(c_.item.laboratory_id)},
           {both(label::kOwner), both(c_.item.owner)},
           {both(label::kCondition), both(c_.item.condition)},
           {both(label::kReceiptDate), plain(c_.dates.receipt.value_or(""))},
           {both(label::kCalibrationDate),
            plain(c_.dates.begin == c_.dates.end ? c_.dates.begin : c_.dates.begin + " – " + c_.dates.end)},
           {both(label::kPlace), both(c_.place.text)},
           {both(label::kIssueDate), plain(c_.dates.issue)}});
    row({{both(label::kProcedure), both(c_.method.procedure_title)}});
    std::string documents;
    for (const auto& document : c_.method.documents)
      documents += (documents.empty() ? "" : ", ") + document;
    row({{both(label::kDocuments), plain(documents)}});
  }

  void conformity() {
    std::array<int, 6> count{};
    int points = 0;
    for (const auto& table : c_.tables) {
      for (const auto& row : table.rows) {
        ++count.at(static_cast<std::size_t>(row.verdict));
        ++points;
      }
    }
    const auto not_stated = static_cast<std::size_t>(Conformity::not_stated);
    if (count.at(not_stated) == points) return;
    pages_.y += 4;
    constexpr double kHeight = 34;
    pages_.need(kHeight + 8);
    set_colour(cairo_, {0.945, 0.955, 0.97});
    cairo_new_path(cairo_);
    cairo_rectangle(cairo_, paper::kLeft, pages_.y, paper::kTextWidth, kHeight);
    cairo_fill(cairo_);
    double x = paper::kLeft + 10;
    const double y = pages_.y + 6;
    stacked(cairo_, x, y, both(label::kConformityOfPoints), kLabel, kLabelSecond, 150, true);
    x += 158;
    const auto number = [&](const Bilingual& words, int value, const Colour& colour) {
      const auto extent =
          draw_text(cairo_, x, pages_.y + 6, std::to_string(value), {15, Weight::semibold, colour, Align::left});
      TextStyle first = kLabel;
      first.colour = colour;
      stacked(cairo_, x + extent.width + 6, y, words, first, kLabelSecond, 90, true);
      x += extent.width + 92;
    };
    number(both(label::kPoints), points, paper::kInk);
    for (std::size_t verdict = 0; verdict < count.size(); ++verdict) {
      if (count.at(verdict) == 0) continue;
      const auto which = static_cast<Conformity>(verdict);
      number(both(verdict_label(which)), count.at(verdict), verdict_colour(which));
    }
    pages_.y += kHeight + 5;
    if (!c_.decision_rule.name.empty()) {
      const std::string rule = both(label::kDecisionRule).joined(" ") + "  " + both(c_.decision_rule.name).joined("  ");
      pages_.y += draw_text(cairo_, paper::kLeft + 10, pages_.y, rule, kValueSecond, paper::kTextWidth - 20).height;
    }
  }

  void signatures() {
    constexpr double kHeight = 76;
    if (pages_.room() < kHeight) pages_.next_page();
    // At the foot of the page, where one looks for them.
    double y = paper::kBottom - kHeight;
    constexpr double kSpace = 22;
    const double width = (paper::kTextWidth - 2 * kSpace) / 3;
    const char* labels[] = {label::kCalibratedBy, label::kCheckedBy, label::kApprovedBy};
    for (int role = 0; role < 3; ++role) {
      const double x = paper::kLeft + role * (width + kSpace);
      const double height = stacked(cairo_, x, y, both(labels[role]), kLabel, kLabelSecond, width, true);
      const double line = y + height + 26;
      rule(cairo_, x, x + width, line, 0.6, paper::kInk);
      for (const auto& person : c_.persons) {
        if (static_cast<int>(person.role) != role) continue;
        draw_text(cairo_, x, line + 3, both(person.name).joined("  "), kValueSecond, width);
        break;
      }
    }
    pages_.y = paper::kBottom;
  }

  PdfPages& pages_;
  cairo_t* cairo_;
  const Certificate& c_;
  base::Language leading_;
};

}  // namespace

void draw_cover(PdfPages& pages, const Certificate& certificate, base::Language leading, const std::string& qr) {
  Cover(pages, certificate, leading).draw(qr);
}

}  // namespace etalon::archive
