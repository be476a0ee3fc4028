#include "archive/method_statement.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "base/decimal.h"

namespace etalon::archive {

using acquisition::Plan;
using acquisition::Point;
using acquisition::RunRecord;
using acquisition::Step;
using acquisition::StepKind;
using base::LocalText;

namespace {

std::string plain(double value) {
  return base::Decimal::from_double(value).str();
}

// Sentences of both languages, each with its own full stop.
class Sentences {
 public:
  void add(std::string en, std::string zh) {
    end(en, ".", {".", "!", "?"});
    end(zh, "。", {"。", "！", "？", "."});
    text_.en += (text_.en.empty() ? "" : " ") + en;
    text_.zh += zh;
  }
  const LocalText& text() const { return text_; }

 private:
  static void end(std::string& sentence, const char* stop, std::initializer_list<std::string_view> ends) {
    if (std::none_of(ends.begin(), ends.end(), [&](std::string_view e) { return sentence.ends_with(e); }))
      sentence += stop;
  }
  LocalText text_;
};

std::string joined(const std::vector<std::string>& parts, const std::string& separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

// Whether the flag of the source ended the settling of every point that a source feeds. Runs of version 1 do not say
// how a point settled: there, whether it was asked for.
bool flag_was_awaited(const RunRecord& run) {
  if (!run.plan.settling.flag) return false;
  bool any = false;
  for (const Step& step : run.plan.steps) {
    if (step.kind != StepKind::settle || run.plan.points[static_cast<std::size_t>(step.point)].shorted) continue;
    any = true;
    const int attempt = run.finished_attempt(step.number);
    for (const auto& event : run.events) {
      if (event.kind != acquisition::event::settled || event.step != step.number || event.attempt != attempt) continue;
      if (!event.text.empty() && !event.text.starts_with(acquisition::settled_by_flag)) return false;
    }
  }
  return any;
}

void add_settling(Sentences& sentences, const RunRecord& run) {
  const auto& settling = run.plan.settling;
  std::vector<std::string> en;
  std::vector<std::string> zh;
  if (flag_was_awaited(run)) {
    const bool shorts =
        std::any_of(run.plan.points.begin(), run.plan.points.end(), [](const Point& p) { return p.shorted; });
    en.emplace_back(shorts ? "the settling flag of the source (not with a short)" : "the settling flag of the source");
    zh.emplace_back(shorts ? "等待标准源稳定标志（短路点除外）" : "等待标准源稳定标志");
  }
  if (settling.dwell > 0) {
    en.push_back(fmt::format("a wait of {} s", plain(settling.dwell)));
    zh.push_back(fmt::format("再等待 {} s", plain(settling.dwell)));
    if (zh.size() == 1) zh.back() = fmt::format("等待 {} s", plain(settling.dwell));
  }
  if (settling.window_readings > 0) {
    const std::string span = plain(settling.window_span * 1e6);
    en.push_back(fmt::format("agreement of {} successive readings of the item within {} ppm of its range",
                             settling.window_readings, span));
    zh.push_back(fmt::format("被校仪器连续 {} 个读数之差不超过量程的 {} ppm", settling.window_readings, span));
  }
  if (en.empty()) return;
  sentences.add("Before the readings of each point: " + joined(en, ", "), "每点读数前：" + joined(zh, "，"));
}

void add_readings(Sentences& sentences, const Plan& plan) {
  if (plan.points.empty()) return;
  const auto [least, most] = std::minmax_element(
      plan.points.begin(), plan.points.end(), [](const Point& a, const Point& b) { return a.readings < b.readings; });
  if (least->readings == most->readings) {
    sentences.add(fmt::format("Each indication is the mean of {} readings", least->readings),
                  fmt::format("各示值为 {} 次读数的平均值", least->readings));
  } else {
    sentences.add(fmt::format("Each indication is the mean of {} to {} readings", least->readings, most->readings),
                  fmt::format("各示值为 {} 至 {} 次读数的平均值", least->readings, most->readings));
  }
}

}  // namespace

LocalText limits_statement(const Plan& plan) {
  Sentences sentences;
  // By what the limits come from: the ranges that are limited by it alone, or else the points.
  std::vector<std::pair<std::string, std::vector<const Point*>>> groups;
  for (const Point& point : plan.points) {
    const std::string& source = point.limit.source;
    auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.first == source; });
    if (group == groups.end()) group = groups.insert(groups.end(), {source, {}});
    group->second.push_back(&point);
  }
  const auto limited_otherwise = [&](const std::string& range, const std::string& source) {
    return std::any_of(plan.points.begin(), plan.points.end(),
                       [&](const Point& p) { return p.range_text == range && p.limit.source != source; });
  };
  for (const auto& [source, points] : groups) {
    if (source.empty()) continue;
    if (groups.size() == 1) {
      sentences.add("Limits of permissible error: " + source, "最大允许误差依据：" + source);
      break;
    }
    std::vector<std::string> where;
    for (const Point* point : points) {
      const std::string& name = limited_otherwise(point->range_text, source) ? point->id : point->range_text;
      if (std::find(where.begin(), where.end(), name) == where.end()) where.push_back(name);
    }
    sentences.add(fmt::format("Limits of permissible error of {}: {}", joined(where, ", "), source),
                  fmt::format("{} 的最大允许误差依据：{}", joined(where, "、"), source));
  }
  return sentences.text();
}

LocalText method_statement(const RunRecord& run) {
  const Plan& plan = run.plan;
  Sentences sentences;
  if (!plan.method.empty()) sentences.add(plan.method.in(base::Language::en), plan.method.in(base::Language::zh));
  if (!plan.settings.empty()) {
    std::vector<std::string> settings;
    for (const auto& [name, value] : plan.settings)
      settings.push_back(name + " = " + value);
    sentences.add("Settings of the item: " + joined(settings, ", "), "被校仪器设置：" + joined(settings, "，"));
  }
  add_settling(sentences, run);
  add_readings(sentences, plan);
  return sentences.text();
}

}  // namespace etalon::archive
