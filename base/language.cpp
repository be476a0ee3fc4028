#include "base/language.h"

#include <fmt/format.h>
#include <libintl.h>
#include <locale.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>

#include "base/error.h"

namespace etalon::base {
namespace {

constexpr const char* kDomain = "etalon";

std::atomic<Language> g_interface_language{Language::en};
// Set once by load_translations: a locale for messages alone. A minimal system has no locale but C.UTF-8; gettext then
// takes the language from the variable LANGUAGE. The program's own locale stays "C", so that numbers keep their dot and
// the system's error texts stay English.
std::atomic<locale_t> g_chinese{nullptr};

const char* chinese(const char* message_id, locale_t locale) {
  const locale_t before = uselocale(locale);
  const char* text = dgettext(kDomain, message_id);
  uselocale(before);
  return text;
}

}  // namespace

Language parse_language(const std::string& name) {
  const std::string code = name.substr(0, name.find_first_of("_-.@"));
  if (code == "en") return Language::en;
  if (code == "zh") return Language::zh;
  throw InputError(fmt::format(fmt::runtime(tr("unknown language '{}': expected en or zh")), name));
}

std::string language_code(Language language) {
  return language == Language::zh ? "zh" : "en";
}

const std::string& LocalText::in(Language language) const {
  const std::string& wanted = language == Language::zh ? zh : en;
  const std::string& other = language == Language::zh ? en : zh;
  return wanted.empty() ? other : wanted;
}

bool load_translations(const std::string& locale_dir) {
  if (setenv("LANGUAGE", "zh_CN", 1) != 0) return false;
  if (!bindtextdomain(kDomain, locale_dir.c_str()) || !bind_textdomain_codeset(kDomain, "UTF-8")) return false;
  locale_t locale = g_chinese.load();
  if (!locale) locale = newlocale(LC_CTYPE_MASK | LC_MESSAGES_MASK, "C.UTF-8", nullptr);
  if (!locale) return false;
  // The empty id names the catalogue's header: it is there when the catalogue is.
  const bool found = *chinese("", locale) != '\0';
  g_chinese = found ? locale : nullptr;
  if (!found) freelocale(locale);
  return found;
}

std::string locale_directory() {
  std::error_code unknown;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", unknown);
  if (unknown) return "";
  const auto folder = program.parent_path();
  for (const char* place : {"../share/locale", "../locale", "../../locale"}) {
    const auto directory = (folder / place).lexically_normal();
    if (std::filesystem::exists(directory / "zh_CN/LC_MESSAGES/etalon.mo", unknown)) return directory;
  }
  return "";
}

std::string translate(const char* message_id, Language language) {
  const locale_t locale = g_chinese.load();
  if (language == Language::en || !locale || *message_id == '\0') return message_id;
  return chinese(message_id, locale);
}

void set_interface_language(Language language) {
  g_interface_language = language;
}

Language interface_language() {
  return g_interface_language;
}

}  // namespace etalon::base
