// Runs every file of the seed corpora, and seeded mutations of them, through the fuzz targets, with any compiler:
//   fuzz_corpus [--mutations N] [--seed N] [TARGET...]
// What a target finds ends the program; the input then stands on standard error and in the file fuzz_finding.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#define ETALON_FUZZ_TARGET(name) extern "C" int fuzz_##name(const std::uint8_t* data, std::size_t size);
#include "fuzz_targets.inc"
#undef ETALON_FUZZ_TARGET

extern "C" void __sanitizer_set_death_callback(void (*)()) __attribute__((weak));

namespace {

struct Target {
  std::string name;
  int (*run)(const std::uint8_t*, std::size_t);
};
const Target targets[] = {
#define ETALON_FUZZ_TARGET(name) {#name, fuzz_##name},
#include "fuzz_targets.inc"
#undef ETALON_FUZZ_TARGET
};

// What is being run, for the report of a finding.
std::string origin;
std::string input;

void report_input() {
  std::fprintf(stderr, "\ninput (%zu bytes, also in the file fuzz_finding), from %s:\n", input.size(), origin.c_str());
  for (const char c : input.substr(0, 2000))
    std::fprintf(stderr, c >= 0x20 && c < 0x7f && c != '\\' ? "%c" : "\\x%02x", static_cast<unsigned char>(c));
  std::fprintf(stderr, "\n");
  const int file = ::open("fuzz_finding", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return;
  if (::write(file, input.data(), input.size()) < 0) std::perror("fuzz_finding");
  ::close(file);
}

void on_abort(int) {
  report_input();
  std::signal(SIGABRT, SIG_DFL);
  std::abort();
}

void run(const Target& target) {
  // A copy of exactly this size, so that a sanitizer sees a read beyond its end.
  const std::vector<std::uint8_t> bytes(input.begin(), input.end());
  target.run(bytes.data(), bytes.size());
}

constexpr std::size_t largest_input = 4096;

std::string mutated(const std::vector<std::string>& corpus, std::mt19937_64& random) {
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % std::max<std::size_t>(n, 1)); };
  static const char* const pieces[] = {"\n",          "\r\n",     "::", "\"",    "{",      "}", "{value:+.8E}", "#",
                                       "#9999999999", "-",        "+",  "1e999", "9.9E37", "E", "nan",          "\x1b",
                                       "\xff",        "\xc3\xa9", ",",  "[[",    "]]",     "="};
  std::string text = corpus[below(corpus.size())];
  for (std::size_t change = 1 + below(4); change > 0; --change) {
    const std::size_t at = below(text.size() + 1);
    switch (below(7)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(random());
        break;
      case 1:
        if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        break;
      case 2:
        text.erase(at, 1 + below(8));
        break;
      case 3:
        text.insert(at, pieces[below(std::size(pieces))]);
        break;
      case 4:
        text.insert(at, 1 + below(3), static_cast<char>(random()));
        break;
      case 5: {  // its own part once more
        const std::size_t from = below(text.size() + 1);
        text.insert(at, text.substr(from, below(40)));
        break;
      }
      default: {  // the end of another one
        const std::string& other = corpus[below(corpus.size())];
        text = text.substr(0, at) + other.substr(below(other.size() + 1));
      }
    }
  }
  if (text.size() > largest_input) text.resize(largest_input);
  return text;
}

std::vector<std::string> corpus_of(const std::string& name) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(ETALON_FUZZ_DIR) + "/corpus/" + name))
    paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> corpus;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return corpus;
}

}  // namespace

int main(int argc, char** argv) {
  long mutations = 2000;
  unsigned long seed = 1;
  std::vector<std::string> chosen;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--mutations" && i + 1 < argc) {
      mutations = std::atol(argv[++i]);
    } else if (argument == "--seed" && i + 1 < argc) {
      seed = std::strtoul(argv[++i], nullptr, 10);
    } else {
      chosen.push_back(argument);
    }
  }
  std::signal(SIGABRT, on_abort);
  if (__sanitizer_set_death_callback) __sanitizer_set_death_callback(report_input);
  for (const Target& target : targets) {
    if (!chosen.empty() && std::find(chosen.begin(), chosen.end(), target.name) == chosen.end()) continue;
    const std::vector<std::string> corpus = corpus_of(target.name);
    if (corpus.empty()) {
      std::fprintf(stderr, "%s: the corpus is empty\n", target.name.c_str());
      return 1;
    }
    for (std::size_t i = 0; i < corpus.size(); ++i) {
      origin = target.name + ", file " + std::to_string(i + 1) + " of its corpus";
      input = corpus[i];
      run(target);
    }
    // Whole files take long; their targets get fewer mutations.
    const long count = target.name.ends_with("_file") ? mutations / 10 : mutations;
    std::mt19937_64 random(seed);
    for (long i = 0; i < count; ++i) {
      origin = target.name + ", mutation " + std::to_string(i + 1) + " of seed " + std::to_string(seed);
      input = mutated(corpus, random);
      run(target);
    }
    std::printf("%-18s %4zu files, %6ld mutations\n", target.name.c_str(), corpus.size(), count);
    std::fflush(stdout);
  }
  return 0;
}
