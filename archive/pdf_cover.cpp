#include "archive/pdf_cover.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "archive/pdf_verdict.h"
#include "archive/qr_code.h"

namespace etalon::archive {
namespace {

constexpr double kLabelWidth = 88;
constexpr double kRowPadding = 4.6;
constexpr double kGap = 14;  // between the two halves of a row
constexpr double kHalf = (paper::kTextWidth - kGap) / 2;

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
    constexpr double kQr = 71;
    const double width = paper::kTextWidth - kQr - 25;
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

    // Its quiet zone stands in the margin.
    draw_qr_code(cairo_, paper::kRight - kQr, 37, kQr, qr);
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
    const auto centred = [&](const std::string& text, const TextStyle& style) {
      if (text.empty()) return;
      pages_.y += draw_text(cairo_, paper::kLeft, pages_.y, text, style, paper::kTextWidth).height;
    };
    centred(title.first, {25, Weight::semibold, paper::kInk, Align::centre});
    centred(title.second, {13, Weight::regular, paper::kGrey, Align::centre});
    pages_.y += 4;
    centred(both(label::kCertificateNumber).joined(" ") + "   " + c_.number,
            {10.5, Weight::semibold, paper::kAccent, Align::centre});
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
    const double width = fields.size() == 1 ? paper::kTextWidth : kHalf;
    double height = 0;
    for (const bool draw : {false, true}) {
      if (draw) pages_.need_on_one_page(height + 2 * kRowPadding, fields.front().value.first);
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

  // Fields without a value are left out; the others fill the halves, a long one the whole width.
  void pairs(const std::vector<Field>& fields) {
    constexpr double kTall = 60;
    std::vector<Field> waiting;
    for (const auto& one : fields) {
      if (one.value.first.empty()) continue;
      if (field(0, 0, kHalf, one, false) > kTall) {
        if (!waiting.empty()) row(waiting);
        waiting.clear();
        row({one});
        continue;
      }
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

  // What a reader must not miss comes first; every verdict that occurs has its place, in as many lines as it takes.
  void conformity() {
    constexpr std::array order = {Conformity::fail,       Conformity::conditional_fail, Conformity::inconclusive,
                                  Conformity::not_stated, Conformity::conditional_pass, Conformity::pass};
    std::map<Conformity, int> count;
    int points = 0;
    for (const auto& table : c_.tables) {
      for (const auto& row : table.rows) {
        ++count[row.verdict];
        ++points;
      }
    }
    if (count[Conformity::not_stated] == points) return;
    std::vector<Tally> tallies;
    for (const Conformity verdict : order) {
      if (count[verdict] == 0) continue;
      tallies.push_back({both(verdict_label(verdict)), std::to_string(count[verdict]), verdict_colour(verdict)});
    }
    tallies.push_back({both(label::kPoints), std::to_string(points), paper::kInk});
    pages_.y += 4;
    tally_box(tallies);
    if (!c_.decision_rule.name.empty()) {
      const std::string rule = both(label::kDecisionRule).joined(" ") + "  " + both(c_.decision_rule.name).joined("  ");
      const double width = paper::kTextWidth - 20;
      pages_.need(measure_text(cairo_, rule, kValueSecond, width).height);
      pages_.y += draw_text(cairo_, paper::kLeft + 10, pages_.y, rule, kValueSecond, width).height;
    }
  }

  struct Tally {
    Bilingual words;
    std::string count;
    Colour colour;
  };
  static constexpr double kTallyGap = 6;  // between a count and its words

  static TextStyle count_style(const Tally& tally) { return {15, Weight::semibold, tally.colour, Align::left}; }

  // One tally; its size, drawn or only measured.
  TextExtent tally(double x, double y, double width, const Tally& tally, bool draw) {
    const auto number = measure_text(cairo_, tally.count, count_style(tally));
    if (draw) draw_text(cairo_, x, y, tally.count, count_style(tally));
    TextStyle first = kLabel;
    first.colour = tally.colour;
    const double left = number.width + kTallyGap;
    const double words = stacked(cairo_, x + left, y, tally.words, first, kLabelSecond, width - left, draw);
    const double natural = std::max(measure_text(cairo_, tally.words.first, first).width,
                                    measure_text(cairo_, tally.words.second, kLabelSecond).width);
    return {left + natural, std::max(number.height, words), 0};
  }

  // The tallies in columns of one width, beside the box's title.
  void tally_box(const std::vector<Tally>& tallies) {
    constexpr double kInset = 10, kPadding = 6, kTitle = 112, kColumnGap = 14;
    const double room = paper::kTextWidth - 2 * kInset - kTitle;
    double widest = 0;
    for (const Tally& one : tallies)
      widest = std::max(widest, tally(0, 0, room, one, false).width + 1);
    const auto columns =
        std::max<std::size_t>(1, static_cast<std::size_t>((room + kColumnGap) / (widest + kColumnGap)));
    const double width = std::min(widest, room);
    double line = 0;
    for (const Tally& one : tallies)
      line = std::max(line, tally(0, 0, width, one, false).height);
    const std::size_t lines = (tallies.size() + columns - 1) / columns;
    const Bilingual title = both(label::kConformityOfPoints);
    const double title_height = stacked(cairo_, 0, 0, title, kLabel, kLabelSecond, kTitle - 8, false);
    const double height = std::max(title_height, line * static_cast<double>(lines)) + 2 * kPadding;
    pages_.need(height + 8);
    set_colour(cairo_, {0.945, 0.955, 0.97});
    cairo_new_path(cairo_);
    cairo_rectangle(cairo_, paper::kLeft, pages_.y, paper::kTextWidth, height);
    cairo_fill(cairo_);
    const double x = paper::kLeft + kInset;
    const double y = pages_.y + kPadding;
    stacked(cairo_, x, y, title, kLabel, kLabelSecond, kTitle - 8, true);
    for (std::size_t i = 0; i < tallies.size(); ++i) {
      tally(x + kTitle + static_cast<double>(i % columns) * (width + kColumnGap),
            y + static_cast<double>(i / columns) * line, width, tallies[i], true);
    }
    pages_.y += height + 5;
  }

  // At the foot of the page, where one looks for them; names of any length end above it.
  void signatures() {
    constexpr double kSpace = 22, kSignature = 26, kBelow = 3, kFoot = 10;
    const double width = (paper::kTextWidth - 2 * kSpace) / 3;
    const char* labels[] = {label::kCalibratedBy, label::kCheckedBy, label::kApprovedBy};
    std::array<std::string, 3> names;
    double heading = 0, below = 0;
    for (std::size_t role = 0; role < names.size(); ++role) {
      for (const auto& person : c_.persons) {
        if (static_cast<std::size_t>(person.role) == role && names.at(role).empty())
          names.at(role) = both(person.name).joined("  ");
      }
      heading = std::max(heading, stacked(cairo_, 0, 0, both(labels[role]), kLabel, kLabelSecond, width, false));
      below = std::max(below, measure_text(cairo_, names.at(role), kValueSecond, width).height);
    }
    const double height = heading + kSignature + kBelow + below + kFoot;
    if (pages_.room() < height) pages_.next_page();
    const double y = paper::kBottom - height;
    const double line = y + heading + kSignature;
    for (std::size_t role = 0; role < names.size(); ++role) {
      const double x = paper::kLeft + static_cast<double>(role) * (width + kSpace);
      stacked(cairo_, x, y, both(labels[role]), kLabel, kLabelSecond, width, true);
      rule(cairo_, x, x + width, line, 0.6, paper::kInk);
      if (!names.at(role).empty()) draw_text(cairo_, x, line + kBelow, names.at(role), kValueSecond, width);
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
