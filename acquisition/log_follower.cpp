#include "acquisition/log_follower.h"

#include <fmt/format.h>

#include "acquisition/growing_file.h"
#include "acquisition/journal_seal.h"
#include "base/language.h"

namespace etalon::acquisition {

using base::tr;

LogFollower::LogFollower(const std::string& path) : path_(path) {
  while_growing(path_, [&] { reader_.emplace(path_); });
  if (!is_log_plan(reader_->plan_json())) {
    throw base::InputError(fmt::format(
        fmt::runtime(tr("{}: is a run of a procedure, not a log of channels; see `etalon evaluate {}`")), path, path));
  }
  plan_ = log_plan_from_json(reader_->plan_json());
  seal_ = std::make_unique<SealCheck>(path, reader_->version(),
                                      sums_of(reader_->software(), reader_->plan_json(), reader_->inputs()));
}

LogFollower::~LogFollower() = default;

JournalNews LogFollower::read_new() {
  JournalNews news;
  while_growing(path_, [&] {
    if (!reader_) reader_.emplace(path_, position_);
    try {
      news = reader_->read_new();
    } catch (const RunFileError&) {
      reader_.reset();  // the next try begins with what is in the file by then
      throw;
    }
  });
  position_ = reader_->position();
  seal_->look(news.readings, news.events);
  return news;
}

}  // namespace etalon::acquisition
