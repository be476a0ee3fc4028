// Text in the two languages of the suite. The English text is the message id (GNU gettext); Chinese comes from
// po/zh.po. Configuration files carry both texts themselves.
#pragma once

#include <string>
#include <vector>

namespace etalon::base {

enum class Language { en, zh };

// "en" or "zh" (also "zh_CN.UTF-8" and the like); anything else is an InputError.
Language parse_language(const std::string& name);
std::string language_code(Language language);

// A text that a configuration file gives in one or both languages. A missing language falls back to the other.
struct LocalText {
  std::string en;
  std::string zh;
  const std::string& in(Language language) const;
  bool empty() const { return en.empty() && zh.empty(); }
};

// Loads the catalogues; call once, before threads start. `locale_dir` holds zh_CN/LC_MESSAGES/etalon.mo.
// Returns false when the Chinese catalogue cannot be found (texts then stay English).
bool load_translations(const std::string& locale_dir);

// The folder for load_translations that belongs to the running program: PREFIX/share/locale of an installed one,
// BUILD/locale of one in its build folder. Empty when neither holds a catalogue.
std::string locale_directory();

// The text of a message id in a language. Safe to call from any thread after load_translations.
std::string translate(const char* message_id, Language language);

// The user interface's language, set once by the command line (default English).
void set_interface_language(Language language);
Language interface_language();
// Translates into the user interface's language. xgettext collects the ids by this name.
inline std::string tr(const char* message_id) {
  return translate(message_id, interface_language());
}
// Marks a message id for xgettext where it is translated later: constexpr auto title = message_id("Results");
constexpr const char* message_id(const char* id) {
  return id;
}

}  // namespace etalon::base
