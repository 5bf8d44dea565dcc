// The languages that the program speaks: the page's catalogues, built in.
#pragma once

#include <string>
#include <string_view>

namespace avae {

/// The catalogue of "zh", or empty text for English and languages that are not there.
std::string_view catalogue_of(std::string_view language);

/// The visitor's language from the environment (LC_ALL, LC_MESSAGES, LANG): "zh" or "en".
std::string environment_language();

}  // namespace avae
